"""``SshHost``: a server reached over SSH."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.core.streams import ByteStream
from installer.docker.api import api_client
from installer.hosts import archive, file_scripts
from installer.hosts.base import MOST_OUTPUT, Command, FileContent, JobOutput, JobSpec, OnLine, Result
from installer.hosts.dialogue import Ask
from installer.hosts.framing import new_token
from installer.hosts.jobs import script
from installer.hosts.kinds import SSH, HostKind
from installer.hosts.ssh.connection import Dialer
from installer.hosts.ssh.dial import dial_by_program
from installer.hosts.ssh.errors import translating
from installer.hosts.ssh.follow import follow
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.keyboard_interactive import Answerer
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.password_change import change_password
from installer.hosts.ssh.pool import ConnectionPool
from installer.hosts.ssh.rights import Rights, detect_rights
from installer.hosts.ssh.run import Runner
from installer.hosts.ssh.streams import docker_stream, open_tcp

if TYPE_CHECKING:
    from docker import APIClient

Elevation = Literal["sudo", "none"]
_SMALL_SECONDS = 60.0
_READ_SECONDS = 600.0
_SLOWEST_LINE = 10_000  # bytes a second


class SshHost:
    """See ``Host``. Made by ``connect``.

    *elevation*: how ``Command.admin`` is done when the user is not root: through sudo, or not at all
    (the user is in the docker group and owns the folder). *reconnect_seconds*: how long ``follow_job``
    keeps trying to reach the server.
    """

    def __init__(self, login: SshLogin, known: KnownHosts, ask: Ask | None = None) -> None:
        self._login = login
        self._pool = ConnectionPool(Dialer(login, known, ask))
        self._runner = Runner(self._pool, login)
        self._api_version: dict[str, str] = {}
        self.reconnect_seconds = 600.0

    @classmethod
    def connect(
        cls, login: SshLogin, known: KnownHosts, *, cancel: CancelToken | None = None, ask: Ask | None = None
    ) -> SshHost:
        """Connect and log in. *ask*: who answers what the server asks beyond the password.

        Raises ``InstallError`` with an ``ssh.*`` code, ``Cancelled``.
        """
        host = cls(login, known, ask)
        host._pool.connection(cancel or CancelToken())
        return host

    #: see ``Host``: what an SSH server is asked with is POSIX; one without a shell is refused at the login
    kind: HostKind = SSH

    @property
    def label(self) -> str:
        """``user@host``."""
        return f"{self._login.user}@{self._login.host}"

    @property
    def new_password(self) -> Secret | None:
        """The password chosen while logging in, because the former had expired."""
        return self._pool.new_password

    @property
    def admin_command(self) -> str:
        """What root can type on the server to give this user rights; exact after ``detect_rights``."""
        return self._runner.admin_command

    def renew_password(self, ask: Ask, *, cancel: CancelToken | None = None) -> Secret:
        """Choose a new password where the expired one keeps commands from running (SSH_PASSWORD_EXPIRED).

        Raises that error again if the server did not take the new one; ``Cancelled``. Afterwards connect
        again.
        """
        cancel = cancel or CancelToken()
        answerer = Answerer(self._login, self._login.password, ask)
        lease = self._pool.session(cancel)
        try:
            with translating(self._login.host, self._login.port):
                return change_password(lease.channel, self._login, answerer, cancel)
        finally:
            lease.close()

    @property
    def elevation(self) -> Elevation:
        """How admin commands get their rights when the user is not root."""
        return "sudo" if self._runner.use_sudo else "none"

    @elevation.setter
    def elevation(self, value: Elevation) -> None:
        self._runner.use_sudo = value == "sudo"

    def detect_rights(self, *, cancel: CancelToken | None = None) -> Rights:
        """What the user may do; sets ``elevation`` accordingly. See ``ssh_rights``."""
        rights = detect_rights(self._runner, cancel or CancelToken())
        self.elevation = "none" if rights in {Rights.DOCKER_GROUP, Rights.NONE} else "sudo"
        return rights

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        """See ``Host``. Exit code -1: a signal ended the program."""
        cancel = cancel or self._pool.bound.token
        return self._runner.run(command, cancel=cancel, timeout=timeout, on_line=on_line)

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        """See ``Host``."""
        return self._read(path, file_scripts.read(path, limit), MOST_OUTPUT if limit is None else limit)

    def read_end(self, path: str, limit: int) -> bytes | None:
        """See ``Host``."""
        return self._read(path, file_scripts.read_end(path, limit), limit)

    def _read(self, path: str, command: Command, most: int) -> bytes | None:
        """Not more than *most* bytes, whatever the server sends."""
        try:
            result = self._runner.run(command, timeout=_READ_SECONDS, most=most)
        except InstallError as exc:
            if exc.code is not Code.HOST_PROBE_FAILED:
                raise
            raise InstallError(Code.HOST_FILE_FAILED, {"path": path}, detail=exc.detail) from exc
        if result.exit_code != 0 and any(text in result.errors for text in file_scripts.MISSING_TEXTS):
            return None
        return result.check(Code.HOST_FILE_FAILED, path=path).stdout

    def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """See ``Host``."""
        seconds = _SMALL_SECONDS + len(data) / _SLOWEST_LINE
        self._small(file_scripts.write(path, data, mode), seconds).check(Code.HOST_FILE_FAILED, path=path)

    def create_file(self, path: str, data: bytes, *, mode: int = 0o600) -> bool:
        """See ``Host``."""
        result = self._small(file_scripts.create(path, data, mode))
        if result.exit_code == file_scripts.EXISTS:
            return False
        result.check(Code.HOST_FILE_FAILED, path=path)
        return True

    def swap_file(self, path: str, before: bytes, after: bytes | None, *, mode: int = 0o600) -> bool:
        """See ``Host``."""
        result = self._small(file_scripts.swap(path, before, after, mode))
        if result.exit_code == file_scripts.EXISTS:
            return False
        result.check(Code.HOST_FILE_FAILED, path=path)
        return True

    def remove_file(self, path: str) -> None:
        """See ``Host``."""
        self._small(file_scripts.remove(path)).check(Code.HOST_FILE_FAILED, path=path)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """See ``Host``."""
        self._small(file_scripts.make_folder(path, mode)).check(Code.HOST_FILE_FAILED, path=path)

    def upload(
        self,
        folder: str,
        files: Sequence[FileContent],
        *,
        private: str,
        cancel: CancelToken | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """See ``Host``; one tar stream, gzipped when large."""
        data, packed = archive.pack(files)
        command = replace(file_scripts.place(folder, private, gzip=packed), stdin=data)
        result = self._runner.run(command, cancel=cancel, on_progress=on_progress)
        result.check(Code.HOST_FILE_FAILED, path=folder)

    def start_job(self, spec: JobSpec) -> None:
        """See ``Host``."""
        self._small(script.start(spec, new_token())).check(Code.HOST_COMMAND_FAILED, command=spec.id)

    def follow_job(
        self, folder: str, *, offset: int = 0, cancel: CancelToken | None = None
    ) -> Iterator[JobOutput]:
        """See ``Host``. Reconnects by itself for up to ``reconnect_seconds``, then raises."""
        return follow(self._runner, folder, offset, cancel or CancelToken(), self.reconnect_seconds)

    def job_running(self, folder: str) -> bool:
        """See ``Host``."""
        return self._small(script.running(folder)).exit_code == 0

    def stop_job(self, folder: str) -> None:
        """See ``Host``."""
        self._small(script.stop(folder), script.STOP_SECONDS + script.WHOLE_SECONDS).check(
            Code.HOST_COMMAND_FAILED, command="stop"
        )

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream:
        """See ``Host``. SSH_FORWARDING_REFUSED; HOST_ADDRESS_UNREACHABLE."""
        return open_tcp(self._pool, address, port, timeout)

    def dial_by_program(self, address: str, port: int) -> ByteStream:
        """As ``open_tcp``, by a program there: for an sshd that forwards nothing. See ``ssh_dial``."""
        return dial_by_program(self._runner, address, port)

    def docker_stream(self) -> ByteStream:
        """See ``Host``: ``docker system dial-stdio`` on a channel, through sudo where needed."""
        return docker_stream(self._runner)

    def docker(self) -> AbstractContextManager[APIClient]:
        """See ``Host``."""
        return api_client(self.docker_stream, self._api_version)

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        """See ``Host``."""
        return self._pool.under(cancel)

    def close(self) -> None:
        """See ``Host``."""
        self._pool.close()

    def __enter__(self) -> SshHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _small(self, command: Command, seconds: float = _SMALL_SECONDS) -> Result:
        """A short task of our own."""
        return self._runner.run(command, timeout=seconds)
