"""What is refused before anything is connected."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer.connect import connect
from installer.errors import Code, InstallError
from installer.home import Home
from installer.settings import Answers, Secrets
from installer.settings.model import Target


@pytest.mark.parametrize(("system", "scripts"), [("linux", True), ("win32", False), ("darwin", False)])
def test_this_computer(system: str, scripts: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only Linux has what the probe's scripts need."""
    monkeypatch.setattr(sys, "platform", system)
    connected = connect(Answers(target=Target(kind="local")), Secrets(), Home(tmp_path))
    assert connected.rights == "local" and connected.host.scripts is scripts


def test_this_computer_on_other_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd15")
    with pytest.raises(InstallError) as caught:
        connect(Answers(target=Target(kind="local")), Secrets(), Home(tmp_path))
    assert caught.value.code is Code.LOCAL_UNSUPPORTED
