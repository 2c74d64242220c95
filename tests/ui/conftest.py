"""Qt for tests: no display, nothing left behind. Warnings of Qt's fail a test (``pyproject.toml``)."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from installer.core.errors import Code, InstallError
from installer.release import updates
from tests.ui.layout_items import kept_items
from tests.ui.preview import change_look
from ui.background import chunked_work


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def fusion(qapp: QApplication) -> Iterator[None]:
    """The program's base style; colours and fonts of one test do not reach the next."""
    if qapp.style().objectName() != "fusion":
        qapp.setStyle("Fusion")
    font = qapp.font()
    yield
    qapp.setFont(font)
    qapp.setStyleSheet("")
    change_look()  # what is taken away here is not taken for there by the next test


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """Cycles are collected in the main thread, as the program does it (``ui.background.gc_timer``); what was
    there before the test is not looked at again."""
    gc.disable()
    gc.freeze()
    yield
    gc.collect()
    kept = kept_items()
    assert not kept, (
        "layout items that PySide keeps also after Qt has deleted them (ui/widgets/pyside_workarounds.py)"
    )


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long work is done in one turn, however slow the machine is; ``test_turns.py`` is about the others."""
    monkeypatch.setattr(chunked_work, "TURN_SECONDS", 5.0)


@pytest.fixture(autouse=True)
def no_release_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """A panel that is opened looks for a newer release: not in the network."""

    def offline(*_args: object, **_options: object) -> None:
        raise InstallError(Code.RELEASE_LIST_FAILED, {"url": "https://releases.invalid"})

    monkeypatch.setattr(updates, "list_releases", offline)
