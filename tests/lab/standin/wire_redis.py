"""The smallest honest Redis client (RESP)."""

from __future__ import annotations

import os
import pathlib
import socket
import ssl
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
        context: ssl.SSLContext | None = None,
    ) -> None:
        try:
            link = socket.create_connection((host, int(port)), 5)
            if context is not None:
                link = context.wrap_socket(link, server_hostname=host)
            self.file = link.makefile("rwb")
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
        asked = dict(urllib.parse.parse_qsl(parts.query))
        context = None
        if parts.scheme == "rediss":
            # Celery raises without it: E_REDIS_SSL_CERT_REQS_MISSING_INVALID
            wanted = asked.get("ssl_cert_reqs", "missing").removeprefix("CERT_").lower()
            if wanted not in ("none", "optional", "required"):
                raise RedisError("A rediss:// URL must have parameter ssl_cert_reqs")
            context = tls(asked.get("ssl_ca_certs", ""), verify=wanted == "required")
        return cls(
            parts.hostname or "",
            str(parts.port or 6379),
            password,
            database,
            urllib.parse.unquote(parts.username or ""),
            context=context,
        )


def tls(authority: str = "", *, verify: bool = True) -> ssl.SSLContext:
    """*authority*: a file; the system's count besides."""
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(authority)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def as_go() -> ssl.SSLContext:
    """The plugin daemon verifies by the system's authorities whatever REDIS_SSL_CERT_REQS says; Go's
    crypto/x509 reads every file of the folders in SSL_CERT_DIR, whatever its name."""
    context = ssl.create_default_context()
    for folder in filter(None, os.environ.get("SSL_CERT_DIR", "").split(":")):
        for path in pathlib.Path(folder).glob("*.pem"):
            context.load_verify_locations(path)
    return context
