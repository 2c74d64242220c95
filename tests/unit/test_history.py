"""What happened, from a journal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.secrets import Redactor
from installer.state.history import Times, entries, runs, steps_of, times
from installer.state.journal import Journal
from installer.texts import Texts
from tests.fakes.host import FakeHost


def line(at: float, what: str, **more: object) -> str:
    return json.dumps({"at": at, "what": what, **more})


JOURNAL = (
    line(100, "apply", version="1.16.1", steps=["upload", "pull"], who="taro@desk"),
    line(160, "steps_done", steps=["upload"]),
    line(400, "failed", code="pull.failed", params={"exit_code": "1"}, detail="boom"),
    line(500, "apply", version="1.16.1", steps=["pull"]),
    line(520, "done"),
    line(600, "levitated", height=3, by=["a", "b"]),
)


def test_entries() -> None:
    found = entries(JOURNAL)
    assert [e.what for e in found] == ["apply", "steps_done", "failed", "apply", "done", "levitated"]
    assert [e.seconds for e in found] == [None, 60.0, 240.0, None, 20.0, None]
    assert found[0].who == "taro@desk" and steps_of(found[0]) == ("upload", "pull")
    assert (found[2].code, found[2].detail, found[2].tone) == ("pull.failed", "boom", "stop")


def test_an_unknown_kind_is_shown_as_it_is() -> None:
    entry = entries(JOURNAL)[-1]
    assert entry.params == {"height": "3", "by": "a, b"}
    for language in ("en", "ja"):
        said = Texts(language).happened(entry, ())
        assert "levitated" in said and "height = 3" in said


def test_known_kinds_have_their_words() -> None:
    texts = Texts("en")
    said = [texts.happened(e, steps_of(e)) for e in entries(JOURNAL)]
    assert said[0] == "Installation began: Dify 1.16.1 (Copy Dify's files, Download the images)"
    assert said[2].startswith("Failed: ") and "pull.failed" not in said[2]
    assert Texts("en").happened(entries([line(1, "failed", code="made.up")])[0], ()) == "Failed: made.up"


def test_what_was_found_to_be_the_cause_is_kept() -> None:
    causes = [
        {"code": "ENV-02", "service": "api", "lines": ["x" * 900, 7, "\x1b[31mred"]},
        "?",
        {"lines": "no"},
    ]
    (entry,) = entries([line(1, "failed", code="service.failed", findings=causes)])
    first, second = entry.causes
    assert (first.code, first.service, len(first.lines[0]), first.lines[1]) == ("ENV-02", "api", 400, "7")
    assert "\x1b" not in first.lines[2]
    assert (second.code, second.lines) == ("", ())
    assert entry.as_json()["causes"][0]["service"] == "api" and "findings" not in entry.params
    assert entries([line(1, "failed", findings={"a": 1})])[0].causes == ()


def test_runs_newest_first() -> None:
    assert [[e.what for e in run] for run in runs(entries(JOURNAL))] == [
        ["levitated"],
        ["apply", "done"],
        ["apply", "steps_done", "failed"],
    ]
    assert runs(()) == ()


def test_clocks_that_differ() -> None:
    found = entries([line(100, "apply"), line(90, "done")])
    assert found[1].seconds == 0.0


def test_when_a_run_began_and_failed() -> None:
    found = entries([line(3, "failed"), line(10, "restart"), line(20, "failed"), line(30, "start")])
    newest, whole, forgotten = runs(found)
    assert times(whole, whole[-1]) == Times(10, 20)
    assert times(forgotten, forgotten[-1]) == Times(0, 3), "its beginning is not kept any more"
    assert times(newest, newest[0]) == Times(30, 30)


#: Texts that a template, or whoever looks for a step's title, could stumble over.
ODD = st.sampled_from(
    ["{", "}", "{}", "{0}", "{a[0]}", "repair:", "repair:docker.install", "pull.failed", ":"]
)

KEYS = st.sampled_from(["at", "what", "params", "steps", "code", "repairs", "detail", "{a}"])


@given(
    st.lists(
        st.text()
        | st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text() | ODD,
            lambda x: st.lists(x) | st.dictionaries(KEYS, x),
        ).map(json.dumps)
    )
)
def test_anything_may_stand_in_a_journal(lines: list[str]) -> None:
    for entry in entries(lines):
        Texts("ja").happened(entry, steps_of(entry))
        entry.as_json()


@pytest.mark.parametrize("step", ["{", "}", "{}", "{0}", "{a}", "repair:{", "repair:", ""])
def test_a_step_with_any_name(step: str) -> None:
    for entry in entries([line(1, "apply", steps=[step, "pull"], version="1")]):
        assert step in Texts("en").happened(entry, steps_of(entry))


def said_of(entry: str) -> str:
    return Texts("en").happened(entries([entry])[0], ())


def test_actions_name_their_services() -> None:
    assert said_of(line(1, "restart", services=["nginx", "api"])) == "Restart of nginx, api began"
    assert said_of(line(1, "restart")) == "Restart of Dify began"


def test_a_run_that_was_followed_by_another_says_that_its_end_is_not_known() -> None:
    found = entries([line(1, "apply"), line(2, "steps_done"), line(9, "restart"), line(10, "took_over")])
    newest, killed = runs(found)
    assert [e.what for e in killed] == ["apply", "steps_done", "unended"] and killed[-1].at == 2
    assert [e.what for e in newest] == ["restart", "took_over"], "it may still be at work"
    assert Texts("en").happened(killed[-1], ()).startswith("No end was recorded")


def test_a_cancelled_repair_says_what_stays() -> None:
    assert "stays" in said_of(line(1, "cancelled", part="repair"))
    assert said_of(line(1, "cancelled", part="apply")) == said_of(line(1, "cancelled")) == "Cancelled"
    assert said_of(line(1, "repaired", repairs=["docker.install"])) == "Repaired: Install Docker"


@pytest.mark.parametrize(
    ("ended", "word"),
    [("0", "ended well"), ("7", "exit code 7"), ("vanished", "not completed"), ("", "nothing")],
)
def test_how_a_lock_was_left_behind(ended: str, word: str) -> None:
    assert word in said_of(line(1, "took_over", who="a", since=1, job="x", ended=ended))


@pytest.mark.parametrize(
    ("noted", "after"),
    [
        ([line(1, "apply"), line(2, "steps_done")], ["apply", "steps_done", "done"]),
        ([line(1, "apply"), line(2, "failed")], ["apply", "failed"]),
        ([], []),
    ],
)
def test_a_run_of_a_killed_program_is_ended_by_the_next_look(noted: list[str], after: list[str]) -> None:
    host = FakeHost()
    host.write_file("/s/journal.jsonl", "".join(f"{one}\n" for one in noted).encode())
    Journal(host, "/s", Redactor()).end_open_run()
    kept = host.files["/s/journal.jsonl"].data.decode().splitlines()
    assert [e.what for e in entries(kept)] == after
