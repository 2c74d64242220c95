"""A host that is connected when it is first used: work on it can be asked for at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.hosts.base import Command, FileContent, Host, JobOutput, JobSpec, OnLine, Result
from installer.hosts.kinds import HostKind

if TYPE_CHECKING:
    from docker import APIClient

    from installer.connect import Connected

Connect = Callable[[CancelToken], "Connected"]


class LateHost:
    """Satisfies ``Host``. *connect* is called in the thread of the first work; work that comes meanwhile
    waits for the same attempt and ends with its error. What is in *lasting* is not tried again before
    ``again``: a server that counts refused log-ins must not be annoyed."""

    def __init__(self, label: str, connect: Connect, *, kind: HostKind, lasting: frozenset[Code]) -> None:
        self._label, self._connect, self._kind, self._lasting = label, connect, kind, lasting
        self._guard = threading.Lock()
        self._host: Host | None = None
        self._attempt: Future[Host] | None = None
        self._refused: InstallError | None = None
        self._cancel = CancelToken()
        self._closed = False
        self.rights = ""

    @property
    def label(self) -> str:
        """As ``Host``."""
        return self._label

    @property
    def kind(self) -> HostKind:
        """As ``Host``."""
        return self._kind

    @property
    def connected(self) -> bool:
        """Whether a login has succeeded."""
        return self._host is not None

    def again(self) -> None:
        """A person wants it to be tried once more."""
        with self._guard:
            self._refused = None

    def _there(self) -> Host:
        with self._guard:
            if self._closed:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": self._label})
            if self._host is not None:
                return self._host
            if self._refused is not None:
                raise self._refused
            mine = self._attempt is None
            attempt = self._attempt = self._attempt or Future()
        if mine:
            self._try(attempt)
        return attempt.result()

    def _try(self, attempt: Future[Host]) -> None:
        try:
            connected = self._connect(self._cancel)
        except BaseException as error:  # noqa: BLE001  (passed to those waiting for the attempt)
            with self._guard:
                self._attempt = None
                if isinstance(error, InstallError) and error.code in self._lasting:
                    self._refused = error
            attempt.set_exception(error)
            return
        with self._guard:
            self._attempt = None
            late = self._closed
            if not late:
                self._host, self.rights = connected.host, connected.rights
        if late:
            connected.host.close()
            attempt.set_exception(InstallError(Code.SSH_CONNECTION_LOST, {"host": self._label}))
        else:
            attempt.set_result(connected.host)

    def close(self) -> None:
        """End all connections, also one that is being made."""
        with self._guard:
            self._closed = True
            host = self._host
        self._cancel.leave()
        if host is not None:
            host.close()

    # ------------------------------------------------------------- as ``Host``

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        return self._there().run(command, cancel=cancel, timeout=timeout, on_line=on_line)

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        return self._there().read_file(path, limit=limit)

    def read_end(self, path: str, limit: int) -> bytes | None:
        return self._there().read_end(path, limit)

    def write_file(self, path: str, data: bytes, *, mode: int = 0o600) -> None:
        self._there().write_file(path, data, mode=mode)

    def create_file(self, path: str, data: bytes, *, mode: int = 0o600) -> bool:
        return self._there().create_file(path, data, mode=mode)

    def swap_file(self, path: str, before: bytes, after: bytes | None, *, mode: int = 0o600) -> bool:
        return self._there().swap_file(path, before, after, mode=mode)

    def remove_file(self, path: str) -> None:
        self._there().remove_file(path)

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        self._there().make_folder(path, mode=mode)

    def upload(
        self,
        folder: str,
        files: Sequence[FileContent],
        *,
        private: str,
        cancel: CancelToken | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._there().upload(folder, files, private=private, cancel=cancel, on_progress=on_progress)

    def start_job(self, spec: JobSpec) -> None:
        self._there().start_job(spec)

    def follow_job(
        self, folder: str, *, offset: int = 0, cancel: CancelToken | None = None
    ) -> Iterator[JobOutput]:
        return self._there().follow_job(folder, offset=offset, cancel=cancel)

    def job_running(self, folder: str) -> bool:
        return self._there().job_running(folder)

    def stop_job(self, folder: str) -> None:
        self._there().stop_job(folder)

    def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> ByteStream:
        return self._there().open_tcp(address, port, timeout=timeout)

    def docker_stream(self) -> ByteStream:
        return self._there().docker_stream()

    def docker(self) -> AbstractContextManager[APIClient]:
        return self._there().docker()

    def under(self, cancel: CancelToken) -> AbstractContextManager[None]:
        return self._there().under(cancel)
