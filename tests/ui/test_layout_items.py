"""Layout items that PySide would keep beyond their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from tests.ui.layout_items import kept_items
from ui.widgets import pyside_workarounds
from ui.widgets.flow_row import FlowRow

pyside_workarounds.mend()  # as the window's first module does
Add = Callable[[QVBoxLayout, QLayout], Any]


def _nested(outer: QVBoxLayout, inner: QLayout) -> None:
    between, grid = QHBoxLayout(), QGridLayout()
    grid.addLayout(inner, 0, 0)
    between.addLayout(grid)
    between.addStretch(1)
    outer.addLayout(between)


WAYS: dict[str, Add] = {
    "add": lambda outer, inner: outer.addLayout(inner),
    "stretch": lambda outer, inner: outer.addLayout(inner, 1),
    "named": lambda outer, inner: outer.addLayout(inner, stretch=1),
    "insert": lambda outer, inner: outer.insertLayout(0, inner),
    "nested": _nested,
}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.usefixtures("qapp")
def test_no_item_is_kept_and_all_stay_in_place(way: str) -> None:
    window, label, inner = QWidget(), QLabel("x"), QHBoxLayout()
    inner.addWidget(label)
    inner.addSpacing(4)
    inner.addStretch(1)
    WAYS[way](QVBoxLayout(window), inner)
    assert kept_items() == []
    assert inner.count() == 3 and inner.indexOf(label) == 0 and label.parentWidget() is window
    shiboken6.delete(label)
    assert inner.count() == 2, "Qt took the item out itself"
    shiboken6.delete(window)


@pytest.mark.usefixtures("qapp")
def test_pyside_still_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails with the first PySide that keeps nothing: then ``ui/widgets/pyside_workarounds.py`` can go."""
    monkeypatch.setattr(QBoxLayout, "addLayout", QBoxLayout.addLayout.__wrapped__)  # type: ignore[attr-defined]
    window, label, inner = QWidget(), QLabel("x"), QHBoxLayout()
    inner.addWidget(label)
    outer = QVBoxLayout(window)
    outer.addLayout(inner)
    assert len(kept_items()) == 1
    shiboken6.delete(label)
    assert len(kept_items()) == 1, "of an item that is gone"
    pyside_workarounds.forget_items(inner)
    shiboken6.delete(window)


@pytest.mark.usefixtures("qapp")
def test_a_row_that_is_filled_in_its_place_has_its_items_alone() -> None:
    window, label, line = QWidget(), QLabel("x"), FlowRow()
    outer = QVBoxLayout(window)
    outer.addLayout(line)
    line.addWidget(label)
    assert line.count() == 1 and kept_items() == []
    shiboken6.delete(label)
    assert line.count() == 0
    shiboken6.delete(window)
