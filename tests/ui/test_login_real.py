"""The log-in page on real SSH servers: what they ask comes up in the page, and the answers reach them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Target
from installer.appdata.keychain import Kept, Keychain
from installer.core.app_folder import Home
from installer.core.errors import Code
from installer.core.secrets import Secret
from installer.views.wizard import PageId, WizardState, edit, with_answers
from tests.fakes.keyring import MemoryKeyring
from tests.ssh.conftest import MakeUser, User, make_user
from tests.ssh.sshd import Sshd
from tests.ssh.test_prompts import asking
from tests.ui.hearing import Heard, ui_for
from ui import intents
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.wizard.controller import Flow
from ui.wizard.login.page import LoginPage

__all__ = ["asking", "make_user"]
pytestmark = pytest.mark.skipif(
    not (hasattr(os, "geteuid") and os.geteuid() == 0 and Path("/usr/sbin/sshd").exists()),
    reason="needs root and openssh-server",
)
NEW = "a new Passw0rd-4711"


class Person:
    """The page with a real flow behind it. The keyring is a dictionary."""

    def __init__(self, qtbot: QtBot, home: Home) -> None:
        self.qtbot, self.jobs = qtbot, Jobs()
        self.flow = Flow(self.jobs, home, WizardState(page=PageId.LOGIN, intent="open"))
        self.keyring = MemoryKeyring()
        self.flow.keychain = Keychain(lambda: self.keyring)
        self.page = LoginPage(ui_for())
        self.heard = Heard(qtbot, self.page, self.flow.state)
        self.page.edited.disconnect()
        self.page.edited.connect(self.flow.edit)
        self.page.asked.connect(self.flow.ask)
        self.flow.changed.connect(self.page.show_state)

    def begin(self, sshd: Sshd, user: User) -> None:
        """Address and user, Continue, and the host key is the right one."""
        answers = Answers(target=Target(host="127.0.0.1", port=sshd.port, user=user.name))
        self.flow.set(with_answers(self.flow.state, answers, "password", "open"))
        self.flow.ask(intents.Next())
        self.until(lambda: self.flow.state.failed_on(PageId.LOGIN) is not None)
        error = self.flow.state.failed_on(PageId.LOGIN)
        assert error is not None and error.code is Code.SSH_HOST_KEY_UNKNOWN
        card = self.page.host_key
        self.until(lambda: card.accept is not None and card.accept.isVisible())
        self.heard.click(card.accept)
        self.until(lambda: self.flow.state.login.door is not None and self.flow.state.keeping.usable is True)

    def until(self, there: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(there, timeout=20_000)

    def asked(self, words: str) -> QLineEdit:
        """The field that the server's prompt came up in."""
        card = self.page.question
        self.until(lambda: card.isVisible() and words in card.fields[0].edit.accessibleName().lower())
        self.until(lambda: card.stop is not None and card.stop.isVisible())
        return card.fields[0].edit

    def type(self, field: QLineEdit, text: str) -> None:
        self.heard.type(field, text)

    def answer(self, words: str, text: str) -> None:
        field = self.asked(words)
        self.type(field, text)
        before = self.flow.state.work.question
        self.heard.click(self.page.question.go)
        self.until(lambda: self.flow.state.work.question is not before)

    @property
    def session(self) -> Session:
        return self.flow.session


@pytest.fixture
def person(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    found = Person(qtbot, Home(tmp_path / "home"))
    yield found
    found.flow.leave()
    found.session.close()
    assert found.jobs.close(10)


def test_a_server_that_asks_everything_itself(
    person: Person, asking: Callable[[str, str], Sshd], make_user: MakeUser
) -> None:
    user = make_user(sudo="nopasswd")
    person.begin(asking("unix", "kbd"), user)
    form = person.page.form
    assert form.password.isVisible() and form.methods.row.cards["ask"].isVisible()
    person.heard.click(form.methods.row.cards["ask"])
    assert not form.password.isVisible()
    with person.qtbot.waitSignal(person.flow.panel, timeout=30_000):
        person.flow.ask(intents.Next())
        person.answer("password", user.password)
    assert person.session.host is not None and person.session.rights == "sudo"


def test_an_expired_password_is_changed_in_the_page_and_the_new_one_kept(
    person: Person, asking: Callable[[str, str], Sshd], make_user: MakeUser
) -> None:
    user = make_user(sudo="nopasswd")
    subprocess.run(["chage", "-d", "0", user.name], check=True)
    person.begin(asking("unix", "kbd"), user)
    person.type(person.page.form.password.edit, user.password)
    person.heard.click(person.page.form.remember.box)
    with person.qtbot.waitSignal(person.flow.panel, timeout=30_000):
        person.flow.ask(intents.Next())
        person.answer("new password", NEW)
        person.answer("retype", NEW)
    target = person.flow.state.answers.target
    assert person.flow.state.secrets.ssh_password == Secret(NEW)
    assert person.flow.keychain.get(target) == Kept(password=Secret(NEW))
    saved = [p.read_bytes() for p in person.flow.home.folder.rglob("*") if p.is_file()]
    assert not [data for data in saved if NEW.encode() in data or user.password.encode() in data]


def test_giving_up_leaves_the_server_alone(
    person: Person, asking: Callable[[str, str], Sshd], make_user: MakeUser
) -> None:
    user = make_user()
    person.begin(asking("unix", "kbd"), user)
    person.flow.edit(lambda s: edit(s, method="ask"))
    person.flow.ask(intents.Next())
    person.asked("password")
    person.heard.click(person.page.question.stop)
    person.until(lambda: person.flow.state.work.busy is None)
    assert person.session.host is None and person.flow.state.work.stopped
    assert not person.page.question.isVisible() and person.page.form.isVisible()
