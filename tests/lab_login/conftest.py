"""One server for the whole table: a user for each kind of rights, an sshd for each way to log in."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from installer.core.app_folder import Home
from installer.hosts.ssh.host_keys import KnownHosts
from tests.lab import Lab, Server
from tests.lab.fixtures import lab
from tests.lab_login.keys import KeyRing
from tests.lab_login.rows import SUDO

__all__ = ["lab"]

#: way → its own sshd
PORTS = {"password": 2301, "key": 2302, "prompts": 2303, "second-factor": 2304, "agent-many": 2305}
_LINES = {
    "password": "PasswordAuthentication yes\nPubkeyAuthentication no",
    "key": "PasswordAuthentication no",
    "prompts": "PasswordAuthentication no\nPubkeyAuthentication no\nKbdInteractiveAuthentication yes",
    "second-factor": (
        "PasswordAuthentication no\nPubkeyAuthentication no\nKbdInteractiveAuthentication yes\n"
        "PAMServiceName login-code"
    ),
    "agent-many": "PasswordAuthentication no\nMaxAuthTries 3",
}
_COMMON = """\
Port {port}
PidFile none
UsePAM yes
PermitRootLogin yes
AuthorizedKeysFile /etc/ssh/login-keys
KbdInteractiveAuthentication no
PerSourcePenalties no
MaxStartups 100
LogLevel VERBOSE
"""
_PAM = """\
auth required pam_unix.so
auth required pam_google_authenticator.so secret=/etc/login-codes/${USER} user=root allowed_perm=0600
account required pam_unix.so
session required pam_permit.so
"""
_SUDOERS = """\
u-nopasswd ALL=(ALL) NOPASSWD: ALL
u-asks ALL=(ALL) ALL
u-targetpw ALL=(ALL) ALL
Defaults:u-targetpw targetpw
u-requiretty ALL=(ALL) ALL
Defaults:u-requiretty requiretty
u-lecture ALL=(ALL) ALL
Defaults:u-lecture lecture=always, timestamp_timeout=0, passwd_tries=1
"""
_MODULE = Path("/lib/x86_64-linux-gnu/security/pam_google_authenticator.so")


def user_of(sudo: str) -> str:
    """The server's user with that kind of rights."""
    return "root" if sudo == "root" else f"u-{sudo}"


def password_of(sudo: str) -> str:
    """Their password: everything that quoting, shells and locales trip over."""
    return f" Canary-{sudo} \"q' \\ %s $HOME `id` ü パス! "


@dataclass(frozen=True)
class Site:
    """The server, what may log in there, and a home that knows its host keys."""

    server: Server
    keys: KeyRing
    home: Home

    def new_code(self, user: str) -> str:
        """A one-time code that *user* may use now."""
        code = f"{10_000_000 + time.monotonic_ns() % 89_999_999}"
        text = "\n".join(["JBSWY3DPEHPK3PXPJBSWY3DPEH", '" TOTP_AUTH', code, ""])
        self.server.write(f"/etc/login-codes/{user}", text)
        self.server.run(f"chmod 600 /etc/login-codes/{user}")
        return code


@pytest.fixture(scope="session")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Made once; about ten seconds."""
    folder = tmp_path_factory.mktemp("login")
    keys = KeyRing.make(folder / "keys")
    server = lab.new_server(f"login-{os.getpid()}")
    try:
        _set_up(server, keys)
        home = Home(folder / "home")
        home.make()
        known = KnownHosts(home.known_hosts)
        for port in PORTS.values():
            for address in (server.ip, "127.0.0.1"):
                known.accept(address, port, server.host_key_line())
        yield Site(server, keys, home)
    finally:
        server.remove()


def _set_up(server: Server, keys: KeyRing) -> None:
    for sudo in SUDO:
        if sudo != "root":
            server.run(f"useradd -m -s /bin/bash u-{sudo}")
    server.run("usermod -aG docker u-dockergroup")
    server.run("chpasswd", stdin="".join(f"{user_of(s)}:{password_of(s)}\n" for s in SUDO))
    server.write("/etc/sudoers.d/login", _SUDOERS)
    server.write("/etc/ssh/login-keys", keys.authorized)
    server.write("/etc/pam.d/login-code", _PAM)
    if _MODULE.exists():
        server.write(str(_MODULE), _MODULE.read_bytes())
    server.run("mkdir -m 700 /etc/login-codes; chmod 440 /etc/sudoers.d/login; visudo -cq")
    for way, port in PORTS.items():
        file = f"/etc/ssh/login-{way}.conf"
        server.write(file, f"{_LINES[way]}\n{_COMMON.format(port=port)}")
        server.run(f"/usr/sbin/sshd -f {file}")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An agent, empty."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.01)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield path
    process.terminate()
    process.wait()
