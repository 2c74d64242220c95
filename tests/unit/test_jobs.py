"""A job's log turned into events."""

from __future__ import annotations

import pytest

from installer.apply.jobs import JobFollower, follow, new_job, stage_code
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import (
    Event,
    ImageProgress,
    Line,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
)
from installer.core.secrets import MASK, Redactor, Secret
from installer.hosts.base import JobEnd, JobLine, JobSpec, Stage, StageChange
from tests.fakes.host import FakeHost, FakeJob
from tests.situations import operation

FOLDER = "/opt/dify/.dify-installer/jobs/j1"
SPEC = JobSpec("j1", FOLDER, "/opt/dify/docker", (Stage("pull", ("true",)),))


def run(job: FakeJob, cancel: CancelToken | None = None) -> tuple[list[Event], FakeHost]:
    host = FakeHost(jobs=[job])
    host.start_job(SPEC)
    seen: list[Event] = []
    redact = Redactor([Secret("hunter2hunter2")])
    try:
        follow(operation(host, seen.append, redact, cancel), FOLDER)
    finally:
        host.seen = seen  # type: ignore[attr-defined]
    return seen, host


def kinds(events: list[Event]) -> list[str]:
    return [f"{type(e).__name__}:{e.step}" for e in events if not isinstance(e, Line | StepProgress)]


def test_stages_of_one_step_are_one_step() -> None:
    job = FakeJob(
        [
            ("pull", [" web Pulling", " web Pulled"], 0),
            ("databases", [" Container db Started"], 0),
            ("databases:redis", [], 0),
            ("databases:db_postgres", [], 0),
            ("start", [" Container api Started"], 0),
        ]
    )
    events, _ = run(job)
    assert kinds(events) == [
        "StepStarted:pull",
        "StepFinished:pull",
        "StepStarted:databases",
        "StepFinished:databases",
        "StepStarted:start",
        "StepFinished:start",
    ]


PLAN = '{"images":{"web:1":[["aaaaaaaaaaaa",2000000]]}}'


def test_pull_bytes_are_progress_and_not_lines() -> None:
    lines = [
        PLAN,
        'web:1 {"status":"Pulling fs layer","id":"aaaaaaaaaaaa"}',
        "tick",
        'web:1 {"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"aaaaaaaaaaaa"}',
        'web:1 {"status":"Status: Downloaded newer image for web:1"}',
        "web:1 done",
    ]
    events, _ = run(FakeJob([("pull", lines, 0)]))
    assert [e.text for e in events if isinstance(e, Line)] == [
        "web:1: Status: Downloaded newer image for web:1"
    ]
    (last,) = (e for e in events if isinstance(e, StepProgress))
    assert (last.done, last.total, last.unit) == (2_000_000, 2_000_000, "bytes")
    (image,) = (e for e in events if isinstance(e, ImageProgress))
    assert (image.image, image.state, image.done, image.total) == ("web:1", "done", 2_000_000, 2_000_000)


def test_a_failed_stage_is_its_code_with_its_lines() -> None:
    job = FakeJob([("pull", ["no space left on device: hunter2hunter2"], 18)])
    host = FakeHost(jobs=[job])
    host.start_job(SPEC)
    seen: list[Event] = []
    with pytest.raises(InstallError) as caught:
        follow(operation(host, seen.append, Redactor([Secret("hunter2hunter2")])), FOLDER)
    assert caught.value.code is Code.PULL_DISK_FULL
    assert caught.value.params["exit_code"] == "18"
    assert caught.value.detail == f"no space left on device: {MASK}"
    assert isinstance(seen[-1], StepFailed)
    assert not [e for e in seen if isinstance(e, StepFinished)]


def test_a_database_that_does_not_answer_is_named() -> None:
    job = FakeJob([("databases", [], 0), ("databases:redis", ["refused"], 1)])
    with pytest.raises(InstallError) as caught:
        run(job)
    assert caught.value.code is Code.DATABASE_NOT_READY
    assert caught.value.params["service"] == "redis"


@pytest.mark.parametrize("action", ["start", "restart"])
def test_an_action_s_probe_names_its_service(action: str) -> None:
    with pytest.raises(InstallError) as caught:
        run(FakeJob([(f"{action}:databases", [], 0), (f"{action}:db_postgres", ["refused"], 1)]))
    assert caught.value.code is Code.DATABASE_NOT_READY
    assert caught.value.params["service"] == "db_postgres"


def test_what_an_engine_says_in_json_is_redacted_once_it_is_read() -> None:
    lines = [PLAN, 'web:1 {"error":"denied: hunter2\\u0068unter2"}', "web:1 failed"]
    host = FakeHost(jobs=[FakeJob([("pull", lines, 1)])])
    host.start_job(SPEC)
    seen: list[Event] = []
    with pytest.raises(InstallError) as caught:
        follow(operation(host, seen.append, Redactor([Secret("hunter2hunter2")])), FOLDER)
    assert [e.text for e in seen if isinstance(e, Line)] == [f"web:1: denied: {MASK}"]
    assert (caught.value.code, caught.value.params["image"]) == (Code.PULL_REFUSED, "web:1")
    assert caught.value.detail.splitlines()[0] == f"denied: {MASK}"


def test_a_vanished_job_closes_its_step() -> None:
    host = FakeHost(jobs=[FakeJob([("start", ["…"], None)])])
    host.start_job(SPEC)
    seen: list[Event] = []
    with pytest.raises(InstallError) as caught:
        follow(operation(host, seen.append), FOLDER)
    assert caught.value.code is Code.JOB_VANISHED
    assert isinstance(seen[-1], StepFailed)
    assert (seen[-1].step, seen[-1].code) == ("start", Code.JOB_VANISHED)


def test_cancel_ends_the_job_on_the_target() -> None:
    job = FakeJob([("pull", ["a", "b"], 0)], break_after=1, error=Cancelled())
    with pytest.raises(Cancelled) as caught:
        run(job)
    assert job.stopped and not caught.value.completed


def test_stage_codes() -> None:
    assert stage_code("start:again") is Code.START_FAILED
    assert stage_code("start:web") is Code.START_FAILED
    assert stage_code("restart") is Code.ACTION_FAILED
    assert stage_code("restart:redis") is Code.DATABASE_NOT_READY


def test_job_names_differ_and_sort_by_time() -> None:
    one, two = new_job("apply"), new_job("apply")
    assert one != two
    assert one.startswith("apply-20")


def test_started_comes_first() -> None:
    events, _ = run(FakeJob([("start", ["x"], 0)]))
    assert isinstance(events[0], StepStarted)


def test_a_stage_without_its_last_words_has_its_code() -> None:
    """A full disk: the job's log ends before the stage does, its exit code had its room."""
    events: list[Event] = []
    follower = JobFollower(events.append, Redactor())
    follower.take(StageChange(1, "start", None))
    follower.take(JobLine(2, "start", "no space left on device"))
    with pytest.raises(InstallError) as raised:
        follower.finish(JobEnd(3, 18))
    assert raised.value.code is Code.START_FAILED
    assert "no space left" in raised.value.detail
