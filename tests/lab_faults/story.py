"""``apply`` again and again on one installation, until every fault of a list was met and Dify runs."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.cli_runner import events

from .model import GOES_ON, STEPS, Ending, Row
from .scene import Scene, Seen
from .strikes import fault_of, in_peace, is_now, prepare, strike

#: A file that gets a line of JSON for each row: ``tests.lab_faults.report`` makes docs/faults.md of it.
RESULTS = os.environ.get("DIFY_FAULT_RESULTS", "")
Events = list[dict[str, Any]]


def ending_of(code: int, found: Sequence[dict[str, Any]]) -> Ending:
    """By exit code and last event."""
    if code < 0 or not found:
        return Ending(None)
    last = found[-1]
    if last["event"] == "blocked":
        first = last["blockers"][0]
        return Ending(code, first["code"], first["catalogue"])
    return Ending(code, last.get("code", ""), last.get("catalogue", ""))


@dataclass
class Story:
    """*rows* are met in their order. *wrong*: what was not as the table says, by row."""

    scene: Scene
    rows: list[Row]
    wrong: dict[str, str] = field(default_factory=dict)
    _met: Row | None = None
    _timer: Any = None
    _began: float = 0.0
    _edited: bool = False
    _rows: list[tuple[Row, Ending, float]] = field(default_factory=list)

    def tell(self) -> None:
        """To the end: ``apply`` that meets nothing more."""
        while True:
            if self.rows:
                self.scene.row = self.rows[0]
                prepare(self.scene)
            else:
                in_peace(self.scene)
            before, fetched = self.scene.look(), self.scene.blobs()
            left = len(self.rows)
            if self.rows and self.rows[0].fault == "other password":
                self._edited = True  # by the fault: what has another .env is made anew, twice
                self._strike(self.rows.pop(0), None)
                ran = self.scene.bench.cli.json("apply", seconds=200)
                ending, found = ending_of(ran.exit_code, ran.objects), list(ran.objects)
                mend(self.scene)
            else:
                ending, found = self._apply()
            met = self._met
            self._judge(ending)
            try:
                nothing_lost(before if not self._edited else replace(before, env=""), self.scene.look())
                not_fetched_again(before, fetched, self.scene.blobs())
                lost = ""
            except AssertionError as exc:
                lost = str(exc).splitlines()[0]
                self._note(met, lost)
            self._write(lost)
            if len(self.rows) < left:
                if ending == GOES_ON and not self.rows and met and fault_of(met).after is not None:
                    return
            else:
                assert ending == GOES_ON, f"{ending}: {found[-2:]}"
                assert not self.rows, f"never met: {[row.id for row in self.rows]}"
                return

    def _apply(self) -> tuple[Ending, Events]:
        process = self.scene.bench.cli.start("apply")
        found: Events = []
        for event in events(process):
            found.append(event)
            if self._met and self._passed(event):
                self._judge(GOES_ON)
                if self.rows and STEPS.index(self.rows[0].step) < STEPS.index(step_of(event)):
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGINT)  # the next one is met from the beginning
                    list(events(process))
                    break
            if self.rows and not self._met and is_now(self.rows[0], event):
                self._strike(self.rows.pop(0), process)
            elif self.rows and not self._met and self._too_late(event):
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"{self.rows[0].id} was not met: {found[-3:]}")
        assert process.stdout
        process.stdout.close()
        return ending_of(process.wait(60), found), found

    def _passed(self, event: dict[str, Any]) -> bool:
        """A later step than the one that was struck has begun. What lasts is met by all steps after it."""
        step = step_of(event)
        return bool(
            self._met
            and not fault_of(self._met).lasting
            and event["event"] == "step_started"
            and step in STEPS
            and STEPS.index(step) > STEPS.index(self._met.step)
        )

    def _too_late(self, event: dict[str, Any]) -> bool:
        step = step_of(event)
        return step in STEPS and STEPS.index(step) > STEPS.index(self.rows[0].step)

    def _strike(self, row: Row, process: Any) -> None:
        self.scene.row, self._met, self._began = row, row, time.monotonic()
        self._timer = strike(self.scene, process)

    def _judge(self, ending: Ending) -> None:
        """How the run ended that met the last fault, which is taken away now."""
        row, self._met = self._met, None
        if row is None:
            return
        if self._timer:
            self._timer.join()
        elif row.fault != "other password":
            mend(replace(self.scene, row=row))
        if ending not in row.first:
            self._note(row, f"{ending}, expected {' or '.join(map(str, row.first))}")
        self._rows.append((row, ending, time.monotonic() - self._began))

    def _write(self, lost: str) -> None:
        """The faults that one run met, and what was *lost* in it, for the report."""
        for row, ending, seconds in self._rows:
            note_result(row, ending, seconds, lost)
        self._rows.clear()

    def _note(self, row: Row | None, text: str) -> None:
        name = row.id if row else "without a fault"
        self.wrong[name] = f"{self.wrong[name]}; {text}" if name in self.wrong else text


def mend(scene: Scene) -> None:
    """Take the fault of the scene's row away, if it does not go by itself."""
    take_away = fault_of(scene.row).mend
    if take_away:
        take_away(scene)


def step_of(event: dict[str, Any]) -> str:
    return str(event.get("step", "")).partition(":")[0]


def note_result(row: Row, ending: Ending, seconds: float, lost: str) -> None:
    """For the report."""
    if RESULTS:
        told = {"id": row.id, "first": str(ending), "seconds": round(seconds, 1), "lost": lost}
        with Path(RESULTS).open("a") as file:
            file.write(json.dumps(told) + "\n")


def nothing_lost(before: Seen, after: Seen) -> None:
    """What was there is there still, and is the same."""
    if before.env:
        assert after.env == before.env, "the .env is another one"
        kept = {s: c for s, c in after.containers.items() if s in before.containers}
        assert kept == before.containers, "containers were made anew"
    assert before.secrets <= after.secrets, "secrets are gone"
    if before.database:
        assert after.database == before.database, "the database is a new one"


def not_fetched_again(seen: Seen, before: dict[str, int], after: dict[str, int]) -> None:
    """No part of an image that was there."""
    again = {n for n in after if after[n] > before.get(n, 0)}
    twice = again & seen.images
    assert not twice, f"fetched again: {sorted(twice)}"


def well(scene: Scene) -> Iterator[str]:
    """What is missing for a Dify that runs, whose services get on, and that has one administrator."""
    if scene.answers() != 200:
        yield "the set-up page does not answer"
    deadline = time.monotonic() + 20
    while not all(v is True or v == "ok" for v in scene.peers().values()) and time.monotonic() < deadline:
        time.sleep(0.5)
    yield from (f"{name}: {value}" for name, value in scene.peers().items() if value not in (True, "ok"))
    if scene.accounts() != "1":
        yield f"accounts: {scene.accounts()}"
