"""docker-py over ``docker system dial-stdio``, as root, through sudo, from any login shell, and locally."""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

import docker.errors
import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, Host
from installer.hosts.local.host import LocalHost
from tests.lab import Lab, Server
from tests.lab_hosts.conftest import Connect


@pytest.fixture(params=["root", "difyadmin", "fishy"])
def talker(request: pytest.FixtureRequest, own_server: Server, connect: Connect) -> Host:
    """Whoever reaches the server's Docker, with its container ``talker``."""
    return connect(own_server, request.param)


@pytest.fixture(params=["remote", "local"])
def host(request: pytest.FixtureRequest, own_server: Server, connect: Connect, lab: Lab) -> Host:
    """Both kinds of host with a Docker."""
    return connect(own_server) if request.param == "remote" else LocalHost(f"unix://{lab.place.socket}")


def test_version_and_list(host: Host) -> None:
    """The version is the server's own, in the next block too."""
    for _ in range(2):
        with host.docker() as client:
            assert client.version()["ApiVersion"] == client.api_version
            assert client.containers(all=True)


def test_list_inspect_and_logs(talker: Host) -> None:
    """Ordinary calls, and a stream of logs."""
    with talker.docker() as client:
        assert client.inspect_container("talker")["State"]["Running"]
        start = time.monotonic()
        lines = list(islice(client.logs("talker", stream=True, follow=True, tail=1), 3))
        numbers = [int(line) for line in lines]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        assert 1 < time.monotonic() - start < 8


def test_exec(talker: Host) -> None:
    """Output of an exec whole and streamed, both streams apart, exit code; input through its socket."""
    with talker.docker() as client:
        script = "echo out; echo err >&2; exit 3"
        made = client.exec_create("talker", ["sh", "-c", script])
        assert client.exec_start(made["Id"], demux=True) == (b"out\n", b"err\n")
        assert client.exec_inspect(made["Id"])["ExitCode"] == 3
        for _ in range(20):  # the first output must not get lost beside the headers
            made = client.exec_create("talker", ["echo", "quick"])
            assert b"".join(client.exec_start(made["Id"], stream=True)) == b"quick\n"
        made = client.exec_create("talker", ["cat"], stdin=True, tty=True)
        sock: Any = client.exec_start(made["Id"], socket=True, tty=True)
        sock.sendall(b"hello\n")
        assert sock.recv(100).startswith(b"hello")
        sock.close()


def test_events_end_with_the_block(host: Host) -> None:
    """An endless stream left alone does not keep anything open."""
    with host.docker() as client:
        client.events(decode=True)
    assert host.run(Command(("true",))).exit_code == 0


def test_errors_of_the_engine(host: Host) -> None:
    """Inside the block docker-py's own, outside ours."""
    with host.docker() as client, pytest.raises(docker.errors.NotFound):
        client.inspect_container("no-such-container")
    with pytest.raises(InstallError) as caught, host.docker() as client:
        client.inspect_container("no-such-container")
    assert caught.value.code is Code.DOCKER_API_FAILED and caught.value.params["status"] == "404"


def test_no_dial_stdio_is_left(own_server: Server, connect: Connect) -> None:
    """After many blocks nothing runs on the server."""
    host = connect(own_server)
    for _ in range(15):
        with host.docker() as client:
            client.ping()
            client.containers()
    time.sleep(0.5)
    assert "dial-stdio" not in own_server.run("ps -eo args").stdout


def test_who_may_not(own_server: Server, connect: Connect) -> None:
    """Without elevation a plain user has no rights."""
    host = connect(own_server, "plain")
    host.elevation = "none"
    with pytest.raises(InstallError) as caught, host.docker():
        pass
    assert caught.value.code is Code.DOCKER_NO_RIGHTS
