"""Which rows of the grid of containers are shown, and in what order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from installer.views.panel import Tone
from installer.views.service_rows import Row

#: ``path`` is the order in which a request passes through the services, shown in groups.
Order = Literal["path", "service", "state", "cpu", "memory", "network", "disk", "up", "restarts"]
ORDERS: tuple[Order, ...] = (
    *("path", "service", "state", "cpu", "memory", "network", "disk", "up", "restarts"),
)
#: Orders by what containers use: to know who is first all must be asked.
MEASURED = frozenset({"cpu", "memory", "network", "disk"})
#: Whose natural direction is from the largest to the smallest.
_DOWN = frozenset({*MEASURED, "state", "restarts"})
_TONES: Mapping[Tone, int] = MappingProxyType({"stop": 4, "warning": 3, "accent": 2, "ok": 1, "neutral": 0})


@dataclass(frozen=True)
class Choice:
    """What a person chose: *order*, and whether it is turned around; *text* to be found in a row;
    *hide_over*: without what did its work or was stopped."""

    order: Order = "path"
    reverse: bool = False
    text: str = ""
    hide_over: bool = False

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return (self.order in _DOWN) != self.reverse

    def clicked(self, order: Order) -> Choice:
        """A click on a column: by it, then the other way around, then back to the data path."""
        if self.order != order:
            return Choice(order, False, self.text, self.hide_over)
        if not self.reverse:
            return Choice(order, True, self.text, self.hide_over)
        return Choice("path", False, self.text, self.hide_over)


def is_over(row: Row) -> bool:
    """Did its work, or was stopped on purpose. Trouble is never over. While the line is broken the same rows
    are hidden as before: what ended well does not come to life by that."""
    if row.word == "unknown":
        return row.container is not None and row.container.ended_well
    return row.word in ("done", "stopped", "ended", "oom") and row.tone == "neutral"


def fitting(rows: Sequence[Row], choice: Choice, words: Callable[[Row], str]) -> tuple[Row, ...]:
    """Those of *rows* that are to be shown; *words*: everything that is written in a row. All words of the
    text must be found, in any order."""
    wanted = choice.text.casefold().split()
    shown = (row for row in rows if not (choice.hide_over and is_over(row)))
    return tuple(row for row in shown if not wanted or _holds(words(row).casefold(), wanted))


def _holds(text: str, wanted: Sequence[str]) -> bool:
    return all(word in text for word in wanted)


def ordered(rows: Sequence[Row], choice: Choice) -> tuple[str, ...]:
    """The services in the order of *choice*. What has no value comes last, equals keep the data path."""
    if choice.order == "path":
        return tuple(row.service for row in rows)
    if choice.order == "service":
        return tuple(r.service for r in sorted(rows, key=lambda r: r.service, reverse=choice.reverse))
    values = {row.service: _value(row, choice.order) for row in rows}
    known = [row.service for row in rows if values[row.service] is not None]
    known.sort(key=lambda name: values[name] or 0.0, reverse=choice.descending)
    return (*known, *(row.service for row in rows if values[row.service] is None))


def _value(row: Row, order: Order) -> float | None:
    usage = row.usage
    values: Mapping[str, Callable[[], float | None]] = {
        "state": lambda: _TONES[row.tone],
        "up": lambda: row.up,
        "restarts": lambda: row.restarts if row.image and not row.one_shot else None,
        "cpu": lambda: usage.cpu if usage else None,
        "memory": lambda: usage.sample.memory if usage else None,
        "network": lambda: usage.network if usage else None,
        "disk": lambda: usage.disk if usage else None,
    }
    return values[order]()


def settled(rows: Sequence[Row], choice: Choice) -> bool:
    """Whether every row that can have a value to be ordered by has it."""
    if choice.order not in MEASURED:
        return True
    return all(row.up is None or _value(row, choice.order) is not None for row in rows)


def placed(rows: Sequence[Row], order: Sequence[str]) -> tuple[Row, ...]:
    """*rows* in a remembered *order*: they keep their place while values change; new ones come last."""
    place = {name: n for n, name in enumerate(order)}
    return tuple(sorted(rows, key=lambda row: place.get(row.service, len(place))))
