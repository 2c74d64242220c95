"""Events as rows, lines and the speed of the download."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.apply.jobs import JobFollower
from installer.core.events import (
    Event,
    GateLook,
    ImageProgress,
    Line,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    Waiting,
)
from installer.core.secrets import Redactor
from installer.hosts.base import JobEnd, JobLine, StageChange
from installer.views.progress import KEPT_LINES, PULL, Progress, StepRow
from installer.views.transfer import Transfer

STEPS = ("upload", "pull", "databases", "start", "ready")


def start(step: str, at: float = 0.0) -> StepStarted:
    return StepStarted(step=step, at=at)


def end(step: str, at: float = 0.0, *, changed: bool = True) -> StepFinished:
    return StepFinished(step=step, at=at, changed=changed)


def fail(step: str, at: float = 0.0) -> StepFailed:
    return StepFailed(step=step, at=at, code="pull.failed")


def got(done: int, total: int, at: float, step: str = PULL, unit: str = "bytes") -> StepProgress:
    return StepProgress(step=step, done=done, total=total, unit=unit, at=at)


def after(events: Iterable[Event], progress: Progress | None = None) -> Progress:
    progress = Progress.planned(STEPS) if progress is None else progress
    for event in events:
        progress = progress.take(event)
    return progress


def states(progress: Progress) -> str:
    return " ".join(f"{row.step}:{row.state[0]}" for row in progress.rows)


def row(progress: Progress, step: str) -> StepRow:
    found = progress.row(step)
    assert found
    return found


def test_the_plan_waits() -> None:
    progress = Progress.planned(["upload", "databases", "databases:redis", "upload"])
    assert progress.rows == (StepRow("upload"), StepRow("databases"))
    assert progress.current is None and progress.elapsed(9.0) == {}
    assert Progress.planned(()) == Progress()


def test_an_installation() -> None:
    progress = after(
        [
            *(event for step in ("connect", "facts", "release") for event in (start(step), end(step))),
            start("upload", 1.0),
            got(3, 9, 2.0, "upload", "files"),
        ]
    )
    assert states(progress) == "connect:d facts:d release:d upload:r pull:w databases:w start:w ready:w"
    upload = StepRow("upload", "running", 3, 9, "files", 1.0)
    assert progress.current == upload == row(progress, "upload")
    progress = after([end("upload", 4.0), start("pull", 5.0)], progress)
    assert row(progress, "upload") == StepRow("upload", "done", 3, 9, "files", 1.0, 4.0, changed=True)
    assert progress.elapsed(7.5) == {"connect": 0, "facts": 0, "release": 0, "upload": 3.0, "pull": 2.5}
    progress = after([end("pull"), *(e for s in STEPS[2:] for e in (start(s), end(s)))], progress)
    assert {r.state for r in progress.rows} == {"done"} and progress.current is None


def test_a_real_jobs_log() -> None:
    events: list[Event] = []
    follower = JobFollower(events.append, Redactor())
    stages = ("pull", "databases", "databases:db_postgres", "databases:redis", "start:folder", "start")
    for stage in stages:
        follower.take(StageChange(0, stage, None))
        follower.take(JobLine(0, stage, f"line of {stage}"))
        follower.take(StageChange(0, stage, 0))
    follower.finish(JobEnd(0, 0))
    progress = after(events)
    assert states(progress) == "upload:w pull:d databases:d start:d ready:w"
    assert progress.lines == tuple(f"line of {stage}" for stage in stages)


def test_what_was_not_planned_stands_before_what_waits() -> None:
    progress = after([start("upload"), end("upload"), start("facts", 3.0), start("pull"), start("watch")])
    assert states(progress) == "upload:d facts:r pull:r watch:r databases:w start:w ready:w"
    progress = after([end(s) for s in ("facts", "pull", "watch", *STEPS)] + [start("x:y")], progress)
    assert states(progress).endswith("ready:d x:r")


def test_following_an_older_job_runs_around_its_steps() -> None:
    progress = after([start("attach", 1.0), start("pull", 2.0), got(1, 0, 3.0)])
    assert states(progress) == "attach:r upload:w pull:r databases:w start:w ready:w"
    assert progress.current == row(progress, "pull")
    progress = after([fail("pull", 4.0)], progress)
    assert progress.current == row(progress, "attach")
    progress = after(
        [end("attach", 5.0), start("facts", 6.0), end("facts", 6.0), start("upload", 7.0)], progress
    )
    assert states(progress) == "attach:d facts:d upload:r pull:f databases:w start:w ready:w"
    again = row(after([end("upload", 8.0), start("pull", 9.0)], progress), "pull")
    assert again == StepRow("pull", "running", started_at=9.0)


@pytest.mark.parametrize("ended", [True, False])
def test_parts_make_one_row(ended: bool) -> None:
    events: list[Event] = [start("databases", 1.0)]
    events += [end("databases", 2.0, changed=True)] if ended else []
    events += [start("databases:db_postgres", 3.0), got(1, 2, 3.5, "databases:db_postgres", "services")]
    progress = after(events)
    part = row(progress, "databases:db_postgres")
    assert (part.state, part.started_at, part.finished_at, part.total) == ("running", 1.0, None, 2)
    progress = after([end("databases:db_postgres", 4.0, changed=False)], progress)
    assert row(progress, "databases").state == ("done" if ended else "running")
    progress = after([start("start", 5.0)], progress)
    whole = row(progress, "databases")
    assert (whole.state, whole.finished_at, whole.changed) == ("done", 4.0 if ended else 5.0, ended)


def test_a_part_that_is_under_way_is_not_closed() -> None:
    progress = after([start("databases"), start("databases:redis"), start("start")])
    assert row(progress, "databases").state == "running"
    assert row(after([end("databases")], progress), "databases").state == "done"
    assert row(after([fail("databases:redis")], progress), "databases").state == "failed"


@pytest.mark.parametrize("ending", [end("facts", 2.0), fail("facts", 2.0), got(5, 5, 2.0, "facts")])
def test_again_is_a_new_start(ending: Event) -> None:
    progress = after([start("facts", 1.0), got(3, 5, 1.5, "facts"), ending, start("facts", 9.0)])
    assert row(progress, "facts") == StepRow("facts", "running", started_at=9.0)


def test_the_engine_ended_without_a_word() -> None:
    progress = after([start("upload", 1.0), end("upload", 2.0), start("pull", 3.0)]).stopped(8.0)
    assert states(progress) == "upload:d pull:f databases:w start:w ready:w"
    assert row(progress, "pull").elapsed(99.0) == 5.0 and row(progress, "start").elapsed(99.0) is None


def test_stragglers_and_missed_starts() -> None:
    progress = after([got(1, 2, 5.0), end("databases", 6.0), fail("start", 7.0), got(9, 9, 8.0, "start")])
    assert states(progress) == "upload:w pull:r databases:d start:f ready:w"
    assert row(progress, "databases").started_at == 6.0 and row(progress, "start").done == 0
    assert states(after([end("start", 9.0)], progress)) == states(progress)
    assert progress.take(Event(step="x")) is progress


def test_the_last_lines() -> None:
    progress = after(Line(step="pull", text=str(n)) for n in range(KEPT_LINES + 7))
    assert progress.lines == tuple(str(n) for n in range(7, KEPT_LINES + 7))
    assert states(progress) == states(Progress.planned(STEPS))


def test_a_clock_that_is_put_back() -> None:
    progress = after([start("pull", 100.0), got(0, 0, 100.0), got(500, 0, 105.0), got(600, 0, 50.0)])
    assert progress.pull == Transfer(600, 0)
    assert progress.elapsed(60.0)["pull"] == 0.0


def test_the_speed() -> None:
    progress = after([start("pull"), got(0, 0, 0.0), got(100, 0, 1.0)])
    assert progress.pull == Transfer(100, 0)
    progress = after([got(200, 0, 2.0)], progress)
    assert progress.pull == Transfer(200, 0, 100.0)
    progress = after([got(400, 1000, 4.0)], progress)
    assert progress.pull == Transfer(400, 1000, 100.0, 6.0)
    # only the last ten seconds count: from (4, 400) to (14, 400)
    progress = after([got(400, 1000, 14.0)], progress)
    assert progress.pull == Transfer(400, 1000, 0.0, None)
    progress = after([got(1200, 1000, 15.0)], progress)
    assert progress.pull.done == 1000 and progress.pull.seconds_left == 0.0
    progress = after([got(10, 1000, 15.5), got(-5, 2000, 16.0), got(100, 2000, 17.0)], progress)
    assert progress.pull == Transfer(100, 2000)
    assert after([got(7, 7, 1.0, unit="files"), got(7, 7, 1.0, "upload")], progress).pull == progress.pull


def test_another_download_begins_at_nothing() -> None:
    progress = after([start("pull"), got(0, 0, 0.0), got(900, 0, 5.0), fail("pull"), start("pull", 6.0)])
    assert progress.pull == Transfer() and after([got(10, 0, 7.0)], progress).pull == Transfer(10, 0)


def test_each_image_has_its_own_speed() -> None:
    def image(done: int, at: float, state: str = "running", name: str = "web") -> ImageProgress:
        return ImageProgress(step=PULL, image=name, state=state, done=done, total=1000, at=at)

    progress = after([start("pull"), image(0, 0.0), image(5, 1.0, name="api"), image(400, 4.0)])
    assert progress.images["web"].track.now == Transfer(400, 1000, 100.0, 6.0)
    assert progress.images["api"].track.now == Transfer(5, 1000) and [*progress.images] == ["web", "api"]
    assert progress.pull == Transfer()
    progress = after([image(1000, 5.0, "done")], progress)
    assert progress.images["web"].state == "done" and progress.images["web"].track.now.seconds_left == 0.0
    assert not after([fail("pull", 6.0), start("pull", 7.0)], progress).images


IDS = st.sampled_from(
    [*STEPS, "connect", "attach", "databases:redis", "start:again", "databases:db_postgres"]
)
AT = st.floats(0, 60)
EVENTS = st.one_of(
    st.builds(start, IDS, AT),
    st.builds(end, IDS, AT, changed=st.booleans()),
    st.builds(fail, IDS, AT),
    st.builds(Line, step=IDS, at=AT, text=st.text(max_size=3)),
    st.builds(
        ImageProgress,
        step=st.just(PULL),
        at=AT,
        image=st.sampled_from(["a", "b"]),
        state=st.just("running"),
        done=st.integers(-5, 10**6),
        total=st.integers(-5, 10**6),
    ),
    st.builds(got, st.integers(-5, 10**6), st.integers(-5, 10**6), AT, IDS | st.just(PULL)),
)


@given(events=st.lists(EVENTS, max_size=60), ordered=st.booleans())
def test_any_order_of_events(events: list[Event], ordered: bool) -> None:
    events = sorted(events, key=lambda e: e.at) if ordered else events
    progress = Progress.planned(STEPS)
    for event in events:
        before, progress = progress, progress.take(event)
        check_rows(before, progress)
        check_pull(before, progress, event)
    assert all(r.state != "running" for r in progress.stopped(99.0).rows)


def check_rows(before: Progress, now: Progress) -> None:
    steps = [r.step for r in now.rows]
    assert len(set(steps)) == len(steps) and not any(":" in step for step in steps)
    assert [s for s in steps if before.row(s)] == [r.step for r in before.rows]
    running = [r for r in now.rows if r.state == "running"]
    assert (now.current in running) if running else now.current is None
    for r in now.rows:
        was = before.row(r.step)
        assert r.state != "waiting" or was is None or was.state == "waiting"
        assert (r.started_at is None) == (r.state == "waiting")
        assert (r.finished_at is None) == (r.state in ("waiting", "running"))
        assert r.done >= 0 and r.total >= 0 and (r.elapsed(0.0) or 0.0) >= 0.0
        assert r.state == "running" or not r.going


def check_pull(before: Progress, now: Progress, event: Event) -> None:
    pull, was = now.pull, before.pull
    assert pull.done >= 0 and pull.total >= 0 and (not pull.total or pull.done <= pull.total)
    assert pull.speed is None or pull.speed >= 0
    assert pull.seconds_left is None or pull.seconds_left >= 0
    if pull.total == was.total and not (isinstance(event, StepStarted) and event.step == PULL):
        assert pull.done >= was.done
    times = [at for at, _ in now.download.samples]
    assert times == sorted(times) and (not times or times[-1] - times[0] <= 10.0)


def test_the_gate_is_shown_while_it_waits_and_forgotten_when_it_begins_anew() -> None:
    look = GateLook(step="ready", inside="yes", server="waiting", here="waiting", at=2.0)
    waits = Waiting(step="ready", service="api", seconds=3, state="migrating", at=3.0)
    progress = Progress.planned(["start", "ready"])
    for event in (StepStarted(step="ready", at=1.0), look, waits):
        progress = progress.take(event)
    assert (progress.gate, progress.waiting) == (look, waits)
    progress = progress.take(StepFailed(step="ready", code="ready.timeout", at=4.0))
    again = progress.take(StepStarted(step="ready", at=5.0))
    assert (again.gate, again.waiting) == (None, None)


def image(name: str, state: str, at: float = 0.0) -> ImageProgress:
    return ImageProgress(step=PULL, image=name, state=state, done=0, total=0, at=at)


def test_unpacking_begins_once_all_bytes_are_there_and_ends_with_the_last_image() -> None:
    progress = after([start(PULL), image("a", "running"), image("b", "running"), got(5, 9, 1.0)])
    assert not progress.unpacking
    progress = after([got(9, 9, 2.0), image("a", "done")], progress)
    assert progress.unpacking and progress.images_done == 1
    assert not after([image("b", "done")], progress).unpacking
    assert not after([end(PULL)], progress).unpacking


def test_the_whole_is_known_once_the_plan_is() -> None:
    progress = after([start("facts"), end("facts")], Progress())
    assert progress.whole is None
    progress = progress.expecting(STEPS)
    assert progress.whole == 0.0 and progress == progress.expecting(STEPS)
    assert 0.0 < (after([start("upload"), end("upload")], progress).whole or 0.0) < 0.1


@given(
    st.lists(
        st.one_of(
            st.builds(start, st.sampled_from((*STEPS, "reach", "repair:docker.install"))),
            st.builds(end, st.sampled_from((*STEPS, "reach", "repair:docker.install"))),
            st.builds(fail, st.sampled_from(STEPS)),
            st.builds(got, st.integers(-5, 50), st.integers(0, 20), st.just(1.0), st.sampled_from(STEPS)),
            st.builds(image, st.sampled_from("abc"), st.sampled_from(("waiting", "running", "done"))),
        )
    )
)
def test_the_whole_never_falls_and_is_a_part(events: list[Event]) -> None:
    progress, seen = Progress.planned(STEPS), [0.0]
    for event in events:
        progress = progress.take(event)
        assert progress.whole is not None
        seen.append(progress.whole)
    assert seen == sorted(seen) and seen[-1] <= 1.0
