"""What is copied is confirmed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from installer.core.errors import Code, InstallError
from tests.ui.preview import look
from ui.widgets import copyable
from ui.widgets.cause import CauseCard
from ui.widgets.copyable import CopyButton


@pytest.mark.parametrize(("language", "said"), [("en", "Copied"), ("ja", "コピーしました")])
def test_copying_the_details_of_an_error_is_confirmed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, language: str, said: str
) -> None:
    monkeypatch.setattr(copyable, "CONFIRM_MS", 50)
    window = QWidget()
    qtbot.addWidget(window)
    card = CauseCard(look(language, "light"))
    card.setParent(window)
    card.show_error(InstallError(Code.PULL_FAILED, {"exit_code": "1"}, detail="the details"))
    window.show()
    (copy,) = card.findChildren(CopyButton)
    title, width = copy.text(), copy.width()
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "the details" in QApplication.clipboard().text()
    assert copy.text() == said and not copy.accessibleName() and copy.width() == width
    qtbot.waitUntil(lambda: copy.text() == title)
