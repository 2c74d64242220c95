"""Makes less of a flood: what would go over the screen and out of what is kept need not be drawn. Pure."""

from __future__ import annotations

import re

#: Less than this is drawn as it is.
FLOOD = 1 << 16
#: Whatever changes more than colours: up to there everything is drawn. What the end cuts is no sequence yet.
_OTHER = re.compile(rb"\x1b(?!\Z|\[[0-9;:]*(?:m|\Z))|[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")


def shorter(data: bytes, lines: int) -> bytes:
    """*data* without lines of text that more than *lines* follow. Colours that were set in them stay set."""
    if len(data) < FLOOD:
        return data
    start = 0
    for found in _OTHER.finditer(data):
        start = found.end()
    begin = data.find(b"\n", start) + 1
    if not begin:
        return data
    end = len(data)
    for _ in range(lines + 1):
        end = data.rfind(b"\n", begin, end)
        if end < 0:
            return data
    # the last of each counts, in the order of those
    colours = dict.fromkeys(reversed(_COLOURS.findall(data, begin, end + 1)))
    return data[:begin] + b"".join(reversed(colours)) + data[end + 1 :]
