"""Logs, History and Overview on real Engines, through the real window: containers that are made anew, a line
that breaks or is slow, what a diagnosis cites, a whole log in a file."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from installer.logs.line import line_time
from installer.views.panel import PanelState, Section
from tests.lab import Lab
from tests.lab_faults.line import line_to
from tests.lab_ui.driver import Heartbeat
from tests.lab_ui.grid_lab import Panel, Stack, on_server, on_this_computer, ssh
from tests.lab_ui.test_grid import Open, panel  # noqa: F401  (fixture)
from ui.panel import intents as pi
from ui.panel.history.section import HistorySection
from ui.panel.logs.section import LogsSection
from ui.panel.overview.section import OverviewSection

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

NAMES = ("nginx", "api")
MANY = 25_000
LEFT = Qt.MouseButton.LeftButton
FAILED = "FATAL:  password authentication failed for user postgres"
#: Milliseconds that the window may be held up, on the reference machine.
HELD_MS = 100


def counting(word: str, pause: str = "0.2") -> str:
    """A script that writes ``word 0``, ``word 1``…"""
    return f"n=0; while :; do echo {word} $n; n=$((n+1)); sleep {pause}; done"


@pytest.fixture(params=["server", pytest.param("this computer", marks=pytest.mark.slow)])
def stack(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Iterator[Stack]:
    """An installation there, whose API counts."""
    with ExitStack() as ends:
        if request.param == "server":
            made = ends.enter_context(on_server(lab, "panel-logs", NAMES))
        else:
            made = ends.enter_context(on_this_computer(lab, tmp_path, NAMES))
        made.docker("rm -f api")
        made.make("api", counting("first"))
        yield made


def logs_of(shown: Panel) -> LogsSection:
    section = shown.section_of("logs")
    assert isinstance(section, LogsSection)
    shown.until(lambda: section.model.total > 2)
    return section


def texts(section: LogsSection) -> list[str]:
    """Every line that is there; marks in brackets."""
    buffer = section.model.buffer
    lines = [buffer.line(n) for n in range(buffer.store.first, buffer.store.end)]
    return [f"<{x.text.decode()}>" if x.mark else x.text.decode() for x in lines]


def numbers(found: list[str], word: str) -> list[int]:
    return [int(text.split()[1]) for text in found if text.startswith(f"{word} ")]


def no_dialog(shown: Panel) -> None:
    """Nothing but the window is there."""
    others = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w is not shown.shell]
    assert not others and not [d for d in shown.shell.findChildren(QDialog) if d.isVisible()]
    assert shown.shell.isVisible()


@pytest.mark.slow
def test_a_container_that_is_made_anew_keeps_its_story(stack: Stack, panel: Open) -> None:  # noqa: F811
    shown = panel(stack.host(), stack)
    section = logs_of(shown)
    shown.until(lambda: len(numbers(texts(section), "first")) > 5)
    stack.docker("rm -f api")
    kept = numbers(texts(section), "first")
    stack.make("api", counting("second"))
    stack.docker("rm -f nginx")
    stack.make("nginx", counting("door"))
    shown.until(lambda: len(numbers(texts(section), "second")) > 5 and numbers(texts(section), "door"))
    found = texts(section)
    firsts, seconds = numbers(found, "first"), numbers(found, "second")
    assert firsts == list(range(len(firsts))) and len(firsts) >= len(kept)
    assert seconds == list(range(len(seconds)))
    assert found.index(f"first {firsts[-1]}") < found.index("<recreated api>") < found.index("second 0")
    shown.until(lambda: section.model.total >= len(found))
    assert section.model.data(section.model.index(found.index("<recreated api>"), 0)) == (
        "The container of api was made anew"
    )
    buffer = section.model.buffer
    lines = [line for n in range(buffer.store.end) if not (line := buffer.line(n)).mark]
    for name in NAMES:
        own = [line.at for line in lines if line.service == name]
        assert own == sorted(own)
    # what a new container wrote before anybody noticed it comes after what others wrote meanwhile
    times = [at for line in lines if (at := line_time(line.at))]
    assert max(before - after for before, after in pairwise(times)).total_seconds() < 2, "merged by time"


@pytest.mark.slow
def test_from_a_failed_run_to_its_line_and_all_of_it_into_a_file(
    stack: Stack,
    panel: Open,  # noqa: F811
    tmp_path: Path,
) -> None:
    stack.docker("rm -f api")
    # more than is read at first: the line is looked for further back
    count = f"n=0; while [ $n -lt {MANY} ]; do echo later $n; n=$((n+1)); done; sleep 999"
    stack.make("api", f'echo "{FAILED}"; {count}')
    finding = {"code": "ENV-02", "service": "api", "lines": [f"api-1  | {FAILED}"]}
    failed = {"what": "failed", "code": "ready.service_failed", "findings": [finding]}
    run = [
        {"at": time.time() - 90_000, "what": "start"},
        {**failed, "at": time.time() - 89_000},
        {"at": time.time() - 9, "what": "restart"},
        {**failed, "at": time.time()},
    ]
    journal = "".join(f"{json.dumps(entry)}\n" for entry in run)
    stack.write(f"{stack.answers.state_folder}/journal.jsonl", journal)
    while not stack.docker("logs --tail 1 api").endswith(f" {MANY - 1}"):
        time.sleep(0.5)

    shown = panel(stack.host(), stack)
    overview = shown.section_of("overview")
    assert isinstance(overview, OverviewSection)
    shown.until(lambda: overview.general.whole)
    shown.until(lambda: "refuses the password" in overview.general.problems.text.text())
    history = shown.section_of("history")
    assert isinstance(history, HistorySection)
    shown.until(
        lambda: shown.controller.state.support.phase == "shown" and not history.past.story._turns.busy
    )
    newest, yesterday = [b for b in history.findChildren(QPushButton) if b.text() == "Show it in the log"]
    QTest.mouseClick(newest, LEFT)
    section = shown.view.current
    assert isinstance(section, LogsSection)
    shown.until(lambda: section.list.selected_text().endswith(FAILED), 60)
    assert section.model.total > MANY and shown.controller.state.seeking.phase == ""

    section.list.clearSelection()
    shown.section_of("history")
    QTest.mouseClick(yesterday, LEFT)
    shown.until(lambda: shown.controller.state.seeking.phase == "other_time")
    assert "has no such line from the time of the run" in section.seeking.text.text()
    QTest.mouseClick(section.seeking.way, LEFT)
    shown.until(lambda: section.list.selected_text().endswith(FAILED))
    assert section.seeking.isHidden()

    path = tmp_path / "api.log.gz"
    section.saving._choose = lambda: path
    QTest.mouseClick(section.save, LEFT)
    QTest.mouseClick(section.saving.place, LEFT)
    shown.until(lambda: shown.controller.state.log_saving.phase == "saved", 60)
    saved = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert saved[0].endswith(FAILED)
    counted = [int(m[1]) for line in saved if (m := re.search(r"later (\d+)$", line))]
    assert counted == list(range(MANY))


@pytest.mark.slow
def test_the_search_for_a_line_over_a_slow_connection_is_stopped(
    lab: Lab,
    panel: Open,  # noqa: F811
) -> None:
    with on_server(lab, "panel-seek", NAMES) as stack:
        assert stack.server is not None
        stack.docker("rm -f api")
        stack.make("api", f"n=0; while [ $n -lt {MANY} ]; do echo later $n; n=$((n+1)); done; sleep 999")
        while not stack.docker("logs --tail 1 api").endswith(f" {MANY - 1}"):
            time.sleep(0.5)
        with line_to(stack.server) as line:
            shown = panel(ssh(lab, stack.key, "127.0.0.1", line.port), stack)

            def state() -> PanelState:
                return shown.controller.state

            shown.controller.ask(pi.ShowSection("logs", "api"))
            shown.until(lambda: state().log.phase == "live" and state().log.cut)
            section = shown.view.current
            assert isinstance(section, LogsSection)
            line.switch.set({"bps": 100_000})
            shown.controller.ask(pi.ShowLogLine("api", ("never said",)))
            shown.until(lambda: state().seeking.read > 0, 60)
            card, before = section.seeking, section.model.total
            assert card.stop.isVisible() and "Lines read so far: " in card.text.text()
            card.stop.setFocus()
            began = time.monotonic()
            QTest.keyClick(card.stop, Qt.Key.Key_Space)
            shown.until(lambda: state().seeking.phase == "stopped")
            assert time.monotonic() - began < 1 and not state().log.older
            assert section.model.total >= before and card.way.hasFocus()
            no_dialog(shown)
            line.switch.set({})
            QTest.keyClick(card.way, Qt.Key.Key_Space)
            shown.until(lambda: state().seeking.phase == "missing", 60)
            assert not state().log.cut and section.model.total >= MANY


def test_a_cut_line_is_grey_at_once_and_back_by_itself(
    lab: Lab,
    panel: Open,  # noqa: F811
) -> None:
    with on_server(lab, "panel-cut", NAMES) as stack:
        assert stack.server is not None
        stack.docker("rm -f api")
        stack.make("api", counting("line", "0.05"))
        with line_to(stack.server) as line:
            shown = panel(ssh(lab, stack.key, "127.0.0.1", line.port), stack)
            section = logs_of(shown)
            for _ in range(2):
                line.switch.set({"cut": True, "refuse": True})
                began = time.monotonic()
                shown.until(lambda: shown.controller.state.lost)
                assert time.monotonic() - began < 3
                assert section.notices.lost.isVisible() and section.broken.isVisible()
                for _ in range(20):
                    shown.run(0.1)
                    no_dialog(shown)
                line.switch.set({})
                shown.until(lambda: shown.controller.state.lost is None, 40)
                wanted = max(numbers(texts(section), "line")) + 20
                shown.until(lambda: wanted in numbers(texts(section), "line"))  # noqa: B023  (asked at once)
                found = numbers(texts(section), "line")
                assert found == list(range(found[0], found[-1] + 1)), "nothing lost, nothing twice"
            overview = shown.section_of("overview")
            assert isinstance(overview, OverviewSection)
            shown.until(
                lambda: shown.controller.state.overview.condition and overview.general.disk.words.text.text()
            )
            line.switch.set({"cut": True, "refuse": True})
            shown.until(lambda: shown.controller.state.lost)
            assert overview.notices.lost.isVisible()
            assert overview.general.disk.words.text.property("kind") == "second"
            no_dialog(shown)
            line.switch.set({})
            shown.until(lambda: shown.controller.state.lost is None, 40)
            assert overview.notices.lost.isHidden()


@pytest.mark.slow
def test_a_slow_line_never_holds_the_window_up(
    lab: Lab,
    panel: Open,  # noqa: F811
) -> None:
    with on_server(lab, "panel-slow", NAMES) as stack:
        assert stack.server is not None
        stack.docker("rm -f api")
        stack.make("api", counting("line", "0.01"))
        with line_to(stack.server) as line:
            shown = panel(ssh(lab, stack.key, "127.0.0.1", line.port), stack)
            logs_of(shown)
            shown.run(1)
            line.switch.set({"rtt_ms": 800, "bps": 20_000})
            beat = Heartbeat()
            sections: tuple[Section, ...] = ("containers", "logs", "overview", "history", "server", "logs")
            for name in sections:
                shown.section_of(name)
                shown.run(3)
            gaps = beat.stop()
            no_dialog(shown)
            line.switch.set({"stall": True})
            shown.until(lambda: shown.controller.state.lost, 60)
            no_dialog(shown)
            assert not [gap for gap in gaps if gap[0] > HELD_MS * beat.slowness], (gaps, beat.seen)
