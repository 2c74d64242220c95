"""What a key sends to the program in a terminal. Pure.

As xterm does it (invisible-island.net/xterm/ctlseqs, "PC-Style Function Keys"): modifiers are sent as one
number.
"""

from __future__ import annotations

from dataclasses import dataclass

_ESC = "\x1b"
#: Key → its letter; with modifiers, and in the application form, the same letter ends another sequence.
_LETTERS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_FIRST = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_NUMBERS = {
    **{"insert": 2, "delete": 3, "page up": 5, "page down": 6},
    **{"f5": 15, "f6": 17, "f7": 18, "f8": 19, "f9": 20, "f10": 21, "f11": 23, "f12": 24},
}
_PLAIN = {"enter": "\r", "escape": _ESC, "tab": "\t", "backspace": "\x7f"}
#: Beside the letters: what goes with Ctrl (as on a US keyboard, and as VT220 had it).
_CONTROLS = {" ": 0, "@": 0, "2": 0, "3": 27, "[": 27, "4": 28, "\\": 28, "5": 29, "]": 29, "6": 30, "^": 30}
_MORE_CONTROLS = {"7": 31, "/": 31, "_": 31, "-": 31, "8": 127, "?": 127}

#: All names beside characters.
NAMES = frozenset({*_LETTERS, *_FIRST, *_NUMBERS, *_PLAIN})


@dataclass(frozen=True)
class Modifiers:
    """What was held down."""

    shift: bool = False
    alt: bool = False
    ctrl: bool = False

    @property
    def number(self) -> int:
        """As xterm counts them."""
        return 1 + self.shift + 2 * self.alt + 4 * self.ctrl


def named(name: str, held: Modifiers, *, application: bool) -> bytes:
    """The key *name* of ``NAMES``. *application*: the program asked for that form of the arrows (DECCKM)."""
    if name in _PLAIN:
        return _plain(name, held)
    if name in _NUMBERS:
        more = f";{held.number}" if held.number > 1 else ""
        return f"{_ESC}[{_NUMBERS[name]}{more}~".encode()
    letter = _LETTERS.get(name) or _FIRST[name]
    if held.number > 1:
        return f"{_ESC}[1;{held.number}{letter}".encode()
    form = "O" if application or name in _FIRST else "["
    return f"{_ESC}{form}{letter}".encode()


def _plain(name: str, held: Modifiers) -> bytes:
    if name == "tab" and held.shift:
        return f"{_ESC}[Z".encode()
    sent = "\x08" if name == "backspace" and held.ctrl else _PLAIN[name]
    return f"{_ESC if held.alt else ''}{sent}".encode()


def typed(text: str, key: str, held: Modifiers) -> bytes:
    """*text* as the keyboard gave it; *key*: the character on the key, for those that give none with Ctrl.

    Text that comes with Ctrl and Alt is what AltGr gave (Windows tells it so), and is sent as it is.
    """
    printable = bool(text) and text.isprintable()
    if held.ctrl and not (held.alt and printable):
        code = control(key)
        if code is None:
            return b""
        return (_ESC.encode() if held.alt else b"") + bytes([code])
    if not text:
        return b""
    return f"{_ESC if held.alt and not held.ctrl else ''}{text}".encode()


def control(key: str) -> int | None:
    """What Ctrl makes of a character; None for what it makes nothing of."""
    key = key.lower()
    if len(key) == 1 and "a" <= key <= "z":
        return ord(key) & 0x1F
    return {**_CONTROLS, **_MORE_CONTROLS}.get(key)


def pasted(text: str, *, bracketed: bool) -> bytes:
    """*text* of the clipboard, with the line ends that Enter gives. No escape of it reaches the program: it
    could end the brackets (thejh.net/misc/website-terminal-copy-paste)."""
    text = text.replace("\r\n", "\r").replace("\n", "\r")
    text = "".join(c for c in text if c in "\r\t" or c.isprintable())
    return f"{_ESC}[200~{text}{_ESC}[201~".encode() if bracketed else text.encode()
