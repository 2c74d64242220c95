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


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_this_computer_on_other_systems(
    platform: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(InstallError) as caught:
        connect(Answers(target=Target(kind="local")), Secrets(), Home(tmp_path))
    assert caught.value.code is Code.LOCAL_UNSUPPORTED
