"""The servers that this computer knows."""

from __future__ import annotations

import stat
import sys
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.answers import Target
from installer.appdata.known_servers import NAME, KnownServer, Servers
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError

A = KnownServer(
    id="aa11",
    name="Office",
    target=Target(host="203.0.113.5", port=2222, user="me", identity_file="/k", directory='/srv/"x"'),
    url="https://dify.example.com",
    version="1.10.1",
    seen_at=1_700_000_000.5,
    installing_since=1_700_000_001.0,
    login="key",
)
B = KnownServer("bb22", "", Target(kind="local"), "http://localhost", "", 1_700_000_100.0)


def server(host: str, **changes: object) -> KnownServer:
    made = KnownServer("", "", Target(host=host, user="me"), f"http://{host}", "1.0.0", 1.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_is_remembered_comes_back_newest_first(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    servers = Servers(home)
    assert servers.all() == () and not home.folder.exists()
    assert servers.remember(A) == A
    assert servers.remember(B) == B
    assert Servers(home).all() == (B, A)
    assert servers.installing() == (A,)
    assert [p.name for p in home.folder.iterdir()] == [NAME]
    if sys.platform != "win32":
        assert stat.S_IMODE((home.folder / NAME).stat().st_mode) == 0o600


def test_a_new_server_gets_an_id_and_its_default_name(tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    first = servers.remember(server("a.example.com", url="https://dify.example.com:8443"))
    second = servers.remember(server("b.example.com", url="http://["))
    local = servers.remember(replace(B, id=""))
    assert len(first.id) == 16 and first.id != second.id
    assert (first.name, second.name, local.name) == ("dify.example.com", "b.example.com", "")


@pytest.mark.parametrize(
    "target",
    [
        Target(host="A.example.com.", user="root"),
        Target(host="a.example.com", directory="/opt/dify"),
        Target(host="a.example.com", directory="/opt/dify/", jump="gate"),
    ],
)
def test_a_known_place_keeps_its_id_and_name(tmp_path: Path, target: Target) -> None:
    servers = Servers(Home(tmp_path))
    old = servers.remember(server("a.example.com", name="Mine"))
    new = servers.remember(server("", id="other", target=target, version="2.0.0"))
    assert new == replace(old, target=target, version="2.0.0", url="http://")
    assert servers.all() == (new,)
    assert servers.remember(replace(new, name="Yours")).name == "Yours"


@pytest.mark.parametrize(
    "target",
    [
        Target(host="a.example.com", port=23),
        Target(host="b.example.com"),
        Target(host="a.example.com", directory="/opt/two"),
        Target(kind="local", directory="/opt/dify"),
    ],
)
def test_another_place_is_another_server(tmp_path: Path, target: Target) -> None:
    servers = Servers(Home(tmp_path))
    servers.remember(server("a.example.com"))
    servers.remember(server("x", target=target))
    assert len(servers.all()) == 2


def test_a_server_moves_to_a_known_place(tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    first, second = servers.remember(server("a.example.com")), servers.remember(server("b.example.com"))
    moved = servers.remember(replace(first, target=second.target))
    assert moved.id == first.id and servers.all() == (moved,)


def test_this_computer_is_one_place_whatever_the_port(tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    servers.remember(B)
    assert servers.remember(replace(B, id="x", target=Target(kind="local", port=1))).id == B.id


def test_an_account_that_does_not_exist(tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    strange = servers.remember(replace(B, target=Target(kind="local", directory="~no-such-account/x")))
    assert servers.remember(replace(strange, id="")) == strange


def test_forgetting(tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    servers.forget("nobody")
    assert not list(tmp_path.iterdir())
    servers.remember(A)
    servers.remember(B)
    servers.forget("nobody")
    servers.forget(A.id)
    assert servers.all() == (B,)


@pytest.mark.parametrize(
    "data",
    [
        b"version = 2\n[[server]]\nid = 'x'\n",
        b"version = true\n",
        b"[[server]]\nid = 'x'\n",
        b"version = 1\nserver = 1\n",
        b"version = 1\nserver = ['x']\n",
        b"version = ",
        b"\xff",
        b"a = " + b"[" * 5000,
    ],
)
def test_a_file_that_is_not_understood_is_moved_aside(tmp_path: Path, data: bytes) -> None:
    servers = Servers(Home(tmp_path))
    (tmp_path / NAME).write_bytes(data)
    (tmp_path / f"{NAME}.unreadable-1").write_bytes(b"older")
    assert servers.all() == () and servers.installing() == ()
    servers.forget("x")
    assert (tmp_path / NAME).read_bytes() == data
    servers.remember(A)
    assert servers.all() == (A,)
    assert (tmp_path / f"{NAME}.unreadable-1").read_bytes() == b"older"
    assert (tmp_path / f"{NAME}.unreadable-2").read_bytes() == data


def test_a_file_that_cannot_be_read_stays(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    servers = Servers(Home(tmp_path))
    assert servers.all() == ()
    with pytest.raises(InstallError) as caught:
        servers.remember(A)
    assert (caught.value.code, caught.value.params) == (
        Code.HOST_FILE_FAILED,
        {"path": str(tmp_path / NAME)},
    )
    assert [p.name for p in tmp_path.iterdir()] == [NAME]


def test_what_another_version_wrote_is_kept(tmp_path: Path) -> None:
    more = """
colour = "red"
"two words" = [1, -2.5, true, {a = "b", "c d" = []}]
when = 2026-01-02T03:04:05Z
[server.deep]
x = inf
"""
    strange = """
[[server]]
id = "cc33"
kind = "cluster"
host = "x"
[[server]]
id = "dd44"
host = "x"
port = "22"
[[server]]
host = "no id"
[[server]]
id = "ee55"
"""
    servers = Servers(Home(tmp_path))
    file = tmp_path / NAME
    file.write_text(f'version = 1\n[[server]]\nid = "aa11"\nhost = "a.example.com"{more}{strange}', "utf-8")
    before = tomllib.loads(file.read_text("utf-8"))
    (known,) = servers.all()
    extra = {name: before["server"][0][name] for name in ("colour", "two words", "when", "deep")}
    assert known == KnownServer("aa11", "", Target(host="a.example.com"), "", "", 0.0, extra=extra)
    servers.remember(B)
    servers.remember(server("a.example.com", seen_at=5.0))
    after = tomllib.loads(file.read_text("utf-8"))
    mine = next(e for e in after["server"] if e["id"] == "aa11")
    assert {name: mine[name] for name in extra} == extra
    assert after["server"][2:] == before["server"][1:]
    assert [s.id for s in servers.all()] == [B.id, "aa11"]


def test_odd_times_are_no_times(tmp_path: Path) -> None:
    entry = 'version = 1\n[[server]]\nid = "a"\nhost = "h"\nseen_at = nan\ninstalling_since = '
    for text, since in (("7", 7.0), ("-1", 0.0), ("true", 0.0), ('"x"', 0.0), ("1" * 400, 0.0)):
        (tmp_path / NAME).write_text(entry + text, encoding="utf-8")
        (known,) = Servers(Home(tmp_path)).all()
        assert (known.seen_at, known.installing_since) == (0.0, since)


def test_threads_do_not_lose_each_others_servers(tmp_path: Path) -> None:
    hosts = [f"h{i}" for i in range(12)]
    threads = [threading.Thread(target=Servers(Home(tmp_path)).remember, args=(server(h),)) for h in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {s.target.host for s in Servers(Home(tmp_path)).all()} == set(hosts)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS, host=TEXTS.filter(bool), directory=TEXTS, version=TEXTS, seen=st.floats(0, 1e12))
def test_any_text_survives(
    tmp_path: Path, name: str, host: str, directory: str, version: str, seen: float
) -> None:
    (tmp_path / NAME).unlink(missing_ok=True)
    servers = Servers(Home(tmp_path))
    target = Target(host=host, directory=directory)
    stored = servers.remember(KnownServer("", name, target, "", version, seen))
    assert servers.all() == ((stored,) if target.host else ())
