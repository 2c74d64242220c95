"""Keys in an agent: many of them, locked files, and what it costs on a strict server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command
from installer.hosts.ssh.agent import KEYS_PER_CONNECTION, MOST_CONNECTIONS
from installer.hosts.ssh.host import SshHost
from tests.ssh.conftest import MakeUser, StartSshd
from tests.ssh.sshd import Sshd

_ID = Command(("id", "-un"), admin=False)
_MOST = KEYS_PER_CONNECTION * MOST_CONNECTIONS
Agent = Callable[..., None]


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Keys that no server knows."""
    folder = tmp_path_factory.mktemp("strangers")
    for n in range(_MOST + 1):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / f"k{n}"], check=True)
    return [folder / f"k{n}" for n in range(_MOST + 1)]


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    """An agent; ``agent(path, …)`` puts keys into it in that order."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.01)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))

    def add(*keys: Path | str) -> None:
        subprocess.run(["ssh-add", "-q", *keys], check=True)

    yield add
    process.terminate()
    process.wait()


def _log(sshd: Sshd) -> str:
    return (sshd.folder / "sshd.log").read_text()


@pytest.mark.parametrize("tries", [6, 3, 2])
@pytest.mark.parametrize("before", [1, 4])
def test_the_right_key_is_not_the_first(
    start_server: StartSshd, strangers: list[Path], agent: Agent, tries: int, before: int
) -> None:
    """It is found although a strict server hangs up on the way."""
    sshd = start_server([f"MaxAuthTries {tries}", "LogLevel VERBOSE"])
    agent(*strangers[:before], sshd.identity)
    login = replace(sshd.login(), identity_file=None)
    if tries == 2 and before == 4:
        with pytest.raises(InstallError) as caught:  # 2 + 1 + 1 keys are all that is tried
            SshHost.connect(login, sshd.known())
        assert caught.value.code in {Code.SSH_LOGIN_REFUSED, Code.SSH_TOO_MANY_FAILURES}
    else:
        with SshHost.connect(login, sshd.known()) as host:
            assert host.run(_ID).text == "root\n"


def test_there_is_an_end(start_server: StartSshd, strangers: list[Path], agent: Agent) -> None:
    """Twelve keys over three connections, then the error says what to do; the server never hung up."""
    sshd = start_server(["LogLevel VERBOSE"])
    agent(*strangers)
    with pytest.raises(InstallError) as caught:
        SshHost.connect(replace(sshd.login(), identity_file=None), sshd.known())
    assert caught.value.code is Code.SSH_LOGIN_REFUSED
    assert _log(sshd).count("Failed publickey for root") == _MOST
    assert "Too many authentication failures" not in _log(sshd)


def test_password_after_keys(
    start_server: StartSshd, strangers: list[Path], agent: Agent, make_user: MakeUser
) -> None:
    """An agent full of others' keys does not stand in a password's way, not even where tries are few."""
    user = make_user()
    for tries in (6, 3):
        sshd = start_server([f"MaxAuthTries {tries}", "LogLevel VERBOSE"])
        agent(*strangers[:8])
        with SshHost.connect(user.login(sshd, by_password=True), sshd.known()) as host:
            assert host.run(_ID).text.strip() == user.name
        before = _log(sshd).count("Failed password")
        wrong = replace(user.login(sshd, by_password=True), password=Secret("wrong-one"))
        with pytest.raises(InstallError) as caught:
            SshHost.connect(wrong, sshd.known())
        assert caught.value.code is Code.SSH_LOGIN_REFUSED
        assert _log(sshd).count("Failed password") == before + 1


def test_locked_file_whose_key_the_agent_holds(
    start_server: StartSshd, strangers: list[Path], agent: Agent, tmp_path: Path
) -> None:
    """No passphrase is needed and no other key is shown; also when the public half was named."""
    sshd = start_server(["MaxAuthTries 1", "LogLevel VERBOSE"])
    agent(*strangers[:8], sshd.identity)
    locked = tmp_path / "locked"
    locked.write_bytes(Path(sshd.identity).read_bytes())
    locked.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "a phrase", "-f", locked], check=True)
    for path in (locked, Path(f"{sshd.identity}.pub")):
        with SshHost.connect(replace(sshd.login(), identity_file=str(path)), sshd.known()) as host:
            assert host.run(_ID).text == "root\n"
    assert "Failed publickey" not in _log(sshd)
    for path, code in (
        (locked, Code.SSH_PASSPHRASE_NEEDED),
        (Path(f"{sshd.identity}.pub"), Code.SSH_KEY_IS_PUBLIC),
    ):
        subprocess.run(["ssh-add", "-q", "-d", sshd.identity], check=False, capture_output=True)
        with pytest.raises(InstallError) as caught:
            SshHost.connect(replace(sshd.login(), identity_file=str(path)), sshd.known())
        assert caught.value.code is code
        assert os.environ["SSH_AUTH_SOCK"]


# paramiko leaves the socket of a refused connection to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_agent_answers(start_server: StartSshd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket that nobody listens on, as a logged-out desktop leaves it."""
    sshd = start_server()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    with pytest.raises(InstallError) as caught:
        SshHost.connect(replace(sshd.login(), identity_file=None), sshd.known())
    assert caught.value.code is Code.SSH_LOGIN_REFUSED


def test_a_key_that_the_agent_does_not_sign_with_is_passed_over(
    start_server: StartSshd, strangers: list[Path], agent: Agent, make_user: MakeUser
) -> None:
    """One that wants a confirmation nobody gives ends neither the other keys nor the password."""
    sshd = start_server(["LogLevel VERBOSE"])
    agent("-c", strangers[0])
    with pytest.raises(InstallError) as caught:
        SshHost.connect(replace(sshd.login(), identity_file=None), sshd.known())
    assert caught.value.code is Code.SSH_LOGIN_REFUSED and "signing" in caught.value.detail
    user = make_user()
    with SshHost.connect(user.login(sshd, by_password=True), sshd.known()) as host:
        assert host.run(_ID).text.strip() == user.name
    agent(sshd.identity)
    with SshHost.connect(replace(sshd.login(), identity_file=None), sshd.known()) as host:
        assert host.run(_ID).text == "root\n"
