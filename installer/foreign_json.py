"""JSON that may come from anybody."""

from __future__ import annotations

import json
from typing import Any

#: Nothing of ours is nested half as deep.
_DEPTH = 40


def foreign_json(text: str | bytes) -> Any:
    """What *text* says. ``ValueError`` if it is no JSON, or nested so deep that whoever looks at it or writes
    it again would get lost."""
    try:
        value = json.loads(text)
    except RecursionError as exc:
        raise ValueError("nested too deep") from exc
    level = [value]
    for _ in range(_DEPTH):
        holders = [v for v in level if isinstance(v, list | dict)]
        level = [child for v in holders for child in (v.values() if isinstance(v, dict) else v)]
        if not level:
            return value
    raise ValueError("nested too deep")
