"""The way through the log-in: the door, the keyring, questions; and what the list of servers learns."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Secrets, Target
from installer.appdata.keychain import Kept, Keychain
from installer.appdata.known_server_edit import changing
from installer.appdata.known_servers import KnownServer, Servers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.core.secrets import Secret
from installer.hosts.dialogue import Prompt, Question
from installer.hosts.ssh.auth_methods import Door
from installer.hosts.ssh.config import ConfiguredHost
from installer.views.wizard import Keeping, PageId, WelcomeState, WizardState, edit
from tests.fakes.keyring import MemoryKeyring
from tests.ui.states.login import with_login
from tests.ui.states.welcome import with_welcome
from tests.ui.test_flow import DOOR, PASSWORD, SSH, Connected, NoHost, asked_for, flow, script, wait_for
from ui import intents
from ui.wizard.controller import Flow

__all__ = ["flow"]

CODE = Question("203.0.113.5", "root", "", "", (Prompt("Code: "),))
SECRET = Secret("correct horse")


@pytest.fixture
def chain(flow: Flow) -> MemoryKeyring:
    """The flow has a keyring, and nothing was typed yet."""
    backend = MemoryKeyring()
    flow.keychain = Keychain(lambda: backend)
    flow.set(edit(flow.state, secrets=Secrets()))
    return backend


def names(flow: Flow) -> list[str]:
    return [name for name, _ in script(flow).asked if name != "configured"]


def until_door(qtbot: QtBot, flow: Flow) -> None:
    qtbot.waitUntil(lambda: flow.state.login.door is not None and flow.state.keeping.usable is not None)


def typed(flow: Flow, password: Secret = SECRET, *, keep: bool = False) -> None:
    flow.edit(lambda s: edit(s, secrets=Secrets(ssh_password=password)))
    flow.edit(lambda s: replace(s, keeping=replace(s.keeping, wanted=keep)))


def test_the_server_is_asked_first(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    script(flow).results["door"] = Door("203.0.113.5", 22, "", "", ("publickey",))
    flow.ask(intents.Next())
    assert flow.state.work.busy is not None and flow.state.work.busy.what == "door"
    until_door(qtbot, flow)
    assert names(flow) == ["door"] and flow.state.login.method == "key" and flow.state.page is PageId.LOGIN
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=replace(SSH.target, identity_file="/k/id"))))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert names(flow)[:2] == ["door", "connect"]


def test_nobody_stops_where_nothing_is_missing(qtbot: QtBot, flow: Flow) -> None:
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert names(flow)[:2] == ["door", "connect"]


def test_a_server_that_cannot_be_reached_is_said_before_anything_is_typed(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    script(flow).results["door"] = [InstallError(Code.SSH_TIMEOUT), DOOR]
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    assert flow.state.login.door is None and names(flow) == ["door"]
    flow.ask(intents.Retry())
    until_door(qtbot, flow)
    assert flow.state.work.failure is None


def test_behind_a_jump_host_the_proof_is_asked_for_at_once(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=replace(SSH.target, jump="gate"))))
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    assert names(flow) == []
    typed(flow)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)


def test_a_kept_password_goes_to_no_jump_host_by_itself(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    through = replace(SSH.target, jump="gate")
    flow.keychain.put(SSH.target, Kept(password=Secret("of the machine that is reached without it")))
    flow.keychain.put(through, Kept(password=SECRET))
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=through)))
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    assert names(flow) == [] and flow.state.work.busy is None and flow.state.secrets.ssh_password == SECRET
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)


def test_the_ssh_configuration_is_read_for_the_page(qtbot: QtBot, flow: Flow) -> None:
    hosts = (ConfiguredHost("shop", "a.example.jp"),)
    script(flow).results["configured"] = hosts
    flow.set(replace(flow.state, page=PageId.WHERE))
    flow.set(replace(flow.state, page=PageId.LOGIN))
    qtbot.waitUntil(lambda: flow.state.login.configured == hosts)


# --------------------------------------------------------------------- the keyring


def test_nothing_is_kept_unless_somebody_wants_it(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    assert flow.state.keeping == Keeping(usable=True)
    typed(flow)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert chain.entries == {}


def test_what_worked_is_kept_and_used_the_next_time(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    typed(flow, keep=True)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.keychain.get(SSH.target) == Kept(password=SECRET)
    stored = Servers(flow.home).remember(KnownServer("", "", SSH.target, "", "1.16.1", 1.0, login="password"))
    flow.set(WizardState(welcome=WelcomeState(known=Servers(flow.home).all())))
    script(flow).asked.clear()
    with qtbot.waitSignal(flow.panel):
        flow.ask(intents.OpenServer(stored.id))
    assert names(flow) == ["door", "connect"]
    assert script(flow).asked[-1][1][1] == Secrets(ssh_password=SECRET)
    saved = (flow.home.folder / "servers.toml").read_text()
    assert SECRET.reveal() not in saved


def test_a_refused_password_is_not_kept(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    script(flow).results["connect"] = InstallError(Code.SSH_LOGIN_REFUSED)
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    typed(flow, keep=True)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    assert chain.entries == {}


def test_a_kept_password_is_tried_once(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    flow.keychain.put(SSH.target, Kept(password=Secret("old")))
    script(flow).results["connect"] = InstallError(Code.SSH_LOGIN_REFUSED)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    qtbot.wait(200)
    assert names(flow) == ["door", "connect"]
    script(flow).results["connect"] = lambda emit, cancel: Connected(NoHost())
    flow.edit(lambda s: edit(s, secrets=Secrets(ssh_password=SECRET)))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert flow.keychain.get(SSH.target) == Kept(password=SECRET), "the one that worked takes its place"


@pytest.mark.parametrize("code", [Code.SSH_PASSPHRASE_NEEDED, Code.SUDO_PASSWORD_NEEDED])
@pytest.mark.parametrize("held", [True, False])
def test_what_a_login_turns_out_to_need_is_looked_for_too(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring, code: Code, held: bool
) -> None:
    target = replace(SSH.target, identity_file="/k/id")
    if held:
        flow.keychain.put(target, Kept(None, Secret("phrase"), "/k/id", Secret("sudo")))
    flow.set(edit(flow.state, answers=replace(SSH, target=target), method="key"))
    script(flow).results["connect"] = [InstallError(code), lambda emit, cancel: Connected(NoHost())]
    flow.ask(intents.Next())
    if held:
        wait_for(qtbot, flow, PageId.CHECKS)
        given = [arguments for name, arguments in script(flow).asked if name == "connect"][-1][1]
        assert (given.ssh_passphrase, given.sudo_password) == (Secret("phrase"), Secret("sudo"))
    else:
        qtbot.waitUntil(lambda: flow.state.keeping.usable is True)
        qtbot.wait(100)
        assert flow.state.work.failure is not None and names(flow) == ["door", "connect"]


def test_a_kept_passphrase_that_does_not_help_is_tried_once(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    target = replace(SSH.target, identity_file="/k/id")
    flow.keychain.put(target, Kept(None, Secret("phrase"), "/k/id"))
    flow.set(edit(flow.state, answers=replace(SSH, target=target), method="key"))
    script(flow).results["connect"] = InstallError(Code.SSH_PASSPHRASE_NEEDED)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: names(flow) == ["door", "connect", "connect"])
    qtbot.wait(200)
    assert names(flow) == ["door", "connect", "connect"] and flow.state.work.failure is not None


def test_who_unticks_it_is_forgotten(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    flow.keychain.put(SSH.target, Kept(password=SECRET))
    flow.set(replace(flow.state, login=replace(flow.state.login, door=DOOR)))
    flow.login_keychain.ask()
    wait_for(qtbot, flow, PageId.CHECKS)
    assert chain.entries
    flow.set(replace(flow.state, page=PageId.LOGIN))
    flow.edit(lambda s: replace(s, keeping=replace(s.keeping, wanted=False)))
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: chain.entries == {})
    wait_for(qtbot, flow, PageId.CHECKS)


def test_a_keyring_that_fails_holds_nobody_up(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    chain.broken = RuntimeError("locked")
    typed(flow, keep=True)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    error = flow.state.failed_on(PageId.LOGIN)
    assert error is not None and error.code is Code.KEYRING_FAILED and flow.state.connected
    flow.edit(
        lambda s: replace(s, work=replace(s.work, failure=None), keeping=replace(s.keeping, wanted=False))
    )
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert asked_for(flow).count("connect") == 1, "the connection that was open is used"


def test_a_keyring_that_waits_can_be_left(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    import threading

    go_on = threading.Event()
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    chain.set_password = lambda *given: go_on.wait(10)  # type: ignore[assignment, method-assign]
    typed(flow, keep=True)
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.work.busy is not None and flow.state.work.busy.what == "keyring")
    flow.ask(intents.Stop())
    assert flow.state.work.busy is None and flow.state.work.stopped and flow.state.page is PageId.LOGIN
    go_on.set()


def test_without_a_keyring_it_is_said(qtbot: QtBot, flow: Flow) -> None:
    flow.set(edit(flow.state, secrets=Secrets()))
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    assert flow.state.keeping.usable is False


def test_forgetting_a_server_forgets_its_secrets(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    two = replace(SSH.target, directory="/srv/two")
    first, second = (
        Servers(flow.home).remember(KnownServer("", "", t, "", "1.16.1", 1.0)) for t in (SSH.target, two)
    )
    flow.keychain.put(SSH.target, Kept(password=SECRET))
    flow.set(replace(with_welcome(flow.state, known=Servers(flow.home).all()), page=PageId.WELCOME))
    flow.ask(intents.ForgetServer(first.id))
    qtbot.wait(100)
    assert chain.entries, "the other folder's entry still logs in with it"
    flow.ask(intents.ForgetServer(second.id))
    qtbot.waitUntil(lambda: chain.entries == {})


def test_an_entry_that_moved_leaves_no_secrets_behind(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    stored = Servers(flow.home).remember(KnownServer("", "", SSH.target, "", "1.16.1", 1.0))
    flow.keychain.put(SSH.target, Kept(password=SECRET))
    flow.set(with_welcome(flow.state, known=Servers(flow.home).all()))
    flow.edit(lambda s: with_welcome(s, editing=changing(stored).with_target(host="203.0.113.9")))
    flow.ask(intents.SaveServer())
    qtbot.waitUntil(lambda: chain.entries == {})


def test_a_late_answer_of_the_keyring_is_not_for_another_server(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    flow.keychain.put(SSH.target, Kept(password=SECRET))
    other = Target(host="203.0.113.9", user="root")
    flow.set(with_login(edit(flow.state, answers=replace(SSH, target=other)), door=DOOR))
    flow.login_keychain.read(SSH.target, True, Kept(password=SECRET))
    assert flow.state.secrets == Secrets() and flow.state.work.busy is None


# ----------------------------------------------------------------------- questions


def ask_twice(flow: Flow, found: list[Any]) -> Any:
    def connect(emit: Emit, cancel: CancelToken) -> Connected:
        ask = script(flow).ask
        for question in (CODE, replace(CODE, kind="password_expired")):
            found.append(ask(question))
            if found[-1] is None:
                raise InstallError(Code.SSH_LOGIN_REFUSED)
        script(flow).on_password(Secret("new one"))
        return Connected(NoHost())

    return connect


def until_asked(qtbot: QtBot, flow: Flow, kind: str) -> Question:
    qtbot.waitUntil(lambda: flow.state.work.question is not None and flow.state.work.question.kind == kind)
    assert flow.state.work.question is not None
    return flow.state.work.question


def test_questions_are_answered_round_by_round(qtbot: QtBot, flow: Flow, chain: MemoryKeyring) -> None:
    found: list[Any] = []
    script(flow).results["connect"] = ask_twice(flow, found)
    flow.ask(intents.Next())
    until_door(qtbot, flow)
    typed(flow, keep=True)
    flow.ask(intents.Next())
    first = until_asked(qtbot, flow, "factor")
    assert flow.state.work.busy is not None
    flow.ask(intents.AnswerQuestion(first, (Secret("123456"),)))
    assert flow.state.work.question is None
    flow.ask(intents.AnswerQuestion(first, (Secret("again"),)))
    second = until_asked(qtbot, flow, "password_expired")
    flow.ask(intents.AnswerQuestion(second, (Secret("new one"),)))
    wait_for(qtbot, flow, PageId.CHECKS)
    assert found == [(Secret("123456"),), (Secret("new one"),)]
    assert flow.state.secrets.ssh_password == Secret("new one"), "the expired one is of no use any more"
    assert flow.keychain.get(SSH.target) == Kept(password=Secret("new one"))
    assert flow.state.connected and flow.session.host is not None


def test_a_new_password_counts_also_if_the_login_fails_then(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    def connect(emit: Emit, cancel: CancelToken) -> Connected:
        script(flow).on_password(Secret("new one"))
        raise InstallError(Code.SUDO_PASSWORD_NEEDED)

    script(flow).results["connect"] = connect
    flow.set(replace(flow.state, login=replace(flow.state.login, door=DOOR)))
    flow.edit(lambda s: edit(s, secrets=Secrets(ssh_password=SECRET, sudo_password=SECRET)))
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    assert flow.state.secrets == Secrets(ssh_password=Secret("new one"), sudo_password=Secret("new one"))


def test_a_new_password_is_not_for_a_server_named_meanwhile(
    qtbot: QtBot, flow: Flow, chain: MemoryKeyring
) -> None:
    go_on = threading.Event()

    def connect(emit: Emit, cancel: CancelToken) -> Connected:
        assert go_on.wait(10)
        script(flow).on_password(Secret("new one"))
        return Connected(NoHost())

    script(flow).results["connect"] = connect
    flow.set(replace(flow.state, login=replace(flow.state.login, door=DOOR)))
    typed(flow)
    flow.ask(intents.Next())
    flow.edit(lambda s: edit(s, answers=replace(SSH, target=replace(SSH.target, host="203.0.113.9"))))
    go_on.set()
    qtbot.waitUntil(lambda: not flow.jobs.running)
    assert flow.state.secrets == Secrets()


def test_giving_up(qtbot: QtBot, flow: Flow) -> None:
    found: list[Any] = []
    script(flow).results["connect"] = ask_twice(flow, found)
    flow.ask(intents.Next())
    flow.ask(intents.AnswerQuestion(until_asked(qtbot, flow, "factor"), None))
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    assert found == [None] and flow.state.work.question is None and flow.state.work.busy is None


def test_cancel_takes_the_question_back(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["connect"] = ask_twice(flow, [])
    flow.ask(intents.Next())
    until_asked(qtbot, flow, "factor")
    flow.ask(intents.Stop())
    qtbot.waitUntil(lambda: flow.state.work.busy is None)
    assert flow.state.work.question is None and flow.state.work.stopped


def test_few_rights_are_said_with_what_gives_them(qtbot: QtBot, flow: Flow) -> None:
    few = Connected(NoHost(), rights="none", admin_command="usermod -aG sudo root")
    script(flow).results["connect"] = [lambda emit, cancel: few, lambda emit, cancel: Connected(NoHost())]
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    error = flow.state.failed_on(PageId.LOGIN)
    assert error is not None and error.code is Code.SUDO_NOT_ALLOWED
    assert error.params["command"] == "usermod -aG sudo root" and flow.state.connected
    flow.ask(intents.Retry())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert asked_for(flow).count("connect") == 2, "a new login: the old one does not know of the rights"
    assert flow.state.rights == "root"
    qtbot.waitUntil(lambda: few.host.closed)


def test_the_checks_may_find_a_way_with_few_rights(qtbot: QtBot, flow: Flow) -> None:
    script(flow).results["connect"] = lambda emit, cancel: Connected(NoHost(), rights="none")
    flow.ask(intents.Next())
    qtbot.waitUntil(lambda: flow.state.failed_on(PageId.LOGIN) is not None)
    flow.edit(lambda s: replace(s, work=replace(s.work, failure=None)))
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    assert asked_for(flow).count("connect") == 1 and flow.state.rights == "none"


def test_the_list_learns_the_way_that_worked(qtbot: QtBot, flow: Flow) -> None:
    Servers(flow.home).remember(KnownServer("", "Mine", SSH.target, "http://x", "1.16.1", 1.0, login="key"))
    flow.set(replace(with_welcome(flow.state, known=Servers(flow.home).all()), intent="open"))
    with qtbot.waitSignal(flow.panel):
        flow.ask(intents.Next())
    (only,) = Servers(flow.home).all()
    assert (only.name, only.login, only.version, only.url) == ("Mine", "password", "1.16.1", "http://x")
    assert only.seen_at > 1.0
    assert PASSWORD.ssh_password is not None
