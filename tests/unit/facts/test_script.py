"""The probe's shell script itself, run here: every shell, missing tools, strange names, secrets that stay."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer.core.resources import FOLDER
from installer.facts.earlier import Earlier
from installer.facts.gather import script
from installer.facts.lines import sections
from installer.facts.model import Facts
from installer.facts.parsers import answer, dify, login, network
from tests.unit.facts.recorded import MARK

SHELLS = [[name] for name in ("dash", "bash", "mksh", "yash", "zsh") if shutil.which(name)]
SHELLS += [["busybox", "sh"]] if shutil.which("busybox") else []
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX shells and /proc")


def run(
    shell: list[str], text: str, *args: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """*text* on the standard input of *shell*, as it comes over a connection."""
    words = [*shell, "-s", "--", MARK, *args]
    return subprocess.run(
        words,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(env or {})},
    )


def asked(shell: list[str], directory: Path, text: str = "", env: dict[str, str] | None = None) -> Facts:
    """The facts of this machine."""
    done = run(shell, text or script(), str(directory), "dify", env=env)
    facts = answer.facts(done.stdout, MARK, str(directory))
    assert facts is not None, done.stderr
    return facts


def parts(call: str) -> str:
    """The script's functions, then *call* in place of the whole."""
    files = sorted((FOLDER / "scripts" / "probe").glob("*.sh"))
    return "".join(path.read_text(encoding="utf-8") for path in files[:-1]) + call


def without(*tools: str) -> str:
    """The whole script on a machine that lacks *tools*."""
    names = "|".join(tools)
    lacks = f'has() {{ case $1 in {names}) return 1 ;; esac; command -v "$1" >/dev/null 2>&1; }}\n'
    first, rest = script().split("# limit SECONDS", 1)
    return f"{first}{lacks}# limit SECONDS{rest}"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_every_shell(shell: list[str], tmp_path: Path) -> None:
    """A whole answer, nothing on standard error but nothing fatal either, nothing left behind."""
    folder = tmp_path / "Dify インストール 'q'"
    (folder / "docker").mkdir(parents=True)
    (folder / "docker" / ".env").write_text("SECRET_KEY=abc\nLAST=no line feed")
    place = tmp_path / "memory"
    place.mkdir()
    facts = asked(shell, folder, script().replace("/dev/shm", str(place)))
    assert facts.system.kernel and facts.system.memory > 0 and facts.system.cpus > 0
    assert facts.env is not None and facts.env.reveal().strip() == "SECRET_KEY=abc\nLAST=no line feed"
    assert facts.directory.exists and facts.directory.docker_entries == (".env",)
    assert facts.machine.folder_disk.free > 0 and facts.machine.folder_disk.fs
    assert facts.machine.kernel.page_size > 0 and facts.machine.clock.now > 0
    assert facts.login.user and facts.login.answered
    assert sorted(path.name for path in folder.rglob("*")) == [".env", "docker"]
    assert list(place.iterdir()) == []


def test_the_same_with_hardly_any_tools(tmp_path: Path) -> None:
    """Without timeout, ss, systemd's and the package manager's programs the rest is still there."""
    text = without(
        "timeout", "ss", "systemctl", "systemd-detect-virt", "dpkg-query", "rpm", "iptables", "nft"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        facts = asked(SHELLS[0], tmp_path / "none", text)
    mine = [x for x in facts.listeners if x.port == port]
    assert [(x.address, x.pid) for x in mine] == [("127.0.0.1", os.getpid())]
    assert facts.packages.installed is None and facts.firewall.iptables == "missing"
    assert not facts.directory.exists and facts.system.os_id


def test_no_place_for_files(tmp_path: Path) -> None:
    """Where nothing can be written at all (or mktemp is missing), parts run one after the other."""
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "mktemp").write_text("#!/bin/sh\nexit 1\n")
    (bare / "mktemp").chmod(0o755)
    facts = asked(SHELLS[0], tmp_path / "none", env={"PATH": f"{bare}:{os.environ['PATH']}"})
    assert facts.system.os_id and facts.listeners is not None and facts.login.user


def test_client_configuration_stays(tmp_path: Path) -> None:
    """Of the client's configuration only the two harmless names travel."""
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(
        '{\n"auths": {"ghcr.io": {"auth": "bXk6c2VjcmV0"}},\n'
        '"credsStore": "secretservice",\n"currentContext": "far"\n}'
    )
    done = run(SHELLS[0], script(), "/none", "dify", env={"HOME": str(tmp_path)})
    assert "bXk6c2VjcmV0" not in done.stdout
    assert "creds_store=secretservice" in done.stdout and "context=far" in done.stdout


@pytest.mark.parametrize(
    ("said", "path", "error"),
    [
        ("echo 'podman version 4.9.4'; exit 0 # podman", True, "podman"),
        ("echo 'Cannot connect to the Docker daemon' >&2; exit 1", True, "Cannot connect"),
        ("echo 'WARNING: noise' >&2; echo '{{'; exit 125", True, "noise"),
    ],
)
def test_a_docker_that_is_none(tmp_path: Path, said: str, path: bool, error: str) -> None:
    """What is called docker may say anything."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    facts = asked(SHELLS[0], tmp_path / "none", env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert bool(facts.docker.path) is path and error in facts.docker.error and not facts.docker.server
    assert not facts.containers and not facts.images


@pytest.mark.slow
@pytest.mark.parametrize("said", ["exec sleep 300", "trap '' TERM\nwhile :; do sleep 1; done"])
def test_a_docker_that_hangs(tmp_path: Path, said: str) -> None:
    """It does not hold up the rest for more than its limits, also when it cannot be asked to end."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    facts = asked(SHELLS[0], tmp_path / "none", env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert facts.docker.path and not facts.docker.server and facts.system.os_id


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS, ids=lambda words: words[0])
def test_a_part_that_nobody_can_end(shell: list[str]) -> None:
    """Others that came later are shown all the same, and the answer ends."""
    text = parts(
        "stuck() { echo half; sleep 300; }\nquick() { echo done; }\n"
        "go one stuck; go two stuck; go three quick\ncollect 1\nfor x in one two three; do show $x; done\n"
    )
    done = run(shell, text, "/none", "dify")
    found = {name: body.strip() for name, body in sections(done.stdout, MARK).items()}
    assert found == {"one": "half", "two": "half", "three": "done"}


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_the_login_shell(tmp_path: Path, shell: str) -> None:
    """Only harmless variables, and a program that its start files leave behind does not hold it up."""
    (tmp_path / ".profile").write_text(
        "sleep 7 &\nexport DOCKER_HOST=tcp://me:pass@10.0.0.1:2375\n"
        "export DOCKER_TOKEN=hidden SECRET=hidden\n"
        "export http_proxy=http://proxy:3128\n# export COMPOSE_FILE=/x\necho welcome\n"
    )
    program = shutil.which(shell)
    call = (
        f"login_home='{tmp_path}' login_shell={program} login_uid=$me login=$(id -un)\n"
        "part_login | grep -v '^session'\n"
    )
    started = time.monotonic()
    done = run(SHELLS[0], parts(call), "/none", "dify")
    found = login.login(done.stdout)
    assert found.variables == {"DOCKER_HOST": "tcp://***@10.0.0.1:2375", "http_proxy": "http://proxy:3128"}
    assert found.sources == (f"{tmp_path}/.profile",) and found.answered
    assert "hidden" not in done.stdout
    assert time.monotonic() - started < 7


def _dify(folder: Path, *, data: bool) -> Path:
    docker = folder / "docker"
    pgdata = docker / "volumes" / "db" / "data" / "pgdata"
    pgdata.mkdir(parents=True)
    image = "    image: 'langgenius/dify-api:1.4.3'\n"
    (docker / "docker-compose.yaml").write_text(f"services:\n  api:\n{image}  web:\n    image: other\n")
    (docker / ".env").write_text("A=1\nCOMPOSE_PROJECT_NAME=mine\n")
    if data:
        (pgdata / "PG_VERSION").write_text("15\n")
        (pgdata / "global").mkdir()
        (pgdata / "global" / "pg_control").write_text("")
        for path in (pgdata, pgdata / "global" / "pg_control"):
            os.utime(path, (1_700_000_000, 1_700_000_000))
    return docker


@pytest.mark.parametrize("data", [True, False])
def test_an_earlier_dify(tmp_path: Path, data: bool) -> None:
    """Version, project, data and its age; a path with blanks and Japanese."""
    docker = _dify(tmp_path / "元の dify", data=data)
    done = run(SHELLS[0], parts(f"describe '{docker}'\n"), "/none", "dify")
    (entry,) = dify.earlier({"dify": done.stdout}, (), "/opt/dify/docker", "").found
    assert entry == Earlier(
        directory=str(docker),
        project="mine",
        version="1.4.3",
        env=True,
        data=data,
        data_changed=1_700_000_000.0 if data else 0.0,
        by_files=True,
    )


def test_masked() -> None:
    """No password in an address leaves the machine."""
    text = 'proxy=apt Acquire::http::Proxy "http://me:p@s3cret@proxy:8080/";\nDOCKER_HOST=ssh://a@b:22\nHTTP_PROXY=me:s3cret@p:3'
    done = run(SHELLS[0], parts(f"masked <<'END'\n{text}\nEND\n"), "/none", "dify")
    assert "s3cret" not in done.stdout and "p@" not in done.stdout
    assert (
        "HTTP_PROXY=***@p:3" in done.stdout
        and "ssh://***@b:22" in done.stdout
        and "http://***@proxy:8080/" in done.stdout
    )


def test_every_part_is_shown() -> None:
    """What is begun is also shown, and the parsers know no section that nobody writes."""
    done = run(SHELLS[0], script(), "/none", "dify")
    found = sections(done.stdout, MARK)
    begun = {line.split()[1] for line in script().split("\n") if line.startswith("go ")}
    assert begun <= set(found)
    assert network.listeners(found["listeners"])
