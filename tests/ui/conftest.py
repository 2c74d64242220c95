"""Qt for tests: no display, no warnings, nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

#: The offscreen platform says this about every window; it means nothing.
HARMLESS = ("This plugin does not support propagateSizeHints",)


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def no_qt_warnings() -> Iterator[None]:
    """A warning of Qt's fails the test."""
    said: list[str] = []

    def take(kind: QtMsgType, _context: object, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not text.startswith(HARMLESS):
            said.append(text)

    before = qInstallMessageHandler(take)
    yield
    qInstallMessageHandler(before)
    assert not said, said


@pytest.fixture(autouse=True)
def fusion(qapp: QApplication) -> Iterator[None]:
    """The program's base style; colours and fonts of one test do not reach the next."""
    if qapp.style().objectName() != "fusion":
        qapp.setStyle("Fusion")
    font = qapp.font()
    yield
    qapp.setFont(font)
    qapp.setStyleSheet("")
