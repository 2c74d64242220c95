"""Tab order = reading order, also after rows were rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def tab_as_read(root: QWidget) -> None:
    """Set the tab order of everything in *root* to the order in which its layouts hold it.

    Qt files a widget where it was made: what is made later would come last, wherever it stands.
    """
    for first, second in pairwise(_reached(root)):
        QWidget.setTabOrder(first, second)


def _reached(widget: QWidget | None) -> Iterator[QWidget]:
    if widget is None:
        return
    if widget.focusProxy() is None and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    if isinstance(widget, QScrollArea):
        yield from _reached(widget.widget())
    elif (layout := widget.layout()) is not None:
        yield from _in_layout(layout, [c for c in widget.children() if isinstance(c, QWidget)])


def _in_layout(layout: QLayout, inside: list[QWidget]) -> Iterator[QWidget]:
    """*inside*: the widgets that may be in it. ``itemAt`` is not used: PySide 6.11.3 keeps what it returns as
    long as the layout, also after Qt has deleted it with a widget, and the process then ends later."""
    inner = [child for child in layout.children() if isinstance(child, QLayout)]
    placed: list[tuple[int, QWidget | QLayout]] = [(layout.indexOf(widget), widget) for widget in inside]
    placed += [(layout.indexOf(part), part) for part in inner]
    for place, part in sorted(placed, key=itemgetter(0)):
        if place < 0:
            continue
        if isinstance(part, QWidget):
            yield from _reached(part)
        else:
            yield from _in_layout(part, inside)
