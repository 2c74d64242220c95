"""Compose's variable interpolation (compose-spec, "Interpolation"), compared with the real program in tests.

Understood: ``$$``, ``$X``, ``${X}`` and the operators ``:-``, ``-``, ``:?``, ``?``, ``:+``, ``+``, whose
text may hold further variables. Braces inside the text of an operator are counted, as Compose does:
``${X:-a/{b}}`` ends at the last brace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*")
_OPERATOR = re.compile(r":-|-|:\?|\?|:\+|\+")


#: Characters that a text may become, and variables within the text of a variable: ten lines that each name
#: the one above ten times would be ten billion.
MOST, DEEPEST = 1 << 20, 32


class InterpolationError(ValueError):
    """The text is not valid, it would become too long, or a variable marked with ``?`` is missing."""


@dataclass(frozen=True)
class Reference:
    """A variable in a text. *operator* is empty without one; *text* is what follows it, not interpolated."""

    name: str
    operator: str = ""
    text: str = ""

    @property
    def default(self) -> str | None:
        """The text that stands in for an unset variable, None if there is none."""
        return self.text if self.operator in ("-", ":-") else None


def interpolate(text: str, env: Mapping[str, str]) -> str:
    """*text* with its variables replaced from *env*; an unset one without default becomes empty.

    Raises ``InterpolationError``.
    """
    return _interpolate(text, env, 0)


def _interpolate(text: str, env: Mapping[str, str], depth: int) -> str:
    found, length = [], 0
    for piece in _pieces(text, depth):
        found.append(piece if isinstance(piece, str) else _value(piece, env, depth))
        length += len(found[-1])
        if length > MOST:
            raise InterpolationError(f"more than {MOST} characters")
    return "".join(found)


def references(text: str) -> tuple[Reference, ...]:
    """Every variable of *text*, those inside of defaults after the one that holds them.

    Raises ``InterpolationError``.
    """
    return tuple(_references(text, 0))


def _references(text: str, depth: int) -> Iterator[Reference]:
    for piece in _pieces(text, depth):
        if isinstance(piece, Reference):
            yield piece
            yield from _references(piece.text, depth + 1)


def _pieces(text: str, depth: int) -> Iterator[str | Reference]:
    if depth > DEEPEST:
        raise InterpolationError("nested too deeply")
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        yield text[position:dollar]
        piece, position = _piece(text, dollar + 1)
        yield piece
    yield text[position:]


def _piece(text: str, at: int) -> tuple[str | Reference, int]:
    """What follows a ``$`` that stands before *at*, and where it ends."""
    if text.startswith("$", at):
        return "$", at + 1
    if text.startswith("{", at):
        end = _closing(text, at)
        return _braced(text[at + 1 : end]), end + 1
    if name := _NAME.match(text, at):
        return Reference(name[0]), name.end()
    raise InterpolationError(f"lone $ at {at}")


def _closing(text: str, at: int) -> int:
    depth = 0
    for position in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise InterpolationError("unclosed ${")


def _braced(inner: str) -> Reference:
    name = _NAME.match(inner)
    if name is None:
        raise InterpolationError("no name after ${")
    if name.end() == len(inner):
        return Reference(name[0])
    operator = _OPERATOR.match(inner, name.end())
    if operator is None:
        raise InterpolationError(f"unknown operator after {name[0]}")
    return Reference(name[0], operator[0], inner[operator.end() :])


def _value(reference: Reference, env: Mapping[str, str], depth: int) -> str:
    value = env.get(reference.name)
    if not reference.operator:
        return value or ""
    present = bool(value) if reference.operator.startswith(":") else value is not None
    text = partial(_interpolate, reference.text, env, depth + 1)
    return _OPERATIONS[reference.operator[-1]](reference.name, value or "", present, text)


def _default(_name: str, value: str, present: bool, text: Callable[[], str]) -> str:
    return value if present else text()


def _required(name: str, value: str, present: bool, text: Callable[[], str]) -> str:
    if not present:
        raise InterpolationError(f"{name} is required: {text()[:_SHOWN]}")
    return value


def _replacement(_name: str, _value: str, present: bool, text: Callable[[], str]) -> str:
    return text() if present else ""


_SHOWN = 500
_OPERATIONS: Mapping[str, Callable[[str, str, bool, Callable[[], str]], str]] = {
    "-": _default,
    "?": _required,
    "+": _replacement,
}
