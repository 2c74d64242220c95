"""The smallest honest MySQL client: native passwords and text queries."""

from __future__ import annotations

import hashlib
import socket
import struct

from .sql import DatabaseError, Row

PLUGIN = b"mysql_native_password"
#: long password, database at log-in, protocol 4.1 and its passwords, several statements and results, plugins
CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x8000 | 0x10000 | 0x20000 | 0x80000
UTF8MB4 = 45
MORE_RESULTS = 0x8
#: Quotes as in PostgreSQL: "name", 'text' without escapes.
SQL_MODE = "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'"
LOST = "Lost connection to MySQL server during query"
DENIED = (1044, 1045, 1698)


class MySqlError(DatabaseError):
    pass


class MySql:
    """One connection."""

    def __init__(
        self, host: str, port: str, user: str, password: str, database: str, timeout: float = 5
    ) -> None:
        try:
            self.socket = socket.create_connection((host, int(port)), timeout)
        except OSError as error:
            raise MySqlError(f"(2003, \"Can't connect to MySQL server on '{host}' ({error})\")") from error
        self.file = self.socket.makefile("rb")
        try:
            self._log_in(user, password, database)
            self.query(SQL_MODE)
        except MySqlError:
            self.close()
            raise

    def _log_in(self, user: str, password: str, database: str) -> None:
        nonce = _nonce(self._packet())
        proof = native_password(password, nonce)
        head = struct.pack("<IIB23x", CAPABILITIES, 1 << 24, UTF8MB4)
        names = user.encode() + b"\0", database.encode() + b"\0"
        self._send(head + names[0] + bytes([len(proof)]) + proof + names[1] + PLUGIN + b"\0")
        answer = self._packet()
        if answer[:1] == b"\xfe":  # another way, or a nonce of its own
            plugin, _, nonce = answer[1:].partition(b"\0")
            if plugin != PLUGIN:
                raise MySqlError(f"authentication method {plugin.decode()} not supported")
            self._send(native_password(password, nonce.rstrip(b"\0")))
            self._packet()

    def _send(self, body: bytes) -> None:
        self.socket.sendall(struct.pack("<I", len(body))[:3] + bytes([self.number]) + body)

    def _packet(self) -> bytes:
        try:
            head = self.file.read(4)
            body = self.file.read(int.from_bytes(head[:3], "little")) if len(head) == 4 else b""
        except OSError as error:
            raise MySqlError(f'(2013, "{LOST} ({error})")') from error
        if not body:
            raise MySqlError(f'(2013, "{LOST}")')
        self.number = head[3] + 1
        if body[:1] == b"\xff":
            raise _error(body)
        return body

    def query(self, sql: str) -> list[Row]:
        """Run *sql* (several statements by semicolons) and return the rows as text."""
        self.number = 0
        self._send(b"\x03" + sql.encode())
        rows: list[Row] = []
        while self._result(rows) & MORE_RESULTS:
            pass
        return rows

    def _result(self, rows: list[Row]) -> int:
        """Read one statement's answer into *rows*; the server's status."""
        first = self._packet()
        if first[:1] == b"\0":
            at = _length(first, _length(first, 1)[1])[1]
            return int.from_bytes(first[at : at + 2], "little")
        while not _is_end(self._packet()):
            pass  # what the columns are
        while not _is_end(packet := self._packet()):
            rows.append(_row(packet))
        return int.from_bytes(packet[3:5], "little")

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def native_password(password: str, nonce: bytes) -> bytes:
    """SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))); nothing for an empty one."""
    if not password:
        return b""
    once = hashlib.sha1(password.encode()).digest()
    mask = hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask, strict=True))


def _nonce(greeting: bytes) -> bytes:
    at = greeting.index(b"\0", 1) + 5  # past the version's text and the connection's number
    return greeting[at : at + 8] + greeting[at + 27 : at + 39]


def _is_end(packet: bytes) -> bool:
    return packet[:1] == b"\xfe" and len(packet) < 9


def _error(body: bytes) -> MySqlError:
    number, text = int.from_bytes(body[1:3], "little"), body[3:].decode(errors="replace")
    if text.startswith("#"):
        text = text[6:]
    return MySqlError(f'({number}, "{text}")', number in DENIED)


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable size at *at*, and where it ends."""
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(data[at], 0)
    end = at + 1 + size
    return int.from_bytes(data[at + 1 : end], "little") if size else data[at], end


def _row(packet: bytes) -> Row:
    row: Row = []
    at = 0
    while at < len(packet):
        if packet[at] == 0xFB:
            row.append(None)
            at += 1
            continue
        length, at = _length(packet, at)
        row.append(packet[at : at + length].decode())
        at += length
    return row
