"""paramiko's transport as we need it: it notices a dead line, and keeps what paramiko throws away."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import paramiko

CONNECT_SECONDS = 15.0
KEEPALIVE_SECONDS = 15.0
#: nothing heard for so long although we asked twice: the line is dead
SILENCE_SECONDS = 40.0
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
    import paramiko

    from installer.hosts.ssh.receive_limits import LimitedPacketizer, LimitedTransport

    class WatchingPacketizer(LimitedPacketizer):
        """Knows when the server was last heard.

        WORKAROUND: paramiko's ``set_keepalive`` wants no reply and notices no dead line
        (https://github.com/paramiko/paramiko/issues/918), so its hook, called in the transport's own
        thread every 0.1 s without data, is replaced.
        """

        heard = 0.0
        ask: Callable[[], bool] | None = None
        _asked = 0.0
        greeting = ""

        def readline(self, timeout: float) -> str:
            line = str(super().readline(timeout))
            self.greeting = self.greeting or line[:200]
            return line

        def read_message(self) -> Any:
            message = super().read_message()
            self.heard = time.monotonic()
            return message

        def _check_keepalive(self) -> None:
            now = time.monotonic()
            if self.ask is None:
                return
            if now - self.heard > SILENCE_SECONDS:
                raise EOFError("the server does not answer any more")
            if now - max(self.heard, self._asked) > KEEPALIVE_SECONDS:
                self._asked = now
                self.ask()

    class ListeningTransport(LimitedTransport):
        """Keeps what the server says when it hangs up, which paramiko only logs, and its key as it was sent,
        of which paramiko keeps no certificate."""

        farewell = ""
        host_key_blob = b""
        offers: Mapping[str, Any] = MappingProxyType({})

        def _parse_kex_init(self, m: paramiko.Message) -> None:
            """Keeps the server's lists: paramiko names none of them where no algorithm is common."""
            self.offers = self._really_parse_kex_init(paramiko.Message(m.asbytes()))  # type: ignore[attr-defined]
            super()._parse_kex_init(m)  # type: ignore[misc]

        def _verify_key(self, host_key: bytes, sig: bytes) -> None:
            super()._verify_key(host_key, sig)  # type: ignore[misc]
            self.host_key_blob = host_key

        def _parse_disconnect(self, m: paramiko.Message) -> None:
            m.get_int()
            self.farewell = m.get_text()[:300]

    transport = ListeningTransport(
        sock, packetizer_class=WatchingPacketizer, disabled_algorithms={k: [*v] for k, v in DISABLED.items()}
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
    import paramiko
    from paramiko.common import cMSG_GLOBAL_REQUEST

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
