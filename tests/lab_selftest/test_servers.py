"""Servers: users, keys, variants, reset, power and network; answers files for them."""

from __future__ import annotations

import os
import stat
import time
import tomllib
from pathlib import Path

import pytest

from tests.lab import Lab, Server
from tests.lab.fixtures import NewServer
from tests.lab.names import LOGINS
from tests.lab.procs import run, wait_until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(200)]


def by_password(server: Server, user: str, command: str, port: int = 22) -> tuple[int, str]:
    """Log in with the password, by OpenSSH: (exit code, output). A server that is busy with other tests may
    close a connection before it asked for the password: that is tried again, a refusal is not."""
    options = [
        "-o",
        "LogLevel=ERROR",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-p",
        str(port),
    ]
    options += ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1", "-o", "ConnectTimeout=5"]
    words = ["sshpass", "-p", LOGINS[user].password, "ssh", *options, f"{user}@{server.ip}", command]
    for _ in range(5):
        result = run(words, check=False)
        if result.returncode != 255 or "denied" in result.stderr:
            break
        time.sleep(1)
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("user", list(LOGINS))
def test_every_user_logs_in_by_password_and_key(lab: Lab, user: str) -> None:
    for server in (lab.server("vps"), lab.server("vps-bare")):
        assert by_password(server, user, "whoami", 10022) == (0, f"{user}\n")
        assert server.ssh("whoami", user).stdout == f"{user}\n"


def test_sudo_needs_the_password(lab: Lab) -> None:
    server = lab.server("vps-bare")
    assert server.ssh("sudo -n true", "difyadmin", check=False).returncode
    assert server.ssh("sudo -S -k -p '' id -u", "difyadmin", stdin="adminpw\n").stdout == "0\n"
    assert server.ssh("sudo -S -k -p '' id -u", "plain", stdin="plainpw\n", check=False).returncode


def test_bare_has_no_docker(lab: Lab) -> None:
    for name in ("vps", "vps-bare"):  # other tests leave theirs without Compose, or with Docker
        lab.server(name).reset(keep_images=True)
    assert lab.server("vps-bare").ssh("command -v docker", check=False).returncode
    assert lab.server("vps").ssh("docker compose version --short").stdout.strip()


def test_answers_for_a_server(lab: Lab, tmp_path: Path) -> None:
    answers, secrets = lab.answers("vps", tmp_path)
    target = tomllib.loads(answers.read_text())["target"]
    assert target["host"] == lab.place.vps_ip
    keyscan = run(["ssh-keyscan", "-t", "ed25519", target["host"]]).stdout
    shown = run(["ssh-keygen", "-lf", "-"], stdin=keyscan).stdout
    assert target["host_key"].split(" ")[1] in shown
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert tomllib.loads(secrets.read_text())["ssh"]["password"] == "adminpw"


def test_answers_for_the_lab_s_own_engine(lab: Lab, tmp_path: Path) -> None:
    answers, secrets = lab.answers("local", tmp_path)
    read = tomllib.loads(answers.read_text())
    assert read["target"]["docker"] == lab.place.docker_host
    assert read["site"]["bind"] == "127.0.0.1"
    assert tomllib.loads(secrets.read_text()) == {}
    assert os.environ.get("DOCKER_HOST", "") != lab.place.docker_host


def test_noisy_and_few_sessions(fresh_server: NewServer) -> None:
    server = fresh_server("noisy", "maxsessions=1", "noroot", image="vps-bare")
    assert "NOISE" in server.ssh("true", "difyadmin").stdout
    assert server.ssh("true", "root", check=False).returncode == 255
    assert "maxsessions 1" in server.run("sshd -T").stdout


def test_small_disk(fresh_server: NewServer) -> None:
    server = fresh_server("disk=200M")
    assert int(server.run("df --output=size -m /var/lib/docker | tail -1").stdout) < 200
    assert server.ssh("docker info -f '{{.DockerRootDir}}'").stdout == "/var/lib/docker\n"


def test_own_boot_script(fresh_server: NewServer) -> None:
    server = fresh_server(image="vps-bare", boot=("echo hello >/etc/made-at-boot",))
    assert server.read("/etc/made-at-boot") == b"hello\n"


@pytest.mark.slow
def test_reset_forgets_everything_but_pulled_images(calm: Lab, fresh_server: NewServer) -> None:
    server = fresh_server()
    server.ssh("docker pull -q busybox && docker run -d --name left busybox sleep 1000 && touch /root/left")
    server.reset(keep_images=True)
    assert server.ssh("docker images -q busybox").stdout.strip()
    assert server.ssh("docker ps -aq; ls /root").stdout == ""
    server.reset()
    assert server.ssh("docker images -q").stdout == ""


@pytest.mark.slow
def test_reboot_and_network_cable(fresh_server: NewServer) -> None:
    server = fresh_server(image="vps-bare")
    key = server.host_key_line()
    server.run("touch /root/kept")
    server.restart(0)
    assert server.ssh("ls /root").stdout == "kept\n"
    assert server.host_key_line() == key
    server.disconnect()
    assert server.ssh("true", check=False).returncode == 255
    server.connect()
    assert wait_until(lambda: server.ssh("true", check=False).returncode == 0, 10)
    server.stop(0)
    assert not server.running()
    server.power_on()
    assert server.ssh("ls /root").stdout == "kept\n"
