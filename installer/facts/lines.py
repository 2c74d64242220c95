"""The form of the probe's answer: sections of ``key=value`` lines, a key may come more than once."""

from __future__ import annotations

import re
from collections.abc import Mapping

from installer.untrusted.values import whole

#: Of a section so many lines are read, so long ones (characters), and so long values of a key. The packages
#: of a large machine are some thousands of lines, a path has at most 4096 bytes.
MOST_LINES, LONGEST_LINE, LONGEST_VALUE = 20_000, 65_536, 16_384


def bounded(body: str) -> str:
    """*body* without what is beyond ``MOST_LINES`` and ``LONGEST_LINE``: a longer line is left out, as a part
    of it would be another name or path."""
    lines = body.split("\n", MOST_LINES)[:MOST_LINES]
    return "\n".join(line for line in lines if len(line) <= LONGEST_LINE)


def sections(text: str, mark: str) -> dict[str, str]:
    """Split the answer at its marker lines; a truncated answer has no ``end`` section.

    What comes before the first marker (banners) is dropped. Where a terminal was in the way, every line ends
    with CR LF: that is undone, but only then, because a file of ours may have such ends itself.
    """
    if re.search(rf"^{re.escape(mark)} \w+\r\n", text, flags=re.MULTILINE):
        text = text.replace("\r\n", "\n")
    found: dict[str, str] = {}
    parts = re.split(rf"^{re.escape(mark)} (\w+)\n", text, flags=re.MULTILINE)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found.setdefault(name, body.removesuffix("\n"))
    return found


def pairs(body: str) -> dict[str, str]:
    """``key=value`` lines; the first of a repeated key counts."""
    return {key: values[0] for key, values in lists(body).items()}


def lists(body: str) -> dict[str, list[str]]:
    """``key=value`` lines, all values of each key in their order, but for longer ones than ``LONGEST_VALUE``.
    Only a line feed ends a line."""
    found: dict[str, list[str]] = {}
    for line in body.split("\n"):
        key, sign, value = line.partition("=")
        if sign and len(value) <= LONGEST_VALUE:
            found.setdefault(key.strip(), []).append(value.strip().strip('"'))
    return found


def number(values: Mapping[str, str], key: str, default: int = 0) -> int:
    """A number without sign, *default* where there is none."""
    return whole(values.get(key, ""), default)


def flag(values: Mapping[str, str], key: str) -> bool | None:
    """``yes`` or ``no``, None for anything else."""
    return {"yes": True, "no": False}.get(values.get(key, ""))
