"""Whether threads that work may interrupt the GUI thread: not while it paints.

Python's threads take turns: who waits for its turn asks for it after the switch interval. Short, it lets the
window begin at once while a log of a million lines is read; but then the reading thread asks just as often
while the window paints, which sleeps and wakes a hundred times for one frame and waits for a processor each
time. So the interval is short in general and long while the window paints.
"""

from __future__ import annotations

import sys

#: A thread that works gives way to the window after this time; Python's own 5 ms add up, as every paint and
#: layout that calls into Python waits again.
SWITCH_SECONDS = 0.00005
#: The window gives way after this time in a block.
WORK_SECONDS = 0.004


class _Undisturbed:
    """For the GUI thread only. Blocks may lie within each other. They are for work that does not let others
    in by itself, as waiting for anything does, and making most Qt objects: each time it would wait as long.

    The interval is not asked for and put back: Python cuts it to microseconds, so that it would shrink.
    """

    def __init__(self) -> None:
        self._depth, self._on = 0, False

    def begin(self) -> None:
        """From now on the window has precedence. Without it (no window) nothing is changed."""
        self._on = True
        sys.setswitchinterval(SWITCH_SECONDS)

    def __enter__(self) -> None:
        self._depth += 1
        if self._on and self._depth == 1:
            sys.setswitchinterval(WORK_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._on and not self._depth:
            sys.setswitchinterval(SWITCH_SECONDS)


#: ``with undisturbed:`` around work of the GUI thread.
undisturbed = _Undisturbed()
