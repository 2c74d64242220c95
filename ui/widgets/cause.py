"""An error in the page it belongs to: what happened, the likely reason, what to do, and the code to quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from installer.core.errors import InstallError
from ui.style.context import Ui
from ui.style.theme import SPACE_S, fixed_font
from ui.widgets.basics import Card, button, clear, label, picture, row
from ui.widgets.copyable import Copyable, CopyButton
from ui.widgets.flow_row import FlowRow
from ui.widgets.log_excerpt import AlsoSeen, Proof
from ui.widgets.scroll_into_view import turn

if TYPE_CHECKING:  # most pages never show a cause: what it is made of comes when one does
    from ui.widgets.log_excerpt import AlsoSeen, Proof


class CauseCard(Card):
    """``show_error`` fills it; *actions* are (text, what it does), the proposed way out first. An error whose
    cause was found says that first, with the lines that prove it."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="stop")
        self._ui = ui
        self._shown: tuple[str, str, str] | None = None
        self.ways: list[QWidget] = []
        self.command: Copyable | None = None
        self.proof: Proof | None = None
        self.also: AlsoSeen | None = None

    def show_error(
        self,
        error: InstallError,
        actions: Sequence[tuple[str, Callable[[], object]]] = (),
        *,
        tone: str = "stop",
        remedy: bool = True,
    ) -> None:
        """Show *error*, without the sentence that says what to do where *remedy* is false (another card shows
        it step by step); the same error again leaves the card as it is."""
        texts = tuple(text for text, _ in actions)
        whole = str(error.code) + repr(sorted(error.params.items())) + repr(error.known_failures)
        shown = (whole, error.detail, tone + repr((texts, remedy)))
        if shown == self._shown:
            return
        self._shown = shown
        ui = self._ui
        clear(self.body)
        self.set_tone(tone)
        said = ui.cause(error)
        icon = "octagon-alert" if tone == "stop" else "triangle-alert"
        color = ui.colors.stop if tone == "stop" else ui.colors.warning
        head = label(said.what, bold=True, wrap=True)
        text = QVBoxLayout()
        text.setSpacing(SPACE_S)
        line = QHBoxLayout()
        line.setSpacing(10)
        mark = QVBoxLayout()
        mark.addWidget(picture(ui.pixmap(icon, color)))
        mark.addStretch(1)
        line.addLayout(mark)
        line.addLayout(text, 1)
        self.body.addLayout(line)
        text.addWidget(head)
        if error.known_failures:
            own = ui.explain(str(error.code), dict(error.params))
            text.addWidget(label(ui.t("common.failed_at", what=own.what), "second", wrap=True))
        if said.why:
            text.addWidget(label(said.why, "second", wrap=True))
        if remedy:
            text.addWidget(label(said.do, wrap=True))
        self.command = None
        if command := error.params.get("command", ""):
            self.command = Copyable(ui, command, ui.t("common.copy_command"), copy_text)
            text.addWidget(self.command)
        self.proof = self.also = None
        if error.known_failures and error.known_failures[0].lines:
            self.proof = Proof(ui, error.known_failures[0], copy_text)
            text.addWidget(self.proof)
        self._add_buttons(text, error, actions)
        if error.known_failures[1:]:
            self.also = AlsoSeen(ui, error.known_failures[1:], copy_text)
            text.addWidget(self.also)
        self.setAccessibleName(" ".join((said.what, said.why, *([said.do] if remedy else []))))

    def _add_buttons(
        self, text: QVBoxLayout, error: InstallError, actions: Sequence[tuple[str, Callable[[], object]]]
    ) -> None:
        ui = self._ui
        self.ways = [
            button(title, action, "outline" if n == 0 else "") for n, (title, action) in enumerate(actions)
        ]
        known = f"{error.code} · {error.catalogue}" if error.catalogue else str(error.code)
        code = label(ui.t("common.code", code=known), "hint", size=0.92, wrap=True)
        details = button(ui.t("common.details"), lambda: turn(box, details), "link")
        copy = CopyButton(ui, ui.t("common.copy_details"), lambda: self._copy(error), "link")
        box = QPlainTextEdit()
        box.setReadOnly(True)
        box.setFont(fixed_font())
        box.setPlainText(error.detail)
        box.setFixedHeight(min(160, 40 + 20 * (error.detail.count("\n") + 1)))
        box.setAccessibleName(ui.t("common.details_name"))
        box.setTabChangesFocus(True)
        box.hide()
        if not error.detail:  # never shown before it has a parent: that would be a window
            details.hide()
        if self.ways:
            ways = FlowRow()
            text.addLayout(ways)
            for way in self.ways:
                ways.addWidget(way)
        foot = row(code, details, copy)
        foot.setStretch(0, 1)  # the code may wrap, what one clicks may not
        text.addLayout(foot)
        text.addWidget(box)

    def _copy(self, error: InstallError) -> None:
        copy_text(details_text(self._ui, error))


def copy_text(text: str) -> None:
    """To the clipboard."""
    QGuiApplication.clipboard().setText(text)


def details_text(ui: Ui, error: InstallError) -> str:
    """The text to send to a person who helps."""
    said = ui.explain(str(error.code), dict(error.params))
    found = (line for f in error.known_failures for line in (f"{f.code} {f.service}".strip(), *f.lines))
    parts = (said.what, said.why, said.do, str(error.code), *found, error.detail)
    return "\n".join(part for part in parts if part)
