"""sudo as administrators set it up: whose password, which terminal, how often, in which words."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, JobEnd, JobLine, JobSpec, Stage
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.pool import ConnectionPool, Lease
from installer.hosts.ssh.rights import Look, Rights
from tests.ssh.conftest import MakeUser, User
from tests.ssh.sshd import Sshd

Sudoers = Callable[[User, str], None]


@pytest.fixture
def sudoers() -> Iterator[Sudoers]:
    """Further lines of sudoers(5) for one user; ``USER`` in them is their name."""
    files: list[Path] = []

    def write(user: User, lines: str) -> None:
        file = Path("/etc/sudoers.d", f"zz-{user.name}-more")
        file.write_text(lines.replace("USER", user.name) + "\n")
        file.chmod(0o440)
        files.append(file)
        subprocess.run(["visudo", "-cqf", file], check=True)

    yield write
    for file in files:
        file.unlink()


@pytest.fixture
def other(make_user: MakeUser) -> User:
    """Whose password ``runaspw`` asks for."""
    return make_user()


_SETTINGS = (
    "Defaults:USER requiretty",
    "Defaults:USER lecture=always",
    "Defaults:USER timestamp_timeout=0",
    "Defaults:USER passwd_tries=1",
    "Defaults:USER !use_pty",
    "Defaults:USER use_pty, log_output, iolog_dir=/tmp/dify-sudo-io",
    "Defaults:USER insults, pwfeedback",
    'Defaults:USER passprompt="Mot de passe de %p: "',
    "Defaults:USER !env_reset",
)
_STRACE = ("strace", "-f", "-qq", "-s", "200000", "-e", "trace=read,readv,recvfrom", "-e", "signal=none")
_OFTEN = _SETTINGS[:2]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        pytest.param(lines, kind, marks=[] if lines in _OFTEN else [pytest.mark.slow])
        for lines in _SETTINGS
        for kind in ("password", "nopasswd")
    ],
)
def test_settings(
    sshd: Sshd, make_user: MakeUser, sudoers: Sudoers, tmp_path: Path, lines: str, kind: str
) -> None:
    """Rights are found, commands run as root with their three streams and exit code intact."""
    user = make_user(sudo=kind)
    sudoers(user, lines)
    given = user.password if kind == "password" else ""
    with SshHost.connect(user.login(sshd, sudo=given), sshd.known()) as host:
        assert host.detect_rights() is (Rights.SUDO_PASSWORD if given else Rights.SUDO)
        data = bytes(range(256)) * 500
        result = host.run(Command(("sh", "-c", "id -u >&2; cat; exit 3"), stdin=data))
        assert (result.exit_code, result.stdout, result.stderr) == (3, data, b"0\n")
        folder = f"{tmp_path}/job"
        host.start_job(JobSpec("j", folder, "/", (Stage("s", ("sh", "-c", "id -u; sleep 0.3; echo end")),)))
        outputs = list(host.follow_job(folder))
        assert [o.text for o in outputs if isinstance(o, JobLine)] == ["0", "end"]
        assert isinstance(outputs[-1], JobEnd) and outputs[-1].exit_code == 0


@pytest.mark.parametrize("lines", ["", "Defaults:USER passwd_tries=1", "Defaults:USER requiretty"])
def test_wrong_password(sshd: Sshd, make_user: MakeUser, sudoers: Sudoers, lines: str) -> None:
    """Sent once, called wrong."""
    user = make_user(sudo="password")
    sudoers(user, lines)
    with SshHost.connect(user.login(sshd, sudo="wrong-one"), sshd.known()) as host:
        with pytest.raises(InstallError) as caught:
            host.detect_rights()
        assert caught.value.code is Code.SUDO_PASSWORD_WRONG and caught.value.params["owner"] == user.name


@pytest.mark.parametrize("setting", ["targetpw", "rootpw", "runaspw"])
def test_another_users_password(
    sshd: Sshd, make_user: MakeUser, other: User, sudoers: Sudoers, setting: str
) -> None:
    """The error says whose is asked for; that one opens, the user's own does not."""
    user = make_user(sudo="password")
    lines = f"Defaults:USER {setting}\n"
    if setting == "runaspw":  # the runas default stands for root here, whose password the test does not touch
        lines += f"Defaults:USER runas_default={other.name}"
    sudoers(user, lines)
    owner = other.name if setting == "runaspw" else "root"
    for given, code in (("", Code.SUDO_PASSWORD_NEEDED), (user.password, Code.SUDO_PASSWORD_WRONG)):
        with SshHost.connect(user.login(sshd, sudo=given), sshd.known()) as host:
            with pytest.raises(InstallError) as caught:
                host.detect_rights()
            assert caught.value.code is code and caught.value.params["owner"] == owner
    if setting == "runaspw":
        with SshHost.connect(user.login(sshd, sudo=other.password), sshd.known()) as host:
            assert host.detect_rights() is Rights.SUDO_PASSWORD


@pytest.mark.parametrize("lines", ["", "Defaults:USER requiretty", "Defaults:USER lecture=always"])
def test_no_password_reaches_a_sudo_that_needs_none(
    sshd: Sshd, make_user: MakeUser, sudoers: Sudoers, tmp_path: Path, lines: str
) -> None:
    """Everything that sshd's children read is recorded from log-in to the end: the password is not in it."""
    if not shutil.which("strace"):
        pytest.skip("no strace: it is not tested that a needless password stays here")
    user = make_user(sudo="nopasswd")
    sudoers(user, lines)
    trace = tmp_path / "trace"
    tracer = subprocess.Popen(
        [*_STRACE, "-o", trace, "-p", str(sshd.process.pid)],
        stderr=subprocess.PIPE,
    )
    try:
        assert tracer.stderr is not None
        _wait_for_tracer(sshd.process.pid)
        with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
            assert host.detect_rights() is Rights.SUDO
            host.run(Command(("cat",), stdin=b"seen-by-the-trace"))
            host.write_file(f"{tmp_path}/file", b"x" * 5000)
    finally:
        tracer.terminate()
        tracer.communicate()
    seen = trace.read_text(errors="replace")
    assert "seen-by-the-trace" in seen, "the trace saw nothing"
    assert user.password not in seen


def _wait_for_tracer(pid: int) -> None:
    end = time.monotonic() + 10
    while "TracerPid:\t0\n" in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(("kind", "most"), [("nopasswd", 1), ("password", 2), ("", 2)])
def test_rights_cost_few_requests(
    sshd: Sshd, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, kind: str, most: int
) -> None:
    """Two only where a password must be shown to be right (a user whom sudo does not know is asked too)."""
    user = make_user(sudo=kind)
    with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
        opened: list[Lease] = []
        session = ConnectionPool.session

        def counted(pool: ConnectionPool, cancel: CancelToken) -> Lease:
            opened.append(lease := session(pool, cancel))
            return lease

        monkeypatch.setattr(ConnectionPool, "session", counted)
        host.detect_rights()
        assert len(opened) == most


@pytest.mark.parametrize(
    ("groups", "sudo", "command"),
    [
        (("sudo", "docker"), 1, "usermod -aG sudo dify"),
        (("wheel", "docker"), 1, "usermod -aG wheel dify"),
        (("docker",), None, "usermod -aG docker dify"),
        ((), None, "usermod -aG sudo dify || usermod -aG wheel dify"),
    ],
)
def test_what_an_administrator_types(groups: tuple[str, ...], sudo: int | None, command: str) -> None:
    """By what the server has."""
    assert Look("1000", groups=groups, sudo=sudo).admin_command("dify") == command


def test_that_command_helps(sshd: Sshd, make_user: MakeUser) -> None:
    """Run as root there, it gives the rights that were missing."""
    user = make_user()
    with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
        assert host.detect_rights() is Rights.NONE
        command = host.admin_command
    assert command == f"usermod -aG sudo {user.name}"
    subprocess.run(["sh", "-c", command], check=True)
    with SshHost.connect(user.login(sshd, sudo=user.password), sshd.known()) as host:
        assert host.detect_rights() is Rights.SUDO_PASSWORD
