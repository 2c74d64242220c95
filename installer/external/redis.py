"""Redis and its Sentinels, by RESP (redis.io, "Redis serialization protocol"), as Dify's programs do it."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.external.asking import (
    PROBE,
    Channel,
    Ended,
    OtherAnswer,
    Scene,
    connected,
    judge_version,
    tls_stop,
)
from installer.external.tls import Bad
from installer.state.external_report import Stopped, Trial
from installer.untrusted.values import port as port_of
from installer.untrusted.values import whole

_TLS = "REDIS_USE_SSL"
_CA = "REDIS_SSL_CA_CERTS"
#: Lists within lists, and entries of each: what is asked here has two.
_DEEPEST, _MOST_ENTRIES = 8, 1000


class Refused(Exception):
    """The server's error, beginning with its word (``WRONGPASS`` …)."""


def try_redis(scene: Scene, trial: Trial) -> None:
    """Try the one that the variables name; raises ``Stopped``."""
    _try(scene, trial, scene.get("REDIS_HOST"), scene.port("REDIS_PORT", 6379))


def try_sentinel(scene: Scene, trial: Trial) -> None:
    """Ask each Sentinel for the address of the group, then try that one; raises ``Stopped``."""
    found: tuple[str, int] | None = None
    stop: Stopped | None = None
    for host, port in addresses(scene.get("REDIS_SENTINELS"), 26379):
        try:
            found = found or _ask_sentinel(scene, trial, host, port)
        except Stopped as exc:
            stop = stop or exc
    if stop is not None and found is None:
        raise stop
    if found is None:
        raise trial.stop("rights", Code.EXTERNAL_MISSING, name=_group(scene), reason="master")
    _try(scene, trial, *found)


def addresses(text: str, default: int) -> list[tuple[str, int]]:
    """``host:port`` by commas. ``InstallError(EXTERNAL_UNTESTED)`` for what is no address."""
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            url = urlsplit(part if "://" in part else f"//{part}")
            found.append((url.hostname or "", url.port or default))
        except ValueError as exc:
            raise InstallError(Code.EXTERNAL_UNTESTED, {"reason": "tool"}, detail=part) from exc
    return found


def _group(scene: Scene) -> str:
    return scene.get("REDIS_SENTINEL_SERVICE_NAME")


def _ask_sentinel(scene: Scene, trial: Trial, host: str, port: int) -> tuple[str, int] | None:
    with connected(scene, trial, host, port) as channel:
        session = Session(channel)
        _log_in(
            session, trial, scene.get("REDIS_SENTINEL_USERNAME"), scene.get("REDIS_SENTINEL_PASSWORD"), ""
        )
        answer = _asked(session, trial, "", "SENTINEL", "get-master-addr-by-name", _group(scene))
    number = port_of(str(answer[1])) if isinstance(answer, list) and len(answer) == 2 else 0
    return (str(answer[0]), number) if isinstance(answer, list) and number else None


def _try(scene: Scene, trial: Trial, host: str, port: int) -> None:
    encrypted = scene.on(_TLS)
    checked = scene.get("REDIS_SSL_CERT_REQS") == "CERT_REQUIRED"
    with connected(scene, trial, host, port) as channel:
        if encrypted:
            _encrypt(channel, scene, trial, host, port, verify=checked)
        session = Session(channel)
        try:
            _use(session, scene, trial)
        except Ended as exc:
            if encrypted:
                raise
            raise tls_stop(trial, Bad("needed"), _TLS) from exc
        except OtherAnswer as exc:
            if exc.said.startswith("\x15\x03") and not encrypted:  # a TLS alert
                raise tls_stop(trial, Bad("needed"), _TLS) from exc
            raise
    if encrypted and scene.plugins and not checked:
        _as_plugin_daemon(scene, trial, host, port)


def _speaks_plainly(scene: Scene, trial: Trial, host: str, port: int) -> bool:
    try:
        with connected(scene, trial, host, port) as channel:
            Session(channel).ask("PING")
    except Refused:
        return True
    except (Stopped, OtherAnswer):
        return False
    return True


def _encrypt(channel: Channel, scene: Scene, trial: Trial, host: str, port: int, *, verify: bool) -> None:
    authorities = tuple(filter(None, [scene.files.get(_CA, "")]))
    if verify and scene.get(_CA) and not authorities:
        # placed on the server from another computer: no password goes to a peer that cannot be verified here
        raise InstallError(Code.EXTERNAL_UNTESTED, {"reason": "authority"}, detail=scene.get(_CA))
    try:
        channel.encrypt(host, verify=verify, authorities=authorities)
    except TimeoutError as exc:
        # a Redis without encryption waits for the end of a line that never comes
        if not _speaks_plainly(scene, trial, host, port):
            raise
        raise tls_stop(trial, Bad("not_offered"), _TLS) from exc
    except Bad as exc:
        known = scene.knows(_CA)
        field = _TLS if exc.reason == "not_offered" or not known else _CA
        raise tls_stop(trial, exc, field) from exc
    trial.mark("reach")
    trial.mark("tls")


def _as_plugin_daemon(scene: Scene, trial: Trial, host: str, port: int) -> None:
    """It verifies the certificate whatever the variables say (pkg/utils/cache/redis.go)."""
    with connected(scene, trial, host, port) as channel:
        try:
            _encrypt(channel, scene, trial, host, port, verify=True)
        except Stopped as exc:
            if exc.finding.params.get("reason") == "unknown_issuer":
                said = exc.finding.params.get("said", "")
                raise trial.stop("tls", Code.EXTERNAL_TLS, reason="plugins", field=_CA, said=said) from exc
            raise


def _use(session: Session, scene: Scene, trial: Trial) -> None:
    user = scene.get("REDIS_USERNAME")
    _log_in(session, trial, user, scene.get("REDIS_PASSWORD"), "ok")
    trial.mark("tls", "none")
    judge_version(trial, scene, _version(session))
    for number in _numbers(scene):
        try:
            session.ask("SELECT", number)
        except Refused as exc:
            params = {"reason": "number", "number": number, "name": number, "user": user or "default"}
            raise trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, said=str(exc)) from exc
    _write(session, trial, user or "default")


def _log_in(session: Session, trial: Trial, user: str, password: str, mark: str) -> None:
    """AUTH, then PING, which tells whether that was enough."""
    shown = user or "default"
    try:
        if password:
            session.ask("AUTH", *([user] if user else []), password)
        session.ask("PING")
    except Refused as exc:
        trial.mark("reach")
        text = str(exc)
        raise trial.stop(
            "login",
            Code.EXTERNAL_LOGIN_REFUSED,
            user=shown,
            reason=_login_reason(text, password),
            said=text,
        ) from exc
    trial.mark("reach")
    if mark:
        trial.mark("login", "ok" if password else "none")


def _login_reason(text: str, password: str) -> str:
    low = text.lower()
    if "without any password configured" in low or "no password is set" in low:
        return "password_needless"
    if text.startswith("NOAUTH"):
        return "password" if password else "password_missing"
    if text.startswith("WRONGPASS") or "invalid password" in low:
        return "password"
    if text.startswith("DENIED"):
        return "address"
    return "other"


def _version(session: Session) -> str:
    """Empty where the server does not tell (some in clouds forbid INFO)."""
    try:
        text = session.ask("INFO", "server")
    except Refused:
        return ""
    lines = (line.partition(":") for line in str(text).splitlines())
    return next((value.strip() for name, _, value in lines if name == "redis_version"), "")


def _numbers(scene: Scene) -> list[str]:
    """Of the databases that Dify uses: its own, and those in the URLs of its queue and of its agents."""
    found = [scene.get("REDIS_DB") or "0"]
    for name in table("external")["redis_urls"]:
        path = urlsplit(scene.get(name).partition(";")[0]).path.strip("/")
        if path.isdecimal():
            found.append(path)
    return list(dict.fromkeys(found))


def _write(session: Session, trial: Trial, user: str) -> None:
    key = f"{PROBE}:{secrets.token_hex(6)}"
    for reason, words in (
        ("write", ("SET", key, "1", "EX", "60")),
        ("read", ("GET", key)),
        ("delete", ("DEL", key)),
        ("command", ("PUBLISH", key, "1")),
    ):
        try:
            session.ask(*words)
        except Refused as exc:
            text = str(exc)
            why = "read_only" if text.startswith("READONLY") else reason
            params = {"user": user, "name": key.partition(":")[0], "reason": why}
            raise trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, said=text) from exc
    trial.mark("rights")


def _asked(session: Session, trial: Trial, user: str, *words: str) -> object:
    try:
        return session.ask(*words)
    except Refused as exc:
        params = {"user": user or "default", "name": words[0], "reason": "command"}
        raise trial.stop("rights", Code.EXTERNAL_RIGHTS, **params, said=str(exc)) from exc


# ------------------------------------------------------------------------------- protocol


class Session:
    """One connection."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def ask(self, *words: str) -> object:
        """The answer to a command. Raises ``Refused``, ``OtherAnswer``."""
        parts = (word.encode() for word in words)
        body = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self._channel.send(b"*%d\r\n" % len(words) + body)
        return self._answer(_DEEPEST)

    def _answer(self, depth: int) -> object:
        line = self._channel.read_line()
        kind, text = line[:1], line[1:]
        if kind == b"-":
            raise Refused(text.decode("utf-8", "replace"))
        if kind in b"+:" and kind:
            return text.decode("utf-8", "replace")
        if kind in b"$*" and text == b"-1":
            return None
        size = whole(text.decode("latin-1"), -1)
        if kind == b"$" and size >= 0:
            return self._channel.read(size + 2)[:-2].decode("utf-8", "replace")
        if kind == b"*" and depth and 0 <= size <= _MOST_ENTRIES:
            return [self._answer(depth - 1) for _ in range(size)]
        raise OtherAnswer(line)
