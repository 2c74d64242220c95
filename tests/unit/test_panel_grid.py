"""Which rows of the grid are shown, and in what order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from installer.answers import Answers
from installer.core.errors import Code, InstallError
from installer.docker.containers import Container
from installer.operations.stats import Sample
from installer.operations.status import Status
from installer.operations.usage import Usage
from installer.release.services import by_data_path, group_of, groups
from installer.views.container_grid import ORDERS, Choice, Order, fitting, is_over, ordered, placed, settled
from installer.views.panel import PanelState
from installer.views.service_rows import Row, counts, rows
from tests.real_releases import every_release
from tests.releases import model_of

NAMES = ("nginx", "api", "worker", "redis")


def row(service: str, **changes: Any) -> Row:
    return replace(Row(service, "running", "ok", image="i:1", up=10.0), **changes)


def used(cpu: float | None, memory: int = 0, network: float = 0.0, disk: float = 0.0) -> Usage:
    sample = Sample("a", 1.0, 1, 1, 1, memory, 100)
    return Usage(sample, cpu, network, 0.0, 0.0, disk)


ROWS = (
    row("nginx", usage=used(1.0, 30, 5.0, 1.0), restarts=2, up=5.0),
    row("api", usage=used(9.0, 20, 1.0, 2.0), tone="warning"),
    row("worker", usage=None, up=None, tone="stop", word="ended"),
    row("redis", usage=used(4.0, 40, 9.0, 3.0), restarts=7),
)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("path", ["nginx", "api", "worker", "redis"]),
        ("service", ["api", "nginx", "redis", "worker"]),
        ("state", ["worker", "api", "nginx", "redis"]),
        ("cpu", ["api", "redis", "nginx", "worker"]),
        ("memory", ["redis", "nginx", "api", "worker"]),
        ("network", ["redis", "nginx", "api", "worker"]),
        ("disk", ["redis", "api", "nginx", "worker"]),
        ("up", ["nginx", "api", "redis", "worker"]),
        ("restarts", ["redis", "nginx", "api", "worker"]),
    ],
)
def test_orders(order: Order, found: list[str]) -> None:
    assert list(ordered(ROWS, Choice(order))) == found


def test_turned_around_what_has_no_value_still_comes_last() -> None:
    assert ordered(ROWS, Choice("cpu", reverse=True)) == ("nginx", "redis", "api", "worker")
    assert ordered(ROWS, Choice("service", reverse=True)) == ("worker", "redis", "nginx", "api")


def test_clicks_on_a_column_lead_back_to_the_data_path() -> None:
    choice = Choice(text="x", hide_over=True)
    for order, reverse, descending in (("cpu", False, True), ("cpu", True, False), ("path", False, False)):
        choice = choice.clicked("cpu")
        assert (choice.order, choice.reverse, choice.descending) == (order, reverse, descending)
    assert choice == Choice(text="x", hide_over=True)
    assert Choice("cpu", True).clicked("up") == Choice("up")
    assert not Choice("up").descending and not Choice("service").descending


def test_rows_keep_their_place_and_new_ones_come_last() -> None:
    order = ("redis", "gone", "nginx")
    assert [r.service for r in placed(ROWS, order)] == ["redis", "nginx", "api", "worker"]


def test_an_order_stands_once_every_running_row_was_measured() -> None:
    assert settled(ROWS, Choice("cpu"))
    young = (*ROWS, row("web", usage=used(None)))
    assert not settled(young, Choice("cpu")) and settled(young, Choice("memory"))
    assert settled(young, Choice("up"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", list(NAMES)),
        ("  ", list(NAMES)),
        ("WORK", ["worker"]),
        ("er i", ["worker"]),
        ("i:1 api", ["api"]),
        ("zzz", []),
    ],
)
def test_every_word_of_the_filter_must_be_in_the_row(text: str, found: list[str]) -> None:
    shown = fitting(ROWS, Choice(text=text), lambda r: f"{r.service} {r.image}")
    assert [r.service for r in shown] == found


# ---------------------------------------------------------------- what is over

STARTED = "2023-11-14T22:13:20.5Z"
LOST = InstallError(Code.SSH_CONNECTION_LOST)


def one(state: str = "exited", code: int = 0, whole: str = "running", **changes: Any) -> Row:
    """The row of ``init_permissions``, or with *service* of another one."""
    service = changes.pop("service", "init_permissions")
    lost = changes.pop("lost", None)
    container = Container("1", service, service, state, "", code, "i:1", (), STARTED, 0)
    container = replace(container, **changes)
    status = Status("1", "", whole, (container,), (service,), frozenset({"init_permissions"}))  # type: ignore[arg-type]
    return rows(PanelState(Answers(), status=status, lost=lost), 1_700_000_100.0)[0]


def test_what_has_ended_well_can_be_hidden_and_trouble_never() -> None:
    assert is_over(one())
    assert is_over(one(service="api", code=143, whole="stopped"))
    assert not is_over(one(code=1))
    assert not is_over(one(service="api", code=143))
    assert not is_over(one(service="api", state="running"))
    hidden = fitting((one(), one(code=1)), Choice(hide_over=True), lambda r: r.service)
    assert [r.code for r in hidden] == [1]


def test_a_broken_line_brings_nothing_back_that_was_hidden() -> None:
    assert is_over(one(lost=LOST))
    assert not is_over(one(code=1, lost=LOST))
    assert not is_over(one(service="api", state="running", lost=LOST))


def test_a_container_that_memory_ran_out_for_says_so() -> None:
    row = one(service="api", code=137, oom=True)
    assert (row.word, row.tone) == ("oom", "stop")
    assert [c.group for c in counts((row,))] == ["trouble"]
    assert one(service="api", code=137, oom=True, whole="stopped").tone == "neutral"
    assert one(service="api", state="running", oom=True).word == "running"  # one of its processes was ended
    assert one(code=137, oom=True).word == "oom"


def test_usage_is_shown_of_what_runs_and_is_known() -> None:
    container = Container("1", "api", "api", "running", "", 0, "i:1", (), STARTED, 0)
    state = PanelState(
        Answers(), status=Status("1", "", "running", (container,), ("api",)), usage={"1": used(5.0)}
    )
    assert rows(state, 0.0)[0].usage is state.usage["1"]
    assert rows(replace(state, lost=LOST), 0.0)[0].usage is None
    assert rows(replace(state, usage={"2": used(5.0)}), 0.0)[0].usage is None


# ---------------------------------------------------------------------- groups


@every_release
def test_every_service_of_every_release_is_in_a_group_and_groups_follow_the_data_path(version: str) -> None:
    names = by_data_path(model_of(version).services)
    found = [group_of(name) for name in names]
    assert names and "other" not in found
    places = [groups().index(group) for group in found]
    assert places == sorted(places), list(zip(names, found, strict=True))


def test_an_unknown_service_is_in_the_last_group() -> None:
    assert group_of("no such service") == "other" == groups()[-1]
    assert set(ORDERS[:1]) == {"path"}
