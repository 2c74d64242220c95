"""Log in: what is typed, the host key, the passwords, and where a failure leads."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Secrets, Target
from installer.core.errors import Code
from installer.core.secrets import Secret
from installer.views.wizard import Keeping, WizardState, WorkState
from tests.ui.hearing import Heard, ui_for
from tests.ui.states.login import (
    BOTH,
    CODE,
    EXPECTED,
    EXPIRED,
    KEY,
    KEY_FILE,
    MANY,
    PASTED,
    SERVER,
    STATES,
    asked,
    door,
    failed,
    filled,
    form,
    with_key,
    with_login,
)
from tests.ui.states.welcome import with_welcome
from ui.intents import AcceptHostKey, AnswerQuestion, CopyText, Next, RejectHostKey, Retry, Stop
from ui.widgets.host_key import grouped
from ui.wizard.login.page import LoginPage


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


def some_others(name: str, count: int) -> list[Callable[[], WizardState]]:
    """Those that follow *name*: every state comes after several others, without all pairs."""
    names = [*STATES, *STATES]
    place = names.index(name)
    return [STATES[other] for other in names[place + 1 : place + 1 + count]]


@pytest.mark.parametrize("others", [2, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing(qtbot: QtBot, name: str, others: int) -> None:
    one = heard(qtbot, STATES[name]())
    one.page.first_focus()
    one.page.bar(one.now())
    for make in some_others(name, others):
        one.show(make())
    qtbot.wait(5)
    assert not one.edits and not one.asked


# ------------------------------------------------------------------------ typing


def test_what_is_typed_becomes_the_answers(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["open_first"]())
    page = page_of(one)
    one.type(page.form.host.edit, "203.0.113.24 ")
    one.type(page.form.port.edit, "10022")
    one.type(page.form.user.edit, "difyadmin")
    one.type(page.form.password.edit, "correct horse")
    one.type(page.form.folder.edit, "/srv/dify")
    assert one.now().answers.target == replace(SERVER, directory="/srv/dify")
    assert one.now().secrets == Secrets(ssh_password=Secret("correct horse"))
    assert one.page.bar(one.now()).enabled


def test_an_emptied_field_is_no_secret(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    one.type(page_of(one).form.password.edit, "")
    assert one.now().secrets.ssh_password is None
    one.type(page_of(one).form.port.edit, "")
    assert one.now().answers.target.port == 0
    assert "A port is a number" in one.page.bar(one.now()).note


def test_the_cursor_stays_while_typing_in_the_middle(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    field = page_of(one).form.host.edit
    field.setFocus()
    field.setCursorPosition(3)
    QTest.keyClicks(field, "9")
    assert one.now().answers.target.host == "2039.0.113.24" and field.cursorPosition() == 4


def test_the_way_of_logging_in(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    page = page_of(one)
    cards = page.form.methods.row.cards
    one.click(cards["key"])
    assert (
        one.now().login.method == "key" and page.form.key.isVisible() and not page.form.password.isVisible()
    )
    one.press(cards["key"], Qt.Key.Key_Right)
    assert one.now().login.method == "agent" and page.form.agent.isVisible() and not page.form.key.isVisible()
    assert one.page.bar(one.now()).enabled
    one.click(cards["password"])
    assert one.now().login.method == "password" and page.form.password.isVisible()


def test_no_agent_no_card(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK")
    one = heard(qtbot, filled())
    card = page_of(one).form.methods.row.cards["agent"]
    assert card.isVisible() == (os.name == "nt")


def test_a_key_file(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["key_empty"]())
    page = page_of(one)
    assert "Choose the key file" in one.page.bar(one.now()).note
    for way in one.ways():
        one.show(STATES["key_empty"]())
        way(page.form.key.choose)
        assert one.now().answers.target.identity_file == KEY_FILE
    one.type(page.form.key.file.edit, "~/.ssh/id_rsa")
    assert one.now().answers.target.identity_file == "~/.ssh/id_rsa"


def test_no_key_file_chosen(qtbot: QtBot) -> None:
    one = heard(qtbot, with_key(), chosen="")
    one.click(page_of(one).form.key.choose)
    assert not one.edits


def test_the_jump_host_unfolds(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    more = page_of(one).form.more
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
    assert not page_of(one).form.folder.isVisible()
    one.show(STATES["open"]())
    assert page_of(one).form.folder.isVisible() and page_of(one).form.folder.edit.text() == "/srv/dify"
    assert page_of(one).form.folder.edit.placeholderText() == "/opt/dify"
    one.type(page_of(one).form.folder.edit, "dify")
    assert "/opt/dify" in one.page.bar(one.now()).note


# ---------------------------------------------------------------------- problems


def test_an_empty_form_is_not_wrong(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["first"]())
    assert all(f.edit.property("wrong") != "true" for f in page_of(one).form.fields.values())
    assert "Enter the server's address" in one.page.bar(one.now()).note


def test_red_comes_when_the_field_is_left_and_goes_when_it_is_right(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["first"]())
    page = page_of(one)
    one.type(page.form.host.edit, "203.0.113.")
    assert page.form.host.edit.property("wrong") != "true", "half an address is not wrong yet"
    page.form.user.edit.setFocus()
    assert page.form.host.edit.property("wrong") == "true" and "IP address" in page.form.host.below.text()
    page.form.host.edit.setFocus()
    QTest.keyClicks(page.form.host.edit, "24")
    assert page.form.host.edit.property("wrong") == "false"


def test_problems_stand_under_their_fields(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["wrong"]())
    fields = page_of(one).form.fields
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
    assert card.sure is not None and not card.sure.isVisible()
    assert "203.0.113.24:10022" in said(one)
    assert not one.page.bar(one.now()).enabled
    qtbot.waitUntil(lambda: card.fingerprint is not None and card.fingerprint.hasFocus())
    assert card.command is not None
    for way in one.ways():
        one.asked.clear()
        way(card.command.button)
        way(card.accept)
        way(card.reject)
        assert one.asked == [CopyText(KEY["command"]), AcceptHostKey(), RejectHostKey()]


def test_a_key_that_is_known_under_another_name_says_which(qtbot: QtBot) -> None:
    """It is a hint: the key is still compared, and accepted only by the button."""
    hint = "This computer knows the same key under another name: shop.example.jp"
    one = heard(qtbot, STATES["host_key_known_as"]())
    accept = page_of(one).host_key.accept
    assert hint in said(one).splitlines() and "SHA256:Qm3x 9Rk2 Vt0c" in said(one)
    assert accept is not None and accept.text() == "It &matches" and accept.isEnabled()
    assert accept.property("kind") == "outline" and not one.page.bar(one.now()).enabled and not one.asked
    for way in one.ways():
        one.asked.clear()
        way(accept)
        assert one.asked == [AcceptHostKey()]
    one.show(STATES["host_key"]())
    assert "under another name" not in said(one)


def paste(one: Heard, text: str) -> None:
    """Replace what is in the field for a fingerprint by *text*, from the clipboard."""
    field = page_of(one).host_key.pasted
    assert field is not None
    field.edit.setFocus()
    QGuiApplication.clipboard().setText(text)
    for key in (Qt.Key.Key_A, Qt.Key.Key_V):
        QTest.keyClick(field.edit, key, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_equal_fingerprint_makes_accepting_the_next_thing_to_do(qtbot: QtBot, language: str) -> None:
    one = Heard(qtbot, LoginPage(ui_for(language)), STATES["host_key"]())
    card = page_of(one).host_key
    assert card.accept is not None and card.sure is not None and card.pasted is not None
    assert card.accept.property("kind") == "outline" and card.pasted.edit.accessibleName()
    paste(one, PASTED["equal"])
    words = one.page.ui.t("login.key_paste_equal")
    assert card.pasted.below.text() == card.pasted.edit.accessibleDescription() == words
    assert card.accept.property("kind") == "primary" and card.accept.hasFocus()
    assert card.accept.accessibleDescription() == words and not card.sure.isVisible()
    assert not one.asked, "nothing is accepted without the person"
    one.press(card.accept)
    assert one.asked == [AcceptHostKey()]


def test_what_is_typed_to_its_last_letter_keeps_the_focus_until_enter(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key"]())
    card = page_of(one).host_key
    assert card.accept is not None and card.pasted is not None
    one.type(card.pasted.edit, KEY["fingerprint"])
    assert card.accept.property("kind") == "primary" and card.pasted.edit.hasFocus()
    QTest.keyClick(card.pasted.edit, Qt.Key.Key_Return)
    assert card.accept.hasFocus() and not one.asked
    one.type(card.pasted.edit, "")
    assert card.accept.property("kind") == "outline" and card.accept.isEnabled()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_different_fingerprint_has_to_be_confirmed(qtbot: QtBot, language: str) -> None:
    one = Heard(qtbot, LoginPage(ui_for(language)), STATES["host_key"]())
    card = page_of(one).host_key
    assert card.accept is not None and card.sure is not None and card.pasted is not None
    paste(one, PASTED["different"])
    assert card.pasted.below.text() == one.page.ui.t("login.key_paste_different")
    assert card.pasted.edit.property("wrong") == "true" and card.pasted.edit.hasFocus()
    assert card.accept.property("kind") == "danger" and not card.accept.isEnabled() and card.sure.isVisible()
    assert card.accept.text() == one.page.ui.t("login.key_connect_anyway")
    QTest.keyClick(card.pasted.edit, Qt.Key.Key_Return)
    one.press(card.accept)
    assert not one.asked
    one.press(card.sure)
    paste(one, PASTED["different"] + " ")
    assert not card.accept.isEnabled(), "said of what was there before"
    one.press(card.sure)
    one.press(card.accept)
    assert one.asked == [AcceptHostKey()]


@pytest.mark.parametrize("name", ["md5", "other_type"])
def test_what_cannot_be_compared_says_why(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, STATES["host_key"]())
    card = page_of(one).host_key
    paste(one, PASTED[name])
    assert card.accept is not None and card.accept.property("kind") == "outline" and card.accept.isEnabled()
    assert card.pasted is not None and card.pasted.edit.property("wrong") == "true"
    assert {"md5": "MD5 is no longer", "other_type": "another key (RSA)"}[name] in card.pasted.below.text()


def test_a_fingerprint_of_this_window_proves_nothing(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key"]())
    card = page_of(one).host_key
    assert card.fingerprint is not None and card.pasted is not None and card.accept is not None
    paste(one, card.fingerprint.text())
    assert "copied from this window" in card.pasted.below.text()
    assert card.accept.property("kind") == "outline"


def test_an_equal_fingerprint_of_a_changed_key_leaves_the_decision(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_changed"]())
    card = page_of(one).host_key
    assert card.sure is not None and card.accept is not None
    paste(one, KEY["fingerprint"])
    assert card.sure.hasFocus() and not card.sure.isChecked() and not card.accept.isEnabled()
    paste(one, EXPECTED)
    assert card.accept.property("kind") == "danger" and not card.accept.isEnabled()


def test_after_rejecting_a_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key"]())
    page = page_of(one)
    one.press(page.host_key.reject)
    one.show(replace(one.now(), work=WorkState()))
    assert not page.host_key.isVisible() and "Not connected" in said(one)
    one.type(page.form.host.edit, "203.0.113.25")
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
        assert one.asked == [AcceptHostKey(reinstalled=True), RejectHostKey()]


def test_a_revoked_key_has_no_way_on(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_revoked"]())
    card = page_of(one).host_key
    assert card.accept is None and card.sure is None and "@revoked" not in said(one)
    one.click(card.reject)
    assert one.asked == [RejectHostKey()]


def test_an_ordinary_key_after_a_changed_one(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["host_key_changed"]())
    one.show(STATES["host_key"]())
    assert page_of(one).host_key.property("tone") == "warning"
    sure = page_of(one).host_key.sure
    assert sure is not None and not sure.isVisible()


# ------------------------------------------------------------- passphrase and sudo


@pytest.mark.parametrize("name", ["passphrase_needed", "passphrase_wrong"])
def test_the_passphrase_is_asked_for_and_stays(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, with_key())
    page = page_of(one)
    assert not page.form.key.passphrase.isVisible()
    one.show(STATES[name]())
    assert page.cause.isVisible() == (name == "passphrase_wrong")
    qtbot.waitUntil(page.form.key.passphrase.edit.hasFocus)
    one.type(page.form.key.passphrase.edit, "s")
    assert one.now().secrets.ssh_passphrase == Secret("s") and one.now().work.failure is None
    one.type(page.form.key.passphrase.edit, "")
    assert one.now().secrets.ssh_passphrase is None and page.form.key.passphrase.isVisible()
    one.type(page.form.key.file.edit, "/home/hanako/.ssh/other")
    assert not page.form.key.passphrase.isVisible()


def test_the_password_for_sudo(qtbot: QtBot) -> None:
    one = heard(qtbot, filled())
    page = page_of(one)
    assert not page.form.sudo.isVisible()
    one.show(STATES["sudo_needed"]())
    assert page.form.sudo.isVisible() and not page.cause.isVisible()
    qtbot.waitUntil(page.form.sudo.password.edit.hasFocus)
    assert "password for sudo" in one.page.bar(one.now()).note
    one.type(page.form.sudo.password.edit, "another")
    assert one.now().secrets.sudo_password == Secret("another") and one.now().login.sudo_asked
    assert one.page.bar(one.now()).enabled


def test_the_same_password_for_sudo_follows_the_login_password(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_needed"]())
    page = page_of(one)
    for way in one.ways():
        way(page.form.sudo.same)
        assert one.now().secrets.sudo_password == Secret("correct horse")
        assert not page.form.sudo.password.edit.isEnabled()
        one.type(page.form.password.edit, "new one")
        assert one.now().secrets.sudo_password == Secret("new one") and page.form.sudo.same.isChecked()
        way(page.form.sudo.same)
        assert one.now().secrets.sudo_password is None and page.form.sudo.password.edit.isEnabled()
        one.type(page.form.password.edit, "correct horse")
    one.click(page.form.sudo.same)
    one.show(replace(one.now(), secrets=Secrets(ssh_password=Secret("a"), sudo_password=Secret("b"))))
    assert not page.form.sudo.same.isChecked()
    one.click(page.form.sudo.same)
    one.click(page.form.methods.row.cards["key"])
    assert page.form.sudo.password.edit.isEnabled()


def test_the_same_ends_with_the_server_that_it_was_ticked_for(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_needed"]())
    page = page_of(one)
    one.click(page.form.sudo.same)
    assert one.now().secrets.sudo_password == Secret("correct horse")
    one.type(page.form.host.edit, "203.0.113.99")
    assert not one.now().login.sudo_asked and not page.form.sudo.same.isChecked()
    one.show(with_login(one.now(), door=filled().login.door))
    one.type(page.form.password.edit, "of another")
    assert one.now().secrets.sudo_password is None


def test_the_same_is_offered_only_for_a_password(qtbot: QtBot) -> None:
    one = heard(qtbot, with_login(with_key(), sudo_asked=True))
    assert page_of(one).form.sudo.isVisible() and not page_of(one).form.sudo.same.isVisible()


def test_another_user_is_not_asked_for_the_former_ones_sudo_password(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_same"]())
    one.type(page_of(one).form.user.edit, "root")
    assert not one.now().login.sudo_asked and one.now().secrets.sudo_password is None
    assert one.now().secrets.ssh_password is None and not page_of(one).form.sudo.isVisible()


# ------------------------------------------------------- the door, the keyring, questions


def test_before_the_server_was_asked_only_where_and_who_is(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["asking_first"]())
    parts = page_of(one).form
    absent = (parts.methods, parts.password, parts.key, parts.agent, parts.asks, parts.remember, parts.sudo)
    for hidden in absent:
        assert not hidden.isVisible()
    bar = one.page.bar(one.now())
    assert (bar.primary, bar.enabled, bar.note) == ("&Continue", True, "")
    assert "how it lets difyadmin in" in said(one) and one.page.first_focus() is None
    one.show(form())
    assert parts.password.isVisible() and one.page.bar(one.now()).primary == "&Connect"
    qtbot.waitUntil(parts.password.edit.hasFocus)
    one.type(parts.host.edit, "203.0.113.9")
    assert not parts.password.isVisible(), "another server was not asked yet"


def test_nothing_else_is_sent_is_said_only_where_it_is_so(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["asking_first"]())
    assert "Nothing else is sent" in said(one)
    target = replace(one.now().answers.target, jump="gate")
    one.show(replace(one.now(), answers=replace(one.now().answers, target=target)))
    assert "Nothing else is sent" not in said(one)
    one.show(replace(STATES["asking_first"](), secrets=Secrets(ssh_password=Secret("p"))))
    assert one.now().login.door is None and "Nothing else is sent" not in said(one)


@pytest.mark.parametrize(
    ("name", "visible", "sentence"),
    [
        ("only_key", {"key"}, "with a key only"),
        ("only_password", {"password"}, "with a password only"),
        ("only_ask", {"asks"}, "by questions of its own only"),
        ("key_or_ask", {"asks"}, ""),
        ("open_door", set(), "without any proof"),
        ("no_way", set(), "Ask whoever looks after it to allow"),
    ],
)
def test_only_what_can_work_is_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str, visible: set[str], sentence: str
) -> None:
    if os.name != "nt":
        monkeypatch.delenv("SSH_AUTH_SOCK")
    one = heard(qtbot, STATES[name]())
    parts = page_of(one).form
    fields = {"password": parts.password, "key": parts.key, "agent": parts.agent, "asks": parts.asks}
    assert {n for n, part in fields.items() if part.isVisible()} == visible
    assert sentence in said(one)
    assert parts.door.isVisible() == bool(sentence)
    cards = {n for n, card in parts.methods.row.cards.items() if card.isVisible()}
    assert len(cards) != 1, "a choice of one is none"
    if name == "key_or_ask":
        assert cards == {"password", "key", "ask"}


def test_arrow_keys_pass_over_what_is_not_there(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name != "nt":
        monkeypatch.delenv("SSH_AUTH_SOCK")
    one = heard(qtbot, STATES["key_or_ask"]())
    cards = page_of(one).form.methods.row.cards
    one.press(cards["key"], Qt.Key.Key_Space)
    assert one.now().login.method == "key"
    one.press(cards["key"], Qt.Key.Key_Right)
    assert one.now().login.method == "ask"


def test_the_servers_notice_is_plain_text(qtbot: QtBot) -> None:
    one = heard(qtbot, form(through=door(*BOTH, banner="<b>x</b> \x1b[31m&amp; red\r\n" + "line\n" * 40)))
    shown = page_of(one).form.door.notice
    assert shown.text().startswith("<b>x</b> &amp; red\nline") and shown.text().endswith("…")
    assert shown.textFormat() == Qt.TextFormat.PlainText and shown.text().count("\n") < 10


def test_remembering_is_off_until_somebody_wants_it(qtbot: QtBot) -> None:
    one = heard(qtbot, form(password="correct horse"))
    remember = page_of(one).form.remember
    assert remember.box.isVisible() and not remember.box.isChecked()
    assert "never written down" in said(one)
    for way in one.ways():
        way(remember.box)
        assert one.now().keeping.wanted and "Goes to the keyring once" in said(one)
        way(remember.box)
        assert not one.now().keeping.wanted


def test_without_a_keyring_the_reason_stands_there(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["no_keyring"]())
    assert not page_of(one).form.remember.box.isVisible() and "no keyring that can be used" in said(one)
    one.show(form(keeping=Keeping()))
    assert not page_of(one).form.remember.isVisible()


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("key", False),
        ("agent", False),
        ("passphrase_needed", True),
        ("only_ask", False),
        ("password", True),
        ("no_way", False),
        ("open_door", False),
    ],
)
def test_remembering_is_offered_where_there_is_something(qtbot: QtBot, name: str, there: bool) -> None:
    one = heard(qtbot, STATES[name]())
    assert page_of(one).form.remember.isVisible() == there
    one.show(with_login(one.now(), sudo_asked=True))
    assert page_of(one).form.remember.isVisible()


def test_a_keyring_that_failed(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["keyring_failed"]())
    again, without = page_of(one).cause.ways
    one.press(again)
    assert one.asked == [Retry()]
    one.press(without)
    assert one.asked == [Retry(), Next()] and one.now().work.failure is None
    assert one.now().keeping == Keeping(usable=True)


def test_a_question_of_the_server(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["connecting"]())
    one.show(asked(CODE))
    page = page_of(one)
    (field,) = page.question.fields
    assert "203.0.113.24 asks" in said(one) and "Open the app" in said(one) and not page.form.isVisible()
    assert field.edit.accessibleName() == "Verification code"
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password
    qtbot.waitUntil(field.edit.hasFocus)
    bar = one.page.bar(one.now())
    assert not bar.enabled and "Answer what" in bar.note
    assert bar.second_intent is None, "the question has its own Cancel"
    question = one.now().work.question
    assert question is not None
    for way in one.ways():
        one.asked.clear()
        one.type(field.edit, "123456")
        way(page.question.go)
        way(page.question.stop)
        assert one.asked == [AnswerQuestion(question, (Secret("123456"),)), AnswerQuestion(question, None)]
    one.asked.clear()
    one.press(field.edit, Qt.Key.Key_Return)
    assert one.asked == [AnswerQuestion(question, (Secret("123456"),))]


def test_the_next_round_has_empty_fields(qtbot: QtBot) -> None:
    one = heard(qtbot, asked(CODE))
    one.type(page_of(one).question.fields[0].edit, "123456")
    one.show(asked(replace(CODE)))
    assert page_of(one).question.fields[0].edit.text() == ""
    one.show(filled())
    assert not page_of(one).question.isVisible() and page_of(one).form.isVisible()


def test_several_prompts_with_words_from_anywhere(qtbot: QtBot) -> None:
    one = heard(qtbot, asked(MANY))
    card = page_of(one).question
    assert "<b>challenge</b>" in said(one) and "Session 4711\n" in said(one)
    assert all(w.textFormat() == Qt.TextFormat.PlainText for w in card.findChildren(QLabel) if w.text())
    modes = [field.edit.echoMode() for field in card.fields]
    hidden = QLineEdit.EchoMode.Password
    assert modes == [QLineEdit.EchoMode.Normal, hidden, hidden]
    names = [field.edit.accessibleName() for field in card.fields]
    assert (
        names[0] == "Passcode or option (1-3)" and names[1].endswith("& its PIN") and names[2] == "Answer 3"
    )
    qtbot.waitUntil(card.fields[0].edit.hasFocus)
    QTest.keyClick(card.fields[0].edit, Qt.Key.Key_Return)
    assert card.fields[1].edit.hasFocus() and not one.asked
    visited = []
    for _ in range(4):
        visited.append(one.page.focusWidget())
        QTest.keyClick(visited[-1], Qt.Key.Key_Tab)
    assert visited == [card.fields[1].edit, card.fields[2].edit, card.go, card.stop]


def test_a_new_password_is_typed_the_same_twice(qtbot: QtBot) -> None:
    one = heard(qtbot, asked(EXPIRED))
    card = page_of(one).question
    assert "wants a new password" in said(one) and "has expired" in said(one)
    one.type(card.fields[0].edit, "new one")
    one.type(card.fields[1].edit, "new on")
    one.press(card.go)
    assert not one.asked and "not the same" in said(one) and card.fields[1].edit.hasFocus()
    one.type(card.fields[1].edit, "new one")
    assert "not the same" not in said(one)
    one.press(card.go)
    assert one.asked == [AnswerQuestion(EXPIRED, (Secret("new one"), Secret("new one")))]


def test_one_prompt_for_a_new_password_is_asked_once(qtbot: QtBot) -> None:
    once = replace(EXPIRED, prompts=EXPIRED.prompts[:1])
    one = heard(qtbot, asked(once))
    one.type(page_of(one).question.fields[0].edit, "new one")
    one.press(page_of(one).question.go)
    assert one.asked == [AnswerQuestion(once, (Secret("new one"),))]


# ---------------------------------------------------------------- SSH configuration, keys


def test_no_configuration_no_list(qtbot: QtBot) -> None:
    assert not page_of(heard(qtbot, STATES["first"]())).form.take_over.isVisible()


def test_a_server_is_taken_over_from_the_ssh_configuration(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["configured"]())
    choice = page_of(one).form.take_over
    texts = [choice.list.itemText(n) for n in range(choice.list.count())]
    assert texts[0] == "shop — difyadmin@203.0.113.24:10022" and choice.list.currentIndex() == -1
    choice.list.setFocus()
    QTest.keyClick(choice.list, Qt.Key.Key_Down)
    choice.list.activated.emit(0)
    assert (
        one.now().answers.target == replace(SERVER, identity_file=KEY_FILE)
        and one.now().login.method == "key"
    )
    choice.list.activated.emit(1)
    target = one.now().answers.target
    assert (target.host, target.jump) == ("10.0.0.5", "hanako@gateway.example.jp")
    assert page_of(one).form.more.jump.isVisible()
    choice.list.activated.emit(2)
    assert "ProxyCommand" in said(one)
    one.type(page_of(one).form.host.edit, "a.example.jp")
    assert "ProxyCommand" not in said(one) and choice.list.currentIndex() == -1


def test_the_private_half_is_taken_instead(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["key_public"]())
    sibling, other = page_of(one).cause.ways
    assert isinstance(sibling, QPushButton) and sibling.text().replace("&", "") == "Take id_ed25519 instead"
    one.press(sibling)
    assert one.now().answers.target.identity_file == KEY_FILE and one.now().work.failure is None
    one.show(STATES["key_public_alone"]())
    (only,) = page_of(one).cause.ways
    assert isinstance(only, QPushButton) and "another" in only.text()
    assert isinstance(other, QPushButton)


def test_few_rights_come_with_the_command_for_an_administrator(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_not_allowed"]())
    cause = page_of(one).cause
    assert "usermod -aG sudo difyadmin" in said(one) and cause.command is not None
    QGuiApplication.clipboard().clear()
    one.press(cause.command.button)
    assert QGuiApplication.clipboard().text() == "usermod -aG sudo difyadmin"
    again, anyway = cause.ways
    one.press(again)
    one.press(anyway)
    assert one.asked == [Retry(), Next()] and one.now().work.failure is None


def test_sudo_may_want_another_accounts_password(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["sudo_owner"]())
    sudo = page_of(one).form.sudo
    assert "asks for the password of root there" in said(one) and not sudo.same.isVisible()
    one.type(sudo.password.edit, "x")
    assert "asks for the password of root there" in said(one), "also after the error is gone"
    one.type(page_of(one).form.user.edit, "other")
    one.show(with_login(one.now(), sudo_asked=True, door=door()))
    assert "that user's password" in said(one) and sudo.same.isVisible()


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
    assert page.cause.isVisible() and page.first_focus() is page.form.fields[field].edit
    qtbot.waitUntil(page.form.fields[field].edit.hasFocus)
    page.form.port.edit.setFocus()
    one.show(with_welcome(one.now(), known=()))
    qtbot.wait(5)
    assert page.form.port.edit.hasFocus(), "the same failure does not take the focus again"


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
    assert one.now().login.method == "key" and one.now().work.failure is None
    one.show(failed(Code.SSH_METHOD_NOT_ALLOWED, with_key(), allowed="password"))
    (only,) = page_of(one).cause.ways
    one.click(only)
    assert one.now().login.method == "password"


def test_another_key_file(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["key_unreadable"](), chosen="/home/hanako/.ssh/other")
    one.press(page_of(one).cause.ways[0])
    assert one.now().answers.target.identity_file == "/home/hanako/.ssh/other"
    assert one.now().work.failure is None and not page_of(one).cause.isVisible()


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
    assert page.first_focus() is page.form.host.edit
    one.show(form(Target(host="203.0.113.24")))
    assert page.first_focus() is page.form.user.edit
    one.show(form())
    assert page.first_focus() is page.form.password.edit
    one.show(filled())
    assert page.first_focus() is None


def test_every_field_can_be_led_to(qtbot: QtBot) -> None:
    state = replace(with_login(with_key(), sudo_asked=True), intent="open")
    one = heard(qtbot, replace(state, secrets=Secrets(ssh_passphrase=Secret("x"))))
    page = page_of(one)
    for name, field in page.form.fields.items():
        if name != "secrets.ssh_password":
            page.focus_field(name)
            assert field.edit.hasFocus(), name
    page.focus_field("ports.http")
    assert page.form.more.jump.edit.hasFocus()


def test_tab_goes_as_one_reads(qtbot: QtBot) -> None:
    one = heard(qtbot, replace(filled(), answers=Answers(target=replace(SERVER, jump="j"))))
    page = page_of(one)
    page.form.host.edit.setFocus()
    visited = []
    for _ in range(7):
        visited.append(one.page.focusWidget())
        QTest.keyClick(visited[-1], Qt.Key.Key_Tab)
    card = page.form.methods.row.cards["password"]
    fields = [
        page.form.host.edit,
        page.form.port.edit,
        page.form.user.edit,
        card,
        page.form.password.edit,
        page.form.remember.box,
        page.form.more.link,
    ]
    assert visited == fields
