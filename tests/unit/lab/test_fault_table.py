"""The fault table is whole: no pair of step and fault is left out in silence."""

from __future__ import annotations

import json
from collections import Counter

from installer.core.errors import Code
from installer.core.resources import table
from tests.lab.imageplan import references, split_reference
from tests.lab.releases import available
from tests.lab_apply.conftest import versions
from tests.lab_faults.model import FAULTS, GOES_ON, STEPS
from tests.lab_faults.report import newest, report
from tests.lab_faults.scene import of_the_release
from tests.lab_faults.strikes import fault_of, is_now
from tests.lab_faults.table import NEVER, ROWS, STORIES, USUAL, pairs, without_a_row


def test_every_pair_has_a_row_or_a_reason_and_not_both() -> None:
    rows = {(row.step, row.fault) for row in ROWS}
    never = without_a_row()
    assert rows | set(never) == set(pairs())
    assert not rows & set(never)
    assert sum(len(n.pairs()) for n in NEVER) == len(never), "a pair has two reasons"
    assert all(n.why for n in NEVER)


def test_rows_are_told_apart() -> None:
    assert not [name for name, count in Counter(row.id for row in ROWS).items() if count > 1]


def test_the_usual_run_has_every_step_and_every_fault() -> None:
    usual = [row for row in ROWS if row.id in USUAL]
    assert len(usual) == len(USUAL)
    assert {row.step for row in usual} == {*STEPS} - {"repair"}, (
        "which installs Docker first: by ./test --all"
    )
    assert {row.fault for row in usual} == set(FAULTS)


def test_stories_tell_of_rows_in_the_order_of_the_steps() -> None:
    rows = {row.id: row for row in ROWS}
    for ids in STORIES.values():
        told = [rows[name] for name in ids]
        assert {row.target for row in told} == {"vps"} and len(set(ids)) == len(ids)
        steps = [STEPS.index(row.step) for row in told if row.fault != "other password"]
        assert steps == sorted(steps)


def test_expected_codes_exist() -> None:
    known = table("diagnosis")
    for row in ROWS:
        assert row.first and callable(fault_of(row).strike)
        for ending in row.first:
            assert ending.exit_code in (None, 0, 1, 3)
            assert not ending.code or Code(ending.code)
            assert bool(ending.code) == (ending.exit_code in (1, 3))
            assert not ending.catalogue or ending.catalogue in str(known)


def test_a_step_is_met_in_its_middle() -> None:
    row = next(r for r in ROWS if r.id == "pull-client-killed")
    assert not is_now(row, {"event": "step_started", "step": "pull"})
    assert is_now(row, {"event": "step_progress", "step": "pull", "done": 5_000_000})
    row = next(r for r in ROWS if r.id == "repair-client-killed")
    assert is_now(row, {"event": "line", "step": "repair:docker.install", "text": "Unpacking runc …"})


def test_an_image_of_another_version_is_none_that_is_there() -> None:
    release = next(r for r in available() if r.tag == versions()[-1])
    names = [":".join(split_reference(name)) for name in references(release)]
    assert of_the_release(names) == {split_reference(name)[0] for name in names}
    assert not of_the_release([f"{name.rpartition(':')[0]}:another" for name in names])
    assert of_the_release(["postgres:15-alpine"]) <= {"library/postgres"}, "as the registry names it"


def test_the_report_says_what_was_not_run() -> None:
    row, *others = ROWS
    seen = {"id": row.id, "first": "exit 0", "lost": "", "seconds": 3.2}
    told = json.dumps(seen)
    lines = list(report(newest([told, ""]), "Commit abc"))
    assert any(f"1 of {len(ROWS)} rows were run; 1 ended as expected" in line for line in lines)
    assert sum("| not run |" in line for line in lines) == len(others)


def test_what_was_lost_is_not_as_expected() -> None:
    row = next(row for row in ROWS if GOES_ON in row.first)
    told = json.dumps({"id": row.id, "first": "exit 0", "lost": "the .env is another one", "seconds": 3.2})
    lines = list(report(newest([told]), "Commit abc"))
    assert any("0 ended as expected" in line for line in lines)
    assert sum("the .env is another one |" in line for line in lines) == 1
