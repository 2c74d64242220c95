"""paramiko's and the socket's errors → our codes. The only place that knows their texts."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from installer.errors import Code, InstallError

#: RFC 4254, 5.1: reasons for refusing a channel
ADMINISTRATIVELY_PROHIBITED = 1
CONNECT_FAILED = 2

_NOWHERE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_BANNER = ("SSH protocol banner", "Indecipherable protocol version", "Invalid SSH banner")


class LoginBroke(InstallError):
    """An error after something was sent to log in with: never tried again by itself, whatever its code says,
    because a server may count it as a refused log-in (fail2ban)."""

    @classmethod
    def of(cls, error: InstallError) -> LoginBroke:
        """The same error, marked."""
        return cls(error.code, error.params, detail=error.detail)


@contextmanager
def translating(host: str, port: int) -> Iterator[None]:
    """Transport errors inside the block become ``InstallError``; everything else passes."""
    import paramiko

    try:
        yield
    except (paramiko.SSHException, EOFError, OSError) as exc:
        raise translate(exc, host, port) from exc


def translate(exc: Exception, host: str, port: int) -> InstallError:
    """The error for what paramiko or a socket raised while talking to *host*:*port*."""
    import paramiko

    if isinstance(exc, paramiko.ChannelException):
        code = _channel(exc)
    elif isinstance(exc, paramiko.ssh_exception.IncompatiblePeer):
        code = Code.SSH_NEGOTIATION
    elif isinstance(exc, paramiko.SSHException):
        code = _ssh(exc)
    elif isinstance(exc, OSError):
        code = _socket(exc)
    else:
        code = Code.SSH_CONNECTION_LOST
    return InstallError(code, {"host": host, "port": str(port)}, detail=str(exc) or type(exc).__name__)


def closed_early(exc: Exception, greeting: str, host: str, port: int) -> InstallError | None:
    """The error for a server that hangs up before its greeting, None if *exc* is something else.

    Blocking after refused log-ins does so (fail2ban, tcp wrappers), and OpenSSH itself: silently, or with
    a line that is no greeting (sshd.c: "Not allowed at this time" of PerSourcePenalties, "Exceeded
    MaxStartups").
    """
    hung_up = _BANNER[0] in str(exc) and not isinstance(exc.__context__, TimeoutError)
    if not hung_up or (greeting and not greeting.startswith(("Not allowed at this time", "Exceeded"))):
        return None
    params = {"host": host, "port": str(port)}
    return InstallError(Code.SSH_CLOSED_EARLY, params, detail=greeting or str(exc))


def _channel(exc: Exception) -> Code:
    """A channel to another address (jump host, ``open_tcp``) was refused."""
    if getattr(exc, "code", None) == ADMINISTRATIVELY_PROHIBITED:
        return Code.SSH_FORWARDING_REFUSED
    return Code.SSH_REFUSED if "refused" in str(exc).lower() else Code.SSH_UNREACHABLE


def _ssh(exc: Exception) -> Code:
    text = str(exc)
    if any(part in text for part in _BANNER):
        # the reader's own timeout is only in the context
        return Code.SSH_TIMEOUT if isinstance(exc.__context__, TimeoutError) else Code.SSH_NOT_SSH
    if "Timeout opening channel" in text:
        return Code.SSH_TIMEOUT
    if "Expecting packet" in text or "signature" in text.lower():
        return Code.SSH_NEGOTIATION
    return Code.SSH_CONNECTION_LOST


def _socket(exc: OSError) -> Code:
    if isinstance(exc, socket.gaierror):
        return Code.SSH_NAME_UNKNOWN
    if isinstance(exc, ConnectionRefusedError):
        return Code.SSH_REFUSED
    if isinstance(exc, TimeoutError):
        return Code.SSH_TIMEOUT
    return Code.SSH_UNREACHABLE if exc.errno in _NOWHERE else Code.SSH_CONNECTION_LOST
