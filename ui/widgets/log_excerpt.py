"""The lines that prove a finding, and what else was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ui.style.context import Ui
from ui.style.theme import SPACE_S, fixed_font
from ui.widgets.basics import button, hint, icon_button, label, row
from ui.widgets.scroll_into_view import turn

if TYPE_CHECKING:
    from installer.core.errors import KnownFailure

#: Lines and characters of each that are shown at first; all of it is one press away.
LINES = 3
CHARACTERS = 240
#: Lines of the box when all is shown; the rest is scrolled to.
TALLEST = 10


class Proof(QWidget):
    """Lines of a log as they were, to be read and copied. *on_copy* gets all of them."""

    def __init__(self, ui: Ui, finding: KnownFailure, on_copy: Callable[[str], object]) -> None:
        super().__init__()
        self._ui, self._lines, self.whole = ui, finding.lines, False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        key = "common.proof_of" if finding.service else "common.proof"
        head = hint(ui.t(key, service=finding.service))
        self.more = button(ui.t("common.proof_more"), self._toggle, "link")
        copy = icon_button(ui, "copy", ui.t("common.proof_copy"), lambda: on_copy("\n".join(finding.lines)))
        top = row(head, self.more, copy)
        top.setStretch(0, 1)
        layout.addLayout(top)
        self.box = QPlainTextEdit()
        self.box.setReadOnly(True)
        self.box.setTabChangesFocus(True)
        self.box.setFont(fixed_font(0.92))
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.setAccessibleName(ui.t("common.proof_name"))
        layout.addWidget(self.box)
        if self.shortened() == self._lines:
            self.more.hide()
        self._show()

    def shortened(self) -> tuple[str, ...]:
        """What is shown at first."""
        cut = (line if len(line) <= CHARACTERS else line[: CHARACTERS - 1] + "…" for line in self._lines)
        return tuple(cut)[:LINES]

    def _toggle(self) -> None:
        self.whole = not self.whole
        self.more.setText(self._ui.t("common.proof_less" if self.whole else "common.proof_more"))
        self._show()

    def _show(self) -> None:
        lines = self._lines if self.whole else self.shortened()
        self.box.setPlainText("\n".join(lines))
        spacing = self.box.fontMetrics().lineSpacing()
        rows = min(len(lines), TALLEST)
        # room for the bar that a long line needs
        self.box.setFixedHeight(rows * spacing + self.box.horizontalScrollBar().sizeHint().height() + 24)


class AlsoSeen(QWidget):
    """Further findings, folded."""

    def __init__(self, ui: Ui, findings: Sequence[KnownFailure], on_copy: Callable[[str], object]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        self.unfold = button(ui.t("common.also_seen", count=ui.count(len(findings))), self._toggle, "link")
        layout.addLayout(row(self.unfold, None))
        self.inside = QWidget()
        body = QVBoxLayout(self.inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(SPACE_S)
        for finding in findings:
            said = ui.texts.failure(finding.code)
            body.addWidget(label(f"{said.what} ({finding.code})", wrap=True))
            body.addWidget(label(said.do, "second", wrap=True))
            if finding.lines:
                body.addWidget(Proof(ui, finding, on_copy))
        self.inside.hide()
        layout.addWidget(self.inside)

    def _toggle(self) -> None:
        turn(self.inside, self.unfold)
