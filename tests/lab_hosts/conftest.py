"""Servers of the lab in the states that hosters and administrators leave them in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from installer.core.secrets import Secret
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin
from tests.lab import Lab, LabUnavailable, Server
from tests.lab.names import LOGINS

Connect = Callable[..., SshHost]


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The running lab."""
    try:
        return Lab.open()
    except LabUnavailable as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def own_server(lab: Lab) -> Iterator[Server]:
    """A server with Docker, one container (``talker``) and no Dify, for this session only."""
    server = lab.new_server(f"hosts-{os.getpid()}")
    server.run(
        "docker run -d --name talker busybox sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 1; done'"
    )
    yield server
    server.remove()


@pytest.fixture
def variant(lab: Lab) -> Iterator[Callable[..., Server]]:
    """Servers with variants (``tests/lab/variants.py``), removed after the test."""
    with ExitStack() as stack:

        def make(*variants: str, image: str = "vps-bare") -> Server:
            server = lab.new_server(f"hosts-v-{os.getpid()}", list(variants), image)
            stack.callback(server.remove)
            return server

        yield make


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Connect to a server as a user of the lab: by password, sudo with the same unless told otherwise."""
    with ExitStack() as stack:

        def open_host(
            server: Server, user: str = "difyadmin", *, sudo: str | None = None, key: str = "ed25519"
        ) -> SshHost:
            password = LOGINS[user].password
            login = SshLogin(
                server.ip,
                user=user,
                password=Secret(password),
                sudo_password=Secret(password if sudo is None else sudo),
                expected_host_key=server.host_key_fingerprint(key),
            )
            known = KnownHosts(tmp_path / "known", user_file=tmp_path / "none")
            return stack.enter_context(SshHost.connect(login, known))

        yield open_host
