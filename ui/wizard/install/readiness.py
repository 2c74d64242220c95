"""While the gate waits: where Dify answers, a line a place, and what everything waits for."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.views.progress import READY
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_S, SPACE_XS
from ui.widgets.basics import label, picture, row

_SIZE = 16
PLACES = ("inside", "server", "here")


class PlaceLine(QWidget):
    """One place: icon, name, and the word for it."""

    def __init__(self, ui: Ui, place: str) -> None:
        super().__init__()
        self._ui, self._place = ui, place
        self._shown: tuple[str, bool] = ("", False)
        self.mark = picture(ui.pixmap("circle", ui.colors.disabled, _SIZE))
        self.text = label("", "second", size=0.95, wrap=True)
        layout = row(self.mark, space=SPACE_S)
        layout.addWidget(self.text, 1)
        self.setLayout(layout)

    def show_word(self, word: str, *, local: bool) -> None:
        """``yes``, ``no``, ``waiting`` or ``unknown``."""
        if self._shown == (word, local):
            return
        self._shown = word, local
        ui, c = self._ui, self._ui.colors
        icon, color = {
            "yes": ("circle-check", c.ok),
            "no": ("triangle-alert", c.warning),
            "waiting": ("loader-circle", c.accent),
        }.get(word, ("circle-help", c.neutral))
        self.mark.setPixmap(ui.pixmap(icon, color, _SIZE))
        name = ui.texts.gate_place(self._place, local=local)
        self.text.setText(ui.t("install.gate_line", place=name, state=ui.texts.gate_word(word)))


class GateLines(QWidget):
    """Hidden but for the step in which it is waited until Dify answers."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.waits = label("", wrap=True)
        self.places = {place: PlaceLine(ui, place) for place in PLACES}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self.waits)
        for line in self.places.values():
            layout.addWidget(line)
        self.waits.hide()
        self.hide()

    def show_state(self, state: WizardState, now: float) -> None:
        """Show how it is at *now* (seconds since the epoch)."""
        progress = state.install.progress
        current, gate, waiting = progress.current, progress.gate, progress.waiting
        wanted = current is not None and current.step == READY and not state.work.cancelling
        shown = wanted and (gate is not None or waiting is not None)
        if gate is not None and shown:
            local = not state.answers.target.host_kind.remote
            for place, line in self.places.items():
                line.show_word(getattr(gate, place), local=local)
                line.setVisible(place != "here" or not local)  # here is the server
        elif gate is None:
            for line in self.places.values():
                line.hide()
        # everything is there once the server answers; what is left is the look from here
        waits = waiting is not None and (gate is None or gate.server != "yes")
        if waiting is not None and waits:
            seconds = waiting.seconds + max(0.0, now - waiting.at)
            text = self._ui.texts.waiting(waiting.service, waiting.state, self._ui.duration(seconds))
            if text != self.waits.text():
                self.waits.setText(text)
        self.waits.setVisible(waits)
        self.setVisible(shown)
