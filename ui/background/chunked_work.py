"""Work of the GUI thread in small pieces, so that the window is never held up by what is long to make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer

#: Seconds of work in one turn of the event loop. Layout and painting follow it and take as long again or
#: longer; a slower machine does less in a turn, not longer ones.
TURN_SECONDS = 0.004


def nothing() -> None:
    """Nothing is to follow."""


class Turns(QObject):
    """Runs an iterator of pieces: as many as fit into a turn, then the others in later turns.

    *before* and *after* surround the work of every later turn. Pieces should be short (a row, a card); one
    that is longer than a turn is a turn of its own, and one that gives True (as it leaves work to Qt) is the
    last of its turn.
    """

    def __init__(
        self, parent: QObject, after: Callable[[], object] = nothing, before: Callable[[], object] = nothing
    ) -> None:
        super().__init__(parent)
        self._before, self._after = before, after
        self._pieces: Iterator[object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Whether more is to be done."""
        return self._pieces is not None

    def begin(self, pieces: Iterator[object]) -> None:
        """Do the first turn of *pieces* now, without *after*; what was under way is given up."""
        self._pieces = pieces
        self._turn()

    def begin_later(self, pieces: Iterator[object]) -> None:
        """As ``begin``, but all of it in later turns."""
        self._pieces = pieces
        self._timer.start()

    def _go_on(self) -> None:
        if self._pieces is not None:
            self._before()
            self._turn()
            self._after()

    def _turn(self) -> None:
        pieces, end = self._pieces, time.perf_counter() + TURN_SECONDS
        while pieces is not None and pieces is self._pieces:
            try:
                enough = next(pieces)
            except StopIteration:
                self._pieces = None
                return
            except BaseException:
                self._pieces = None
                raise
            if enough or time.perf_counter() >= end:
                break
        if self._pieces is not None:
            self._timer.start()
