"""Servers that ask: second factors, expired passwords, through PAM as it really is."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, Target
from installer.connect import connect, look_at_door
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command
from installer.hosts.dialogue import Question
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin
from tests.ssh.conftest import MakeUser, StartSshd, User
from tests.ssh.sshd import Sshd, start_sshd

_ID = Command(("id", "-un"), admin=False)
_PAM = "/lib/x86_64-linux-gnu/security", "/usr/lib64/security", "/lib/security"
_ONE_TIME = Path("pam_google_authenticator.so")
_STACK = """\
auth required pam_unix.so
{second}
account required pam_unix.so
password required pam_unix.so
session required pam_permit.so
"""


def _second_factor(folder: Path) -> str:
    """A line of PAM for one-time codes; the codes of a user are in a file of *folder*."""
    for place in (*_PAM, f"/lib/{os.uname().machine}-linux-gnu/security"):
        if (Path(place) / _ONE_TIME).exists():
            return f"auth required {_ONE_TIME} secret={folder}/${{USER}} user=root allowed_perm=0600"
    if os.environ.get("CI"):
        pytest.fail("libpam-google-authenticator is missing")
    pytest.skip("no libpam-google-authenticator")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Sshd]]:
    """Servers with PAM: ``asking("unix" | "code", "kbd" | "password" | "both" | "key+code")``."""
    started: dict[tuple[str, str], Sshd] = {}
    files: list[Path] = []
    ways = {
        "kbd": ["PasswordAuthentication no", "KbdInteractiveAuthentication yes"],
        "password": ["PasswordAuthentication yes", "KbdInteractiveAuthentication no"],
        "both": ["PasswordAuthentication yes", "KbdInteractiveAuthentication yes"],
        "key+code": [
            "KbdInteractiveAuthentication yes",
            "AuthenticationMethods publickey,keyboard-interactive",
        ],
    }

    def server(stack: str, way: str) -> Sshd:
        if (stack, way) not in started:
            folder = tmp_path_factory.mktemp("asking")
            name = f"dify-test-{os.getpid()}-{len(started)}"
            second = _second_factor(folder) if stack == "code" else ""
            file = Path("/etc/pam.d", name)
            files.append(file)
            file.write_text(_STACK.format(second=second))
            options = ["UsePAM yes", f"PAMServiceName {name}", *ways[way]]
            started[stack, way] = start_sshd(folder, options)
        return started[stack, way]

    yield server
    for sshd in started.values():
        sshd.stop()
    for file in files:
        file.unlink()


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


class Person:
    """Answers by what the prompt says; notes every question."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.questions: list[Question] = []
        self.threads: set[threading.Thread] = set()

    def __call__(self, question: Question) -> tuple[Secret, ...] | None:
        self.questions.append(question)
        self.threads.add(threading.current_thread())
        found = []
        for prompt in question.prompts:
            word = next((w for w in self.answers if w in prompt.text.lower()), None)
            if word is None:
                return None
            found.append(Secret(self.answers[word]))
        return tuple(found)


def _codes(sshd: Sshd, user: User, *codes: str) -> None:
    """What *user* may use once."""
    file = sshd.folder / user.name
    file.write_text("\n".join(["JBSWY3DPEHPK3PXPJBSWY3DPEH", '" TOTP_AUTH', *codes]) + "\n")
    file.chmod(0o600)


def _log_in(sshd: Sshd, login: SshLogin, person: Person | None = None, **more: object) -> str:
    with SshHost.connect(login, sshd.known(), ask=person, **more) as host:  # type: ignore[arg-type]
        return host.run(_ID).text.strip()


def test_password_by_prompt(asking: Callable[[str, str], Sshd], make_user: MakeUser) -> None:
    """Nobody is asked for what was given; a wrong one is sent once, by whichever way."""
    user = make_user()
    for way in ("kbd", "password", "both"):
        sshd = asking("unix", way)
        person = Person()
        login = user.login(sshd, by_password=True)
        assert _log_in(sshd, login, person) == user.name and person.questions == []
        log = sshd.folder / "sshd.log"
        before = log.read_text()
        with pytest.raises(InstallError) as caught:
            _log_in(sshd, replace(login, password=Secret("wrong-one")), person)
        assert caught.value.code is Code.SSH_LOGIN_REFUSED
        said = log.read_text()[len(before) :]
        assert said.count("Authentication failure") + said.count("Failed password") <= 2
        assert person.questions == []


def test_no_password_given(asking: Callable[[str, str], Sshd], make_user: MakeUser) -> None:
    """Then the person is asked for it, in the thread that logs in."""
    user = make_user()
    sshd = asking("unix", "kbd")
    person = Person(password=user.password)
    login = replace(user.login(sshd, by_password=True), password=None)
    assert _log_in(sshd, login, person) == user.name
    (question,) = person.questions
    assert question.kind == "factor" and not question.prompts[0].echo
    assert (question.host, question.user) == ("127.0.0.1", user.name)
    assert person.threads == {threading.current_thread()}


def test_second_factor(asking: Callable[[str, str], Sshd], make_user: MakeUser) -> None:
    """Only the code is asked for, once for a connection; the password is never sent as a code."""
    user = make_user()
    sshd = asking("code", "kbd")
    _codes(sshd, user, "11112222", "33334444")
    login = user.login(sshd, by_password=True)
    person = Person(code="11112222")
    with SshHost.connect(login, sshd.known(), ask=person) as host:
        leases = [host._pool.session(CancelToken()) for _ in range(6)]  # one connection carries them all
        for lease in leases:
            lease.close()
        assert host.run(_ID).text.strip() == user.name
    (question,) = person.questions
    assert "code" in question.prompts[0].text.lower() and question.kind == "factor"
    with pytest.raises(InstallError) as caught:
        _log_in(sshd, login, None)
    assert caught.value.code is Code.SSH_PROMPTS_NEEDED
    assert "code" in caught.value.params["asks"].lower()
    with pytest.raises(InstallError) as caught:
        _log_in(sshd, login, wrong := Person(code="99998888"))
    assert caught.value.code is Code.SSH_LOGIN_REFUSED and len(wrong.questions) == 1


def test_key_and_code(asking: Callable[[str, str], Sshd], make_user: MakeUser) -> None:
    """Two methods in a row: the key first, then prompts."""
    user = make_user()
    sshd = asking("code", "key+code")
    _codes(sshd, user, "55556666")
    login = replace(user.login(sshd), password=Secret(user.password))
    assert _log_in(sshd, login, person := Person(code="55556666")) == user.name
    assert len(person.questions) == 1


def test_giving_up_and_cancelling(asking: Callable[[str, str], Sshd], make_user: MakeUser) -> None:
    """Both end the log-in at once."""
    user = make_user()
    sshd = asking("code", "kbd")
    _codes(sshd, user, "77778888")
    login = user.login(sshd, by_password=True)
    with pytest.raises(Cancelled):
        _log_in(sshd, login, Person())
    token = CancelToken()

    def ask(_: Question) -> tuple[Secret, ...]:
        token.cancel()
        return (Secret("77778888"),)

    with pytest.raises(Cancelled):
        _log_in(sshd, login, ask, cancel=token)  # type: ignore[arg-type]


def test_late_answer(start_server: StartSshd, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not wait so long is not called a refusal."""
    monkeypatch.setattr("installer.hosts.ssh.authentication._LATE", 1.0)
    file = Path("/etc/pam.d", f"dify-test-{os.getpid()}-late")
    file.write_text(_STACK.format(second=""))
    try:
        sshd = start_server(
            [
                "UsePAM yes",
                f"PAMServiceName {file.name}",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication yes",
                "LoginGraceTime 1",
            ]
        )
        user = make_user()

        def ask(_: Question) -> tuple[Secret, ...]:
            time.sleep(6)  # sshd adds up to 4 s at random
            return (Secret(user.password),)

        login = replace(user.login(sshd, by_password=True), password=None)
        with pytest.raises(InstallError) as caught:
            _log_in(sshd, login, ask)  # type: ignore[arg-type]
        assert caught.value.code is Code.SSH_ANSWER_LATE
    finally:
        file.unlink()


def _expire(user: User) -> None:
    subprocess.run(["chage", "-d", "0", user.name], check=True)


def _home(tmp_path: Path, sshd: Sshd) -> Home:
    home = Home(tmp_path / "config")
    home.make()
    KnownHosts(home.known_hosts).accept("127.0.0.1", sshd.port, sshd.host_key("ed25519"))
    return home


@pytest.mark.parametrize(("way", "sudo"), [("kbd", "password"), ("password", ""), ("key", "password")])
def test_expired_password(
    asking: Callable[[str, str], Sshd], make_user: MakeUser, tmp_path: Path, way: str, sudo: str
) -> None:
    """By prompts, or afterwards on a terminal: the new one works, also for sudo, and is told."""
    user = make_user(sudo=sudo)
    sshd = asking("unix", "password" if way == "key" else way)
    _expire(user)
    target = Target(host="127.0.0.1", port=sshd.port, user=user.name)
    if way == "key":
        target = replace(target, identity_file=sshd.identity)
    secrets = Secrets(
        ssh_password=None if way == "key" else Secret(user.password),
        sudo_password=Secret(user.password),
    )
    home = _home(tmp_path, sshd)
    with pytest.raises(InstallError) as caught:
        connect(Answers(target=target), secrets, home)
    assert caught.value.code is Code.SSH_PASSWORD_EXPIRED
    new = "brand New-pass 7%x"
    person = Person(new=new, current=user.password)
    told: list[Secret] = []
    connected = connect(Answers(target=target), secrets, home, ask=person, on_password=told.append)
    assert told == [Secret(new)]
    with closing(connected.host) as host:
        assert connected.password == Secret(new)
        assert connected.rights == ("sudo_password" if sudo else "none")
        if sudo:
            assert host.run(Command(("id", "-u"))).text == "0\n"
    assert {q.kind for q in person.questions} == {"password_expired"}
    changed = replace(secrets, ssh_password=Secret(new) if secrets.ssh_password else None)
    changed = replace(changed, sudo_password=Secret(new))
    with closing(connect(Answers(target=target), changed, home).host) as host:
        assert host.run(_ID).text.strip() == user.name


def test_door(asking: Callable[[str, str], Sshd], start_server: StartSshd, tmp_path: Path) -> None:
    """What is allowed is known before anything is sent; the host key comes first."""
    banner = tmp_path / "banner"
    banner.write_text("AUTHORISED USE ONLY\n予告\n")
    keys = start_server(["PasswordAuthentication no", f"Banner {banner}"])
    for sshd, methods in (
        (keys, ("publickey",)),
        (asking("unix", "both"), ("publickey", "password", "keyboard-interactive")),
    ):
        door = look_at_door(
            Answers(target=Target(host="127.0.0.1", port=sshd.port, user="nobody-here")),
            _home(tmp_path, sshd),
        )
        assert door.methods == methods and door.software.startswith("OpenSSH_")
        assert door.takes_key and door.takes_password == door.asks == ("password" in methods)
        assert door.banner == ("AUTHORISED USE ONLY\n予告" if sshd is keys else "")
    unknown = Home(tmp_path / "other")
    with pytest.raises(InstallError) as caught:
        look_at_door(Answers(target=Target(host="127.0.0.1", port=keys.port, user="x")), unknown)
    assert caught.value.code is Code.SSH_HOST_KEY_UNKNOWN
