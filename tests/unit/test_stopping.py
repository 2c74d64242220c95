"""Stopping: a job there, a package transaction, a line that says nothing, and work that cannot be ended."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets
from installer.answers.model import Target
from installer.apply.jobs import follow
from installer.apply.lock import LockData
from installer.apply.locked_change import working
from installer.apply.reattach import follow_others
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, Finishing, StepStarted, TookOver
from installer.core.secrets import Redactor, Secret
from installer.diagnosis import KnownFailure
from installer.engine import Engine
from installer.facts.model import Facts
from installer.hosts.base import JobOutput, JobSpec, Stage
from installer.hosts.cancel_scope import Under, waiting
from installer.hosts.jobs.log import stage_times
from installer.hosts.kinds import DESKTOP
from installer.hosts.local import job_runner
from installer.hosts.local.host import LocalHost
from tests.fakes.host import Expected, FakeHost, FakeJob, failed
from tests.situations import operation

STATE = "/opt/dify/.dify-installer"
FOLDER = f"{STATE}/jobs/j1"
ANSWERS = Answers(target=Target(kind="ssh", host="h", user="root", directory="/opt/dify"))


class Cancelling(FakeHost):
    """Somebody cancels while its job is followed."""

    def __init__(self, cancel: CancelToken, **given: object) -> None:
        super().__init__(jobs=[FakeJob([("repair:docker.install", ["a", "b"], None)])])
        self.cancel, self.looks = cancel, 0
        self.start_job(JobSpec("j1", FOLDER, "/", (Stage("x", ("true",)),)))

    def follow_job(self, folder: str, **how: object) -> Iterator[JobOutput]:
        yield self._job(folder).outputs()[0]
        self.cancel.cancel()
        raise Cancelled


def test_a_package_transaction_is_let_end_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.apply.jobs.FINISHING_SECONDS", 0.01)

    class Whole(Cancelling):
        def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
            if path == f"{FOLDER}/whole":
                self.looks += 1
                return b"" if self.looks < 4 else None
            return super().read_file(path, limit=limit)

    cancel, seen = CancelToken(), list[Event]()
    host = Whole(cancel)
    with pytest.raises(Cancelled) as caught:
        follow(operation(host, seen.append, cancel=cancel), FOLDER)
    assert not caught.value.still_running
    told = [e for e in seen if isinstance(e, Finishing)]
    assert [e.step for e in told] == ["repair:docker.install"] * 3
    assert f"{FOLDER}/stop" in host.files, "nothing follows it"
    assert host.jobs[FOLDER].stopped


def test_a_job_that_cannot_be_told_goes_on() -> None:
    class Deaf(Cancelling):
        def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
            raise InstallError(Code.SSH_CONNECTION_LOST)

    cancel = CancelToken()
    with pytest.raises(Cancelled) as caught:
        follow(operation(Deaf(cancel), cancel=cancel), FOLDER)
    assert caught.value.still_running


def test_leaving_stops_nothing() -> None:
    cancel = CancelToken()
    cancel.leave()
    host = Cancelling(cancel)
    with pytest.raises(Cancelled):
        follow(operation(host, cancel=cancel), FOLDER)
    assert not host.jobs[FOLDER].stopped


def test_a_reboot_is_named() -> None:
    host = FakeHost(
        files={f"{FOLDER}/pid": b"1 2 former\n", "/proc/sys/kernel/random/boot_id": b"now\n"},
        jobs=[FakeJob([("pull", [], None)])],
    )
    host.start_job(JobSpec("j1", FOLDER, "/", (Stage("pull", ("true",)),)))
    with pytest.raises(InstallError) as caught:
        follow(operation(host), FOLDER)
    assert caught.value.code is Code.JOB_REBOOTED


def lock(**changes: object) -> bytes:
    data = {
        "token": "t",
        "client": "other",
        "who": "she@laptop",
        "pid": 1,
        "since": 5.0,
        "until": 1.0,
        "job": "j1",
    }
    return json.dumps({**data, **changes}).encode()


def test_taking_over_is_written_down_and_told() -> None:
    host = FakeHost(files={f"{STATE}/lock": lock(), f"{FOLDER}/exit": b"3\n"})
    seen: list[Event] = []
    with working(operation(host, seen.append), "apply"):
        pass
    assert seen == [TookOver(step="", who="she@laptop", since=5.0, job="j1", ended="3", at=seen[0].at)]
    text = host.files[f"{STATE}/journal.jsonl"].data.decode()
    entries = [json.loads(line) for line in text.splitlines()]
    assert [e["what"] for e in entries] == ["took_over", "apply", "done"]
    assert entries[0]["who"] == "she@laptop" and entries[0]["ended"] == "3"


def test_why_it_failed_is_written_down_without_secrets() -> None:
    host, redact = FakeHost(), Redactor([Secret("hunter2hunter2")])
    lines = ("said hunter2hunter2", "x" * 900)

    def explain(error: InstallError) -> None:
        error.known_failures = tuple(
            KnownFailure(code, lines, "api") for code in ("ENV-02", "HOST-04", "A", "B")
        )

    def broken() -> None:
        with working(operation(host, print, redact), "restart", explain=explain):
            raise InstallError(Code.SERVICE_FAILED, {"service": "api"})

    with pytest.raises(InstallError):
        broken()
    entry = json.loads(host.files[f"{STATE}/journal.jsonl"].data.decode().splitlines()[-1])
    assert [f["code"] for f in entry["findings"]] == ["ENV-02", "HOST-04", "A"]
    first = entry["findings"][0]
    assert first["service"] == "api" and first["lines"] == ["said ••••••", "x" * 400]


def test_what_a_cancel_broke_is_no_failure_in_the_journal() -> None:
    host, cancel = FakeHost(), CancelToken()

    def broken() -> None:
        with working(operation(host, cancel=cancel), "apply"):
            cancel.cancel()
            raise InstallError(Code.SSH_CONNECTION_LOST)

    with pytest.raises(InstallError):
        broken()
    text = host.files[f"{STATE}/journal.jsonl"].data.decode()
    assert [json.loads(line)["what"] for line in text.splitlines()] == ["apply", "cancelled"]


def test_others_without_a_job_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.apply.reattach.POLL_SECONDS", 0.01)
    host, seen = FakeHost(files={f"{STATE}/lock": lock(until=time.time() + 99, job="")}), list[Event]()

    def end(event: Event) -> None:
        seen.append(event)
        if isinstance(event, StepStarted):
            host.remove_file(f"{STATE}/lock")

    assert follow_others(operation(host, end))
    assert [e.step for e in seen] == ["attach", "attach"]
    assert not follow_others(operation(host, end))
    assert LockData.parse(host.read_file(f"{STATE}/lock") or b"") is None


class Theirs(Cancelling):
    """A job that is under a lock."""

    def __init__(self, cancel: CancelToken, client: str) -> None:
        super().__init__(cancel)
        self.expected.append(Expected(lambda c: c.argv[0] == "sh", failed()))  # when its stages were
        self.write_file(f"{STATE}/lock", lock(client=client, until=time.time() + 99))


@pytest.mark.parametrize(("client", "stopped"), [("other", False), ("me", True)])
def test_who_only_follows_stops_nobody(client: str, stopped: bool) -> None:
    cancel = CancelToken()
    host = Theirs(cancel, client)
    with pytest.raises(Cancelled) as caught:
        follow_others(operation(host, cancel=cancel))
    assert host.jobs[FOLDER].stopped is stopped
    assert not caught.value.still_running, "nothing was to be told"


@pytest.mark.parametrize(("client", "stopped"), [("other", False), ("mine", True)])
def test_an_apply_that_finds_a_job_stops_only_its_own(client: str, stopped: bool, tmp_path: Path) -> None:
    cancel, home = CancelToken(), Home(tmp_path)
    host = Theirs(cancel, home.client_id() if client == "mine" else client)
    engine = Engine(ANSWERS, Secrets(), home, emit=lambda _e: None, cancel=cancel).using(host)
    with pytest.raises(Cancelled):
        engine._attach(Facts(lock=host.files[f"{STATE}/lock"].data.decode()))
    assert host.jobs[FOLDER].stopped is stopped


def test_a_terminal_that_went_away_with_the_cancel_stops_the_job_all_the_same() -> None:
    cancel = CancelToken()
    host = Cancelling(cancel)

    def gone(_event: Event) -> None:
        cancel.cancel()
        raise BrokenPipeError

    with pytest.raises(Cancelled):
        follow(operation(host, gone, cancel=cancel), FOLDER)
    assert host.jobs[FOLDER].stopped


# --------------------------------------------------------------------- what waits


def test_a_stream_that_is_waited_for_ends_with_a_cancel() -> None:
    near, far = socket.socketpair()
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    under = Under()
    with near, far, under.bind(cancel):
        under.keep(near)
        began = time.monotonic()
        assert near.recv(1) == b""
    assert time.monotonic() - began < 2


def test_other_threads_are_not_under_it() -> None:
    under, cancel, found = Under(), CancelToken(), list[CancelToken]()
    with under.bind(cancel):
        other = threading.Thread(target=lambda: found.append(under.token))
        other.start()
        other.join()
        assert under.token is cancel
    assert found[0] is not cancel and under.token is not cancel


def test_a_command_without_a_token_ends_with_a_cancel() -> None:
    from installer.hosts.base import Command

    host, cancel = LocalHost(), CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled), host.under(cancel):
        host.run(Command(("sleep", "30")))
    assert time.monotonic() - began < 5


def test_what_cannot_be_ended_is_not_waited_for() -> None:
    go_on, put_away = threading.Event(), threading.Event()
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        waiting(lambda: go_on.wait(20), cancel, lambda _value: put_away.set())
    assert time.monotonic() - began < 2
    go_on.set()
    assert put_away.wait(5), "what comes too late is put away"
    assert waiting(lambda: 7, CancelToken(), lambda _value: None) == 7
    with pytest.raises(ValueError, match="no"):
        waiting(lambda: int("no"), CancelToken(), lambda _value: None)


def test_times_are_right_to_a_second_wherever_in_a_second_a_stage_starts(tmp_path: Path) -> None:
    host, folder = LocalHost(), tmp_path / "j1"
    folder.mkdir()
    runner = job_runner._Runner(
        folder, {"token": "t", "cwd": "/", "stages": [], "keep": [], "env": {}}, BytesIO()
    )
    time.sleep(0.6 - time.time() % 1 if time.time() % 1 < 0.6 else 1.6 - time.time() % 1)
    start = time.time()
    runner._note("begin")
    time.sleep(0.3)
    for one in (host, LocalHost(kind=DESKTOP)):
        [(word, at)] = stage_times(one, str(folder))
        assert word == "begin" and abs(at - start) < 1


def test_who_comes_later_sees_when_it_was(tmp_path: Path) -> None:
    host, folder = LocalHost(), str(tmp_path / "j1")
    stage = Stage("pull", ("sleep", "1.2"))
    before = time.time()
    host.start_job(JobSpec("j1", folder, str(tmp_path), (stage, Stage("start", ("true",)))))
    begun = time.monotonic()
    while not host.job_running(folder) and time.monotonic() < begun + 10:
        time.sleep(0.02)  # on a busy machine it is not there at once
    while host.job_running(folder):
        time.sleep(0.05)
    ended = time.time()
    time.sleep(2.2)
    seen: list[Event] = []
    follow(operation(host, seen.append), folder, late=True)
    at = {(e.kind, e.step): e.at for e in seen}
    assert before - 2 <= at["step_started", "pull"] <= ended
    assert at["step_finished", "pull"] - at["step_started", "pull"] >= 1
    assert at["step_finished", "start"] <= ended + 1.5
