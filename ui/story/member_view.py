"""The texts of a report: one at a time, with a search. Nothing in them is acted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from installer.logs.cited_line import place_in
from installer.state.history import ANY_TIME, Times
from ui.style.context import Ui
from ui.style.theme import SPACE_S, fixed_font
from ui.widgets.announce import announce
from ui.widgets.basics import hint, icon_button, row
from ui.widgets.combo import ComboField
from ui.widgets.scroll_into_view import reveal

#: Characters that are shown of a text, its end: more would hold the window up.
MOST = 150_000
_HEIGHT, _PAUSE_MS = 260, 200


class MemberView(QWidget):
    """*copy* gets the text that is in view."""

    def __init__(self, ui: Ui, copy: Callable[[str], object]) -> None:
        super().__init__()
        self._ui = ui
        self._members: Mapping[str, str] = {}
        self._name = ""
        self.list = ComboField(ui, ui.t("report.member"))
        self.list.chosen.connect(self.show_member)
        self.search = QLineEdit()
        self.search.setAccessibleName(ui.t("report.search"))
        self.search.setPlaceholderText(ui.t("report.search_hint"))
        self.search.setMaxLength(200)
        self.search.addAction(
            QAction(ui.icon("search", ui.colors.second), "", self.search),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._fill_again)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.copy = icon_button(ui, "copy", ui.t("report.copy"), lambda: copy(self.box.toPlainText()))
        self.box = QPlainTextEdit()
        self.box.setReadOnly(True)
        self.box.setFont(fixed_font(0.92))
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.setTabChangesFocus(True)
        self.box.setUndoRedoEnabled(False)
        self.box.setFixedHeight(_HEIGHT)
        self.box.setPlaceholderText(ui.t("report.no_lines"))
        self.note = hint("")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.list)
        line = row(self.search, self.copy)
        line.setStretch(0, 1)
        layout.addLayout(line)
        layout.addWidget(self.box)
        layout.addWidget(self.note)

    def show_members(self, members: Mapping[str, str]) -> None:
        """Show the first of *members*."""
        self._members = members
        texts = self._ui.texts
        named = ((name, texts.bundle_member(name)) for name in members)
        self.list.show_items([(f"{name} · {about}" if about else name, name) for name, about in named])
        if members:
            self.show_member(next(iter(members)))

    def show_member(self, name: str) -> None:
        """Show the member *name*."""
        self._name = name
        self.list.show_value(name)
        self.box.setAccessibleName(name)
        self._fill()

    def _fill_again(self) -> None:
        self._fill()

    def show_line(self, name: str, lines: Sequence[str], when: Times = ANY_TIME) -> None:
        """Show the member *name* at the line that one of *lines* cites, the first that is there: of the
        time of a run (*when*), or the newest one."""
        text = self._members.get(name, "")
        self.search.clear()
        self._pause.stop()
        found, other_time = place_in(text, lines, when)
        self._name = name
        self.list.show_value(name)
        self.box.setAccessibleName(name)
        begin = self._fill(found if found >= 0 else None)
        if found < 0 or other_time:
            self.note.setText(self._ui.t("report.line_gone" if found < 0 else "report.line_of_other_time"))
            self.note.show()
            announce(self, self.note.text())
        self._select(found - begin)
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        reveal(self)

    def _select(self, at: int) -> None:
        """Mark the line at that place of what is shown."""
        cursor = self.box.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        if at >= 0:
            block = self.box.document().findBlockByNumber(self.box.toPlainText()[:at].count("\n"))
            cursor.setPosition(block.position())
            cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
        self.box.setTextCursor(cursor)
        self.box.centerCursor()
        self.box.horizontalScrollBar().setValue(0)

    def _fill(self, line: int | None = None) -> int:
        """Show the member, of a long one the end, or the part around the place *line*; where that begins."""
        text, wanted = self._members.get(self._name, ""), self.search.text().casefold()
        ui, cut, begin = self._ui, len(text) > MOST, 0
        note = ui.t("report.cut") if cut else ""
        if cut:
            start = len(text) - MOST
            if line is not None and line < start:
                start, note = max(0, line - MOST // 2), ui.t("report.cut_around")
            # whole lines, if there are any: what ends the text begins none
            begin = (text.find("\n", start, -1) + 1) or start if start else 0
            text = text[begin : begin + MOST]
        if wanted:
            lines = text.split("\n")
            found = [line for line in lines if wanted in line.casefold()]
            text = "\n".join(found)
            key = "report.found_cut" if cut else "report.found"
            note = ui.t(key, count=ui.count(len(found)), of=ui.count(len(lines)))
        self.box.setPlainText(text)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        return begin
