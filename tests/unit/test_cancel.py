"""The cancel token."""

import threading
import time

import pytest

from installer.core.cancel import Cancelled, CancelToken


def test_hooks_run_once_and_only_inside_their_block() -> None:
    token, ran = CancelToken(), []
    with token.on_cancel(lambda: ran.append("gone")):
        pass
    with token.on_cancel(lambda: ran.append("now")):
        token.cancel()
        token.cancel()
    assert ran == ["now"]
    with token.on_cancel(lambda: ran.append("late")):
        assert ran == ["now", "late"]


def test_wait_ends_at_once() -> None:
    token = CancelToken()
    threading.Timer(0.05, token.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        token.wait(10)
    assert time.monotonic() - began < 5
    with pytest.raises(Cancelled):
        token.check()
