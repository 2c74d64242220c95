"""Numbers, times and shapes of data that a server, a container or a file of others supplies. Pure.

``int`` raises ``ValueError`` for more than 4,300 digits and for ``"²"``, which ``str.isdigit`` accepts.
``float`` gives ``inf`` and ``nan``. JSON may hold a text where a list is expected. Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

_LARGEST = 1 << 64


# ------------------------------------------------------------------------- text


def whole(text: str, default: int = 0) -> int:
    """The number that *text* is, written in ASCII digits without a sign; *default* for anything else, and for
    more than 18 digits (it then fits into 64 bits, and 1024 times of it into a float)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else default


_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?")


def decimal(text: str, default: float = 0.0) -> float:
    """The number that *text* is, in ASCII digits with or without a fraction; *default* for anything else."""
    return float(text) if _DECIMAL.fullmatch(text) else default


def port(text: str) -> int:
    """The port that *text* is: 1 to 65535; 0 for anything else."""
    number = whole(text)
    return number if number < 1 << 16 else 0


# ------------------------------------------------------------- values of JSON


def mapping(value: object) -> Mapping[str, Any]:
    """*value* if it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """*value* if it is a list of JSON, else an empty one."""
    return value if isinstance(value, list) else []


def integer(value: object, default: int = 0) -> int:
    """*value* if it is a number of at most 64 bits (a fraction is cut off), else *default*. A JSON file that
    was made by a person may hold it as text."""
    if isinstance(value, str):
        return whole(value, default)
    return int(value) if _fits(value) else default


def real(value: object, default: float = 0.0) -> float:
    """*value* if it is a finite number of at most 64 bits, else *default*."""
    return float(value) if _fits(value) else default


def _fits(value: object) -> TypeGuard[int | float]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= _LARGEST  # type: ignore[arg-type]  # false for nan, too


#: The end of the year 2999: Windows converts no later time into a date.
MOST_SECONDS = 32_503_679_999.0


def timestamp(value: object) -> float:
    """*value* if it is a time between 1970 and 2999 in seconds since the epoch, else 0.0."""
    found = float(whole(value)) if isinstance(value, str) else real(value)
    return found if 0 <= found <= MOST_SECONDS else 0.0
