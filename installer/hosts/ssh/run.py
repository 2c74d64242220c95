"""Running commands on a server: start, feed, read, and end the remote process tree on a cancel."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import MOST_OUTPUT, Command, OnLine, Result
from installer.hosts.framing import command_script
from installer.hosts.jobs.kill import END_TREE
from installer.hosts.limits import Limits
from installer.hosts.lines import Collector
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.pool import ConnectionPool
from installer.hosts.ssh.process import RemoteProcess
from installer.hosts.ssh.sudo import SudoDialog

KILL_AFTER_SECONDS = 5
#: A command is late: so long the server has to show that it is there at all.
LINE_SECONDS = 5.0
_SEND_POLL = 0.005
_log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]


class Runner:
    """Starts framed commands.

    *use_sudo*: whether ``Command.admin`` goes through sudo; *sudo_tty*: it wants a terminal there;
    *admin_command*: what root can type to give the user rights, for error texts.
    """

    def __init__(self, pool: ConnectionPool, login: SshLogin) -> None:
        self.pool = pool
        self.login = login
        self.use_sudo = True
        self.sudo_tty = False
        name = shlex.quote(login.user)
        self.admin_command = f"usermod -aG sudo {name} || usermod -aG wheel {name}"

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
        on_progress: OnProgress | None = None,
        most: int = MOST_OUTPUT,
    ) -> Result:
        """Run to the end. *on_progress* gets bytes of standard input, sent and in all. More
        than *most* bytes of standard output end it: ``InstallError(HOST_PROBE_FAILED)``."""
        limits = Limits.of(cancel, timeout, command.argv[0])
        with self.process(command, limits) as process:
            collector = Collector(on_line, most)
            feeder = _Feeder(process, command.stdin or b"", on_progress)
            while (pieces := process.read(limits, seconds=feeder.push())) is not None:
                collector.add(*pieces)
            return collector.result(process.exit_code())

    @contextmanager
    def process(
        self, command: Command, limits: Limits, *, unset: Sequence[str] = ()
    ) -> Iterator[RemoteProcess]:
        """A started process. Leaving the block by an exception ends its tree on the server. Raises
        SSH_CONNECTION_LOST instead of HOST_TIMEOUT where the line says nothing either."""
        process = self.start(command, limits, unset=unset)
        try:
            yield process
        except BaseException as exc:
            if _too_late(exc) and not process.line_answers(LINE_SECONDS):
                raise self.pool.lost(str(exc)) from exc  # not the command is late: nothing comes any more
            if not _line_broke(exc):
                self.end(process, admin=command.admin)
            raise
        finally:
            process.close()

    def start(self, command: Command, limits: Limits, *, unset: Sequence[str] = ()) -> RemoteProcess:
        """Start it; the caller closes it."""
        process, _ = self.start_with_dialog(command, limits, unset=unset)
        return process

    def start_with_dialog(
        self, command: Command, limits: Limits, *, unset: Sequence[str] = ()
    ) -> tuple[RemoteProcess, SudoDialog | None]:
        """Start it and tell how sudo went (None: no sudo).

        A connection that turns out dead before the script was sent is replaced once: until then the
        server has only printed markers.
        """
        limits.check()
        for last in (False, True):
            dialog = self._dialog(command)
            lease = self.pool.session(limits.cancel)
            script = command_script(command, unset=unset)
            process = RemoteProcess(self.pool, lease, script, dialog, tty=self.sudo_tty)
            try:
                process.begin(limits)
                return process, dialog
            except InstallError as exc:
                dead = _too_late(exc) and not process.line_answers(LINE_SECONDS)
                process.close()
                if dead:
                    raise self.pool.lost(str(exc)) from exc
                if last or exc.code is not Code.SSH_CONNECTION_LOST or process.script_sent:
                    raise
            except BaseException:
                process.close()
                raise
        raise AssertionError

    def end(self, process: RemoteProcess, *, admin: bool) -> None:
        """End a process tree by a second command: TERM, after 5 s KILL. Closing a channel would not."""
        pid = process.find_pid(2.0)
        if pid is None or process.ended:
            return
        words = ("sh", "-c", END_TREE, "sh", str(pid), str(KILL_AFTER_SECONDS), process.began)
        script = Command(words, admin=admin)
        try:
            self.run(script, timeout=KILL_AFTER_SECONDS + 20.0)
        except (InstallError, Cancelled) as exc:
            _log.warning("a process on %s could not be ended: %s", self.login.host, exc)

    def _dialog(self, command: Command) -> SudoDialog | None:
        if not command.admin or not self.use_sudo or self.login.user == "root":
            return None
        password = self.login.sudo_password
        if password is not None and password == self.login.password:
            password = self.pool.new_password or password  # it had expired
        return SudoDialog(password, self.login.host, self.login.user, self.admin_command)


class _Feeder:
    """Gives a process its standard input while its output is being read (one alone could deadlock)."""

    def __init__(self, process: RemoteProcess, data: bytes, on_progress: OnProgress | None) -> None:
        self._process = process
        self._data = memoryview(data)
        self._total = len(data)
        self._on_progress = on_progress
        self._ended = False

    def push(self) -> float | None:
        """Send what fits; how long to wait for output before pushing again (None: as long as usual)."""
        if self._ended:
            return None
        sent = self._process.send(self._data)
        self._data = self._data[sent:]
        if self._on_progress and sent:
            self._on_progress(self._total - len(self._data), self._total)
        if self._data:
            return _SEND_POLL
        self._ended = True
        self._process.end_input()
        return None


def _too_late(exc: BaseException) -> bool:
    return isinstance(exc, InstallError) and exc.code is Code.HOST_TIMEOUT


def _line_broke(exc: BaseException) -> bool:
    return isinstance(exc, InstallError) and exc.code is Code.SSH_CONNECTION_LOST
