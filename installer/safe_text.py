"""Text from strangers, made safe to show. Pure, and free of heavy imports.

What JSON holds must be cleaned after it was read: there ``\\u001b`` is no escape character before.
"""

from __future__ import annotations

import re
from typing import Any

from installer.foreign_json import loads

#: What a terminal or a text field would act on, and characters that turn the order of others around
#: (Unicode 15, ``Bidi_Control``).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)?)")


def safe_text(text: str) -> str:
    """*text* without what a terminal would act on. Halves of characters, which nobody can write, are ?."""
    text = text.encode("utf-8", "replace").decode()
    return _CONTROLS.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n")))


def safe_line(text: str) -> str:
    """The same in one line: what comes after a line break would pass for a line of ours."""
    return " ".join(safe_text(text).split("\n"))


def safe_json(text: str | bytes) -> Any:
    """The data of the JSON *text*, every string in it safe to show. ``ValueError`` as ``foreign.loads``."""
    return _safe_data(loads(text))


def _safe_data(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, list):
        return [_safe_data(v) for v in value]
    if isinstance(value, dict):
        return {safe_text(k): _safe_data(v) for k, v in value.items()}
    return value
