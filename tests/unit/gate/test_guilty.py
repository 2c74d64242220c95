"""Which container everything waits for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.apply.readiness.blocking_service import needs, state_word, waited_for
from installer.docker.containers import Container
from installer.facts.model import Record
from installer.state.plan_input import Situation
from tests.situations import installed, situation


def container(service: str, state: str = "running", health: str = "", code: int = 0) -> Container:
    return Container(service, service, service, state, health, code, "i", (), "", 0)


def stack(of: Situation, **changes: Container | None) -> tuple[Container, ...]:
    """Every expected service as it must be, but for *changes* (None: no container)."""
    one_shots = of.configuration.one_shots
    good = {s: container(s, "exited") if s in one_shots else container(s) for s in of.configuration.services}
    good.update(changes)  # type: ignore[arg-type]
    return tuple(c for c in good.values() if c is not None)


def test_the_first_in_the_order_of_dependence_is_waited_for() -> None:
    given = situation()
    needed = needs(given)
    assert needed["nginx"], "the release names what its web server needs"
    late = container("api", "restarting")
    assert waited_for(given, stack(given, api=late, nginx=container("nginx", "created"))) == "api"


def test_the_database_before_everything_that_needs_it() -> None:
    given = situation()
    database = given.configuration.databases[-1]
    broken = {
        s: container(s, "created")
        for s in given.configuration.services
        if s not in given.configuration.one_shots
    }
    broken[database] = container(database, health="unhealthy")
    assert waited_for(given, stack(given, **broken)) in given.configuration.databases


def test_a_missing_container_is_waited_for() -> None:
    given = situation()
    assert waited_for(given, stack(given, web=None)) == "web"


def test_whose_health_is_not_known_yet_is_not_waited_for() -> None:
    given = situation()
    assert waited_for(given, stack(given, sandbox=container("sandbox", health="starting"))) == "api"
    redis = container("redis", health="starting")
    assert waited_for(given, stack(given, redis=redis)) == "api"
    assert waited_for(given, stack(given, api=container("api", health="starting"))) == "api"


def test_the_web_server_where_the_api_is_well() -> None:
    given = situation()
    assert waited_for(given, stack(given, api=container("api", health="healthy"))) == "nginx"


def test_with_all_of_them_well_it_is_the_one_that_answers() -> None:
    given = situation()
    assert waited_for(given, stack(given)) == "api"


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (None, "missing"),
        (container("web", "restarting"), "restarting"),
        (container("web", "exited", code=1), "exited"),
        (container("web", health="unhealthy"), "unhealthy"),
        (container("web", health="starting"), "starting"),
        (container("web"), "silent"),
        (container("api"), "migrating"),
        (container("api", health="starting"), "migrating"),
        (container("api", "restarting"), "restarting"),
    ],
)
def test_words(shown: Container | None, word: str) -> None:
    assert state_word(situation(), shown) == word


def test_nothing_is_migrated_where_the_same_version_ran_before() -> None:
    given = installed()
    assert state_word(given, container("api")) == "silent"
    record = given.facts.record
    assert record is not None
    older = Record("1.0.0", record.project, record.url, record.created_at, record.data)
    changed = replace(given, facts=replace(given.facts, record=older))
    assert state_word(changed, container("api")) == "migrating"
