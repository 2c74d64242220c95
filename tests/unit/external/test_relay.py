"""The container that relays, and what becomes of what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import docker.errors
import pytest

from installer.answers import Answers
from installer.apply.plan import make_plan
from installer.cli.show import plan_lines
from installer.core.errors import Code, InstallError
from installer.external import run
from installer.external.dialer import Dialer, RelayDialer, ServerDialer
from installer.external.relay import _in_order, _network, dialer
from installer.facts.network import DockerNetwork
from installer.hosts.base import Host
from installer.state.persisted_answers import KEY, noted, recalled
from installer.state.plan_input import Situation
from installer.texts import Texts
from tests import check_faults as faults
from tests.situations import ANSWERS, GOOD, situation


class Engine:
    """Docker's API, as far as it is asked. *there*: images; *refuse*: what fails."""

    def __init__(self, *there: str, refuse: str = "") -> None:
        self.there, self.refuse = there, refuse
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **options: Any) -> Any:
            self.asked.append(f"{name} {args[0]}" if args else name)
            missing = name == "inspect_image" and args[0] not in self.there
            if missing or name == self.refuse:
                raise docker.errors.APIError("no")
            return {"Id": "c1", **options}

        return ask


class OnEngine:
    """A host with that Docker."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def docker(self) -> Iterator[Engine]:
        yield self.engine


def begun(engine: Engine, there: Situation) -> tuple[Dialer, InstallError | None]:
    with dialer(cast(Host, OnEngine(engine)), there) as found:
        return found


OWN = situation(GOOD, faults.OWN_DATABASE)
SMALL = next(i for i in _in_order(OWN.configuration.service_images))


def test_small_images_come_first_and_foreign_ones_never() -> None:
    images = {"a": "nginx:1", "b": "mirror.jp/library/busybox:2", "c": "other/busybox2:1", "d": "redis:6"}
    assert _in_order(images) == ["mirror.jp/library/busybox:2", "redis:6", "nginx:1"]


def test_an_image_that_is_there_is_taken() -> None:
    engine = Engine(*OWN.configuration.images)
    line, why = begun(engine, OWN)
    assert isinstance(line, RelayDialer) and why is None
    assert not [asked for asked in engine.asked if asked.startswith("pull")]
    assert engine.asked[-1] == "remove_container c1"


def test_else_the_smallest_is_downloaded() -> None:
    engine = Engine()
    line, _ = begun(engine, OWN)
    assert line.place == "docker"
    pulled = [asked for asked in engine.asked if asked.startswith("pull")]
    assert pulled == [f"pull {SMALL.rpartition(':')[0]}"]


@pytest.mark.parametrize("refuse", ["pull", "create_container", "start"])
def test_without_a_container_the_server_connects(refuse: str) -> None:
    engine = Engine(*(OWN.configuration.images if refuse != "pull" else ()), refuse=refuse)
    line, why = begun(engine, OWN)
    assert isinstance(line, ServerDialer) and why is not None
    assert refuse != "start" or engine.asked[-1] == "remove_container c1"


def test_without_docker_nobody_asks_it() -> None:
    bare = situation(faults.bare(), faults.OWN_DATABASE)
    engine = Engine()
    line, why = begun(engine, bare)
    assert line.place == "server" and why is not None and engine.asked == []


def test_dify_s_own_network_where_it_is_there() -> None:
    assert _network(OWN) == "bridge"
    network = DockerNetwork(f"{ANSWERS.project}_default", project=ANSWERS.project)
    facts = replace(GOOD, networks=replace(GOOD.networks, docker=(network,)))
    assert _network(situation(facts, faults.OWN_DATABASE)) == f"{ANSWERS.project}_default"


def test_nobody_is_asked_without_such_services(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run.try_all(cast(Host, None), situation()) == ()


def test_a_stop_is_a_blocker_of_the_plan() -> None:
    assert make_plan(OWN).blockers == ()
    tried = (faults.tried(Code.EXTERNAL_CLOSED, reason="refused"),)
    plan = make_plan(replace(OWN, external=tried))
    assert [problem.code for problem in plan.blockers] == [Code.EXTERNAL_CLOSED]
    assert plan.as_json()["external"][0]["steps"]["reach"] == "unknown"
    assert "db_postgres" in plan.as_json()["elsewhere"] or "db" in plan.as_json()["elsewhere"]


def test_the_record_keeps_what_they_are() -> None:
    answers = replace(
        faults.OWN_DATABASE,
        redis=replace(
            ANSWERS.redis, external=True, settings={"REDIS_HOST": "r", "REDIS_SSL_CA_CERTS": "/me/ca.pem"}
        ),
    )
    data = {KEY: noted(answers)}
    assert "/me/ca.pem" not in str(data)  # a path of somebody's computer
    back = recalled(Answers(target=ANSWERS.target), data)
    assert back is not None
    assert back.database == answers.database and back.redis.settings == {"REDIS_HOST": "r"}


def test_the_plan_in_words_shows_what_was_tried_and_what_is_not_started() -> None:
    lines = [*plan_lines(make_plan(replace(OWN, external=(faults.tried(version="17.6"),))), Texts("en"))]
    text = "\n".join(lines)
    assert "PostgreSQL 17.6 db.example.jp:5432: connection: works" in text
    assert "Not started here, as the answers name others: " in text
