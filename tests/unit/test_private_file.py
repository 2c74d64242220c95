"""Files with secrets: their own rights from the first moment, wherever they are made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.cli.tree import write_tree
from installer.core import private_file
from installer.core.app_files import write_private
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.hosts.base import FileContent, JobSpec
from installer.hosts.local import files, jobs
from installer.logs import export
from tests.fakes.host import FakeHost


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was made with rights of its own, as on Windows."""
    found: list[Path] = []

    def protected(path: Path) -> int:
        found.append(path)
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)

    monkeypatch.setattr(private_file, "_protected", protected)
    return found


WAYS: dict[str, Callable[[Path, int], object]] = {
    "write": lambda folder, mode: files.write_file(str(folder / "x"), b"s", mode),
    "create": lambda folder, mode: files.create_file(str(folder / "x"), b"s", mode),
    "create without links": lambda folder, mode: files._create_without_link(str(folder / "x"), b"s", mode),
    "render": lambda folder, mode: write_tree({"x": FileContent("x", b"s", mode)}, folder),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("mode", "own"), [(0o600, True), (0o700, True), (0o644, False), (0o640, False)])
def test_what_others_may_not_read_gets_rights_of_its_own(
    way: str, mode: int, own: bool, made: list[Path], tmp_path: Path
) -> None:
    WAYS[way](tmp_path, mode)
    assert [path.name.strip(".").startswith("x") for path in made] == ([True] if own else [])
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.name == "x" and file.read_bytes() == b"s"


def test_files_of_the_program_itself(made: list[Path], tmp_path: Path) -> None:
    write_private(Home(tmp_path), "servers.toml", "")
    assert len(made) == 1


def test_saved_logs(made: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "follow", lambda *_, **_how: None)
    (tmp_path / "x.gz.part").write_text("left by another one, and open to others")
    export.export(FakeHost(), (), tmp_path / "x.gz", None, lambda _: None, CancelToken())
    assert [path.name for path in made] == ["x.gz.part"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.gz"]


def test_a_job_s_files(made: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **_how: object) -> None:
        raise OSError

    monkeypatch.setattr(jobs, "_Runner", run)
    with pytest.raises(InstallError):
        jobs.start(JobSpec(id="j", folder=str(tmp_path / "j"), cwd="/", stages=()), {}, {})
    drafts = {path.name.strip(".").split(".")[0] for path in made}
    assert drafts == {"job", "token", "log", "lock"}
    assert {path.name for path in (tmp_path / "j").iterdir()} == {"job.json", "token", "log", "lock"}


def test_a_file_that_is_there_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(FileExistsError):
        private_file.new_file(tmp_path / "x", 0o600)


def test_the_rights() -> None:
    assert private_file.rights_of("S-1-5-21-1") == "D:P(A;;FA;;;S-1-5-21-1)(A;;FA;;;SY)(A;;FA;;;BA)"


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_a_draft_is_never_more_open_than_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for mode in (0o600, 0o400, 0o644):
            os.close(private_file.new_file(tmp_path / f"{mode}", mode))
            assert (tmp_path / f"{mode}").stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)
