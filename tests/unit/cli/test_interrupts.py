"""Ctrl-C is never lost, whatever became of the terminal."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from installer.cli.main import _Interrupts
from installer.cli.output import Output
from installer.core.cancel import CancelToken
from installer.core.events import Finishing
from installer.core.secrets import Redactor
from installer.texts import Texts


class Gone:
    """A terminal whose reader went away."""

    def __init__(self) -> None:
        self.asked = 0

    def write(self, _text: str) -> int:
        self.asked += 1
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError

    def fileno(self) -> int:
        raise OSError("none")


@pytest.fixture
def output() -> Output:
    return Output(Texts("en"), Redactor(), as_json=False)


def interrupted(output: Output) -> bool:
    """Whether Ctrl-C reached the token."""
    cancel, heard = CancelToken(), threading.Event()
    with cancel.on_cancel(heard.set), _Interrupts(cancel, output):
        os.kill(os.getpid(), signal.SIGINT)
        return heard.wait(5)


needs_signals = pytest.mark.skipif(os.name == "nt", reason="there it ends the process")


@needs_signals
def test_without_a_reader(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Gone()
    monkeypatch.setattr(sys, "stderr", gone)
    with pytest.raises(BrokenPipeError):
        output.note("nobody reads this")
    assert interrupted(output)
    output.emit(Finishing(step="pull", seconds=99.0))  # what is told while stopping must not end the stopping
    output.cancelled()
    assert gone.asked >= 3


@needs_signals
def test_with_a_terminal_that_takes_nothing_more(output: Output) -> None:
    with output._lock:
        assert interrupted(output)
