"""HTTP over a connection from the server, and services that are tried by one request."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from installer.core.errors import Code
from installer.external.asking import Ended, Scene, connected, judge_version, tls_stop
from installer.external.tls import Bad
from installer.state.external_report import Trial
from installer.untrusted.json import loads
from installer.untrusted.values import port as port_of

_LARGEST = 1 << 20
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where a service is, taken from its variables."""

    host: str
    port: int
    encrypted: bool
    path: str = ""

    @property
    def name(self) -> str:
        """As it stands in a Host header."""
        usual = 443 if self.encrypted else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True)
class Request:
    """What is signed and sent; *path* and *query* are encoded, the query's parts sorted."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The beginning of the body, for people."""
        return self.body[:300].decode("utf-8", "replace").strip()


def address_of(scene: Scene, entry: Mapping[str, Any]) -> Address | None:
    """The address that the variables of *entry* name; None where there is none."""
    known = entry["address"]
    url = scene.get(known.get("url", "")) or (
        "" if scene.get(known.get("host", "")) else _filled(scene, known)
    )
    if url:
        return _of_url(url.split(",")[0].strip(), known, scene)
    host = scene.get(known.get("host", ""))
    if not host:
        return None
    if "://" in host:
        return _of_url(host, known, scene)
    port = _port(known, scene)
    encrypted = scene.on(known["encrypted"]) if "encrypted" in known else port == 443
    return Address(host.strip("[]"), port, encrypted)


def _filled(scene: Scene, known: Mapping[str, Any]) -> str:
    text = str(known.get("else", ""))
    for name, value in scene.values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _port(known: Mapping[str, Any], scene: Scene) -> int:
    named = str(known.get("port", known.get("else_port", "")))
    return port_of(named) or port_of(scene.get(named)) or int(known.get("else_port", 443))


def _of_url(url: str, known: Mapping[str, Any], scene: Scene) -> Address | None:
    if "://" not in url:
        url = f"//{url}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    usual = _PORTS.get(parts.scheme) or _port(known, scene)
    if not host:
        return None
    if parts.scheme not in _PORTS and not parts.scheme:
        return Address(host, port or usual, encrypted=(port or usual) == 443)
    if known.get("port", "").isdecimal() and port is None and parts.scheme == "http":
        usual = int(known["port"])
    return Address(host, port or usual, encrypted=parts.scheme == "https", path=parts.path.rstrip("/"))


class Web:
    """Requests to one address, each on a connection of its own."""

    def __init__(
        self, scene: Scene, trial: Trial, address: Address, *, verify: bool = True, field: str = "-"
    ):
        self._scene, self._trial, self._address = scene, trial, address
        self._verify, self._field = verify, field

    def ask(self, request: Request, headers: Mapping[str, str] | None = None) -> Answer:
        """One request; raises ``Stopped``."""
        address, trial = self._address, self._trial
        with connected(self._scene, trial, address.host, address.port) as channel:
            if address.encrypted:
                try:
                    channel.encrypt(address.host, verify=self._verify)
                except Bad as exc:
                    raise tls_stop(trial, exc, self._field) from exc
            connection = http.client.HTTPConnection(address.host, address.port)
            connection.sock = channel.sock
            try:
                sent = {"Host": address.name, **(headers or {})}
                connection.request(request.method, request.target, request.body or None, sent)
                with connection.getresponse() as response:
                    data = response.read(_LARGEST)
            except TimeoutError:
                raise
            except http.client.RemoteDisconnected as exc:
                raise Ended from exc
            except OSError as exc:
                raise Ended from exc
            except (http.client.HTTPException, ValueError) as exc:  # ValueError: a chunk's size
                raise trial.stop("reach", Code.EXTERNAL_OTHER_ANSWER, said=str(exc)[:60]) from exc
            found = {name.lower(): value for name, value in response.getheaders()}
        trial.mark("reach")
        trial.mark("tls", "ok" if address.encrypted else "none")
        return Answer(response.status, found, data)


def try_http(scene: Scene, trial: Trial) -> None:
    """One request, by what is known about the service; raises ``Stopped``."""
    entry = trial.service.entry
    known, address = entry["http"], address_of(scene, entry)
    if address is None:
        return
    verify = known.get("verify", "true")
    checked = scene.on(verify) if verify.isupper() else verify == "true"
    field = verify if verify.isupper() else str(entry["address"].get("url", "-"))
    headers = _headers(scene, known)
    web = Web(scene, trial, address, verify=checked, field=field)
    answer = web.ask(Request("GET", address.path + known["path"]), headers)
    user = scene.get(known.get("user", "")) or "-"
    if answer.status in (401, 403):
        given = bool(headers)
        reason = ("key" if "headers" in known else "password") if given else "password_missing"
        raise trial.stop("login", Code.EXTERNAL_LOGIN_REFUSED, user=user, reason=reason, said=answer.text)
    if answer.status >= 400:
        raise trial.stop(
            "reach", Code.EXTERNAL_OTHER_ANSWER, said=f"HTTP {answer.status} {answer.text}"[:120]
        )
    trial.mark("login", "ok" if headers else "none")
    judge_version(trial, scene, _version(answer, known.get("version", "")))


def _headers(scene: Scene, known: Mapping[str, Any]) -> dict[str, str]:
    """With the keys that are given; without those that are not."""
    found: dict[str, str] = {}
    for name, template in known.get("headers", {}).items():
        variable = template[template.index("{") + 1 : template.index("}")]
        if value := scene.get(variable):
            found[name] = template.replace("{" + variable + "}", value)
    user, password = scene.get(known.get("user", "")), scene.get(known.get("password", ""))
    if user and password:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        found["Authorization"] = f"Basic {token}"
    return found


def _version(answer: Answer, path: str) -> str:
    if not path:
        return ""
    with suppress(ValueError, TypeError, KeyError):
        found: Any = loads(answer.body)
        for part in path.split("."):
            found = found[part]
        return str(found)
    return ""


def try_reach(scene: Scene, trial: Trial) -> None:
    """Only whether there is a connection, and whether encryption works; raises ``Stopped``."""
    entry = trial.service.entry
    address = address_of(scene, entry)
    if address is None:
        return
    if address.encrypted:
        Web(scene, trial, address, field=str(entry["address"].get("url", "-"))).ask(Request("GET", "/"))
        return
    with connected(scene, trial, address.host, address.port) as channel:
        # only an answer, or the end of the connection, shows whether the relay got through
        channel.sock.settimeout(_QUIET_SECONDS)
        try:
            channel.read(1)
        except TimeoutError:
            pass
        except Ended:
            if not channel.heard and channel.line.said():
                raise
        trial.mark("reach")
        trial.mark("tls", "none")


#: How long a service that says nothing of itself is listened to: a refusal comes at once.
_QUIET_SECONDS = 4.0
