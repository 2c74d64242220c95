"""Whose connection is it that came in on this computer? A port on 127.0.0.1 is open to every login here."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: ``proc_net_tcp(5)``; programs that speak IPv6 to an IPv4 address are in the second one.
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def is_own(connection: socket.socket) -> bool:
    """Whether a program of this very login (or of root) made *connection*, which this process accepted on
    127.0.0.1. True where the system does not tell: on macOS and Windows, and without /proc."""
    if sys.platform != "linux" or not TABLES[0].exists():
        return True
    try:
        there, here = connection.getpeername(), connection.getsockname()
    except OSError:
        return False
    return any(uid in (0, os.getuid()) for uid in _uids(there, here))


def _uids(there: tuple[str, int], here: tuple[str, int]) -> Iterator[int]:
    """Of the sockets at *there* that are connected to *here*."""
    mapped = f"{0:016X}{_number(bytes((0, 0, 255, 255)))}"
    for table, prefix in zip(TABLES, ("", mapped), strict=True):
        ends = [f"{prefix}{_number(socket.inet_aton(host))}:{port:04X}" for host, port in (there, here)]
        with suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if len(words) > 7 and words[1:3] == ends:
                    yield int(words[7])


def _number(address: bytes) -> str:
    """Four bytes as the kernel prints them: as a number of this machine's byte order."""
    return f"{int.from_bytes(address, sys.byteorder):08X}"
