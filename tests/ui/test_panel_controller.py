"""The control panel's controller over a machine that breaks and comes back."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Ports
from installer.appdata.known_servers import KnownServer, Servers
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.logs import cited_line
from installer.logs.log_buffer import LogBuffer
from installer.logs.search import Query
from installer.operations import actions
from installer.state.history import Times
from installer.views.panel import ALL, LogSaving, PanelState, Seeking
from tests.fakes.host import FakeJob
from tests.ui.panel_host import ANSWERS, LOST, PanelHost
from ui import intents as i
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.panel import controller as module
from ui.panel import intents as pi
from ui.panel import watch, work
from ui.panel.containers import actions as service_actions
from ui.panel.controller import PanelController
from ui.panel.logs import follower, seek


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of a person are too long for a test."""
    for name, value in (("LOOK", 0.05), ("LOOK_ACTING", 0.03), ("LOOK_LOGS", 0.05)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(service_actions, "BACK_SECONDS", 0.4)
    monkeypatch.setattr(watch, "WAITS", (0.03, 0.05, 0.05))
    monkeypatch.setattr(actions, "POLL_SECONDS", 0.01)


class Bench:
    """A controller and what it told."""

    def __init__(self, host: PanelHost, home: Home, bot: QtBot, answers: Answers = ANSWERS) -> None:
        self.host, self.bot = host, bot
        self.jobs = Jobs()
        self.session = Session(home, host=host)
        self.controller = PanelController(self.jobs, home, self.session, answers)
        self.states: list[PanelState] = []
        self.buffers: list[LogBuffer] = []
        self.controller.changed.connect(self.states.append)
        self.controller.logs.opened.connect(self.buffers.append)

    @property
    def log(self) -> list[str]:
        """What the log shows; marks in brackets."""
        buffer = self.buffers[-1]
        found = [buffer.line(n) for n in range(buffer.store.first, buffer.store.end)]
        return [f"<{x.text.decode()}>" if x.mark else x.text.decode() for x in found]

    @property
    def resets(self) -> int:
        return len(self.buffers)

    @property
    def state(self) -> PanelState:
        return self.controller.state

    def until(self, condition: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(condition()), timeout=5000)

    def begin(self) -> None:
        self.controller.begin()
        self.until(lambda: self.state.status)


@pytest.fixture
def make(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def start(*jobs: FakeJob, answers: Answers = ANSWERS) -> Bench:
        bench = Bench(PanelHost(jobs), Home(tmp_path), qtbot, answers)
        made.append(bench)
        return bench

    yield start
    for bench in made:
        bench.host.gate.set()
        bench.controller.close()
        assert bench.jobs.close()


def test_every_intent_of_the_panel_has_its_handler(make: Callable[..., Bench]) -> None:
    kinds = {k for k in vars(pi).values() if isinstance(k, type) and issubclass(k, i.Intent)} - {i.Intent}
    assert kinds and kinds - set(make().controller.handlers) == set()


# -------------------------------------------------------------------- looking


def test_it_looks_again_and_again_but_never_twice_at_once(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    bench.until(lambda: bench.host.looks >= 4)
    for _ in range(5):
        bench.controller.ask(i.Retry())
        bench.controller.ask(pi.ShowSection("containers"))
    bench.until(lambda: bench.host.looks >= 6)
    assert bench.host.most_looking == 1
    assert bench.state.status is not None
    assert bench.state.status.one_shots == {"init_permissions"}


def test_nobody_is_asked_for_what_nobody_sees(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    bench.controller.show_window(False)
    bench.until(lambda: not bench.jobs.running)
    looks = bench.host.looks
    bench.bot.wait(200)
    assert bench.host.looks == looks
    bench.controller.show_window(True)
    bench.until(lambda: bench.host.looks > looks)
    bench.controller.ask(pi.ShowSection("server"))
    bench.until(lambda: not bench.jobs.running)
    looks = bench.host.looks
    bench.bot.wait(200)
    assert bench.host.looks == looks


def test_a_lost_line_is_told_at_once_and_comes_back_by_itself(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    bench.host.broken = LOST
    bench.until(lambda: bench.state.lost)
    since = bench.state.lost_since
    assert bench.state.status is not None
    looks = bench.host.looks
    bench.until(lambda: bench.host.looks > looks + 2)
    assert bench.state.lost_since == since
    bench.host.broken = None
    bench.until(lambda: bench.state.lost is None)


def test_a_line_that_does_not_answer_is_told_before_it_is_known_dead(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make()
    bench.begin()
    monkeypatch.setattr(watch, "PATIENCE_SECONDS", 0.05)
    bench.host.gate.clear()
    bench.until(lambda: bench.state.lost)
    bench.host.gate.set()
    bench.until(lambda: bench.state.lost is None)
    assert bench.host.most_looking == 1


def test_a_refused_login_is_tried_again_only_when_asked(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    bench.host.broken = InstallError(Code.SSH_LOGIN_REFUSED)
    bench.until(lambda: bench.state.lost)
    looks = bench.host.looks
    bench.bot.wait(250)
    assert bench.host.looks == looks
    bench.host.broken = None
    bench.controller.ask(i.Retry())
    bench.until(lambda: bench.state.lost is None)


def test_the_server_is_remembered_with_what_it_was_called(make: Callable[..., Bench], tmp_path: Path) -> None:
    servers = Servers(Home(tmp_path))
    old = servers.remember(KnownServer("", "Our Dify", ANSWERS.target, "", "1.14.2", 1.0, login="agent"))
    bench = make()
    bench.begin()
    bench.until(lambda: bench.state.server_id == old.id and servers.all()[0].version == "1.16.1")
    assert bench.state.name == "Our Dify"
    assert (servers.all()[0].login, servers.all()[0].url) == ("agent", "http://203.0.113.5")
    forgotten: list[str] = []
    bench.controller.forget.connect(forgotten.append)
    bench.controller.ask(i.ForgetServer(old.id))
    assert forgotten == [old.id]


# -------------------------------------------------------------------- actions


def restarting(host: PanelHost, *services: str) -> FakeJob:
    """A job after which these services have started again."""

    def fits(_spec: object) -> bool:
        for name in services:
            host.engine.runs[name] += 1
            host.engine.down.discard(name)
        return True

    return FakeJob([("restart", ["Container api Restarting"], 0)], fits)


def test_a_restart_is_shown_until_it_is_done_and_for_a_while_how_long_it_took(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    bench.host.planned_jobs.append(restarting(bench.host, "api"))
    bench.begin()
    bench.controller.ask(pi.RunAction("restart", ("api",)))
    assert set(bench.state.acting) == {"api"}
    assert bench.state.acting["api"].before["api"] == "api-a 2024-11-21T09:00:01Z"
    bench.controller.ask(pi.RunAction("stop", ("nginx",)))  # one after the other: not while this goes on
    assert set(bench.state.acting) == {"api"}
    bench.until(lambda: bench.state.back)
    assert set(bench.state.back) == {"api"}
    assert not bench.state.acting
    bench.until(lambda: not bench.state.back)
    assert bench.host.jobs  # it was a detached job under the lock


def test_all_of_it(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.host.planned_jobs.append(restarting(bench.host, "nginx", "api", "redis"))
    bench.begin()
    bench.controller.ask(pi.RunAction("restart"))
    assert set(bench.state.acting) == {ALL}
    bench.until(lambda: bench.state.back)
    assert set(bench.state.back) == {ALL}


def test_a_failed_action_says_why(make: Callable[..., Bench]) -> None:
    bench = make(FakeJob([("restart", ["no such thing"], 1)]))
    bench.begin()
    bench.controller.ask(pi.RunAction("restart", ("api",)))
    bench.until(lambda: bench.state.action_error)
    assert bench.state.action_error is not None
    assert bench.state.action_error.code is Code.ACTION_FAILED
    times = bench.state.action_times
    assert time.time() - 60 < times.started <= times.failed <= time.time()
    assert not bench.state.acting and not bench.state.back


def test_an_action_can_be_ended(make: Callable[..., Bench]) -> None:
    bench = make(FakeJob([("restart", [], 0)]))
    bench.begin()
    bench.host.engine.down.add("api")  # it never comes up
    bench.controller.ask(pi.RunAction("restart", ("api",)))
    bench.until(lambda: bench.host.jobs)
    bench.controller.ask(i.Stop())
    assert bench.state.cancelling
    bench.until(lambda: not bench.state.acting)
    assert bench.state.action_error is None and not bench.state.cancelling


# ----------------------------------------------------------------------- logs


def test_lines_come_and_go_on_after_a_broken_line_without_doubles_or_gaps(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.host.say(1, "one", live=False)
    bench.host.say(2, "two", live=False)
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: bench.state.log.phase == "live")
    bench.until(lambda: bench.host.follows)
    bench.host.say(3, "three")
    bench.until(lambda: bench.log == ["one", "two", "three"])
    bench.host.break_line()
    bench.until(lambda: bench.state.log.phase == "waiting" and bench.state.lost)
    bench.host.say(4, "four", live=False)
    bench.host.broken = None
    bench.until(lambda: len(bench.host.follows) == 2)
    bench.host.say(5, "five")
    bench.until(lambda: "five" in bench.log)
    assert bench.log == ["one", "two", "three", "four", "five"]
    assert bench.state.log.phase == "live"
    assert bench.resets == 1


def test_containers_that_were_made_anew_are_followed(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.host.say(1, "one", live=False)
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: bench.host.follows)
    bench.host.engine.ids["api"] = "b"
    bench.host.say(2, "two", live=False)
    bench.until(lambda: len(bench.host.follows) == 2)
    assert bench.host.follows[1][0].startswith("0=api-b=2024-11-21T09:01:0")
    bench.host.say(3, "three")
    bench.until(lambda: bench.log == ["one", "<recreated api>", "two", "three"])


def test_another_service_is_another_log_and_leaving_ends_the_reading(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: len(bench.host.follows) == 1)
    bench.controller.ask(pi.ShowSection("logs", "nginx"))
    bench.until(lambda: len(bench.host.follows) == 2)
    assert bench.host.follows[1][0].startswith("0=nginx-a=")
    assert bench.resets == 2
    bench.controller.ask(pi.ShowSection("logs"))
    bench.until(lambda: len(bench.host.follows) == 3)
    assert len(bench.host.follows[2]) == 4
    bench.controller.ask(pi.ShowSection("server"))
    assert bench.state.log.phase == "off"
    bench.until(lambda: not bench.jobs.running)
    bench.controller.ask(pi.ShowSection("logs"))
    bench.until(lambda: len(bench.host.follows) == 4)


def test_older_lines_take_the_place_of_the_log_when_they_are_there(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 3, 0))
    bench = make()
    for n in range(9):
        bench.host.say(n, f"{n}", live=False)
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: bench.state.log.phase == "live")
    assert bench.state.log.cut
    assert bench.log == ["<cut api>", "5", "6", "7", "8"]
    bench.until(lambda: bench.host.follows)
    bench.controller.ask(pi.LoadOlderLines())
    assert bench.state.log.older
    bench.until(lambda: not bench.state.log.older)
    assert bench.log == [f"{n}" for n in range(9)]
    bench.until(lambda: not bench.state.log.cut)
    bench.until(lambda: len(bench.host.follows) == 2)
    bench.host.say(10, "ten")
    bench.until(lambda: bench.log[-1] == "ten" and len(bench.log) == 10)


def test_several_services_are_one_log(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.host.say(1, "api", live=False)
    bench.host.say(2, "nginx", live=False, service="nginx")
    bench.host.say(3, "redis", live=False, service="redis")
    bench.begin()
    bench.controller.ask(pi.ShowLogs(("api", "redis")))
    bench.until(lambda: bench.state.log.phase == "live")
    assert bench.log == ["api", "redis"]
    assert bench.state.section == "logs" and bench.state.log.services == ("api", "redis")


def test_a_search_goes_on_and_a_bad_pattern_is_told(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.host.say(1, "one apple", live=False)
    bench.host.say(2, "two", live=False)
    hits: list[int] = []
    bench.begin()
    bench.controller.logs.found.connect(lambda _, found: hits.extend(found or ()))
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: bench.state.log.phase == "live")
    bench.controller.ask(pi.SearchLog(Query("APPLE")))
    bench.until(lambda: hits == [0] and bench.state.log.searched)
    bench.until(lambda: bench.host.follows)
    bench.host.say(3, "another apple")
    bench.until(lambda: hits == [0, 2])
    bench.controller.ask(pi.SearchLog(Query("(", regex=True)))
    bench.until(lambda: bench.state.log.bad == "invalid")
    bench.controller.ask(pi.SearchLog(Query("(a+)+", regex=True)))
    bench.until(lambda: bench.state.log.bad == "slow")
    bench.controller.ask(pi.SearchLog(Query()))
    bench.until(lambda: not bench.state.log.bad)


def test_a_line_that_is_cited_is_found(make: Callable[..., Bench]) -> None:
    bench = make()
    for n, text in enumerate(["broken pipe", "fine", "broken pipe again", "fine"]):
        bench.host.say(n, text, live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("not there", "broken pipe")))
    bench.until(lambda: numbers == [2])
    assert bench.state.section == "logs" and bench.state.log.services == ("api",)
    bench.controller.ask(pi.ShowLogLine("api", ("nowhere",)))
    bench.until(lambda: bench.state.seeking.phase == "missing")
    assert numbers == [2]


def test_a_cited_line_is_looked_for_further_back(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 2, 4, 0))
    bench = make()
    for n in range(9):
        bench.host.say(n, "broken" if n == 1 else f"{n}", live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("broken",)))
    bench.until(lambda: numbers)
    assert bench.log[numbers[0]] == "broken" and bench.resets == 3
    bench.until(lambda: not bench.state.log.older)
    bench.controller.ask(pi.ShowLogLine("api", ("nowhere",)))
    bench.until(lambda: bench.state.seeking.phase == "missing")
    assert len(numbers) == 1


#: ``PanelHost.say(0, …)`` in seconds since the epoch.
MINUTE = 1732179660.0


def test_a_cited_line_is_of_the_run_s_time(make: Callable[..., Bench]) -> None:
    bench = make()
    for n, text in enumerate(["broken", "fine", "broken", "fine"]):
        bench.host.say(n, text, live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("broken",), Times(MINUTE, MINUTE + 0.5)))
    bench.until(lambda: numbers == [0])
    of_before = Times(MINUTE - 9000, MINUTE - 8000)
    bench.controller.ask(pi.ShowLogLine("api", ("broken",), of_before))
    bench.until(lambda: bench.state.seeking.phase == "other_time")
    assert bench.state.seeking.newest_at == MINUTE + 2 and numbers == [0]
    bench.controller.ask(pi.ShowLogLine("api", ("broken",)))
    bench.until(lambda: numbers == [0, 2])
    assert bench.state.seeking == Seeking()
    bench.controller.ask(pi.ShowLogLine("api", ("never said",), of_before))
    bench.until(lambda: bench.state.seeking.phase == "missing")
    bench.controller.ask(pi.StopSearching())
    assert bench.state.seeking == Seeking()


def test_only_the_run_s_time_is_read_for_its_line(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 2, 5, 0))
    monkeypatch.setattr(cited_line, "threshold", lambda *_: 1)
    bench = make()
    for n in range(9):
        bench.host.say(n * 5, f"{n}", live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("2",), Times(MINUTE + 20, MINUTE + 25)))
    bench.until(lambda: bench.state.seeking.phase == "further")
    assert bench.resets == 2 and bench.state.log.cut, "not all of it was read"
    bench.controller.ask(pi.ShowLogLine("api", ("2",)))
    bench.until(lambda: numbers)
    assert bench.log[numbers[0]] == "2"


def slowly(host: PanelHost) -> tuple[threading.Event, Callable[[str, Mapping[str, str]], bytes]]:
    """Logs as *host* gives them, but whole ones only once the event is set."""
    held, answer = threading.Event(), host._log

    def slow(container: str, query: Mapping[str, str]) -> bytes:
        if query["tail"] == "all":
            held.wait(10)
        return answer(container, query)

    return held, slow


def test_the_search_further_back_can_be_stopped(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 2, 0))
    monkeypatch.setattr(seek, "PROGRESS_MS", 20)
    bench = make()
    held, slow = slowly(bench.host)
    monkeypatch.setattr(bench.host, "_log", slow)
    for n in range(9):
        bench.host.say(n, "broken" if n == 1 else f"{n}", live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("broken",)))
    bench.until(lambda: bench.state.seeking.phase == "busy" and bench.state.seeking.read >= 0)
    bench.controller.ask(pi.SearchLog(Query("fine")))
    bench.until(lambda: bench.state.seeking.phase == "busy")  # another search does not end it
    bench.controller.ask(pi.StopSearching())
    assert bench.state.seeking.phase == "stopped" and not bench.state.log.older
    assert bench.state.seeking.wanted == ("broken",)
    held.set()
    bench.bot.wait(100)
    assert not numbers and bench.resets == 1 and bench.state.log.phase == "live"
    bench.controller.ask(pi.ShowLogLine("api", ("broken",)))
    bench.until(lambda: numbers)
    assert bench.log[numbers[0]] == "broken" and bench.state.seeking == Seeking()


def test_what_a_person_has_read_further_back_goes_on_when_the_search_is_stopped(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 2, 0))
    bench = make()
    held, slow = slowly(bench.host)
    monkeypatch.setattr(bench.host, "_log", slow)
    for n in range(9):
        bench.host.say(n, f"{n}", live=False)
    bench.begin()
    bench.controller.ask(pi.ShowSection("logs", "api"))
    bench.until(lambda: bench.state.log.phase == "live")
    bench.controller.ask(pi.LoadOlderLines())
    bench.controller.ask(pi.ShowLogLine("api", ("nowhere",)))
    bench.controller.ask(pi.StopSearching())
    assert bench.state.seeking.phase == "stopped" and bench.state.log.older
    held.set()
    bench.until(lambda: not bench.state.log.older)
    assert bench.log[0] == "0"


def test_where_older_lines_cannot_be_read_it_is_said(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 2, 0))
    bench = make()
    answer = bench.host._answer

    def refuse(path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        return (500, b"no") if query.get("tail") == "all" else answer(path, query)

    monkeypatch.setattr(bench.host.wire, "_answer", refuse)
    for n in range(9):
        bench.host.say(n, f"{n}", live=False)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("0",)))
    bench.until(lambda: bench.state.seeking.phase == "unread")
    assert bench.state.log.phase == "live" and not bench.state.log.older


def test_another_log_is_not_searched_for_what_was_cited_in_the_former(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "DEPTHS", (1, 1, 0))
    bench = make()
    for n in range(9):
        bench.host.say(n, f"{n}", live=False)
    numbers: list[int] = []
    bench.controller.logs.jump.connect(numbers.append)
    bench.begin()
    bench.controller.ask(pi.ShowLogLine("api", ("nowhere",)))
    bench.controller.ask(pi.ShowSection("logs", "nginx"))
    bench.until(lambda: bench.state.log.phase == "live")
    bench.bot.wait(100)
    assert not numbers and bench.state.seeking == Seeking()


def test_logs_are_saved_from_docker_without_secrets(make: Callable[..., Bench], tmp_path: Path) -> None:
    bench = make()
    bench.host.write_file(f"{ANSWERS.docker_folder}/.env", b"DB_PASSWORD=tr0ub4dor&3\n")
    bench.host.say(1, "connecting with tr0ub4dor&3", live=False)
    bench.host.say(2, "done", live=False, service="nginx")
    bench.begin()
    path = tmp_path / "x.log.gz"
    for clean, text in ((True, "***"), (False, "tr0ub4dor&3")):
        bench.controller.ask(pi.SaveLog(path, (), clean))
        bench.until(lambda: bench.state.log_saving.phase not in ("", "busy"))
        assert bench.state.log_saving.phase == "saved", bench.state.log_saving.error
        assert bench.state.log_saving == LogSaving("saved", str(path), 2)
        assert gzip.decompress(path.read_bytes()).decode().splitlines() == [
            f"2024-11-21T09:01:01.000000000Z api | connecting with {text}",
            "2024-11-21T09:01:02.000000000Z nginx | done",
        ]
        assert path.stat().st_mode & 0o077 == 0
        bench.controller.set(replace(bench.state, log_saving=LogSaving()))
    assert list(tmp_path.glob("*.part")) == []
    bench.controller.ask(pi.SaveLog(tmp_path / "no" / "x.log.gz"))
    bench.until(lambda: bench.state.log_saving.phase == "failed")


# ----------------------------------------------------------------------- end


def test_leaving_gives_the_connection_up_and_asks_nobody_any_more(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.begin()
    left: list[bool] = []
    bench.controller.left.connect(lambda: left.append(True))
    bench.controller.ask(pi.Disconnect())
    assert left == [True]
    bench.until(lambda: bench.host.closed and not bench.jobs.running)
    looks, states = bench.host.looks, len(bench.states)
    bench.bot.wait(200)
    assert bench.host.looks == looks
    assert len(bench.states) == states
    bench.controller.ask(pi.RunAction("restart"))
    assert not bench.host.jobs


def test_desktop(make: Callable[..., Bench]) -> None:
    bench = make()
    told: list[object] = []
    bench.controller.copied.connect(lambda text, secret: told.append((text, secret)))
    bench.controller.browse.connect(told.append)
    bench.controller.ask(i.CopyText("x"))
    bench.controller.ask(i.OpenUrl("http://x"))
    assert told == [("x", False), "http://x"]
    assert time.time() - bench.state.since > 0


# --------------------------------------------------------------------- outside


class Way:
    """Stands for a way through SSH."""

    url = "http://127.0.0.1:49152"

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def dify() -> Iterator[int]:
    """A port on which somebody answers as Dify does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"step": "finished"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_this_computer_tries_whether_it_reaches_dify(make: Callable[..., Bench], dify: int) -> None:
    here = replace(ANSWERS, target=replace(ANSWERS.target, host="127.0.0.1"), ports=Ports(http=dify))
    bench = make(answers=here)
    bench.controller.ask(pi.CheckReachability())
    assert bench.state.outside.busy == "look"
    bench.until(lambda: not bench.state.outside.busy)
    found = bench.state.outside.found
    assert found is not None and (found.state, found.code, found.port) == ("open", "", dify)


def test_a_look_that_fails_says_why_and_can_be_repeated(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Callable[..., None]:
        def work(*_: object) -> None:
            raise LOST

        return work

    bench = make()
    with monkeypatch.context() as patched:
        patched.setattr(work, "look_outside", broken)
        bench.controller.ask(pi.CheckReachability())
        bench.until(lambda: bench.state.outside.error)
    assert bench.state.outside.error is LOST and not bench.state.outside.busy


def test_dify_opens_through_ssh_and_the_way_is_kept(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, way = make(), Way()
    opened: list[str] = []
    bench.controller.browse.connect(opened.append)
    monkeypatch.setattr(bench.session, "open_through_ssh", lambda _answers: lambda *_: way)
    bench.controller.ask(i.OpenThroughSsh())
    bench.controller.ask(i.OpenThroughSsh())  # one at a time
    assert bench.state.outside.busy == "tunnel"
    bench.until(lambda: bench.state.outside.tunnel)
    assert opened == [way.url] and bench.state.outside.tunnel == way.url
    assert cast(Any, bench.session.forward) is way and not way.closed.is_set()
    again = PanelController(bench.jobs, bench.controller.home, bench.session, ANSWERS)
    assert again.state.outside.tunnel == way.url


def test_a_way_that_comes_up_too_late_is_closed(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, way = make(), Way()
    opened: list[str] = []
    bench.controller.browse.connect(opened.append)
    gate = threading.Event()

    def slowly(*_: object) -> Way:
        gate.wait(5)
        return way

    monkeypatch.setattr(bench.session, "open_through_ssh", lambda _answers: slowly)
    bench.controller.ask(i.OpenThroughSsh())
    bench.session.host = None  # the connection was given up
    gate.set()
    bench.until(way.closed.is_set)
    assert opened == []


def test_of_two_ways_one_is_kept(make: Callable[..., Bench]) -> None:
    """One asked for on Done, one here before that was there."""
    bench, first, second = make(), Way(), Way()
    keep = cast(Any, bench.session.keep_forward)
    assert keep(bench.host, first) is first and keep(bench.host, second) is first
    assert second.closed.wait(5) and not first.closed.is_set()
    assert keep(bench.host, first) is first and not first.closed.is_set()
