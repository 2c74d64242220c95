"""A fault strikes while a step is under way; afterwards ``apply`` ends in a running Dify, and nothing is
lost, fetched or done twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab_apply.conftest import Maker

from .line import line_to
from .model import Row
from .scene import set_up
from .story import Story, well
from .table import ROWS, STORIES

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
Note = Callable[[str, object], None]


def rows() -> list[Any]:
    """Those that no list tells, each with an installation of its own."""
    told = {name for story in STORIES.values() for name in story}
    return [pytest.param(row, id=row.id) for row in ROWS if row.id not in told]


@pytest.mark.slow
@pytest.mark.parametrize("row", rows())
def test_alone(row: Row, lab: Lab, bench: Maker, record_property: Note) -> None:
    """One fault, one installation."""
    began = time.monotonic()
    server = lab.server(row.target)
    with line_to(server) as line:
        story = Story(set_up(bench, row, line, server), [row])
        if row.fault == "other password":
            assert story.scene.bench.cli.json("apply").exit_code == 0
        story.tell()
    assert not story.wrong, story.wrong
    assert not list(well(story.scene))
    if row.job_survives and row.step != "repair":
        assert len(story.scene.jobs()) == 1, "the job went on: there is nothing to do for a second one"
    record_property("row", f"{row.id:45} {time.monotonic() - began:6.1f} s")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n == "usual" else [pytest.mark.slow]) for n in STORIES]
)
def test_one_after_the_other(name: str, lab: Lab, bench: Maker, record_property: Note) -> None:
    """Many faults, one installation, which is complete in the end."""
    began = time.monotonic()
    by_id = {row.id: row for row in ROWS}
    told = [by_id[one] for one in STORIES[name]]
    server = lab.server("vps")
    with line_to(server) as line:
        story = Story(set_up(bench, told[0], line, server, ["optdisk=30G"]), list(told))
        story.tell()
    assert not list(well(story.scene))
    assert not story.wrong
    record_property("row", f"{name}: {len(told)} faults, {time.monotonic() - began:.0f} s")
