"""What the command line says about an undo, and about a cancel."""

from __future__ import annotations

import json

import pytest

from installer.cli.output import Output
from installer.cli.undo import plan_lines
from installer.core.events import Finishing, NotOurs, TookOver
from installer.core.secrets import Redactor
from installer.lifecycle.undo.model import Image, UndoPlan
from installer.state.data_folder import Data
from installer.texts import Texts

HALF = UndoPlan(
    "remove",
    "/opt/dify",
    "dify",
    containers=("dify-api-1",),
    networks=("dify_default",),
    files=(".env", "a"),
    foreign=("notes.txt",),
    others=("dify_theirs",),
    data=(Data("volumes/db", 48_000_000), Data("dify_db_data", volume=True)),
    images=(Image("api:1", 2 * 10**9), Image("nginx:1", 10**8, used=True)),
)


def said(plan: UndoPlan, *, data: bool = False, images: bool = False, language: str = "en") -> str:
    return "\n".join(plan_lines(plan, Texts(language), data=data, images=images))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_data_and_images_stay_unless_they_were_named(language: str) -> None:
    text = said(HALF, language=language)
    assert "--confirm /opt/dify" in text and "--images" in text and "notes.txt" in text
    assert "volumes/db" in text and "dify_db_data (?)" in text
    all_of_it = said(HALF, data=True, images=True, language=language)
    assert "dify_theirs" in text and "dify_theirs" in all_of_it
    assert "--confirm" not in all_of_it and "--images" not in all_of_it
    assert "volumes/db" in all_of_it and "api:1" in all_of_it and "nginx:1" not in all_of_it


def test_a_change_names_its_files() -> None:
    text = said(UndoPlan("restore", "/opt/dify", version="1.16.1", files=(".env",), backups=("x",)))
    assert ".env" in text and "1.16.1" in text and "data is not touched" in text
    assert said(UndoPlan("nothing", "/opt/dify")) == ""


def test_programs_see_of_a_cancel_the_end_alone(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(Texts("en"), Redactor(), as_json=True)
    output.stopping()
    output.emit(Finishing(step="repair:docker.install", seconds=5.0))
    output.cancelled()
    output.cancelled(still_running=True)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found == [{"event": "cancelled"}, {"event": "cancelled", "goes_on": True}]


def test_people_are_told_at_once_and_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(Texts("en"), Redactor(), as_json=False)
    output.stopping()
    for second in range(25):
        output.emit(Finishing(step="repair:docker.install", seconds=float(second)))
    output.cancelled(still_running=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Stopping…" and "may go on there" in lines[-1]
    waits = [line for line in lines if "package manager" in line]
    assert ["0 s" in waits[0], "10 s" in waits[1], "20 s" in waits[2]] == [True] * 3 and len(waits) == 3


@pytest.mark.parametrize("ended", ["", "0", "17", "vanished", "rebooted"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_whose_lock_was_taken_over(capsys: pytest.CaptureFixture[str], ended: str, language: str) -> None:
    output = Output(Texts(language), Redactor(), as_json=False)
    output.emit(TookOver(step="", who="she@laptop", since=1_780_000_000.0, job="j1", ended=ended))
    text = capsys.readouterr().err
    assert "she@laptop" in text and "2026" in text and ("17" in text or ended != "17")


@pytest.mark.parametrize(("language", "word"), [("en", "does not belong"), ("ja", "残します")])
def test_what_is_not_ours_is_named(capsys: pytest.CaptureFixture[str], language: str, word: str) -> None:
    Output(Texts(language), Redactor(), as_json=False).emit(NotOurs(step="undo", name="dify_notes"))
    said = capsys.readouterr().err
    assert said.startswith("    dify_notes") and word in said
    Output(Texts(language), Redactor(), as_json=True).emit(NotOurs(step="undo", name="dify_notes"))
    assert '"event": "not_ours"' in capsys.readouterr().out
