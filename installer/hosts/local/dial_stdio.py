"""The Engine through Docker's own client (``docker system dial-stdio``), as over SSH.

For Windows: docker-py's class for named pipes raises errors of its own kind and waits without end. The client
also knows contexts, which the pipe's name does not.
"""

from __future__ import annotations

import errno
import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress

from installer.core.errors import Code, InstallError
from installer.docker.dial import dial_refused
from installer.hosts.local.process import GROUP
from installer.hosts.local.programs import find_program, start

_CHUNK = 1 << 16
_KEPT_ERRORS = 16384
_END_SECONDS = 5.0


class DialStream:
    """Its standard input and output as a ``ByteStream``; what it says on standard error is kept.

    A client that ends without a word of output makes ``recv`` raise what its text means (``dial_refused``).
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        """Starts the client. Raises ``InstallError(DOCKER_MISSING)``."""
        program = find_program("docker", env)
        if program is None:
            raise InstallError(Code.DOCKER_MISSING, detail="docker: not found")
        try:
            self._process = start(
                [program, "system", "dial-stdio"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                **GROUP,
            )
        except OSError as exc:
            raise InstallError(Code.DOCKER_API_FAILED, detail=str(exc)) from exc
        self._pieces: queue.Queue[bytes] = queue.Queue()
        self._errors = b""
        self._buffer = b""
        self._timeout: float | None = None
        self._answered = self._closed = self._over = False
        self._readers = [
            threading.Thread(target=self._read, name="dial", daemon=True),
            threading.Thread(target=self._read_errors, name="dial-errors", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def sendall(self, data: bytes) -> None:
        """Send everything. ``OSError``; a client that ended already says why in ``recv``."""
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError as exc:  # Windows says EINVAL for a pipe without a reader
            if exc.errno not in (errno.EPIPE, errno.EINVAL):
                raise

    def recv(self, size: int) -> bytes:
        """Up to *size* bytes, empty at the end. ``TimeoutError``; what ``dial_refused`` makes."""
        if not self._buffer and not self._over:
            try:
                self._buffer = self._pieces.get(timeout=self._timeout)
            except queue.Empty:
                raise TimeoutError("no answer in time") from None
            self._over = not self._buffer
        if self._over and not self._buffer:
            return self._end()
        self._answered = True
        part, self._buffer = self._buffer[:size], self._buffer[size:]
        return part

    def settimeout(self, seconds: float | None) -> None:
        """For ``recv``."""
        self._timeout = seconds

    def close(self) -> None:
        """End the client. A waiting ``recv`` then returns nothing."""
        self._closed = True
        process = self._process
        if process.poll() is None:  # first: closing its input waits for a thread that is writing to it
            process.terminate()
        with suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join(_END_SECONDS)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        with suppress(OSError, ValueError):
            while data := os.read(self._process.stdout.fileno(), _CHUNK):
                self._pieces.put(data)
        self._pieces.put(b"")

    def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101
        with suppress(OSError, ValueError):
            while data := os.read(self._process.stderr.fileno(), _CHUNK):
                self._errors = (self._errors + data)[-_KEPT_ERRORS:]

    def _end(self) -> bytes:
        if self._answered or self._closed:
            return b""
        self._readers[1].join(_END_SECONDS)
        code = self._process.wait()
        raise dial_refused(self._errors.decode("utf-8", "replace"), code)
