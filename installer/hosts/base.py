"""The interface between the engine and a machine.

``LocalHost``, ``SshHost`` and the tests' ``FakeHost`` all satisfy ``Host``; nothing above this
module knows which one it has. Commands are argument lists, never shell strings; a script is given
to ``("sh", "-s")`` on its standard input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.docker.pulls import PullImage
from installer.hosts.kinds import HostKind

pass

if TYPE_CHECKING:
    from docker import APIClient

#: Bytes that a command may print, and that a file may have, where nothing else is asked for.
MOST_OUTPUT = 16 << 20

Stream = Literal["stdout", "stderr"]
OnLine = Callable[[Stream, str], None]


@dataclass(frozen=True)
class Part:
    """What *argv* prints; *otherwise* without one, or if it fails."""

    argv: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Command:
    """A program to run on the host.

    *admin*: run with the rights that manage Docker and the installation folder (through sudo on a
    server whose user is not root; no effect locally). *env* holds no secrets: an environment can be
    read by others on the machine; secrets travel in *stdin* or in files.
    """

    argv: tuple[str, ...]
    stdin: bytes | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    admin: bool = True

    @classmethod
    def script(cls, text: str, *args: str, admin: bool = True) -> Command:
        """A POSIX shell script on standard input, with positional parameters *args*."""
        return cls(("sh", "-s", "--", *args), stdin=text.encode(), admin=admin)


@dataclass(frozen=True)
class Result:
    """What a command left. A non-zero exit code is data until ``check`` is called."""

    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def errors(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", "replace")

    def check(self, code: Code, **params: str) -> Result:
        """Self if the exit code is 0, else raise ``InstallError(code)`` with the output as detail."""
        if self.exit_code != 0:
            raise self.error(code, **params)
        return self

    def error(self, code: Code, **params: str) -> InstallError:
        """*code* with the output as detail."""
        return InstallError(code, params, detail=(self.errors or self.text).strip())


@dataclass(frozen=True)
class FileContent:
    """A file to place, *path* relative to the upload folder with ``/`` separators."""

    path: str
    data: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class Stage:
    """One command of a detached job.

    *retry_seconds*: run it again every 2 s until it succeeds or that time is over (used for probes);
    *keep_quiet*: its output is not kept while it is being retried; *hopeless*: a command that prints
    something while there is no point in retrying: after ``HOPELESS_LOOKS`` such looks in a row the stage has
    failed before its time. *whole*: never ended half-way (a package
    transaction): a cancel waits for its end, and nothing follows it. *writes* (a path from ``cwd``) stands
    in place of *argv*: a file of *parts*, mode 0644, whole or not at all; its text is the output. So do
    *pulls*, which the Engine fetches.
    """

    name: str
    argv: tuple[str, ...] = ()
    retry_seconds: int = 0
    keep_quiet: bool = False
    hopeless: tuple[str, ...] = ()
    whole: bool = False
    writes: str = ""
    parts: tuple[Part, ...] = ()
    pulls: tuple[PullImage, ...] = ()


#: What Docker's own programs need from an environment, on any system.
KEPT = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DOCKER_CONFIG"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSH_AUTH_SOCK"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA"),
    *("LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMW6432"),
)


@dataclass(frozen=True)
class JobSpec:
    """Commands run one after the other, detached from this program; the first failure ends the job.

    *folder* is the job's own folder on the host, made by ``start_job`` (mode 0700); it receives
    ``log`` (output and marker lines), ``pid``, ``exit``. *cwd* is where the commands run. *env* is
    added to what is kept of the inherited environment (``KEPT``): Compose lets a shell's variable win
    over the same one in ``.env``, so a stray ``LC_ALL`` or ``DEBUG`` would reach the containers.
    """

    id: str
    folder: str
    cwd: str
    stages: tuple[Stage, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = KEPT


@dataclass(frozen=True)
class JobLine:
    """One line of a job's log. *offset* is the byte offset after it: pass it to follow on later."""

    offset: int
    stage: str
    text: str


@dataclass(frozen=True)
class StageChange:
    """A stage of a job began (*exit_code* None) or ended."""

    offset: int
    stage: str
    exit_code: int | None


@dataclass(frozen=True)
class JobEnd:
    """The job is over: *exit_code* of its failed stage or 0; None when it vanished (reboot, kill)."""

    offset: int
    exit_code: int | None


JobOutput = JobLine | StageChange | JobEnd


class Host(Protocol):
    """A machine. All methods block; all may raise ``InstallError`` with an ``ssh.*``/``sudo.*``/``local.*``
    code when the machine cannot be reached or refuses, and ``Cancelled``."""

    @property
    def label(self) -> str:
        """How people name it: ``user@host`` or the local machine's name."""

    @property
    def kind(self) -> HostKind:
        """What such a machine is and has; the same before and after it is connected."""

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        """Run and collect. *on_line* gets each line as it comes; the result then holds no standard output.
        Of standard error it holds the end. Cancel, *timeout* (seconds) and more than ``MOST_OUTPUT`` bytes of
        standard output end the process tree on the machine, too; a timeout raises
        ``InstallError(Code.HOST_TIMEOUT)``, too much output HOST_PROBE_FAILED."""

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        """The content or its first *limit* bytes, None if there is no such file. HOST_FILE_FAILED for one
        of more than *limit* (default ``MOST_OUTPUT``) bytes that the machine sends all the same."""

    def read_end(self, path: str, limit: int) -> bytes | None:
        """The last *limit* bytes of the content, None if there is no such file."""

    def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Atomically: draft with *mode* beside it, then rename. Makes no folders."""

    def create_file(self, path: str, data: bytes, *, mode: int = 0o600) -> bool:
        """Create exclusively; False if *path* exists. For locks."""

    def swap_file(self, path: str, before: bytes, after: bytes | None, *, mode: int = 0o600) -> bool:
        """Put *after* in the file's place (None: remove it) if its content is *before*; False if it is not.
        Of several that do so at once one succeeds. For locks: texts of some hundred bytes that end with one
        line feed."""

    def remove_file(self, path: str) -> None:
        """Remove one file; no error if it is not there."""

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """Make a folder and its parents; an existing one keeps its mode."""

    def upload(
        self,
        folder: str,
        files: Sequence[FileContent],
        *,
        private: str,
        cancel: CancelToken | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Place files under *folder* (made if needed) with their modes, as one stream: in their order, each
        whole or not at all, and none through a symbolic link below *folder* (``state.files_below``).
        *private*: a folder of ours alone on the same file system, where they are put first.
        *on_progress* gets bytes done and total."""

    def start_job(self, spec: JobSpec) -> None:
        """Start the job detached and return once it is known to run."""

    def follow_job(
        self, folder: str, *, offset: int = 0, cancel: CancelToken | None = None
    ) -> Iterator[JobOutput]:
        """The job's log from *offset*, then live, ending with exactly one ``JobEnd``."""

    def job_running(self, folder: str) -> bool:
        """Whether the job's process is alive (false after a reboot even if the pid is in use again)."""

    def stop_job(self, folder: str) -> None:
        """End the job's process group; returns when it is gone (TERM, after 10 s KILL)."""

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream:
        """A TCP connection from the machine to *address*:*port* as seen there."""

    def docker_stream(self) -> ByteStream:
        """A raw connection to the Docker Engine API. Close it yourself."""

    def docker(self) -> AbstractContextManager[APIClient]:
        """A docker-py client on connections from ``docker_stream``; closed at the end of the block."""

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        """In the block, what this thread does here ends soon after *cancel*, even where no token was given:
        no stream is waited for any longer, and a line that then does not answer is given up. On a living
        line files and jobs can still be reached, so that started work can be put in order."""

    def close(self) -> None:
        """End all connections. Detached jobs go on."""
