"""Garbage is collected in the GUI thread only.

Python collects cycles in whichever thread happens to allocate; a Qt object in one, destroyed by a worker
thread, ends the process (seen with PySide 6.11.3). So automatic collection is off while the window lives, and
a timer does it. Reference counting frees everything without cycles as always.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

#: Milliseconds between looks. A young collection takes less than a millisecond.
LOOK_MS = 500
#: A whole collection only after this many young ones: it takes longest.
OLD_AFTER = 40


class Collector(QObject):
    """Collects while it lives; ``stop`` gives the task back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._young = 0
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def settle(self) -> None:
        """What there is by now (modules, pages, a release) is not looked at again: a whole collection of it
        would hold the window up for longer than a tenth of a second."""
        gc.collect(0)
        gc.freeze()

    def look(self) -> None:
        """Collect what has come together, youngest first."""
        thresholds = gc.get_threshold()
        if gc.get_count()[0] < thresholds[0]:
            return
        self._young += 1
        if self._young % OLD_AFTER == 0:
            gc.collect()
        else:
            gc.collect(1 if self._young % 4 == 0 else 0)

    def stop(self) -> None:
        """Automatic collection again."""
        self._timer.stop()
        gc.enable()
