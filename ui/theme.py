"""Colours, fonts and the style sheet, in one place; light and dark, following the system unless chosen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

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


@dataclass(frozen=True)
class Colors:
    """One theme, as ``#rrggbb``. *…_tint* lie behind text of that colour; *on_accent* is text on *accent*."""

    background: str
    rail: str
    surface: str
    border: str
    strong_border: str
    text: str
    second: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_tint: str
    ok: str
    ok_tint: str
    warning: str
    warning_tint: str
    stop: str
    stop_tint: str
    neutral: str
    neutral_tint: str
    hover: str
    selection: str
    disabled: str


LIGHT = Colors(
    background="#F6F7F9",
    rail="#EDEFF3",
    surface="#FFFFFF",
    border="#D9DEE5",
    strong_border="#868F9B",
    text="#1A1F26",
    second="#56606C",
    accent="#2257E7",
    accent_hover="#1B49C6",
    on_accent="#FFFFFF",
    accent_tint="#E6EDFF",
    ok="#176F32",
    ok_tint="#E3F4E8",
    warning="#8A5A00",
    warning_tint="#FFF3D6",
    stop="#B9202B",
    stop_tint="#FCE8E9",
    neutral="#56606C",
    neutral_tint="#E9ECF1",
    hover="#F0F2F6",
    selection="#D9E4FF",
    disabled="#5F6873",
)

DARK = Colors(
    background="#13161B",
    rail="#171B21",
    surface="#1A1E25",
    border="#333B47",
    strong_border="#75808F",
    text="#E7EBF1",
    second="#A2ADBA",
    accent="#7AA2FF",
    accent_hover="#97B6FF",
    on_accent="#10141C",
    accent_tint="#1D2842",
    ok="#63C98A",
    ok_tint="#14291C",
    warning="#E8B84A",
    warning_tint="#2E2512",
    stop="#FF8A83",
    stop_tint="#3A191B",
    neutral="#A2ADBA",
    neutral_tint="#262C35",
    hover="#222831",
    selection="#26365C",
    disabled="#8C97A5",
)


class Theme(QObject):
    """The colours in use. ``changed`` is emitted after they were put into the application."""

    changed = Signal()

    def __init__(self, choice: Choice = "system") -> None:
        super().__init__()
        self._choice: Choice = choice
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
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
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
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

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.apply()
            self.changed.emit()


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


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


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


def style_sheet(c: Colors) -> str:
    """What the palette cannot say. Only properties and classes named here are used by the widgets."""
    values = {f.name: getattr(c, f.name) for f in fields(c)}
    text = _STYLE
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(f"@{name}", value)
    return text


_STYLE = """
QWidget[kind="rail"] { background: @rail; border-right: 1px solid @border; }
QWidget[kind="bar"] { background: @surface; border-top: 1px solid @border; }
QLabel[kind="second"], QLabel[kind="hint"] { color: @second; }
QLabel[kind="error"] { color: @stop; }
QLabel[kind="good"] { color: @ok; }
QLabel[kind="accent"] { color: @accent; }
QFrame[kind="card"] { background: @surface; border: 1px solid @border; border-radius: 8px; }
QFrame[kind="card"][tone="stop"] { border: 1px solid @stop; }
QFrame[kind="card"][tone="warning"] { border: 1px solid @warning; }
QFrame[kind="card"][tone="accent"] { border: 1px solid @accent; }
QFrame[kind="line"] { background: @border; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="pill"] { border-radius: 10px; background: @neutral_tint; }
QFrame[kind="pill"] QLabel { color: @neutral; }
QFrame[kind="pill"][tone="ok"] { background: @ok_tint; }
QFrame[kind="pill"][tone="ok"] QLabel { color: @ok; }
QFrame[kind="pill"][tone="warning"] { background: @warning_tint; }
QFrame[kind="pill"][tone="warning"] QLabel { color: @warning; }
QFrame[kind="pill"][tone="stop"] { background: @stop_tint; }
QFrame[kind="pill"][tone="stop"] QLabel { color: @stop; }
QFrame[kind="pill"][tone="accent"] { background: @accent_tint; }
QFrame[kind="pill"][tone="accent"] QLabel { color: @accent; }

QPushButton { background: @surface; color: @text; border: 1px solid @border; border-radius: 6px;
  padding: 5px 12px; min-height: 22px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @accent_tint; }
QPushButton:focus { border: 2px solid @accent; padding: 4px 11px; }
QPushButton:disabled { color: @disabled; background: @background; }
QPushButton[kind="primary"] { background: @accent; color: @on_accent; border: 1px solid @accent;
  padding: 5px 20px;
  font-weight: 600; }
QPushButton[kind="primary"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid @text; padding: 4px 19px; }
QPushButton[kind="primary"]:disabled { background: @neutral_tint; color: @disabled; border-color: @border; }
QPushButton[kind="outline"] { color: @accent; border: 1px solid @accent; }
QPushButton[kind="outline"]:focus { border: 2px solid @accent; }
QPushButton[kind="danger"] { color: @stop; border: 1px solid @stop; }
QPushButton[kind="danger"]:focus { border: 2px solid @stop; }
QPushButton[kind="link"], QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent;
  padding: 5px 6px; }
QPushButton[kind="link"] { color: @accent; text-align: left; }
QPushButton[kind="quiet"] { color: @second; text-align: left; }
QPushButton[kind="link"]:hover, QPushButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="link"]:focus, QPushButton[kind="quiet"]:focus { border: 1px solid @accent; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent; padding: 3px;
  min-width: 22px; }
QPushButton[kind="icon"]:hover { background: @hover; }
QPushButton[kind="icon"]:focus { border: 1px solid @accent; }
QPushButton[kind="rail"] { background: transparent; border: 1px solid transparent; text-align: left;
  padding: 6px 10px; color: @second; }
QPushButton[kind="rail"]:enabled { color: @text; }
QPushButton[kind="rail"]:enabled:hover { background: @hover; }
QPushButton[kind="rail"][current="true"] { background: @selection; color: @text; font-weight: 600; }
QPushButton[kind="rail"]:focus { border: 1px solid @accent; }

QAbstractButton[kind="choice"] { background: @surface; border: 1px solid @border; border-radius: 8px; }

QLineEdit, QComboBox, QSpinBox, QPlainTextEdit { background: @surface; color: @text;
  border: 1px solid @strong_border;
  border-radius: 6px; padding: 5px 10px; min-height: 22px; selection-background-color: @accent;
  selection-color: @on_accent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QPlainTextEdit:focus { border: 2px solid @accent;
  padding: 4px 9px; }
QLineEdit[wrong="true"] { border: 1px solid @stop; }
QLineEdit[wrong="true"]:focus { border: 2px solid @stop; }
QLineEdit:disabled, QComboBox:disabled { color: @disabled; background: @background; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @border;
  selection-background-color: @selection; selection-color: @text; outline: none; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget[kind="column"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar::handle:vertical { background: @strong_border; border-radius: 4px; min-height: 28px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle:horizontal { background: @strong_border; border-radius: 4px; min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: @neutral_tint; border: none; border-radius: 4px; max-height: 8px;
  min-height: 8px; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }

QTableView, QListView, QTreeView { background: @surface; color: @text; border: none; outline: none;
  gridline-color: @border; selection-background-color: @selection; selection-color: @text; }
QTableView::item:focus { border: 1px solid @accent; }
QHeaderView { background: @surface; }
QHeaderView::section { background: @surface; color: @second; border: none; border-bottom: 1px solid @border;
  padding: 7px 8px; font-weight: 600; }
QMenu { background: @surface; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 6px 20px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QToolTip { background: @surface; color: @text; border: 1px solid @border; padding: 4px; }
QDialog { background: @background; }
QCheckBox, QRadioButton { spacing: 8px; border: 1px solid transparent; padding: 2px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid @accent; border-radius: 4px; }
QTableView[kind="padded"]::item { padding: 0 8px; }
QPushButton[kind="outline"]:disabled, QPushButton[kind="danger"]:disabled { color: @disabled;
  border: 1px solid @border; }
QAbstractScrollArea::corner { background: transparent; border: none; }
"""
