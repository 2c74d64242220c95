"""Dify's version numbers and their order.

Tags seen upstream: ``1.16.1``, ``1.10.1-fix.1`` (a correction *after* 1.10.1, unlike SemVer),
``1.0.0-beta.1``, ``2.0.0-rc1`` (before the release they prepare).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from installer.core.errors import Code, InstallError

_VERSION = re.compile(
    r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-.+]?([A-Za-z][0-9A-Za-z.-]{0,60}))?", re.ASCII
)
#: What an archive of a branch or a commit may be called; nothing that a path or a shell would read otherwise.
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}", re.ASCII)
_LATEST = 1_000_000  # above every number that _VERSION takes
_AFTER = ("fix", "hotfix", "post", "patch")


@dataclass(frozen=True, order=True)
class Version:
    """A release's version; compares in release order. ``str()`` is the tag as it was written."""

    number: tuple[int, int, int]
    rank: int
    suffix: tuple[tuple[int, str], ...]
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Raises ``InstallError(RELEASE_UNKNOWN)`` if *text* is no version."""
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            raise InstallError(Code.RELEASE_UNKNOWN, {"version": text, "nearest": ""})
        major, minor, patch, suffix = match.groups()
        number = (int(major), int(minor), int(patch or 0))
        return cls(number, _rank(suffix), _parts(suffix or ""), text.strip())

    @classmethod
    def try_parse(cls, text: str) -> Version | None:
        """As ``parse``, but None instead of an error."""
        return cls.parse(text) if _VERSION.fullmatch(text.strip()) else None

    @classmethod
    def of_release(cls, text: str) -> Version:
        """The version of a release that is there: as ``parse``; a label (``main-20260815``, an archive of a
        branch) comes after every numbered version.

        Raises ``InstallError(RELEASE_UNKNOWN)`` if *text* is neither.
        """
        if is_label(text):
            return cls((_LATEST, 0, 0), 0, (), text.strip())
        return cls.parse(text)

    @property
    def prerelease(self) -> bool:
        """Whether the tag itself says that it comes before a release (rc, beta, any unknown word)."""
        return self.rank < 0

    def __str__(self) -> str:
        return self.text


def is_label(text: str) -> bool:
    """Whether *text* names an archive without being a version: ``main``, ``main-20260815``, a commit."""
    text = text.strip()
    return bool(_LABEL.fullmatch(text)) and not _VERSION.fullmatch(text) and text != "latest"


def _rank(suffix: str | None) -> int:
    """-1 before the plain number, 0 the plain number, 1 after it."""
    if not suffix:
        return 0
    return 1 if suffix.lower().startswith(_AFTER) else -1


def _parts(suffix: str) -> tuple[tuple[int, str], ...]:
    """``fix.10`` → comparable pieces; numbers by value, words by letter, numbers before words."""
    pieces = re.findall(r"\d+|[A-Za-z]+", suffix.lower())
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in pieces)
