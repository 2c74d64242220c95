"""Fetches manifests: by a script on a machine that runs scripts, else by this process (on this computer)."""

from __future__ import annotations

import re
import secrets
import threading
import urllib.error
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.resources import read_text
from installer.hosts.base import Command, Host
from installer.registry.manifests import TYPES
from installer.release import web

#: Manifests are some kilobytes; registries take none above 4 MB.
MOST_BYTES = 1 << 20
PARALLEL_REQUESTS = 4
#: More than this many in one go is no Dify.
_MOST = 200

Asked = Mapping[str, Sequence[str]]


def fetch(
    host: Host | None, asked: Asked, seconds: float, cancel: CancelToken | None = None
) -> dict[str, bytes]:
    """*asked*: a name of the caller's choice → addresses of one manifest, tried in this order. The bodies of
    those that came within *seconds*; a failure of any kind is only a body that is missing. *host* None: this
    process asks. Raises ``Cancelled``."""
    if not asked or seconds < 1:
        return {}
    asked = dict([*asked.items()][:_MOST])
    if host is None or not host.kind.runs_scripts:
        return _Process(seconds, cancel).fetch(asked)
    try:
        return _by_script(host, asked, seconds, cancel)
    except InstallError:
        return {}


def heads(host: Host, urls: Sequence[str], seconds: float, cancel: CancelToken | None = None) -> str:
    """The head of the first answer to HEAD for one of *urls*, whatever its status; empty if none came. Docker
    Hub does not count it as a pull. Raises ``Cancelled``."""
    if not host.kind.runs_scripts:
        return _Process(seconds, cancel).head(urls)
    try:
        found = _by_script(host, {"": urls}, seconds, cancel, "--head")
    except InstallError:
        return ""
    return found.get("", b"").decode("utf-8", "replace")


def _by_script(
    host: Host, asked: Asked, seconds: float, cancel: CancelToken | None, *options: str
) -> dict[str, bytes]:
    mark = f"==={secrets.token_hex(8)}"
    places = [" ".join(urls) for urls in asked.values()]
    script = read_text("scripts/manifests.sh")
    command = Command.script(script, *options, mark, str(int(seconds)), *TYPES, "--", *places)
    result = host.run(command, cancel=cancel, timeout=seconds + 2)
    return read_answer(result.stdout, mark, [*asked])


def read_answer(said: bytes, mark: str, names: Sequence[str]) -> dict[str, bytes]:
    """The script's answer: after *mark* a number, then a body. One that is cut off is not there."""
    found: dict[str, bytes] = {}
    pieces = said.split(f"{mark} ".encode())
    for piece in pieces[1:-1]:  # the last one is the end, or half of something
        number, _, body = piece.partition(b"\n")
        if number.isdigit() and 1 <= int(number) <= len(names):
            found[names[int(number) - 1]] = body
    return found


class _Process:
    """Asks from here: through the environment's proxies, with the system's certificate roots."""

    def __init__(self, seconds: float, cancel: CancelToken | None) -> None:
        self._seconds, self._outer = seconds, cancel or CancelToken()
        self._token = CancelToken()
        self._dead: set[str] = set()

    def fetch(self, asked: Asked) -> dict[str, bytes]:
        """See ``fetch``."""
        end = threading.Timer(self._seconds, self._token.cancel)
        end.daemon = True
        end.start()
        try:
            with self._outer.on_cancel(self._token.cancel), ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
                bodies = pool.map(self._first, asked.values())
                found = {name: body for name, body in zip(asked, bodies, strict=True) if body is not None}
        finally:
            end.cancel()
        self._outer.check()
        return found

    def head(self, urls: Sequence[str]) -> str:
        """See ``heads``; without a token, as a rate limit is stated without one."""
        end = threading.Timer(self._seconds, self._token.cancel)
        end.daemon = True
        end.start()
        try:
            with self._outer.on_cancel(self._token.cancel):
                for url in urls:
                    try:
                        with web.get(url, method="HEAD", cancel=self._token) as response:
                            return str(response.headers)
                    except urllib.error.HTTPError as exc:
                        with exc:
                            return str(exc.headers)
                    except (*web.TRANSPORT_ERRORS, OSError, ValueError, Cancelled):
                        continue
        finally:
            end.cancel()
        self._outer.check()
        return ""

    def _first(self, urls: Sequence[str]) -> bytes | None:
        for url in urls:
            place = urlsplit(url).netloc
            if place in self._dead:
                continue
            try:
                return self._get(url)
            except urllib.error.HTTPError as exc:
                exc.close()
                if exc.code == 429:
                    self._dead.add(place)
            except (*web.TRANSPORT_ERRORS, OSError, ValueError):
                self._dead.add(place)
            except Cancelled:
                return None
        return None

    def _get(self, url: str) -> bytes:
        """Anonymously, with the token that a registry asks to be fetched first."""
        try:
            return self._body(url, "")
        except urllib.error.HTTPError as exc:
            challenge = exc.headers.get("WWW-Authenticate", "")
            if exc.code != 401 or not (realm := token_url(challenge)):
                raise
            exc.close()
        return self._body(url, read_token(self._body(realm, "")))

    def _body(self, url: str, token: str) -> bytes:
        with web.get(url, {"Accept": ", ".join(TYPES)}, token=token, cancel=self._token) as response:
            return response.read(MOST_BYTES)


def token_url(challenge: str) -> str:
    """Where a registry's *challenge* (``WWW-Authenticate``) sends one for a token; empty if it does not."""
    kind, _, rest = challenge.partition(" ")
    words = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    realm = words.pop("realm", "")
    if kind.lower() != "bearer" or not realm.startswith("https://"):
        return ""
    query = urlencode({name: words[name] for name in ("service", "scope") if name in words})
    return f"{realm}{'&' if '?' in realm else '?'}{query}"


def read_token(body: bytes) -> str:
    """The token in a token server's answer."""
    match = re.search(rb'"(?:access_)?token"\s*:\s*"([A-Za-z0-9._~+/=-]+)"', body)
    return match[1].decode() if match else ""
