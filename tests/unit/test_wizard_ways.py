"""Ways of logging in, what is filled in for a person, and what another account must not get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Answers, Secrets, Target
from installer.appdata.keychain import Kept
from installer.core.secrets import Secret
from installer.hosts.ssh.auth_methods import Door
from installer.hosts.ssh.config import ConfiguredHost
from installer.views.wizard import (
    Keeping,
    LoginMethod,
    LoginState,
    WizardState,
    edit,
    method_of,
    taken_over,
    unseen_door,
    ways,
    with_answers,
    with_door,
    with_kept,
)

SERVER = Target(host="203.0.113.5", user="me", identity_file="/k/id")
PASSWORD, PHRASE, SUDO = Secret("correct horse"), Secret("phrase"), Secret("sudo")
KEPT = Kept(PASSWORD, PHRASE, "/k/id", SUDO)


def door(*methods: str) -> Door:
    return Door("203.0.113.5", 22, "OpenSSH_9.6", "", methods)


def state(method: LoginMethod = "password", *, sudo_asked: bool = False, **changes: object) -> WizardState:
    login = LoginState(method, door("publickey", "password"), sudo_asked)
    made = WizardState(answers=Answers(target=SERVER), login=login)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("methods", "agent", "can"),
    [
        (("publickey", "password"), True, ("password", "key", "agent")),
        (("publickey", "password", "keyboard-interactive"), False, ("password", "key")),
        (("publickey",), True, ("key", "agent")),
        (("publickey", "gssapi-with-mic"), False, ("key",)),
        (("password",), True, ("password",)),
        (("keyboard-interactive",), True, ("password", "ask")),
        (("publickey", "keyboard-interactive"), False, ("password", "key", "ask")),
        (("hostbased",), True, ()),
        (("none",), True, ()),
    ],
)
def test_only_ways_that_can_work(methods: tuple[str, ...], agent: bool, can: tuple[str, ...]) -> None:
    assert ways(door(*methods), agent=agent) == can


def test_a_way_that_cannot_work_gives_place() -> None:
    assert with_door(state("password"), door("publickey")).login.method == "key"
    assert with_door(state("agent"), door("publickey"), agent=False).login.method == "key"
    assert with_door(state("agent"), door("publickey")).login.method == "agent"
    assert with_door(state("key"), door("password")).login.method == "password"
    assert with_door(state("agent"), door("hostbased")).login.method == "agent"
    assert ways(unseen_door(SERVER)) == ("password", "key", "agent")


@pytest.mark.parametrize(
    ("text", "method"),
    [("key", "key"), ("ask", "ask"), ("agent", "agent"), ("", "password"), ("?", "password")],
)
def test_a_way_as_a_file_names_it(text: str, method: str) -> None:
    assert method_of(text) == method


def test_what_the_keyring_holds_is_filled_in() -> None:
    found = with_kept(state(), KEPT)
    assert found.secrets == Secrets(ssh_password=PASSWORD, ssh_passphrase=PHRASE, sudo_password=SUDO)
    assert found.keeping == Keeping(None, wanted=True, kept=True)
    typed = state(secrets=Secrets(ssh_password=Secret("typed")))
    assert with_kept(typed, KEPT).secrets.ssh_password == Secret("typed")
    other = state(answers=Answers(target=replace(SERVER, identity_file="/k/other")))
    assert with_kept(other, KEPT).secrets.ssh_passphrase is None
    assert with_kept(state(), Kept()) == state()


@pytest.mark.parametrize("change", [{"host": "203.0.113.9"}, {"port": 2222}, {"user": "root"}])
def test_another_account_gets_nothing_of_the_keyrings(change: dict[str, object]) -> None:
    before = with_kept(state(sudo_asked=True), KEPT)
    answers = Answers(target=replace(SERVER, **change))  # type: ignore[arg-type]
    after = edit(before, answers=answers)
    assert after.secrets == Secrets() and after.keeping == Keeping() and after.login.door is None
    assert not after.login.sudo_asked


def test_a_typed_password_is_not_for_another_account() -> None:
    typed = Secrets(ssh_password=PASSWORD, ssh_passphrase=PHRASE, sudo_password=SUDO)
    after = edit(state(secrets=typed), answers=Answers(target=replace(SERVER, user="root")))
    assert after.secrets == Secrets(ssh_passphrase=PHRASE), "that is for a key of this computer"
    here = edit(state(secrets=typed), answers=Answers(target=replace(SERVER, kind="local")))
    assert here.secrets == Secrets(ssh_password=PASSWORD, ssh_passphrase=PHRASE) and here.login.door is None


def test_another_key_of_the_server_is_another_door() -> None:
    before = with_kept(state(), KEPT)
    after = edit(before, answers=Answers(target=replace(SERVER, host_key="ssh-ed25519 SHA256:x")))
    assert after.login.door is None and after.secrets == before.secrets and after.keeping == before.keeping
    same = edit(before, answers=Answers(target=replace(SERVER, directory="/srv/two")))
    assert same.login.door is before.login.door


def test_another_way_there_gets_nothing_of_the_keyring() -> None:
    before = with_kept(state(), KEPT)
    after = edit(before, answers=Answers(target=replace(SERVER, jump="gate")))
    assert after.login.door is None and not after.keeping.kept
    assert after.secrets.ssh_password is None and after.secrets.ssh_passphrase is None


def test_answers_from_elsewhere_bring_no_secrets() -> None:
    after = with_answers(with_kept(state(), KEPT), Answers(target=SERVER), "password")
    assert after.secrets == Secrets() and after.keeping == Keeping() and after.login.door is not None


def test_a_server_of_the_ssh_configuration_is_taken_over() -> None:
    host = ConfiguredHost("shop", "a.example.jp", 2222, "you", ("/k/a", "/k/b"), "gate:2200")
    pinned = Answers(target=replace(SERVER, host_key="ssh-ed25519 SHA256:x", directory="/srv/d"))
    after = taken_over(state(answers=pinned), host)
    assert after.answers.target == Target(
        host="a.example.jp", port=2222, user="you", identity_file="/k/a", jump="gate:2200", directory="/srv/d"
    )
    assert after.login.method == "key" and after.login.door is None
    bare = taken_over(state("agent"), ConfiguredHost("b", "b.example.jp"))
    target = bare.answers.target
    assert (target.user, target.identity_file, bare.login.method) == ("me", "", "agent")
