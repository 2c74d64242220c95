"""The report's members, and what could not be had."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from installer.redaction.scrub import Scrubber

#: Bytes of one text; of longer ones the end counts.
MEMBER_BYTES = 400_000
#: Bytes of all members together, before they are packed.
TOTAL_BYTES = 18_000_000


@dataclass(frozen=True)
class Part:
    """A member. *cut*: bytes that were left out at its beginning."""

    name: str
    data: bytes
    cut: int = 0


@dataclass(frozen=True)
class Lacking:
    """What is not there: *name* of the part, and the *code* and words why."""

    name: str
    code: str
    detail: str = ""


@dataclass
class Parts:
    """Grows while it is gathered; everything that comes in is scrubbed here, and only then cut."""

    scrub: Scrubber
    parts: list[Part] = field(default_factory=list)
    lacking: list[Lacking] = field(default_factory=list)

    def text(self, name: str, text: str, *, scrubbed: bool = False) -> str:
        """Add a text; returns it as it is in the report."""
        clean = text if scrubbed else self.scrub.text(text)
        data = clean.encode("utf-8", "replace")
        cut = max(0, len(data) - MEMBER_BYTES)
        if cut:
            end = data.find(b"\n", cut)
            cut = end + 1 if 0 <= end < len(data) - 1 else cut
        self.parts.append(Part(name, data[cut:], cut))
        return data[cut:].decode("utf-8", "replace")

    def json(self, name: str, value: Any) -> None:
        """Add data (as JSON holds it)."""
        clean = self.scrub.data(value)
        text = json.dumps(clean, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        self.parts.append(Part(name, text.encode("utf-8", "replace") + b"\n"))

    def lacks(self, name: str, code: str, detail: str = "") -> None:
        """Note that a part could not be had."""
        self.lacking.append(Lacking(name, code, self.scrub.text(detail)[:2000]))

    def bounded(self) -> list[Part]:
        """All of them, by name, within the size of a report: what is too long loses its beginning."""
        left, found = TOTAL_BYTES, []
        # the small ones first: they tell most
        for part in sorted(self.parts, key=lambda p: (len(p.data), p.name)):
            over = max(0, len(part.data) - left)
            found.append(Part(part.name, part.data[over:], part.cut + over))
            left -= len(part.data) - over
        return sorted(found, key=lambda p: p.name)
