"""Parts of Logs: what stands there without lines, and a box for each service."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from installer.views.panel import LogState
from ui.panel.logs.model import LogModel
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import label, picture
from ui.widgets.flow_row import FlowRow

#: Services are followed so long after the last press.
_REST_MS = 400


class Nothing(QWidget):
    """What stands in the place of lines: a sentence, and what will happen."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self.what, self.about = label(bold=True, wrap=True), label("", "second", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(SPACE_S)
        layout.addStretch(2)
        mark = picture(ui.pixmap("scroll-text", ui.colors.second, 28))
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for shown in (self.what, self.about):
            shown.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(shown)
        layout.addStretch(3)

    def say(self, what: str, about: str) -> None:
        """Show the two sentences."""
        self.what.setText(what)
        self.about.setText(about)
        self.about.setVisible(bool(about))


class Several(QWidget):
    """A box for each service; *on_change* comes after a press."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        holder = QVBoxLayout(self)
        holder.setContentsMargins(12, 0, 12, 8)
        self._line = FlowRow(space=12)
        holder.addLayout(self._line)
        self.changed = QTimer(self)
        self.changed.setSingleShot(True)
        self.changed.setInterval(_REST_MS)
        self.hide()

    def show_services(self, services: tuple[str, ...], chosen: tuple[str, ...]) -> None:
        """One box each."""
        for name in services:
            if name not in self.boxes:
                box = self.boxes[name] = QCheckBox(name)
                box.clicked.connect(lambda _checked: self.changed.start())
                self._line.addWidget(box)
            self.boxes[name].setVisible(True)
        for name, box in self.boxes.items():
            box.setHidden(name not in services)
            if not self.changed.isActive():
                box.setChecked(name in chosen)

    def chosen(self) -> tuple[str, ...]:
        """What is pressed."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())


def why_nothing(ui: Ui, log: LogState, model: LogModel, *, lost: bool = False) -> tuple[str, str]:
    """The text in place of lines, and its explanation. *lost*: the connection is lost."""
    if model.searching and model.total:
        if not log.searched:
            return ui.t("logs.searching"), ""
        text = model.query.text
        what = ui.t("logs.no_hits", text=text) if text else ui.t("logs.no_fitting")
        return what, ui.t("logs.no_hits_about")
    if lost:
        return ui.t("logs.not_seen"), ui.t("logs.not_seen_about")
    if log.phase == "nothing":
        return ui.t("logs.nothing"), ui.t("logs.nothing_about")
    if log.phase in ("off", "loading", "waiting"):
        return ui.t("logs.loading"), ""
    return ui.t("logs.empty"), ui.t("logs.empty_about")
