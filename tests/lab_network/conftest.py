"""A server with Docker and the image of Dify's web server, and people who log in there."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from installer.answers import Answers
from installer.answers.model import Ports, Target
from installer.core.errors import Code
from installer.core.secrets import Secret
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin
from installer.network.gather import gather_network
from installer.network.model import NetworkFacts
from installer.preflight.network import judge_network
from installer.release.source import Release
from tests.lab import Lab, LabUnavailable, Server
from tests.lab.names import LOGINS

#: What stands for Docker's own settings in the plan: any image with nginx does.
IMAGE = "nginx:latest"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The running lab."""
    try:
        running = Lab.open()
    except LabUnavailable as exc:
        pytest.skip(str(exc))
    running.calm()
    return running


@dataclass
class Place:
    """A server, somebody logged in there, and the answers that would install Dify on it."""

    lab: Lab
    server: Server
    host: SshHost
    answers: Answers

    def ask(self, *, version: str = "") -> NetworkFacts:
        return gather_network(self.host, self.answers, version=version)

    def codes(self, *, docker: bool = True) -> set[Code]:
        return {problem.code for problem in judge_network(self.ask(), docker=docker)}

    def with_port(self, port: int) -> Answers:
        return replace(self.answers, ports=Ports(http=port))


Make = Callable[..., Place]


def _places(lab: Lab, folder: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(
            *variants: str, user: str = "difyadmin", image: str = "vps", boot: tuple[str, ...] = ()
        ) -> Place:
            server = lab.new_server(f"net-{os.getpid()}-{next(_numbers)}", list(variants), image, boot)
            stack.callback(server.remove)
            if boot and image == "vps":
                server.wait_ready()
            password = Secret(LOGINS[user].password)
            login = SshLogin(
                server.ip,
                user=user,
                password=password,
                sudo_password=password,
                expected_host_key=server.host_key_fingerprint("ed25519"),
            )
            host = SshHost.connect(login, KnownHosts(folder / "known", user_file=folder / "none"))
            stack.callback(host.close)
            host.detect_rights()
            answers = Answers(
                target=Target(host=server.ip, user=user, directory="/opt/dify"),
                release=Release(source=lab.place.release_url),
            )
            return Place(lab, server, host, answers)

        yield make


@pytest.fixture
def place(lab: Lab, tmp_path: Path) -> Iterator[Make]:
    """``place("noforward", boot=("shell text",))``: a new server for one test."""
    yield from _places(lab, tmp_path)


@pytest.fixture(scope="session")
def plain(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One ordinary server for all tests, with the image of Dify's web server."""
    for make in _places(lab, tmp_path_factory.mktemp("net")):
        there = make()
        there.server.run(f"docker pull -q {IMAGE}")
        yield there
