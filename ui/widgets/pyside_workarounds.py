"""PySide keeps layout items that Qt has deleted; here they are forgotten in time.

``addLayout`` of PySide 6.11.3 makes a Python object of every item in the layout that is added and keeps it as
long as that layout, also after Qt has deleted the item together with its widget. Its address is then that of
something else: ``viewport()`` of a new table was seen to be a ``QWidgetItem``, and a process ended. A test
says when a newer PySide no longer needs this (tests/ui/test_layout_items.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout
from shiboken6 import Shiboken


def forget_items(layout: QLayout) -> None:
    """Let go of the Python objects of all items in *layout* and in Qt's own layouts in it. The items stay."""
    if not type(layout).__module__.startswith("PySide6."):
        return  # written in Python: it holds its items itself
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if isinstance(item, QLayout):
            forget_items(item)
        elif item is not None:
            Shiboken.invalidate(item)


def mend() -> None:
    """Let the layouts' own ``addLayout`` and ``insertLayout`` forget, for all callers. May be repeated."""
    for kind, name in ((QBoxLayout, "addLayout"), (QBoxLayout, "insertLayout"), (QGridLayout, "addLayout")):
        original = getattr(kind, name)
        if not hasattr(original, "__wrapped__"):
            setattr(kind, name, _forgetting(original))


def _forgetting(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def forgetting(self: QLayout, *words: Any, **named: Any) -> None:
        original(self, *words, **named)
        for word in (*words, *named.values()):
            if isinstance(word, QLayout):
                forget_items(word)

    return forgetting
