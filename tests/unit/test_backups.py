"""Former versions of files: kept with their modes, put back, the last ten only. Both ways of doing it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from installer.core.errors import InstallError
from installer.hosts.kinds import DESKTOP, LINUX
from installer.hosts.local.host import LocalHost
from installer.state import backups

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes of files")

PATHS = (".env", "docker-compose.yaml", "nginx/start.sh", "new.txt")


def place(folder: Path) -> tuple[str, str]:
    docker, state = folder / "docker", folder / ".dify-installer"
    (docker / "nginx").mkdir(parents=True)
    state.mkdir(mode=0o700)
    for name, text, mode in ((".env", "SECRET=1\n", 0o600), ("nginx/start.sh", "#!/bin/sh\n", 0o755)):
        (docker / name).write_text(text)
        (docker / name).chmod(mode)
    (docker / "docker-compose.yaml").write_text("services: {}\n")
    (state / "installation.json").write_text("{}\n")
    (state / "manifest").write_text("old\n")
    return str(docker), str(state)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[LINUX, DESKTOP], ids=["script", "python"])
def host(request: pytest.FixtureRequest) -> LocalHost:
    return LocalHost(kind=request.param)


def test_kept_and_put_back(tmp_path: Path, host: LocalHost) -> None:
    docker, state = place(tmp_path)
    backups.keep(host, docker, state, "20260102T030405Z", PATHS)
    kept = Path(backups.folder_of(state, "20260102T030405Z"))
    assert mode(kept) == mode(kept.parent) == 0o700
    files = [p for p in kept.rglob("*") if p.is_file()]
    assert {mode(p) for p in files} == {0o600}
    assert (kept / "docker/.env").read_text() == "SECRET=1\n"
    assert (kept / "added").read_text() == "new.txt\n" and (kept / "manifest").read_text() == "old\n"

    here = Path(docker)
    (here / ".env").write_text("SECRET=2\n")
    (here / "nginx/start.sh").unlink()
    (here / "nginx").rmdir()
    (here / "new.txt").write_text("new")
    (here / "theirs.txt").write_text("theirs")
    (Path(state) / "manifest").write_text("new\n")
    backups.put_back(host, docker, state, "20260102T030405Z")
    assert (here / ".env").read_text() == "SECRET=1\n" and mode(here / ".env") == 0o600
    assert mode(here / "nginx/start.sh") == 0o755
    assert not (here / "new.txt").exists() and (here / "theirs.txt").exists()
    assert (Path(state) / "manifest").read_text() == "old\n"
    assert not list(here.rglob("*.restored"))


def test_the_last_ten_are_kept(tmp_path: Path, host: LocalHost) -> None:
    docker, state = place(tmp_path)
    for second in range(12):
        backups.keep(host, docker, state, f"20260102T0304{second:02}Z", PATHS)
    names = sorted(p.name for p in (Path(state) / "backups").iterdir())
    assert names == [f"20260102T0304{second:02}Z" for second in range(2, 12)]


def test_those_that_an_undo_needs_are_kept_however_many(tmp_path: Path, host: LocalHost) -> None:
    docker, state = place(tmp_path)
    needed = ["20260102T030400Z", "20260102T030401Z"]
    for second in range(14):
        backups.keep(host, docker, state, f"20260102T0304{second:02}Z", PATHS, needed)
    names = sorted(p.name for p in (Path(state) / "backups").iterdir())
    assert names == [*needed, *(f"20260102T0304{second:02}Z" for second in range(4, 14))]


def test_without_its_backup_nothing_may_be_changed(tmp_path: Path, host: LocalHost) -> None:
    docker, state = place(tmp_path)
    (Path(state) / "backups").write_text("a file stands there")
    with pytest.raises(InstallError) as caught:
        backups.keep(host, docker, state, "20260102T030405Z", PATHS)
    assert caught.value.code == "host.file_failed"
