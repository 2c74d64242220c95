"""Login shells and start files that are not ours, and sudo in all its moods."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, JobEnd, JobLine, JobSpec, Stage
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.rights import Rights
from tests.ssh.conftest import MakeUser, StartSshd, User
from tests.ssh.sshd import Sshd

_SHELLS = ["/bin/sh", "/bin/bash", "/usr/bin/fish", "/bin/csh", "/usr/bin/tcsh"]


def _host(sshd: Sshd, user: User, sudo: str = "") -> SshHost:
    return SshHost.connect(user.login(sshd, sudo=sudo), sshd.known())


def _home(user: User) -> Path:
    return Path(pwd.getpwnam(user.name).pw_dir)


@pytest.mark.parametrize("shell", _SHELLS)
def test_login_shells(sshd: Sshd, make_user: MakeUser, shell: str) -> None:
    """Arguments, input, exit code and sudo work in each."""
    user = make_user(shell, sudo="password")
    with _host(sshd, user, user.password) as host:
        script = 'printf "%s|" "$@"; cat; exit 4'
        for admin in (False, True):
            command = Command(
                ("sh", "-c", script, "sh", "it's", "a!b", "$HOME `x`"), stdin=b"\0in", admin=admin
            )
            result = host.run(command)
            assert (result.exit_code, result.stdout, result.stderr) == (4, b"it's|a!b|$HOME `x`|\0in", b"")
        assert host.run(Command(("id", "-u"))).text == "0\n"
        assert host.detect_rights() is Rights.SUDO_PASSWORD


def test_noisy_start_files(sshd: Sshd, make_user: MakeUser) -> None:
    """Output on both streams, without a newline at its end, before the command."""
    user = make_user("/bin/bash", sudo="nopasswd")
    (_home(user) / ".bashrc").write_text("echo noise; printf READY-; printf more >&2\n")
    with _host(sshd, user) as host:
        for admin in (False, True):
            result = host.run(Command(("sh", "-c", "echo out; echo err >&2"), admin=admin))
            assert (result.stdout, result.stderr) == (b"out\n", b"err\n")


def test_banner(start_server: StartSshd, tmp_path: Path) -> None:
    """A banner before the log-in is not output."""
    banner = tmp_path / "banner"
    banner.write_text("AUTHORIZED USE ONLY\n" * 50)
    server = start_server([f"Banner {banner}"])
    with SshHost.connect(server.login(), server.known()) as host:
        assert host.run(Command(("echo", "x"))).stdout == b"x\n"


def test_no_shell(sshd: Sshd, make_user: MakeUser) -> None:
    """An account that may log in but run nothing."""
    with _host(sshd, make_user("/usr/sbin/nologin")) as host:
        with pytest.raises(InstallError) as caught:
            host.run(Command(("true",), admin=False))
        assert caught.value.code is Code.HOST_UNSUPPORTED and "not available" in caught.value.detail


def test_sudo_without_a_password_never_receives_one(sshd: Sshd, make_user: MakeUser) -> None:
    """A password is there but not asked for: the command's input is exactly what was given."""
    user = make_user(sudo="nopasswd")
    with _host(sshd, user, user.password) as host:
        assert host.detect_rights() is Rights.SUDO
        assert host.run(Command(("cat",), stdin=b"mine")).stdout == b"mine"
        assert host.run(Command(("cat",))).stdout == b""


def test_sudo_passwords(sshd: Sshd, make_user: MakeUser) -> None:
    """Needed, wrong (once only), right; it shows up nowhere on the machine's process list."""
    user = make_user(sudo="password")
    with _host(sshd, user) as host:
        with pytest.raises(InstallError) as caught:
            host.run(Command(("true",)))
        assert caught.value.code is Code.SUDO_PASSWORD_NEEDED
        with pytest.raises(InstallError) as caught:
            host.detect_rights()
        assert caught.value.code is Code.SUDO_PASSWORD_NEEDED
    with _host(sshd, user, "wrong-one") as host:
        with pytest.raises(InstallError) as caught:
            host.run(Command(("true",), stdin=b"payload"))
        assert caught.value.code is Code.SUDO_PASSWORD_WRONG and "wrong-one" not in str(caught.value)
    with _host(sshd, user, user.password) as host:
        listing = host.run(Command(("sh", "-c", "ps -eo args; cat /proc/[0-9]*/environ"))).text
        assert "ASK-" in listing and user.password not in listing
        assert host.run(Command(("cat",), stdin=b"\0payload")).stdout == b"\0payload"


def test_sudo_not_allowed(sshd: Sshd, make_user: MakeUser) -> None:
    """A user who is in no sudoers file; without elevation plain things work."""
    user = make_user()
    with _host(sshd, user, user.password) as host:
        with pytest.raises(InstallError) as caught:
            host.run(Command(("true",)))
        assert caught.value.code is Code.SUDO_NOT_ALLOWED and "sudoers" in caught.value.detail
        assert host.detect_rights() is Rights.NONE and host.elevation == "none"
        assert host.run(Command(("id", "-un"))).text == f"{user.name}\n"


def test_root_needs_no_sudo(ssh: SshHost) -> None:
    """And is told so."""
    assert ssh.detect_rights() is Rights.ROOT


def test_sudo_for_files_jobs_and_stopping(sshd: Sshd, make_user: MakeUser, tmp_path: Path) -> None:
    """Everything of the contract that needs root works for a user with sudo."""
    tmp_path.chmod(0o700)
    user = make_user("/usr/bin/fish", sudo="password")
    with _host(sshd, user, user.password) as host:
        folder = f"{tmp_path}/opt"
        host.make_folder(folder)
        host.write_file(f"{folder}/file", b"x" * 100_000)
        assert Path(folder, "file").stat().st_uid == 0 and host.read_file(f"{folder}/file") == b"x" * 100_000
        spec = JobSpec(
            "j", f"{folder}/job", folder, (Stage("s", ("sh", "-c", "id -u; sleep 0.5; echo end")),)
        )
        host.start_job(spec)
        outputs = list(host.follow_job(spec.folder))
        assert [o.text for o in outputs if isinstance(o, JobLine)] == ["0", "end"]
        assert isinstance(outputs[-1], JobEnd) and outputs[-1].exit_code == 0
        with pytest.raises(InstallError) as caught:
            host.run(Command(("sh", "-c", f"echo $$ >{folder}/pid; sleep 300")), timeout=1.5)
        assert caught.value.code is Code.HOST_TIMEOUT
        assert not Path("/proc", Path(folder, "pid").read_text().strip()).exists()
