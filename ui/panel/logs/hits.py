"""From hit to hit by keys: among hits alone, and among all lines once one was shown in its place."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from installer.logs.search import Query
from ui.panel.logs.filter import LogFilter
from ui.panel.logs.list import LogList
from ui.panel.logs.model import LogModel
from ui.style.context import Ui
from ui.widgets.announce import announce


class HitWalk(QObject):
    """F3 and Shift+F3 in *owner*; Enter in the search field goes to the newest hit. ``keep`` before all lines
    are shown again: what was found up to then can still be gone along."""

    def __init__(self, ui: Ui, owner: QWidget, model: LogModel, lines: LogList, filter_: LogFilter) -> None:
        super().__init__(owner)
        self._ui, self._owner, self._model, self._list, self._filter = ui, owner, model, lines, filter_
        self._kept: array[int] = array("q")
        #: Whose lines those are.
        self._buffer = model.buffer
        #: What is searched for before it is gone to.
        self._awaited: Query | None = None
        filter_.search.returnPressed.connect(self._enter)
        filter_.search.textEdited.connect(lambda _: self._leave())
        for keys, act in (
            ("F3", lambda: self.go(1)),
            ("Shift+F3", lambda: self.go(-1)),
            ("Ctrl+F", filter_.search.setFocus),
        ):
            shortcut = QShortcut(QKeySequence(keys), owner)
            shortcut.activated.connect(act)

    def keep(self) -> None:
        """Remember the hits that are shown."""
        self._kept, self._buffer = self._hits(), self._model.buffer

    def look(self) -> None:
        """Something was found: go there if the user asked and the search field still has the focus."""
        if self._awaited == self._model.query and self._model.hits:
            self._awaited = None
            if self._filter.search.hasFocus():
                self._newest()

    def go(self, step: int) -> None:
        """To the next hit (*step* 1), or the one before (-1)."""
        hits, row = self._hits(), self._list.currentIndex().row()
        here = self._model.number(row) if row >= 0 else self._model.buffer.store.end
        place = bisect_right(hits, here) if step > 0 and row >= 0 else bisect_left(hits, here) - 1
        if 0 <= place < len(hits):
            self._show(hits[place])
        else:
            announce(self._owner, self._ui.t("logs.no_more_hits"))

    def add_to(self, menu: QMenu) -> None:
        """The same, where there is a hit."""
        if self._hits():
            menu.addSeparator()
            for key, step, keys in (("next_hit", 1, "F3"), ("last_hit", -1, "Shift+F3")):
                entry = menu.addAction(self._ui.t(f"logs.{key}"), lambda step=step: self.go(step))  # type: ignore[misc]
                entry.setShortcut(QKeySequence(keys))
                # only shown: with the section's own shortcut it would be ambiguous, and neither would work
                entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)

    def _hits(self) -> array[int]:
        if self._model.hits is not None:
            return self._model.hits
        return self._kept if self._buffer is self._model.buffer else array("q")

    def _enter(self) -> None:
        self._filter.ask_now()
        wanted = self._filter.query()
        self._awaited = wanted if wanted.text else None
        if self._awaited is None:
            self._newest()
        self.look()

    def _newest(self) -> None:
        """To the last hit, or line."""
        rows = self._model.rowCount()
        if rows:
            self._show(self._model.number(rows - 1))

    def _show(self, number: int) -> None:
        self._list.show_line(number)
        self._list.setFocus()

    def _leave(self) -> None:
        """Something else is searched for."""
        self._awaited = None
        self._kept = array("q")
