"""Where Dify answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from installer.answers.model import Answers, Target
from installer.apply.readiness import reachability
from installer.apply.readiness.reachability import Places, PlaceTeller, ask_here, ask_inside, inner_port
from installer.core.cancel import CancelToken
from installer.core.events import Event, GateLook, ReachFound
from installer.docker.containers import Container
from installer.hosts.kinds import DESKTOP
from installer.network.model import Reach
from installer.network.outside import Seen
from tests.fakes.host import Expected, FakeHost
from tests.situations import ANSWERS


class Stream:
    """A connection with one answer."""

    def __init__(self, answer: bytes) -> None:
        self.left = answer

    def sendall(self, data: bytes) -> None:
        assert b"GET /console/api/setup" in data

    def recv(self, size: int) -> bytes:
        piece, self.left = self.left[:size], self.left[size:]
        return piece

    def settimeout(self, seconds: float | None) -> None: ...
    def close(self) -> None: ...


def nginx(state: str = "running", addresses: tuple[str, ...] = ("172.18.0.9",)) -> Container:
    ports = ("0.0.0.0:80->80/tcp", "127.0.0.1:5003->5003/tcp")
    return Container("n", "nginx", "n", state, "", 0, "i", ports, "", 0, addresses)


def answering(status: int) -> Callable[[], Stream]:
    return lambda: Stream(b"HTTP/1.1 %d X\r\n\r\n{}" % status)


@pytest.mark.parametrize(("status", "word"), [(200, "yes"), (502, "waiting"), (0, "unknown")])
def test_inside(status: int, word: str) -> None:
    answer = answering(status) if status else OSError("refused")
    host = FakeHost(ports={("172.18.0.9", 80): answer})
    assert ask_inside(host, ANSWERS, [nginx()]) == word


def test_inside_where_there_is_no_way() -> None:
    assert ask_inside(FakeHost(), ANSWERS, [nginx("exited")]) == "no"
    assert ask_inside(FakeHost(), ANSWERS, [nginx(addresses=())]) == "unknown"
    desktop = FakeHost()
    desktop.kind = DESKTOP
    assert ask_inside(desktop, ANSWERS, [nginx()]) == "unknown"


def test_inner_port() -> None:
    moved = replace(nginx(), ports=("[::]:8080->80/tcp", "0.0.0.0:8080->80/tcp"))
    assert inner_port(moved, 8080) == 80
    assert inner_port(moved, 80) == 0


def here(
    reach: Reach, monkeypatch: pytest.MonkeyPatch, answers: Answers = ANSWERS
) -> tuple[str, list[Event]]:
    seen = Seen(80, "http://203.0.113.5", reach)
    monkeypatch.setattr(reachability, "ask_dify", lambda *_args: seen)
    events: list[Event] = []
    host = FakeHost([Expected(lambda _c: True, times=None)])
    return ask_here(host, answers, events.append, CancelToken()), events


def test_here_closed_is_a_finding_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    word, events = here(Reach("closed", "timeout"), monkeypatch)
    assert word == "no"
    assert [type(e) for e in events] == [ReachFound]
    assert isinstance(events[0], ReachFound)
    assert events[0].code == "reach.closed"


def test_here_open(monkeypatch: pytest.MonkeyPatch) -> None:
    assert here(Reach("open", ""), monkeypatch)[0] == "yes"


def test_here_is_not_claimed_where_nobody_can_know(monkeypatch: pytest.MonkeyPatch) -> None:
    inside_only = replace(ANSWERS, site=replace(ANSWERS.site, bind="127.0.0.1"))
    assert here(Reach("open", ""), monkeypatch, inside_only) == ("unknown", [])


def test_this_computer_is_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    local = Answers(target=Target(kind="local", directory="/opt/dify"))
    assert here(Reach("closed", "other"), monkeypatch, local) == ("yes", [])


def test_only_changes_are_told() -> None:
    events: list[Event] = []
    teller = PlaceTeller("ready", events.append)
    for seen in (Places(), Places(), Places("waiting", "no"), Places("yes", "yes", "no")):
        teller.tell(seen)
    assert [(e.inside, e.server, e.here) for e in events if isinstance(e, GateLook)] == [
        ("waiting", "waiting", "waiting"),
        ("waiting", "no", "waiting"),
        ("yes", "yes", "no"),
    ]
