"""MySQL, by its client/server protocol (dev.mysql.com), as Dify's programs use it: without encryption.

PyMySQL and Go's driver are given no options for it by Dify, except that the plugin daemon asks for it with
``DB_SSL_MODE=require``.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key

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
from installer.state.external_report import Trial

# LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
_CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000
_SSL = 0x800
_UTF8MB4 = 45
_NO_DATABASE, _SECURE_ONLY, _READ_ONLY = ("1049", "1044"), "3159", ("1290", "1836")
_DEFAULT_DATABASE = "mysql"
#: Bytes of a greeting after the version: up to the end of the capabilities (Protocol::HandshakeV10).
_LEAST_GREETING = 20
#: Rows of an answer; characters of a grant.
MOST_ROWS, _MOST_GRANT = 1000, 4096
_BAD_METHOD = "1251"
_REASONS = {"1045": "password", "1698": "password", "1130": "address", _BAD_METHOD: "method"}


def try_mysql(scene: Scene, trial: Trial) -> None:
    """Try it; raises ``Stopped``."""
    login = login_of(scene, trial.service.entry, 3306)
    with connected(scene, trial, login.host, login.port) as channel:
        session = _opened(channel, scene, trial, login)
        _tables(session, trial, login)
        if scene.plugins:
            _may_make(session, scene, trial, login)
        trial.mark("rights")
    if scene.plugins and scene.get("DB_SSL_MODE") == "require":
        _encrypted(scene, trial, login)


def _opened(channel: Channel, scene: Scene, trial: Trial, login: Login) -> Session:
    try:
        session = Session(channel)
        trial.mark("reach")
        _judge(scene, trial, session.version)
        session.log_in(login)
    except Refused as exc:
        raise _refusal(trial, login, exc) from exc
    trial.mark("tls", "none")
    trial.mark("login")
    return session


def _judge(scene: Scene, trial: Trial, said: str) -> None:
    """*said*: ``8.0.40``, ``11.8.3-MariaDB-…``, ``5.5.5-10.11.6-MariaDB`` (an old trick of MariaDB's)."""
    for relative in trial.service.entry.get("relatives", ()):
        if relative.lower() in said.lower():
            found = said.removeprefix("5.5.5-").partition("-")[0]
            trial.version = f"{relative} {found}"
            trial.warn("version", Code.EXTERNAL_RELATIVE, found=trial.version)
            return
    judge_version(trial, scene, said)


def _refusal(trial: Trial, login: Login, error: Refused) -> Exception:
    said = error.message
    if error.code == _SECURE_ONLY:
        return trial.stop("tls", Code.EXTERNAL_TLS, reason="needed", field="DB_SSL_MODE", said=said)
    if error.code in _NO_DATABASE:
        trial.mark("login")
        return no_database(trial, login, said)
    return login_refused(trial, login, _REASONS.get(error.code, "other"), said)


def _tables(session: Session, trial: Trial, login: Login) -> None:
    """Make a table, write, read, remove it: MySQL takes back no table."""
    name = f"{PROBE}_{secrets.token_hex(4)}"
    made = False
    try:
        session.query(f"CREATE TABLE {name} (id INT)")
        made = True
        session.query(f"INSERT INTO {name} VALUES (1)")  # noqa: S608 - a name of ours
        session.query(f"SELECT id FROM {name}")  # noqa: S608 - a name of ours
        session.query(f"DROP TABLE {name}")
    except Refused as exc:
        reason = "read_only" if exc.code in _READ_ONLY else "delete" if made else "table"
        raise no_right(trial, login, exc, reason) from exc


def _may_make(session: Session, scene: Scene, trial: Trial, login: Login) -> None:
    """The plugin daemon's database is there, or it may make it (internal/db/mysql/mysql.go)."""
    own = replace(login, database=scene.get("DB_PLUGIN_DATABASE") or "dify_plugin")
    try:
        session.use(own.database)
    except Refused as exc:
        grants = session.query("SHOW GRANTS")
        if not any(_covers(grant, own.database) for grant in grants) or not _begins(session):
            raise no_database(trial, own, exc.message) from exc
    else:
        _tables(session, trial, own)


def _begins(session: Session) -> bool:
    """Whether the plugin daemon can log in to the database from which it makes its own."""
    try:
        session.use(_DEFAULT_DATABASE)
    except Refused:
        return False
    return True


def _covers(grant: str, database: str) -> bool:
    """Whether *grant* lets its user create *database*: ``GRANT ALL PRIVILEGES ON *.* TO …``."""
    rights, _, place = grant[:_MOST_GRANT].removeprefix("GRANT ").partition(" ON ")
    if not re.search(r"\b(ALL PRIVILEGES|CREATE)(,|$)", rights):
        return False
    match = re.match(r"`((?:[^`]|``)+)`\.\* TO ", place)
    return place.startswith("*.* TO ") or (match is not None and _like(match[1], database))


def _like(pattern: str, text: str) -> bool:
    """Whether *text* is what *pattern* means, where ``%`` stands for anything. Not by a regular expression,
    which takes exponential time for many of them."""
    first, *rest = pattern.replace("\\_", "_").split("%")
    if not rest:
        return first == text
    at, *middle = len(first), *rest[:-1]
    if not text.startswith(first):
        return False
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(rest[-1]) and at + len(rest[-1]) <= len(text)


def _encrypted(scene: Scene, trial: Trial, login: Login) -> None:
    """As the plugin daemon does it, which then verifies the certificate (Go's driver: tls=true)."""
    with connected(scene, trial, login.host, login.port) as channel:
        try:
            session = Session(channel)
            session.encrypt(login.host)
        except Bad as exc:
            raise tls_stop(trial, exc, "DB_SSL_MODE") from exc
        except Refused as exc:
            raise trial.stop("reach", Code.EXTERNAL_OTHER_ANSWER, said=str(exc)) from exc
    trial.marks["tls"] = "ok"


# ------------------------------------------------------------------------------- protocol


class Session:
    """One connection, after the server's greeting. Raises ``Refused``, ``OtherAnswer``."""

    def __init__(self, channel: Channel) -> None:
        self._channel, self._number = channel, 0
        data = self._packet()
        if data[:1] != b"\x0a":
            raise OtherAnswer(data)
        version, _, rest = data[1:].partition(b"\0")
        if len(rest) < _LEAST_GREETING:
            raise OtherAnswer(data)
        self.version = version.decode("ascii", "replace")
        self._salt = rest[4:12]
        low, high = struct.unpack("<H", rest[13:15])[0], struct.unpack("<H", rest[18:20])[0]
        self._offered = int(low) | int(high) << 16
        size = max(13, rest[20] - 8) if len(rest) > 20 else 13
        self._salt += rest[31 : 31 + size].rstrip(b"\0")
        self._plugin = rest[31 + size :].partition(b"\0")[0].decode("ascii", "replace")

    def encrypt(self, host: str) -> None:
        """Raises ``Bad``."""
        if not self._offered & _SSL:
            raise Bad("not_offered")
        self._send(struct.pack("<IIB23x", _CAPABILITIES | _SSL, 1 << 24, _UTF8MB4))
        self._channel.encrypt(host, verify=True)

    def log_in(self, login: Login) -> None:
        """With the way that the server asks for."""
        plugin = self._plugin or "mysql_native_password"
        answer = self._scrambled(plugin, login.password, self._salt)
        body = struct.pack("<IIB23x", _CAPABILITIES, 1 << 24, _UTF8MB4)
        body += login.user.encode() + b"\0" + bytes([len(answer)]) + answer
        body += login.database.encode() + b"\0" + plugin.encode() + b"\0"
        self._send(body)
        self._authenticated(login, plugin)

    def _authenticated(self, login: Login, plugin: str) -> None:
        salt = self._salt
        while True:
            data = self._packet()
            if data[:1] == b"\0":
                return
            if data[:1] == b"\xfe":  # another way
                name, _, rest = data[1:].partition(b"\0")
                plugin, salt = name.decode("ascii", "replace"), rest.rstrip(b"\0")
                self._send(self._scrambled(plugin, login.password, salt))
            elif data[:2] == b"\x01\x04" and salt:  # caching_sha2: the whole password
                self._send(b"\x02")
                self._send(_sealed(login.password, salt, self._packet()[1:]))
            elif data[:2] != b"\x01\x03":
                raise OtherAnswer(data)

    def _scrambled(self, plugin: str, password: str, salt: bytes) -> bytes:
        if not password:
            return b""
        if plugin == "mysql_native_password":
            once = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
            twice = hashlib.sha1(once, usedforsecurity=False).digest()
            return _xor(once, hashlib.sha1(salt + twice, usedforsecurity=False).digest())
        if plugin == "caching_sha2_password":
            once = hashlib.sha256(password.encode()).digest()
            twice = hashlib.sha256(once).digest()
            return _xor(once, hashlib.sha256(twice + salt).digest())
        raise Refused(_BAD_METHOD, plugin)

    def use(self, database: str) -> None:
        """Change the database."""
        self._command(b"\x02" + database.encode())
        self._packet()

    def query(self, text: str) -> list[str]:
        """The first column of the rows of *text*."""
        self._command(b"\x03" + text.encode())
        columns = self._packet()[:1]
        rows: list[str] = []
        if columns == b"\0":
            return rows
        for _ in range(int.from_bytes(columns) + 1):  # and the end of the columns
            self._packet()
        while (data := self._packet())[:1] != b"\xfe" or len(data) > 8:
            if len(rows) == MOST_ROWS:
                raise OtherAnswer(data)
            rows.append(_first(data))
        return rows

    def _command(self, data: bytes) -> None:
        self._number = 0
        self._send(data)

    def _send(self, data: bytes) -> None:
        self._channel.send(struct.pack("<I", len(data))[:3] + bytes([self._number]) + data)
        self._number = (self._number + 1) % 256

    def _packet(self) -> bytes:
        head, data = self._channel.message(4, lambda head: int.from_bytes(head[:3], "little"))
        self._number = (head[3] + 1) % 256
        if data[:1] == b"\xff":
            text = data[3:].decode("utf-8", "replace")
            raise Refused(str(int.from_bytes(data[1:3], "little")), re.sub(r"^#.....", "", text))
        return data


def _first(row: bytes) -> str:
    """The text of a row's first column (Protocol::LengthEncodedString), empty for NULL."""
    if row[:1] in (b"", b"\xfb"):
        return ""
    width = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(row[0], 0)
    size = int.from_bytes(row[1 : 1 + width], "little") if width else row[0]
    return row[1 + width : 1 + width + size].decode("utf-8", "replace")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _sealed(password: str, salt: bytes, key: bytes) -> bytes:
    """*password* for the server's public *key* alone."""
    plain = password.encode() + b"\0"
    long = (salt * (len(plain) // len(salt) + 1))[: len(plain)]
    try:
        public = load_pem_public_key(key)
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise OtherAnswer(key) from exc
    # OAEP with SHA-1 takes 42 bytes of the key's length; OpenSSL takes no modulus of more than 16,384 bits
    if not isinstance(public, rsa.RSAPublicKey) or not len(plain) + 42 <= public.key_size // 8 <= 2048:
        raise OtherAnswer(key)
    oaep = padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)  # noqa: S303 - the protocol's own
    return public.encrypt(_xor(plain, long), oaep)
