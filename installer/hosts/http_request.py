"""A request to a server on a host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_NO_HEADER = re.compile(r"[\x00-\x1f\x7f]")


def authority(name: str, port: int, *, tls: bool) -> str:
    """The Host header for *name*: a bare IPv6 address in brackets, the port unless it is the usual one."""
    literal = f"[{name}]" if ":" in name and not name.startswith("[") else name
    return literal if port == (443 if tls else 80) else f"{literal}:{port}"


@dataclass(frozen=True)
class Request:
    """What is asked at *address*:*port* as the host sees it, with *name* in the Host header. *timeout*:
    seconds for each wait."""

    port: int
    path: str
    address: str = "127.0.0.1"
    name: str = "localhost"
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    timeout: float = 10
    tls: bool = False

    @property
    def authority(self) -> str:
        """The Host header."""
        return authority(self.name, self.port, tls=self.tls)

    @property
    def scheme(self) -> str:
        """Of the URL."""
        return "https" if self.tls else "http"

    @property
    def literal(self) -> str:
        """The address as it stands in a URL."""
        return f"[{self.address}]" if ":" in self.address else self.address

    @property
    def malformed(self) -> bool:
        """Whether a control character would add a line: some of it may be what a server said, a cookie."""
        headers = (text for pair in self.headers.items() for text in pair)
        return any(map(_NO_HEADER.search, (self.method, self.path, self.authority, *headers)))

    @property
    def raw(self) -> bytes:
        """All of it as it goes over the connection.

        HTTP/1.0 on purpose: the answer ends with the connection, so nothing has to be un-chunked.
        """
        lines = [f"{self.method} {self.path} HTTP/1.0", f"Host: {self.authority}", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + (self.body or b"")
