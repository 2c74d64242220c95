"""Encryption as Dify's own programs do it: with the public authorities, and one that a person names."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import certifi


class Bad(Exception):
    """No encrypted connection: *reason* is a word of ``external.tls``, *said* what was said, *ended* whether
    the connection was over without a word."""

    def __init__(self, reason: str, said: str = "", *, ended: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.said, self.ended = reason, said, ended


def context(authorities: Sequence[str] = (), *, verify: bool = True) -> ssl.SSLContext:
    """*authorities*: files of this computer. The public ones are Mozilla's, as in Dify's containers, not
    those of this computer, which may know a company's own."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        found.check_hostname = False
        found.verify_mode = ssl.CERT_NONE
        return found
    found.load_verify_locations(certifi.where())
    for path in authorities:
        found.load_verify_locations(Path(path).expanduser())
    return found


def encrypted(
    sock: socket.socket, host: str, authorities: Sequence[str] = (), *, verify: bool = True
) -> ssl.SSLSocket:
    """*sock* with TLS. Raises ``Bad``, ``TimeoutError``."""
    try:
        return context(authorities, verify=verify).wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        raise
    except (ssl.SSLError, OSError, ValueError) as exc:
        over = isinstance(exc, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))
        raise Bad(reason(exc), str(exc), ended=over) from exc


def reason(exc: Exception) -> str:
    """The word for what OpenSSL says."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        text = exc.verify_message.lower()
        if "expired" in text or "not yet valid" in text:
            return "expired"
        return "name" if "mismatch" in text or "not valid for" in text else "unknown_issuer"
    text = str(exc).lower()
    if "unsupported protocol" in text or "no protocols" in text or "alert protocol version" in text:
        return "old"
    if "wrong version number" in text or "record layer" in text or "unexpected message" in text:
        return "not_offered"
    return "other"
