"""What the control panel makes of the containers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from installer.answers import Answers
from installer.core.errors import Code, InstallError
from installer.docker.containers import Container
from installer.docker.short_forms import docker_time, port_mappings, short_ports, tag_of
from installer.operations.status import Status
from installer.views.panel import ALL, Acting, PanelState, headline, may_all, passes, run_mark
from installer.views.service_rows import Count, Row, counts, rows

NOW = 1_700_000_100.0
STARTED = "2023-11-14T22:13:20.5Z"  # 99.5 s before NOW
SERVICES = ("nginx", "api", "worker", "redis", "init_permissions")


def container(service: str, **changes: Any) -> Container:
    made = Container(f"{service}-1", service, service, "running", "", 0, "i:1", (), STARTED, 0)
    return replace(made, **changes)


def panel(*containers: Container, state: str = "running", **changes: Any) -> PanelState:
    found = Status("1.16.1", "http://x", state, containers, SERVICES, frozenset({"init_permissions"}))  # type: ignore[arg-type]
    return replace(PanelState(Answers(), status=found), **changes)


def one(**changes: Any) -> Row:
    """The row of a container that differs so from one that runs well, in a Dify that is not whole."""
    shown = rows(panel(container("api", **changes), state="degraded"), NOW)
    return next(r for r in shown if r.service == "api")


LOST = InstallError(Code.SSH_CONNECTION_LOST)


def test_every_service_has_one_row_in_the_order_a_request_takes() -> None:
    shown = rows(panel(container("redis"), container("api"), container("nginx"), container("nginx")), NOW)
    assert [r.service for r in shown] == ["nginx", "api", "worker", "redis", "init_permissions"]


def test_a_service_without_a_container_is_missing() -> None:
    shown = {r.service: r for r in rows(panel(container("api")), NOW)}
    assert (shown["worker"].word, shown["worker"].tone, shown["worker"].may) == (
        "missing",
        "stop",
        frozenset({"recreate"}),
    )
    acting = {"worker": Acting("recreate", NOW - 5)}
    shown = {r.service: r for r in rows(panel(container("api"), acting=acting), NOW)}
    assert (shown["worker"].word, shown["worker"].seconds, shown["worker"].may) == (
        "act_recreate",
        5,
        frozenset(),
    )


def test_of_two_containers_the_one_that_does_not_run_is_shown() -> None:
    state = panel(container("api", id="a"), container("api", id="b", state="exited", exit_code=3))
    assert {r.service: r.word for r in rows(state, NOW)}["api"] == "ended"


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "running", "ok"),
        ({"health": "healthy"}, "healthy", "ok"),
        ({"health": "starting"}, "starting", "warning"),
        ({"health": "unhealthy"}, "unhealthy", "stop"),
        ({"state": "restarting", "health": "unhealthy"}, "restarting", "stop"),
        ({"state": "paused"}, "paused", "warning"),
        ({"state": "created"}, "created", "warning"),
        ({"state": "exited", "exit_code": 143}, "stopped", "warning"),
        ({"state": "exited", "exit_code": 3}, "ended", "stop"),
        ({"state": "dead", "exit_code": 1}, "ended", "stop"),
        ({"state": "never heard of"}, "unknown", "neutral"),
    ],
)
def test_words(changes: dict[str, Any], word: str, tone: str) -> None:
    row = one(**changes)
    assert (row.word, row.tone) == (word, tone)


def test_a_one_shot_is_done_or_ended_badly_and_nothing_can_be_done_with_it() -> None:
    for code, word, tone in ((0, "done", "neutral"), (1, "ended", "stop")):
        shown = rows(panel(container("init_permissions", state="exited", exit_code=code)), NOW)
        row = next(r for r in shown if r.one_shot)
        assert (row.word, row.tone, row.may) == (word, tone, frozenset())


def test_what_stands_still_on_purpose_is_no_warning() -> None:
    down = panel(container("api", state="exited", exit_code=1), state="stopped")
    row = next(r for r in rows(down, NOW) if r.service == "api")
    assert (row.word, row.tone, row.code) == ("ended", "neutral", 1)


def test_facts_of_a_row() -> None:
    row = one(image="repo:5000/langgenius/dify-api:1.16.1", restarts=2, ports=("0.0.0.0:80->80/tcp",))
    assert (row.tag, row.ports, row.restarts) == ("1.16.1", "80", 2)
    assert row.up == pytest.approx(99.5)


def test_a_lost_line_leaves_nothing_known_and_nothing_possible() -> None:
    state = panel(container("api", image="a:1"), lost=LOST, acting={ALL: Acting("restart", NOW)})
    row = next(r for r in rows(state, NOW) if r.service == "api")
    assert (row.word, row.tone, row.up, row.may, row.tag) == ("unknown", "neutral", None, frozenset(), "1")
    assert may_all(state) == frozenset()


# -------------------------------------------------------------------- actions


def acting(action: str, *services: str, was: Container) -> dict[str, Acting]:
    one = Acting(action, NOW - 7, {was.service: run_mark(was)})  # type: ignore[arg-type]
    return dict.fromkeys(services or (ALL,), one)


def test_a_restart_shows_until_this_container_began_again() -> None:
    old = container("api")
    asked = acting("restart", was=old)
    before = next(r for r in rows(panel(old, acting=asked), NOW) if r.service == "api")
    assert (before.word, before.tone, before.seconds, before.may) == ("act_restart", "accent", 7, frozenset())
    between = replace(old, state="exited")
    assert (
        next(r for r in rows(panel(between, acting=asked), NOW) if r.service == "api").word == "act_restart"
    )
    again = replace(old, started_at="2023-11-14T22:15:00Z", health="starting")
    after = next(r for r in rows(panel(again, acting=asked), NOW) if r.service == "api")
    assert (after.word, after.may) == ("starting", frozenset())


def test_a_stop_shows_until_it_stands_still_and_a_start_until_it_runs() -> None:
    old = container("api")
    stop = acting("stop", "api", was=old)
    assert rows(panel(old, acting=stop), NOW)[1].word == "act_stop"
    assert rows(panel(replace(old, state="exited"), acting=stop), NOW)[1].word == "stopped"
    down = replace(old, state="exited")
    start = acting("start", "api", was=down)
    assert rows(panel(down, acting=start), NOW)[1].word == "act_start"
    assert (
        rows(panel(replace(old, started_at="2023-11-14T22:15:00Z"), acting=start), NOW)[1].word == "running"
    )


def test_other_services_and_one_shots_are_not_shown_as_acted_on() -> None:
    old = container("init_permissions", state="exited")
    shown = rows(
        panel(old, container("api"), acting=acting("restart", "worker", was=container("worker"))), NOW
    )
    assert {r.service: r.word for r in shown}["api"] == "running"
    everything = rows(panel(old, acting=acting("restart", was=old)), NOW)
    assert {r.service: r.word for r in everything}["init_permissions"] == "done"


def test_back_is_told_while_it_runs() -> None:
    assert rows(panel(container("api"), back={"api": 14.0}), NOW)[1].back == 14.0
    assert rows(panel(container("api", state="exited"), back={"api": 14.0}), NOW)[1].back is None


def test_what_can_be_done() -> None:
    assert one().may == {"restart", "stop", "recreate"}
    assert rows(panel(container("api", state="exited")), NOW)[1].may == {"start", "recreate"}
    assert may_all(panel(container("api"))) == {"restart", "stop"}
    assert may_all(panel(container("api"), state="stopped")) == {"start"}
    assert may_all(panel(state="absent")) == frozenset()
    assert may_all(PanelState(Answers())) == frozenset()
    assert may_all(panel(container("api"), acting={"api": Acting("stop", NOW)})) == frozenset()


# ------------------------------------------------------------- counts, headline


def test_counts_put_the_good_ones_first_and_leave_done_ones_out() -> None:
    state = panel(
        container("nginx"),
        container("api", health="healthy"),
        container("worker", health="starting"),
        container("redis", health="unhealthy"),
        container("init_permissions", state="exited"),
    )
    assert counts(rows(state, NOW)) == (
        Count("running", "ok", 2),
        Count("starting", "warning", 1),
        Count("trouble", "stop", 1),
    )


def test_every_row_is_counted_whatever_it_is() -> None:
    words = ("paused", "created", "restarting", "removing", "exited", "dead", "strange")
    for word in words:
        for code in (0, 3):
            for whole in ("degraded", "stopped"):
                shown = rows(panel(container("api", state=word, exit_code=code), state=whole), NOW)
                assert sum(c.number for c in counts(shown)) == len([r for r in shown if r.word != "done"])


def test_headline() -> None:
    assert headline(PanelState(Answers())) == ("looking", "neutral")
    assert headline(PanelState(Answers(), lost=LOST)) == ("unknown", "neutral")
    assert headline(panel(state="degraded")) == ("degraded", "warning")
    assert headline(panel(lost=LOST)) == ("unknown", "neutral")
    assert headline(panel(acting={ALL: Acting("stop", NOW)})) == ("act_stop", "accent")
    assert headline(panel(acting={"api": Acting("stop", NOW)})) == ("running", "ok")


def test_a_refused_login_is_not_tried_again_by_itself() -> None:
    assert passes(LOST)
    assert passes(InstallError(Code.DOCKER_NOT_RUNNING))
    assert not passes(InstallError(Code.SSH_LOGIN_REFUSED))
    assert not passes(InstallError(Code.SSH_HOST_KEY_CHANGED))


# ------------------------------------------------------------------ short forms


@pytest.mark.parametrize(
    ("ports", "shown"),
    [
        ((), ""),
        (("0.0.0.0:443->443/tcp", "[::]:443->443/tcp", "0.0.0.0:80->80/tcp"), "80, 443"),
        (("127.0.0.1:5003->5003/tcp",), "127.0.0.1:5003"),
        (("[::1]:5003->5003/tcp", "0.0.0.0:->80/tcp"), "[::1]:5003"),
    ],
)
def test_ports(ports: tuple[str, ...], shown: str) -> None:
    assert short_ports(ports) == shown


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ((), ""),
        (("0.0.0.0:80->80/tcp", "[::]:80->80/tcp", "0.0.0.0:8443->443/tcp"), "80 → 80/tcp, 8443 → 443/tcp"),
        (("127.0.0.1:5003->5003/tcp",), "127.0.0.1:5003 → 5003/tcp"),
        (("9200/tcp",), "9200/tcp"),
    ],
)
def test_ports_with_what_they_lead_to(ports: tuple[str, ...], told: str) -> None:
    assert port_mappings(ports) == told


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", "latest"),
        ("redis:6-alpine", "6-alpine"),
        ("registry.example:5000/dify/api", "latest"),
        ("registry.example:5000/dify/api:1.16.1@sha256:00ff", "1.16.1"),
        ("", ""),
    ],
)
def test_tags(image: str, tag: str) -> None:
    assert tag_of(image) == tag


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("2023-11-14T22:13:20Z", 1_700_000_000.0),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000.123456789),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_moments(at: str, seconds: float | None) -> None:
    assert docker_time(at) == (None if seconds is None else pytest.approx(seconds))
