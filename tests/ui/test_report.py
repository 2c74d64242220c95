"""What happened: reading a report or the journal, and saving a report, from the page to the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Secrets, Target
from installer.core.app_folder import Home
from installer.core.errors import Code
from installer.core.secrets import Secret
from installer.redaction.scrub import Scrubber
from installer.state.history import Times
from installer.support.parts import Parts
from installer.support.read import read_bundle
from installer.support.story import Support
from installer.support.write import manifest_of, packed
from installer.views.wizard import PageId, WizardState
from tests.fakes.host import FakeHost
from tests.ui.page_probe import Probe
from tests.ui.states import report as states
from tests.ui.states.install import STARTING, failed
from ui import intents as i
from ui.background.jobs import Jobs
from ui.story.member_view import MOST
from ui.wizard.controller import Flow
from ui.wizard.install.page import InstallPage
from ui.wizard.story.page import ReportPage

SSH = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))


def report_file(tmp_path: Path) -> Path:
    parts = Parts(Scrubber())
    for name, text in states.MEMBERS.items():
        parts.text(name, text)
    parts.json(
        "diagnosis.json", [{"code": "PULL-01", "member": "jobs/x.log", "lines": ["x"]}, {"code": 3}, 7]
    )
    path = tmp_path / "r.zip"
    path.write_bytes(packed(parts.bounded(), manifest_of(parts, 1_790_000_000.0), "words"))
    return path


@pytest.fixture
def flow(qtbot: QtBot, tmp_path: Path) -> Iterator[Flow]:
    jobs = Jobs()
    made = Flow(jobs, Home(tmp_path / "home"), WizardState(answers=SSH))
    yield made
    made.leave()
    jobs.close()


def page_of(flow: Flow) -> PageId:
    return flow.state.page


def support(flow: Flow) -> Support:
    assert flow.state.support is not None
    return flow.state.support


# ------------------------------------------------------------------------ flow


def test_a_report_is_read_and_back_leads_to_where_one_was(flow: Flow, qtbot: QtBot, tmp_path: Path) -> None:
    flow.ask(i.ShowHistory(report_file(tmp_path)))
    assert flow.state.page is PageId.REPORT and support(flow).phase == "loading"
    qtbot.waitUntil(lambda: support(flow).phase == "shown")
    story = support(flow).story
    assert [k.code for k in story.known] == ["PULL-01", "3"]
    assert story.file == "r.zip" and len(story.entries) == 11 and "containers/api.log" in story.members
    flow.ask(i.Back())
    assert page_of(flow) is PageId.WELCOME


def test_what_is_no_report_is_said_on_the_page(flow: Flow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("hello")
    flow.ask(i.ShowHistory(path))
    qtbot.waitUntil(lambda: support(flow).phase == "failed")
    error = support(flow).error
    assert error is not None and error.code is Code.BUNDLE_UNREADABLE


def test_the_installation_s_own_journal(flow: Flow, qtbot: QtBot) -> None:
    journal = "\n".join(states.journal()).encode()
    flow.session.host = FakeHost(files={f"{SSH.state_folder}/journal.jsonl": journal})
    flow.set(replace(failed(Code.START_FAILED, *STARTING), answers=SSH, rights="root"))
    flow.ask(i.ShowHistory())
    qtbot.waitUntil(lambda: support(flow).phase == "shown")
    assert support(flow).live and len(support(flow).story.entries) == 11
    flow.ask(i.Back())
    assert flow.state.page is PageId.INSTALL and flow.state.work.failure is not None, (
        "the error is still there"
    )


def test_without_a_connection_there_is_nothing_to_ask(flow: Flow) -> None:
    flow.ask(i.ShowHistory())
    assert flow.state.page is PageId.REPORT and support(flow).phase == "empty"


def test_an_answer_that_comes_too_late_is_not_shown(flow: Flow, qtbot: QtBot, tmp_path: Path) -> None:
    flow.ask(i.ShowHistory(report_file(tmp_path)))
    flow.ask(i.Back())
    qtbot.wait(300)
    assert flow.state.page is PageId.WELCOME and support(flow).phase == "loading"


def test_a_report_without_a_connection_has_what_is_here(flow: Flow, qtbot: QtBot, tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    state = failed(Code.START_FAILED, *STARTING, detail=f"said {secret}", exit_code="1")
    flow.set(replace(state, answers=SSH, secrets=Secrets(ssh_password=Secret(secret))))
    path = tmp_path / "out.zip"
    flow.ask(i.SaveReport(path))
    assert support(flow).saving == "busy"
    qtbot.waitUntil(lambda: support(flow).saving != "busy", timeout=20_000)
    assert support(flow).saving == "saved" and support(flow).lacking == ("target",)
    report = read_bundle(path)
    shown = json.loads(report.members["failure.json"])
    assert (shown["code"], shown["detail"]) == ("start.failed", "said ***")
    assert "screen.log" in report.members and "answers.toml" in report.members
    assert not [name for name, text in report.members.items() if secret in text]


def test_a_place_that_cannot_be_written(flow: Flow, qtbot: QtBot, tmp_path: Path) -> None:
    flow.ask(i.SaveReport(tmp_path / "none" / "out.zip"))
    qtbot.waitUntil(lambda: support(flow).saving == "failed", timeout=20_000)
    error = support(flow).save_error
    assert error is not None and error.code is Code.HOST_FILE_FAILED


# ------------------------------------------------------------------------ page


def texts(page: ReportPage) -> str:
    return "\n".join(found.text() for found in page.past.story.findChildren(QLabel))


def shown(qtbot: QtBot, state: WizardState) -> ReportPage:
    probe = Probe(qtbot, state)
    qtbot.waitUntil(lambda: not probe.page.past.story._turns.busy)  # type: ignore[attr-defined]
    assert isinstance(probe.page, ReportPage)
    probe.page.kept = probe  # type: ignore[attr-defined]
    return probe.page


def test_the_page_shows_failures_runs_and_texts(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["read"]())
    said = texts(page)
    for part in ("NEW-99", "hanako@desk", "Installation began", "levitated", "address already in use"):
        assert part in said, part
    members = page.past.story.members
    assert members is not None and "request 399 finished" in members.box.toPlainText()
    members.search.setText("REQUEST 17 ")
    qtbot.waitUntil(lambda: members.box.toPlainText().count("\n") == 0)
    assert "request 17 finished" in members.box.toPlainText() and "1 of" in members.note.text()
    members.search.setText("nothing of that kind")
    qtbot.waitUntil(lambda: members.box.toPlainText() == "")
    members.search.clear()
    members.show_member("answers.toml")
    assert members.box.toPlainText().startswith("[target]")


def test_long_ones_are_cut(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["long"]())
    assert "Older entries that are not shown" in texts(page)
    members = page.past.story.members
    assert members is not None
    members.show_members({"big.log": "line\n" * MOST})
    assert len(members.box.toPlainText()) <= MOST and not members.note.isHidden()
    members.search.setText("line")
    qtbot.waitUntil(lambda: "only its last part is searched" in members.note.text())
    members.search.setText("")
    for end in ("", "\n"):  # one line, as a program without line ends writes it
        members.show_members({"big.log": "x" * (2 * MOST) + end})
        assert len(members.box.toPlainText()) == MOST and not members.note.isHidden()


def test_a_cited_line_is_shown_in_the_report_s_own_text(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["read"]())
    probe: Probe = page.kept  # type: ignore[attr-defined]
    members = page.past.story.members
    assert members is not None and members.list.list.currentData() != states.JOB
    way, _ = [b for b in page.past.story.findChildren(QPushButton) if b.text() == "Show the line below"]
    assert probe.press(way) == []
    assert members.list.list.currentData() == states.JOB and members.box.hasFocus()
    assert members.box.textCursor().selectedText() == states.BIND
    page_area = page.area.viewport()
    qtbot.waitUntil(
        lambda: page_area.rect().contains(members.box.mapTo(page_area, members.box.rect().center()))
    )


def test_a_cited_line_is_found_in_a_long_text_or_said_to_be_missing(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["read"]())
    members = page.past.story.members
    assert members is not None
    text = "first\n" + "line\n" * 20 + "\x1b[31mthe \x1b[0mone\n" + "line\n" * (2 * MOST // 5)
    members.show_members({"big.log": text})
    members.search.setText("first")
    members.show_line("big.log", ("never said", "api | the one"))
    assert "one" in members.box.textCursor().selectedText() and not members.search.text()
    assert "part around the line" in members.note.text() and len(members.box.toPlainText()) <= MOST
    first, other = "2026-11-24T08:00:01.000000000Z one\n", "2026-11-24T09:00:01.000000000Z one\n"
    members.show_members({"api.log": first + other})
    at = datetime(2026, 11, 24, 8, 0, 5, tzinfo=UTC).timestamp()
    members.show_line("api.log", ("one",), Times(at - 60, at))
    assert members.box.textCursor().selectedText() == first.strip() and members.note.isHidden()
    members.show_line("api.log", ("one",), Times(at - 1860, at - 1800))
    assert members.box.textCursor().selectedText() == other.strip()
    assert members.note.text().startswith("This file has no such line from the time of that run.")
    members.show_line("api.log", ("never said",))
    assert members.note.text() == "That line is not in this file."


def test_copy_gives_what_is_in_view(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["read"]())
    probe: Probe = page.kept  # type: ignore[attr-defined]
    members = page.past.story.members
    assert members is not None
    asked = probe.press(members.copy)
    assert asked == [i.CopyText(members.box.toPlainText())]


def test_what_a_refused_file_is_about(qtbot: QtBot) -> None:
    page = shown(qtbot, states.STATES["refused"]())
    assert page.past.cause.isVisible() and not page.past.story.isVisible()
    assert len(page.past.cause.ways) == 1


def test_the_install_page_offers_both_after_a_failure(qtbot: QtBot, tmp_path: Path) -> None:
    probe = Probe(qtbot, failed(Code.START_FAILED, *STARTING, exit_code="1"))
    page = probe.page
    assert isinstance(page, InstallPage) and page.save.isVisible()
    page.save._choose = lambda: tmp_path / "a.zip"
    assert probe.click(page.save.save) == [i.SaveReport(tmp_path / "a.zip")]
    assert probe.click(page.save.past) == [i.ShowHistory()]
    busy = replace(probe.view.state, support=Support(saving="busy", saved="a.zip"))
    probe.show(busy)
    assert not page.save.save.isVisible()
    assert probe.click(page.save.stop) == [i.SaveReport(None)]
