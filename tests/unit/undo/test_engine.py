"""Undo as the engine offers it: no other kind than was shown, and no secret in what is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from installer.engine import Engine
from installer.errors import Code, InstallError
from installer.home import Home
from installer.secrets import MASK, Redactor, Secret
from installer.settings import Secrets
from tests.unit.undo.test_undo import Machine, half_made


def test_another_kind_than_was_shown_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, found = half_made(tmp_path)
    host = Machine(scripts=True)
    env = Secret("DB_PASSWORD=only-in-the-file\nREDIS_PASSWORD=dify\n")
    monkeypatch.setattr(Engine, "facts", lambda _self: replace(found, env=env))
    redact = Redactor()
    home = Home(tmp_path / "home")
    engine = Engine(asked, Secrets(), home, emit=lambda _: None, host=host, redact=redact)
    assert engine.undo_plan().kind == "remove"
    assert redact("it says only-in-the-file in /opt/dify") == f"it says {MASK} in /opt/dify"
    with pytest.raises(InstallError) as caught:
        engine.undo(kind="restore", confirm=asked.directory)
    assert caught.value.code is Code.UNDO_CHANGED and not Path(asked.state_folder, "lock").exists()
    assert Path(asked.docker_folder, ".env").exists()
    assert json.loads(Path(asked.state_folder, "installation.json").read_text())["installed"]
