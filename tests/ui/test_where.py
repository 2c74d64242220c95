"""Where: the two cards, this computer's Docker, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Target, answer_problems
from installer.views.wizard import WizardState, edit, effective
from tests.ui.hearing import Heard, ui_for
from tests.ui.states.where import STATES
from ui.intents import CheckDocker, Next, Retry, Stop
from ui.wizard.where.page import WherePage


def heard(qtbot: QtBot, state: WizardState) -> Heard:
    return Heard(qtbot, WherePage(ui_for()), state)


def page_of(one: Heard) -> WherePage:
    assert isinstance(one.page, WherePage)
    return one.page


@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing(qtbot: QtBot, name: str) -> None:
    one = heard(qtbot, STATES[name]())
    page = page_of(one)
    assert page.choices.cards[one.now().answers.target.kind].isChecked()
    assert page.first_focus() is page.choices.cards[one.now().answers.target.kind]
    for make in STATES.values():
        one.show(make())
    assert not one.edits and not one.asked


def test_choosing_by_mouse_and_by_arrow_key(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["server"]())
    page = page_of(one)
    one.click(page.local)
    assert one.now().answers.target.kind == "local" and one.edits == 1
    one.press(page.local, Qt.Key.Key_Right)
    assert one.now().answers.target.kind == "ssh" and one.edits == 2


def test_the_way_to_a_server_comes_back(qtbot: QtBot) -> None:
    typed = Target(host="203.0.113.24", user="root", identity_file="/k", jump="j", directory="/srv/dify")
    one = heard(qtbot, edit(STATES["server"](), answers=Answers(target=typed)))
    one.click(page_of(one).local)
    counted = effective(one.now())
    assert not [p for p in answer_problems(counted) if p.params["key"].startswith("target.")]
    assert counted.target == Target(kind="local", directory="/srv/dify")
    one.click(page_of(one).ssh)
    assert one.now().answers.target == typed


def test_what_only_this_computer_has_goes(qtbot: QtBot) -> None:
    local = Target(kind="local", docker="desktop-linux", directory="~/Dify")
    one = heard(qtbot, edit(STATES["local"](), answers=Answers(target=local)))
    one.click(page_of(one).ssh)
    assert effective(one.now()).target == Target()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("local_looking", "Looking for Docker"),
        ("local", "Docker 28.5.2 runs"),
        ("server_no_docker", "Docker is not installed here yet"),
        ("local_unsupported", "on FreeBSD, Docker runs no Linux containers"),
    ],
)
def test_the_card_says_what_was_found(qtbot: QtBot, name: str, words: str) -> None:
    one = heard(qtbot, STATES[name]())
    assert words in page_of(one).local.accessibleDescription()


def test_docker_is_looked_for_again(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["local_not_running"]())
    for way in one.ways():
        one.asked.clear()
        way(page_of(one).cause.ways[1])
        assert one.asked == [CheckDocker()]
    one.click(page_of(one).cause.ways[2])
    assert one.now().answers.target.kind == "ssh" and not page_of(one).cause.isVisible()


def test_the_checks_say_what_can_be_done_about_a_silent_docker(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["local_not_running"]())
    bar = one.page.bar(one.now())
    assert bar.enabled and not bar.note
    one.press(page_of(one).cause.ways[0])
    assert one.asked == [Next()]


def test_a_computer_that_cannot_be_used_leads_to_a_server(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["local_unsupported"]())
    (only,) = page_of(one).cause.ways
    one.press(only)
    assert one.now().answers.target.kind == "ssh" and not one.asked


def test_connecting_again(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["failed"]())
    one.press(page_of(one).cause.ways[0])
    assert one.asked == [Retry()]


def test_while_connecting(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["connecting"]())
    page, bar = page_of(one), one.page.bar(one.now())
    assert page.waiting.isVisible() and "Connecting" in page.waiting.text.text()
    assert not page.choices.isEnabled() and not bar.enabled
    assert (bar.second, bar.second_intent) == ("Cancel", Stop())
    assert not page.bar(STATES["cancelling"]()).second
    one.show(STATES["local"]())
    assert not page.waiting.isVisible() and page.choices.isEnabled()


def test_the_failure_of_an_unchosen_computer_is_only_on_its_card(qtbot: QtBot) -> None:
    one = heard(qtbot, STATES["server_no_docker"]())
    assert not page_of(one).cause.isVisible()
    assert one.page.bar(one.now()).enabled


def test_the_field_of_the_answers(qtbot: QtBot) -> None:
    one = heard(qtbot, replace(STATES["server"]()))
    one.page.focus_field("target.kind")
    assert page_of(one).ssh.hasFocus()
    one.page.focus_field("target.host")
    assert page_of(one).ssh.hasFocus()
