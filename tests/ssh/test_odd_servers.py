"""Servers, accounts and lines as they are found: nothing here may keep a person from their server."""

from __future__ import annotations

import json
import pwd
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.core.secrets import Secret
from installer.hosts.base import Command, JobEnd, JobLine, JobSpec, Stage
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.rights import Rights
from tests.ssh.conftest import MakeUser, StartSshd, User
from tests.ssh.sshd import Sshd, free_port

_ROOT = Path(__file__).resolve().parents[2]


def _home(user: User) -> Path:
    return Path(pwd.getpwnam(user.name).pw_dir)


def _works(host: SshHost, folder: str, *, admin: bool = True) -> None:
    """Commands, files and jobs, with exact output."""
    data = bytes(range(256)) * 300
    result = host.run(Command(("sh", "-c", "cat; echo err >&2; exit 5"), stdin=data, admin=admin))
    assert (result.exit_code, result.stdout, result.stderr) == (5, data, b"err\n")
    host.make_folder(folder)
    host.write_file(f"{folder}/file", data, mode=0o640)
    assert host.read_file(f"{folder}/file") == data
    host.start_job(JobSpec("j", f"{folder}/job", folder, (Stage("s", ("sh", "-c", "echo one; echo two")),)))
    outputs = list(host.follow_job(f"{folder}/job"))
    assert [o.text for o in outputs if isinstance(o, JobLine)] == ["one", "two"]
    assert isinstance(outputs[-1], JobEnd) and outputs[-1].exit_code == 0


_SETTINGS = (
    ["PermitTTY no"],
    ["SetEnv LC_ALL=xx_NO.UTF-8 LANG=ja_JP.UTF-8 LANGUAGE=ja"],
    ['ForceCommand /bin/sh -c "$SSH_ORIGINAL_COMMAND"'],
    ["DisableForwarding yes", "MaxSessions 1", "PermitTTY no"],
    ["UseDNS yes", "PrintMotd yes", "PrintLastLog yes"],
    ["Compression yes"],
    ["Ciphers aes128-ctr", "MACs hmac-sha2-256", "KexAlgorithms diffie-hellman-group14-sha256"],
)
_OFTEN = ((0, "requiretty"), (1, "password"), (2, "password"), (3, "requiretty"))


@pytest.mark.parametrize(
    ("options", "sudo"),
    [
        pytest.param(
            options,
            sudo,
            id=f"{options[0].split()[0]}-{sudo}",
            marks=[] if (n, sudo) in _OFTEN else [pytest.mark.slow],
        )
        for n, options in enumerate(_SETTINGS)
        for sudo in ("password", "requiretty")
    ],
)
def test_settings_of_sshd(
    start_server: StartSshd, make_user: MakeUser, tmp_path: Path, options: list[str], sudo: str
) -> None:
    """What administrators set, also together with a sudo that wants a terminal."""
    sshd = start_server(options)
    user = make_user("/bin/bash", sudo="password")
    if sudo == "requiretty":
        with Path("/etc/sudoers.d", user.name).open("a") as file:
            file.write(f"Defaults:{user.name} requiretty\n")
    with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
        assert host.detect_rights() is Rights.SUDO_PASSWORD
        _works(host, f"{tmp_path}/made")


@pytest.mark.parametrize("what", ["rc", "umask", "no home", "read-only home", "aliases", "exit"])
def test_accounts(sshd: Sshd, make_user: MakeUser, tmp_path: Path, what: str) -> None:
    """Start files that talk, mask, redefine; homes that are gone or closed."""
    user = make_user("/bin/bash", sudo="password")
    home = _home(user)
    if what == "rc":
        (home / ".ssh").mkdir()
        (home / ".ssh" / "rc").write_text("echo rc talks; echo rc talks >&2\n")
    elif what == "umask":
        (home / ".bashrc").write_text("umask 077\n")
    elif what == "no home":
        subprocess.run(["rm", "-rf", home], check=True)
    elif what == "read-only home":
        home.chmod(0o555)
    elif what == "aliases":
        (home / ".bashrc").write_text("alias sh='echo no'; sh() { echo no; }; PATH=/nowhere\n")
    else:
        (home / ".bashrc").write_text("case $- in *i*) ;; *) return;; esac\necho never\n")
    with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
        assert host.detect_rights() is Rights.SUDO_PASSWORD
        folder = tmp_path / "made"
        _works(host, str(folder))
        assert folder.stat().st_mode & 0o777 == 0o755
        assert (folder / "file").stat().st_mode & 0o777 == 0o640


_PASSWORDS = (
    " blanks at both ends ",
    "quotes ' \" ` and \\backslashes\\",
    "$HOME $(id) %s %d ! # ~ * ? [a] {b} | & ; < >",
    "ASK- READY- ünïcödé パスワード 🔑",
    "x" * 200,
    "-k --help",
    "\ttab\x7f\x1b[31m",
)


@pytest.mark.parametrize("password", _PASSWORDS, ids=range(len(_PASSWORDS)))
def test_passwords(sshd: Sshd, make_user: MakeUser, password: str) -> None:
    """Any character, at the log-in and for sudo."""
    user = make_user(sudo="password")
    subprocess.run(["chpasswd"], input=f"{user.name}:{password}\n".encode(), check=True)
    login = replace(
        user.login(sshd, by_password=True), password=Secret(password), sudo_password=Secret(password)
    )
    with SshHost.connect(login, sshd.known()) as host:
        assert host.detect_rights() is Rights.SUDO_PASSWORD
        assert host.run(Command(("cat",), stdin=b"in")).stdout == b"in"


def test_ipv6(start_server: StartSshd, tmp_path: Path) -> None:
    """By address, also as a jump host; known_hosts names it in brackets."""
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 here")
    sshd = start_server(["ListenAddress ::1"])
    known = KnownHosts(tmp_path / "known", user_file=tmp_path / "none")
    known.accept("::1", sshd.port, sshd.host_key("ed25519"))
    assert known.path.read_text().startswith(f"[::1]:{sshd.port} ")
    for login in (
        replace(sshd.login(), host="::1"),
        replace(sshd.login(), host="::1", jump=f"[::1]:{sshd.port}"),
    ):
        with SshHost.connect(login, known) as host:
            assert host.run(Command(("sh", "-c", "echo $SSH_CONNECTION"))).text.split()[2] == "::1"


@pytest.fixture
def line(sshd: Sshd) -> Iterator[tuple[int, int]]:
    """The lab's bad line to the ordinary server: its port, and that of its switch."""
    port, admin = free_port(), free_port()
    words = [sys.executable, "-m", "tests.lab.line_proxy", str(port), "127.0.0.1", str(sshd.port), str(admin)]
    process = subprocess.Popen(words, cwd=_ROOT)
    end = time.monotonic() + 10
    while True:
        try:
            _switch(admin)
            break
        except OSError:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
    yield port, admin
    process.terminate()
    process.wait()


def _switch(admin: int, method: str = "POST", **faults: object) -> None:
    data = json.dumps(faults).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{admin}/", data=data, method=method)
    with urllib.request.urlopen(request, timeout=2):
        pass


def test_slow_line(sshd: Sshd, line: tuple[int, int], make_user: MakeUser, tmp_path: Path) -> None:
    """300 ms there and back: everything works, and the log-in with its rights takes few round trips."""
    port, admin = line
    _switch(admin, rtt_ms=300)
    user = make_user(sudo="password")
    start = time.monotonic()
    login = replace(user.login(sshd, sudo=user.password), port=port)
    with SshHost.connect(login, sshd.known(port=port)) as host:
        assert host.detect_rights() is Rights.SUDO_PASSWORD
        seconds = time.monotonic() - start
        _works(host, f"{tmp_path}/made")
    assert seconds < 0.3 * 50  # a log-in alone takes about ten round trips


def test_flaky_line(sshd: Sshd, line: tuple[int, int], tmp_path: Path) -> None:
    """Narrow, slow, and reset every two seconds: a job's log arrives whole and once."""
    port, admin = line
    stop = threading.Event()

    def cut() -> None:
        for _ in range(3):
            if stop.wait(2):
                return
            _switch(admin, method="PATCH", cut=True)

    with SshHost.connect(replace(sshd.login(), port=port), sshd.known(port=port)) as host:
        script = "for i in $(seq 300); do echo line $i of a log that has some length; sleep 0.01; done"
        spec = JobSpec("j", f"{tmp_path}/job", "/", (Stage("s", ("sh", "-c", script)),))
        host.start_job(spec)
        _switch(admin, rtt_ms=60, bps=30_000)
        cutter = threading.Thread(target=cut)
        cutter.start()
        try:
            outputs = list(host.follow_job(spec.folder))
        finally:
            stop.set()
            cutter.join()
    lines = [o.text.split()[1] for o in outputs if isinstance(o, JobLine)]
    assert lines == [str(n) for n in range(1, 301)]
    assert isinstance(outputs[-1], JobEnd) and outputs[-1].exit_code == 0
