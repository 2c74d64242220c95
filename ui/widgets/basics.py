"""Labels, buttons, lines and cards, named for people who cannot see them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.style.context import Ui
from ui.style.theme import SPACE_L, SPACE_M, SPACE_S, fixed_font, scaled
from ui.widgets import pyside_workarounds
from ui.widgets.tips import set_tip

pyside_workarounds.mend()  # here: every module with layouts imports this one


#: ``Qt.TextFormat.PlainText``. The name ``Qt`` is not touched before the first paint (so ``QtCore.Qt``, and
#: here the number): it makes 80 enumerations with 1000 members, a tenth of the time until then.
PLAIN_TEXT = 0


def set_kind(widget: QWidget, kind: str, **properties: str) -> None:
    """The style sheet's handle; call again to change *properties* (the style is computed again)."""
    changed = False
    for name, value in {"kind": kind, **properties}.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    # what was never shown is polished when it is: twice would cost more than all else in a new row
    if changed and _styled(widget):
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _styled(widget: QWidget) -> bool:
    """Whether its style was computed. False for a new widget without a parent, which is not visible."""
    if widget.parent() is None and not widget.isVisible():
        return False
    return widget.testAttribute(QtCore.Qt.WidgetAttribute.WA_WState_Polished)


def label(
    text: str = "", kind: str = "", *, size: float = 1.0, bold: bool = False, wrap: bool = False
) -> QLabel:
    """Plain text, never read as markup: it may come from a server."""
    found = QLabel(text)
    found.setProperty("textFormat", PLAIN_TEXT)
    if size != 1.0 or bold:
        found.setFont(scaled(size, bold=bold))
    if kind:
        set_kind(found, kind)
    if wrap:
        found.setWordWrap(True)
        found.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.MinimumExpanding)
        policy = found.sizePolicy()
        policy.setHeightForWidth(True)
        found.setSizePolicy(policy)
    return found


def title(text: str) -> QLabel:
    """A page's title."""
    return label(text, size=1.5, bold=True, wrap=True)


def subtitle(text: str = "") -> QLabel:
    """The sentence under the title."""
    return label(text, "second", wrap=True)


def section(text: str) -> QLabel:
    """The heading of a group."""
    return label(text, size=1.05, bold=True)


def hint(text: str = "") -> QLabel:
    """Small print under a control."""
    return label(text, "hint", size=0.92, wrap=True)


def unseen_label(text: str, named: QWidget) -> QLabel:
    """Names *named*, a list to choose from whose caption stands elsewhere; to be put beside it. On Linux the
    name of such a list is what is chosen, and its label tells what it is for."""
    found = label(text)
    found.setBuddy(named)
    found.hide()
    return found


def mono(text: str) -> QLabel:
    """What one compares or types; can be selected with mouse and keyboard."""
    found = label(text, wrap=True)
    found.setFont(fixed_font())
    flags = QtCore.Qt.TextInteractionFlag
    found.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    found.setAccessibleName(text)
    return found


def picture(pixmap: QPixmap, name: str = "") -> QLabel:
    """An icon beside a word. *name* only where no word says the same."""
    found = QLabel()
    found.setPixmap(pixmap)
    found.setFixedSize(pixmap.deviceIndependentSize().toSize())
    if name:
        found.setAccessibleName(name)
    return found


def button(text: str, on_click: Callable[[], object], kind: str = "", *, name: str = "") -> QPushButton:
    """A push button. *name* for screen readers where *text* alone does not say what it is about."""
    found = QPushButton(text)
    if kind:
        set_kind(found, kind)
    if name:
        found.setAccessibleName(name)
    found.setAutoDefault(False)
    found.clicked.connect(lambda _checked=False: on_click())
    return found


def icon_button(ui: Ui, icon: str, name: str, on_click: Callable[[], object]) -> QPushButton:
    """A button with only an icon; *name* is its tool tip and what a screen reader says."""
    found = button("", on_click, "icon", name=name)
    found.setIcon(ui.icon(icon, ui.colors.second))
    set_tip(found, name)
    return found


def line() -> QFrame:
    """A thin horizontal rule."""
    found = QFrame()
    set_kind(found, "line")
    found.setFixedHeight(1)
    return found


def row(*items: QWidget | QLayout | int | None, space: int = SPACE_S) -> QHBoxLayout:
    """Side by side. A number is space, None stretches."""
    found = QHBoxLayout()
    found.setContentsMargins(0, 0, 0, 0)
    found.setSpacing(space)
    _fill(found, items)
    return found


def column(*items: QWidget | QLayout | int | None, space: int = SPACE_S) -> QVBoxLayout:
    """One under the other. A number is space, None stretches."""
    found = QVBoxLayout()
    found.setContentsMargins(0, 0, 0, 0)
    found.setSpacing(space)
    _fill(found, items)
    return found


def _fill(layout: QHBoxLayout | QVBoxLayout, items: tuple[QWidget | QLayout | int | None, ...]) -> None:
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


class Card(QFrame):
    """A bordered box; add to ``body``."""

    def __init__(self, *, tone: str = "", margins: int = SPACE_M, space: int = SPACE_S) -> None:
        super().__init__()
        set_kind(self, "card", tone=tone)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margins, margins, margins, margins)
        self.body.setSpacing(space)

    def set_tone(self, tone: str) -> None:
        """``""``, ``accent``, ``warning`` or ``stop``."""
        set_kind(self, "card", tone=tone)


class RowCard(Card):
    """A card of rows with thin lines between them."""

    def __init__(self, *, tone: str = "") -> None:
        super().__init__(tone=tone, margins=0, space=0)
        self._under: dict[QWidget, QFrame] = {}
        self._last: QWidget | None = None

    def add_row(self, content: QLayout | QWidget) -> QWidget:
        """Append a row; returns the widget that holds it."""
        if not self.body.count():
            self._under.clear()
        elif self._last is not None:
            self._under[self._last] = line()
            self.body.addWidget(self._under[self._last])
        holder = self._last = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(SPACE_M, 10, SPACE_M, 10)
        if isinstance(content, QLayout):
            layout.addLayout(content)
        else:
            layout.addWidget(content)
        self.body.addWidget(holder)
        return holder

    def show_row(self, holder: QWidget, visible: bool) -> None:
        """A row comes and goes together with the line under it."""
        holder.setVisible(visible)
        if holder in self._under:
            self._under[holder].setVisible(visible)


def dispose(widget: QWidget) -> None:
    """Take *widget* out of the window at once."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


def clear(layout: QLayout) -> None:
    """Remove everything from *layout*."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            dispose(widget)
        elif inner is not None:
            clear(inner)


__all__ = ["SPACE_L", "SPACE_M", "SPACE_S"]
