"""Qt's keys as the engine names them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from installer.terminal.keys import Modifiers, named, typed

_K, _M = Qt.Key, Qt.KeyboardModifier
_NAMES: Mapping[int, str] = {
    _K.Key_Up: "up",
    _K.Key_Down: "down",
    _K.Key_Left: "left",
    _K.Key_Right: "right",
    _K.Key_Home: "home",
    _K.Key_End: "end",
    _K.Key_Insert: "insert",
    _K.Key_Delete: "delete",
    _K.Key_PageUp: "page up",
    _K.Key_PageDown: "page down",
    _K.Key_Return: "enter",
    _K.Key_Enter: "enter",
    _K.Key_Escape: "escape",
    _K.Key_Tab: "tab",
    _K.Key_Backtab: "tab",
    _K.Key_Backspace: "backspace",
    **{_K.Key_F1 + n: f"f{n + 1}" for n in range(12)},
}
#: On macOS Qt tells Command as Control, and Control as Meta.
_CTRL = _M.MetaModifier if sys.platform == "darwin" else _M.ControlModifier


def modifiers(event: QKeyEvent) -> Modifiers:
    """What is held down."""
    held = event.modifiers()
    return Modifiers(bool(held & _M.ShiftModifier), bool(held & _M.AltModifier), bool(held & _CTRL))


def sent(event: QKeyEvent, *, application: bool) -> bytes:
    """What the key of *event* sends; nothing for keys that are held down with others."""
    held = modifiers(event)
    name = _NAMES.get(event.key())
    if name is not None:
        if event.key() == _K.Key_Backtab:
            held = Modifiers(True, held.alt, held.ctrl)
        return named(name, held, application=application)
    key = chr(event.key()) if 0x20 <= event.key() < 0x110000 and event.key() < 0x1000000 else ""
    return typed(event.text(), key, held)


def leaves(event: QKeyEvent) -> int:
    """Whether the key leaves the terminal: 1 for what comes next, -1 for what is before, 0 for no.

    Tab itself is the shell's.
    """
    held = event.modifiers()
    if event.key() not in (_K.Key_Tab, _K.Key_Backtab) or not held & _M.ControlModifier:
        return 0
    return -1 if held & _M.ShiftModifier or event.key() == _K.Key_Backtab else 1


def shortcut(event: QKeyEvent) -> str:
    """``copy`` or ``paste`` for Ctrl+Shift+C and V (on macOS Command), Ctrl+Insert and Shift+Insert."""
    held, key = event.modifiers(), event.key()
    command = _M.ControlModifier if sys.platform == "darwin" else _M.ControlModifier | _M.ShiftModifier
    if held == command and key in (_K.Key_C, _K.Key_V):
        return "copy" if key == _K.Key_C else "paste"
    if key == _K.Key_Insert and held in (_M.ControlModifier, _M.ShiftModifier):
        return "copy" if held == _M.ControlModifier else "paste"
    return ""
