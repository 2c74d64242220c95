"""Welcome: what it shows, and what each control asks for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.settings import Target
from installer.wizard import WizardState
from tests.ui.hearing import Heard, ui_for
from tests.ui.states.welcome import DRAFT, HERE, KNOWN, SHOP, STATES, TEST, WHEN
from ui.intents import DropDraft, ForgetServer, OpenAnswers, OpenServer, Resume
from ui.pages.welcome import WelcomePage
from ui.pages.welcome_parts import place_text, server_name

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


def test_the_first_page_draws_without_the_engine() -> None:
    heavy = ("paramiko", "docker", "cryptography", "yaml", "installer.engine", "installer.servers")
    code = f"import sys, ui.pages.welcome\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_showing_asks_for_nothing(qtbot: QtBot, state: object) -> None:
    made = state()  # type: ignore[operator]
    one = heard(qtbot, made)
    assert page_of(one).choices.cards[made.intent].isChecked()
    for language_state in STATES.values():
        one.show(language_state())
    assert not one.edits and not one.asked


def test_the_intent_by_mouse_and_by_arrow_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["bad_value"]())
    cards = page_of(one).choices.cards
    one.click(cards["open"])
    assert one.now().intent == "open" and one.now().failure is None and one.edits == 1
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


def test_opening_and_forgetting_a_server(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    for way in one.ways():
        one.asked.clear()
        way(named(one, "Open dify.example.jp"))
        way(named(one, "Open This computer"))
        way(named(one, "Take 203.0.113.77 off this list (nothing changes on the server)"))
        assert one.asked == [OpenServer("a1"), OpenServer("c3"), ForgetServer("b2")]


def test_rows_stay_while_only_their_state_changes(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["looking"]())
    before = page_of(one).servers.opening["a1"]
    before.setFocus()
    one.show(replace(one.now(), live={"a1": "up"}))
    assert page_of(one).servers.opening["a1"] is before and before.hasFocus()
    assert "Answers" in said(one)


def test_forgetting_by_keyboard_keeps_the_focus_in_the_list(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["known"]())
    one.press(page_of(one).servers.forgetting["b2"])
    one.show(replace(one.now(), known=(SHOP, HERE)))
    assert page_of(one).servers.forgetting["c3"].hasFocus()
    one.show(replace(one.now(), known=()))
    assert not page_of(one).servers.isVisible()


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
        assert one.asked == [Resume(), DropDraft()]
    one.show(STATES["draft_nowhere"]())
    assert "No server entered yet" in said(one)


def test_no_second_card_for_the_installation_that_goes_on(qtbot: QtBot) -> None:
    server = replace(TEST, target=DRAFT.answers.target, installing_since=WHEN)
    one = heard(qtbot, WizardState(known=(server,), draft=DRAFT))
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
