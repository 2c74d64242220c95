"""Servers of the lab, and the facts that the probe finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from installer.core.secrets import Secret
from installer.facts.gather import gather
from installer.facts.model import Facts
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin
from tests.lab import Server
from tests.lab.fixtures import fresh_server, lab
from tests.lab.names import LOGINS

__all__ = ["fresh_server", "lab"]

DIRECTORY, PROJECT = "/opt/dify", "dify"
FactsOf = Callable[..., Facts]


def log_in(server: Server, folder: Path, user: str = "root") -> SshHost:
    """A connection as *user*, its rights found out."""
    password = Secret(LOGINS[user].password)
    login = SshLogin(
        server.ip,
        port=server.port,
        user=user,
        password=password,
        sudo_password=password,
        expected_host_key=server.host_key_fingerprint(),
    )
    host = SshHost.connect(login, KnownHosts(folder / "known", user_file=folder / "none"))
    host.detect_rights()
    return host


@pytest.fixture
def facts_of(tmp_path: Path) -> Iterator[FactsOf]:
    """``facts_of(server, user)``: the facts as *user* sees them."""
    with ExitStack() as stack:

        def ask(server: Server, user: str = "root", directory: str = DIRECTORY) -> Facts:
            host = stack.enter_context(log_in(server, tmp_path, user))
            return gather(host, directory, PROJECT)

        yield ask
