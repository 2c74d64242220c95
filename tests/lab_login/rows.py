"""The table: ways to log in × keys × kinds of rights, and the fixed part of it that runs every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import combinations, product

KINDS = ("ed25519", "ecdsa", "rsa")
FORMATS = ("openssh", "pem", "pkcs8", "ppk2", "ppk3")
#: without a key file
OTHERS = ("password", "agent", "agent-many", "prompts", "second-factor", "jump")
#: user on the server → the rights that are found
SUDO = {
    "root": "root",
    "nopasswd": "sudo",
    "asks": "sudo_password",
    "targetpw": "sudo_password",
    "requiretty": "sudo_password",
    "lecture": "sudo_password",
    "dockergroup": "docker_group",
    "none": "none",
}


@dataclass(frozen=True)
class Row:
    """One log-in. *kind*: of the key, "-" without one; *locked*: by a passphrase ("yes", "no", "-")."""

    way: str
    kind: str
    locked: str
    sudo: str

    def __str__(self) -> str:
        return "-".join(getattr(self, f.name) for f in fields(self))


def all_rows() -> list[Row]:
    """Everything that can be. PEM's own format knows no ed25519."""
    keys = [
        (way, kind, locked)
        for way, kind, locked in product(FORMATS, KINDS, ("no", "yes"))
        if (way, kind) != ("pem", "ed25519")
    ]
    return [Row(*key, sudo) for key, sudo in product([*keys, *((way, "-", "-") for way in OTHERS)], SUDO)]


def usual_rows() -> list[Row]:
    """The part for every day: pairwise. Greedily those rows with the most pairs of values that no row before
    has, the first in the table's order among equals, until no pair is missing."""
    rows = all_rows()
    missing = {pair for row in rows for pair in _pairs(row)}
    chosen: list[Row] = []
    while missing:  # max takes the first of equals
        best = max(rows, key=lambda row: len(missing.intersection(_pairs(row))))
        chosen.append(best)
        missing.difference_update(_pairs(best))
    return chosen


def covered(rows: Sequence[Row]) -> float:
    """Which part of all pairs of values *rows* have."""
    every = {pair for row in all_rows() for pair in _pairs(row)}
    return len({pair for row in rows for pair in _pairs(row)}) / len(every)


Value = tuple[str, str]


def _values(row: Row) -> set[Value]:
    return {(f.name, getattr(row, f.name)) for f in fields(row)}


def _pairs(row: Row) -> Iterator[tuple[Value, Value]]:
    return combinations(sorted(_values(row)), 2)
