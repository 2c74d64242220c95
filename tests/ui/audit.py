"""Looks at a shown window as a reviewer would: clipped text, overlaps, nameless controls, tab order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPoint, QRect
from PySide6.QtGui import QAccessible, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QStackedWidget,
    QWidget,
)

from ui.widgets.choice import ChoiceCard

#: Rounding at fractional scale factors.
SLACK = 2
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit, QProgressBar)


def shown(window: QWidget, kind: type[QWidget] = QWidget) -> Iterator[QWidget]:
    """Visible widgets of *kind* in *window*."""
    for widget in window.findChildren(kind):
        if widget.isVisibleTo(window) and not isinstance(widget.parent(), (QAbstractItemView, QComboBox)):
            yield widget


def describe(widget: QWidget) -> str:
    """Enough to find it."""
    text = getattr(widget, "text", lambda: "")()
    return f"{type(widget).__name__}({(text or widget.accessibleName())[:60]!r})"


def clipped(window: QWidget) -> Iterator[str]:
    """Texts that do not fit where they stand."""
    yield from _clipped_labels(window)
    for button in shown(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        if isinstance(button, ChoiceCard):
            if button.heightForWidth(button.width()) > button.height() + SLACK:
                yield f"card too low: {describe(button)}"
        elif button.text() and button.minimumSizeHint().width() > button.width() + SLACK:
            yield f"button too narrow: {describe(button)}"


def _clipped_labels(window: QWidget) -> Iterator[str]:
    for label in shown(window, QLabel):
        assert isinstance(label, QLabel)
        if not label.text():
            continue
        if label.wordWrap():
            longest = max(label.text().split(), key=len, default="")
            word = label.fontMetrics().horizontalAdvance(longest)
            if label.heightForWidth(label.width()) > label.height() + SLACK:
                yield f"too low: {describe(label)} {label.heightForWidth(label.width())} > {label.height()}"
            elif word > label.width() + SLACK and label.text().isascii():  # Japanese breaks between letters
                yield f"word too wide: {describe(label)} {word} > {label.width()}"
        elif (
            label.sizeHint().width() > label.width() + SLACK
            or label.sizeHint().height() > label.height() + SLACK
        ):
            yield f"too narrow: {describe(label)} {label.sizeHint().toTuple()} > {label.size().toTuple()}"


def _outside(window: QWidget) -> Iterator[str]:
    """Widgets that stick out of their parent, where nothing scrolls."""
    for widget in shown(window):
        parent = widget.parentWidget()
        if parent is None or isinstance(widget, QScrollBar) or widget.isWindow():
            continue
        scrolls = isinstance(parent.parentWidget(), QAbstractScrollArea)
        if scrolls or isinstance(parent, (QAbstractScrollArea, QStackedWidget)) or _inside_control(widget):
            continue
        if not parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(widget.geometry()):
            yield f"outside: {describe(widget)} {widget.geometry().getRect()} of {parent.rect().getRect()}"
    for area in shown(window, QScrollArea):
        assert isinstance(area, QScrollArea)
        inner = area.widget()
        if inner is not None and inner.minimumSizeHint().width() > area.viewport().width() + SLACK:
            yield f"wider than the window: {inner.minimumSizeHint().width()} > {area.viewport().width()}"


def _inside_control(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return isinstance(parent, (QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit))


def overlapping(window: QWidget) -> Iterator[str]:
    """Siblings that cover each other, and what sticks out."""
    yield from _outside(window)
    parents = {id(w.parentWidget()): w.parentWidget() for w in shown(window) if w.parentWidget()}
    for parent in parents.values():
        assert parent is not None
        if isinstance(parent, (QStackedWidget, QAbstractScrollArea, QLineEdit, QComboBox)):
            continue
        children = [
            c
            for c in parent.children()
            if isinstance(c, QWidget) and c.isVisibleTo(window) and not c.isWindow()
        ]
        for n, first in enumerate(children):
            for second in children[n + 1 :]:
                both = first.geometry().intersected(second.geometry())
                if both.width() > SLACK and both.height() > SLACK:
                    yield f"overlap: {describe(first)} and {describe(second)} {both.getRect()}"


def nameless(window: QWidget) -> Iterator[str]:
    """Controls that a screen reader has no word for."""
    for kind in CONTROLS:
        for control in shown(window, kind):
            if isinstance(control, QScrollBar) or _inside_control(control):
                continue
            interface = QAccessible.queryAccessibleInterface(control)
            name = interface.text(QAccessible.Text.Name) if interface else ""
            if not name.strip():
                yield f"no name: {describe(control)} in {type(control.parentWidget()).__name__}"


#: What tool tips of ours are made with (``ui.widgets.tips``).
_OURS = ('<span style="white-space: pre-wrap">', "</span>", "<p>", "</p>")
_ROWS, _ROOT = 30, QModelIndex()


def read_as_markup(window: QWidget) -> Iterator[str]:
    """Texts that Qt could take for rich text, whatever they hold now; of widgets that are hidden, too."""
    for label in window.findChildren(QLabel):
        if label.text() and label.textFormat() != Qt.TextFormat.PlainText:
            yield f"not plain: {describe(label)}"
    for widget in window.findChildren(QWidget):
        if _has_tags(widget.toolTip()):
            yield f"markup in the tip of {describe(widget)}: {widget.toolTip()[:60]}"
    for view in window.findChildren(QAbstractItemView):
        model = view.model()
        # a list's number of columns is private in Qt
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(_ROOT)
        for at in product(range(min(model.rowCount(_ROOT), _ROWS)), range(columns)):
            tip = model.index(*at).data(Qt.ItemDataRole.ToolTipRole) or ""
            if _has_tags(tip):
                yield f"markup in the tip of {at} in {describe(view)}: {tip[:60]}"


def _has_tags(tip: str) -> bool:
    """Whether Qt would show *tip* as rich text with other tags than ours."""
    if not Qt.mightBeRichText(tip):
        return False
    for tag in _OURS:
        tip = tip.replace(tag, "")
    return "<" in tip


def tab_chain(window: QWidget) -> list[QWidget]:
    """What the tab key visits, from the first control on."""
    start = window
    found: list[QWidget] = []
    current = start.nextInFocusChain()
    while current is not None and current is not start:
        tab = bool(current.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if tab and current.isVisibleTo(window) and current.isEnabled() and current.focusProxy() is None:
            found.append(current)
        current = current.nextInFocusChain()
    return found


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def out_of_order(window: QWidget, inside: QWidget) -> Iterator[str]:
    """Places in *inside* where the tab key goes against the reading order."""
    chain = [w for w in tab_chain(window) if inside.isAncestorOf(w)]
    for first, second in pairwise(chain):
        a, b = _place(first, window), _place(second, window)
        above = b.bottom() <= a.top()
        beside = min(a.bottom(), b.bottom()) - max(a.top(), b.top()) > min(a.height(), b.height()) / 2
        if above or (beside and b.left() < a.left()):
            yield f"tab goes back: {describe(first)} → {describe(second)}"


def doubled_mnemonics(window: QWidget) -> Iterator[str]:
    """Two buttons with one Alt letter."""
    seen: dict[str, QWidget] = {}
    for button in shown(window, QAbstractButton):
        assert isinstance(button, QAbstractButton)
        keys = button.shortcut().toString()
        if keys and keys in seen:
            yield f"{keys} twice: {describe(seen[keys])} and {describe(button)}"
        elif keys:
            seen[keys] = button
