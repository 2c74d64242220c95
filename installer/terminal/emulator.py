"""The screen of a terminal: pyte, with what full-screen programs of today want besides. No Qt.

pyte has no second screen (``?1049``, which vim and less draw on), keeps no lines that went out at the top,
and throws away the wrong ones when the window gets smaller. Used by one thread at a time.
"""

from __future__ import annotations

import codecs
import copy
import operator
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unicodedata import combining

import pyte
import pyte.modes
import pyte.screens
from pyte.charsets import LAT1_MAP
from wcwidth import wcwidth  # type: ignore[import-untyped]

from installer.terminal.clean import Cleaner

#: Lines that are kept above the screen.
PAST = 5000
_PRIVATE = 5  # pyte keeps private modes shifted by so many bits
_ALTERNATE = {47 << _PRIVATE, 1047 << _PRIVATE, 1049 << _PRIVATE}
_CURSOR_KEYS, _PASTE = 1 << _PRIVATE, 2004 << _PRIVATE
_COLUMNS_132 = 3
#: Marks on one character (combining), and positions of the cursor that a program has saved.
_MOST_MARKS, _MOST_SAVED = 16, 16
_PLAIN = pyte.screens.Char(" ")

_Cells = Mapping[int, pyte.screens.Char]


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of cells looks. Colours: ``default``, a name (``red``, ``brightred``) or six hex digits."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False


_USUAL = Style()


@dataclass(frozen=True, slots=True)
class Run:
    """*text* from *column* on, over so many *cells*, *wide* (1 or 2) for each character; what takes *wide* as
    a whole is one character with its marks."""

    column: int
    text: str
    cells: int
    style: Style
    wide: int = 1

    @property
    def characters(self) -> tuple[str, ...]:
        """One for each *wide* cells."""
        return (self.text,) if self.cells == self.wide else tuple(self.text)


Line = tuple[Run, ...]
#: A line as it is kept above the screen: text that looks as usual, or runs. Thousands of them lie there, and
#: what Python's collector of garbage has to look through holds the window up: a string is nothing to it.
_Kept = str | Line


@dataclass(frozen=True)
class View:
    """What is to be seen. *first*: the number of the first line, counted from the first that ever was;
    *cursor*: column and row, None where it is hidden or out of sight; *last*: the highest *first*; *oldest*:
    the lowest."""

    lines: tuple[Line, ...]
    first: int
    cursor: tuple[int, int] | None
    last: int
    oldest: int


class _Screen(pyte.Screen):
    """pyte's screen with a second one, and with the lines that went out at the top of the first."""

    def __init__(self, columns: int, lines: int) -> None:
        self.past: deque[_Kept] = deque(maxlen=PAST)
        self.gone = 0  # lines that ever went there
        self.replies: list[str] = []
        self._main: tuple[Any, Any, Any] | None = None
        self._known: dict[pyte.screens.Char, dict[str, pyte.screens.Char]] = {}
        super().__init__(columns, lines)

    @property
    def alternate(self) -> bool:
        """Whether the second screen is shown."""
        return self._main is not None

    def reset(self) -> None:
        self._main = None
        super().reset()

    def write_process_input(self, data: str) -> None:
        """An answer for the program that asked."""
        self.replies.append(data)

    def index(self) -> None:
        top, bottom = self.margins or (0, self.lines - 1)
        if self.cursor.y == bottom and top == 0 and not self.alternate:
            self._keep(self.buffer[0])
        super().index()

    def _keep(self, line: _Cells) -> None:
        self.past.append(self._packed(line))
        self.gone += 1

    def _packed(self, line: _Cells) -> _Kept:
        """By the shorter way where ``draw`` took it, too."""
        known = self._known.get(_PLAIN, {})
        text = "".join([char.data for char in line.values()])
        usual = (
            bool(text)
            and [*line] == [*range(len(text))]
            and all(map(operator.is_, line.values(), map(known.get, text)))
        )
        return text if usual else runs(line)

    def draw(self, data: str) -> None:
        """As pyte; a run of plain characters within a line by a shorter way."""
        end = self.cursor.x + len(data)
        plain = data.isascii() and data.isprintable() and end <= self.columns
        if not plain or self.charset or self.g0_charset != LAT1_MAP or pyte.modes.IRM in self.mode:
            self._draw_slowly(data)
            return
        look = self.cursor.attrs
        known = self._known.get(look)
        if known is None:
            if len(self._known) > 256:
                self._known.clear()
            known = self._known[look] = {}
        line = self.buffer[self.cursor.y]
        for column, character in enumerate(data, self.cursor.x):
            char = known.get(character)
            if char is None:
                char = known[character] = look._replace(data=character)
            line[column] = char
        self.cursor.x = end
        self.dirty.add(self.cursor.y)

    def _draw_slowly(self, data: str) -> None:
        """A wide character that has half a place goes to the next line (pyte lets it stand half). A cell that
        has enough marks takes no more: pyte copies all of them for each."""
        if data.isascii():
            super().draw(data)
            return
        for character in data:
            if combining(character) and len(self.buffer[self.cursor.y][self.cursor.x - 1].data) > _MOST_MARKS:
                continue
            edge = self.cursor.x == self.columns - 1 and pyte.modes.DECAWM in self.mode
            if edge and wcwidth(character) == 2:
                self.cursor.x = self.columns
            super().draw(character)

    def save_cursor(self) -> None:
        super().save_cursor()
        del self.savepoints[:-_MOST_SAVED]

    def erase_in_display(self, how: int = 0, *args: Any, **options: Any) -> None:
        if how == 3:  # xterm: the lines above, too
            self.past.clear()
        super().erase_in_display(how, *args, **options)

    def set_mode(self, *modes: int, **options: Any) -> None:
        if options.get("private"):
            modes = tuple(m for m in modes if m != _COLUMNS_132)  # a program must not widen the window
        super().set_mode(*modes, **options)
        if _ALTERNATE & self.mode and self._main is None:
            self._main = (self.buffer, copy.copy(self.cursor), self.margins)
            self._fresh()

    def reset_mode(self, *modes: int, **options: Any) -> None:
        if options.get("private"):
            modes = tuple(m for m in modes if m != _COLUMNS_132)
        super().reset_mode(*modes, **options)
        if self._main is not None and not _ALTERNATE & self.mode:
            (self.buffer, self.cursor, self.margins), self._main = self._main, None
            self._fit_cursor()

    def _fresh(self) -> None:
        blank = type(self)(1, 1)
        self.buffer = blank.buffer
        self.margins = None

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Lines below the cursor go first, then those at the top; they stay above the screen."""
        lines, columns = lines or self.lines, columns or self.columns
        self.buffer = self._cut(self.buffer, self.cursor, lines, keep=not self.alternate)
        if self._main is not None:
            buffer, cursor, _ = self._main
            self._main = (self._cut(buffer, cursor, lines, keep=True), cursor, None)
        if columns < self.columns:
            for line in self.buffer.values():
                for column in range(columns, self.columns):
                    line.pop(column, None)
        self.tabstops.update(range(8, columns, 8))
        self.lines, self.columns = lines, columns
        self.margins = None
        self._fit_cursor()

    def _cut(self, buffer: Any, cursor: Any, lines: int, *, keep: bool) -> Any:
        over = max(0, cursor.y - (lines - 1))
        found = type(buffer)(buffer.default_factory)
        for y in range(self.lines):
            if y < over and keep:
                self._keep(buffer[y])
            elif over <= y < over + lines and y in buffer:
                found[y - over] = buffer[y]
        cursor.y -= over
        return found

    def _fit_cursor(self) -> None:
        self.cursor.x = min(self.cursor.x, self.columns - 1)
        self.cursor.y = min(self.cursor.y, self.lines - 1)


class _Tolerant:
    """A screen whose commands may come with any parameters: pyte calls them with as many as there are, and
    with ``private``, whatever they take."""

    def __init__(self, screen: _Screen) -> None:
        self._screen = screen
        self.draw = screen.draw

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._screen, name)

        def command(*args: Any, **options: Any) -> None:
            with suppress(TypeError, ValueError, IndexError, KeyError):
                method(*args, **options)

        setattr(self, name, command)
        return command


class Emulator:
    """``feed`` takes what the program writes, ``view`` gives what is to be seen."""

    def __init__(self, columns: int, lines: int) -> None:
        self._screen = _Screen(columns, lines)
        self._stream = pyte.Stream(_Tolerant(self._screen))  # type: ignore[arg-type]
        self._stream.use_utf8 = False  # line drawing by ``ESC ( 0``, as xterm does it in UTF-8, too
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._cleaner = Cleaner()

    def feed(self, data: bytes) -> bytes:
        """Show *data*; what the terminal answers to it."""
        with suppress(ValueError):  # a digit that is none, within a sequence; pyte then starts again
            self._stream.feed(self._cleaner.feed(self._decoder.decode(data)))
        answer = "".join(self._screen.replies)
        self._screen.replies.clear()
        return answer.encode()

    def resize(self, columns: int, lines: int) -> None:
        """The window's size in cells."""
        self._screen.resize(lines, columns)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        return self._screen.columns, self._screen.lines

    @property
    def cursor_keys(self) -> bool:
        """Whether the arrow keys are sent in their application form (DECCKM)."""
        return _CURSOR_KEYS in self._screen.mode

    @property
    def bracketed(self) -> bool:
        """Whether pasted text is to be marked as such."""
        return _PASTE in self._screen.mode

    @property
    def alternate(self) -> bool:
        """Whether a full-screen program draws on the second screen."""
        return self._screen.alternate

    @property
    def last(self) -> int:
        """The number of the line at the top of the screen."""
        return self._screen.gone

    def view(self, first: int | None = None, before: View | None = None) -> View:
        """The lines from the one with the number *first* on; None: the screen itself. Rows that look as they
        did *before* are the very same objects."""
        screen = self._screen
        oldest = screen.gone - len(screen.past)
        first = screen.gone if first is None else max(oldest, min(first, screen.gone))
        lines = tuple(self.line(n) for n in range(first, first + screen.lines))
        if before is not None and len(before.lines) == len(lines):
            lines = tuple(old if old == new else new for old, new in zip(before.lines, lines, strict=True))
        row = screen.cursor.y + screen.gone - first
        seen = not screen.cursor.hidden and row < screen.lines
        column = min(screen.cursor.x, screen.columns - 1)
        return View(lines, first, (column, row) if seen else None, screen.gone, oldest)

    def line(self, number: int) -> Line:
        """The line *number*; empty where there is none."""
        screen = self._screen
        above = number - (screen.gone - len(screen.past))
        if 0 <= above < len(screen.past):
            kept = screen.past[above]
            return kept if isinstance(kept, tuple) else (Run(0, kept, len(kept), _USUAL),)
        row = number - screen.gone
        return runs(screen.buffer[row]) if 0 <= row < screen.lines and row in screen.buffer else ()

    def text(self, begin: tuple[int, int], end: tuple[int, int]) -> str:
        """What is written from *begin* to *end* (number of the line, column), without blanks at line ends."""
        found = []
        for number in range(begin[0], end[0] + 1):
            cells = _spread(self.line(number))
            stop = end[1] if number == end[0] else len(cells)
            start = begin[1] if number == begin[0] else 0
            found.append("".join(cells[start:stop]).rstrip())
        return "\n".join(found)


def _spread(line: Line) -> list[str]:
    """One entry for each cell, empty for the second one of a wide character."""
    cells: list[str] = []
    for run in line:
        cells += [" "] * (run.column - len(cells))
        for character in run.characters:
            cells += [character, *([""] * (run.wide - 1))]
    return cells


def runs(cells: _Cells) -> Line:
    """The cells of a line as runs that look the same."""
    found: list[Run] = []
    text, start, at, width = "", 0, -1, 1
    style: Style | None = None
    for column in sorted(cells):
        char = cells[column]
        if not char.data:  # the second cell of a wide character
            continue
        wide = 2 if column + 1 in cells and not cells[column + 1].data else 1
        look = _style(char)
        if text and (look is not style or column != at or wide != width or len(char.data) > 1):
            found.append(Run(start, text, at - start, style or look, width))
            text = ""
        if not text:
            start, style, width = column, look, wide
        text += char.data
        at = column + wide
        if len(char.data) > 1:
            found.append(Run(start, text, at - start, look, width))
            text = ""
    if text:
        found.append(Run(start, text, at - start, style or _USUAL, width))
    return tuple(found)


_STYLES: dict[tuple[Any, ...], Style] = {}


def _style(char: pyte.screens.Char) -> Style:
    key = tuple(char[1:])
    found = _STYLES.get(key)
    if found is None:
        fg, bg = (char.bg, char.fg) if char.reverse else (char.fg, char.bg)
        if char.reverse:  # the two defaults change places, too
            fg = "background" if fg == "default" else fg
            bg = "foreground" if bg == "default" else bg
        if len(_STYLES) > 4096:
            _STYLES.clear()
        found = _STYLES[key] = Style(fg, bg, char.bold, char.italics, char.underscore, char.strikethrough)
    return found
