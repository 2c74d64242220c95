"""One SSH connection: TCP (or a jump host's channel), negotiation, host key, log-in, keepalive."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.cancel_scope import waiting
from installer.hosts.dialogue import Ask
from installer.hosts.ssh.agent import AnotherConnection, Offers
from installer.hosts.ssh.auth_methods import Door, ask_methods, software
from installer.hosts.ssh.authentication import Credentials
from installer.hosts.ssh.errors import LoginBroke, closed_early, nothing_common, translating
from installer.hosts.ssh.host_certificate import SUFFIX, blob_type
from installer.hosts.ssh.host_keys import Expectation, HostKey, KnownHosts
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.transport import CONNECT_SECONDS, new_transport, stop, watch
from installer.hosts.tcp import connect_tcp

if TYPE_CHECKING:
    import paramiko

#: sessions on a connection for which the person was asked: a further connection would ask them again
ASKED_BUDGET = 9


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
        stop(self.transport)
        if self._below:
            self._below.close()


class Dialer:
    """Opens connections for one login: the identity file is read once, at the beginning.

    Raises ``InstallError`` for an identity file that cannot be used.
    """

    def __init__(self, login: SshLogin, known: KnownHosts, ask: Ask | None = None) -> None:
        self.login = login
        self._known = known
        self.credentials = Credentials(login, ask)
        self._hops: dict[tuple[str, int, str], Credentials] = {}

    def open(self, cancel: CancelToken, budget: int) -> Connection:
        """Connect through all jump hosts and log in on each.

        Raises ``InstallError`` with an ``ssh.*`` code (a ``LoginBroke`` if the line broke after something
        was sent to log in with), ``Cancelled``.
        """
        below: Connection | None = None
        try:
            for hop in self.login.hops():
                below = Connection(self._log_in(hop, cancel, below), below, budget)
        except BaseException:
            if below:
                below.close()
            raise
        assert below is not None  # noqa: S101 - hops() always ends with the login itself
        if any(means.asked for means in (self.credentials, *self._hops.values())):
            below.budget = max(budget, ASKED_BUDGET)
        return below

    def look(self, cancel: CancelToken) -> Door:
        """What the server allows before a login there; jump hosts on the way are logged in on.

        Raises as ``open``.
        """
        *jumps, target = self.login.hops()
        below: Connection | None = None
        try:
            for hop in jumps:
                below = Connection(self._log_in(hop, cancel, below), below, 1)
            transport = self._reach(target, cancel, below)
            try:
                with cancel.on_cancel(transport.packetizer.close), translating(target.host, target.port):
                    methods, banner = ask_methods(transport, target.user)
                return Door(target.host, target.port, software(transport), banner, methods)
            finally:
                stop(transport)
                cancel.check()
        finally:
            if below:
                below.close()

    def _means(self, login: SshLogin) -> Credentials:
        """What *login*, one of ``hops``, may use; for a jump host the same ones each time."""
        if login is self.login:
            return self.credentials
        place = (login.host, login.port, login.user)
        return self._hops.setdefault(place, self.credentials.for_hop())

    def _log_in(self, login: SshLogin, cancel: CancelToken, below: Connection | None) -> paramiko.Transport:
        offers = self._means(login).offers()
        while True:
            transport = self._reach(login, cancel, below)
            try:
                self._authenticate(transport, login, offers, cancel)
            except AnotherConnection:
                stop(transport)
            except BaseException:
                stop(transport)
                cancel.check()
                raise
            else:
                watch(transport)
                return transport

    def _authenticate(
        self, transport: paramiko.Transport, login: SshLogin, offers: Offers, cancel: CancelToken
    ) -> None:
        with cancel.on_cancel(transport.packetizer.close):
            try:
                with translating(login.host, login.port):
                    self._means(login).authenticate(transport, login, offers, cancel)
            except InstallError as exc:
                raise LoginBroke.of(exc) from exc

    def _reach(self, login: SshLogin, cancel: CancelToken, below: Connection | None) -> paramiko.Transport:
        """A transport to a server that has proved itself by its key."""
        expected = self._known.expectation(login.host, login.port, login.expected_host_key)
        mismatch: InstallError | None = None
        tried: set[str] = set()
        while True:
            transport = new_transport(_socket(login, cancel, below))
            try:
                self._prove(transport, login, expected, cancel)
            except InstallError as exc:
                if exc.code is not Code.SSH_HOST_KEY_CHANGED or not expected.any_type:
                    raise
                # a fingerprint without its type may be that of another key of this server
                mismatch = mismatch or exc
                tried.update((exc.params["type"], *expected.types))
                another = next((kind for kind in _offered_types(transport) if kind not in tried), None)
                if another is None:
                    raise mismatch from None
                expected = replace(expected, types=(another,))
            else:
                return transport

    def _prove(
        self, transport: paramiko.Transport, login: SshLogin, expected: Expectation, cancel: CancelToken
    ) -> None:
        """Key exchange and the check of the server's key; ends *transport* if one of them fails."""
        with cancel.on_cancel(transport.packetizer.close):
            try:
                with translating(login.host, login.port):
                    _negotiate(transport, login, expected, cancel)
            except InstallError as exc:
                stop(transport)
                cancel.check()
                raise self._with_other_names(exc) from exc
            except BaseException:
                stop(transport)
                cancel.check()
                raise

    def _with_other_names(self, error: InstallError) -> InstallError:
        """*error* with the names under which an unknown server's key is on file (``known_as``, by commas)."""
        if error.code is not Code.SSH_HOST_KEY_UNKNOWN:
            return error
        names = ", ".join(self._known.names_of(HostKey.parse(error.params["key"]))[:5])
        return InstallError(Code.SSH_HOST_KEY_UNKNOWN, {**error.params, "known_as": names})


def _socket(login: SshLogin, cancel: CancelToken, below: Connection | None) -> Any:
    with translating(login.host, login.port):
        if below is None:
            return connect_tcp(login.host, login.port, CONNECT_SECONDS, cancel)
        through = below.transport

        def opened() -> Any:
            place, source = (login.host, login.port), ("127.0.0.1", 0)
            return through.open_channel("direct-tcpip", place, source, timeout=CONNECT_SECONDS)

        return waiting(opened, cancel, lambda late: late.close())


def _negotiate(
    transport: paramiko.Transport, login: SshLogin, expected: Expectation, cancel: CancelToken
) -> None:
    """Key exchange, asking first for the key types we know of the host, then the check of its key."""
    options = transport.get_security_options()
    wanted = [name for kind in expected.types for name in _algorithms(kind) if name in options.key_types]
    if expected.authorities:
        wanted = [f"{name}{SUFFIX}" for name in options.key_types]
    options.key_types = tuple(dict.fromkeys([*wanted, *options.key_types]))
    done = threading.Event()
    transport.start_client(event=done)
    deadline = time.monotonic() + 2 * CONNECT_SECONDS
    while not done.wait(0.1) and transport.is_active() and time.monotonic() < deadline:
        cancel.check()
    if not transport.is_active() or not done.is_set():
        exc = transport.get_exception() or TimeoutError("no key exchange")
        packetizer: Any = transport.packetizer
        offers = transport.offers  # type: ignore[attr-defined]
        raise (
            closed_early(exc, packetizer.greeting, login.host, login.port)
            or nothing_common(exc, offers, login.host, login.port)
            or exc
        )
    blob: bytes = transport.host_key_blob  # type: ignore[attr-defined]
    expected.check(HostKey(blob_type(blob), blob), login.host, login.port)


def _offered_types(transport: paramiko.Transport) -> list[str]:
    """The types of the server's host keys that this program can verify, in the server's order."""
    offered: list[str] = transport.offers.get("server_key_algo_list", [])  # type: ignore[attr-defined]
    names = ["ssh-rsa" if name.startswith("rsa-sha2-") else name for name in offered]
    known = transport.get_security_options().key_types
    return [name for name in dict.fromkeys(names) if set(_algorithms(name)).intersection(known)]


def _algorithms(key_type: str) -> tuple[str, ...]:
    """Signature algorithms for a key type: RSA keys sign with SHA-2 (RFC 8332)."""
    return ("rsa-sha2-512", "rsa-sha2-256") if key_type == "ssh-rsa" else (key_type,)
