"""Done: what is told, and that the first password stays hidden until it is asked for."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from installer.core.secrets import MASK
from tests.ui.page_probe import Probe
from tests.ui.states.done import CANARY, STATES
from ui.intents import CopyText, OpenPanel, OpenThroughSsh, OpenUrl
from ui.widgets.secret_line import SecretLine
from ui.wizard.done.page import DonePage

URL = "https://dify.example.jp"


def page_of(probe: Probe) -> DonePage:
    return cast(DonePage, probe.page)


def card_of(probe: Probe) -> SecretLine:
    card = page_of(probe).password
    assert card is not None
    return card.line


@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing_and_keeps_the_widgets(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    before = probe.shell.findChildren(QPushButton)
    probe.show(probe.view.state)
    assert probe.shell.findChildren(QPushButton) == before
    assert probe.asked == [] and probe.edited == []


def test_dify_and_the_panel_are_one_step_away(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["first"]())
    assert "Dify is running" in probe.said() and "1.16.1" in probe.said()
    assert probe.click(probe.button("Open Dify")) == [OpenUrl(URL)]
    assert probe.press(probe.button("Go to control panel")) == [OpenPanel()]
    probe.asked.clear()
    probe.shell.bar.primary_button.setFocus()
    QTest.keyClick(probe.shell.bar.primary_button, Qt.Key.Key_Return)
    assert probe.asked == [OpenUrl(URL)]
    assert not probe.shell.bar.back_button.isVisible()


def test_the_address_is_copied(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["first"]())
    address = page_of(probe).address
    assert address is not None
    assert probe.click(address.button) == [CopyText(URL)] == probe.press(address.button)


@pytest.mark.parametrize("name", ["first", "first-http", "local", "long"])
def test_the_password_is_nowhere_until_it_is_asked_for(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    assert not any(CANARY in text for text in probe.everything())
    assert probe.click(card_of(probe).copy_button) == [CopyText(CANARY, secret=True)]
    assert not any(CANARY in text for text in probe.everything())
    assert "removed from the clipboard" in probe.said()


def test_showing_and_hiding_the_password(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["first"]())
    card = card_of(probe)
    assert card.value.text() == MASK and card.value.isReadOnly()
    assert probe.press(card.show_button) == []
    assert card.value.text() == CANARY and card.show_button.text() == "&Hide"
    probe.show(probe.view.state)
    assert card.value.text() == CANARY
    probe.click(card.show_button)
    assert card.value.text() == MASK
    probe.click(card.show_button)
    probe.shell.hide()
    assert card.value.text() == MASK


def test_where_the_password_is_kept(qtbot: QtBot) -> None:
    assert "on the server in /opt/dify/docker/.env" in Probe(qtbot, STATES["first"]()).said()
    assert "on this computer in /home/hanako/Dify/docker/.env" in Probe(qtbot, STATES["local"]()).said()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("first", "create the first account"),
        ("admin", "Log in with admin@example.jp"),
        ("same", "Log in to Dify with your account"),
    ],
)
def test_what_next(qtbot: QtBot, name: str, text: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    assert text in probe.said() and "Model provider" in probe.said()
    assert (page_of(probe).password is None) is (name != "first")


@pytest.mark.parametrize(
    ("name", "reminded"),
    [("first", False), ("first-http", True), ("same", True), ("local", False), ("long", True)],
)
def test_only_what_others_could_read_is_called_unencrypted(qtbot: QtBot, name: str, reminded: bool) -> None:
    assert ("without encryption" in Probe(qtbot, STATES[name]()).said()) is reminded


def test_nothing_had_to_be_changed(qtbot: QtBot) -> None:
    assert "Nothing had to be changed" in Probe(qtbot, STATES["same"]()).said()


def test_a_closed_port_is_told_with_the_way_through_ssh(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["closed-open"]())
    assert "ConoHa" in probe.said() and "http://127.0.0.1:31234" in probe.said()
    assert "runs" in probe.said() and "is ready" not in probe.said()
    open_bar = page_of(probe).bar(STATES["closed-open"]())
    assert open_bar.intent == OpenUrl("http://127.0.0.1:31234")
    closed = page_of(probe).bar(STATES["closed"]())
    assert closed.primary == "Open &through SSH" and closed.enabled and closed.intent == OpenThroughSsh()
    coming = page_of(probe).bar(STATES["closed-connecting"]())
    assert not coming.enabled and coming.note == "Connecting through SSH…"
    failed = Probe(qtbot, STATES["closed-failed"]())
    assert "Oracle" in failed.said() and "127.0.0.1:31234" not in failed.said()
    assert page_of(probe).bar(STATES["closed-failed"]()).enabled
    assert isinstance(page_of(probe).bar(STATES["first"]()).intent, OpenUrl)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unknown", "is not known"),
        ("same", "Nothing had to be changed"),
        ("same-unknown", "Nothing had to be"),
    ],
)
def test_that_nothing_was_changed_is_said(qtbot: QtBot, name: str, said: str) -> None:
    assert said in Probe(qtbot, STATES[name]()).said()
