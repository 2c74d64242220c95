"""Overview beside the containers: what is looked at now and then, by whoever uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from installer.core.errors import Code, InstallError
from installer.operations.overview import Overview
from installer.release.updates import Newest
from installer.views.panel import PanelState
from tests.ui.states import general
from tests.ui.states import panel as states
from tests.ui.test_panel_controller import Bench, _quick, make  # noqa: F401  (fixtures)
from ui import intents as i
from ui.panel import intents as pi
from ui.panel import work
from ui.panel.overview import controller as module
from ui.panel.overview.section import OverviewSection

LEFT = Qt.MouseButton.LeftButton
NOTES = general.NOTES


class Shown:
    """The section, and what was asked for there."""

    def __init__(self, bot: QtBot) -> None:
        self.window = states.panel_window(states.running(), "en", "light")
        bot.addWidget(self.window)
        self.view = self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        self.window.show()

    def show(self, state: PanelState) -> OverviewSection:
        self.view.show_state(replace(state, section="overview"))
        shown = self.view.current
        assert isinstance(shown, OverviewSection)
        return shown

    def state(self, name: str) -> OverviewSection:
        return self.show(states.STATES["overview"][name].make())


@pytest.fixture
def page(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_all_is_well(page: Shown) -> None:
    shown = page.state("running")
    rows = shown.general
    assert rows.version.text.text() == "1.16.1, the newest"
    assert rows.certificate.mark == "61 days left"
    assert rows.account.text.text() == "Created" and rows.create.isHidden()
    assert rows.disk.words.text.text() == "48.2 GB of 84.0 GB free" and not rows.disk.words.mark
    assert rows.images_row.isHidden() and rows.history.isHidden() and shown.holes is None
    assert shown.general.seen.text.text().startswith("Looked at ")


def test_what_was_seen_before_a_line_broke_is_grey(page: Shown) -> None:
    rows = page.state("running").general
    pill = rows.certificate.pill
    assert pill is not None and pill.property("tone") == "ok"
    page.state("lost")
    assert rows.certificate.mark == "61 days left" and pill.property("tone") == "neutral"
    assert rows.disk.words.text.property("kind") == "second"
    page.state("running")
    assert pill.property("tone") == "ok" and not rows.disk.words.text.property("kind")


def test_failed_runs_of_before_a_line_broke_are_grey_too(page: Shown) -> None:
    rows = page.state("problems").general
    text = rows.problems.text.text()
    assert not rows.problems.text.property("kind")
    page.state("problems-lost")
    assert rows.problems.text.text() == text and rows.problems.text.property("kind") == "second"
    assert rows.history.isVisible() and rows.history.isEnabled()
    page.state("problems")
    assert not rows.problems.text.property("kind")


def test_what_can_be_done(page: Shown) -> None:
    shown = page.state("update")
    rows = shown.general
    assert rows.version.mark == "1.17.0 is available"
    for button in (rows.notes, rows.show_certificate, rows.change, shown.general.seen.again):
        QTest.mouseClick(button, LEFT)
    assert page.asked == [
        i.OpenUrl(NOTES),
        pi.ShowSection("certificate"),
        pi.ChangeSettings(),
        pi.RefreshOverview(),
    ]
    page.asked.clear()
    QTest.mouseClick(page.state("problems").general.history, LEFT)
    QTest.mouseClick(page.state("short").general.create, LEFT)
    assert page.asked == [pi.ShowSection("history"), i.OpenUrl("https://dify.example.jp/install")]


def test_little_is_left(page: Shown) -> None:
    rows = page.state("short").general
    words = [line.words.mark for line in (rows.disk, rows.images, rows.memory)]
    assert words == ["Little left", "Almost full", "Little left"]
    assert rows.certificate.mark == "12 days left"
    assert "becomes the administrator" in rows.account.text.text()


def test_failed_runs_are_told_with_their_cause(page: Shown) -> None:
    text = page.state("problems").general.problems.text.text()
    assert "does not stay up: api" in text and "The disk is full." in text
    assert (
        page.state("mended")
        .general.problems.text.text()
        .endswith("(went well later): A part of Dify does not stay up: api")
    )


def test_a_release_with_holes(page: Shown) -> None:
    holes = page.state("holes-many").holes
    assert holes is not None
    assert holes.what.text() == "Dify 1.1.1 can be taken over from outside"
    assert "1.14.2 or newer" in holes.do.text() and holes._list.count() == 2
    QTest.mouseClick(holes.more, LEFT)
    assert holes._list.count() == 5 and holes.more.text() == "Show &less"
    link = next(b for b in holes.findChildren(type(holes.more)) if b.text().startswith("CVE-2026-28288"))
    assert link.accessibleName() == "Read more about CVE-2026-28288"
    QTest.mouseClick(link, LEFT)
    assert isinstance(page.asked[0], i.OpenUrl) and "cve-2026-28288" in page.asked[0].url
    QTest.mouseClick(holes.more, LEFT)
    assert holes._list.count() == 2
    page.state("running")
    assert holes.isHidden()


def test_nothing_is_claimed_that_is_not_known(page: Shown) -> None:
    rows = page.state("general-looking").general
    assert {rows.account.text.text(), rows.disk.words.text.text(), rows.problems.text.text()} == {"Looking…"}
    assert rows.disk.meter.isHidden()
    shown = page.state("general-failed")
    assert shown.general.disk.words.text.text() == "Not known"
    assert shown.general.certificate.text.text() == "Not known"
    assert "connection" in shown.general.seen.text.text()
    assert "cannot be had" in shown.general.version.text.text()
    shown = page.state("general-old")
    assert shown.general.disk.words.text.text() == "48.2 GB of 84.0 GB free"
    assert shown.general.seen.text.text().startswith("Last seen at ")


# ---------------------------------------------------------------- looking


def test_it_looks_when_it_comes_into_view_and_not_again_at_once(make: Callable[..., Bench]) -> None:  # noqa: F811
    bench = make()
    bench.begin()
    bench.until(lambda: bench.state.overview.condition)
    assert bench.state.overview.condition is not None and bench.state.overview.condition.disk is not None
    bench.until(lambda: bench.state.https.now)
    error = bench.state.overview.list_error
    bench.until(lambda: bench.state.overview.list_error)
    assert error is None or error.code is Code.RELEASE_LIST_FAILED
    for section in ("server", "overview", "history", "overview"):
        bench.controller.ask(pi.ShowSection(section))
    assert bench.host.conditions == 1
    bench.controller.ask(pi.RefreshOverview())
    bench.until(lambda: bench.host.conditions == 2)


def test_nobody_is_asked_for_what_nobody_sees(
    make: Callable[..., Bench],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "table", lambda _name: {"look": {"seconds": 0.05}, "updates": {"hours": 6}})
    bench = make()
    bench.begin()
    bench.until(lambda: bench.host.conditions >= 3)
    bench.controller.show_window(False)
    bench.until(lambda: not bench.state.overview.busy)
    before = bench.host.conditions
    bench.bot.wait(200)
    assert bench.host.conditions == before
    bench.controller.show_window(True)
    bench.until(lambda: bench.host.conditions > before)


def test_what_was_seen_stays_while_the_line_is_broken(make: Callable[..., Bench]) -> None:  # noqa: F811
    bench = make()
    bench.begin()
    bench.until(lambda: bench.state.overview.condition)
    bench.until(lambda: not bench.state.overview.busy)
    bench.host.break_line()
    bench.controller.ask(pi.RefreshOverview())
    bench.until(lambda: bench.state.overview.error or bench.state.lost)
    assert bench.state.overview.condition is not None
    looks = bench.host.conditions
    bench.until(lambda: bench.state.lost)
    bench.controller.ask(pi.RefreshOverview())  # held until the line is back
    bench.host.broken = None
    bench.until(lambda: bench.host.conditions > looks)
    bench.until(lambda: bench.state.overview.error is None and not bench.state.overview.busy)


def test_a_newer_release_is_found(
    make: Callable[..., Bench],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    newest = Newest("1.17.0", NOTES, time.time())
    monkeypatch.setattr(work, "newest_release", lambda *_: lambda *_given: newest)
    bench = make()
    bench.begin()
    bench.until(lambda: bench.state.overview.newest == newest)


def test_the_error_of_a_look_is_told(page: Shown) -> None:
    error = InstallError(Code.HOST_TIMEOUT, {"seconds": "15"})
    shown = page.show(states.running(overview=Overview(error=error)))
    assert shown.general.memory.words.text.text() == "Not known"
    assert shown.general.seen.text.text().startswith("The server could not be checked: ")
