"""Servers and users for the tests of this folder."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.core.secrets import Secret
from installer.hosts.base import Host
from installer.hosts.local.host import LocalHost
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.login import SshLogin
from tests.ssh.relay import Relay
from tests.ssh.sshd import Sshd, start_sshd

_USABLE = hasattr(os, "geteuid") and os.geteuid() == 0 and Path("/usr/sbin/sshd").exists()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say why nothing here can run."""
    if not _USABLE:
        here = Path(__file__).parent
        for item in items:
            if item.path.parent == here:
                item.add_marker(pytest.mark.skip(reason="needs root and openssh-server"))


@pytest.fixture(autouse=True)
def _no_leaks() -> Iterator[None]:
    """Every thread that a test starts has ended with it."""
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 3
    while time.monotonic() < end and set(threading.enumerate()) - before:
        time.sleep(0.02)
    assert not set(threading.enumerate()) - before


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """The ordinary server."""
    server = start_sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


StartSshd = Callable[..., Sshd]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartSshd]:
    """Start servers with options of their own; they end with the test."""
    with ExitStack() as stack:

        def start(options: Sequence[str] = ()) -> Sshd:
            server = start_sshd(tmp_path / "sshd", options)
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def ssh(sshd: Sshd) -> Iterator[SshHost]:
    """Root on the ordinary server."""
    with SshHost.connect(sshd.login(), sshd.known()) as host:
        yield host


@pytest.fixture(params=["local", "ssh"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each kind of host, for tests of what both promise."""
    if request.param == "ssh":
        yield request.getfixturevalue("ssh")
    else:
        with LocalHost() as local:
            yield local


@pytest.fixture
def relay(sshd: Sshd) -> Iterator[Relay]:
    """A line to the ordinary server that can break."""
    with Relay(sshd.port) as relay:
        yield relay


@dataclass(frozen=True)
class User:
    """A user of this machine, made for the tests."""

    name: str
    password: str

    def login(self, sshd: Sshd, *, sudo: str = "", by_password: bool = False) -> SshLogin:
        """A log-in on *sshd*, with the key unless *by_password*."""
        return SshLogin(
            "127.0.0.1",
            sshd.port,
            self.name,
            identity_file=None if by_password else sshd.identity,
            password=Secret(self.password) if by_password else None,
            sudo_password=Secret(sudo) if sudo else None,
        )


MakeUser = Callable[..., User]
#: of all users of this process: the fixture is made anew where another folder's tests use it, too
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def make_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeUser]:
    """Make users: *shell*, *sudo* = "" | "password" | "nopasswd". They are removed at the end."""
    made: list[User] = []
    sudoers: list[Path] = []

    def make(shell: str = "/bin/sh", sudo: str = "") -> User:
        if not Path(shell).exists():
            pytest.skip(f"no {shell}")
        if sudo and not shutil.which("sudo"):
            pytest.skip("no sudo")
        number = next(_NUMBERS)
        user = User(f"dit{os.getpid()}x{number}", f"pass word-{number}")
        home = tmp_path_factory.mktemp("home")
        subprocess.run(["useradd", "-m", "-d", home / "h", "-s", shell, user.name], check=True)
        made.append(user)
        for folder in (home, *home.parents[:2]):
            folder.chmod(0o755)
        subprocess.run(["chpasswd"], input=f"{user.name}:{user.password}\n", text=True, check=True)
        if sudo:
            path = Path("/etc/sudoers.d", user.name)
            sudoers.append(path)
            path.write_text(f"{user.name} ALL=(ALL) {'NOPASSWD: ' if sudo == 'nopasswd' else ''}ALL\n")
            path.chmod(0o440)
        return user

    yield make
    for path in sudoers:
        path.unlink()
    for user in made:
        subprocess.run(["pkill", "-KILL", "-u", user.name], check=False)
        subprocess.run(["userdel", "-f", user.name], check=True, capture_output=True)
