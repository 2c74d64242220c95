"""What a failed thread of the command line prints."""

from __future__ import annotations

import threading

import pytest

from installer.cli.main import _thread_errors
from installer.core.secrets import Redactor, Secret


def test_a_failed_thread_prints_no_secret_and_no_escape(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError("\x1b]0;title\x07 pass" + "word-7")

    before = threading.excepthook
    with _thread_errors(Redactor([Secret("password-7")])):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    said = capsys.readouterr().err
    assert "RuntimeError" in said and "title" in said
    assert "password-7" not in said and "\x1b" not in said and "\x07" not in said
    assert threading.excepthook is before
