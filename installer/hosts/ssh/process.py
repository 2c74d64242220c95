"""A framed command on an SSH channel: starting it (through sudo where needed), reading both streams."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.hosts.framing import Carrier, Gate, carry, new_token, sudo_script
from installer.hosts.limits import Limits
from installer.hosts.ssh.password_change import EXPIRED
from installer.hosts.ssh.sudo import SudoDialog
from installer.hosts.ssh.transport import answers

if TYPE_CHECKING:
    from installer.hosts.ssh.pool import ConnectionPool, Lease

START_SECONDS = 60.0
_CHUNK = 1 << 20
_SEND_CHUNK = 1 << 15
_POLL = 0.2
_LOSS_SECONDS = 0.3
#: paramiko gives no event for a channel that can take data again: 2 MiB of window a poll is plenty
_SEND_POLL = 0.005


class _Wake:
    """Given to both of a channel's buffers as their event: one event for two streams.

    paramiko clears a buffer's event when that buffer is empty, which says nothing about the other.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.set = self._event.set

    def clear(self) -> None:
        """Not a buffer's decision."""

    def wait(self, seconds: float) -> None:
        """Until something arrived (or *seconds*), from now on waiting again."""
        self._event.wait(seconds)
        self._event.clear()


class RemoteProcess:
    """One program on the server. ``begin`` once, then ``read``/``send``; ``close`` in any case."""

    def __init__(
        self,
        pool: ConnectionPool,
        lease: Lease,
        script: str,
        dialog: SudoDialog | None,
        *,
        tty: bool = False,
    ) -> None:
        self._pool = pool
        self._tty = tty
        self._lease = lease
        self._channel = lease.channel
        self._dialog = dialog
        self._inner = carry(script, new_token(), by_input=dialog is not None)
        self._out = Gate(self._inner.token)
        self._err = Gate(self._inner.token)
        self._wake = _Wake()
        self._early = (b"", b"")
        self.script_sent = False
        self._channel.in_buffer.set_event(cast(threading.Event, self._wake))
        self._channel.in_stderr_buffer.set_event(cast(threading.Event, self._wake))

    @property
    def pid(self) -> int | None:
        """The command's process id on the server, once known."""
        return self._out.pid

    @property
    def began(self) -> str:
        """When that process began, in the server's ticks; empty where not known."""
        return self._out.began

    def line_answers(self, seconds: float) -> bool:
        """Whether the server shows a sign of life within *seconds*, asked for one."""
        return answers(self._lease.connection.transport, seconds)

    @property
    def ended(self) -> bool:
        """Whether the server reported its exit status."""
        return self._channel.exit_status >= 0 or self._channel.closed

    def begin(self, limits: Limits) -> None:
        """Start the program; with sudo, return only when it runs (its marker was seen)."""
        carrier = self._carrier()
        self._request_exec(carrier.line)
        self.script_sent = self._dialog is None
        self._send_all(carrier.script, limits)
        if self._dialog is not None:
            self.wait_ready(limits)
            self.script_sent = True
            self._send_all(self._inner.script, limits)

    def wait_ready(self, limits: Limits) -> None:
        """Until the program's marker was seen. Raises if it never started."""
        limits = limits.at_most(START_SECONDS)
        while not self._out.open:
            if (pieces := self._pull(limits)) is None:
                raise self._never_started()
            self._early = (self._early[0] + pieces[0], self._early[1] + pieces[1])
            if self._dialog is not None and (answer := self._dialog.answer(self._err.noise)):
                self._send_all(answer, limits)

    def read(self, limits: Limits, *, seconds: float | None = None) -> tuple[bytes, bytes] | None:
        """New output (stdout, stderr), maybe both empty after *seconds*; None when the program ended."""
        if self._early != (b"", b""):
            early, self._early = self._early, (b"", b"")
            return early
        pieces = self._pull(limits, _POLL if seconds is None else seconds)
        if pieces is None and not self._out.open:
            raise self._never_started()
        return pieces

    def send(self, data: memoryview) -> int:
        """Send what fits now of *data*, without waiting; how much that was. The rest of a program that
        reads no more is swallowed (as a pipe's end would)."""
        if self._channel.closed or self._channel.eof_sent:
            self._check_alive()
            return len(data)
        sent = 0
        try:
            while sent < len(data) and self._channel.send_ready():
                sent += self._channel.send(bytes(data[sent : sent + _SEND_CHUNK]))
        except (EOFError, OSError):
            self._check_alive()
            return len(data)
        return sent

    def end_input(self) -> None:
        """The program sees the end of its standard input."""
        try:
            self._channel.shutdown_write()
        except (EOFError, OSError):
            self._check_alive()

    def exit_code(self) -> int:
        """After ``read`` gave None: the exit code, -1 if a signal ended it."""
        return int(self._channel.exit_status)

    def detail(self) -> str:
        """What was dropped before the start, for error texts."""
        return "\n".join(filter(None, (self._err.text, self._out.text)))

    def close(self) -> None:
        """Close the channel (a program that still runs continues: end it before)."""
        self._lease.close()

    def find_pid(self, seconds: float) -> int | None:
        """The process id, waiting a little for the marker of a program that is about to start."""
        limits = Limits.of(None, seconds)
        try:
            while self.pid is None and self._pull(limits) is not None:
                pass
        except (InstallError, Cancelled):
            return None
        return self.pid

    def _request_exec(self, line: str) -> None:
        """What ``Channel.exec_command`` sends, without waiting for the answer.

        Saves a round trip, and a dead line can be cancelled. A refusal closes the channel (paramiko's
        ``_request_failed``), which ``read`` then tells.
        """
        request = paramiko.Message()
        request.add_byte(cMSG_CHANNEL_REQUEST)
        request.add_int(self._channel.remote_chanid)
        request.add_string("exec")
        request.add_boolean(True)
        request.add_string(line)
        transport: Any = self._channel.transport
        try:
            transport._send_user_message(request)
        except (paramiko.SSHException, EOFError, OSError) as exc:
            raise self._pool.lost(str(exc)) from exc

    def _carrier(self) -> Carrier:
        if self._dialog is None:
            return self._inner
        return carry(sudo_script(self._inner, self._dialog.ask, tty=self._tty), new_token())

    def _pull(self, limits: Limits, seconds: float = _POLL) -> tuple[bytes, bytes] | None:
        """Everything that has arrived; None when the channel is over and empty."""
        limits.check()
        out, err = self._take()
        if not out and not err:
            if self._over():
                return None
            self._wake.wait(seconds)
            out, err = self._take()
        return self._out.feed(out), self._err.feed(err)

    def _take(self) -> tuple[bytes, bytes]:
        channel = self._channel
        out = channel.recv(_CHUNK) if channel.recv_ready() else b""
        err = channel.recv_stderr(_CHUNK) if channel.recv_stderr_ready() else b""
        return out, err

    def _over(self) -> bool:
        """Whether nothing more can come. Raises when it is the connection that ended."""
        channel = self._channel
        if channel.recv_ready() or channel.recv_stderr_ready():
            return False
        if channel.exit_status_ready() and (channel.eof_received or channel.closed):
            self._check_alive()
            return not (channel.recv_ready() or channel.recv_stderr_ready())
        self._check_alive()
        return False

    def _check_alive(self) -> None:
        """A channel that ended without an exit status on a dead transport: the line broke."""
        if self._channel.exit_status >= 0:
            return
        if self._channel.closed:
            # a lost connection closes its channels first and says so itself a moment later
            # (paramiko 5.1, Transport.run); without waiting it would pass for a program ended by a signal
            self._lease.connection.transport.join(_LOSS_SECONDS)
        if self._lease.connection.active:
            return
        raise self._pool.lost(str(self._lease.connection.transport.get_exception() or ""))

    def _send_all(self, data: bytes, limits: Limits) -> None:
        view = memoryview(data)
        while view:
            limits.check()
            view = view[self.send(view) :]
            if view:
                self._wake.wait(_SEND_POLL)

    def _never_started(self) -> InstallError:
        said = self.detail()
        if EXPIRED.search(said):
            login = self._pool.login
            params = {"host": login.host, "port": str(login.port), "user": login.user}
            return InstallError(Code.SSH_PASSWORD_EXPIRED, params, detail=said)
        if self._dialog is not None:
            return self._dialog.refusal(self._err.text)
        return InstallError(Code.HOST_UNSUPPORTED, self._pool.lost().params, detail=said)
