"""A real sshd of our own: temporary folder, free port, own host keys, key log-in as root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_ed25519
HostKey {folder}/host_rsa
HostKey {folder}/host_ecdsa
PidFile none
AuthorizedKeysFile none
AuthorizedKeysCommand /usr/bin/cat {folder}/authorized_keys
AuthorizedKeysCommandUser root
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 100
LogLevel ERROR
"""
#: since 9.8 sshd turns addresses away whose log-ins failed; all our tests come from one
_NO_PENALTIES = "PerSourcePenalties no"


@dataclass
class Sshd:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def identity(self) -> str:
        """A private key that may log in as anybody."""
        return str(self.folder / "identity")

    def host_key(self, kind: str) -> str:
        """``type base64`` of one of its host keys (``ed25519``, ``rsa``, ``ecdsa``)."""
        return " ".join((self.folder / f"host_{kind}.pub").read_text().split()[:2])

    def known(self, *, kind: str = "ed25519", port: int | None = None) -> KnownHosts:
        """A known_hosts file that knows it."""
        known = KnownHosts(self.folder / f"known-{kind}-{port}", user_file=self.folder / "none")
        known.accept("127.0.0.1", port or self.port, self.host_key(kind))
        return known

    def login(self, user: str = "root", *, port: int | None = None) -> SshLogin:
        """A log-in with the key."""
        return SshLogin("127.0.0.1", port or self.port, user, identity_file=self.identity)

    def stop(self) -> None:
        """End it and every session it carries."""
        pids = _descendants(self.process.pid)
        self.process.terminate()
        self.process.wait()
        for pid in pids:
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                continue

    def sessions(self) -> list[int]:
        """Process ids of everything below it."""
        return _descendants(self.process.pid)


def start_sshd(folder: Path, options: Sequence[str] = ()) -> Sshd:
    """Start one with additional lines of sshd_config(5)."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    folder.mkdir(parents=True, exist_ok=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name, kind in (
        ("host_ed25519", "ed25519"),
        ("host_rsa", "rsa"),
        ("host_ecdsa", "ecdsa"),
        ("identity", "ed25519"),
    ):
        if not (folder / name).exists():
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "identity.pub", folder / "authorized_keys")
    (folder / "authorized_keys").chmod(0o644)
    port = free_port()
    text = "\n".join([*options, *_penalties(program)]) + "\n" + _CONFIG.format(port=port, folder=folder)
    config = folder / f"sshd_config-{port}"
    config.write_text(text)
    with (folder / "sshd.log").open("ab") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stderr=log)
    end = time.monotonic() + 10
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            process.wait()
            raise RuntimeError((folder / "sshd.log").read_text())
        time.sleep(0.02)
    return Sshd(folder, port, process)


def _penalties(program: str) -> list[str]:
    """The line, where this sshd knows it."""
    check = subprocess.run([program, "-T", "-o", _NO_PENALTIES], capture_output=True, text=True, check=False)
    return [] if "Bad configuration option" in check.stderr else [_NO_PENALTIES]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = path.read_text(errors="replace").rpartition(")")
        except OSError:
            continue
        parents[int(head.split()[0])] = int(tail.split()[1])
    found, grown = {root}, True
    while grown:
        new = {pid for pid, parent in parents.items() if parent in found} - found
        found |= new
        grown = bool(new)
    return sorted(found - {root})
