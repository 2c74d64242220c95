"""The errors that refuse a value or a key of the answers."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

from installer.core.errors import Code, InstallError


def bad_value(key: str, value: object, expected: str) -> InstallError:
    """The error for *key*; long values are shortened."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return InstallError(
        Code.ANSWERS_BAD_VALUE, {"key": key, "value": shown[:100], "expected": expected}, detail=key
    )


def unknown_key(key: str, known: Iterable[str]) -> InstallError:
    """The error for a key that does not exist, with the nearest one that does."""
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return InstallError(
        Code.ANSWERS_UNKNOWN_KEY, {"key": key, "suggestion": nearest[0] if nearest else ""}, detail=key
    )
