"""One SSH connection: TCP (or a jump host's channel), negotiation, host key, log-in, keepalive."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from installer.cancel import CancelToken
from installer.hosts.host_keys import Expectation, HostKey, KnownHosts
from installer.hosts.ssh_errors import closed_early, translating
from installer.hosts.ssh_login import Credentials, SshLogin
from installer.hosts.tcp import connect_tcp

if TYPE_CHECKING:
    import paramiko

CONNECT_SECONDS = 15.0
KEEPALIVE_SECONDS = 15.0
#: nothing heard for so long although we asked twice: the line is dead
SILENCE_SECONDS = 40.0
SESSION_SECONDS = 20.0

# paramiko logs tracebacks of refused connections as errors; without a handler Python would print them
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").propagate = False


class Connection:
    """An authenticated transport and the connections of its jump hosts.

    *sessions* is how many session channels are in use, *budget* how many it may carry, *used* whether it
    ever carried one; all are
    guarded by the pool that owns it.
    """

    def __init__(self, transport: paramiko.Transport, below: Connection | None, budget: int) -> None:
        self.transport = transport
        self._below = below
        self.sessions = 0
        self.budget = budget
        self.used = False

    @property
    def active(self) -> bool:
        """Whether the transport still works, as far as is known."""
        return bool(self.transport.is_active())

    def close(self) -> None:
        """End it and the jump connections it stands on; waits for their threads."""
        _stop(self.transport)
        if self._below:
            self._below.close()


class Dialer:
    """Opens connections for one login: the identity file is read once, at the beginning.

    Raises ``InstallError`` for an identity file that cannot be used.
    """

    def __init__(self, login: SshLogin, known: KnownHosts) -> None:
        self.login = login
        self._known = known
        self._credentials = Credentials(login)

    def open(self, cancel: CancelToken, budget: int) -> Connection:
        """Connect through all jump hosts and log in on each.

        Raises ``InstallError`` with an ``ssh.*`` code, ``Cancelled``.
        """
        below: Connection | None = None
        try:
            for hop in self.login.hops():
                below = Connection(self._hop(hop, cancel, below), below, budget)
        except BaseException:
            if below:
                below.close()
            raise
        assert below is not None  # noqa: S101 - hops() always ends with the login itself
        return below

    def _hop(self, login: SshLogin, cancel: CancelToken, below: Connection | None) -> paramiko.Transport:
        expected = self._known.expectation(login.host, login.port, login.expected_host_key)
        transport = _transport(_socket(login, cancel, below))
        with cancel.on_cancel(transport.packetizer.close):
            try:
                with translating(login.host, login.port):
                    _negotiate(transport, login, expected, cancel)
                    self._credentials.authenticate(transport, login)
            except BaseException:
                _stop(transport)
                cancel.check()
                raise
        _watch(transport)
        return transport


def _socket(login: SshLogin, cancel: CancelToken, below: Connection | None) -> Any:
    with translating(login.host, login.port):
        if below is None:
            return connect_tcp(login.host, login.port, CONNECT_SECONDS, cancel)
        return below.transport.open_channel(
            "direct-tcpip", (login.host, login.port), ("127.0.0.1", 0), timeout=CONNECT_SECONDS
        )


def _transport(sock: Any) -> paramiko.Transport:
    """An unstarted transport that can notice a dead line."""
    import paramiko
    from paramiko.packet import Packetizer

    class WatchingPacketizer(Packetizer):
        """Knows when the server was last heard.

        WORKAROUND: paramiko's ``set_keepalive`` wants no reply and notices no dead line
        (https://github.com/paramiko/paramiko/issues/918), so its hook, called in the transport's own
        thread every 0.1 s without data, is replaced.
        """

        heard = 0.0
        ask: Callable[[], None] | None = None
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

    transport = paramiko.Transport(sock, packetizer_class=WatchingPacketizer)
    transport.banner_timeout = CONNECT_SECONDS
    transport.handshake_timeout = CONNECT_SECONDS
    transport.auth_timeout = 30
    transport.channel_timeout = SESSION_SECONDS
    transport.daemon = True
    return transport


def _negotiate(
    transport: paramiko.Transport, login: SshLogin, expected: Expectation, cancel: CancelToken
) -> None:
    """Key exchange, asking first for the key types we know of the host, then the check of its key."""
    options = transport.get_security_options()
    wanted = [name for kind in expected.types for name in _algorithms(kind) if name in options.key_types]
    options.key_types = tuple(dict.fromkeys([*wanted, *options.key_types]))
    done = threading.Event()
    transport.start_client(event=done)
    deadline = time.monotonic() + 2 * CONNECT_SECONDS
    while not done.wait(0.1) and transport.is_active() and time.monotonic() < deadline:
        cancel.check()
    if not transport.is_active() or not done.is_set():
        exc = transport.get_exception() or TimeoutError("no key exchange")
        packetizer: Any = transport.packetizer
        raise closed_early(exc, packetizer.greeting, login.host, login.port) or exc
    server = transport.get_remote_server_key()
    expected.check(HostKey(server.get_name(), server.asbytes()), login.host, login.port)


def _algorithms(key_type: str) -> tuple[str, ...]:
    """Signature algorithms for a key type: RSA keys sign with SHA-2 (RFC 8332)."""
    return ("rsa-sha2-512", "rsa-sha2-256") if key_type == "ssh-rsa" else (key_type,)


def _watch(transport: paramiko.Transport) -> None:
    """Ask for a sign of life when the line is quiet; the transport ends when none comes.

    OpenSSH's server answers unknown global requests that want a reply (RFC 4254, 4).
    """
    import paramiko
    from paramiko.common import cMSG_GLOBAL_REQUEST

    packetizer: Any = transport.packetizer

    def ask() -> None:
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

    packetizer.heard = time.monotonic()
    packetizer.ask = ask


def _stop(transport: paramiko.Transport) -> None:
    """Close and wait for the transport's thread and its handshake timer."""
    packetizer: Any = transport.packetizer
    packetizer.complete_handshake()
    transport.close()
    transport.sock.close()
    if transport.is_alive():
        transport.join(5)
