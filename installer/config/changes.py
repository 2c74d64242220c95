"""What differs between two ``.env``, as it may be shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from installer.answers.owned import is_secret_name
from installer.core.secrets import MASK


@dataclass(frozen=True)
class Change:
    """What differs from the ``.env`` in use; secret values are masked, None = not there."""

    key: str
    old: str | None
    new: str | None


def changes(existing: Mapping[str, str], env: Mapping[str, str]) -> tuple[Change, ...]:
    """From *existing* to *env*, by name; secrets are masked."""
    keys = sorted(k for k in {*existing, *env} if existing.get(k) != env.get(k))
    return tuple(Change(k, shown(k, existing.get(k)), shown(k, env.get(k))) for k in keys)


def shown(key: str, value: str | None) -> str | None:
    """A value as it may be shown; URLs with a login in them count as secrets."""
    hidden = value and (is_secret_name(key) or "@" in value)
    return MASK if hidden else value
