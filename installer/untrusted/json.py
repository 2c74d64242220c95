"""JSON from outside: a server, a registry, a container, a file. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any

#: Brackets within brackets. What is read here needs about ten; functions that walk it may call themselves.
DEEPEST = 64
#: Characters or bytes.
LARGEST = 16 << 20
#: Whole numbers have no more digits than 64 bits have: larger ones fail wherever they are counted with.
_INTEGERS = range(-(2**63), 2**64)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def loads(data: str | bytes, *, largest: int = LARGEST) -> Any:
    """The value that *data* is. Its numbers are finite and fit into 64 bits, its texts can be encoded: half a
    surrogate pair becomes a question mark.

    Raises ``ValueError``, and nothing else, for anything that is no JSON, longer than *largest* or nested
    more than ``DEEPEST`` levels.
    """
    if len(data) > largest:
        raise ValueError(f"longer than {largest}")
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    value = _loads(text)
    _check_depth(value)
    if _SURROGATE.search(text):
        value = _loads(json.dumps(value, ensure_ascii=False).encode(errors="replace").decode())
    return value


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def _integer(text: str) -> int:
    number = int(text) if len(text) <= 20 else 2**64
    if number not in _INTEGERS:
        raise ValueError(f"number of {len(text)} digits")
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("number too large")
    return number


def _constant(text: str) -> float:
    raise ValueError(text)


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ValueError("nested too deeply")
