"""The smallest honest PostgreSQL client: SCRAM-SHA-256 and simple queries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import struct

from .sql import DatabaseError, Row


class PostgresError(DatabaseError):
    pass


class Postgres:
    """One connection."""

    def __init__(
        self, host: str, port: str, user: str, password: str, database: str, timeout: float = 5
    ) -> None:
        self.where = f'connection to server at "{host}", port {port} failed'
        self.buffer = b""
        try:
            self.socket = socket.create_connection((host, int(port)), timeout)
        except socket.gaierror as error:
            text = f'could not translate host name "{host}" to address: {error.strerror}'
            raise PostgresError(text) from error
        except OSError as error:
            raise PostgresError(f"{self.where}: {error.strerror or error}") from error
        start = b"user\0" + user.encode() + b"\0database\0" + database.encode() + b"\0\0"
        self.socket.sendall(struct.pack("!ii", len(start) + 8, 196608) + start)
        self._log_in(password)

    def _log_in(self, password: str) -> None:
        nonce = base64.b64encode(os.urandom(18)).decode()
        first = f"n=,r={nonce}"
        while True:
            kind, body = self._message()
            if kind == b"E":
                text = _error_text(body)
                raise PostgresError(f"{self.where}: {text}", "FATAL" in text and "starting up" not in text)
            if kind == b"Z":
                return
            if kind == b"R":
                self._authenticate(struct.unpack("!i", body[:4])[0], body[4:].decode(), first, password)

    def _authenticate(self, method: int, text: str, first: str, password: str) -> None:
        if method == 3:
            self._send(b"p", password.encode() + b"\0")
        elif method == 10:
            data = ("n,," + first).encode()
            self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(data)) + data)
        elif method == 11:
            self._send(b"p", _scram_proof(text, first, password).encode())
        elif method not in (0, 12):
            raise PostgresError(f"authentication method {method} not supported")

    def _send(self, kind: bytes, body: bytes) -> None:
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            data = self.socket.recv(65536)
            if not data:
                raise PostgresError("server closed the connection unexpectedly")
            self.buffer += data
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _message(self) -> tuple[bytes, bytes]:
        head = self._take(5)
        return head[:1], self._take(struct.unpack("!i", head[1:])[0] - 4)

    def query(self, sql: str) -> list[Row]:
        """Run *sql* (several statements by semicolons) and return the rows as text."""
        self._send(b"Q", sql.encode() + b"\0")
        rows: list[Row] = []
        error = ""
        while True:
            kind, body = self._message()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                error = _error_text(body)
            elif kind == b"Z":
                if error:
                    raise PostgresError(error)
                return rows

    def close(self) -> None:
        self.socket.close()


def _scram_proof(server_first: str, first: str, password: str) -> str:
    parts = dict(item.split("=", 1) for item in server_first.split(","))
    salt, rounds = base64.b64decode(parts["s"]), int(parts["i"])
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    final = f"c=biws,r={parts['r']}"
    message = f"{first},{server_first},{final}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return f"{final},p={base64.b64encode(proof).decode()}"


def _error_text(body: bytes) -> str:
    fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
    return f"{fields.get(b'S', 'ERROR')}:  {fields.get(b'M', '?')}"


def _row(body: bytes) -> Row:
    count, at = struct.unpack("!h", body[:2])[0], 2
    row: Row = []
    for _ in range(count):
        length = struct.unpack("!i", body[at : at + 4])[0]
        at += 4
        row.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return row
