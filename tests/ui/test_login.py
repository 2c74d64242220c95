"""Log in: what is typed, the host key, the passwords, and where a failure leads."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from installer.errors import Code
from installer.secrets import Secret
from installer.settings import Answers, Secrets, Target
from installer.wizard import WizardState
from tests.ui.hearing import Heard, ui_for
from tests.ui.states.login import EXPECTED, KEY, KEY_FILE, SERVER, STATES, failed, filled, form, with_key
from ui.intents import AcceptKey, CopyText, RejectKey, Retry, Stop
from ui.pages.login import LoginPage
from ui.widgets.host_key import grouped


@pytest.fixture(autouse=True)
def agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/user/1000/agent.sock")


def heard(qtbot: QtBot, state: WizardState, chosen: str = KEY_FILE) -> Heard:
    return Heard(qtbot, LoginPage(ui_for(), choose_key=lambda start: chosen), state)


def page_of(one: Heard) -> LoginPage:
    assert isinstance(one.page, LoginPage)
    return one.page


def said(one: Heard) -> str:
    return "\n".join(w.text() for w in one.page.findChildren(QLabel) if w.isVisible())


@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, STATES[name]())
    one.page.first_focus()
    one.page.bar(one.now())
    for make in STATES.values():
        one.show(make())
    qtbot.wait(5)
    assert not one.edits and not one.asked


# ------------------------------------------------------------------------ typing


def test_what_is_typed_becomes_the_answers(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["open_first"]())
    page = page_of(one)
    one.type(page.host.edit, "203.0.113.24 ")
    one.type(page.port.edit, "10022")
    one.type(page.user.edit, "difyadmin")
    one.type(page.password.edit, "correct horse")
    one.type(page.folder.edit, "/srv/dify")
    assert one.now().answers.target == replace(SERVER, directory="/srv/dify")
    assert one.now().secrets == Secrets(ssh_password=Secret("correct horse"))
    assert one.page.bar(one.now()).enabled


def test_an_emptied_field_is_no_secret(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    one.type(page_of(one).password.edit, "")
    assert one.now().secrets.ssh_password is None
    one.type(page_of(one).port.edit, "")
    assert one.now().answers.target.port == 0
    assert "A port is a number" in one.page.bar(one.now()).note


def test_the_cursor_stays_while_typing_in_the_middle(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    field = page_of(one).host.edit
    field.setFocus()
    field.setCursorPosition(3)
    QTest.keyClicks(field, "9")
    assert one.now().answers.target.host == "2039.0.113.24" and field.cursorPosition() == 4


def test_the_way_of_logging_in(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    page = page_of(one)
    cards = page.methods.row.cards
    one.click(cards["key"])
    assert one.now().login == "key" and page.key.isVisible() and not page.password.isVisible()
    one.press(cards["key"], Qt.Key.Key_Right)
    assert one.now().login == "agent" and page.agent.isVisible() and not page.key.isVisible()
    assert one.page.bar(one.now()).enabled
    one.click(cards["password"])
    assert one.now().login == "password" and page.password.isVisible()


def test_no_agent_no_card(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK")
    one = heard(qtbot, filled())
    card = page_of(one).methods.row.cards["agent"]
    assert card.isEnabled() == (os.name == "nt")
    assert os.name == "nt" or "No SSH agent" in card.accessibleDescription()


def test_a_key_file(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["key_empty"]())
    page = page_of(one)
    assert "Choose the key file" in one.page.bar(one.now()).note
    for way in one.ways():
        one.show(STATES["key_empty"]())
        way(page.key.choose)
        assert one.now().answers.target.identity_file == KEY_FILE
    one.type(page.key.file.edit, "~/.ssh/id_rsa")
    assert one.now().answers.target.identity_file == "~/.ssh/id_rsa"


def test_no_key_file_chosen(qtbot: QtBot) -> None:
    one = heard(qtbot, with_key(), chosen="")
    one.click(page_of(one).key.choose)
    assert not one.edits


def test_the_jump_host_unfolds(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    more = page_of(one).more
    assert not more.jump.isVisible()
    for way in one.ways():
        way(more.link)
        assert more.jump.isVisible()
        way(more.link)
        assert not more.jump.isVisible()
    one.click(more.link)
    one.type(more.jump.edit, "hanako@gateway.example.jp:2222")
    assert one.now().answers.target.jump == "hanako@gateway.example.jp:2222"
    one.click(more.link)
    assert more.jump.isVisible(), "what is filled in is not hidden"
    one.show(STATES["jump"]())
    assert more.jump.isVisible()


def test_the_folder_is_asked_for_only_when_opening(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    assert not page_of(one).folder.isVisible()
    one.show(STATES["open"]())
    assert page_of(one).folder.isVisible() and page_of(one).folder.edit.text() == "/srv/dify"
    assert page_of(one).folder.edit.placeholderText() == "/opt/dify"
    one.type(page_of(one).folder.edit, "dify")
    assert "/opt/dify" in one.page.bar(one.now()).note


# ---------------------------------------------------------------------- problems


def test_an_empty_form_is_not_wrong(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["first"]())
    assert all(f.edit.property("wrong") != "true" for f in page_of(one).fields.values())
    assert "Enter the server's address" in one.page.bar(one.now()).note


def test_red_comes_when_the_field_is_left_and_goes_when_it_is_right(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["first"]())
    page = page_of(one)
    one.type(page.host.edit, "203.0.113.")
    assert page.host.edit.property("wrong") != "true", "half an address is not wrong yet"
    page.user.edit.setFocus()
    assert page.host.edit.property("wrong") == "true" and "IP address" in page.host.below.text()
    page.host.edit.setFocus()
    QTest.keyClicks(page.host.edit, "24")
    assert page.host.edit.property("wrong") == "false"


def test_problems_stand_under_their_fields(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["wrong"]())
    fields = page_of(one).fields
    for name in ("host", "port", "user", "identity_file", "jump", "directory"):
        field = fields[f"target.{name}"]
        assert field.edit.property("wrong") == "true" and field.below.isVisible(), name
    assert not one.page.bar(one.now()).enabled


def test_a_wrong_key_file_does_not_matter_for_a_password(qtbot: QtBot) -> None:
    state = form(replace(SERVER, identity_file="id_rsa"), password="correct horse")
    assert heard(qtbot, state).page.bar(state).enabled


# ----------------------------------------------------------------------- host key


def test_the_fingerprint_in_groups() -> None:
    assert grouped("SHA256:Qm3x9Rk2Vt") == "SHA256:Qm3x 9Rk2 Vt"
    assert grouped("") == ""


def test_an_unknown_host_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key"]())
    card = page_of(one).host_key
    assert card.isVisible() and not page_of(one).cause.isVisible()
    assert "SHA256:Qm3x 9Rk2 Vt0c" in said(one) and KEY["command"] in said(one)
    assert "203.0.113.24:10022" in said(one)
    assert not one.page.bar(one.now()).enabled
    qtbot.waitUntil(lambda: card.fingerprint is not None and card.fingerprint.hasFocus())
    assert card.command is not None
    for way in one.ways():
        one.asked.clear()
        way(card.command.button)
        way(card.accept)
        way(card.reject)
        assert one.asked == [CopyText(KEY["command"]), AcceptKey(), RejectKey()]


def test_after_rejecting_a_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key"]())
    page = page_of(one)
    one.press(page.host_key.reject)
    one.show(replace(one.now(), failure=None))
    assert not page.host_key.isVisible() and "Not connected" in said(one)
    one.type(page.host.edit, "203.0.113.25")
    assert "Not connected" not in said(one)


def test_a_changed_host_key_needs_a_decision(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_changed"]())
    card = page_of(one).host_key
    assert card.property("tone") == "stop"
    before, now = grouped(EXPECTED.partition(" ")[2]), grouped(KEY["fingerprint"])
    assert before in said(one) and now in said(one) and said(one).index(before) < said(one).index(now)
    assert card.accept is not None and not card.accept.isEnabled()
    one.press(card.accept)
    assert not one.asked
    one.press(card.sure)
    assert card.accept.isEnabled()
    for way in one.ways():
        one.asked.clear()
        way(card.accept)
        way(card.reject)
        assert one.asked == [AcceptKey(reinstalled=True), RejectKey()]


def test_a_revoked_key_has_no_way_on(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_revoked"]())
    card = page_of(one).host_key
    assert card.accept is None and card.sure is None and "@revoked" not in said(one)
    one.click(card.reject)
    assert one.asked == [RejectKey()]


def test_an_ordinary_key_after_a_changed_one(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_changed"]())
    one.show(STATES["host_key"]())
    assert page_of(one).host_key.property("tone") == "warning" and page_of(one).host_key.sure is None


# ------------------------------------------------------------- passphrase and sudo


@pytest.mark.parametrize("name", ["passphrase_needed", "passphrase_wrong"])
def test_the_passphrase_is_asked_for_and_stays(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, with_key())
    page = page_of(one)
    assert not page.key.passphrase.isVisible()
    one.show(STATES[name]())
    assert page.cause.isVisible() == (name == "passphrase_wrong")
    qtbot.waitUntil(page.key.passphrase.edit.hasFocus)
    one.type(page.key.passphrase.edit, "s")
    assert one.now().secrets.ssh_passphrase == Secret("s") and one.now().failure is None
    one.type(page.key.passphrase.edit, "")
    assert one.now().secrets.ssh_passphrase is None and page.key.passphrase.isVisible()
    one.type(page.key.file.edit, "/home/hanako/.ssh/other")
    assert not page.key.passphrase.isVisible()


def test_the_password_for_sudo(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    page = page_of(one)
    assert not page.sudo.isVisible()
    one.show(STATES["sudo_needed"]())
    assert page.sudo.isVisible() and not page.cause.isVisible()
    qtbot.waitUntil(page.sudo.password.edit.hasFocus)
    assert "password for sudo" in one.page.bar(one.now()).note
    one.type(page.sudo.password.edit, "another")
    assert one.now().secrets.sudo_password == Secret("another") and one.now().sudo_asked
    assert one.page.bar(one.now()).enabled


def test_the_same_password_for_sudo_follows_the_login_password(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_needed"]())
    page = page_of(one)
    for way in one.ways():
        way(page.sudo.same)
        assert one.now().secrets.sudo_password == Secret("correct horse")
        assert not page.sudo.password.edit.isEnabled()
        one.type(page.password.edit, "new one")
        assert one.now().secrets.sudo_password == Secret("new one") and page.sudo.same.isChecked()
        way(page.sudo.same)
        assert one.now().secrets.sudo_password is None and page.sudo.password.edit.isEnabled()
        one.type(page.password.edit, "correct horse")
    one.click(page.sudo.same)
    one.show(replace(one.now(), secrets=Secrets(ssh_password=Secret("a"), sudo_password=Secret("b"))))
    assert not page.sudo.same.isChecked()
    one.click(page.sudo.same)
    one.click(page.methods.row.cards["key"])
    assert page.sudo.password.edit.isEnabled()


def test_the_same_is_offered_only_for_a_password(qtbot: QtBot) -> None:
    one = heard(qtbot, replace(with_key(), sudo_asked=True))
    assert page_of(one).sudo.isVisible() and not page_of(one).sudo.same.isVisible()


def test_another_user_is_not_asked_for_the_former_ones_sudo_password(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_same"]())
    one.type(page_of(one).user.edit, "root")
    assert not one.now().sudo_asked and one.now().secrets.sudo_password is None
    assert one.now().secrets.ssh_password is not None and not page_of(one).sudo.isVisible()


# ------------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("unreachable", "target.host"),
        ("refused", "target.port"),
        ("login_refused", "secrets.ssh_password"),
        ("key_unreadable", "target.identity_file"),
        ("sudo_wrong", "secrets.sudo_password"),
        ("sudo_not_allowed", "target.user"),
    ],
)
def test_a_failure_leads_to_its_field(qtbot: QtBot, name: str, field: str) -> None:
    one = heard(qtbot, STATES["connecting"]())
    one.show(STATES[name]())
    page = page_of(one)
    assert page.cause.isVisible() and page.first_focus() is page.fields[field].edit
    qtbot.waitUntil(page.fields[field].edit.hasFocus)
    page.port.edit.setFocus()
    one.show(replace(one.now(), known=()))
    qtbot.wait(5)
    assert page.port.edit.hasFocus(), "the same failure does not take the focus again"


@pytest.mark.parametrize(
    "name", ["unreachable", "timeout", "connection_lost", "closed_early", "local_failed"]
)
def test_trying_again(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, STATES[name]())
    for way in one.ways():
        one.asked.clear()
        way(page_of(one).cause.ways[0])
        assert one.asked == [Retry()]


def test_a_way_that_the_server_accepts(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["method_not_allowed"]())
    (only,) = page_of(one).cause.ways
    one.press(only)
    assert one.now().login == "key" and one.now().failure is None
    one.show(failed(Code.SSH_METHOD_NOT_ALLOWED, with_key(), allowed="password"))
    (only,) = page_of(one).cause.ways
    one.click(only)
    assert one.now().login == "password"


def test_another_key_file(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["key_unreadable"](), chosen="/home/hanako/.ssh/other")
    one.press(page_of(one).cause.ways[0])
    assert one.now().answers.target.identity_file == "/home/hanako/.ssh/other"
    assert one.now().failure is None and not page_of(one).cause.isVisible()


# ------------------------------------------------------------------- bar, headings


def test_while_connecting(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["connecting"]())
    page, bar = page_of(one), one.page.bar(one.now())
    assert not page.form.isEnabled() and "Connecting" in page.waiting.text.text()
    assert (bar.primary, bar.enabled, bar.second, bar.second_intent) == ("&Connect", False, "Cancel", Stop())
    assert not page.bar(STATES["cancelling"]()).second
    one.show(STATES["stopped"]())
    assert page.form.isEnabled() and "cancelled" in said(one)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("first", "Log in to the server"),
        ("open", "Open a server"),
        ("resuming", "Log in again"),
        ("local", "Open this computer's Dify"),
    ],
)
def test_titles(qtbot: QtBot, name: str, title: str) -> None:
    assert heard(qtbot, STATES[name]()).page.heading.text() == title


def test_resuming_says_what_goes_on(qtbot: QtBot) -> None:
    assert "203.0.113.24 goes on by itself" in heard(qtbot, STATES["resuming"]()).page.sentence.text()


def test_this_computer_needs_no_form(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["local_failed"]())
    bar = one.page.bar(one.now())
    assert not page_of(one).form.isVisible() and page_of(one).first_focus() is None
    assert (bar.enabled, bar.note, bar.intent) == (True, "", Retry())


def test_first_focus_is_what_is_missing_first(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["first"]())
    page = page_of(one)
    assert page.first_focus() is page.host.edit
    one.show(form(Target(host="203.0.113.24")))
    assert page.first_focus() is page.user.edit
    one.show(form())
    assert page.first_focus() is page.password.edit
    one.show(filled())
    assert page.first_focus() is None


def test_every_field_can_be_led_to(qtbot: QtBot) -> None:
    state = replace(with_key(), intent="open", sudo_asked=True)
    one = heard(qtbot, replace(state, secrets=Secrets(ssh_passphrase=Secret("x"))))
    page = page_of(one)
    for name, field in page.fields.items():
        if name != "secrets.ssh_password":
            page.focus_field(name)
            assert field.edit.hasFocus(), name
    page.focus_field("ports.http")
    assert page.more.jump.edit.hasFocus()


def test_tab_goes_as_one_reads(qtbot: QtBot) -> None:
    one = heard(qtbot, replace(filled(), answers=Answers(target=replace(SERVER, jump="j"))))
    page = page_of(one)
    page.host.edit.setFocus()
    visited = []
    for _ in range(6):
        visited.append(one.page.focusWidget())
        QTest.keyClick(visited[-1], Qt.Key.Key_Tab)
    card = page.methods.row.cards["password"]
    fields = [page.host.edit, page.port.edit, page.user.edit, card, page.password.edit, page.more.link]
    assert visited == fields
