"""The smallest honest Redis client (RESP)."""

from __future__ import annotations

import socket
import urllib.parse


class RedisError(Exception):
    pass


class Redis:
    """One connection, logged in, with a database chosen."""

    def __init__(
        self,
        host: str,
        port: str,
        password: str = "",
        database: str = "0",
        user: str = "",
        timeout: float = 5,
    ) -> None:
        try:
            self.file = socket.create_connection((host, int(port)), timeout).makefile("rwb")
        except OSError as error:
            number = getattr(error, "errno", "")
            text = f"Error {number} connecting to {host}:{port}. {error.strerror or error}."
            raise RedisError(text) from error
        if password:
            self.command("AUTH", *([user] if user else []), password)
        self.command("SELECT", database)
        self.command("PING")

    def command(self, *words: str) -> str | None:
        parts = [b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words]
        try:
            self.file.write(b"*%d\r\n" % len(words) + b"".join(parts))
            self.file.flush()
            answer = self.file.readline().rstrip(b"\r\n")
        except OSError as error:
            raise RedisError(f"connection lost: {error}") from error
        if not answer:
            raise RedisError("connection closed by server")
        if answer[:1] == b"-":
            raise RedisError(answer[1:].decode().replace("WRONGPASS ", "").replace("NOAUTH ", ""))
        if answer[:1] == b"$":
            length = int(answer[1:])
            return None if length < 0 else self.file.read(length + 2)[:-2].decode()
        return answer[1:].decode()

    @classmethod
    def from_url(cls, url: str) -> Redis:
        parts = urllib.parse.urlsplit(url)
        password = urllib.parse.unquote(parts.password or "")
        database = (parts.path or "/0").strip("/") or "0"
        return cls(parts.hostname or "", str(parts.port or 6379), password, database, parts.username or "")
