"""Files of the docker folder while a container's root has put links there: in every shell, and in Python."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers
from installer.answers.model import Target
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, FileContent, Result
from installer.hosts.kinds import DESKTOP, LINUX
from installer.hosts.local.host import LocalHost
from installer.lifecycle.undo import remove
from installer.state import backups, data_folder, files_below
from tests.shells import SHELLS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")

NAME = "20260102T030405Z"
CRT, KEY = "nginx/ssl/dify.crt", "nginx/ssl/dify.key"


class Shell(LocalHost):
    """This computer with another ``sh``."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(kind=LINUX)
        self._words = words

    def run(self, command: Command, **how: Any) -> Result:
        rest = command.argv[1:] if command.argv[0] == "sh" else None
        return super().run(command if rest is None else replace(command, argv=(*self._words, *rest)), **how)


@pytest.fixture(params=[*SHELLS, "python"])
def host(request: pytest.FixtureRequest) -> LocalHost:
    shell = SHELLS.get(request.param)
    return Shell(shell) if shell else LocalHost(kind=DESKTOP)


class Place:
    """An installation, and a folder of the server that is none of its business."""

    def __init__(self, folder: Path) -> None:
        self.docker, self.state, self.etc = (folder / name for name in ("docker", "state", "etc"))
        for path in (CRT, KEY):
            (self.docker / path).parent.mkdir(parents=True, exist_ok=True)
            (self.docker / path).write_text("ours")
        self.state.mkdir(mode=0o700)
        self.etc.mkdir()
        for name in ("crontab", "shadow"):
            (self.etc / name).write_text(name)

    def keep(self, host: LocalHost, *paths: str) -> Path:
        backups.keep(host, str(self.docker), str(self.state), NAME, paths)
        return Path(backups.folder_of(str(self.state), NAME))

    def put_back(self, host: LocalHost) -> None:
        backups.put_back(host, str(self.docker), str(self.state), NAME)

    def upload(self, host: LocalHost, *paths: str) -> None:
        host.upload(str(self.docker), [FileContent(p, b"new") for p in paths], private=str(self.state))

    def link(self, path: str, target: Path) -> None:
        with suppress(FileNotFoundError):
            (self.docker / path).unlink()
        (self.docker / path).symlink_to(target)

    def outside(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.etc.iterdir()}


UNTOUCHED = {"crontab": "crontab", "shadow": "shadow"}


@pytest.fixture
def there(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_backup_holds_nothing_from_behind_a_link(there: Place, host: LocalHost) -> None:
    there.link(KEY, there.etc / "shadow")
    kept = there.keep(host, CRT, KEY)
    texts = [p.read_text() for p in kept.rglob("*") if p.is_file() and not p.is_symlink()]
    assert "shadow" not in texts and "ours" in texts
    there.upload(host, KEY)
    there.put_back(host)
    assert (there.docker / KEY).readlink() == there.etc / "shadow", "as it was"
    assert there.outside() == UNTOUCHED


def test_an_undo_writes_through_no_link(there: Place, host: LocalHost) -> None:
    kept = there.keep(host, CRT, KEY)
    for name in (f"{CRT}.restored", f"{CRT}.new", f"{CRT}.draft", CRT):
        there.link(name, there.etc / "crontab")
    there.put_back(host)
    assert (there.docker / CRT).read_text() == "ours" and not (there.docker / CRT).is_symlink()
    assert there.outside() == UNTOUCHED
    assert not (kept / "draft").exists()


def test_a_mode_comes_back_without_setuid(there: Place, host: LocalHost) -> None:
    (there.docker / CRT).chmod(0o4755)
    there.keep(host, CRT)
    there.put_back(host)
    assert (there.docker / CRT).stat().st_mode & 0o7777 == 0o755


@pytest.mark.parametrize("work", ["backup", "restore", "restore added", "upload"])
def test_a_folder_that_became_a_link_ends_it(there: Place, host: LocalHost, work: str) -> None:
    inside = "nginx/conf.d/sub/crontab"
    (there.docker / inside).parent.mkdir(parents=True)
    if work != "restore added":
        (there.docker / inside).write_text("ours")
    if work != "backup":
        there.keep(host, inside)
    (there.docker / inside).parent.rename(there.docker / "nginx/gone")
    there.link("nginx/conf.d/sub", there.etc)
    with suppress(InstallError):
        if work == "backup":
            there.keep(host, inside)
        elif work == "upload":
            there.upload(host, CRT, inside)
        else:
            there.put_back(host)
    assert there.outside() == UNTOUCHED
    assert "crontab" not in [p.read_text() for p in there.state.rglob("*") if p.is_file()]


def test_a_link_of_the_administrator_beside_the_compose_file_is_followed(
    there: Place, host: LocalHost
) -> None:
    """``volumes`` on another disk, ``.env`` kept elsewhere: no container can write there."""
    disk = there.state.parent / "disk"
    (disk / "sandbox/conf").mkdir(parents=True)
    there.link("volumes", disk)
    (disk / "env").write_text("SECRET=1")
    there.link(".env", disk / "env")
    there.keep(host, ".env", "volumes/sandbox/conf/config.yaml")
    there.upload(host, ".env", "volumes/sandbox/conf/config.yaml")
    assert (disk / "sandbox/conf/config.yaml").read_text() == "new"
    there.put_back(host)
    assert (there.docker / ".env").read_text() == "SECRET=1"
    assert not (disk / "sandbox/conf/config.yaml").exists()


def test_files_are_placed_in_their_order_and_nothing_else_is_left(there: Place, host: LocalHost) -> None:
    there.upload(host, "z.yaml", "a/b c/日本", ".env")
    times = [(there.docker / p).stat().st_mtime for p in ("z.yaml", "a/b c/日本", ".env")]
    assert times == sorted(times)
    assert not list(there.state.rglob("*")) and (there.docker / "a/b c/日本").read_bytes() == b"new"


@contextmanager
def swapping(folder: Path, target: Path) -> Iterator[None]:
    """All the time, *folder* is now a folder and now a link to *target*."""
    over = threading.Event()
    link, real = folder.with_name("link"), folder.with_name("real")
    link.symlink_to(target)

    def swap() -> None:
        while not over.is_set():
            with suppress(OSError):
                folder.rename(real)
                link.rename(folder)
                folder.rename(link)
                real.rename(folder)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_link_that_comes_at_any_moment_leads_nowhere(there: Place, shell: str) -> None:
    host, folder = Shell(SHELLS[shell]), there.docker / "nginx/conf.d/sub"
    folder.mkdir(parents=True)
    names = [f"nginx/conf.d/sub/{n}" for n in range(40)]
    with swapping(folder, there.etc):
        for begin in (0, 10, 20, 30):
            with suppress(InstallError):
                there.upload(host, *names[begin : begin + 10])
            files_below.remove(
                host, str(there.docker), [*names, *(f"nginx/conf.d/sub/{n}" for n in UNTOUCHED)]
            )
    assert there.outside() == UNTOUCHED


# ---------------------------------------------------------------- removal


def test_removal_stops_at_links(there: Place, host: LocalHost) -> None:
    sub = there.docker / "nginx/conf.d"
    sub.mkdir()
    there.link("nginx/conf.d/sub", there.etc)
    there.link("top", there.etc)
    paths = ["nginx/conf.d/sub/shadow", CRT]
    inner = ["nginx/conf.d/sub", "top", "nginx/ssl", "none"]
    files_below.remove(host, str(there.docker), paths, inner=inner, folders=["nginx/conf.d/sub", "nginx/ssl"])
    assert there.outside() == UNTOUCHED
    assert not (there.docker / "nginx/ssl").exists()


def test_all_that_a_container_wrote_goes_whatever_its_name(there: Place, host: LocalHost) -> None:
    ssl = there.docker / "nginx/ssl"
    for name in ("x\nfile nginx", "-rf", " a b ", "\x0c.conf", "*"):
        (ssl / name).mkdir()
        (ssl / name / "shadow").write_text("theirs")
    there.link("nginx/ssl/link", there.etc)
    files_below.remove(host, str(there.docker), [CRT], inner=["nginx/ssl"], folders=["nginx/ssl", "nginx"])
    assert not (there.docker / "nginx").exists()
    assert there.outside() == UNTOUCHED


_seen: list[Callable[[str, Any], None]] = []
_hooked: list[bool] = []


@contextmanager
def calls(see: Callable[[str, Any], None]) -> Iterator[None]:
    """*see* is called before each of Python's own calls (``sys.audit``) with its name and arguments."""
    if not _hooked:
        _hooked.append(True)
        sys.addaudithook(lambda event, args: [see(event, args) for see in tuple(_seen)] and None)
    _seen.append(see)
    try:
        yield
    finally:
        _seen.remove(see)


@contextmanager
def at_the_moment(event: str, do: Callable[[], None], of: str = "") -> Iterator[None]:
    """*do* is called once, right before the call *event* (whose path ends with *of*): after everything that
    was looked at before it."""
    came: list[str] = []

    def see(name: str, args: Any) -> None:
        if name == event and not came and any(str(arg).endswith(of) for arg in args):
            came.append(name)
            do()

    with calls(see):
        yield
    assert came, f"{event} never came"


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("os.remove", {"files": ["nginx/conf.d/sub/shadow"]}),
        ("os.remove", {"inner": ["nginx/conf.d/sub"]}),
        ("os.rmdir", {"folders": ["nginx/conf.d/sub/empty"]}),
        ("shutil.rmtree", {"inner": ["nginx/conf.d/sub"]}),
    ],
)
def test_a_folder_that_is_exchanged_right_before_it_is_emptied(
    there: Place, event: str, what: dict[str, Any]
) -> None:
    sub = there.docker / "nginx/conf.d/sub"
    sub.mkdir(parents=True)
    if event == "os.remove":
        (sub / "shadow").write_text("theirs")
    if event == "shutil.rmtree":
        (sub / "deep").mkdir()
        (sub / "deep/shadow").write_text("theirs")
        (there.etc / "deep").mkdir()
        (there.etc / "deep/shadow").write_text("shadow")
    for folder in (sub, there.etc):
        (folder / "empty").mkdir()
    before = sorted(there.etc.rglob("*"))

    def exchange() -> None:
        sub.rename(there.docker / "nginx/gone")
        sub.symlink_to(there.etc)

    with at_the_moment(event, exchange):
        files_below.remove(LocalHost(kind=DESKTOP), str(there.docker), **what)
    assert sorted(there.etc.rglob("*")) == before


def test_an_installation_s_folders_that_are_exchanged_while_they_are_cleared(there: Place) -> None:
    sub = there.docker / "volumes/app"
    for folder in (sub, there.etc):
        (folder / "deep").mkdir(parents=True)
        for name in ("shadow", "kept", "deep/shadow"):
            (folder / name).write_text("shadow")
    before = sorted(there.etc.rglob("*"))

    def exchange() -> None:
        sub.rename(there.docker / "gone")
        sub.symlink_to(there.etc)

    with at_the_moment("os.remove", exchange):
        remove._clear(there.docker, "volumes/app", ("volumes/app/kept",))
    assert sorted(there.etc.rglob("*")) == before
    assert sorted(p.name for p in (there.docker / "gone").rglob("*")) == ["deep", "kept"]


@pytest.mark.parametrize(
    ("work", "event", "of"),
    [("upload", "open", ".draft"), ("restore", "os.rename", "crontab"), ("backup", "open", "crontab")],
)
def test_python_s_files_stay_where_their_folder_is(there: Place, work: str, event: str, of: str) -> None:
    """The folder is exchanged for a link right before a file is put into it or read from it."""
    host, sub, name = LocalHost(kind=DESKTOP), there.docker / "nginx/conf.d/sub", "nginx/conf.d/sub/crontab"
    sub.mkdir(parents=True)
    (sub / "crontab").write_text("ours")
    if work == "restore":
        there.keep(host, name)

    def exchange() -> None:
        sub.rename(there.docker / "nginx/gone")
        sub.symlink_to(there.etc)

    with at_the_moment(event, exchange, of=of), suppress(InstallError):
        if work == "upload":
            there.upload(host, name)
        elif work == "restore":
            there.put_back(host)
        else:
            there.keep(host, name)
    assert there.outside() == UNTOUCHED
    assert "crontab" not in [p.read_text() for p in there.state.rglob("crontab")]


@pytest.mark.parametrize("work", ["upload", "write"])
def test_a_draft_that_is_exchanged_for_a_link_gives_nothing_else_its_mode(there: Place, work: str) -> None:
    shadow, host = there.etc / "shadow", LocalHost(kind=DESKTOP)
    shadow.chmod(0o600)

    def exchange() -> None:
        for draft in (there.docker / "nginx/ssl").glob(".*.draft"):
            draft.unlink()
            draft.symlink_to(shadow)

    with at_the_moment("os.chmod", exchange):
        if work == "upload":
            there.upload(host, CRT)
        else:
            host.write_file(str(there.docker / CRT), b"new", mode=0o644)
    assert shadow.stat().st_mode & 0o777 == 0o600


def test_a_backup_s_files_are_private_from_their_creation(there: Place) -> None:
    named: list[Path] = []
    with calls(lambda event, args: named.append(Path(str(args[0]))) if event == "os.chmod" else None):
        there.keep(LocalHost(kind=DESKTOP), CRT, KEY)
        there.put_back(LocalHost(kind=DESKTOP))
    assert named, "the modes of descriptors are seen, too"
    assert [path for path in named if path.is_file()] == []
    assert {p.stat().st_mode & 0o777 for p in there.state.rglob("*") if p.is_file()} == {0o600}


@contextmanager
def descriptors(most: int) -> Iterator[None]:
    """So many may be open, as on macOS."""
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("work", ["inner", "empty", "spared"])
def test_folders_nested_deeper_than_descriptors_may_be_open(there: Place, work: str) -> None:
    top = there.docker / "volumes/x"
    deep = Path(top, *["d"] * 600)
    deep.mkdir(parents=True)
    link = deep.parent / "link"
    link.symlink_to(there.etc)
    if work == "empty":
        link.unlink()
    else:
        (deep / "file").write_text("theirs")
    with descriptors(256):
        if work == "inner":
            files_below.remove(LocalHost(kind=DESKTOP), str(there.docker), inner=["volumes/x"])
        elif work == "empty":
            files_below.remove(LocalHost(kind=DESKTOP), str(there.docker), empty_ones=True)
        else:
            remove._clear(there.docker, "volumes/x", ("volumes/x/kept",))
    assert there.outside() == UNTOUCHED
    if work == "spared":
        assert not (deep / "file").exists() and not link.is_symlink()
    elif work == "empty":
        assert not (there.docker / "volumes").exists()
    else:
        assert list(top.iterdir()) == []


@pytest.mark.parametrize("path", ["/etc/shadow", "../etc/shadow", "nginx/../../etc/shadow", "nginx//ssl", ""])
def test_no_path_leads_out(there: Place, host: LocalHost, path: str) -> None:
    with suppress(InstallError):
        files_below.remove(host, str(there.docker), [path], inner=[path], folders=[path])
    with suppress(InstallError):
        there.upload(host, path)
    assert there.outside() == UNTOUCHED and (there.docker / CRT).exists()


@pytest.mark.parametrize("host", ["sh"], indirect=True)
def test_a_name_with_line_feeds_is_no_other_file(there: Place, host: LocalHost) -> None:
    conf = there.docker / "nginx/conf.d"
    for name in ("x\nfile nginx", "x\x0cfile nginx", "x\u2028file nginx"):
        (conf / name / "l").mkdir(parents=True)
        (conf / name / "l/passwd").write_text("")
    data = there.docker / "volumes/app"
    data.mkdir(parents=True)
    (data / "x\nvolumes").mkdir()
    (data / "x\nvolumes/other").write_text("")
    there.state.rename(there.docker.parent / ".dify-installer")
    answers = Answers(target=Target(kind="local", directory=str(there.docker.parent)))
    files, found = data_folder.list_files(host, answers, ())
    assert not [p for p in files if p.startswith("nginx/l/")]
    assert [one.path for one in found] == ["volumes/app"]


@pytest.mark.parametrize(
    ("error", "code", "found"),
    [
        ("find: 'volumes/db/data': Permission denied", 1, ["volumes/app", "volumes/db"]),
        ("find: volumes/app/x: No such file or directory", 1, ["volumes/app"]),
        ("find: './nginx/ssl': Permission denied", 1, None),
        ("find: 'volumes': Permission denied", 1, None),
        ("find: 'volumes/app/x': Input/output error", 1, None),
        ("", 1, None),
        ("", 137, None),
        ("", 0, ["volumes/app"]),
    ],
)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_failed_listing_is_no_empty_one(
    there: Place, shell: str, error: str, code: int, found: list[str] | None
) -> None:
    (there.docker / "volumes/app").mkdir(parents=True)
    (there.docker / "volumes/app/x").write_text("")
    start = "volumes" if "volumes" in error else "."  # of the script's two searches, the one that meets it
    (there.etc / "find").write_text(
        f'#!/bin/sh\n{shutil.which("find")} "$@" || exit\n[ "$1" = {start} ] || exit 0\n'
        f'[ -z "{error}" ] || echo "{error}" >&2\nexit {code}\n'
    )
    (there.etc / "find").chmod(0o755)
    answers = Answers(target=Target(kind="local", directory=str(there.docker.parent)))
    host = Shell(("env", f"PATH={there.etc}:{os.environ['PATH']}", *SHELLS[shell]))
    if found is not None:
        files, data = data_folder.list_files(host, answers, ())
        assert sorted(files) == [CRT, KEY] and [one.path for one in data] == found
        return
    with pytest.raises(InstallError) as caught:
        data_folder.list_files(host, answers, ())
    assert caught.value.code is Code.HOST_PROBE_FAILED


def test_a_folder_that_is_missing_is_empty_and_many_files_are_no_failure(
    there: Place, host: LocalHost
) -> None:
    answers = Answers(target=Target(kind="local", directory=str(there.docker.parent / "none")))
    assert data_folder.list_files(host, answers, ()) == ([], [])
    for number in range(6000):
        (there.docker / f"a file with a name that fills the pipe {number}").touch()
    answers = Answers(target=Target(kind="local", directory=str(there.docker.parent)))
    assert len(data_folder.list_files(host, answers, ())[0]) in (2000, 6002)


@pytest.mark.parametrize("closed", ["volumes/db/data", "nginx/ssl"])
def test_python_tells_a_closed_folder_from_an_empty_one(
    there: Place, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (there.docker / "volumes/db/data").mkdir(parents=True)
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if str(path) == str(there.docker / closed):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    answers = Answers(target=Target(kind="local", directory=str(there.docker.parent)))
    if closed.startswith("volumes/"):
        found = data_folder.list_files(LocalHost(kind=DESKTOP), answers, ())[1]
        assert [one.path for one in found] == ["volumes/db"]
        return
    with pytest.raises(InstallError) as caught:
        data_folder.list_files(LocalHost(kind=DESKTOP), answers, ())
    assert caught.value.code is Code.HOST_PROBE_FAILED


LIVE = "volumes/certbot/conf/live/a.example/fullchain.pem"
ARCHIVE = "volumes/certbot/conf/archive/a.example/fullchain1.pem"


def test_a_file_is_read_through_no_link_but_certbots_own(there: Place, host: LocalHost) -> None:
    def read(path: str) -> bytes | None:
        return files_below.read(host, str(there.docker), path, 3)

    for path in (LIVE, ARCHIVE):
        (there.docker / path).parent.mkdir(parents=True)
    (there.docker / ARCHIVE).write_text("chain")
    assert read(CRT) == b"our" and read("nginx/ssl/none.crt") is None and read("nginx/ssl") is None
    there.link(LIVE, Path("../../archive/a.example/fullchain1.pem"))
    assert read(LIVE) == b"cha"
    for target in (
        there.etc / "shadow",
        there.docker / ARCHIVE,
        Path("../../archive/a.example/../../../../../../etc/shadow"),
        Path("../../archive/a.example/.."),
        Path("../../archive/b.example/fullchain1.pem"),
    ):
        there.link(LIVE, target)
        assert read(LIVE) is None, target
    there.link(KEY, there.etc / "shadow")
    assert read(KEY) is None and read("../etc/shadow") is None
    there.link(LIVE, Path("../../archive/a.example/fullchain1.pem"))
    there.link(ARCHIVE, there.etc / "shadow")
    assert read(LIVE) is None
    (there.docker / ARCHIVE).parent.rename(there.docker / "gone")
    there.link(str(Path(ARCHIVE).parent), there.etc)
    (there.etc / "fullchain1.pem").write_text("theirs")
    assert read(LIVE) is None


def test_what_is_no_regular_file_holds_up_no_reading(there: Place, host: LocalHost) -> None:
    (there.docker / CRT).unlink()
    os.mkfifo(there.docker / CRT)
    there.link(KEY, Path("/dev/zero"))
    assert [files_below.read(host, str(there.docker), path, 3) for path in (CRT, KEY)] == [None, None]
