"""Large cards of which one is chosen: a radio button with a title and a line or two under it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QSizePolicy, QWidget

from ui.style.context import Ui
from ui.style.theme import SPACE_M, scaled

_PAD, _ICON, _GAP = 14, 18, 6


class ChoiceCard(QRadioButton):
    """Painted by itself; it stays a radio button for keyboard and screen reader. The accessible name is the
    title, the description the text."""

    def __init__(self, ui: Ui, title: str, text: str, *, icon: str = "", mark: str = "") -> None:
        super().__init__(title)
        self._ui, self._title, self._text, self._icon, self._mark = ui, title, text, icon, mark
        self._known: dict[int, tuple[int, int]] = {}  # heights by width: layouts ask again and again
        self.setAccessibleName(title.replace("&", "") + (f" ({mark})" if mark else ""))
        self.setAccessibleDescription(text)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_text(self, text: str) -> None:
        """Another line under the title."""
        if text != self._text:
            self._text = text
            self._known.clear()
            self.setAccessibleDescription(text)
            self.updateGeometry()
            self.update()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        title, text = self._heights(width)
        icon = _ICON + _GAP if self._icon else 0
        return 2 * _PAD + icon + title + (_GAP + text if text else 0)

    def sizeHint(self) -> QSize:  # noqa: N802
        width = 220
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(130, self.heightForWidth(max(130, self.width())))

    def hitButton(self, pos: object) -> bool:  # noqa: N802
        return True  # the whole card, not only the circle that is not drawn

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() in (
            QEvent.Type.FontChange,
            QEvent.Type.StyleChange,
            QEvent.Type.ApplicationFontChange,
        ):
            self._known.clear()
        super().changeEvent(event)

    def _heights(self, width: int) -> tuple[int, int]:
        if width not in self._known:
            self._known[width] = self._measured(width)
        return self._known[width]

    def _measured(self, width: int) -> tuple[int, int]:
        inner = width - 2 * _PAD
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextShowMnemonic)
        title = (
            self.fontMetrics()
            .__class__(scaled(1.0, bold=True))
            .boundingRect(QRect(0, 0, inner - self._mark_width(), 10**4), wrap, self._title)
        )
        if not self._text:
            return title.height(), 0
        small = self.fontMetrics().__class__(scaled(0.92))
        wrapping = int(Qt.TextFlag.TextWordWrap)
        return title.height(), small.boundingRect(QRect(0, 0, inner, 10**4), wrapping, self._text).height()

    def _mark_width(self) -> int:
        if not self._mark:
            return 0
        return self.fontMetrics().__class__(scaled(0.85)).horizontalAdvance(self._mark) + 20

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        c = self._ui.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, focus = self.isChecked(), self.hasFocus()
        wide = 2 if chosen or focus else 1
        painter.setPen(QPen(QColor(c.accent if chosen or focus else c.border), wide))
        hovered = self.underMouse() and self.isEnabled()
        painter.setBrush(QColor(c.accent_tint if chosen else c.hover if hovered else c.surface))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(1, 1, -1, -1), 8, 8)
        if focus and chosen:  # a second line: chosen alone looks like focus
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(4, 4, -4, -4), 5, 5)
        self._paint_text(painter)
        painter.end()

    def _paint_text(self, painter: QPainter) -> None:
        c = self._ui.colors
        top, inner = _PAD, self.width() - 2 * _PAD
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        if self._icon:
            color = c.accent if self.isChecked() else c.second
            painter.drawPixmap(_PAD, top, self._ui.pixmap(self._icon, color, _ICON))
            top += _ICON + _GAP
        title_height, text_height = self._heights(self.width())
        painter.setFont(scaled(1.0, bold=True))
        painter.setPen(QColor(c.text if self.isEnabled() else c.disabled))
        flags = left | int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextShowMnemonic)
        box = QRect(_PAD, top, inner - self._mark_width(), title_height)
        painter.drawText(box, flags, self._title)
        if self._mark:
            self._paint_mark(painter, top)
        if text_height:
            painter.setFont(scaled(0.92))
            painter.setPen(QColor(c.second if self.isEnabled() else c.disabled))
            box = QRect(_PAD, top + title_height + _GAP, inner, text_height + 2)
            painter.drawText(box, left | int(Qt.TextFlag.TextWordWrap), self._text)

    def _paint_mark(self, painter: QPainter, top: int) -> None:
        c = self._ui.colors
        painter.setFont(scaled(0.85))
        width = self._mark_width() - 8
        box = QRect(self.width() - _PAD - width, top, width, painter.fontMetrics().height() + 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.neutral_tint))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(c.neutral))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._mark)


class ChoiceRow(QWidget):
    """Cards side by side; arrow keys move between them. ``chosen`` gives the key of the one picked."""

    chosen = Signal(str)

    def __init__(self, cards: Sequence[tuple[str, ChoiceCard]], *, columns: int = 0) -> None:
        super().__init__()
        self.cards = dict(cards)
        self._group = QButtonGroup(self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M - 4)
        across = columns or len(cards)
        for number, (key, card) in enumerate(cards):
            self._group.addButton(card)
            layout.addWidget(card, number // across, number % across)
            card.toggled.connect(lambda on, key=key: self.chosen.emit(key) if on else None)
        for place in range(across):
            layout.setColumnStretch(place, 1)

    def show_only(self, keys: Collection[str]) -> None:
        """Leave out all cards but those of *keys*; they share the width."""
        layout = self.layout()
        assert isinstance(layout, QGridLayout)  # noqa: S101
        for place, (key, card) in enumerate(self.cards.items()):
            card.setVisible(key in keys)
            layout.setColumnStretch(place, 1 if key in keys else 0)

    def show_choice(self, key: str) -> None:
        """Check the card *key* without a signal; an unknown key checks none."""
        self.blockSignals(True)
        try:
            card = self.cards.get(key)
            if card is not None:
                card.setChecked(True)
            elif (checked := self._group.checkedButton()) is not None:
                self._group.setExclusive(False)
                checked.setChecked(False)
                self._group.setExclusive(True)
        finally:
            self.blockSignals(False)
