"""Dataclasses' contents as JSON can hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installer.core.secrets import Secret


def plain_data(value: Any) -> Any:
    """*value* (of ``dataclasses.asdict``) as JSON can hold it; secrets masked."""
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): plain_data(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [plain_data(v) for v in items]
    return value
