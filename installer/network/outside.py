"""Whether a server's web ports are open from outside: answered there, fetched by this computer."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import time
import urllib.request
from dataclasses import dataclass

from installer.core.addresses import url_host
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.hosts.base import Host
from installer.hosts.http import reachable_address, request
from installer.hosts.http_request import Request, authority
from installer.network.model import Reach

#: How long the container answers. Longer than this computer tries, so that a late proof still finds it.
SERVE_SECONDS = 25
#: How long it waits for a client that checks: one that follows the job sees its lines within a second or two.
PATIENCE_SECONDS = 6
#: How long this computer tries; a packet that is dropped is sent again after 1 and 3 seconds.
TRY_SECONDS = 8.0
_ATTEMPT_SECONDS = 4.0
_PAUSE_SECONDS = 0.5
LABEL = "dify-installer.reach"


@dataclass(frozen=True)
class Target:
    """What is tried: *ports* published on *bind* of the server, reached by people at *address* (and, while
    that name is not in the DNS yet, at *fallback*). *nonce* proves that it is our own answer."""

    project: str
    image: str
    bind: str
    ports: tuple[int, ...]
    address: str
    fallback: str
    nonce: str
    secure: frozenset[int] = frozenset()

    def url(self, port: int) -> str:
        """*port* as people would type it; *secure* are those that Dify will answer with TLS."""
        tls = port in self.secure
        return f"{'https' if tls else 'http'}://{authority(self.address, port, tls=tls)}"

    @property
    def argv(self) -> tuple[str, ...]:
        """The command on the server that answers for a moment."""
        script = "\n".join(
            line for line in read_text("scripts/reach.sh").splitlines() if not line.startswith("#")
        )
        bind = f"{url_host(self.bind)}:" if self.bind not in ("", "0.0.0.0", "::") else ""  # noqa: S104
        specs = (f"{bind}{port}:80" for port in self.ports)
        name, label = f"{self.project}-installer-reach", f"{LABEL}={self.project}"
        limits = (str(SERVE_SECONDS), str(PATIENCE_SECONDS))
        count = str(len(self.ports))
        return ("sh", "-c", script, "sh", name, label, self.image, *limits, self.nonce, count, *specs)

    @property
    def marker(self) -> str:
        """The line with which the answering begins."""
        return f"answering {self.nonce}"


@dataclass(frozen=True)
class Seen:
    """What this computer met at *port*; *url* as people would type it."""

    port: int
    url: str
    reach: Reach


def nonce(text: str) -> str:
    """A word that nothing else would answer; the same for the same *text*, as plans are compared."""
    return hashlib.sha256(f"dify-installer reach {text}".encode()).hexdigest()[:32]


def look(
    host: Host, target: Target, cancel: CancelToken, *, seconds: float = TRY_SECONDS
) -> tuple[Seen, ...]:
    """While the server answers: try every port. What did not come through is only called closed if the server
    itself still gets the answer. ``Cancelled``; raises what losing the host raises."""
    found = []
    if target.ports:  # a client checks, so answering may take its time
        _ask_there(host, target, target.ports[0], "/here")
    for port in target.ports:
        reach = fetch(target, port, cancel, seconds)
        if not reach.open and not _answers_itself(host, target, port):
            reach = Reach("unknown", "gone", reach.detail)
        found.append(Seen(port, target.url(port), reach))
    return tuple(found)


def _answers_itself(host: Host, target: Target, port: int) -> bool:
    return target.nonce.encode() in _ask_there(host, target, port)


def _ask_there(host: Host, target: Target, port: int, more: str = "") -> bytes:
    """What the server itself gets; nothing where requests are not possible there."""
    address, path = reachable_address(target.bind), f"/{target.nonce}{more}"
    try:
        return request(host, Request(port, path, address, timeout=5)).body
    except InstallError as exc:
        if exc.code is not Code.SSH_FORWARDING_REFUSED:
            raise
        return b""


def fetch(target: Target, port: int, cancel: CancelToken, seconds: float = TRY_SECONDS) -> Reach:
    """Whether this computer gets the nonce: directly, or through its proxy, as a browser would."""
    addresses = dict.fromkeys(filter(None, (target.address, target.fallback)))
    reach = Reach("closed", "name")
    for address in addresses:
        reach = _try(address, port, target.nonce, seconds, cancel)
        if reach.reason != "name":
            break
    if not reach.open and _through(f"http://{url_host(target.address)}:{port}/{target.nonce}", target.nonce):
        return Reach("open", "proxy")
    return reach


def _try(address: str, port: int, word: str, seconds: float, cancel: CancelToken) -> Reach:
    end = time.monotonic() + seconds
    while True:
        cancel.check()
        left = end - time.monotonic()
        try:
            body = _get(address, port, f"/{word}", max(0.5, min(_ATTEMPT_SECONDS, left)), cancel)
            if word.encode() in body:
                return Reach("open", "")
            reach = Reach("closed", "other", body[:200].decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException) as exc:
            cancel.check()
            reach = failure(exc)
        if reach.reason == "name" or time.monotonic() + _PAUSE_SECONDS >= end:
            return reach
        cancel.wait(_PAUSE_SECONDS)


def failure(exc: Exception) -> Reach:
    """What the socket raised, as a word."""
    detail = f"{type(exc).__name__}: {exc}"
    if isinstance(exc, socket.gaierror):
        return Reach("closed", "name", detail)
    if isinstance(exc, TimeoutError):
        return Reach("closed", "timeout", detail)
    if isinstance(exc, ConnectionRefusedError):
        return Reach("closed", "refused", detail)
    if isinstance(exc, OSError) and not isinstance(exc, ConnectionError):
        return Reach("closed", "route", detail)
    return Reach("closed", "other", detail)


def _get(address: str, port: int, path: str, seconds: float, cancel: CancelToken) -> bytes:
    """The body of an answer, asked directly. ``OSError``, ``HTTPException``."""
    connection = http.client.HTTPConnection(address, port, timeout=seconds)

    def shut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    with contextlib.closing(connection), cancel.on_cancel(shut):
        connection.request("GET", path)
        return connection.getresponse().read(4096)


def _through(url: str, word: str) -> bool:
    """Whether the person's proxy gets it, if there is one."""
    proxy = urllib.request.getproxies().get("http")
    if not proxy:
        return False
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))
    try:
        with opener.open(url, timeout=_ATTEMPT_SECONDS) as response:
            return word.encode() in response.read(4096)
    except (OSError, http.client.HTTPException, ValueError):
        return False
