"""paramiko's and the socket's errors → our codes. The only place that knows their texts."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import paramiko

from installer.core.errors import Code, InstallError

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
    try:
        yield
    except (paramiko.SSHException, EOFError, OSError) as exc:
        raise translate(exc, host, port) from exc


def translate(exc: Exception, host: str, port: int) -> InstallError:
    """The error for what paramiko or a socket raised while talking to *host*:*port*."""
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


#: End of paramiko's sentence (``Transport._parse_kex_init``) → reason, and the server's lists that are meant.
_NOTHING_COMMON = {
    "host key)": ("host_key", ("server_key_algo_list",)),
    "kex algorithm)": ("kex", ("kex_algo_list",)),
    "ciphers)": ("cipher", ("client_encrypt_algo_list", "server_encrypt_algo_list")),
    "macs)": ("mac", ("client_mac_algo_list", "server_mac_algo_list")),
}
#: Host key algorithms that sign with SHA-1 (RFC 8332, 1; OpenSSH 8.8 switched them off).
_SHA1_HOST_KEYS = frozenset(
    {"ssh-rsa", "ssh-dss", "ssh-rsa-cert-v01@openssh.com", "ssh-dss-cert-v01@openssh.com"}
)
_ALGORITHM = re.compile(r"[A-Za-z0-9@._-]{1,64}")


def nothing_common(
    exc: Exception, offers: Mapping[str, Sequence[str]], host: str, port: int
) -> InstallError | None:
    """The error for a server with which no algorithm is common, with what it *offers*; None if *exc* is
    something else.

    Params: ``reason`` (``sha1_host_key``, ``host_key``, ``kex``, ``cipher``, ``mac``), ``offers`` (names by
    commas, at most six).
    """
    if not isinstance(exc, paramiko.ssh_exception.IncompatiblePeer):
        return None
    reason, lists = next((v for end, v in _NOTHING_COMMON.items() if str(exc).endswith(end)), ("", ()))
    names = [n for part in lists for n in offers.get(part, ()) if _ALGORITHM.fullmatch(n)]
    names = [n for n in dict.fromkeys(names) if not n.startswith(("ext-info-", "kex-strict-"))]
    if reason == "host_key" and names and _SHA1_HOST_KEYS.issuperset(names):
        reason = "sha1_host_key"
    shown = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
    params = {"host": host, "port": str(port), "reason": reason if shown else "", "offers": shown}
    return InstallError(Code.SSH_NEGOTIATION, params, detail=str(exc))


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
