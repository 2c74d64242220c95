"""Files of this computer where links, renames or rights are not as on Linux."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.core.file_lock import alone_in
from installer.hosts.local import files


def test_a_file_is_created_once_also_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EPERM, "no links on exFAT")

    monkeypatch.setattr(os, "link", none)
    path = str(tmp_path / "lock")
    assert files.create_file(path, b"first", 0o600)
    assert not files.create_file(path, b"second", 0o600)
    assert (tmp_path / "lock").read_bytes() == b"first" and len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows; elsewhere a refusal is one."""
    replace, tries = Path.replace, []

    def in_use(self: Path, target: str) -> Path:
        tries.append(target)
        if len(tries) < 4:
            raise PermissionError(13, "in use")
        return replace(self, target)

    draft = tmp_path / "draft"
    draft.write_bytes(b"new")
    monkeypatch.setattr(Path, "replace", in_use)
    with pytest.raises(PermissionError):
        files._in_place(draft, str(tmp_path / "there"))
    monkeypatch.setattr(files, "_PATIENT", True)
    files._in_place(draft, str(tmp_path / "there"))
    assert (tmp_path / "there").read_bytes() == b"new" and len(tries) == 4


def test_a_folder_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refused(path: str, *more: int) -> int:
        if str(path).endswith(".draft"):
            raise PermissionError(13, "refused")
        return real(path, *more)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(InstallError) as caught:
        files.write_file(str(tmp_path / "x"), b"", mode=0o600)
    assert caught.value.code is Code.HOST_FILE_FAILED and list(tmp_path.iterdir()) == []


def test_who_may_enter_a_folder_at_a_drives_root() -> None:
    assert files.private_command(Path("C:/Dify"), "PC\\山田") == [
        *(r"C:\Windows\System32\icacls.exe", "C:/Dify", "/inheritance:r", "/grant:r", "PC\\山田:(OI)(CI)F"),
        *("*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F"),
    ]


def test_the_first_folder_that_has_to_be_made(tmp_path: Path) -> None:
    assert files._topmost_new(tmp_path / "a" / "b" / "c") == tmp_path / "a"
    assert files._topmost_new(tmp_path) == tmp_path


def test_the_end_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    assert files.read_end(str(path), 4) == b"two\n"
    assert files.read_end(str(path), 99) == b"one\ntwo\n"
    assert files.read_end(str(tmp_path / "none"), 4) is None
    assert files.read_end(str(path / "below"), 4) is None


@pytest.mark.skipif(shutil.which("flock") is None, reason="scripts on servers use flock(1)")
def test_a_script_that_has_the_folder_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen(["flock", str(tmp_path), "sh", "-c", "echo; read x"], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None and other.stdin is not None and other.stdout.readline() == b"\n"
        with pytest.raises(TimeoutError), alone_in(tmp_path, seconds=0.2):
            pass
        other.stdin.close()
        with alone_in(tmp_path):
            assert subprocess.run(["flock", "-n", str(tmp_path), "true"], check=False).returncode == 1
    assert not [*tmp_path.iterdir()]
