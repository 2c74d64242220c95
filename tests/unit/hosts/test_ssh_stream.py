"""A remote program's output as a stream, with a process that is played."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.ssh.process import RemoteProcess
from installer.hosts.ssh.streams import ProcessStream


class FakeProcess:
    """Says nothing and ends when it is closed or told to."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def read(self, _limits: Any, *, seconds: float) -> tuple[bytes, bytes] | None:
        return None if self.over.wait(seconds) else (b"", b"")

    def exit_code(self) -> int:
        return -1

    def close(self) -> None:
        self.over.set()


def _stream(process: FakeProcess) -> ProcessStream:
    def refused(_text: str, _code: int) -> InstallError:
        return InstallError(Code.HOST_ADDRESS_UNREACHABLE, {"address": "a", "port": "1"})

    return ProcessStream(cast(RemoteProcess, process), refused)


def test_what_we_end_ourselves_is_no_refusal() -> None:
    """A thread that waits in ``recv`` while another closes gets the end, not an error."""
    stream = _stream(FakeProcess())
    timer = threading.Timer(0.1, stream.close)
    timer.start()
    assert stream.recv(10) == b""
    timer.join()
    assert stream.recv(10) == b""


def test_a_program_that_ends_without_a_word_is_one() -> None:
    process = FakeProcess()
    process.over.set()
    with pytest.raises(InstallError) as caught:
        _stream(process).recv(10)
    assert caught.value.code is Code.HOST_ADDRESS_UNREACHABLE
