"""The real window on a target of the lab."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Release, load_answers
from installer.core.app_folder import Home
from installer.views.wizard import WizardState
from tests.lab.fixtures import lab
from tests.lab_apply.conftest import Bench, bench
from tests.lab_ui.driver import Driver
from ui.app.app import App

__all__ = ["Bench", "bench", "lab"]

MakeDriver = Callable[..., Driver]


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MakeDriver]:
    """``window(bench)``: the program as a person starts it, after the one before has ended; of the lab it
    knows only where releases are, and for this computer the lab's Docker, folder and ports.
    ``window(bench, home, state)``: further on, and beside another one."""
    apps: list[App] = []
    homes: list[Path] = []
    qapp.setStyle("Fusion")

    def make(bench: Bench, home: Path | None = None, state: WizardState | None = None) -> Driver:
        begin = state or WizardState(answers=known_of_the_lab(bench))
        if home is None:
            end_all()
            home = tmp_path / f"window-{len(homes)}"
            homes.append(home)
        app = App(Home(home), language="en", state=begin)
        apps.append(app)
        app.start()
        qtbot.waitExposed(app.shell)
        qtbot.waitUntil(lambda: app.wizard_view is not None)
        return Driver(qtbot, app)

    def end_all() -> None:
        for app in apps:
            app.shell.hide()
            assert app.close()
            app.shell.deleteLater()  # every window that is left makes the next one's style sheet slower
            app.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        apps.clear()
        gc.collect()

    yield make
    end_all()


def known_of_the_lab(bench: Bench) -> Answers:
    """What a person at a window does not have to answer in the lab."""
    answers = load_answers(bench.cli.answers)
    if answers.target.kind == "ssh":
        return Answers(release=Release(source=answers.release.source))
    return replace(answers, release=replace(answers.release, version="latest"))
