"""Whether Dify's set-up is still open, as Dify itself says it."""

from __future__ import annotations

import pytest

from installer.facts.model import Record
from installer.facts.web import Web, has_account
from installer.hosts.http import Answer
from tests.fakes.host import FakeHost


@pytest.mark.parametrize(
    ("status", "body", "is_open"),
    [
        (200, b'{"step": "not_started"}', True),
        (200, b'{"step": "finished", "setup_at": "2026-01-01"}', False),
        (502, b'{"step": "not_started"}', None),
        (200, b"<html>", None),
        (200, b"[]", None),
        (0, b"", None),
    ],
)
def test_the_setup_is_open(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, is_open: bool | None
) -> None:
    answer = Answer(status=status, headers={}, body=body, detail="")
    monkeypatch.setattr(Web, "ask", lambda *_, **__: answer)
    assert Web("127.0.0.1", 80, "dify.example.jp", tls=False).setup_open(FakeHost()) is is_open


WEB = {"address": "127.0.0.1", "port": 80, "name": "dify.example.jp", "tls": False}


@pytest.mark.parametrize(
    ("data", "says", "found"),
    [
        ({"installed": True, "admin": True}, b"", True),
        ({"installed": True, "web": WEB}, b'{"step": "finished"}', True),
        ({"installed": True, "web": WEB}, b'{"step": "not_started"}', False),
        ({"installed": True, "web": WEB}, b"", None),
        ({"installed": True}, b'{"step": "finished"}', None),
        ({"web": WEB}, b'{"step": "finished"}', None),
    ],
)
def test_the_account_is_known(
    monkeypatch: pytest.MonkeyPatch, data: dict[str, object], says: bytes, found: bool | None
) -> None:
    """By the record, else by Dify; what was never started is not asked."""
    monkeypatch.setattr(Web, "ask", lambda *_, **__: Answer(200, {}, says, ""))
    assert has_account(FakeHost(), Record("1.16.1", "dify", "", 0.0, data)) is found
    assert has_account(FakeHost(), None) is None
