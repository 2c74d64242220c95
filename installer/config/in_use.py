"""What a target has already, and what a new ``.env`` changes of the one in use. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from installer.answers.owned import is_secret_name
from installer.core.secrets import MASK
from installer.facts.model import Facts


@dataclass(frozen=True)
class InUse:
    """What the target has that a configuration must fit.

    *env*: the installation's ``.env``, None without one. *self_signed*: certificate and key of our own
    making, for ``tls.mode`` = self-signed. *named_volumes*: data goes there instead of into folders.
    *rotate_logs*: the Engine does not limit logs. *memory*: bytes that all containers have together, 0 = not
    known. *pins*: the pins file is in force (``config.pins``).
    """

    env: str | None = None
    self_signed: str = ""
    named_volumes: bool = False
    rotate_logs: bool = True
    memory: int = 0
    pins: bool = False

    @classmethod
    def of(cls, facts: Facts) -> InUse:
        """As it was found there."""
        return cls(
            env=facts.env.reveal() if facts.env else None,
            self_signed=facts.self_signed.reveal() if facts.self_signed else "",
            named_volumes=facts.named_volumes,
            rotate_logs=facts.logs_grow,
            memory=facts.containers_memory,
            pins=True,
        )


#: A first installation, as far as nothing is known of the target.
NOTHING = InUse()


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
