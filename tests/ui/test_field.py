"""Fields and questions: letters that belong to buttons, and a question that has no sense any more."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.ui.preview import look
from ui.widgets.field import Field, SecretField
from ui.window.dialogs import Decision


@pytest.mark.skipif(sys.platform == "darwin", reason="there it types special letters")
@pytest.mark.parametrize("kind", [Field, SecretField])
def test_a_letter_with_alt_is_never_typed(qtbot: QtBot, kind: type[Field]) -> None:
    field = kind(look("en", "light"), "Password")
    qtbot.addWidget(field)
    QTest.keyClicks(field.edit, "abc")
    QTest.keyClick(field.edit, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    QTest.keyClicks(field.edit, "D", Qt.KeyboardModifier.ShiftModifier)
    assert field.edit.text() == "abcD"


def test_a_question_goes_when_it_has_no_sense_any_more(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = Decision(look("en", "light"), parent, "?", "", (("close", "Close", ""), ("stay", "Stay", "")))
    dialog.only_while(lambda: False)
    dialog.exec()
    assert dialog.answer == "stay"
