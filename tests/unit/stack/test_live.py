"""The installation after each event of the Engine."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from installer.answers import parse_answers
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.compose import compose
from installer.operations import live
from installer.operations.live import ACTIONS, Alive, NoEvents, concerned
from installer.operations.status import Status
from tests.fakes.engine_wire import WireEngine, WireHost
from tests.fakes.host import Expected, ok

ANSWERS = parse_answers('[target]\nkind = "local"\ndirectory = "/opt/dify"\n')
RECORD = {"version": "1.16.1", "project": "dify", "url": "http://x", "services": ["nginx", "api"]}


class Served(WireHost):
    """Containers by id: ``[service, state, one-off]``."""

    def __init__(self, *, installed: bool = True) -> None:
        path = f"{ANSWERS.state_folder}/installation.json"
        files = {path: json.dumps(RECORD).encode()} if installed else {}
        super().__init__(WireEngine(self._answer), files)
        self.containers = {"n": ["nginx", "running", "False"], "a": ["api", "running", "False"]}
        self.events_status = 200
        self.filters: dict[str, Any] = {}

    def _answer(self, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        if path == "/events":
            self.filters = json.loads(query["filters"])
            return self.events_status, b"no"
        if path == "/_ping":
            return 200, b"OK"
        if path == "/containers/json":
            assert json.loads(query["filters"]) == {"label": ["com.docker.compose.project=dify"]}
            return 200, [{"Id": one} for one in self.containers]
        one = path.split("/")[2]
        if one not in self.containers:
            return 404, {"message": "no such container"}
        service, state, one_off = self.containers[one]
        labels = {"com.docker.compose.service": service, "com.docker.compose.oneoff": one_off}
        return 200, {
            "Id": one,
            "Name": f"/{one}",
            "State": {"Status": state},
            "Config": {"Labels": labels, "Image": f"{service}:1"},
        }


class Watch:
    """``live.follow`` in a thread; ``next`` is what it puts, without signs of life."""

    def __init__(self, host: Served) -> None:
        self.host, self.cancel = host, CancelToken()
        self.put: queue.Queue[Any] = queue.Queue()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            live.follow(self.host, ANSWERS, self.put.put, self.cancel)
        except BaseException as e:
            self.put.put(e)

    def next(self) -> Any:
        while isinstance(found := self.put.get(timeout=5), Alive):
            pass
        return found

    def states(self) -> dict[str, str]:
        found = self.next()
        assert isinstance(found, Status), found
        return {c.service: c.state for c in found.containers}


@pytest.fixture
def watches() -> Iterator[list[Watch]]:
    made: list[Watch] = []
    yield made
    for watch in made:
        watch.cancel.cancel()
        watch.thread.join(5)
        assert not watch.thread.is_alive()


def begin(watches: list[Watch], host: Served) -> Watch:
    watches.append(Watch(host))
    return watches[-1]


def test_everything_at_first_then_only_what_an_event_tells_of(watches: list[Watch]) -> None:
    watch = begin(watches, host := Served())
    assert watch.states() == {"nginx": "running", "api": "running"}
    assert host.filters == {
        "type": ["container"],
        "event": list(ACTIONS),
        "label": ["com.docker.compose.project=dify"],
    }
    asked = len(host.engine.asked)
    host.containers["a"][1] = "exited"
    host.engine.tell("die", "a")
    assert watch.states() == {"nginx": "running", "api": "exited"}
    assert [p for p in host.engine.asked[asked:] if p != "/_ping"] == ["/containers/a/json"]


def test_events_that_come_together_are_one_look(watches: list[Watch]) -> None:
    watch = begin(watches, host := Served())
    watch.states()
    asked = len(host.engine.asked)
    for action in ("kill", "die", "stop", "start", "restart"):
        host.engine.tell(action, "a")
    watch.states()
    assert [p for p in host.engine.asked[asked:] if p != "/_ping"] == ["/containers/a/json"]


def test_containers_come_and_go(watches: list[Watch]) -> None:
    watch = begin(watches, host := Served())
    watch.states()
    del host.containers["a"]
    host.engine.tell("destroy", "a")
    assert watch.states() == {"nginx": "running"}
    host.containers["a2"] = ["api", "created", "False"]
    host.containers["r"] = ["api", "running", "True"]
    host.engine.tell("create", "a2")
    host.engine.tell("start", "r", **{"com.docker.compose.oneoff": "True"})
    assert watch.states() == {"nginx": "running", "api": "created"}


def test_a_container_of_no_service_of_the_compose_files_is_not_counted(watches: list[Watch]) -> None:
    host = Served()
    asked = Expected(compose("config", "--services"), ok("api\nnginx\nown\n"))
    host.expected.append(asked)
    watch = begin(watches, host)
    assert watch.states() == {"nginx": "running", "api": "running"}
    host.containers["o"], host.containers["p"] = ["own", "running", "False"], ["planted", "exited", "False"]
    host.engine.tell("create", "o")
    host.engine.tell("create", "p")
    assert watch.states() == {"nginx": "running", "api": "running", "own": "running"}
    host.engine.tell("start", "o")
    assert "planted" not in watch.states() and asked.used == 1


def test_containers_of_compose_run_are_no_part_of_it(watches: list[Watch]) -> None:
    host = Served()
    host.containers["r"] = ["api", "exited", "True"]
    assert begin(watches, host).states() == {"nginx": "running", "api": "running"}


def test_now_and_then_it_looks_at_everything(watches: list[Watch], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(live, "WHOLE_SECONDS", 0.05)
    watch = begin(watches, host := Served())
    watch.states()
    host.containers["n"][1] = "paused"  # no event tells of it
    while watch.states()["nginx"] != "paused":
        pass
    assert "/_ping" in host.engine.asked


def test_signs_of_life_without_events(watches: list[Watch], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.01)
    watch = begin(watches, Served())
    assert isinstance(watch.put.get(timeout=5), Status)
    assert isinstance(watch.put.get(timeout=5), Alive)


def test_a_broken_line_is_told_at_once(watches: list[Watch]) -> None:
    watch = begin(watches, host := Served())
    watch.states()
    host.engine.cut()
    error = watch.next()
    assert isinstance(error, InstallError) and error.code is Code.DOCKER_API_FAILED


def test_without_events_or_an_installation_it_says_so(watches: list[Watch]) -> None:
    forbidden = Served()
    forbidden.events_status = 403
    assert isinstance(begin(watches, forbidden).next(), NoEvents)
    assert isinstance(begin(watches, Served(installed=False)).next(), NoEvents)


def test_a_cancel_ends_it_while_it_waits(watches: list[Watch]) -> None:
    watch = begin(watches, Served())
    watch.states()
    watch.cancel.cancel()
    assert isinstance(watch.next(), Cancelled)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"Type":"container","Actor":{"ID":"a"}}', "a"),
        (b'{"Type":"network","Actor":{"ID":"a"}}', ""),
        (b"", ""),
        (b"[]", ""),
        (b'{"Type":"container"}', ""),
    ],
)
def test_what_is_no_event_of_a_container_concerns_none(line: bytes, found: str) -> None:
    assert concerned(line) == found
