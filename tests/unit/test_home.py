"""The program's own folder."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError


def test_the_client_keeps_its_name(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    name = home.client_id()
    assert len(name) == 16 and home.client_id() == name
    if sys.platform != "win32":
        assert stat.S_IMODE((home.folder / "client-id").stat().st_mode) == 0o600


def test_an_empty_name_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "client-id").write_bytes(b"")
    assert len(Home(tmp_path).client_id()) == 16


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InstallError) as caught:
            Home(folder).client_id()
        assert (caught.value.code, caught.value.params) == (Code.HOST_FILE_FAILED, {"path": str(folder)})


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="rights do not stop this user")
def test_no_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InstallError) as caught:
        Home(tmp_path / "home").make()
    assert caught.value.code == Code.HOST_FILE_FAILED


def test_a_name_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "client-id").mkdir()
    with pytest.raises(InstallError) as caught:
        Home(tmp_path).client_id()
    assert caught.value.code == Code.HOST_FILE_FAILED
