"""Takes out of a program's output what pyte would show as text, or cannot read. Pure.

pyte 0.8.2 reads ``CSI > 4 ; 2 m`` (xterm's modifyOtherKeys, sent by vim) as "underlined", ends a sequence at
a ``:`` or at an intermediate byte and prints the rest, and prints the bodies of DCS strings. It collects the
body of an OSC string for as long as it has no end, and fails at a number of more than 4,300 digits
(github.com/selectel/pyte, pyte/streams.py). Forms: ECMA-48, 5.4 and 5.6; invisible-island.net/xterm/ctlseqs.
"""

from __future__ import annotations

import re

#: Characters of a sequence's parameters (ECMA-48 knows no more than some), and of a string's body: more than
#: that is none, and what follows is shown again.
MOST_PARAMETERS, MOST_BODY = 100, 1 << 16
#: The beginning of a string (DCS, OSC, PM, APC, SOS). In UTF-8 no program uses the single characters that
#: stand for these and for CSI (C1), so those are left out.
_STRING = re.compile(r"\x1b[P\]^_X]")
#: What ends a string; an ``ESC`` at the end of what has come may be the beginning of that.
_END = re.compile(r"[\x07\x18\x1a]|\x1b(?:\\|\Z)")
_C1 = re.compile(r"[\x80-\x9f]")
#: A sequence that continues in the next piece.
_OPEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]*)\Z")
#: What pyte takes for something else: private parameters but ``?``, intermediate bytes, a sequence that
#: another character breaks, and one that is too long.
_UNKNOWN = re.compile(
    r"\x1b\[(?:[<=>][0-?]*[ -/]*[@-~]|[0-?]*[ -/]+[@-~]|[0-?]*[ -/]*(?=[^\x00-\x7f])"
    rf"|[0-?]{{{MOST_PARAMETERS},}}[ -/]*[@-~]?)"
)
_COLONS = re.compile(r"\x1b\[([0-9;:]*:[0-9;:]*)m")


class Cleaner:
    """Give it text as it comes, in pieces of any size."""

    def __init__(self) -> None:
        self._held = ""
        self._body = -1  # characters of a string so far; -1 outside of one

    def feed(self, text: str) -> str:
        """What pyte is to see of *text*: whole sequences that it knows, and characters."""
        text, self._held = self._held + text, ""
        found: list[str] = []
        at = 0
        while at < len(text):
            if self._body >= 0:
                at = self._skip(text, at)
            else:
                start = _STRING.search(text, at)
                stop = start.start() if start else len(text)
                found.append(text[at:stop])
                at = start.end() if start else stop
                self._body = 0 if start else -1
        return self._whole("".join(found))

    def _skip(self, text: str, at: int) -> int:
        """Where the string continues or ends."""
        end = _END.search(text, at)
        if end is None:
            self._body += len(text) - at
            self._body = -1 if self._body > MOST_BODY else self._body
            return len(text)
        if end[0] == "\x1b":
            self._held = "\x1b"
        else:
            self._body = -1
        return end.end()

    def _whole(self, text: str) -> str:
        if "\x1b" not in text:
            return _C1.sub("", text)
        start = text.rfind("\x1b")
        if _OPEN.match(text, start) and len(text) - start <= MOST_PARAMETERS:
            text, self._held = text[:start], text[start:]
        return clean(text)


def clean(text: str) -> str:
    """*text* (whole sequences, no strings) without what pyte does not know."""
    return _COLONS.sub(lambda found: f"\x1b[{_plain(found[1])}m", _UNKNOWN.sub("", _C1.sub("", text)))


def _plain(parameters: str) -> str:
    """Colours and underlines with colons as those with semicolons (ISO 8613-6, 13.1.8)."""
    found = []
    for part in parameters.split(";"):
        kind, *inner = part.split(":")
        if kind in ("38", "48") and inner[:1] == ["2"] and len(inner) >= 4:
            found += [kind, "2", *(n or "0" for n in inner[-3:])]
        elif kind in ("38", "48") and inner[:1] == ["5"] and len(inner) == 2:
            found += [kind, "5", inner[1] or "0"]
        elif kind == "4" and inner[:1] == ["0"]:
            found.append("24")
        elif kind not in ("58", "38", "48"):
            found.append(kind)
    return ";".join(found)
