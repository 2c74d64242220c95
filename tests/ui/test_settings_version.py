"""Settings: the notes of a release, a list of an earlier time, and versions and sources typed by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.answers import Release
from installer.views.wizard import PageId
from tests.ui.layout_check import SIZES, findings
from tests.ui.page_probe import Probe
from tests.ui.preview import change_look, throw_away, wizard_window
from tests.ui.states.settings import RELEASES, STATES, released, state
from tests.ui.test_settings import CHOSEN, Opened
from ui.intents import OpenUrl
from ui.wizard.settings.page import SettingsPage
from ui.wizard.settings.source import SourceFold


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    return Opened(qtbot).show(state())


# ------------------------------------------------------------------------------------ notes


def test_notes_are_plain_text_and_load_nothing(opened: Opened) -> None:
    opened.show(STATES["long_notes"]())
    version, notes = opened.page.version, opened.page.version.notes
    opened.click(version.news)
    assert notes.text.toPlainText() == opened.state.release.listed[1].notes
    assert "<img src=" in notes.text.toPlainText() and "![x](" in notes.text.toPlainText()
    assert notes.text.verticalScrollBar().maximum() > 0
    assert version.news.text() == "Hide what &is new"
    opened.click(version.news)
    assert notes.isHidden() and version.news.text() == "What &is new"


def test_notes_are_read_with_the_keyboard(opened: Opened) -> None:
    opened.show(STATES["long_notes"]())
    notes = opened.page.version.notes
    opened.space(opened.page.version.news)
    page = opened.page
    page.activateWindow()
    opened.qtbot.waitUntil(page.isActiveWindow)
    for _ in range(8):
        if notes.text.hasFocus():
            break
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert notes.text.hasFocus()
    assert notes.text.accessibleName() == "What is new in Dify 99.0.0"
    QTest.keyClick(notes.text, Qt.Key.Key_Down)
    QTest.keyClick(notes.text, Qt.Key.Key_Down)
    assert notes.text.textCursor().blockNumber() > 0  # a screen reader follows the cursor
    QTest.keyClick(notes.text, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    bar = notes.text.verticalScrollBar()
    assert bar.value() > bar.maximum() // 2
    before = notes.text.toPlainText()
    QTest.keyClicks(notes.text, "typed")
    assert notes.text.toPlainText() == before
    QTest.keyClick(notes.text, Qt.Key.Key_Tab)
    assert notes.page.hasFocus()


def test_the_page_of_the_notes_opens_in_the_browser(opened: Opened) -> None:
    version = opened.page.version
    opened.click(version.news)
    assert version.notes.page.toolTip() == "https://example.jp/99"
    assert version.notes.page.accessibleName() == "Open the page about Dify 99.0.0"
    opened.click(version.notes.page)
    assert opened.asked == [OpenUrl("https://example.jp/99")]


def test_an_address_that_is_no_page_is_not_offered(opened: Opened) -> None:
    answers = replace(opened.answers, release=Release("98.0.0"))
    there = STATES["long_notes"]()
    opened.show(replace(there, answers=answers, release=replace(there.release, obtained=None)))
    opened.click(opened.page.version.news)
    assert opened.page.version.notes.text.toPlainText() == "Older."
    assert not opened.page.version.notes.page.isVisible()


def test_the_notes_of_the_version_that_is_chosen(opened: Opened) -> None:
    version = opened.page.version
    opened.click(version.news)
    opened.click(version.other)
    QTest.keyClick(version.choice, Qt.Key.Key_End)
    assert version.notes.text.toPlainText() == "Older."
    assert version.notes.text.accessibleName() == "What is new in Dify 98.0.0"
    opened.show(
        state(
            replace(opened.answers, release=Release("97.0.0")),
            judged=False,
            release=released(obtained=None),
        )
    )
    assert not version.notes.isVisible() and not version.news.isVisible()
    opened.show(state())
    assert version.news.text() == "What &is new"


# ------------------------------------------------------------------------------------- list


def test_a_list_of_an_earlier_time_says_so_where_one_chooses(opened: Opened) -> None:
    opened.show(STATES["earlier_list"]())
    version = opened.page.version
    assert not version.listed.isVisible()
    opened.click(version.other)
    assert version.listed.isVisible()
    when = version.ui.moment(1_789_990_000)
    assert version.listed.text() == f"The list of versions cannot be fetched now. This one is of {when}."
    opened.show(state())
    assert not version.listed.isVisible()


def test_without_any_list_one_can_type_a_version(opened: Opened) -> None:
    opened.show(STATES["no_list"]())
    version = opened.page.version
    assert "You can still type a version below" in version.listed.text() and version.listed.isVisible()
    assert not version.other.isVisible()
    error = version.error
    assert error is not None and error.isVisible()
    opened.page.focus_field("release.source")
    QApplication.processEvents()
    opened.type(version.by_hand.version.edit, "1.16.1")
    assert opened.edits == 0  # nothing is fetched while one types
    opened.click(version.by_hand.use)
    assert opened.answers.release == Release("1.16.1") and opened.edits == 1


@pytest.mark.parametrize(  # the pseudo language has the longest texts
    "language", ["pseudo", *(pytest.param(x, marks=pytest.mark.slow) for x in ("en", "ja"))]
)
@pytest.mark.parametrize("name", ["long_notes", "earlier_list", "no_list"])
def test_everything_unfolded_fits(qtbot: QtBot, name: str, language: str) -> None:
    window, view = wizard_window(STATES[name](), language, "light")
    page = cast(SettingsPage, view.pages[PageId.SETTINGS])
    version = page.version
    version.by_hand.open(True)
    for unfold in (version.news, version.other):
        if not unfold.isHidden():
            unfold.click()
    version.by_hand.version.edit.setText("x")
    version.by_hand.source.edit.setText("y")
    version.by_hand.use.click()
    found = [text for size in SIZES for text in findings(window, page, *size)]
    throw_away(window)
    change_look()
    assert found == []


# ---------------------------------------------------------------------------------- by hand


def by_hand(opened: Opened) -> SourceFold:
    fold = opened.page.version.by_hand
    opened.click(fold.toggle)
    QApplication.processEvents()
    assert fold.content.isVisible()
    return fold


def test_a_mirror_and_back_to_github(opened: Opened) -> None:
    fold = by_hand(opened)
    opened.type(fold.source.edit, " https://mirror.example.jp/dify ")
    QTest.keyClick(fold.source.edit, Qt.Key.Key_Return)
    assert opened.answers.release == Release("latest", "https://mirror.example.jp/dify")
    assert opened.state.release.listed == () and opened.state.release.obtained is None  # of another source
    assert fold.source.edit.text() == "https://mirror.example.jp/dify"
    opened.type(fold.source.edit, "")
    opened.click(fold.use)
    assert opened.answers.release == Release()
    opened.click(fold.use)
    assert opened.edits == 2  # the same once more is nothing


def test_enter_takes_what_was_typed_and_does_not_go_on(qtbot: QtBot) -> None:
    probe = Probe(qtbot, state())
    fold = cast(SettingsPage, probe.page).version.by_hand
    fold.open(True)
    fold.version.edit.setFocus()
    QTest.keyClicks(fold.version.edit, "98.0.0")
    QTest.keyClick(fold.version.edit, Qt.Key.Key_Return)
    assert probe.asked == [] and len(probe.edited) == 1


def test_an_archive_is_chosen_in_the_desktops_own_dialog(opened: Opened) -> None:
    fold = by_hand(opened)
    opened.click(fold.source.choose)
    assert fold.source.edit.text() == CHOSEN and opened.edits == 0
    opened.click(fold.use)  # a .pem is no archive
    assert "choose a file .tar.gz or .zip" in fold.source.below.text() and opened.edits == 0
    fold._choose_file = lambda *_: "/srv/dify.tar.gz"
    opened.click(fold.source.choose)
    assert "Empty: GitHub" in fold.source.below.text()
    opened.click(fold.use)
    assert opened.answers.release == Release("latest", "/srv/dify.tar.gz")


@pytest.mark.parametrize(
    ("version", "source", "wrong"),
    [
        ("sixteen", "", "version"),
        ("", "github.com", "source"),
        ("", "https://user:secret@mirror.example.jp", "source"),
        ("", "ftp://mirror.example.jp", "source"),
        ("x", "y", "version"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(opened: Opened, version: str, source: str, wrong: str) -> None:
    fold = by_hand(opened)
    page = opened.page
    page.activateWindow()
    opened.qtbot.waitUntil(page.isActiveWindow)
    opened.type(fold.version.edit, version)
    opened.type(fold.source.edit, source)
    opened.click(fold.use)
    field = getattr(fold, wrong)
    assert opened.edits == 0 and field.edit.hasFocus()
    assert field.edit.property("wrong") == "true" and field.edit.accessibleDescription() == field.below.text()
    QTest.keyClicks(field.edit, "1")
    assert field.edit.property("wrong") == "false"


def test_what_is_typed_stays_while_something_else_changes(opened: Opened) -> None:
    fold = by_hand(opened)
    opened.type(fold.version.edit, "1.16")
    opened.show(replace(opened.state, release=replace(opened.state.release, listed=RELEASES[:1])))
    assert fold.version.edit.text() == "1.16"
    opened.show(replace(opened.state, answers=replace(opened.answers, release=Release("98.0.0"))))
    assert fold.version.edit.text() == "98.0.0"


def test_an_installed_version_stays(opened: Opened) -> None:
    """Its source may become another one: GitHub may be out of reach from this computer."""
    opened.show(STATES["installed"]())
    fold = opened.page.version.by_hand
    assert not fold.version.isVisible()
    opened.page.focus_field("release.source")
    assert fold.source.isVisible()
    opened.type(fold.source.edit, "https://mirror.example.jp")
    QTest.keyClick(fold.source.edit, Qt.Key.Key_Return)
    assert opened.answers.release == Release(source="https://mirror.example.jp")


def test_what_was_typed_and_not_used_holds_back(opened: Opened) -> None:
    page = opened.page
    page.focus_field("release.source")
    changed: list[object] = []
    page.bar_changed.connect(lambda: changed.append(page.bar(opened.state)))
    opened.type(page.version.by_hand.version.edit, "98.0.0")
    bar = page.bar(opened.state)
    assert not bar.enabled and bar.note.startswith("Press “Use this”") and changed
    opened.type(page.version.by_hand.version.edit, "")
    assert page.bar(opened.state).enabled
