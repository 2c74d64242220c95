"""Makes, watches and ends paramiko's transport (``watched_transport``)."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko.common import cMSG_GLOBAL_REQUEST

from installer.hosts.ssh.watched_transport import WatchedPacketizer, WatchedTransport

if TYPE_CHECKING:
    import paramiko

CONNECT_SECONDS = 15.0
SESSION_SECONDS = 20.0
#: What paramiko 5.1 still offers and OpenSSH does not any more (ssh_config(5), Ciphers and MACs).
DISABLED: Mapping[str, tuple[str, ...]] = {
    "ciphers": ("aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"),
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}

# paramiko logs tracebacks of refused connections as errors; without a handler Python would print them
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


def new_transport(sock: Any) -> paramiko.Transport:
    """An unstarted transport that can notice a dead line."""
    transport = WatchedTransport(
        sock, packetizer_class=WatchedPacketizer, disabled_algorithms={k: [*v] for k, v in DISABLED.items()}
    )
    transport.banner_timeout = CONNECT_SECONDS
    transport.handshake_timeout = CONNECT_SECONDS
    transport.auth_timeout = 30
    transport.channel_timeout = SESSION_SECONDS
    transport.daemon = True
    return transport


def watch(transport: paramiko.Transport) -> None:
    """Ask for a sign of life when the line is quiet; the transport ends when none comes.

    OpenSSH's server answers unknown global requests that want a reply (RFC 4254, 4).
    """
    packetizer: Any = transport.packetizer

    def ask() -> bool:
        lock = packetizer._Packetizer__write_lock
        # never wait here: a writer stuck on a dead line holds the lock, and this thread must go on
        if transport.clear_to_send.is_set() and lock.acquire(blocking=False):
            try:
                request = paramiko.Message()
                request.add_byte(cMSG_GLOBAL_REQUEST)
                request.add_string("keepalive@openssh.com")
                request.add_boolean(True)
                transport._send_message(request)  # type: ignore[attr-defined]
            finally:
                lock.release()
            return True
        return False

    packetizer.heard = time.monotonic()
    packetizer.ask = ask


def answers(transport: paramiko.Transport, seconds: float) -> bool:
    """Whether the server shows a sign of life within *seconds*; asks for one."""
    packetizer: Any = transport.packetizer
    before, end = packetizer.heard, time.monotonic() + seconds
    asked = False
    while transport.is_active() and time.monotonic() < end:
        if packetizer.heard > before:
            return True
        if not asked and packetizer.ask is not None:
            asked = packetizer.ask()
        time.sleep(0.02)
    return bool(packetizer.heard > before and transport.is_active())


def cut(transport: paramiko.Transport) -> None:
    """End it at once, also while it is read or written; ``stop`` still has to be called."""
    packetizer: Any = transport.packetizer
    packetizer.close()
    with suppress(OSError, AttributeError):
        transport.sock.shutdown(socket.SHUT_RDWR)


def stop(transport: paramiko.Transport) -> None:
    """Close and wait for the transport's thread and its handshake timer."""
    packetizer: Any = transport.packetizer
    packetizer.complete_handshake()
    transport.close()
    transport.sock.close()
    if transport.is_alive():
        transport.join(5)
