"""Checks: what it shows, and what each of its controls asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Release
from installer.core.errors import Code, InstallError
from installer.release.catalogue import ReleaseInfo
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import ReleaseState, RepairState, WizardState, WorkState
from tests.ui.states.checks import (
    ANSWERS,
    STATES,
    already_there,
    busy,
    many,
    port_taken,
    state,
)
from ui.intents import CheckAgain, GoToPage, Intent, OpenPanel, UsePort, UseReleaseSource
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.wizard.checks.page import ChecksPage

Opened = Callable[..., tuple[ChecksPage, list[Intent]]]


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    """Shows the page; the list gets what it asks for."""

    def open_page(shown: WizardState, language: str = "en") -> tuple[ChecksPage, list[Intent]]:
        page = ChecksPage(Ui(Texts(language), Theme("light")))
        asked: list[Intent] = []
        page.asked.connect(asked.append)
        page.edited.connect(lambda _: pytest.fail("the page edits nothing"))
        qtbot.addWidget(page)
        page.resize(820, 640)
        page.show_state(shown)
        page.show()
        qtbot.waitUntil(lambda: not page.rows.growing)
        return page, asked

    return open_page


def texts_in(widget: QWidget) -> str:
    labels = [x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget)]
    return "\n".join(
        (*labels, *(x.text() for x in widget.findChildren(QPushButton) if x.isVisibleTo(widget)))
    )


@pytest.mark.parametrize(  # the texts of all languages have the same parameters
    "language", [pytest.param(x, marks=[] if x == "en" else [pytest.mark.slow]) for x in LANGUAGES]
)
@pytest.mark.parametrize("name", STATES)
def test_every_state_shows_and_asks_for_nothing(opened: Opened, name: str, language: str) -> None:
    page, asked = opened(STATES[name](), language)
    page.show_state(STATES["good"]())
    page.show_state(STATES[name]())
    assert asked == []
    assert "{" not in texts_in(page)
    if language == "en":
        assert_counted(page)


def assert_counted(page: ChecksPage) -> None:
    """The rows say what the summary counts."""
    said = [row.entry.state for row in page.rows.made.values()]
    if " to repair" in page.summary.text() and not page.summary.isHidden():
        for words, state in (("to repair", "To repair"), ("to settle in Settings", "Settle in Settings")):
            counted = re.search(rf"(\d+) {words}", page.summary.text())
            assert said.count(state) == (int(counted[1]) if counted else 0), page.summary.text()


def test_the_summary_counts(opened: Opened) -> None:
    page, _ = opened(port_taken())
    assert (
        page.summary.text()
        == "10 fine · 0 to repair · 1 to settle in Settings · 2 to know. Nothing has been changed yet."
    )
    page.show_state(replace(port_taken(), repair=RepairState(changed=True)))
    assert "Only the repair that you started" in page.summary.text()
    assert page.heading.text() == "Is this server ready?"


def test_this_computer_is_called_so(opened: Opened) -> None:
    page, _ = opened(STATES["local"]())
    assert page.heading.text() == "Is this computer ready?"
    assert page.groups["server"].heading.text() == "This computer"
    assert page.groups["server"].about.text() == "akari-pc · Ubuntu 24.04.2 LTS"


def test_problems_come_first_and_the_worst_first(opened: Opened) -> None:
    page, _ = opened(port_taken())
    assert list(page.problems.holders) == ["port:80", "memory", "encryption"]
    assert page.problems.property("tone") == "stop"
    assert "already in use" in texts_in(page.problems)
    assert list(page.groups["ports"].card.holders) == ["port:5003"]
    page.show_state(STATES["memory"]())
    assert page.problems.property("tone") == "warning"


def test_a_row_is_read_as_one_sentence(opened: Opened) -> None:
    page, _ = opened(port_taken())
    port = page.problems.holders["port:80"]
    assert port.accessibleName() == "Port 80: in use by nginx (pid 812), Settle in Settings"
    rows = page.groups["docker"].card.holders
    assert rows["docker"].accessibleName() == "Docker Engine: 28.5.2, Fine"


def test_another_port_by_mouse_and_keyboard(opened: Opened, qtbot: QtBot) -> None:
    page, asked = opened(port_taken())
    way = page.problems.buttons["port:80"]
    assert way.text() == "Use port 8080 instead"
    assert way.accessibleName() == "Use port 8080 instead of 80"
    QTest.mouseClick(way, Qt.MouseButton.LeftButton)
    way.setFocus()
    QTest.keyClick(way, Qt.Key.Key_Space)
    assert asked == [UsePort("ports.http", 8080)] * 2


def test_where_the_release_came_from_is_shown_and_asked(opened: Opened) -> None:
    shown = STATES["from_mirror"]()
    page, asked = opened(shown)
    source = "https://releases.example.jp"
    row = page.rows.made["release.elsewhere"]
    assert source in texts_in(row)
    (use,) = [b for b in row.findChildren(QPushButton) if b.text() == "Use this address"]
    assert use.accessibleName() == f"Get releases from {source}"
    QTest.mouseClick(use, Qt.MouseButton.LeftButton)
    assert asked == [UseReleaseSource(source)]
    page.show_state(replace(shown, answers=replace(shown.answers, release=Release(source=source))))
    assert f"Releases come from {source}" in texts_in(page.rows.made["release.elsewhere"])


def test_a_port_just_chosen_is_not_offered_again(opened: Opened) -> None:
    page, _ = opened(STATES["port_chosen"]())
    assert "port:80" not in page.problems.buttons
    assert "Dify will use port 8080." in texts_in(page.problems)


def test_what_is_settled_elsewhere_leads_there(opened: Opened, qtbot: QtBot) -> None:
    page, asked = opened(many())
    for row, key in (("rights", "way:0"), ("folder", "way:0"), ("installation", "way:1")):
        QTest.mouseClick(page.rows.made[row].controls[key], Qt.MouseButton.LeftButton)
    fields = ("target.directory", "target.directory", "target.project")
    assert asked == [GoToPage(page.page.SETTINGS, field) for field in fields]
    assert "compose" in page.problems.holders
    assert "compose" not in page.problems.buttons


def test_nothing_is_decided_while_it_still_looks(opened: Opened) -> None:
    page, asked = opened(STATES["port_busy"]())
    assert not page.problems.buttons["port:80"].isEnabled()
    assert not page.again.isEnabled()
    assert page.waiting.isVisible()
    assert not page.summary.isVisible()
    page.show_state(port_taken())
    assert page.problems.buttons["port:80"].isEnabled()
    assert page.summary.isVisible()
    assert asked == []


def test_check_again_by_button_letter_and_f5(opened: Opened, qtbot: QtBot) -> None:
    page, asked = opened(state())
    QTest.mouseClick(page.again, Qt.MouseButton.LeftButton)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_F5)
    assert asked == [CheckAgain(), CheckAgain()]
    page.show_state(state(work=WorkState(busy=busy("facts"))))
    QTest.keyClick(page, Qt.Key.Key_F5)
    assert len(asked) == 2


def test_the_keyboard_scrolls(opened: Opened, qtbot: QtBot) -> None:
    page, _ = opened(many())
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    QTest.keyClick(page, Qt.Key.Key_PageDown)
    assert page.area.verticalScrollBar().value() > 0
    QTest.keyClick(page, Qt.Key.Key_PageUp)
    assert page.area.verticalScrollBar().value() == 0


def test_an_installation_that_is_there_can_be_opened(opened: Opened, qtbot: QtBot) -> None:
    page, asked = opened(already_there())
    assert page.there_title.text() == "Dify 99.0.0 is already set up here"
    QTest.mouseClick(page.open_panel, Qt.MouseButton.LeftButton)
    page.open_panel.setFocus()
    QTest.keyClick(page.open_panel, Qt.Key.Key_Space)
    assert asked == [OpenPanel(), OpenPanel()]
    page.show_state(state())
    assert not page.there.isVisible()


@pytest.mark.parametrize(("name", "card"), [("lost", "failure"), ("release_failed", "release_error")])
def test_errors_offer_to_try_again(opened: Opened, qtbot: QtBot, name: str, card: str) -> None:
    page, asked = opened(STATES[name]())
    shown = getattr(page, card)
    assert shown.isVisible()
    QTest.mouseClick(shown.ways[0], Qt.MouseButton.LeftButton)
    assert asked == [CheckAgain()]
    page.show_state(state())
    assert not shown.isVisible()


def test_an_answer_that_is_wrong_leads_to_its_setting(opened: Opened, qtbot: QtBot) -> None:
    page, asked = opened(STATES["setting_wrong"]())
    QTest.mouseClick(page.release_error.ways[0], Qt.MouseButton.LeftButton)
    assert asked == [GoToPage(page.page.SETTINGS, "tls.certificate")]


UNKNOWN = InstallError(Code.RELEASE_UNKNOWN, {"version": "1.16.99", "nearest": "1.16.1"})
OTHER = InstallError(Code.RELEASE_WRONG_VERSION, {"wanted": "99.0.0", "found": "98.0.0"})
LISTED = (ReleaseInfo("1.16.1", "", prerelease=False, notes="", notes_url=""),)


@pytest.mark.parametrize(
    ("error", "source", "listed", "offered"),
    [
        (UNKNOWN, "https://github.com", LISTED, "release.version"),
        (UNKNOWN, "https://github.com", (), "release.source"),  # no list: nothing to choose from
        (OTHER, "/srv/dify.tar.gz", (), "release.version"),
        (InstallError(Code.RELEASE_BROKEN, {}), "/srv/dify.tar.gz", (), "release.source"),
        (InstallError(Code.RELEASE_RATE_LIMITED, {}), "https://github.com", (), "release.source"),
    ],
)
def test_another_version_where_one_helps(
    opened: Opened, error: InstallError, source: str, listed: tuple[ReleaseInfo, ...], offered: str
) -> None:
    answers = Answers(release=Release("99.0.0", source))
    page, asked = opened(state(read=False, answers=answers, release=ReleaseState(error=error, listed=listed)))
    for way in page.release_error.ways:
        QTest.mouseClick(way, Qt.MouseButton.LeftButton)
    wanted = [GoToPage(page.page.SETTINGS, offered), CheckAgain()]
    assert asked == (wanted if offered == "release.version" else wanted[::-1])


def test_rows_that_stay_the_same_are_not_made_anew(opened: Opened) -> None:
    page, _ = opened(port_taken())
    before = dict(page.problems.holders), dict(page.groups["server"].card.holders)
    page.show_state(port_taken())
    assert (page.problems.holders, page.groups["server"].card.holders) == before


def test_the_focus_stays_when_rows_are_added(opened: Opened, qtbot: QtBot) -> None:
    page, _ = opened(port_taken())
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    page.problems.buttons["port:80"].setFocus()
    facts = port_taken().checks.facts
    assert facts is not None
    disk = replace(facts.directory, docker_free=3 * 10**9)
    page.show_state(state(replace(facts, directory=disk), answers=ANSWERS))
    assert "disk" in page.problems.holders
    assert page.problems.buttons["port:80"].hasFocus()


def test_the_focus_begins_where_something_can_be_done(opened: Opened) -> None:
    page, _ = opened(port_taken())
    assert page.first_focus() is page.problems.buttons["port:80"]
    page.show_state(state())
    assert page.first_focus() is None
    page.show_state(state(work=WorkState(busy=busy("facts"))))
    assert page.first_focus() is None  # the window keeps the focus on the page meanwhile


def test_what_must_be_repaired_holds_one_back(opened: Opened) -> None:
    page, _ = opened(STATES["no_docker"]())
    bar = page.bar(page.state)
    assert not bar.enabled
    assert bar.note == "To repair first: 1"
    assert page.bar(port_taken()).enabled  # a port is settled on the next page
