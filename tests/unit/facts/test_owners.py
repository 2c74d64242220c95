"""Who could change an installation: real folders of several users, asked by every shell and by Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers.model import Target
from installer.apply import trusted
from installer.apply.locked_change import working
from installer.apply.repair import repair
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.finding import Finding
from installer.facts import owners
from installer.facts.desktop import Desktop
from installer.facts.earlier import Earlier, EarlierSearch
from installer.facts.gather import gather, script
from installer.facts.owners import Owners
from installer.facts.parsers import dify
from installer.hosts.base import Command, Result
from installer.hosts.kinds import DESKTOP, LINUX, HostKind
from installer.hosts.local.host import LocalHost
from installer.preflight.owners import judged
from installer.preflight.target_folder import judge_others
from installer.repairs.builders import protect
from installer.repairs.catalogue import Inputs, finished
from tests.shells import SHELLS
from tests.situations import ANSWERS, GOOD, operation

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root gives files to other users"
)

ROOT, ANNA, BEN = 0, 61001, 61002
PASSWD = (
    f"root:x:0:0::/root:/bin/sh\nanna:x:{ANNA}:{ANNA}::/home/anna:/bin/sh\nben:x:{BEN}:{BEN}::/:/bin/sh\n"
)


class Shell(LocalHost):
    """This computer with another ``sh``, other users, and perhaps as one of them."""

    def __init__(
        self, words: tuple[str, ...], *, path: str, uid: int = ROOT, sudo: int | None = None
    ) -> None:
        super().__init__(kind=LINUX)
        self.words, self.path, self.uid, self.sudo = words, path, uid, sudo

    def run(self, command: Command, **how: Any) -> Result:
        if command.argv[0] != "sh" or "dify-owners" not in command.argv:
            return super().run(command, **how)
        env = ["env", f"PATH={self.path}:{os.environ['PATH']}"]
        env += [] if self.sudo is None else [f"SUDO_UID={self.sudo}"]
        switch = ["setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups"]
        argv = (*(switch if self.uid else ()), *env, *self.words, *command.argv[1:])
        return super().run(replace(command, argv=argv), **how)


class Place:
    """A folder that everybody may enter, with a list of users."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.users(f"anna:x:{ANNA}:")
        self.bin.chmod(0o755)

    def users(self, group: str, passwd: str = PASSWD) -> None:
        """What ``getent`` knows."""
        self.bin.mkdir(exist_ok=True)
        (self.bin / "passwd").write_text(passwd)
        (self.bin / "group").write_text(f"root:x:0:\n{group}\n")
        file = self.bin / "getent"
        file.write_text(
            f'#!/bin/sh\nif [ -z "$2" ]; then cat {self.bin}/"$1"; '
            f'else grep "^[^:]*:[^:]*:$2:" {self.bin}/"$1"; fi\n'
        )
        file.chmod(0o755)

    def make(self, path: str, uid: int = ROOT, mode: int = 0o755) -> Path:
        """A folder, or a file where the name has a dot in it."""
        there = self.folder / path
        if "." in there.name[1:] or there.name == ".env":
            there.write_text("x")
        else:
            there.mkdir(parents=True)
        os.chown(there, uid, uid)
        there.chmod(mode)
        return there

    def installed(self, path: str, uid: int = ROOT) -> Path:
        """An installation with what containers have written."""
        folder = self.make(path, uid)
        for name in ("docker", ".dify-installer", "docker/volumes", "docker/volumes/db"):
            self.make(f"{path}/{name}", 999 if name.endswith("db") else uid)
        for name in ("docker/docker-compose.yaml", "docker/.env", ".dify-installer/installation.json"):
            self.make(f"{path}/{name}", uid, 0o600)
        return folder


@pytest.fixture
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(dir="/tmp")).resolve()
    folder.chmod(0o755)
    yield Place(folder)
    shutil.rmtree(folder)


Look = Callable[..., Owners]


@pytest.fixture(params=SHELLS)
def look(request: pytest.FixtureRequest, place: Place) -> Look:
    def asked(folder: Path, **how: Any) -> Owners:
        found = trusted.look(Shell(SHELLS[request.param], path=str(place.bin), **how), str(folder))
        assert found is not None
        return found

    return asked


def codes(found: Owners) -> list[Code]:
    return [problem.code for problem in judged(found, "/x")]


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize("kind", ["first", "moved", "link", "compose", ".env", "state", "record", "parent"])
def test_what_another_user_could_exchange(place: Place, look: Look, kind: str) -> None:
    place.make("data", mode=0o1777)
    folder = place.installed("data/dify")
    assert codes(look(folder)) == []
    named = {
        "first": "data/dify",
        "moved": "data/dify/docker",
        "compose": "data/dify/docker/docker-compose.override.yaml",
        ".env": "data/dify/docker/.env",
        "state": "data/dify/.dify-installer",
        "record": "data/dify/.dify-installer/installation.json",
        "parent": "data",
        "link": "data/link",
    }[kind]
    if kind == "compose":
        place.make(named)
    if kind == "link":
        folder = place.folder / named
        folder.symlink_to(place.folder / "data/dify")
    os.chown(place.folder / named, BEN, BEN, follow_symlinks=False)
    found = look(folder)
    assert [e.path for e in found.others()] == [str(place.folder / named)]
    assert next(iter(judged(found, "/x"))).params["owner"] == "ben"
    assert codes(look(folder, sudo=BEN)) == [], "ben's own, by sudo"


@pytest.mark.parametrize(
    "name", ["data", "data/dify", "data/dify/docker", "data/dify/docker/docker-compose.yaml"]
)
@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_what_others_may_write(place: Place, look: Look, name: str, mode: int) -> None:
    folder = place.installed("data/dify")
    os.chown(place.folder / name, ROOT, 50)
    (place.folder / name).chmod(mode)
    found = look(folder)
    assert codes(found) == [Code.DIRECTORY_OPEN]
    assert [e.path for e in found.open()] == [str(place.folder / name)]


def test_a_sticky_folder_is_fine_above_the_installation_alone(place: Place, look: Look) -> None:
    place.make("data", mode=0o1777)
    folder = place.installed("data/dify")
    assert codes(look(folder)) == []
    folder.chmod(0o1777)
    assert codes(look(folder)) == [Code.DIRECTORY_OPEN]


def test_the_folder_for_a_new_installation(place: Place, look: Look) -> None:
    place.make("data", mode=0o777)
    assert codes(look(place.folder / "data/new/dify")) == [Code.DIRECTORY_OPEN]
    (place.folder / "data").chmod(0o1777)
    assert codes(look(place.folder / "data/new/dify")) == []
    place.make("data/new", BEN)
    assert codes(look(place.folder / "data/new/dify")) == [Code.DIRECTORY_OF_OTHERS]


COMPOSE = """
services:
  nginx:
    volumes:
      - ./nginx/docker-entrypoint.sh:/docker-entrypoint-mount.sh
      - ./nginx/ssl:/etc/ssl # cert dir
      - './later/run.sh:/run.sh'
      - ./volumes/certbot/conf:/etc/letsencrypt
      - ./volumes/certbot/conf/live:/etc/letsencrypt/live
      - ${MYSQL_HOST_VOLUME:-./volumes/mysql/data}:/var/lib/mysql
      - ${DOCKER_VOLUME_DIRECTORY:-.}/volumes/milvus/etcd:/etcd
      - ./vastbase/data:/home/vastbase/data
      - ./volumes/qdrant:/qdrant/storage
"""


def mounting(place: Place, path: str) -> Path:
    """An installation with what Dify's Compose file mounts, containers having written their data."""
    folder = place.installed(path)
    (folder / "docker/docker-compose.yaml").write_text(COMPOSE)
    for name in ("nginx/ssl", "later", "volumes/certbot/conf/live", "volumes/mysql/data", "ssrf_proxy"):
        (folder / "docker" / name).mkdir(parents=True)
    for name in ("volumes/milvus/etcd", "vastbase/data", "volumes/qdrant", "envs/core"):
        (folder / "docker" / name).mkdir(parents=True)
    for name in ("nginx/docker-entrypoint.sh", "nginx/ssl/x.key", "later/run.sh", "envs/core/api.env"):
        (folder / "docker" / name).write_text("x")
    for name in ("mysql/data", "milvus/etcd", "certbot/conf", "certbot/conf/live", "qdrant"):
        os.chown(folder / "docker/volumes" / name, 999, 0)
        (folder / "docker/volumes" / name).chmod(0o777)
    os.chown(folder / "docker/vastbase/data", 1000, 1000)
    return folder


MOUNTED = (
    *("nginx", "nginx/docker-entrypoint.sh", "nginx/ssl", "nginx/ssl/x.key", "ssrf_proxy", "later"),
    *("later/run.sh", "envs/core", "envs/core/api.env", "volumes", "volumes/certbot", "volumes/mysql"),
    *("volumes/milvus", "vastbase"),
)


def test_what_is_mounted_into_containers(place: Place, look: Look) -> None:
    """By exchanging a folder for a link, another user would have any folder mounted."""
    folder = mounting(place, "dify")
    found = look(folder)
    assert codes(found) == [], found
    paths = {str(folder / "docker" / name): folder / "docker" / name for name in MOUNTED}
    for path in paths.values():
        os.chown(path, BEN, BEN)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert {e.path for e in seen.others()} == set(paths) and seen.complete
    for path in paths.values():
        os.chown(path, ROOT, ROOT)
        path.chmod(0o777)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert {e.path for e in seen.open()} == set(paths) and seen.complete


def test_a_mounted_link_is_followed(place: Place, look: Look) -> None:
    folder = mounting(place, "dify")
    place.make("other/ssl")
    (folder / "docker/nginx/ssl/x.key").unlink()
    (folder / "docker/nginx/ssl").rmdir()
    (folder / "docker/nginx/ssl").symlink_to(place.folder / "other/ssl")
    assert codes(look(folder)) == []
    os.chown(place.folder / "other", BEN, BEN)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert [e.path for e in seen.others()] == [str(place.folder / "other")]


OVERRIDE = """
services:
  api:
    volumes:
      - ./extra/start.sh:/start.sh:ro
      - "./my data/inner:/data"
      - type: bind
        source: ./long/data # theirs
        target: /data
      - {type: bind, source: ./flow/data, target: /flow}
      - named:/named
      - SHARED/store/data:/store
      - ./kept:/kept
    # - ./comment/data:/x
    command: ["--url=http://x:/y"]
"""


def overridden(place: Place, file: str = "docker-compose.override.yaml") -> Path:
    """An installation with mounts that a person added, and data that was moved."""
    folder = mounting(place, "dify")
    docker = folder / "docker"
    (docker / file).parent.mkdir(exist_ok=True)
    (docker / file).write_text(OVERRIDE.replace("SHARED", str(place.folder)))
    (docker / ".env").write_text(
        "A=1\nMYSQL_HOST_VOLUME='./moved/mysql'\nexport DOCKER_VOLUME_DIRECTORY=SHARED/disk # x\n".replace(
            "SHARED", str(place.folder)
        )
    )
    for name in ("my data/inner", "long/data", "flow/data", "moved/mysql", "comment/data", "kept"):
        (docker / name).mkdir(parents=True)
        os.chown(docker / name, 999, 999)
    for name in ("store/data", "disk/volumes/milvus/etcd", "mount/db"):
        (place.folder / name).mkdir(parents=True)
        os.chown(place.folder / name, 999, 999)
    (docker / "kept").rmdir()
    (docker / "kept").symlink_to(place.folder / "mount/db")
    (docker / "extra").mkdir()
    (docker / "extra/start.sh").write_text("x")
    return folder


INSIDE = ("my data", "long", "flow", "moved", "extra", "extra/start.sh")
OUTSIDE = ("store", "disk", "disk/volumes", "disk/volumes/milvus", "mount")


def test_what_only_an_override_mounts_and_moved_data(place: Place, look: Look) -> None:
    folder = overridden(place)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert codes(seen) == [], seen
    named = {*(folder / "docker" / name for name in INSIDE), *(place.folder / name for name in OUTSIDE)}
    for path in (*named, folder / "docker/comment"):
        os.chown(path, BEN, BEN)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert {e.path for e in seen.others()} == {str(path) for path in named} and seen.complete


def test_a_compose_file_that_env_names(place: Place, look: Look) -> None:
    folder = overridden(place, "own/more.yaml")
    with (folder / "docker/.env").open("a") as env:
        env.write("COMPOSE_FILE=docker-compose.yaml:own/more.yaml\n")
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert codes(seen) == [], seen
    named = {
        folder / "docker/own/more.yaml",
        folder / "docker/own",
        folder / "docker/long",
        place.folder / "store",
    }
    for path in named:
        os.chown(path, BEN, BEN)
    for seen in (look(folder), owners.local(str(folder)) or Owners()):
        assert {e.path for e in seen.others()} == {str(path) for path in named} and seen.complete


@pytest.mark.parametrize("where", [".dify-installer", "docker/nginx"])
def test_a_name_with_line_feeds_or_too_many(place: Place, look: Look, where: str) -> None:
    folder = mounting(place, "dify")
    for number in range(1005):
        (folder / where / f"f{number}").touch(mode=0o644)
        os.chown(folder / where / f"f{number}", BEN, BEN)
    assert not look(folder).complete
    for number in range(1005):
        (folder / where / f"f{number}").unlink()
    assert look(folder).complete
    (folder / where / "x\nend=0").touch()
    assert not look(folder).complete


@pytest.mark.slow
def test_a_look_that_takes_too_long_is_not_complete(place: Place, look: Look) -> None:
    folder = mounting(place, "dify")
    (place.bin / "find").write_text("#!/bin/sh\nexec sleep 60\n")
    (place.bin / "find").chmod(0o755)
    assert not look(folder).complete


# ---------------------------------------------------------------- no false alarm


def test_a_directory_service_that_does_not_answer(place: Place, look: Look) -> None:
    """``getent`` and ``id`` ask it for users and groups that the computer itself does not have."""
    folder = place.installed("dify")
    for number in range(8):
        os.chown(place.make(f"dify/.dify-installer/{number}.json"), BEN + number, 50)
    for name, real in (("getent", ""), ("id", "case $1 in -u) exec /usr/bin/id -u ;; esac")):
        (place.bin / name).write_text(f"#!/bin/sh\n{real}\nsleep 60\n")
        (place.bin / name).chmod(0o755)
    began = time.monotonic()
    found = look(folder)
    assert time.monotonic() - began < 15, "four seconds for all of them, and what a loaded computer adds"
    assert found.complete and codes(found) == [Code.DIRECTORY_OF_OTHERS], (
        "nobody is trusted for want of an answer"
    )


@pytest.mark.parametrize("how", [{"sudo": ANNA}, {"uid": ANNA}], ids=["sudo", "without"])
def test_ones_own_folder_by_umask_002(place: Place, look: Look, how: dict[str, int]) -> None:
    place.make("home")
    place.make("home/anna", ANNA, 0o750)
    folder = place.installed("home/anna/dify", ANNA)
    for path in (folder, folder / "docker", folder / "docker/docker-compose.yaml"):
        path.chmod(0o775 if path.is_dir() else 0o664)
    assert codes(look(folder, **how)) == []
    for group in (f"anna:x:{ANNA}:ben", f"anna:x:{ANNA}:anna,ben", f"staff:x:{ANNA}:"):
        place.users(group)
        assert codes(look(folder, **how)) == [Code.DIRECTORY_OPEN], group
    place.users(f"anna:x:{ANNA}:anna")
    assert codes(look(folder, **how)) == []
    place.users(f"anna:x:{ANNA}:", PASSWD + f"eve:x:61003:{ANNA}::/:/bin/sh\n")
    assert codes(look(folder, **how)) == [Code.DIRECTORY_OPEN], "another user's first group"


def test_what_containers_own_and_links_of_the_administrator(place: Place, look: Look) -> None:
    folder = place.installed("opt/dify")
    place.make("disk")
    (folder / "docker/.env").unlink()
    (folder / "docker/.env").symlink_to(place.make("disk/env.txt"))
    (place.folder / "here").symlink_to("opt")
    assert codes(look(place.folder / "here/dify")) == []
    os.chown(place.folder / "disk", BEN, BEN)
    assert codes(look(place.folder / "here/dify")) == [Code.DIRECTORY_OF_OTHERS]


# ---------------------------------------------------------------- hostile names


def test_names_that_could_be_lines(place: Place, look: Look) -> None:
    odd = place.make("x\nup=drwxr-xr-x 0 0 \ntrusted=61002\ncomplete=yes", BEN)
    (place.folder / "link").symlink_to(odd)
    found = look(place.folder / "link")
    assert [e.path for e in found.others()] == ["?"] and BEN not in found.trusted
    folder = place.installed("dify")
    place.make("dify/docker/docker-compose.\nat=x.yaml", BEN)
    place.make("dify/docker/docker-compose.*?.yaml")
    assert codes(look(folder)) == [Code.DIRECTORY_UNCHECKED]


def test_links_without_end(place: Place, look: Look) -> None:
    (place.folder / "a").symlink_to(place.folder / "b")
    (place.folder / "b").symlink_to(place.folder / "a")
    found = look(place.folder / "a/dify")
    assert not found.complete and len(found.entries) <= 200
    assert codes(found) == [Code.DIRECTORY_UNCHECKED]


def test_more_files_than_are_listed(place: Place, look: Look) -> None:
    folder = place.installed("dify")
    for number in range(210):
        place.make(f"dify/docker/docker-compose.{number}.yaml")
    assert codes(look(folder)) == [Code.DIRECTORY_UNCHECKED]


def test_long_ways_of_links_come_to_an_end(place: Place, look: Look) -> None:
    place.make("dify")
    for n in range(60):
        (place.folder / f"l{n}").symlink_to("./" * 1900 + (f"l{n + 1}" if n < 59 else "dify"))
    assert not look(place.folder / "l0").complete


def test_what_cannot_be_looked_at_is_not_missing(place: Place, look: Look) -> None:
    path = place.folder / ("x" * 300)  # an error like that of a file system that refuses root
    here = owners.local(str(path))
    assert here is not None and not here.complete
    assert not look(path).complete
    assert look(place.folder / "none").complete


def test_an_owner_who_may_be_root_anyway(place: Place, look: Look) -> None:
    """A second administrator works with what the first one set up in an own folder."""
    folder = place.installed("home", BEN)
    folder.chmod(0o775)  # umask 002, with a private group
    place.users(f"ben:x:{BEN}:")
    assert codes(look(folder))[0] == Code.DIRECTORY_OF_OTHERS
    (place.bin / "id").write_text(
        '#!/bin/sh\nif [ "$1" = -Gn ]; then echo "users docker"; else exec /usr/bin/id "$@"; fi\n'
    )
    (place.bin / "id").chmod(0o755)
    assert codes(look(folder)) == []


def test_half_an_answer_is_none() -> None:
    whole = "up=drwxr-xr-x 0 0 /\ntrusted=0 0 0\n"
    assert owners.parse(whole + "complete=yes") is not None
    for text in (whole, "", "complete=yes", whole + "at=drwx 0 0 /x\ncomplete=yes"):
        assert owners.parse(text) is None


@pytest.mark.parametrize("answer", [Result(0, b"", b""), Result(127, b"", b"no such")])
def test_without_an_answer_nothing_is_changed(answer: Result) -> None:
    class Silent(LocalHost):
        def run(self, command: Command, **how: Any) -> Result:
            return answer

    with pytest.raises(InstallError) as caught:
        trusted.ensure(Silent(kind=LINUX), ANSWERS)
    assert caught.value.code is Code.HOST_PROBE_FAILED


# ---------------------------------------------------------------- by Python, and in the facts


def test_python_finds_the_same(place: Place, look: Look) -> None:
    place.make("data", mode=0o1777)
    folder = place.installed("data/dify")
    os.chown(folder / "docker/.env", BEN, BEN)
    (folder / "docker/docker-compose.yaml").chmod(0o666)
    (place.folder / "link").symlink_to("data/../data/dify")
    for path in (folder, place.folder / "link", place.folder / "none/dify"):
        here, there = owners.local(str(path)), look(path)
        assert here is not None
        for name in ("others", "open"):
            assert getattr(here, name)() == getattr(there, name)()
        assert set(here.entries) == set(there.entries) and here.there == there.there
    (place.folder / "a").symlink_to("a")
    found = owners.local(str(place.folder / "a"))
    assert found is not None and codes(found) == [Code.DIRECTORY_UNCHECKED]


def test_on_windows_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.facts.owners.os.name", "nt")
    assert owners.local("C:/dify") is None


def test_it_is_in_the_facts(place: Place) -> None:
    folder = place.installed("dify")
    os.chown(folder / "docker/.env", BEN, BEN)
    for kind in (LINUX, DESKTOP):
        found = gather(LocalHost(kind=kind), str(folder), "dify").owners
        assert found is not None and [e.path for e in found.others()] == [str(folder / "docker/.env")]


@pytest.mark.parametrize("kind", [LINUX, DESKTOP])
def test_a_dify_that_another_user_could_change_is_not_taken_over(place: Place, kind: HostKind) -> None:
    folder = place.installed("dify")
    (folder / "docker/docker-compose.yaml").write_text("image: langgenius/dify-api:1.0\n")

    def ways() -> dict[Code, list[str]]:
        # what is asked about is found by its files on either way; as another one here, with its owners
        found = (
            described(folder)
            if kind is LINUX
            else gather(LocalHost(kind=DESKTOP), str(folder), "dify").earlier
        )
        facts = replace(
            GOOD, earlier=replace(found, found=tuple(replace(e, selected=False) for e in found.found))
        )
        return {problem.code: [way.id for way in problem.ways] for problem in judge_others(ANSWERS, facts)}

    assert ways() == {Code.DIFY_ELSEWHERE: ["dify.manage", "dify.beside"]}
    os.chown(folder, BEN, BEN)
    assert ways() == {Code.DIFY_OF_OTHERS: ["dify.beside"]}


@pytest.mark.parametrize("system", ["", "Darwin", "Windows"])
def test_an_installation_of_unknown_owners_is_not_offered(system: str) -> None:
    """On Windows, where folders have no owner and mode, they are never known."""
    entry = Earlier("/srv/dify/docker", ours=True)
    facts = replace(
        GOOD, desktop=Desktop(system) if system else None, earlier=EarlierSearch((entry,), complete=True)
    )
    (problem,) = judge_others(ANSWERS, facts)
    assert (problem.code is Code.DIFY_OF_OTHERS) == (system != "Windows")


def test_no_name_of_a_folder_says_whose_it_is(place: Place) -> None:
    folder = place.installed("x\nowner_trusted=61002\nowner_complete=yes\ntrusted=61002\ncomplete=yes")
    os.chown(folder, BEN, BEN)
    (folder / "docker/docker-compose.yaml").write_text("image: langgenius/dify-api:1.0\n")
    (place.folder / "link").symlink_to(folder)
    (entry,) = described(place.folder / "link").found
    assert entry.ours and (entry.owners is None or BEN not in entry.owners.trusted)
    assert entry.owners is None or not entry.owners.safe
    text = script().partition("# In the order of how long they take")[0]
    words = ["sh", "-c", f"{text}\npart_directory", "sh", "MARK", str(folder), "dify"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    assert "trusted=" not in done.stdout and "complete=" not in done.stdout


def test_whether_the_search_ended_is_said_by_the_search(place: Place) -> None:
    block = "dify=/a/docker\nours=yes\nowner_up=drwxr-xr-x 0 0 /\nowner_complete=yes\n"
    search = dify.earlier({"dify": block + "complete=no\n"}, (), "", "")
    assert search.complete is False
    assert dify.earlier({"dify": block}, (), "", "").complete is None
    assert search.found[0].owners is not None and search.found[0].owners.complete


def described(folder: Path) -> EarlierSearch:
    """What the probe says of the Dify in *folder* that its search found."""
    text = script().partition("# In the order of how long they take")[0]
    words = ["sh", "-c", f'{text}\ndescribe "{folder}/docker"', "sh", "MARK", "/none", "dify"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
    return dify.earlier({"dify": done.stdout}, (), "", "")


# ---------------------------------------------------------------- before a change


class Racing(LocalHost):
    """Another user comes right after the first look."""

    def __init__(self, folder: Path, *, kind: HostKind) -> None:
        super().__init__(kind=kind)
        self.folder = folder

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        if not self.folder.exists():
            self.folder.mkdir()
            os.chown(self.folder, BEN, BEN)
        super().make_folder(path, mode=mode)


@pytest.mark.parametrize("kind", [LINUX, DESKTOP])
@pytest.mark.parametrize("what", ["apply", "restart", "remove"])
def test_who_comes_between_look_and_work_is_noticed(place: Place, kind: HostKind, what: str) -> None:
    place.make("data", mode=0o1777)
    folder = place.folder / "data/dify"
    answers = replace(ANSWERS, target=Target(kind="local", directory=str(folder)))
    host = Racing(folder, kind=kind)
    trusted.ensure(host, answers)
    with (
        pytest.raises(InstallError) as caught,
        working(operation(host, answers=answers), what),
    ):
        raise AssertionError("nothing is changed there")
    assert caught.value.code is Code.DIRECTORY_OF_OTHERS
    assert not list((folder / ".dify-installer").iterdir()), "no lock and no notes in it"


class Vanishing(LocalHost):
    """Another user moves the folder away right after it was made, or puts one without our notes there."""

    def __init__(self, folder: Path, kept: tuple[str, ...], *, kind: HostKind) -> None:
        super().__init__(kind=kind)
        self.folder, self.kept = folder, kept

    def make_folder(self, path: str, *, mode: int = 0o755) -> None:
        super().make_folder(path, mode=mode)
        if path.endswith(".dify-installer"):
            shutil.rmtree(self.folder)
            for name in self.kept:
                (self.folder / name).mkdir(parents=True)


@pytest.mark.parametrize("kind", [LINUX, DESKTOP])
@pytest.mark.parametrize("kept", [(), ("docker",), (".dify-installer",)])
def test_what_was_made_must_be_there(place: Place, kind: HostKind, kept: tuple[str, ...]) -> None:
    folder = place.make("data") / "dify"
    answers = replace(ANSWERS, target=Target(kind="local", directory=str(folder)))
    host = Vanishing(folder, kept, kind=kind)
    with (
        pytest.raises(InstallError) as caught,
        working(operation(host, answers=answers), "apply"),
    ):
        raise AssertionError("nothing is changed there")
    assert caught.value.code is Code.HOST_PROBE_FAILED


def test_no_folder_is_made_where_another_user_is(place: Place) -> None:
    folder = place.make("dify", BEN)
    answers = replace(ANSWERS, target=Target(kind="local", directory=str(folder)))
    with (
        pytest.raises(InstallError) as caught,
        working(operation(LocalHost(), answers=answers), "apply"),
    ):
        raise AssertionError("nothing is changed there")
    assert caught.value.code is Code.DIRECTORY_OF_OTHERS and not list(folder.iterdir())


# ---------------------------------------------------------------- the repair


def protected(folder: Path, uid: int = ROOT, seen: Owners | None = None) -> bool:
    """Whether the repair is offered; then it was carried out."""
    found = seen or trusted.look(LocalHost(), str(folder))
    assert found is not None
    answers = replace(ANSWERS, target=Target(kind="local", directory=str(folder)))
    facts = replace(GOOD, owners=found, system=replace(GOOD.system, uid=uid))
    problems = tuple(Finding(problem.code, problem.params) for problem in judged(found, str(folder)))
    draft = protect(Inputs(facts, answers, problems, admin=uid == ROOT))
    if draft is None:
        return False
    repair(LocalHost(), answers, finished("directory.protect", draft), lambda _: None, CancelToken())
    return True


def test_exactly_what_was_found_is_closed(place: Place) -> None:
    folder = mounting(place, "dify")
    mounted = [folder / "docker" / name for name in MOUNTED]
    for path in (folder, folder / "docker/.env", *mounted):
        os.chown(path, BEN, BEN)
    (folder / "docker").chmod(0o777)
    data = (folder / "docker/volumes/db").lstat()
    kept = folder / "docker/docker-compose.yaml"
    before = kept.lstat()
    assert protected(folder)
    assert codes(trusted.look(LocalHost(), str(folder)) or Owners()) == []
    assert (folder / "docker/.env").lstat().st_uid == ROOT and (folder / "docker/.env").read_text() == "x"
    assert (folder / "docker").lstat().st_mode & 0o7777 == 0o755
    assert {path.lstat().st_uid for path in mounted} == {ROOT}
    assert (folder / "docker/volumes/mysql/data").lstat().st_uid == 999
    assert (folder / "docker/volumes/db").lstat().st_uid == data.st_uid == 999
    after = kept.lstat()
    assert (after.st_ino, after.st_uid, after.st_mode) == (before.st_ino, before.st_uid, before.st_mode)
    assert after.st_ctime_ns == before.st_ctime_ns  # nothing was set, not even to the same


def test_a_folder_above_or_a_link_of_another_user_is_left_alone(place: Place) -> None:
    place.make("home", BEN)
    assert not protected(place.installed("home/dify"))
    (place.folder / "link").symlink_to(place.installed("opt"))
    os.chown(place.folder / "link", BEN, BEN, follow_symlinks=False)
    assert not protected(place.folder / "link")
    assert (place.folder / "link").lstat().st_uid == BEN
    folder = place.make("of anna", ANNA, 0o777)
    assert not protected(folder, uid=BEN), "only one's own without root"


def test_the_repair_follows_no_link_that_came_since(place: Place) -> None:
    place.make("data", mode=0o1777)
    folder, shadow = place.installed("data/dify", BEN), place.make("shadow", BEN, 0o777)
    seen = trusted.look(LocalHost(), str(folder))
    folder.rename(place.folder / "data/gone")
    folder.symlink_to(shadow)
    os.chown(folder, BEN, BEN, follow_symlinks=False)
    with pytest.raises(InstallError):
        protected(folder, seen=seen)
    assert (shadow.lstat().st_uid, shadow.lstat().st_mode & 0o7777) == (BEN, 0o777)
