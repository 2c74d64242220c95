"""A fault strikes while a step is under way; afterwards ``apply`` ends in a running Dify, and nothing is
lost, fetched or done twice."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli_runner import events
from tests.lab import Lab
from tests.lab_apply.conftest import Maker

from .line import line_to
from .model import Ending, Row
from .scene import Scene, Seen, set_up
from .strikes import fault_of, is_now, prepare, strike
from .table import ROWS

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

#: A file that gets a line of JSON for each row: ``tests.lab_faults.report`` makes docs/faults.md of it.
RESULTS = os.environ.get("DIFY_FAULT_RESULTS", "")


def params() -> list[Any]:
    """Rows that the engine does not manage yet must fail, so that it shows when they do not any more."""
    made = []
    for row in ROWS:
        marks: list[Any] = [] if row.usual else [pytest.mark.slow]
        if row.today:
            marks.append(pytest.mark.xfail(reason=row.today, strict=True))
        made.append(pytest.param(row, id=row.id, marks=marks))
    return made


@pytest.fixture
def scene(bench: Maker, request: pytest.FixtureRequest) -> Iterator[Scene]:
    row: Row = request.getfixturevalue("row")
    lab: Lab = request.getfixturevalue("lab")
    server = lab.server(row.target)
    with line_to(server) as line:
        made = set_up(bench, row, line, server)
        yield made
        lab.calm()


@pytest.mark.parametrize("row", params())
def test_fault(row: Row, scene: Scene, record_property: Callable[[str, object], None]) -> None:
    began = time.monotonic()
    told: dict[str, Any] = {"id": row.id, "step": row.step, "fault": row.fault, "more": row.more}
    try:
        ending = meet(scene)
        told["first"] = str(ending)
        seen, fetched, jobs = scene.look(), scene.blobs(), scene.jobs()
        fault_of(row).mend(scene)
        again = scene.bench.cli.json("apply", seconds=200)
        told["second"] = str(ending_of(again.exit_code, again.objects))
        assert again.exit_code == 0, again.stdout[-3000:] + again.stderr[-1000:]
        well(scene)
        nothing_lost(seen, scene.look())
        not_fetched_again(seen, fetched, scene.blobs())
        if row.job_survives and row.step != "repair":
            assert scene.jobs() == jobs, "the job went on: there is nothing to do for a second one"
        assert ending in row.first, f"{ending}, expected {' or '.join(map(str, row.first))}"
        told["result"] = "as expected"
    except BaseException as exc:
        told["result"] = f"{type(exc).__name__}: {str(exc).splitlines()[0][:300] if str(exc) else ''}"
        raise
    finally:
        told["seconds"] = round(time.monotonic() - began, 1)
        if RESULTS:
            with Path(RESULTS).open("a") as file:
                file.write(json.dumps(told) + "\n")
    record_property("row", f"{row.id:40} {told['first']:45} {told['seconds']:6.1f} s")


def meet(scene: Scene) -> Ending:
    """``apply`` until the step is under way, then the fault; how it ended."""
    if scene.row.fault == "other password":
        before = scene.bench.cli.json("apply")
        assert before.exit_code == 0, before.stdout[-2000:]
        fault_of(scene.row).strike(scene, None)
        ran = scene.bench.cli.json("apply", seconds=200)
        return ending_of(ran.exit_code, ran.objects)
    prepare(scene)
    process = scene.bench.cli.start("apply")
    found, struck, timer = [], False, None
    for event in events(process):
        found.append(event)
        if not struck and is_now(scene.row, event):
            struck = True
            timer = strike(scene, process)
    assert process.stdout
    process.stdout.close()
    code = process.wait(30)
    if timer:
        timer.join()
    assert struck, f"the step was never met: {[e.get('step') for e in found][-5:]} {found[-1:]}"
    return ending_of(code if code >= 0 else None, found)


def ending_of(code: int | None, found: Any) -> Ending:
    if code is None or not found:
        return Ending(None)
    last = found[-1]
    if last["event"] == "blocked":
        first = last["blockers"][0]
        return Ending(code, first["code"], first["catalogue"])
    return Ending(code, last.get("code", ""), last.get("catalogue", ""))


def well(scene: Scene) -> None:
    """Dify runs, its services get on with each other, and there is one administrator."""
    assert scene.answers() == 200
    deadline = time.monotonic() + 10
    while not all(v is True or v == "ok" for v in scene.peers().values()) and time.monotonic() < deadline:
        time.sleep(0.5)
    checks = scene.peers()
    assert checks and all(v is True or v == "ok" for v in checks.values()), checks
    assert scene.accounts() == "1"


def nothing_lost(before: Seen, after: Seen) -> None:
    """What was there when the fault had done its worst is there still, and is the same."""
    if before.env:
        assert after.env == before.env, "the .env is another one"
    assert before.secrets <= after.secrets
    kept = {s: c for s, c in after.containers.items() if s in before.containers}
    assert kept == before.containers, "containers were made anew"
    if before.database:
        assert after.database == before.database, "the database is a new one"


def not_fetched_again(seen: Seen, before: dict[str, int], after: dict[str, int]) -> None:
    """No part of an image that was there."""
    again = {n: after[n] - before.get(n, 0) for n in after if after[n] > before.get(n, 0)}
    assert not {n for n in again if n in seen.images or n.removeprefix("library/") in seen.images}, again
