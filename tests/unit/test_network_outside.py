"""The look from outside: what this computer meets at a port, and when that means "closed"."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from installer.answers.model import Ports, Site
from installer.answers.model import Target as Where
from installer.apply.plan import make_plan
from installer.apply.readiness.from_outside import look_now, why_not
from installer.apply.steps.reach import ReachOutside, ReachWatch, reach_target, report
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, ReachFound
from installer.facts.model import DockerFacts, PublishedPort
from installer.hosts.base import Command, JobLine, Result
from installer.network.model import Reach
from installer.network.outside import Seen, Target, fetch, look
from installer.state.plan_input import Situation
from tests.fakes.host import Expected, FakeHost, ok
from tests.situations import ANSWERS, GOOD, installed, situation
from tests.unit.release.web_server import Handler, serving

WORD = "0123456789abcdef"
NONE = Target("dify", "nginx:latest", "0.0.0.0", (80,), "127.0.0.1", "127.0.0.1", WORD)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def nonce_server(handler: Handler) -> None:
    handler.send(
        200 if handler.path == f"/{WORD}" else 404, WORD.encode() if handler.path == f"/{WORD}" else b"?"
    )


@contextmanager
def answering(answer: Callable[[Handler], None] = nonce_server) -> Iterator[int]:
    with serving(answer) as server:
        yield int(server.url.rpartition(":")[2])


@contextmanager
def refusing() -> Iterator[int]:
    """Bound, not listening."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """Takes the connection and says nothing, as a packet filter looks after the time is over."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def tcp(port: int) -> Any:
    return lambda: socket.create_connection(("127.0.0.1", port), 5)


def at(port: int, **changes: Any) -> Target:
    return replace(NONE, ports=(port,), **changes)


def seen_by(target: Target, inside: int | None, seconds: float = 0.6) -> Reach:
    """What is found at the target's port, when the server itself reaches *inside* (None: nobody) there."""
    port = target.ports[0]
    gone = InstallError(Code.HOST_ADDRESS_UNREACHABLE, {"address": "127.0.0.1", "port": str(port)})
    host = FakeHost(ports={("127.0.0.1", port): tcp(inside) if inside else gone})
    (seen,) = look(host, target, CancelToken(), seconds=seconds)
    return seen.reach


def test_open() -> None:
    with answering() as port:
        assert seen_by(at(port), port) == Reach("open", "")


def test_closed_is_only_said_when_the_server_itself_gets_the_answer() -> None:
    with answering() as inside, refusing() as refused, silent() as mute:
        assert seen_by(at(refused), inside).reason == "refused"
        assert seen_by(at(refused), inside).state == "closed"
        closed = seen_by(at(mute), inside)
        assert (closed.state, closed.reason) == ("closed", "timeout")
        assert seen_by(at(refused), None) == replace(
            seen_by(at(refused), None), state="unknown", reason="gone"
        )


def test_somebody_else_who_answers_is_not_us() -> None:
    with answering() as inside, answering(lambda h: h.send(200, b"welcome to the router")) as other:
        found = seen_by(at(other), inside)
        assert (found.state, found.reason) == ("closed", "other") and "router" in found.detail


def test_a_name_that_is_not_in_the_dns_yet_falls_back_to_the_server_s_address() -> None:
    with answering() as port:
        assert seen_by(at(port, address="no-such-name.invalid"), port).open
        both = at(port, address="no-such-name.invalid", fallback="no-such-name.invalid")
        assert seen_by(both, port).reason == "name"


def test_an_answer_that_comes_late_is_waited_for() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found: list[Reach] = []
    thread = threading.Thread(target=lambda: found.append(fetch(at(port), port, CancelToken(), 10)))
    thread.start()
    time.sleep(0.7)
    with socket.create_server(("127.0.0.1", port)) as late:
        link, _ = late.accept()
        link.recv(4096)
        link.sendall(f"HTTP/1.0 200 OK\r\n\r\n{WORD}".encode())
        link.close()
        thread.join()
    assert found[0].open


def test_a_computer_behind_a_proxy_looks_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as port, answering(lambda h: h.send(200, WORD.encode())) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("no_proxy", "")
        found = fetch(at(port, address="server.invalid", fallback=""), port, CancelToken(), 0.5)
        assert found == Reach("open", "proxy")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        assert not fetch(at(port), port, CancelToken(), 0.5).open


def test_cancel_ends_a_waiting_look() -> None:
    cancel = CancelToken()
    with silent() as port:
        threading.Timer(0.3, cancel.cancel).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            fetch(at(port), port, cancel, 30)
        assert time.monotonic() - began < 3


# ------------------------------------------------------------------------------ the step


def test_what_is_tried_follows_from_the_plan() -> None:
    first = situation()
    target = reach_target(first)
    assert target is not None and target == reach_target(first)
    assert (target.ports, target.bind, target.address) == ((80,), "0.0.0.0", "203.0.113.5")
    assert target.image == first.model.image_of("nginx", first.configuration.env)
    assert target.url(80) == "http://203.0.113.5"
    argv = target.argv
    assert argv[:2] == ("sh", "-c") and argv[-1] == "80:80" and target.nonce in argv
    other = situation(answers=replace(ANSWERS, site=Site(bind="192.0.2.7"), ports=Ports(http=8080)))
    there = reach_target(other)
    assert there is not None and there.argv[-1] == "192.0.2.7:8080:80" and there.url(8080).endswith(":8080")


def test_both_ports_of_the_web_are_tried() -> None:
    first = situation()
    (web,) = (p for p in first.configuration.ports if p.host_port == 80)
    ports = (web, replace(web, host_port=443, container_port=443, purpose="https"))
    target = reach_target(replace(first, configuration=replace(first.configuration, ports=ports)))
    assert target is not None and target.ports == (80, 443)
    assert target.url(443) == "https://203.0.113.5" and target.argv[-2:] == ("80:80", "443:80")


def held() -> Situation:
    ours = installed()
    return installed(
        containers=tuple(
            replace(c, ports=(PublishedPort("0.0.0.0", 80, 80),)) if c.service == "nginx" else c
            for c in ours.facts.containers
        ),
        jobs={},  # something is to be started again
    )


@pytest.mark.parametrize(
    "case",
    [
        situation(answers=replace(ANSWERS, site=Site(bind="127.0.0.1"))),
        situation(answers=replace(ANSWERS, target=Where(kind="local", directory="/opt/dify"))),
        held(),
        installed(),
    ],
    ids=["loopback", "local", "ours runs", "nothing to do"],
)
def test_when_nothing_is_tried(case: Situation) -> None:
    assert "reach" not in [action.step for action in make_plan(case).actions]


def test_it_comes_after_the_images_and_before_the_databases() -> None:
    steps = [action.step for action in make_plan(situation()).actions]
    assert steps.index("pull") + 1 == steps.index("reach") == steps.index("databases") - 1


def events_of(state: Reach, machine: str = "") -> list[ReachFound]:
    found: list[Event] = []

    def reply(command: Command) -> Result:
        return ok(f"{command.argv[3]}\tdmi\tsys_vendor\t{machine}\n{command.argv[3]}\tend\n")

    asks = [Expected(lambda c: c.argv[:2] == ("sh", "-s"), reply)] if state.state == "closed" else []
    with FakeHost(asks) as host:
        report(host, (Seen(80, "http://x", state),), found.append, CancelToken())
    return [event for event in found if isinstance(event, ReachFound)]


def test_events() -> None:
    (good,) = events_of(Reach("open", ""))
    assert (good.state, good.code, good.provider) == ("open", "", "")
    (closed,) = events_of(Reach("closed", "timeout", "timed out"), "Vultr")
    assert (closed.code, closed.provider, closed.reason) == ("reach.closed", "vultr", "timeout")
    (unknown,) = events_of(Reach("unknown", "gone"))
    assert (unknown.state, unknown.code) == ("unknown", "")


def test_a_provider_that_cannot_be_asked_for_is_no_failure() -> None:
    found: list[Event] = []
    broken = InstallError(Code.HOST_PROBE_FAILED)
    with FakeHost([Expected(lambda c: True, broken)]) as host:
        report(host, (Seen(80, "u", Reach("closed", "timeout")),), found.append, CancelToken())
    assert len(found) == 1
    lost = InstallError(Code.SSH_CONNECTION_LOST)
    with FakeHost([Expected(lambda c: True, lost)]) as host, pytest.raises(InstallError):
        report(host, (Seen(80, "u", Reach("closed", "timeout")),), found.append, CancelToken())


def test_the_watcher_looks_once_and_only_at_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Target] = []

    def fake_look(host: object, target: Target, cancel: object) -> tuple[Seen, ...]:
        looks.append(target)
        return (Seen(80, "http://x", Reach("open", "")),)

    monkeypatch.setattr("installer.apply.steps.reach.look", fake_look)
    found: list[Event] = []
    first = situation()
    target = reach_target(first)
    assert target is not None
    watch = ReachWatch(FakeHost(), first, found.append, CancelToken())
    watch(JobLine(1, "pull", target.marker))
    watch(JobLine(2, "reach", "answering something else"))
    assert not looks
    watch(JobLine(3, "reach", target.marker))
    watch(JobLine(4, "reach", target.marker))
    assert looks == [target] and len(found) == 1
    with pytest.raises(AssertionError):
        ReachOutside().apply(make_plan(first).actions[2], None)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ on demand


def test_why_it_is_not_known_yet() -> None:
    first = situation()
    images = frozenset(first.configuration.images)
    assert why_not(situation(replace(GOOD, docker=DockerFacts()))) == "docker"
    assert why_not(first) == "image"
    ready = replace(first, facts=replace(GOOD, images=images))
    assert why_not(ready) == ""
    busy = replace(ready, facts=replace(ready.facts, containers=(_stranger(),)))
    assert why_not(busy) == "port"
    assert why_not(situation(answers=replace(ANSWERS, site=Site(bind="::1")))) == "loopback"
    assert why_not(situation(answers=replace(ANSWERS, target=Where(kind="local")))) == "local"
    assert why_not(held()) == ""


def _stranger() -> Any:
    from installer.facts.model import ContainerFacts

    return ContainerFacts(
        "y", "shop", "running", "nginx", "shop", "web", ports=(PublishedPort("0.0.0.0", 80, 80),)
    )


def test_what_cannot_be_tried_is_an_event_all_the_same() -> None:
    found: list[Event] = []
    (seen,) = look_now(FakeHost(), situation(), found.append, CancelToken())
    assert (seen.state, seen.reason) == ("unknown", "image") and found == [seen]


def test_dify_itself_is_asked_where_it_runs() -> None:
    setup = lambda h: h.send(200, b'{"step": "not_started", "setup_at": null}')  # noqa: E731
    with answering(setup) as port, refusing() as closed, answering(lambda h: h.send(200, b"hello")) as other:
        for outside, inside, expected in (
            (port, port, ""),
            (other, port, "other"),
            (closed, port, "refused"),
            (closed, closed, "not_running"),
        ):
            answers = replace(
                ANSWERS, target=replace(ANSWERS.target, host="127.0.0.1"), ports=Ports(http=outside)
            )
            case = replace(held(), answers=answers)
            asks = [Expected(lambda c: True, lambda c: ok(f"{c.argv[3]}\tend\n"), times=None)]
            host = FakeHost(
                asks, ports={("127.0.0.1", outside): tcp(inside) if inside != closed else OSError("no")}
            )
            (seen,) = look_now(host, case, lambda e: None, CancelToken())
            assert seen.reason == expected and (seen.state == "open") == (not expected)


def test_the_container_s_line_starts_the_look(monkeypatch: pytest.MonkeyPatch) -> None:
    first = situation()
    ready = replace(first, facts=replace(GOOD, images=frozenset(first.configuration.images)))
    target = reach_target(ready)
    assert target is not None
    monkeypatch.setattr(
        "installer.apply.readiness.from_outside.look",
        lambda h, t, c: (Seen(80, t.url(80), Reach("open", "")),),
    )
    with FakeHost([Expected(target.argv, ok(f"{target.marker}\n"))]) as host:
        assert look_now(host, ready, lambda e: None, CancelToken())[0].state == "open"
    with FakeHost([Expected(target.argv, ok("no answer could be given there (exit 125)\n"))]) as host:
        assert look_now(host, ready, lambda e: None, CancelToken())[0].reason == "docker"
