"""Which layout items Python holds, so that it would not hear of their end."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import shiboken6
from PySide6.QtWidgets import QLayout, QLayoutItem

from ui.widgets.flow_row import FlowRow

#: Every ``FlowRow`` made since this module was imported, also those that Qt has deleted: Qt gives up
#: their items without deleting these. Noted as they are made, because a search through all of Python's
#: objects takes up to 0.4 s at the end of each test.
_rows: WeakSet[FlowRow] = WeakSet()
_make = FlowRow.__init__


def _make_and_note(row: FlowRow, *args: Any, **options: Any) -> None:
    _make(row, *args, **options)
    _rows.add(row)


setattr(FlowRow, "__init__", _make_and_note)  # noqa: B010


def kept_items() -> list[str]:
    """What PySide says of each item that somebody keeps: all that have a Python object, apart from those that
    a ``FlowRow`` has and nobody else."""
    there = [found for found in shiboken6.getAllValidWrappers() if isinstance(found, QLayoutItem)]
    items = [found for found in there if not isinstance(found, QLayout)]
    own = {id(item) for row in _rows for item in vars(row)["_items"]}
    told = ((item, shiboken6.dump(item)) for item in items)
    return [text for item, text in told if id(item) not in own or "parent." in text]
