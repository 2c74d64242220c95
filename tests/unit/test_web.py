"""Whether Dify's set-up is still open, as Dify itself says it."""

from __future__ import annotations

import pytest

from installer.hosts.http import Answer
from installer.web import Web
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
