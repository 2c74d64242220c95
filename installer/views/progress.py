"""The engine's events as what a progress page shows: rows of steps, last lines, the download's speed.

Pure: the same events give the same ``Progress``; time is the events' own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from installer.core.events import (
    Finishing,
    ImageProgress,
    Line,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
)
from installer.core.resources import table
from installer.core.step_names import REPAIR, repair_of
from installer.core.step_names import step_of as _row_of
from installer.views.transfer import NO_TRACK, Track, Transfer

if TYPE_CHECKING:  # the wizard's first page needs an empty progress, and no event
    from installer.core.events import Event, GateLook, ImageProgress, StepProgress, Waiting

State = Literal["waiting", "running", "done", "failed"]

#: Lines kept for people to read; the journal on the target has them all.
KEPT_LINES = 500
PULL, READY = "pull", "ready"
#: Steps that fetch images: their bytes are the download's, their images the list's.
TRANSFERS = frozenset({PULL, "carry"})


@dataclass(frozen=True)
class StepRow:
    """A step as a row: *done* of *total* in *unit* (total 0 = not known), times in seconds since the epoch.

    *started* are the ids with which this attempt reported itself (``databases``, ``databases:db_postgres``),
    *going* those of them that have not ended.
    """

    step: str
    state: State = "waiting"
    done: int = 0
    total: int = 0
    unit: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    changed: bool = False
    started: tuple[str, ...] = field(default=(), repr=False, compare=False)
    going: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def elapsed(self, now: float) -> float | None:
        """Seconds from its start to its end, or to *now*; None if it has not started."""
        if self.started_at is None:
            return None
        return max(0.0, (now if self.finished_at is None else self.finished_at) - self.started_at)

    def start(self, part: str, at: float) -> StepRow:
        """The row when *part* begins. A part that this attempt has not seen continues it; anything else is
        another attempt, with a new start."""
        if self.state in ("running", "done") and part not in self.started:
            started, going = (*self.started, part), (*self.going, part)
            return replace(self, state="running", finished_at=None, started=started, going=going)
        return StepRow(self.step, "running", started_at=at, started=(part,), going=(part,))

    def finish(self, part: str, at: float, *, changed: bool) -> StepRow:
        """The row when *part* ended well: done if that was the whole step or no other part is under way."""
        if self.state != "running":
            return self
        going = tuple(p for p in self.going if p != part)
        row = replace(self, changed=self.changed or changed, going=going)
        return row.end("done", at) if part == self.step or not going else row

    def end(self, state: Literal["done", "failed"], at: float) -> StepRow:
        """The row at its end."""
        return replace(self, state=state, finished_at=at, going=())

    @property
    def over(self) -> bool:
        """Whether it runs only because its end was not reported: its last part has ended."""
        return self.state == "running" and len(self.started) > 1 and self.started[-1] not in self.going


@dataclass(frozen=True)
class ImageRow:
    """An image that is downloaded: *state* as in ``events.ImageProgress``."""

    state: str = "waiting"
    track: Track = NO_TRACK


@dataclass(frozen=True)
class Progress:
    """Rows in the order in which they are done, the last lines of output, and the download."""

    rows: tuple[StepRow, ...] = ()
    lines: tuple[str, ...] = ()
    download: Track = NO_TRACK
    #: By name, in the order in which they were first reported.
    images: Mapping[str, ImageRow] = field(default_factory=dict)
    #: Of the gate: where Dify answers, and what everything waits for. None before and after it.
    gate: GateLook | None = None
    waiting: Waiting | None = None
    #: Since when a cancel waits for something that must not be ended half-way; None if it does not.
    finishing: float | None = None
    #: The part of all that is done, 0 to 1; never falls. None while the plan is not known.
    whole: float | None = None

    @classmethod
    def planned(cls, steps: Sequence[str]) -> Progress:
        """Nothing has started yet; *steps* are waiting in this order."""
        return cls().expecting(steps)

    def expecting(self, steps: Sequence[str]) -> Progress:
        """The progress once it is known that *steps* follow, those that have no row yet in this order."""
        known = {row.step for row in self.rows}
        waiting = (StepRow(step) for step in dict.fromkeys(map(_row_of, steps)) if step not in known)
        return replace(self, rows=(*self.rows, *waiting), whole=(self.whole or 0.0) if steps else self.whole)

    @property
    def pull(self) -> Transfer:
        """The download of all images."""
        return self.download.now

    @property
    def current(self) -> StepRow | None:
        """The running row that began last; following an older job (``attach``) runs around its steps, which
        have its own times."""
        running = [
            (row.step != "attach", row.started_at or 0.0, i)
            for i, row in enumerate(self.rows)
            if row.state == "running"
        ]
        return self.rows[max(running)[-1]] if running else None

    @property
    def unpacking(self) -> bool:
        """Whether all bytes of the images have arrived, and some images are not there yet."""
        row, pull = self.current, self.pull
        arrived = row is not None and row.step in TRANSFERS and pull.total and pull.done >= pull.total
        return bool(arrived) and any(image.state != "done" for image in self.images.values())

    @property
    def images_done(self) -> int:
        """How many images are there."""
        return sum(image.state == "done" for image in self.images.values())

    def row(self, step: str) -> StepRow | None:
        """The row of *step* or of the step that it is a part of."""
        return next((row for row in self.rows if row.step == _row_of(step)), None)

    def stalled(self, now: float) -> bool:
        """Whether the download said nothing for as long as its speed is measured over."""
        return self.download.silent(now)

    def elapsed(self, now: float) -> Mapping[str, float]:
        """Seconds by step, for every row that has started."""
        return {row.step: spent for row in self.rows if (spent := row.elapsed(now)) is not None}

    def take(self, event: Event) -> Progress:
        """The progress after *event*."""
        after = self._take(event)
        if after.whole is None or (after.rows, after.download, after.images) == (
            self.rows,
            self.download,
            self.images,
        ):
            return after
        return replace(after, whole=max(after.whole, overall(after)))

    def _take(self, event: Event) -> Progress:
        if event.kind == "gate_look":
            return replace(self, gate=event)  # type: ignore[arg-type]
        if event.kind == "waiting":
            return replace(self, waiting=event)  # type: ignore[arg-type]
        if isinstance(event, Line):
            return replace(self, lines=(*self.lines, event.text)[-KEPT_LINES:])
        if isinstance(event, StepStarted):
            return self._start(event)
        if isinstance(event, StepProgress):
            return self._advance(event)
        if isinstance(event, ImageProgress):
            return self._image(event)
        if isinstance(event, Finishing):
            return replace(self, finishing=event.at - event.seconds)
        if isinstance(event, StepFinished):
            known = self._started(event)
            return known._put(known._of(event).finish(event.step, event.at, changed=event.changed))
        if isinstance(event, StepFailed):
            known = self._started(event)
            return known._put(known._of(event).end("failed", event.at))
        return self

    def stopped(self, at: float) -> Progress:
        """The engine ended without a word about the rows that are running (a cancel, a lost line): failed."""
        return replace(
            self, rows=tuple(r.end("failed", at) if r.state == "running" else r for r in self.rows)
        )

    # ------------------------------------------------------------------ rows

    def _of(self, event: Event) -> StepRow:
        return self.row(event.step) or StepRow(_row_of(event.step))

    def _started(self, event: Event) -> Progress:
        """A client that attaches in the middle of a step has missed its start."""
        return self._start(event) if self._of(event).state == "waiting" else self

    def _start(self, event: Event) -> Progress:
        before = self._of(event)
        row = before.start(event.step, event.at)
        fresh = self._put(row)._close_before(row.step, event.at)
        if row.step in TRANSFERS and len(row.started) == 1:
            return replace(fresh, download=NO_TRACK, images={})  # what is there by now is not counted again
        if row.step == READY:
            return replace(fresh, gate=None, waiting=None)
        return fresh

    def _close_before(self, step: str, at: float) -> Progress:
        """A later row begins: earlier ones whose last part has ended are done."""
        index = next(i for i, row in enumerate(self.rows) if row.step == step)
        earlier = (row.end("done", at) if row.over else row for row in self.rows[:index])
        return replace(self, rows=(*earlier, *self.rows[index:]))

    def _put(self, row: StepRow) -> Progress:
        """*row* in its place; one that was not planned stands before what is still waiting."""
        rows = list(self.rows)
        index = next((i for i, r in enumerate(rows) if r.step == row.step), None)
        if index is None:
            index = next((i for i, r in enumerate(rows) if r.state == "waiting"), len(rows))
            rows.insert(index, row)
        rows[index] = row
        return replace(self, rows=tuple(rows))

    # -------------------------------------------------------------- progress

    def _advance(self, event: StepProgress) -> Progress:
        known = self._started(event)
        row = known._of(event)
        if row.state != "running":
            return known  # a straggler
        row = replace(row, done=max(0, event.done), total=max(0, event.total), unit=event.unit)
        known = known._put(row)
        if row.step not in TRANSFERS or event.unit != "bytes":
            return known
        return replace(known, download=known.download.take(event.at, event.done, event.total))

    def _image(self, event: ImageProgress) -> Progress:
        known = self.images.get(event.image, ImageRow())
        row = ImageRow(event.state, known.track.take(event.at, event.done, event.total))
        return replace(self, images={**self.images, event.image: row})


def overall(progress: Progress) -> float:
    """The part that is done, 0 to 1: steps by their weights (``resources/progress.toml``), of a running one
    what it reports. Nothing is guessed from time."""
    weights = [(_weight(row.step), row) for row in progress.rows]
    whole = sum(weight for weight, _ in weights)
    return sum(weight * _part(progress, row) for weight, row in weights) / whole if whole else 0.0


def _weight(step: str) -> float:
    weights = table("progress")["weight"]
    return float(weights.get(REPAIR if repair_of(step) else step, weights["other"]))


def _part(progress: Progress, row: StepRow) -> float:
    if row.state != "running":
        return 1.0 if row.state == "done" else 0.0
    done = min(1.0, row.done / row.total) if row.total else 0.0
    if row.step not in TRANSFERS:
        return done
    pull, images = progress.pull, progress.images.values()
    there = sum(image.state == "done" for image in images) / len(images) if images else 0.0
    unpacking = float(table("progress")["weight"]["unpacking"])
    arrived = pull.done / pull.total if pull.total else 0.0
    return (1 - unpacking) * arrived + unpacking * there
