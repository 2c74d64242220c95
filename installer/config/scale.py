"""How many containers a service has: one line of our override file. Pure.

The generator of the file and the action that changes a running Dify write that line with the same function,
so that the next ``apply`` finds the file as it would make it.
"""

from __future__ import annotations

import re

from installer.release.services import copies

_TOP, _NONE = "services:\n", "services: {}\n"
_SCALE = re.compile(r"    scale: \d+\n")
_NAME = re.compile(r"  ([^ #\n][^\n]*):\n")


def with_scale(text: str, service: str, count: int) -> str | None:
    """The override *text* with *count* containers of *service*; None if it is no such file."""
    parts: dict[str, list[str]] = {}
    start = 0 if text.startswith(_NONE) else text.find(f"\n{_NONE}") + 1
    if text.startswith(_NONE, start):
        head, rest = text[:start], text[start + len(_NONE) :]
    else:
        start = 0 if text.startswith(_TOP) else text.find(f"\n{_TOP}") + 1
        if not text.startswith(_TOP, start):
            return None
        head = text[:start]
        parts, rest = _parts(text[start + len(_TOP) :])
    lines = [line for line in parts.get(service, []) if not _SCALE.fullmatch(line)]
    if count > 1:
        lines.insert(0, f"    scale: {count}\n")
    parts[service] = lines
    body = "".join(f"  {name}:\n" + "".join(parts[name]) for name in sorted(parts) if parts[name])
    return head + (_TOP + body if body else _NONE) + rest


def _parts(text: str) -> tuple[dict[str, list[str]], str]:
    """Service → lines of its part, and what comes after all of them."""
    found: dict[str, list[str]] = {}
    lines, name = text.splitlines(keepends=True), ""
    for n, line in enumerate(lines):
        if named := _NAME.fullmatch(line):
            name = named[1]
            found[name] = []
        elif line.startswith("    ") and name:
            found[name].append(line)
        else:
            return found, "".join(lines[n:])
    return found, ""


def without_scale(text: str) -> str:
    """*text* as it is with one container of each service: scaling recreates no container."""
    for service in copies():
        text = with_scale(text, service, 1) or text
    return text
