"""Welcome: what it shows, and what each control asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.answers import Target
from installer.views.wizard import WelcomeState, WizardState
from tests.ui.hearing import Heard, ui_for
from tests.ui.states.welcome import DRAFT, HERE, KNOWN, SHOP, STATES, TEST, WHEN, with_welcome
from ui.intents import DiscardDraft, ForgetServer, OpenAnswers, OpenServer, ResumeDraft, SaveServer
from ui.wizard.welcome.page import WelcomePage
from ui.wizard.welcome.parts import place_text
from ui.wizard.welcome.server_list import server_name

#: The offscreen platform, about every menu.
menus = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
FILE = Path("/home/hanako/answers.toml")


def heard(qtbot: QtBot, state: WizardState, chosen: Path | None = FILE) -> Heard:
    return Heard(qtbot, WelcomePage(ui_for(), choose_file=lambda: chosen), state)


def page_of(one: Heard) -> WelcomePage:
    assert isinstance(one.page, WelcomePage)
    return one.page


def named(one: Heard, name: str) -> QPushButton:
    return next(b for b in one.page.findChildren(QPushButton) if b.accessibleName() == name and b.isVisible())


def said(one: Heard) -> str:
    labels = (w for w in one.page.findChildren(QLabel) if w.isVisible())
    return "\n".join(w.text().replace("\u200b", "") for w in labels)


@pytest.mark.parametrize("others", [2, pytest.param(len(STATES), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing(qtbot: QtBot, name: str, others: int) -> None:
    made = STATES[name]()
    one = heard(qtbot, made)
    assert page_of(one).choices.cards[made.intent].isChecked()
    place = list(STATES).index(name) + 1
    for make in [*STATES.values(), *STATES.values()][place : place + others]:
        one.show(make())
    assert not one.edits and not one.asked


def test_the_intent_by_mouse_and_by_arrow_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["bad_value"]())
    cards = page_of(one).choices.cards
    one.click(cards["open"])
    assert one.now().intent == "open" and one.now().work.failure is None and one.edits == 1
    one.press(cards["open"], Qt.Key.Key_Left)
    assert one.now().intent == "install" and cards["install"].isChecked() and one.edits == 2


def test_known_servers_with_their_state(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    text = said(one)
    for part in ("dify.example.jp", "Dify 1.16.1 · difyadmin@203.0.113.24:10022", "ubuntu@203.0.113.77"):
        assert part in text
    for part in ("This computer", "/home/hanako/Dify", "Answers", "No answer", "Not known"):
        assert part in text
    assert "still running" not in text


def test_no_servers_no_list(qtbot: QtBot) -> None:
    one = heard(qtbot, WizardState())
    assert not page_of(one).servers.isVisible()
    assert "Servers set up before" not in said(one)
    assert "LangGenius" in said(one)


def test_opening_a_server(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    for way in one.ways():
        one.asked.clear()
        way(named(one, "Open dify.example.jp"))
        way(named(one, "Open This computer"))
        assert one.asked == [OpenServer("a1"), OpenServer("c3")]


def test_what_is_known_of_a_server(qtbot: QtBot) -> None:
    text = said(heard(qtbot, STATES["known"]()))
    assert "/opt/dify · Key file · last seen" in text and "/opt/dify · Password · last seen" in text


def choose(one: Heard, server: str, deed: str) -> None:
    """From the row's menu."""
    servers = page_of(one).servers
    one.press(servers.more[server])
    assert servers.menu is not None
    action = next(a for a in servers.menu.actions() if deed in a.text().replace("&", ""))
    action.trigger()
    servers.menu.close()


@menus
def test_forgetting_asks_first(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    for way in one.ways():
        one.asked.clear()
        choose(one, "b2", "Forget")
        card = page_of(one).forget
        assert card is not None and card.isVisible() and "Forget 203.0.113.77?" in said(one)
        assert card.no.hasFocus() and not one.asked
        way(card.no)
        assert not card.isVisible() and not one.asked and page_of(one).servers.more["b2"].hasFocus()
        choose(one, "b2", "Forget")
        way(card.yes)
        assert one.asked == [ForgetServer("b2")]
        one.show(with_welcome(one.now(), forgetting=""))


@menus
def test_escape_keeps_the_entry(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["forget"]())
    page = page_of(one)
    assert page.forget is not None
    one.press(page.forget.no, Qt.Key.Key_Escape)
    assert not page.forget.isVisible() and not one.asked
    choose(one, "a1", "Edit")
    assert page.editor is not None
    one.press(page.editor.name.edit, Qt.Key.Key_Escape)
    assert not page.editor.isVisible() and not one.asked


@menus
def test_editing_an_entry(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    choose(one, "a1", "Edit")
    editor = page_of(one).editor
    assert editor is not None and editor.name.edit.hasFocus()
    one.type(editor.name.edit, "Shop")
    one.type(editor.port.edit, "")
    assert not editor.save.isEnabled() and "1 to 65535" in said(one)
    one.type(editor.port.edit, "22022")
    one.type(editor.folder.edit, "/srv/shop")
    for way in one.ways():
        one.asked.clear()
        way(editor.save)
        assert one.asked == [SaveServer()]
    one.press(editor.name.edit, Qt.Key.Key_Return)
    assert one.asked == [SaveServer()] * 2
    edit = one.now().welcome.editing
    assert edit is not None and not edit.copy
    assert edit.server == replace(
        SHOP, name="Shop", target=replace(SHOP.target, port=22022, directory="/srv/shop")
    )


@menus
def test_a_copy_needs_a_place_of_its_own(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    choose(one, "a1", "Duplicate")
    editor = page_of(one).editor
    assert editor is not None and editor.name.edit.text() == "dify.example.jp (copy)"
    assert not editor.save.isEnabled() and "in the list already" not in said(one)
    qtbot.waitUntil(editor.host.edit.hasFocus)
    one.type(editor.folder.edit, "/opt/dify/")
    assert not editor.save.isEnabled() and "in the list already" in said(one)
    one.type(editor.host.edit, "203.0.113.99")
    assert editor.save.isEnabled() and "in the list already" not in said(one)
    assert one.now().welcome.editing is not None and one.now().welcome.editing.copy  # type: ignore[union-attr]


def test_this_computer_has_no_account_to_edit(qtbot: QtBot) -> None:
    editor = page_of(heard(qtbot, STATES["edit_here"]())).editor
    assert editor is not None and not editor.account.isVisible() and editor.folder.isVisible()


def test_rows_stay_while_only_their_state_changes(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["looking"]())
    before = page_of(one).servers.opening["a1"]
    before.setFocus()
    one.show(with_welcome(one.now(), live={"a1": "up"}))
    assert page_of(one).servers.opening["a1"] is before and before.hasFocus()
    assert "Answers" in said(one)


def test_forgetting_by_keyboard_keeps_the_focus_in_the_list(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["forget"]())
    page = page_of(one)
    assert page.forget is not None
    one.press(page.forget.yes)
    one.show(with_welcome(one.now(), known=(SHOP, HERE), forgetting=""))
    assert page.servers.more["c3"].hasFocus()
    one.show(with_welcome(one.now(), known=()))
    assert not page.servers.isVisible()


def test_an_installation_that_goes_on(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["running"]())
    assert "An installation is still running on dify.example.jp" in said(one)
    assert "Installing" in said(one)
    for way in one.ways():
        one.asked.clear()
        way(named(one, "Watch the installation on dify.example.jp"))
        assert one.asked == [OpenServer("a1")]


def test_the_draft(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["draft"]())
    assert "203.0.113.24, saved" in said(one)
    for way in one.ways():
        one.asked.clear()
        way(named(one, "Go on with the saved answers"))
        way(named(one, "Discard the saved answers"))
        assert one.asked == [ResumeDraft(), DiscardDraft()]
    one.show(STATES["draft_nowhere"]())
    assert "No server entered yet" in said(one)


def test_no_second_card_for_the_installation_that_goes_on(qtbot: QtBot) -> None:
    server = replace(TEST, target=DRAFT.answers.target, installing_since=WHEN)
    one = heard(qtbot, WizardState(welcome=WelcomeState(known=(server,), draft=DRAFT)))
    assert "Go on where you stopped" not in said(one)


def test_an_answers_file(qtbot: QtBot) -> None:
    one = heard(qtbot, WizardState())
    for way in one.ways():
        one.asked.clear()
        way(page_of(one).answers_button)
        assert one.asked == [OpenAnswers(FILE)]


def test_no_file_chosen(qtbot: QtBot) -> None:
    one = heard(qtbot, WizardState(), chosen=None)
    one.click(page_of(one).answers_button)
    assert not one.asked


def test_a_file_that_cannot_be_used(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["bad_value"]())
    assert "99999" in said(one) and "1..65535" in said(one)
    for way in one.ways():
        one.asked.clear()
        way(page_of(one).cause.ways[0])
        assert one.asked == [OpenAnswers(FILE)]
    one.show(WizardState())
    assert not page_of(one).cause.isVisible()


def test_another_failure_offers_no_file(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["disk_full"]())
    assert page_of(one).cause.isVisible() and not page_of(one).cause.ways


def test_the_bar(qtbot: QtBot) -> None:
    one = heard(qtbot, WizardState())
    bar = one.page.bar(one.now())
    assert (bar.primary, bar.enabled, bar.back) == ("&Start", True, False)


def test_places_as_people_write_them() -> None:
    assert place_text(Target(host="2001:db8::7", user="root")) == "root@[2001:db8::7]"
    assert place_text(Target(host="a.example.jp", port=22022)) == "a.example.jp:22022"
    assert place_text(Target(kind="local", directory="/srv/d")) == "/srv/d"
    assert server_name(ui_for("ja"), HERE) == "このパソコン"
    assert [server_name(ui_for(), s) for s in KNOWN[:2]] == ["dify.example.jp", "203.0.113.77"]
