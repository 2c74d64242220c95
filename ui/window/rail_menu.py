"""A short menu over a button of the rail, of which one entry is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QWidget


def pick(window: QWidget, anchor: QWidget, entries: Sequence[tuple[str, str, bool]]) -> str:
    """The key of what is chosen of *entries* (key, text, whether it is in force), "" for nothing. Waits."""
    menu = QMenu(window)
    for key, text, current in entries:
        action = menu.addAction(text)
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(current)
    place = anchor.mapToGlobal(anchor.rect().topLeft())
    place.setY(place.y() - menu.sizeHint().height())
    chosen = menu.exec(place)
    menu.deleteLater()
    return str(chosen.data()) if chosen is not None else ""
