"""``FakeHost``: a machine that is a declared script, for tests of what stands on ``Host``.

Commands are declared as ``Expected``; a command that nobody declared fails the test at once, one
that was declared and never run fails it in ``verify`` (called by leaving the ``with`` block)::

    with FakeHost([Expected(("docker", "version"), ok("26.1.5"))]) as host:
        assert engine_version(host) == "26.1.5"

Files and folders live in memory, all root's (``owners``); jobs are lists of what their log would say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from installer.apply.trusted import NAME
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.hosts.base import (
    Command,
    FileContent,
    JobEnd,
    JobLine,
    JobOutput,
    JobSpec,
    OnLine,
    Result,
    StageChange,
)
from installer.hosts.kinds import SSH, HostKind
from installer.state.files_below import READ

if TYPE_CHECKING:
    from docker import APIClient


def ok(stdout: str = "", stderr: str = "") -> Result:
    """A result with exit code 0."""
    return Result(0, stdout.encode(), stderr.encode())


def failed(exit_code: int = 1, stderr: str = "", stdout: str = "") -> Result:
    """A result with another exit code."""
    return Result(exit_code, stdout.encode(), stderr.encode())


@dataclass
class Expected:
    """A command that will be run.

    *argv*: the exact argument list, or a predicate on the whole ``Command``. *contains*: texts that
    its standard input must hold (for scripts). *answer*: the result, an exception to raise, or a
    function of the command. *times*: how often; None = any number of times, also never.
    """

    argv: tuple[str, ...] | Callable[[Command], bool]
    answer: Result | BaseException | Callable[[Command], Result] = field(default_factory=ok)
    contains: tuple[str, ...] = ()
    times: int | None = 1
    used: int = field(default=0, init=False)

    def fits(self, command: Command) -> bool:
        """Whether this declaration is still open and describes *command*."""
        if self.times is not None and self.used >= self.times:
            return False
        same = command.argv == self.argv if isinstance(self.argv, tuple) else self.argv(command)
        text = (command.stdin or b"").decode("utf-8", "replace")
        return same and all(part in text for part in self.contains)


@dataclass
class FakeFile:
    """A file of the fake machine."""

    data: bytes
    mode: int = 0o600


@dataclass
class FakeJob:
    """A job that will be started: what its log says, stage by stage, and how it ends.

    *stages*: (name, lines, exit code); a stage with exit code None never ends, so following ends in
    ``JobEnd(None)`` (vanished). *fits* picks the spec this job stands for (default: any).
    *break_after*: number of outputs after which ``follow_job`` raises *error* once.
    """

    stages: Sequence[tuple[str, Sequence[str], int | None]]
    fits: Callable[[JobSpec], bool] = lambda _spec: True
    break_after: int | None = None
    error: BaseException = field(default_factory=lambda: InstallError(Code.SSH_CONNECTION_LOST))
    running: bool = field(default=False, init=False)
    stopped: bool = field(default=False, init=False)
    spec: JobSpec | None = field(default=None, init=False)

    def outputs(self) -> list[JobOutput]:
        """Everything that following from the beginning yields. One line or mark = its length + 1 bytes."""
        result: list[JobOutput] = []
        offset = 0
        last: int | None = 0
        for name, lines, exit_code in self.stages:
            offset += len(name) + 1
            result.append(StageChange(offset, name, None))
            for line in lines:
                offset += len(line.encode()) + 1
                result.append(JobLine(offset, name, line))
            last = exit_code
            if exit_code is None:
                break
            offset += len(name) + 1
            result.append(StageChange(offset, name, exit_code))
            if exit_code != 0:
                break
        result.append(JobEnd(offset, last))
        return result


class FakeHost:
    """Satisfies ``Host``. See the module's text; *docker_client* is what ``docker()`` gives out."""

    label = "fake"
    kind: HostKind = SSH

    def __init__(  # noqa: PLR0913  (each test names the one or two that it is about)
        self,
        commands: Sequence[Expected] = (),
        *,
        files: Mapping[str, bytes] | None = None,
        folders: Sequence[str] = (),
        jobs: Sequence[FakeJob] = (),
        docker_client: object = None,
        docker_error: BaseException | None = None,
        ports: Mapping[tuple[str, int], Callable[[], ByteStream] | BaseException] | None = None,
    ) -> None:
        self.expected = list(commands)
        self.files = {path: FakeFile(data) for path, data in (files or {}).items()}
        self.folders: dict[str, int] = dict.fromkeys(folders, 0o755)
        self.planned_jobs = list(jobs)
        self.jobs: dict[str, FakeJob] = {}
        self.docker_client = docker_client
        self.docker_error = docker_error
        self.ports = dict(ports or {})
        self.commands: list[Command] = []
        self.closed = False

    def __enter__(self) -> FakeHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.verify()

    def verify(self) -> None:
        """Fail if something declared was not used."""
        unused = [e for e in self.expected if e.times is not None and e.used < e.times]
        assert not unused, f"expected commands that were not run: {unused}"
        assert not self.planned_jobs, f"expected jobs that were not started: {self.planned_jobs}"

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        """The declared answer; its lines go to *on_line*."""
        if cancel:
            cancel.check()
        if command.argv[3:4] == (NAME,):
            return ok(self._owners(command.argv[4]))
        if command.argv[3:4] == (READ,):
            folder, path, limit = command.argv[4:]
            return Result(0, self.read_file(f"{folder}/{path}", limit=int(limit)) or b"", b"")
        self.commands.append(command)
        entry = next((e for e in self.expected if e.fits(command)), None)
        assert entry is not None, f"unexpected command: {command}\nopen: {self.expected}"
        entry.used += 1
        answer = entry.answer
        if isinstance(answer, BaseException):
            raise answer
        result = answer if isinstance(answer, Result) else answer(command)
        if on_line:
            for line in result.text.splitlines():
                on_line("stdout", line)
            for line in result.errors.splitlines():
                on_line("stderr", line)
        return result

    def _owners(self, directory: str) -> str:
        """What the script says that asks who could change *directory*: all is root's."""
        lines = ["up=drwxr-xr-x 0 0 /", f"there={directory}"]
        inside = (f"{directory}/docker", f"{directory}/.dify-installer")
        lines += [f"at=drwxr-xr-x 0 0 {path}" for path in inside if path in self.folders]
        return "\n".join([*lines, "trusted=0 0 0", "complete=yes", ""])

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        """Content from memory."""
        file = self.files.get(path)
        return None if file is None else file.data[:limit]

    def read_end(self, path: str, limit: int) -> bytes | None:
        """Content from memory."""
        data = self.read_file(path)
        return None if data is None else data[-limit:]

    def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """Keep in memory."""
        self.files[path] = FakeFile(data, mode)

    def create_file(self, path: str, data: bytes, *, mode: int = 0o600) -> bool:
        """Keep in memory unless it is there."""
        if path in self.files:
            return False
        self.files[path] = FakeFile(data, mode)
        return True

    def swap_file(self, path: str, before: bytes, after: bytes | None, *, mode: int = 0o600) -> bool:
        """Exchange or forget what is *before*."""
        there = self.files.get(path)
        if there is None or there.data != before:
            return False
        if after is None:
            self.files.pop(path)
        else:
            self.files[path] = FakeFile(after, mode)
        return True

    def remove_file(self, path: str) -> None:
        """Forget it."""
        self.files.pop(path, None)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """Note it."""
        self.folders.setdefault(path, mode)

    def upload(
        self,
        folder: str,
        files: Sequence[FileContent],
        *,
        private: str,
        cancel: CancelToken | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Keep in memory, with progress after each file."""
        self.make_folder(folder)
        total = sum(len(file.data) for file in files)
        done = 0
        for file in files:
            if cancel:
                cancel.check()
            self.files[f"{folder}/{file.path}"] = FakeFile(file.data, file.mode)
            done += len(file.data)
            if on_progress:
                on_progress(done, total)

    def start_job(self, spec: JobSpec) -> None:
        """Start the first planned job that fits."""
        job = next((j for j in self.planned_jobs if j.fits(spec)), None)
        assert job is not None, f"unexpected job: {spec}"
        self.planned_jobs.remove(job)
        job.spec, job.running = spec, True
        self.jobs[spec.folder] = job
        self.make_folder(spec.folder, mode=0o700)

    def follow_job(
        self, folder: str, *, offset: int = 0, cancel: CancelToken | None = None
    ) -> Iterator[JobOutput]:
        """What its log says after *offset*."""
        job = self._job(folder)
        for number, output in enumerate(job.outputs()):
            if cancel:
                cancel.check()
            if job.break_after is not None and number >= job.break_after:
                job.break_after = None
                raise job.error
            if isinstance(output, JobEnd):
                job.running = False
                yield JobEnd(output.offset, None) if job.stopped else output
            elif output.offset > offset:
                yield output

    def job_running(self, folder: str) -> bool:
        """Until followed to its end or stopped."""
        return folder in self.jobs and self.jobs[folder].running

    def stop_job(self, folder: str) -> None:
        """Note it; no error if there is none."""
        if folder in self.jobs:
            job = self.jobs[folder]
            job.stopped = job.stopped or job.running
            job.running = False

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream:
        """What *ports* declares for it."""
        assert (address, port) in self.ports, f"unexpected connection to {address}:{port}"
        answer = self.ports[address, port]
        if isinstance(answer, BaseException):
            raise answer
        return answer()

    def docker_stream(self) -> ByteStream:
        """Not faked: fake the client."""
        raise AssertionError("unexpected docker_stream")

    def docker(self) -> AbstractContextManager[APIClient]:
        """The given client, or the given error."""
        if self.docker_error is not None:
            raise self.docker_error
        assert self.docker_client is not None, "unexpected use of the Docker API"
        return nullcontext(cast("APIClient", cast(Any, self.docker_client)))

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        """Nothing here waits."""
        return nullcontext()

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def _job(self, folder: str) -> FakeJob:
        assert folder in self.jobs, f"no job in {folder}"
        return self.jobs[folder]
