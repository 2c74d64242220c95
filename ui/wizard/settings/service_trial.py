"""Testing an external service: a button, the result of each step, and what prevents the test."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from installer.core.errors import InstallError
from installer.state.external_report import STEPS, Tested
from installer.views.wizard import Trial, WizardState
from ui.intents import CheckService, StopServiceCheck
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.announce import announce
from ui.widgets.basics import button, clear, hint, label, row
from ui.widgets.cause import CauseCard
from ui.widgets.flow_row import FlowRow
from ui.widgets.pill import TONES, Pill
from ui.wizard.settings.section import Problems, Section


class ServiceTrial(Section):
    """*section*: of the answers file. There only while a service is named that can be tried."""

    def __init__(self, ui: Ui, section: str) -> None:
        super().__init__(ui)
        self.section = section
        self._shown: tuple[Tested | None, InstallError | None] = (None, None)
        self._trial = Trial()
        self._here = False  # whether Dify comes onto this computer
        self.cards: list[CauseCard] = []
        self.begin = button(ui.t("settings.try_now"), self._begin, "outline")
        self.stop = button(ui.t("settings.try_stop"), self._stop)
        self.note = hint()
        self.waiting = label("", "second", wrap=True)
        line = row(self.begin, self.stop, space=SPACE_S)
        for text in (self.note, self.waiting):
            line.addWidget(text, 100)
        line.addStretch(1)  # the button is as wide as its words also where neither stands beside it
        self.found = QWidget()
        self.inside = QVBoxLayout(self.found)
        self.inside.setContentsMargins(0, 0, 0, 0)
        self.inside.setSpacing(SPACE_S)
        self.column.addLayout(line)
        self.column.addWidget(self.found)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        for part in (self.stop, self.waiting, self.found):
            part.hide()

    def show_trial(self, state: WizardState, service: str, problems: Problems) -> None:
        """Show what is known of the section's *service*. It is not tried while something is wrong with what
        was typed for it."""
        self.state, self._trial = state, state.trial
        self._here = not state.answers.target.host_kind.remote
        self.note.setText(self._said_of("try_note"))
        self.begin.setAccessibleName(self.ui.t("settings.try_name", service=service))
        mine = state.trial.going == self.section
        part = (f"{self.section}.", f"secrets.{self.section}")
        ready = not any(key.startswith(part) for key in problems) and state.release.obtained is not None
        self.begin.setEnabled(mine or (ready and not state.trial.going))
        self._take_turns(*((self.stop, self.begin) if mine else (self.begin, self.stop)))
        self.waiting.setVisible(mine)
        tested, error = state.trial.found.get(self.section), state.trial.errors.get(self.section)
        self.note.setVisible(not mine and tested is None and error is None)
        if mine and not self._timer.isActive():
            self._timer.start()
            self._tick()
        if not mine:
            self._timer.stop()
        if (tested, error) != self._shown:
            self._shown = tested, error
            self._build(tested, error)

    def _take_turns(self, there: QPushButton, gone: QPushButton) -> None:
        """Who has the focus on the button that goes has it on the one that takes its place."""
        there.show()
        if gone.hasFocus():
            there.setFocus()
        gone.hide()

    # -------------------------------------------------------------------- found

    def _build(self, tested: Tested | None, error: InstallError | None) -> None:
        clear(self.inside)
        self.cards = []
        self.found.setVisible(tested is not None or error is not None)
        self.rebuilt = True
        if tested is not None:
            self._steps(tested)
            for problem in tested.findings:
                tone = "stop" if problem.weight == "stop" else "warning"
                params = dict(problem.params)
                self._card(InstallError(problem.code, params, detail=problem.detail), tone)
        elif error is not None:
            self._card(error, "stop")
        if self.isVisible() and (tested is not None or error is not None):
            announce(self, self._said(tested))
            self.came_up.emit(self.found)

    def _card(self, error: InstallError, tone: str) -> None:
        card = CauseCard(self.ui)
        card.show_error(error, tone=tone)
        self.cards.append(card)
        self.inside.addWidget(card)

    def _steps(self, tested: Tested) -> None:
        ui = self.ui
        holder = QWidget()
        pills = FlowRow(holder)
        self.inside.addWidget(holder)
        for step in STEPS:
            mark = tested.marks.get(step, "unknown")
            words = {"step": ui.texts.external_step(step), "mark": ui.texts.external_mark(mark)}
            said = ui.t("settings.try_step", **words)
            pills.addWidget(Pill(ui, TONES.get(mark, "neutral"), said))
        name = f"{tested.service} {tested.version}".strip()
        place = "tried_docker" if tested.place == "docker" else "tried_server"
        key = place if tested.address else "tried_nothing"  # no address: no query was sent
        self.inside.addWidget(hint(self._said_of(key, service=name, address=tested.address)))

    def _said_of(self, key: str, **params: str) -> str:
        """The text *key*; on this computer nothing is said of a server."""
        here = self._here and key != "tried_nothing"
        return self.ui.t(f"settings.{key}_here" if here else f"settings.{key}", **params)

    def _said(self, tested: Tested | None) -> str:
        if self.cards:
            return self.cards[0].accessibleName()
        if tested is None:
            return ""
        key = "try_good" if tested.verdict == "ok" else "tried_nothing"
        return self.ui.t(f"settings.{key}", service=tested.service)

    def _tick(self) -> None:
        if not self.isVisible():  # it restarts when shown again
            self._timer.stop()
            return
        seconds = time.time() - self._trial.since
        since = self.ui.t("common.since", time=self.ui.duration(seconds)) if seconds >= 2 else ""
        self.waiting.setText(f"{self._said_of('trying')} {since}".strip())

    # ------------------------------------------------------------------ actions

    def _begin(self) -> None:
        self.ask(CheckService(self.section))

    def _stop(self) -> None:
        self.ask(StopServiceCheck())
