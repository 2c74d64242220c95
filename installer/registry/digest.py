"""The digest of something that a registry has: what it is asked for by, and what it is verified by."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

#: The algorithms that image-spec registers (``descriptor.md``, "Registered Algorithms") → hexadecimal digits.
_DIGITS = {"sha256": 64, "sha512": 128}
_FORM = re.compile("|".join(f"{name}:[0-9a-f]{{{digits}}}" for name, digits in _DIGITS.items()))


class Digest(str):
    """``sha256:…`` or ``sha512:…`` in lower case. Nothing else can be one: it is safe in a path or a URL."""

    __slots__ = ()

    def __new__(cls, text: object) -> Digest:
        """Raises ``ValueError`` for anything that is no digest, of whatever type."""
        if not isinstance(text, str) or not _FORM.fullmatch(text):
            raise ValueError(f"no digest: {str(text)[:200]}")
        return super().__new__(cls, text)

    @property
    def file_name(self) -> str:
        """The name of a file that holds what has this digest."""
        return self.replace(":", "-")

    @property
    def digits(self) -> str:
        """The hexadecimal digits alone."""
        return self.partition(":")[2]

    def fits(self, pieces: Iterable[bytes]) -> bool:
        """Whether it is the digest of *pieces* together."""
        found = hashlib.new(self.partition(":")[0])
        for piece in pieces:
            found.update(piece)
        return found.hexdigest() == self.digits
