"""What is bundled with the program, for About (``resources/licences.toml``)."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from installer.core.resources import table


@dataclass(frozen=True)
class Licence:
    """A part, its version here (empty if not known), its licence as SPDX writes it, and its home."""

    name: str
    version: str
    licence: str
    home: str


def bundled() -> tuple[Licence, ...]:
    """Every part, in the table's order."""
    return tuple(
        Licence(part["name"], _version(part), part["licence"], part["home"])
        for part in table("licences")["part"]
    )


def _version(part: dict[str, object]) -> str:
    name = str(part["name"])
    if name == "Python":
        return platform.python_version()
    if not part.get("package"):
        return ""
    try:
        return version(name)
    except PackageNotFoundError:  # a frozen program without this package's metadata, or not on this platform
        return ""
