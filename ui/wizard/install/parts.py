"""Parts of the Install page: the card with the bar, and the rows of steps, both updated in place; marks."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from installer.views.progress import StepRow
from installer.views.wizard import WizardState
from ui.background.chunked_work import Turns
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS, scaled
from ui.widgets.basics import Card, RowCard, clear, label, picture, row, set_kind
from ui.wizard.install.readiness import GateLines
from ui.wizard.install.words import Situation, amounts, logging_in, row_detail, row_state, stopping_text

_MARK_SIZE = 16


def mark_of(ui: Ui, state: str) -> QPixmap:
    """The icon of *state*, of a step (``views.progress.State`` and ``install_words.row_state``) or of an
    image: one that is ``fetching``."""
    c = ui.colors
    icon, color = {
        "waiting": ("circle", c.disabled),
        "running": ("loader-circle", c.accent),
        "fetching": ("download", c.accent),
        "done": ("circle-check", c.ok),
        "failed": ("octagon-alert", c.stop),
        "stopped": ("circle-minus", c.neutral),
        "unknown": ("circle-help", c.neutral),
    }[state]
    return ui.pixmap(icon, color, _MARK_SIZE)


class ProgressCard(Card):
    """What is under way, how far it is, and how long it takes."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(margins=SPACE_M + 2, space=SPACE_S)
        self._ui = ui
        self.name = label("", bold=True)
        self.amount = label("", "second", size=0.95, wrap=True)
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.whole = label(ui.t("install.whole"), bold=True)
        self.percent = label("", "second", size=0.95)
        self.body.addLayout(row(self.whole, None, self.percent))
        self.body.addWidget(self.bar)
        step = row(self.name)
        step.addWidget(self.amount, 1)
        self.body.addLayout(step)
        self.gate = GateLines(ui)
        self.body.addWidget(self.gate)
        self.why = label("", wrap=True)
        self.why.hide()
        self.body.addWidget(self.why)

    def show_state(self, state: WizardState, now: float) -> None:
        """Show *state* as it is at *now* (seconds since the epoch)."""
        ui, current = self._ui, state.install.progress.current
        self.gate.show_state(state, now)
        if state.work.cancelling:
            self._say(ui.t("install.stopping"), "")
            self._explain(stopping_text(ui, state, now))
            if self.bar.maximum() == 0:
                self.bar.setRange(0, 1000)
            return
        self._explain("")
        name = ui.texts.step(current.step) if current else ui.t("install.preparing")
        name = ui.t("busy.registry") if logging_in(state) else name
        value, text = amounts(ui, state, now)
        if (whole := state.install.progress.whole) is not None:
            value = int(1000 * whole)
            _set(self.percent, ui.t("install.percent", count=ui.count(value // 10)))
        self.whole.setVisible(whole is not None)
        self.percent.setVisible(whole is not None)
        self._say(name, text)
        most = 1000 if value >= 0 else 0
        if self.bar.maximum() != most:
            self.bar.setRange(0, most)
        if value >= 0 and self.bar.value() != value:
            self.bar.setValue(value)

    def _explain(self, text: str) -> None:
        if self.why.text() != text:
            self.why.setText(text)
        self.why.setVisible(bool(text))

    def _say(self, name: str, text: str) -> None:
        """What is under way, and how far that is; the bar is about all of it, as far as that is known."""
        shown_name = name if self.whole.isHidden() else self.whole.text()
        about = text if self.whole.isHidden() else " · ".join(filter(None, (name, text)))
        if self.bar.accessibleName() != shown_name:
            self.bar.setAccessibleName(shown_name)
        if self.bar.accessibleDescription() != about:
            self.bar.setAccessibleDescription(about)
        _set(self.name, name)
        _set(self.amount, text)


class StepLine(QWidget):
    """One step: icon, title, how far it is, and the time it took."""

    def __init__(self, ui: Ui, step: str) -> None:
        super().__init__()
        self._ui, self.step = ui, step
        self._state = self._detail = ""
        self._title = ui.texts.step(step)
        self.mark = picture(mark_of(ui, "waiting"))
        self.title = label(self._title, wrap=True)
        self.time = label("", "second", size=0.95)
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.time.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        layout = row(self.mark, SPACE_XS, space=SPACE_S)
        layout.addWidget(self.title, 1)
        layout.addWidget(self.time)
        self.setLayout(layout)

    def show_row(self, row: StepRow, what: Situation, now: float) -> None:
        """Show *row*; only what is different is touched."""
        state = row_state(row, what)
        if state != self._state:
            self._state = state
            self._show_kind(state)
        detail = row_detail(self._ui, row)
        if detail != self._detail:
            self._detail = detail
            both = self._ui.t("install.title_detail", title=self._title, detail=detail)
            self.title.setText(both if detail else self._title)
        spent = row.elapsed(now)
        _set(self.time, "" if spent is None or state == "unknown" else self._ui.duration(spent))

    def _show_kind(self, state: str) -> None:
        ui = self._ui
        self.mark.setPixmap(mark_of(ui, state))
        set_kind(self.title, "second" if state == "waiting" else "")
        self.title.setFont(scaled(1.0, bold=state in ("running", "failed")))  # the style would undo it
        word = ui.t(f"install.state_{state}")
        self.title.setAccessibleName(ui.t("install.row_name", title=self._title, state=word))


def _set(shown: QLabel, text: str) -> None:
    if shown.text() != text:
        shown.setText(text)


class StepsCard(QWidget):
    """The rows; rebuilt only when other steps are to be shown."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.lines: dict[str, StepLine] = {}
        self._shown: tuple[tuple[StepRow, ...], Situation, float] = ((), "idle", 0.0)
        self._steps: tuple[str, ...] = ()
        self._turns = Turns(self, lambda: self._show(*self._shown))
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)

    def show_rows(self, rows: tuple[StepRow, ...], what: Situation, now: float) -> None:
        """Show *rows* as they are at *now*."""
        self._shown = rows, what, now
        steps = tuple(row.step for row in rows)
        if steps != self._steps:
            self._steps = steps
            self._turns.begin(self._make(steps))
        self._show(*self._shown)

    def _show(self, rows: tuple[StepRow, ...], what: Situation, now: float) -> None:
        for shown in rows:
            if shown.step in self.lines:
                self.lines[shown.step].show_row(shown, what, now)

    def _make(self, steps: tuple[str, ...]) -> Iterator[None]:
        clear(self._body)
        self.lines = {}
        card = RowCard()
        card.setAccessibleName(self._ui.t("install.rows_name"))
        self._body.addWidget(card)
        self.setVisible(bool(steps))
        for step in steps:
            self.lines[step] = StepLine(self._ui, step)
            card.add_row(self.lines[step])
            yield
