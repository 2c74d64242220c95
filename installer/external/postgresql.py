"""PostgreSQL, by its protocol 3.0 (postgresql.org, "Frontend/Backend Protocol"), as Dify's programs use it.

The API asks for encryption and takes what it gets without verifying it (libpq's ``sslmode=prefer``); the
plugin daemon does as ``DB_SSL_MODE`` says. Here the certificate is verified first. One that proves nothing is
reported, as Dify would use it all the same, and its server is given no password in clear text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from installer.core.errors import Code
from installer.external.asking import (
    PROBE,
    Channel,
    OtherAnswer,
    Scene,
    connected,
    judge_version,
    tls_stop,
)
from installer.external.database import Login, Refused, login_of, login_refused, no_database, no_right
from installer.external.tls import Bad
from installer.state.external_report import Stopped, Trial
from installer.untrusted.values import whole

_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_PROTOCOL = 196608
_NOT_ALLOWED, _NO_DATABASE, _READ_ONLY = "28000", "3D000", "25006"
#: Of a refused login, by the server's code or the word of ``Session``.
_REASONS = {
    "28P01": "password",
    _NOT_ALLOWED: "address",
    **{word: word for word in ("password_missing", "method", "clear", "unproved")},
}
#: What makes a certificate prove nothing; anything else is encryption that does not work at all.
_UNPROVED = frozenset({"unknown_issuer", "name", "expired"})
#: Of a password's hash; the server's default is 4,096. So many take some seconds.
MOST_ROUNDS = 10_000_000
_MOST_PARAMETERS = 100
#: First bytes of the messages of a server.
_MESSAGES = b"RSKZETDCNnIAtvGHW12s3"
_DEFAULT_DATABASE = "postgres"  # where the plugin daemon makes its own (internal/db/pg/pg.go)


def try_postgresql(scene: Scene, trial: Trial) -> None:
    """Try it; raises ``Stopped``."""
    entry = trial.service.entry
    login = login_of(scene, entry, 5432)
    _as_api(scene, trial, login, entry.get("extension", ""))
    if trial.service.section == "database" and scene.plugins:
        _as_plugin_daemon(scene, trial, login)


def _as_api(scene: Scene, trial: Trial, login: Login, extension: str) -> None:
    with _opened(scene, trial, login, mode="prefer") as session:
        judge_version(trial, scene, session.parameters.get("server_version", ""))
        _tables(session, trial, login)
        if extension:
            _extension(session, trial, login, extension)
        trial.mark("rights")


@contextmanager
def _opened(scene: Scene, trial: Trial, login: Login, mode: str) -> Iterator[Session]:
    """A session for the block, encrypted as *mode* says and logged in; what refuses that is the stop."""
    with ExitStack() as stack:

        def open_session(*, verify: bool) -> Session:
            channel = stack.enter_context(connected(scene, trial, login.host, login.port))
            session = Session(channel)
            if mode != "disable":
                session.encrypt(login.host, verify=verify)
            return session

        try:
            try:
                session = open_session(verify=True)
            except Bad as exc:
                if exc.reason not in _UNPROVED:
                    raise
                if trial.marks.get("tls") != "warning":
                    trial.warn("tls", Code.EXTERNAL_UNPROVED, reason=exc.reason, said=exc.said)
                stack.pop_all().close()
                # libpq verifies nothing by sslmode prefer and require: Dify connects like this, so the test
                # must, too. It is reported above, and ``Session`` refuses to send the clear password
                session = open_session(verify=False)
            if mode == "require" and not session.encrypted:
                raise trial.stop("tls", Code.EXTERNAL_TLS, reason="not_offered", field="DB_SSL_MODE")
            session.start(login)
        except Bad as exc:
            raise tls_stop(trial, exc, "DB_SSL_MODE") from exc
        except Refused as exc:
            raise _refusal(trial, login, exc, offered=session.encrypted) from exc
        trial.mark("reach")
        trial.mark("tls", "ok" if session.encrypted else "none")
        trial.mark("login")
        yield session


def _refusal(trial: Trial, login: Login, error: Refused, *, offered: bool) -> Exception:
    trial.mark("reach")
    said = error.message
    if error.code == _NO_DATABASE:
        trial.mark("login")
        return no_database(trial, login, said)
    if error.code == _NOT_ALLOWED and "no encryption" in said and not offered:
        return trial.stop("tls", Code.EXTERNAL_TLS, reason="needed", field="DB_SSL_MODE", said=said)
    return login_refused(trial, login, _REASONS.get(error.code, "other"), said)


def _tables(session: Session, trial: Trial, login: Login) -> None:
    """Make a table, write, read: all in a transaction that is taken back."""
    name = f"{PROBE}_{secrets.token_hex(4)}"
    try:
        session.query("BEGIN")
        session.query(f"CREATE TABLE {name} (id int)")
        session.query(f"INSERT INTO {name} VALUES (1)")  # noqa: S608 - a name of ours
        session.query(f"SELECT id FROM {name}")  # noqa: S608 - a name of ours
        session.query("ROLLBACK")
    except Refused as exc:
        reason = "read_only" if exc.code == _READ_ONLY else "table"
        raise no_right(trial, login, exc, reason) from exc


def _extension(session: Session, trial: Trial, login: Login, extension: str) -> None:
    """Whether Dify's migration finds or makes it; what is made is taken back."""
    quoted = extension.replace("'", "''")
    if session.query(f"SELECT 1 FROM pg_extension WHERE extname = '{quoted}'"):  # noqa: S608 - quoted
        return
    try:
        session.query("BEGIN")
        session.query(f'CREATE EXTENSION "{extension}"')
        session.query("ROLLBACK")
    except Refused as exc:
        raise no_right(trial, login, exc, "extension", extension=extension) from exc


def _as_plugin_daemon(scene: Scene, trial: Trial, login: Login) -> None:
    """It has a database of its own, and makes it if it is not there."""
    mode = scene.get("DB_SSL_MODE") or "disable"
    own = scene.get("DB_PLUGIN_DATABASE") or "dify_plugin"
    try:
        with _opened(scene, trial, replace(login, database=own), mode) as session:
            _tables(session, trial, login)
            return
    except Stopped as stopped:
        if stopped.finding.code is not Code.EXTERNAL_MISSING:
            raise
    with _opened(scene, trial, replace(login, database=_DEFAULT_DATABASE), mode) as session:
        question = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolcreatedb OR rolsuper)"
        if not session.query(question):
            raise no_database(trial, replace(login, database=own))


# ------------------------------------------------------------------------------- protocol


class Session:
    """One connection. *encrypted*: whether it is, *proved*: whether by a certificate that was verified."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.encrypted = self.proved = False
        self.parameters: dict[str, str] = {}

    def encrypt(self, host: str, *, verify: bool) -> None:
        """Switch encryption on, where the server offers it. Raises ``Bad``, ``OtherAnswer``."""
        self._channel.send(_SSL_REQUEST)
        answer = self._channel.read(1)
        if answer == b"S":
            self._channel.encrypt(host, verify=verify)
            self.encrypted, self.proved = True, verify
        elif answer not in b"NE":  # E: so old, or so full, that it answers with an error
            raise self._channel.other(answer)

    def start(self, login: Login) -> None:
        """Log in. Raises ``Refused``."""
        pairs = {"user": login.user, "database": login.database, "client_encoding": "UTF8"}
        body = b"".join(f"{k}\0{v}\0".encode() for k, v in pairs.items()) + b"\0"
        self._channel.send(struct.pack("!II", len(body) + 8, _PROTOCOL) + body)
        scram = _Scram(login.password)
        while True:
            kind, data = self._message()
            if kind == b"R":
                self._authenticate(data, login, scram)
            elif kind == b"S":
                name, value, *_ = [*data[:1000].decode("utf-8", "replace").split("\0"), ""]
                if len(self.parameters) < _MOST_PARAMETERS:
                    self.parameters[name] = value
            elif kind == b"Z":
                return

    def query(self, text: str) -> int:
        """The number of rows of *text*. Raises ``Refused``; the session continues."""
        body = text.encode() + b"\0"
        self._channel.send(b"Q" + struct.pack("!I", len(body) + 4) + body)
        rows = 0
        error: Refused | None = None
        while True:
            try:
                kind, _ = self._message()
            except Refused as exc:
                error = exc
                continue
            rows += kind == b"D"
            if kind == b"Z":
                if error is not None:
                    raise error
                return rows

    def _message(self) -> tuple[bytes, bytes]:
        head, data = self._channel.message(5, _size)
        if head[:1] == b"E":
            parts = {part[:1]: part[1:].decode("utf-8", "replace") for part in data.split(b"\0") if part}
            raise Refused(parts.get(b"C", ""), parts.get(b"M", ""))
        return head[:1], data

    def _authenticate(self, data: bytes, login: Login, scram: _Scram) -> None:
        way, rest = int.from_bytes(data[:4]), data[4:]
        answers: dict[int, Callable[[], bytes]] = {
            3: lambda: login.password.encode() + b"\0",
            5: lambda: _md5(login, rest),
            10: lambda: scram.first(rest),
            11: lambda: scram.final(rest),
        }
        if way == 12:
            scram.verify(rest)
            return
        if way == 0:
            if scram.started and not scram.verified:
                raise Refused("unproved")
            return
        if way == 3 and not self.proved:
            raise Refused("clear")
        if way not in answers:
            raise Refused("method", f"authentication {way}")
        if not login.password:
            raise Refused("password_missing", "no password")
        answer = answers[way]()
        self._channel.send(b"p" + struct.pack("!I", len(answer) + 4) + answer)


def _size(head: bytes) -> int:
    """Of the body after *head*; negative where *head* begins no message."""
    return int.from_bytes(head[1:]) - 4 if head[0] in _MESSAGES else -1


def _md5(login: Login, salt: bytes) -> bytes:
    inner = hashlib.md5((login.password + login.user).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode() + b"\0"


def _fields(said: bytes) -> dict[str, str]:
    """``name=value`` by commas."""
    try:
        parts = (part.partition("=") for part in said.decode().split(","))
    except UnicodeDecodeError as exc:
        raise OtherAnswer(said) from exc
    return {name: value for name, _, value in parts}


def _decoded(text: str, said: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError as exc:
        raise OtherAnswer(said) from exc


class _Scram:
    """SCRAM-SHA-256 (RFC 5802, 7677), without channel binding. Both sides prove that they know the
    password."""

    def __init__(self, password: str) -> None:
        self._password = password
        self.started = self.verified = False
        self._expected = b""
        self._nonce = base64.b64encode(secrets.token_bytes(18)).decode()

    def first(self, offered: bytes) -> bytes:
        if b"SCRAM-SHA-256" not in offered.split(b"\0"):
            raise Refused("method", offered.decode("ascii", "replace"))
        self.started = True
        text = f"n,,n=,r={self._nonce}".encode()
        return b"SCRAM-SHA-256\0" + struct.pack("!I", len(text)) + text

    def final(self, said: bytes) -> bytes:
        fields = _fields(said)
        nonce = fields.get("r", "")
        if not nonce.startswith(self._nonce):
            raise Refused("unproved")
        salt, rounds = _decoded(fields.get("s", ""), said), whole(fields.get("i", ""))
        if not 1 <= rounds <= MOST_ROUNDS:
            raise Refused("method", f"{rounds} rounds")
        salted = hashlib.pbkdf2_hmac("sha256", self._password.encode(), salt, rounds)
        client = hmac.digest(salted, b"Client Key", "sha256")
        bare = f"c=biws,r={nonce}"
        signed = f"n=,r={self._nonce},{said.decode()},{bare}".encode()
        signature = hmac.digest(hashlib.sha256(client).digest(), signed, "sha256")
        self._expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
        return f"{bare},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, said: bytes) -> None:
        """The server's own proof. Raises ``Refused``."""
        verifier = _decoded(_fields(said).get("v", ""), said)
        if not self._expected or not hmac.compare_digest(verifier, self._expected):
            raise Refused("unproved")
        self.verified = True
