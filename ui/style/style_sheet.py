"""The style sheet: what the palette cannot say."""

from __future__ import annotations

from dataclasses import fields

from ui.style.colors import Colors


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
QFrame[kind="practice"] { background: @warning_tint; border-bottom: 1px solid @border; }
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
QPushButton[kind="link"][small="true"] { padding: 0 4px; min-height: 0; }
QPushButton[kind="quiet"] { color: @second; text-align: left; }
QPushButton[kind="link"]:disabled { color: @disabled; background: transparent; }
QPushButton[kind="link"]:hover, QPushButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="link"]:focus, QPushButton[kind="quiet"]:focus { border: 1px solid @accent; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent; padding: 3px;
  min-width: 22px; }
QPushButton[kind="icon"][small="true"] { padding: 1px; min-width: 20px; min-height: 20px; }
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
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox QAbstractItemView::item { padding: 4px 10px; min-height: 20px; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @border;
  selection-background-color: @selection; selection-color: @text; outline: none; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget[kind="column"] { background: transparent; }
TerminalView { background: #13161B; border: 1px solid @strong_border; }
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
