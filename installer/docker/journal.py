"""What Docker's own log says about why the daemon does not start."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Longest line that is shown as a reason; the whole log stays in the details.
MOST = 240
#: logrus' text format, as dockerd and containerd write it: ``time="…" level=error msg="…" error="…"``.
_LEVEL = re.compile(r"\blevel=(error|fatal|panic)\b")
_FIELD = re.compile(r'\b(msg|error|err)=("(?:[^"\\]|\\.)*"|\S+)')
#: The daemon's closing sentence (moby, cmd/dockerd; capital in old versions), as systemd's "Failed to start
#: docker.service" is none; then any line that names a failure.
_CLOSING = re.compile(r"^(failed to (start|load|create|initialize) |unable to configure |Error starting )")
_FAILURE = re.compile(
    r"invalid (character|argument|value)|no such file|permission denied|address already in use|no space left"
)


def journal_reason(lines: Sequence[str]) -> str:
    """The line of Docker's journal (*lines*, oldest first, messages only) that says why the daemon ended.

    The newest of the most telling kind: the daemon's closing sentence, a message of level fatal or error, any
    line that names a failure. At most ``MOST`` characters; empty if no line says why.
    """
    newest = [line.strip()[:4096] for line in reversed(lines) if line.strip()]
    for pattern in (_CLOSING, _LEVEL, _FAILURE):
        for line in newest:
            if pattern.search(line):
                return _short(_message(line))
    return ""


def _message(line: str) -> str:
    """The sentence inside a line in logrus' format; other lines as they are."""
    found = {name: _unquoted(value) for name, value in _FIELD.findall(line)}
    parts = (found.get("msg", ""), found.get("error") or found.get("err", ""))
    return ": ".join(part for part in parts if part) or line


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MOST else text[: MOST - 1] + "…"
