"""``LocalHost``: this computer, in Python only (Windows has no ``sh``)."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.docker.api import api_client
from installer.hosts import archive, file_scripts
from installer.hosts.base import Command, FileContent, JobOutput, JobSpec, OnLine, Result
from installer.hosts.cancel_scope import Under
from installer.hosts.kinds import HostKind, this_computer
from installer.hosts.limits import Limits
from installer.hosts.local import docker as local_docker
from installer.hosts.local import files as local_files
from installer.hosts.local import jobs
from installer.hosts.local.environment import environment
from installer.hosts.local.process import run_local
from installer.hosts.tcp import connect_tcp

if TYPE_CHECKING:
    from docker import APIClient

_DOCKER_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_CONTEXT_SECONDS = 20.0


class LocalHost:
    """See ``Host``. *docker*: a context's name or ``unix://…``; empty: the active context. *kind*: None
    is that of the system."""

    def __init__(self, docker: str = "", *, kind: HostKind | None = None) -> None:
        self._kind = kind or this_computer()
        self._env = environment(docker)
        self._address = ""
        self._api_version: dict[str, str] = {}
        self._bound = Under()

    @property
    def label(self) -> str:
        """The computer's name."""
        return platform.node() or "localhost"

    @property
    def kind(self) -> HostKind:
        """See ``Host``."""
        return self._kind

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        """See ``Host``. A missing program is exit code 127; a negative one a signal's number."""
        env = {**self._env, "LC_ALL": "C", **command.env}
        limits = Limits.of(cancel or self._bound.token, timeout, command.argv[0])
        return run_local(command, env, limits, on_line)

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        """See ``Host``."""
        return local_files.read_file(path, limit)

    def read_end(self, path: str, limit: int) -> bytes | None:
        """See ``Host``."""
        return local_files.read_end(path, limit)

    def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        """See ``Host``."""
        local_files.write_file(path, data, mode)

    def create_file(self, path: str, data: bytes, *, mode: int = 0o600) -> bool:
        """See ``Host``."""
        return local_files.create_file(path, data, mode)

    def swap_file(self, path: str, before: bytes, after: bytes | None, *, mode: int = 0o600) -> bool:
        """See ``Host``."""
        return local_files.swap_file(path, before, after, mode)

    def remove_file(self, path: str) -> None:
        """See ``Host``."""
        local_files.remove_file(path)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        """See ``Host``."""
        local_files.make_folder(path, mode)

    def upload(
        self,
        folder: str,
        files: Sequence[FileContent],
        *,
        private: str,
        cancel: CancelToken | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """See ``Host``."""
        if not self.kind.runs_scripts:
            local_files.upload(folder, files, cancel or CancelToken(), on_progress)
            return
        data, packed = archive.pack(files)
        command = replace(file_scripts.place(folder, private, gzip=packed), stdin=data)
        self.run(command, cancel=cancel).check(Code.HOST_FILE_FAILED, path=folder)
        total = sum(len(file.data) for file in files)
        if on_progress:
            on_progress(total, total)

    def start_job(self, spec: JobSpec) -> None:
        """See ``Host``."""
        chosen = {name: self._env[name] for name in _DOCKER_VARIABLES if name in self._env}
        jobs.start(spec, self._env, chosen)

    def follow_job(
        self, folder: str, *, offset: int = 0, cancel: CancelToken | None = None
    ) -> Iterator[JobOutput]:
        """See ``Host``."""
        return jobs.follow(folder, offset, cancel or CancelToken())

    def job_running(self, folder: str) -> bool:
        """See ``Host``."""
        return jobs.running(folder)

    def stop_job(self, folder: str) -> None:
        """See ``Host``."""
        jobs.stop(folder)

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream:
        """See ``Host``. HOST_ADDRESS_UNREACHABLE."""
        try:
            return self._bound.keep(connect_tcp(address, port, timeout, self._bound.token))
        except OSError as exc:
            params = {"address": address, "port": str(port)}
            raise InstallError(Code.HOST_ADDRESS_UNREACHABLE, params, detail=str(exc)) from exc

    def docker_stream(self) -> ByteStream:
        """See ``Host``: the Engine's own socket or pipe."""
        if not self._address:
            self._address = local_docker.endpoint(self._env, self._short)
        return self._bound.keep(local_docker.connect(self._address, self._env))

    def docker(self) -> AbstractContextManager[APIClient]:
        """See ``Host``."""
        return api_client(self.docker_stream, self._api_version)

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        """See ``Host``."""
        return self._bound.bind(cancel)

    def close(self) -> None:
        """See ``Host``; nothing is open here."""

    def __enter__(self) -> LocalHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _short(self, command: Command) -> Result:
        return self.run(command, timeout=_CONTEXT_SECONDS)
