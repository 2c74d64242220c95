"""Text from strangers, made safe to show. Pure, and free of heavy imports.

``safe_*`` drop what a terminal would act on, for texts that are kept; ``visible_*`` show it as escapes, for
what is printed. What JSON holds must be cleaned after it was read: there ``\\u001b`` is no escape character
before.
"""

from __future__ import annotations

import json
import re
from typing import Any

from installer.untrusted.json import loads

#: What a terminal or a text field would act on (C0, DEL, C1), line and paragraph separators, characters that
#: turn the order of others around (Unicode 15, ``Bidi_Control``), and invisible ones: invisible
#: operators, annotation marks, tag characters. Not the joiners (U+200C, U+200D), which scripts need.
_ACTING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_CONTROLS = re.compile(f"[{_ACTING}]")
_CONTROLS_OR_BREAK = re.compile(f"[\t\n{_ACTING}]")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,8}[@-~]|\][^\x07\x1b\n]{0,400}(?:\x07|\x1b\\)?)")


def safe_text(text: str) -> str:
    """*text* without what a terminal would act on. Lone surrogates become ?."""
    text = text.encode("utf-8", "replace").decode()
    return _CONTROLS.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n")))


def safe_line(text: str) -> str:
    """The same in one line: what comes after a line break would pass for a line of ours."""
    return " ".join(safe_text(text).split("\n"))


def visible_text(text: str) -> str:
    """*text* with each character that a terminal would act on as its escape (``\\x1b``, ``\\u202e``). Line
    feeds and tabs stay, and so do halves of characters: streams write those as escapes."""
    return _CONTROLS.sub(_escape, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """The same in one line: line feeds and tabs are escapes, too."""
    return _CONTROLS_OR_BREAK.sub(_escape, text)


def visible_json(text: str) -> str:
    """The JSON *text* with these characters as ``\\uXXXX``; it is read back as the same data."""
    return _CONTROLS_OR_BREAK.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


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
