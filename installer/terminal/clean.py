"""Takes out of a program's output what pyte would show as text: sequences that it does not know. Pure.

pyte 0.8.2 reads ``CSI > 4 ; 2 m`` (xterm's modifyOtherKeys, sent by vim) as "underlined", ends a sequence at
a ``:`` or at an intermediate byte and prints the rest, and prints the bodies of DCS strings
(github.com/selectel/pyte, pyte/streams.py). Forms: ECMA-48, 5.4 and 5.6; invisible-island.net/xterm/ctlseqs.
"""

from __future__ import annotations

import re

#: A sequence that has begun and may go on in the next piece.
_OPEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]+|[P\]^_X](?:[^\x07\x1b]|\x1b(?!\\))*\x1b?)?\Z")
#: So much is kept waiting for its end at most: more is no sequence.
_LONGEST = 1 << 16
#: Strings (DCS, OSC, PM, APC, SOS), private parameters but ``?``, and intermediate bytes.
_UNKNOWN = re.compile(
    r"\x1b[P\]^_X](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)"
    r"|\x1b\[[<=>][0-?]*[ -/]*[@-~]"
    r"|\x1b\[[0-?]*[ -/]+[@-~]"
)
_COLONS = re.compile(r"\x1b\[([0-9;:]*:[0-9;:]*)m")


def split(text: str) -> tuple[str, str]:
    """What of *text* is whole, and the beginning of a sequence at its end."""
    start = text.rfind("\x1b", 0, len(text))
    while start >= 0 and len(text) - start <= _LONGEST:
        if _OPEN.match(text, start):
            earlier = text.rfind("\x1b", 0, start)
            if earlier >= 0 and _OPEN.match(text, earlier):
                start = earlier  # a string whose end began with this
            return text[:start], text[start:]
        earlier = text.rfind("\x1b", 0, start)
        # only a string may hold other characters up to the end
        if earlier < 0 or not _OPEN.match(text, earlier):
            return text, ""
        start = earlier
    return text, ""


def clean(text: str) -> str:
    """*text* (whole sequences) without what pyte does not know."""
    if "\x1b" not in text:
        return text
    return _COLONS.sub(lambda found: f"\x1b[{_plain(found[1])}m", _UNKNOWN.sub("", text))


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
