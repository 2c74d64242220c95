"""Values that must never be seen: a masked type and a redactor for text that leaves the engine."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from secrets import choice, token_urlsafe
from typing import Any

MASK = "••••••"
_ALPHABET = string.ascii_letters + string.digits
_SHORTEST_REDACTED = 4  # shorter values would blank out ordinary words


class Secret:
    """Text that shows as a mask in str, repr and format; only ``reveal`` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself. Call it only where it leaves for its destination."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self  # immutable

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


def random_text(length: int) -> Secret:
    """A new random secret of *length* ASCII letters and digits.

    Only letters and digits: Dify puts passwords into URLs, unquoted DSNs and shell command lines
    (plugin daemon 0.6.3 ``internal/db/pg/pg.go``; compose files' ``redis-server --requirepass``).
    """
    return Secret("".join(choice(_ALPHABET) for _ in range(length)))


def random_base64url32() -> Secret:
    """Unpadded base64url of exactly 32 random bytes (43 characters), as Dify's agent backend wants it."""
    return Secret(token_urlsafe(32))


#: Words of the protocol: a password that happens to equal one must not blank it out.
_NEVER_SECRET = frozenset({"event", "step", "code", "catalogue", "url", "version", "service", "unit", "what"})


def redact_data(data: Any, redact: Callable[[str], str]) -> Any:
    """*data* (as JSON holds it) with every text in it redacted. Done before it is dumped: a secret with a
    quote in it looks different afterwards, and digits of a number are no password."""
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, Mapping):
        return {k: v if k in _NEVER_SECRET else redact_data(v, redact) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [redact_data(v, redact) for v in data]
    return data


class Redactor:
    """Replaces known secrets in text. Grows while the engine learns secrets; safe to share."""

    def __init__(self, known: Iterable[Secret] = ()) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(*known)

    def learn(self, *values: Secret) -> None:
        """Remember more secrets. Values under 4 characters are left out."""
        new = {v.reveal() for v in values if len(v.reveal()) >= _SHORTEST_REDACTED}
        if not new <= self._values:
            self._values |= new
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def values(self) -> tuple[str, ...]:
        """Every value it knows. For who takes them out in other forms, too."""
        return tuple(self._values)

    def __call__(self, text: str) -> str:
        """*text* with every known secret replaced by a mask."""
        return self._pattern.sub(MASK, text) if self._pattern else text
