"""This computer's facts without POSIX scripts: the same as the probe's, as far as both can tell."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import socket
import sys
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.resources import read_text
from installer.facts.gather import gather
from installer.facts.local import docker, machine
from installer.facts.local.docker import CONTAINERS, IMAGES, NETWORKS, VERSION, VOLUMES
from installer.facts.local.probe import gather_native
from installer.facts.model import EngineKind, Facts
from installer.facts.network import Listener
from installer.hosts.base import Command
from installer.hosts.kinds import DESKTOP
from installer.hosts.local.host import LocalHost
from tests.fakes.host import Expected, FakeHost, failed, ok

RECORD = {"version": "1.16.1", "project": "dify", "installed": True}
#: A docker that answers as the client does, for a Dify in $PLACE.
DOCKER = r"""#!/bin/sh
case "$1 $2" in
    "--version "*) echo "Docker version 28.5.1, build e180ab8" ;;
    "version "*) printf '%s\n' client=28.5.1 client_api=1.51 server=28.5.1 api=1.51 api_min=1.24 \
            os_type=linux ;;
    "info "*) cat "$PLACE/info.json" ;;
    "ps "*)
        printf '%s\t' "$(printf %064d 7)" dify-api-1 running langgenius/dify-api:1.16.1 dify api \
            "$PLACE/there/docker" "Up 2 hours" "0.0.0.0:8080->80/tcp" False
        printf '%s\n' "$PLACE/there/docker/docker-compose.yaml" ;;
    "images --digests") echo "langgenius/dify-api:1.16.1@sha256:5a" ;;
    "volume "*) printf 'dify_db_data\tdify\tdb_data\n' ;;
    "network ls") echo abc ;;
    "network inspect") printf 'dify_default\tbridge\t172.18.0.0/16 \tdify\n' ;;
    "compose version") echo 2.40.3 ;;
    *) exit 9 ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dify of ours in ``there``, with a docker that knows it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    info = {
        "ServerVersion": "28.5.1",
        "OperatingSystem": "Docker Desktop",
        "OSType": "linux",
        "MemTotal": 8 << 30,
        "NCPU": 4,
        "DockerRootDir": "/var/lib/docker",
        "ClientInfo": {
            "Context": "desktop-linux",
            "Plugins": [{"Name": "compose", "Version": "v2.40.3", "Path": "/x/docker-compose"}],
        },
    }
    (tmp_path / "info.json").write_text(json.dumps(info))
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".docker").mkdir(parents=True)
    (tmp_path / "home" / ".docker" / "config.json").write_text(
        json.dumps(
            {"auths": {"x": {"auth": "c2VjcmV0"}}, "credsStore": "desktop", "currentContext": "own"}, indent=1
        )
    )
    folder = tmp_path / "there"
    for name in (
        "docker/volumes/db/data/pgdata/global",
        "docker/nginx/ssl",
        ".dify-installer/jobs/j1",
        ".dify-installer/jobs/j2",
    ):
        (folder / name).mkdir(parents=True)
    texts = {
        "docker/docker-compose.yaml": "services:\n  api:\n    image: langgenius/dify-api:1.16.1\n",
        "docker/docker-compose.pins.yaml": "# ours\nservices: {}\n",
        "docker/docker-compose.override.yaml": "# ours\nservices:\n  api: {}\n",
        "docker/nginx/ssl/self-signed.crt": "-----BEGIN CERTIFICATE-----\n",
        "docker/nginx/ssl/self-signed.key": "-----BEGIN PRIVATE KEY-----\n",
        "docker/nginx/ssl/dify.key": "a person's own",
        "docker/.env": "COMPOSE_PROJECT_NAME=dify\nSECRET_KEY=s3cr3t = x\n",
        "docker/volumes/db/data/pgdata/PG_VERSION": "15\n",
        "docker/volumes/db/data/pgdata/global/pg_control": "x",
        ".dify-installer/installation.json": json.dumps(RECORD),
        ".dify-installer/lock": '{"owner": "me"}',
        ".dify-installer/jobs/j1/exit": "0\n",
        ".dify-installer/jobs/j2/log": "runs",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    sums = {
        n: hashlib.sha256(texts[f"docker/{n}"].encode()).hexdigest() for n in ("docker-compose.yaml", ".env")
    }
    manifest = "".join(f"{value}  {name}\n" for name, value in sums.items()) + f"{'0' * 64}  gone.yaml\n"
    (folder / ".dify-installer" / "manifest").write_text(manifest)
    return tmp_path


def both(directory: str) -> tuple[Facts, Facts]:
    """By the probe, and by Python."""
    return gather(LocalHost(), directory, "dify"), gather(LocalHost(kind=DESKTOP), directory, "dify")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the probe is for Linux")
def test_the_same_as_the_probe(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        probe, native = both(str(place / "there"))
    for name in ("record", "lock", "env", "files", "containers", "images", "jobs", "pins", "override"):
        assert getattr(probe, name), name
        assert getattr(native, name) == getattr(probe, name), name
    pairs = [facts.self_signed.reveal() for facts in (native, probe) if facts.self_signed]
    assert len(pairs) == 2 and len({pair.strip() for pair in pairs}) == 1
    assert pairs[0].split("\n")[:2] == ["-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"]
    assert not any("a person's own" in repr(dataclasses.asdict(facts)) for facts in (native, probe))
    for name in ("exists", "is_file", "writable", "entries", "docker_entries", "physical"):
        assert getattr(native.directory, name) == getattr(probe.directory, name), name
    for name in ("client", "server", "os_type", "error", "compose"):
        assert getattr(native.docker, name) == getattr(probe.docker, name), name
    for name in ("context", "creds_store", "memory", "cpus", "operating_system"):
        assert getattr(native.engine, name) == getattr(probe.engine, name), name
    assert native.engine.kind is probe.engine.kind is EngineKind.DESKTOP
    assert native.networks.docker == probe.networks.docker
    found = [[dataclasses.replace(e, owners=None) for e in f.earlier.found] for f in (native, probe)]
    assert found[0] == found[1] and len(found[0]) == 1
    # each tells of groups and names what it needs, and both the same of the folders
    there = [{e.owners and frozenset(e.owners.entries) for e in f.earlier.found} for f in (native, probe)]
    assert there[0] == there[1]
    assert native.owners is not None and probe.owners is not None
    assert set(native.owners.entries) == set(probe.owners.entries)
    assert native.earlier.found[0].ours and native.earlier.found[0].selected and native.earlier.found[0].data
    for name in ("hostname", "cpus", "memory", "swap", "user"):
        assert getattr(native.system, name) == getattr(probe.system, name), name
    mine, theirs = ([x for x in f.listeners if x.port == port] for f in (native, probe))
    assert [x.address for x in mine] == [x.address for x in theirs] == ["127.0.0.1"]
    assert mine[0].pid  # ours, or that of a child that is just being started
    assert (native.machine.folder_disk.fs, native.machine.folder_disk.size > 0) == (
        probe.machine.folder_disk.fs,
        True,
    )
    assert native.login.user == probe.login.user and native.login.answered


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the probe is for Linux")
@pytest.mark.parametrize("kind", ["none", "file", "empty", "used"])
def test_other_folders(place: Path, kind: str) -> None:
    folder = place / "other" / "Dify インストール"
    folder.parent.mkdir()
    if kind == "file":
        folder.write_text("x")
    elif kind != "none":
        folder.mkdir()
    if kind == "used":
        (folder / "photo.jpg").touch()
    probe, native = both(str(folder))
    for name in ("exists", "is_file", "writable", "entries", "docker_entries", "physical"):
        assert getattr(native.directory, name) == getattr(probe.directory, name), name
    assert native.record is None and native.env is None and not native.files and not native.jobs
    assert [e.directory for e in native.earlier.found] == [str(place / "there" / "docker")]
    assert not native.earlier.found[0].selected


def test_formats_are_the_probes() -> None:
    text = read_text("scripts/probe/30-docker.sh")
    for known in (VERSION, CONTAINERS, IMAGES, VOLUMES, NETWORKS):
        assert f"'{known}'" in text


# ------------------------------------------------------------------------------ docker


def asked(*answers: Expected) -> docker.Asker:
    return docker.Asker(FakeHost(answers), None)


def client(said: str = "Docker version 28.5.1, build x") -> Expected:
    return Expected(("docker", "--version"), ok(said))


def test_no_engine_leaves_the_client_and_the_reason() -> None:
    answer = failed(
        1, stdout="client=28.5.1\nclient_api=1.51\nserver=", stderr="error during connect:\nno pipe\n"
    )
    lines = (
        asked(client(), Expected(("docker", "version", "--format", VERSION), answer)).version().splitlines()
    )
    assert lines[2:] == [
        "podman=no",
        "client=28.5.1",
        "client_api=1.51",
        "error=error during connect: no pipe",
    ]


def test_no_client_and_podman_in_its_place() -> None:
    assert asked(Expected(("docker", "--version"), failed(127))).version() == ""
    assert asked(client("podman version 5.6.2")).version().splitlines()[2:] == [
        "podman=yes",
        "error=podman version 5.6.2",
    ]


def test_compose_of_before() -> None:
    plugin = Expected(("docker", "compose", "version", "--short"), failed(1))
    alone = Expected(("docker-compose", "version", "--short"), ok("1.29.2\n"))
    assert asked(plugin, alone).compose() == "compose_standalone=1.29.2"


def test_a_docker_that_hangs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "bin" / "docker").write_text(
        '#!/bin/sh\ncase $1 in --version) echo "Docker version 28" ;; *) sleep 60 ;; esac\n'
    )
    monkeypatch.setattr(docker, "SECONDS", 0.5)
    facts = gather_native(LocalHost(kind=DESKTOP), str(place / "there"))
    assert facts.docker.error == "no answer in time" and not facts.containers
    assert facts.record is not None  # the rest is there


def test_cancelled(place: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        gather_native(LocalHost(kind=DESKTOP), str(place / "there"), cancel=token)


def test_the_clients_file_never_travels_whole(place: Path) -> None:
    said = docker.client_file(LocalHost(kind=DESKTOP))
    assert said.splitlines() == ["context=own", "creds_store=desktop"]
    for text in ("", "[]", "{", '{"credsStore": 7}'):
        (place / "home" / ".docker" / "config.json").write_text(text)
        assert docker.client_file(LocalHost(kind=DESKTOP)) == ""


# ------------------------------------------------------------------------------- ports

#: constructed: netstat(1) of macOS; columns as in apple-oss-distributions/network_cmds, inet.c
NETSTAT = """Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.631          *.*                    LISTEN
tcp46      0      0  *.8080                 *.*                    LISTEN
tcp4       0      0  *.80                   *.*                    LISTEN
tcp6       0      0  ::1.631                *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.8021       *.*                    LISTEN
tcp4       0      0  192.168.1.5.50612      17.57.145.5.5223       ESTABLISHED
udp4       0      0  *.5353                 *.*
"""


def test_listeners_of_macos() -> None:
    assert machine.bsd_listeners(NETSTAT) == (
        Listener("127.0.0.1", 631),
        Listener("::", 8080),
        Listener("0.0.0.0", 80),
        Listener("::1", 631, v6_only=True),
        Listener("fe80::1", 8021, v6_only=True),
    )


def test_where_the_list_of_all_sockets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: one's own programs by name, everybody's ports without."""

    def refused(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        table = f"tcp4 0 0 127.0.0.1.{port} *.* LISTEN\ntcp4 0 0 *.80 *.* LISTEN\n"
        monkeypatch.setattr(machine, "_netstat", lambda: table)
        found = machine.listening()
    assert [(x.address, x.pid > 0) for x in found if x.port == port] == [("127.0.0.1", True)]
    assert Listener("0.0.0.0", 80) in found


def test_a_disk_of_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    part = namedtuple("part", "device mountpoint fstype opts")
    parts = [part("C:\\", "/", "NTFS", "rw,fixed"), part("X", str(tmp_path / "else"), "FAT32", "rw")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda *, all: parts)
    disk = machine.disk_of(str(tmp_path / "not" / "there"))
    assert (disk.fs, disk.nearest, disk.device) == ("ntfs", str(tmp_path), "C:\\") and disk.free > 0


def test_names_of_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.mac_ver", lambda: ("15.1", ("", "", ""), "arm64"))
    assert machine.os_name() == "macOS 15.1"
    monkeypatch.setattr("platform.system", lambda: "Windows")
    monkeypatch.setattr("platform.release", lambda: "11")
    assert machine.os_name() == "Windows 11"


def test_commands_are_no_scripts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no ``sh``: nothing may be asked through one."""
    host, seen = LocalHost(kind=DESKTOP), []
    run = LocalHost.run

    def noted(self: LocalHost, command: Command, **options: object) -> object:
        seen.append(command.argv[0])
        return run(self, command, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalHost, "run", noted)
    gather(host, str(place / "there"), "dify")
    assert set(seen) <= {"docker", "docker-compose"}
