"""Which layout items Python holds, so that it would not hear of their end."""

from __future__ import annotations

import gc

import shiboken6
from PySide6.QtWidgets import QLayout, QLayoutItem

from ui.widgets.flow_row import FlowRow


def kept_items() -> list[str]:
    """What PySide says of each item that somebody keeps: all that have a Python object, apart from those that
    a ``FlowRow`` has and nobody else."""
    there = [found for found in shiboken6.getAllValidWrappers() if isinstance(found, QLayoutItem)]
    items = [found for found in there if not isinstance(found, QLayout)]
    if not items:
        return []
    # also of rows that are gone themselves: with them Qt gives up their items without deleting these
    gc.unfreeze()
    rows = [found for found in gc.get_objects() if isinstance(found, FlowRow)]
    own = {id(item) for found in rows for item in vars(found)["_items"]}
    told = ((item, shiboken6.dump(item)) for item in items)
    return [text for item, text in told if id(item) not in own or "parent." in text]
