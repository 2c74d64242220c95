"""Jobs: batches of events, exactly one ending, and an end that does not stop what runs on targets."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from installer.apply.plan import make_plan
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line
from installer.engine import Blocked
from installer.texts import Texts
from installer.views.wizard import LINE_LOST
from tests.situations import situation
from ui.background.chunked_work import TURN_SECONDS
from ui.background.jobs import Job, Jobs
from ui.background.wakeup import Bell

ENDINGS = ("done", "failed", "blocked", "cancelled")


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    found = Jobs()
    yield found
    assert found.close()


def raising(error: BaseException) -> Callable[[Emit, CancelToken], Any]:
    def work(emit: Emit, cancel: CancelToken) -> Any:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "ending"),
    [
        (lambda emit, cancel: 7, "done"),
        (raising(InstallError(Code.PULL_FAILED)), "failed"),
        (raising(Blocked(make_plan(situation()))), "blocked"),
        (raising(Cancelled()), "cancelled"),
        (raising(KeyError("x")), "failed"),
    ],
)
def test_there_is_exactly_one_ending(qtbot: QtBot, jobs: Jobs, work: Any, ending: str) -> None:
    seen: list[str] = []
    job = jobs.look(work)
    for name in ENDINGS:
        getattr(job, name).connect(lambda *_, name=name: seen.append(name))
    with qtbot.waitSignal(job.over):
        pass
    qtbot.wait(100)
    assert seen == [ending]
    assert jobs.running == ()


def test_a_cancel_that_nobody_heard_says_so(qtbot: QtBot, jobs: Jobs) -> None:
    job = jobs.change(raising(Cancelled(still_running=True)))
    with qtbot.waitSignal(job.failed) as failed:
        pass
    assert failed.args is not None
    (error,) = failed.args
    assert error.code is Code.CANCEL_UNANSWERED and error.code in LINE_LOST
    assert "?" not in "".join(vars(Texts("en").explain(error.code, error.params)).values())


def test_events_come_in_batches_in_the_gui_thread_and_before_the_end(qtbot: QtBot, jobs: Jobs) -> None:
    def work(emit: Emit, cancel: CancelToken) -> int:
        for n in range(2000):
            emit(Line(step="pull", text=str(n)))
        return 1

    batches: list[tuple[Any, ...]] = []
    order: list[str] = []
    job = jobs.change(work)
    job.events.connect(batches.append)
    job.events.connect(lambda _: order.append(threading.current_thread().name))
    with qtbot.waitSignal(job.done):
        job.done.connect(lambda _: order.append("done"))
    assert [e.text for batch in batches for e in batch] == [str(n) for n in range(2000)]
    assert len(batches) <= 10
    assert set(order[:-1]) == {"MainThread"} and order[-1] == "done"


def test_changes_wait_for_each_other_and_looks_do_not(qtbot: QtBot, jobs: Jobs) -> None:
    first_may_end = threading.Event()
    order: list[str] = []

    def first(emit: Emit, cancel: CancelToken) -> None:
        first_may_end.wait(5)
        order.append("first")

    jobs.change(first)
    second = jobs.change(lambda emit, cancel: order.append("second"))
    look = jobs.look(lambda emit, cancel: order.append("look"))
    with qtbot.waitSignal(look.over):
        pass
    first_may_end.set()
    with qtbot.waitSignal(second.over):
        pass
    assert order == ["look", "first", "second"]


def test_cancel_runs_its_hooks_outside_the_gui_thread(qtbot: QtBot, jobs: Jobs) -> None:
    where: list[str] = []
    begun = threading.Event()

    def work(emit: Emit, cancel: CancelToken) -> None:
        with cancel.on_cancel(lambda: where.append(threading.current_thread().name)):
            begun.set()
            cancel.wait(10)

    job: Job = jobs.look(work)
    assert begun.wait(5)
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
    assert where == ["cancel"]


def test_closing_leaves_what_runs_elsewhere(qtbot: QtBot) -> None:
    jobs = Jobs()
    leaving: list[bool] = []
    begun = threading.Event()

    def work(emit: Emit, cancel: CancelToken) -> None:
        begun.set()
        try:
            cancel.wait(10)
        finally:
            leaving.append(cancel.leaving)

    jobs.change(work)
    assert begun.wait(5)
    assert jobs.close()
    assert leaving == [True]


def test_a_closed_window_neither_hears_of_an_ending_nor_begins_anything(qtbot: QtBot) -> None:
    jobs = Jobs()
    heard: list[str] = []
    may_end = threading.Event()

    def go_on(ending: str) -> None:
        heard.append(ending)
        jobs.look(lambda emit, cancel: heard.append("further"))

    running = jobs.look(lambda emit, cancel: may_end.wait(5))
    for name in ENDINGS:
        getattr(running, name).connect(lambda *_, name=name: go_on(name))
    may_end.set()
    assert jobs.close()
    late = jobs.change(lambda emit, cancel: heard.append("late"))
    qtbot.wait(200)
    assert heard == []
    assert late.future is None


def test_a_job_with_much_to_say_does_not_keep_another_waiting(qtbot: QtBot, jobs: Jobs) -> None:
    over = threading.Event()

    def talks(emit: Emit, cancel: CancelToken) -> None:
        while not over.wait(0.001):
            emit(Line(step="pull", text="x"))

    talking = jobs.look(talks)
    talking.events.connect(lambda _: time.sleep(2 * TURN_SECONDS))
    qtbot.wait(100)
    try:
        with qtbot.waitSignal(jobs.look(lambda emit, cancel: 7).done, timeout=1000):
            pass
    finally:
        over.set()


def test_nothing_is_delivered_after_the_end(qtbot: QtBot) -> None:
    jobs, seen = Jobs(), []

    def close(_: object) -> None:
        seen.append("x")
        time.sleep(2 * TURN_SECONDS)  # the others would come in later turns
        jobs.close()

    for _ in range(5):
        jobs.look(lambda emit, cancel: 7).done.connect(close)
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(200)
    assert seen == ["x"]


def test_while_nothing_comes_nothing_is_done(
    qtbot: QtBot, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_speak, drained, drain = threading.Event(), list[Job](), Job.drain

    def count(job: Job) -> bool:
        drained.append(job)
        return drain(job)

    monkeypatch.setattr(Job, "drain", count)

    def work(emit: Emit, cancel: CancelToken) -> None:
        may_speak.wait(5)
        emit(Line(step="pull", text="x"))
        cancel.wait(5)

    job = jobs.look(work)
    qtbot.wait(200)
    assert drained == []
    with qtbot.waitSignal(job.events, timeout=1000):
        may_speak.set()
    assert len(drained) == 1
    job.cancel()
    qtbot.waitUntil(lambda: not jobs.running)


def test_a_page_that_fails_at_what_it_is_told_does_not_end_the_telling(qtbot: QtBot, jobs: Jobs) -> None:
    def fail(_: object) -> None:
        raise ValueError("a page")

    with qtbot.captureExceptions() as caught:
        for _ in range(3):
            jobs.look(lambda emit, cancel: 7).done.connect(fail)
        with qtbot.waitSignal(jobs.look(lambda emit, cancel: 8).done, timeout=1000):
            pass
        qtbot.waitUntil(lambda: len(caught) == 3)
    with qtbot.waitSignal(jobs.look(lambda emit, cancel: 9).done, timeout=1000):
        pass


def test_a_bell_may_be_rung_by_anybody_at_any_time() -> None:
    bell = Bell()

    def ring() -> None:
        for _ in range(1000):
            bell.ring()

    threads = [threading.Thread(target=ring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    readable = select.select([bell.descriptor], [], [], 0)[0]
    assert readable
    bell.hush()
    assert not select.select([bell.descriptor], [], [], 0)[0]
    bell.ring()
    assert select.select([bell.descriptor], [], [], 0)[0]
    bell.close()
    bell.ring()
    bell.hush()
    bell.ring()
