"""Which commands an action runs, and in which order."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from installer.apply.readiness.timeouts import Patience
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.containers import Container, parse_inspect, stack_state
from installer.facts.model import Record
from installer.operations import actions
from installer.operations.actions import check_services, stages
from tests.fakes.host import FakeHost
from tests.situations import operation

SERVICES = ["nginx", "web", "api", "worker", "redis", "db_postgres", "init_permissions"]
RECORD = Record("1.16.1", "dify", "", 0, {"services": SERVICES, "one_shots": ["init_permissions"]})


def commands(action: str, *services: str) -> list[tuple[str, ...]]:
    chosen = check_services(RECORD, services)
    return [s.argv[4:] for s in stages(action, chosen, RECORD)]  # type: ignore[arg-type]


def test_all_is_every_lasting_service() -> None:
    assert check_services(RECORD, []) == tuple(SERVICES[:-1])


def test_restart_all_begins_with_databases_and_ends_with_the_web_server() -> None:
    found = commands("restart")
    assert found[0] == ("restart", "redis", "db_postgres")
    assert [c[:3] for c in found[1:3]] == [("exec", "-T", "redis"), ("exec", "-T", "db_postgres")]
    assert found[3] == ("restart", "web", "api", "worker")
    assert found[4] == ("restart", "nginx")


def test_restarting_the_api_restarts_the_web_server_after_it() -> None:
    assert commands("restart", "api") == [("restart", "api"), ("restart", "nginx")]
    assert commands("restart", "worker") == [("restart", "worker")]
    assert commands("restart", "nginx") == [("restart", "nginx")]
    assert commands("restart", "redis") == [("restart", "redis")]


def test_stop_goes_the_other_way_around() -> None:
    assert commands("stop") == [
        ("stop", "nginx"),
        ("stop", "web", "api", "worker"),
        ("stop", "redis", "db_postgres"),
    ]
    assert commands("stop", "redis") == [("stop", "redis")]
    names = [s.name for s in stages("stop", check_services(RECORD, ["web"]), RECORD)]
    assert names == ["stop"], "one command is the action itself"


ANEW = ("up", "--detach", "--force-recreate")


def test_all_made_anew_is_in_the_order_of_a_restart() -> None:
    found = commands("recreate")
    assert found[0] == (*ANEW, "--no-deps", "redis", "db_postgres")
    assert [c[:3] for c in found[1:3]] == [("exec", "-T", "redis"), ("exec", "-T", "db_postgres")]
    assert found[3:] == [(*ANEW, "web", "api", "worker"), (*ANEW, "--no-deps", "nginx")]


def test_the_web_server_is_only_restarted_for_a_new_api() -> None:
    assert commands("recreate", "api") == [(*ANEW, "api"), ("restart", "nginx")]
    assert commands("recreate", "worker") == [(*ANEW, "worker")]
    assert commands("recreate", "nginx") == [(*ANEW, "--no-deps", "nginx")]


THERE = ("up", "--detach", "--no-recreate")


def test_start_all() -> None:
    assert commands("start")[-1] == ("restart", "nginx")
    assert commands("start")[0] == (*THERE, "--no-deps", "redis", "db_postgres")
    assert commands("start", "worker") == [(*THERE, "worker")]


def test_unknown_service() -> None:
    with pytest.raises(InstallError) as caught:
        check_services(RECORD, ["apii"])
    assert caught.value.code is Code.SERVICE_UNKNOWN
    assert caught.value.params["near"] == "api"


def container(service: str, state: str = "running", health: str = "", code: int = 0) -> Container:
    return Container(service, service, service, state, health, code, "i", (), "", 0)


def test_stack_state() -> None:
    ended = container("init_permissions", "exited")
    one_shots = frozenset({"init_permissions"})
    up, sick, down = (
        container("api"),
        container("web", health="unhealthy"),
        container("web", "exited", code=1),
    )
    services = ["api", "web", "init_permissions"]

    def state(*containers: Container) -> str:
        return stack_state(containers, services, one_shots)

    assert state(up, container("web"), ended) == "running"
    assert state(up, container("web")) == "running", "a one-shot may be gone"
    assert state(up, sick, ended) == "degraded"
    assert state(up, down, ended) == "degraded"
    assert state(up, ended) == "degraded", "the web service has no container"
    assert state(down, ended) == "stopped"
    assert state() == "stopped"


def test_inspect() -> None:
    data = {
        "Id": "abc",
        "Name": "/dify-nginx-1",
        "RestartCount": 2,
        "State": {"Status": "running", "ExitCode": 0, "StartedAt": "2026-11-24T08:00:00Z"},
        "Config": {"Image": "nginx:latest", "Labels": {"com.docker.compose.service": "nginx"}},
        "HostConfig": {
            "PortBindings": {
                "80/tcp": [{"HostIp": "", "HostPort": "80"}, {"HostIp": "::1", "HostPort": "81"}]
            }
        },
    }
    found = parse_inspect(data)
    assert found.ports == ("0.0.0.0:80->80/tcp", "[::1]:81->80/tcp")
    assert (found.service, found.name, found.health, found.restarts) == ("nginx", "dify-nginx-1", "", 2)


def test_watching_keeps_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([[container("web", "restarting")], [container("web")]])
    monkeypatch.setattr(actions, "read_containers", lambda *_: next(looks))
    monkeypatch.setattr(actions, "POLL_SECONDS", 0)
    renewed: list[bool] = []
    host = FakeHost(docker_client=object())
    patience = Patience.of(None, time.monotonic())
    actions._wait(operation(host), RECORD, ["web"], lambda: renewed.append(True), patience)
    assert renewed == [True]


class Clock:
    """An Engine whose time goes on by three seconds a look."""

    def __init__(self) -> None:
        self.now = 0

    def info(self) -> dict[str, str]:
        self.now += 3
        return {"SystemTime": f"2026-11-26T02:30:{self.now:02}Z"}


def looks_until_done(
    monkeypatch: pytest.MonkeyPatch, service: str, restarted: int, *others: str, answers: bool = True
) -> int:
    """How often it is looked at *service*, which ends for the first time at the look number *restarted*."""
    looks = 0

    def look(*_: object) -> list[Container]:
        nonlocal looks
        looks += 1
        ended = looks == restarted
        one = container(service, "restarting" if ended else "running")
        started = replace(one, started_at="2026-11-26T02:30:00Z", restarts=int(looks >= restarted))
        return [started, *map(container, others)]

    monkeypatch.setattr(actions, "read_containers", look)
    monkeypatch.setattr(actions, "POLL_SECONDS", 0)
    monkeypatch.setattr(actions, "_answers", lambda _host, _record: answers)
    host = FakeHost(docker_client=Clock())
    patience = Patience.of(None, time.monotonic())
    actions._wait(operation(host), RECORD, [service], lambda: None, patience)
    return looks


def test_a_service_must_stay_up_for_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks_until_done(monkeypatch, "worker", 99) == 4


def test_a_first_crash_after_some_seconds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looks_until_done(monkeypatch, "worker", 3) > 3


def test_who_serves_the_answer_is_proven_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [name for name in SERVICES[:-1] if name != "api"]
    assert looks_until_done(monkeypatch, "api", 99, *others) == 1
    others = [name for name in SERVICES[:-1] if name != "worker"]
    assert looks_until_done(monkeypatch, "worker", 99, *others) == 4


class Told:
    """An Engine that says how large its machine is, or not."""

    def __init__(self, **info: int) -> None:
        self._info = info

    def info(self) -> dict[str, int]:
        return self._info


@pytest.mark.parametrize(
    ("info", "minutes"),
    [({"NCPU": 4, "MemTotal": 8 << 30}, 10), ({"NCPU": 1, "MemTotal": 2 << 30}, 15), ({}, 15)],
)
def test_waiting_is_as_patient_as_the_gate(
    monkeypatch: pytest.MonkeyPatch, info: dict[str, int], minutes: int
) -> None:
    now = [1000.0]

    def wait(_self: CancelToken, seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(actions, "POLL_SECONDS", 30.0)
    monkeypatch.setattr(CancelToken, "wait", wait)
    monkeypatch.setattr(actions, "read_containers", lambda *_: [container("api", "restarting")])
    host = FakeHost(docker_client=Told(**info))
    facts = actions.machine(host)
    with pytest.raises(InstallError) as caught:
        actions.watch(operation(host), RECORD, ["api"], lambda: None, facts)
    assert caught.value.code is Code.NOT_READY
    assert caught.value.params["minutes"] == str(minutes)
