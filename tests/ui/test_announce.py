"""What is said to people who cannot see that something came up. With a client: ``tests/accessibility``."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from installer.views.wizard import PageId, WizardState
from tests.ui.hearing import ui_for
from tests.ui.states import install, login, where
from ui.widgets.announce import announce
from ui.window.window import Shell
from ui.wizard.view import WizardView

Said = list[tuple[str, bool]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    found: Said = []

    def note(widget: QWidget, text: str, *, urgent: bool = False) -> None:
        assert widget.isVisible()
        found.append((text, urgent))

    monkeypatch.setattr("ui.wizard.view.announce", note)
    return found


@pytest.fixture
def view(qtbot: QtBot, said: Said) -> WizardView:
    ui = ui_for()
    state = WizardState()
    made = WizardView(ui, Shell(ui), state)
    qtbot.addWidget(made.shell)
    made.shell.show()
    show(made, state)
    said.clear()
    return made


def show(view: WizardView, state: WizardState) -> None:
    view.show_state(state)
    QApplication.processEvents()


def test_a_page_is_announced_once(view: WizardView, said: Said) -> None:
    state = where.server()
    show(view, state)
    show(view, replace(state, intent="open"))
    assert said == [(view.ui.t("where.title"), False)]


def test_waiting_is_announced_when_it_begins(view: WizardView, said: Said) -> None:
    show(view, login.filled())
    said.clear()
    waiting = login.STATES["connecting"]()
    show(view, waiting)
    show(view, replace(waiting, work=replace(waiting.work, cancelling=True)))
    assert said == [(view.ui.t("busy.connect"), False)]


def test_a_question_of_the_server_is_announced(view: WizardView, said: Said) -> None:
    show(view, login.STATES["connecting"]())
    said.clear()
    asked = login.asked(login.EXPIRED)
    show(view, asked)
    show(view, replace(asked, work=replace(asked.work, cancelling=True)))
    assert said == [("203.0.113.24 wants a new password", False)]


def test_a_failure_is_announced_at_once_and_once(view: WizardView, said: Said) -> None:
    show(view, login.filled())
    said.clear()
    failed = login.STATES["timeout"]()
    error = failed.failed_on(PageId.LOGIN)
    assert error is not None
    show(view, failed)
    show(view, replace(failed, intent="open"))
    assert said == [(view.ui.explain(str(error.code), dict(error.params)).what, True)]


def test_a_cause_that_was_found_is_what_is_announced(view: WizardView, said: Said) -> None:
    failed = install.STATES["two-causes"]()
    show(view, failed)
    show(view, replace(failed, intent="open"))
    ((text, urgent),) = said
    assert urgent and text.endswith(view.ui.texts.failure("HOST-04").what)


def test_a_page_that_comes_up_with_a_failure_says_both(view: WizardView, said: Said) -> None:
    show(view, login.STATES["timeout"]())
    ((text, urgent),) = said
    assert urgent
    assert text.startswith(f"{view.ui.t('login.title')}\n203.0.113.24 ")


def test_nothing_is_made_while_nobody_listens(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[QObject] = []

    def note(event: QAccessibleEvent) -> None:
        told.append(event.object())

    monkeypatch.setattr(QAccessible, "updateAccessibility", note)
    shell = Shell(ui_for())
    monkeypatch.setattr(QAccessible, "isActive", lambda: False)
    announce(shell, "words")
    assert not told
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    announce(shell, "")
    assert not told
    announce(shell, "words", urgent=True)
    assert told == [shell]
