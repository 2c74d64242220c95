"""Colours, fonts and the style sheet, in one place; light and dark, following the system unless chosen."""

from __future__ import annotations

from functools import cache
from typing import Literal

from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from ui.style.colors import DARK, LIGHT, Colors, contrast
from ui.style.style_sheet import style_sheet

Choice = Literal["system", "light", "dark"]

#: Space between things, in device independent pixels.
SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 16, 24, 32
CONTROL_HEIGHT = 34
TEXT_WIDTH = 720
RAIL_WIDTH = 220

#: Fonts with Japanese, by platform in the order Windows, macOS, Linux. One of them is asked for by name, as
#: a fallback chosen glyph by glyph mixes Chinese shapes in.
_JAPANESE = (
    *("Yu Gothic UI", "Meiryo", "Hiragino Sans", "Hiragino Kaku Gothic ProN"),
    *("Noto Sans CJK JP", "Noto Sans JP", "IPAPGothic", "VL PGothic", "TakaoPGothic"),
)


class Theme(QObject):
    """The colours in use. ``changed`` is emitted after they were put into the application."""

    changed = Signal()

    def __init__(self, choice: Choice = "system") -> None:
        super().__init__()
        self._choice: Choice = choice
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        # known without asking for ``Qt``, which takes long to make; ``look`` asks once the window is there
        self._palette_dark = self._system_dark = is_dark(QGuiApplication.palette())
        self._plain_size = QApplication.font().pointSizeF()
        self._families = QApplication.font().families()

    @property
    def choice(self) -> Choice:
        """What the person chose."""
        return self._choice

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        if self._choice == "system":
            return self._system_dark
        return self._choice == "dark"

    @property
    def colors(self) -> Colors:
        """The colours in use."""
        return DARK if self.dark else LIGHT

    def choose(self, choice: Choice) -> None:
        """Use *choice* from now on."""
        if choice != self._choice:
            self._choice = choice
            self.apply()
            self.changed.emit()

    def apply(self) -> None:
        """Put palette and style sheet into the application."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)  # noqa: S101
        app.setPalette(palette(self.colors))
        for name in ("QCheckBox", "QRadioButton"):
            app.setPalette(indicator_palette(self.colors), name)  # type: ignore[arg-type]  # bytes are refused
        app.setStyleSheet(style_sheet(self.colors))

    def use_language(self, language: str) -> None:
        """Ask for fonts that suit *language*."""
        font = QApplication.font()
        families = list(self._families)
        if language == "ja":
            families = [*japanese_families(), *families] if not _has_japanese(families) else families
        font.setFamilies(families)
        QApplication.setFont(font)

    def look(self) -> None:
        """See what the system says about dark and light."""
        if self._says_dark() is not self._system_dark:
            self._system_changed()

    def _says_dark(self) -> bool:
        """What the system says; where it says nothing, what its colours were when the program began."""
        scheme = QGuiApplication.styleHints().colorScheme()
        if scheme == QtCore.Qt.ColorScheme.Unknown:
            return self._palette_dark
        return scheme == QtCore.Qt.ColorScheme.Dark

    def _system_changed(self) -> None:
        self._system_dark = self._says_dark()
        if self._choice == "system":
            self.apply()
            self.changed.emit()


def is_dark(colors: QPalette) -> bool:
    """Whether *colors* put light text on dark ground."""
    ground, text = (
        colors.color(role).lightness() for role in (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText)
    )
    return ground < text


@cache
def japanese_families() -> tuple[str, ...]:
    """Those of the known Japanese fonts that are there."""
    there = set(QFontDatabase.families())
    return tuple(name for name in _JAPANESE if name in there)


def _has_japanese(families: list[str]) -> bool:
    return bool(families) and QFontDatabase.WritingSystem.Japanese in QFontDatabase.writingSystems(
        families[0]
    )


def scaled(factor: float, *, bold: bool = False) -> QFont:
    """The application's font at *factor* times its size."""
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def fixed_font(factor: float = 0.95) -> QFont:
    """The system's font of fixed width, for what one types or copies, and for logs."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    # by its own name: an alias such as "monospace" loses against the names that follow it
    families = [QFontInfo(font).family(), *font.families(), *japanese_families()]
    font.setFamilies(families)
    font.setPointSizeF(QApplication.font().pointSizeF() * factor)
    return font


def indicator_palette(c: Colors) -> QPalette:
    """For check boxes and radio buttons. Fusion draws their outline as a darker shade of the window's colour,
    which cannot be seen on a dark window."""
    found = palette(c)
    found.setColor(QPalette.ColorRole.Window, QColor(c.strong_border).lighter(130))
    return found


def palette(c: Colors) -> QPalette:
    """Fusion's palette from the colours."""
    found = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for target, color in (
        (role.Window, c.background),
        (role.WindowText, c.text),
        (role.Base, c.surface),
        (role.AlternateBase, c.hover),
        (role.Text, c.text),
        (role.Button, c.surface),
        (role.ButtonText, c.text),
        (role.BrightText, c.stop),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Link, c.accent),
        (role.ToolTipBase, c.surface),
        (role.ToolTipText, c.text),
        (role.PlaceholderText, c.second),
        (role.Light, c.surface),
        (role.Midlight, c.border),
        (role.Mid, c.border),
        (role.Dark, c.strong_border),
        (role.Shadow, c.border),
        (role.Accent, c.accent),
    ):
        found.setColor(target, QColor(color))
    for target in (role.WindowText, role.Text, role.ButtonText):
        found.setColor(group.Disabled, target, QColor(c.disabled))
    return found


__all__ = ["DARK", "LIGHT", "Colors", "contrast", "style_sheet"]
