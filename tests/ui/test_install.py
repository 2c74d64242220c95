"""Install: what is true of each moment, what its controls ask for, and that it is cheap."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.core.errors import Code
from installer.core.events import Line, StepStarted
from installer.texts import LANGUAGES, Texts
from installer.views.progress import Progress, StepRow
from installer.views.wizard import PageId, WizardState, choose
from installer.views.wizard.causes import remedies
from tests.ui.page_probe import Probe
from tests.ui.states.install import LOG, LOOKED, MANY_LINES, PULLING, START, STATES, failed, running
from ui.background.chunked_work import Turns
from ui.intents import (
    Back,
    BackToChecks,
    ContinueAnyway,
    CopyText,
    DismissUndo,
    FollowOtherRun,
    GoToPage,
    Intent,
    Retry,
    ReviewRepair,
    ShowUndo,
    Stop,
    Undo,
    WaitLonger,
)
from ui.widgets.log_box import LogBox, overlap
from ui.wizard.install.page import InstallPage
from ui.wizard.install.words import sentence_key

SECONDS_PER_SHOW = 0.02  # measured: under 1 ms; a busy machine must not fail the test


def page_of(probe: Probe) -> InstallPage:
    """With all of its rows."""
    page = cast(InstallPage, probe.page)
    while any(turns.busy for turns in page.findChildren(Turns)):
        QApplication.processEvents()
    return page


@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing_and_keeps_the_widgets(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    before = probe.shell.findChildren(QPushButton)
    probe.show(probe.view.state)
    assert probe.shell.findChildren(QPushButton) == before
    assert probe.asked == [] and probe.edited == []


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("beginning", "stay"),
        ("upload", "stay"),
        ("size-unknown", "alone"),
        ("pull", "alone"),
        ("pull-admin", "alone_admin"),
        ("pull-local", "alone_local"),
        ("ready", "alone"),
        ("admin", "stay"),
        ("attach", "attach"),
        ("registry-login", "stay"),
        ("pull-failed", "failed"),
        ("lost", "lost_alone"),
        ("lost-early", "lost"),
    ],
)
def test_only_what_is_true_is_said_about_closing(qtbot: QtBot, name: str, key: str) -> None:
    state = STATES[name]()
    assert sentence_key(state) == f"install.{key}"
    assert Probe(qtbot, state).page.sentence.text() == Texts("en").ui(f"install.{key}")


@pytest.mark.parametrize(
    ("steps", "kind", "key"),
    [
        (("pull", "ready", "certificate", "https"), "ssh", "alone_https"),
        (("certificate", "https"), "ssh", "alone_https"),
        (("certificate", "https"), "local", "alone_local_https"),
        (("webserver",), "ssh", "alone"),
        (("webserver_off",), "ssh", "alone"),
        (("renewal",), "ssh", "stay"),
    ],
)
def test_what_is_left_for_https_is_said(
    steps: tuple[str, ...], kind: Literal["ssh", "local"], key: str
) -> None:
    """A certificate is got without this program; switching HTTPS on is not."""
    base = STATES["pull"]()
    progress = Progress.planned(list(steps)).take(StepStarted(step=steps[0], at=START))
    answers = replace(base.answers, target=replace(base.answers.target, kind=kind))
    state = replace(base, install=replace(base.install, progress=progress), answers=answers)
    assert sentence_key(state) == f"install.{key}"
    for language in LANGUAGES:
        assert Texts(language).ui(f"install.{key}")


def test_nobody_knows_whether_it_goes_on_after_a_cancel_that_was_not_heard() -> None:
    assert sentence_key(STATES["unanswered"]()) == ""


def test_the_download(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    page_of(probe)._clock = lambda: START + 132.0
    probe.show(STATES["pull"]())
    card = page_of(probe).progress
    assert card.name.text() == "Download the images"
    assert card.bar.accessibleName() == card.whole.text() == "Whole installation"
    assert card.bar.accessibleDescription() == f"Download the images · {card.amount.text()}"
    assert card.percent.text() == "29 %"
    assert card.amount.text() == "2.31 of 4.07 GB · 19 MB/s · 1 min 32 s left"
    assert (card.bar.maximum(), card.bar.value()) == (1000, 292)
    page_of(probe)._clock = lambda: START + 130.0
    probe.show(STATES["size-unknown"]())
    assert card.amount.text().startswith("the size is not known yet · for 2 min")
    page_of(probe)._clock = lambda: START + 150.0
    probe.show(STATES["pull"]())
    assert card.amount.text() == "2.31 of 4.07 GB"  # nothing came for a while
    probe.show(STATES["ready"]())
    assert card.bar.maximum() == 1000 and card.amount.text() == "9 of 17 services"


def test_every_row_shows_its_state(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["databases"]())
    lines = page_of(probe).steps.lines
    assert lines["databases"].title.text() == "Start the databases · waiting for db_postgres"
    assert lines["databases"].title.accessibleName() == "Start the databases: under way"
    assert lines["pull"].time.text() == "1 min 45 s" and lines["start"].time.text() == ""
    pull = lines["pull"]
    probe.show(STATES["start"]())
    assert page_of(probe).steps.lines["pull"] is pull
    assert lines["databases"].title.accessibleName() == "Start the databases: done"
    assert lines["databases"].title.text() == "Start the databases"
    for name, word in (("start-failed", "failed"), ("cancelled", "stopped"), ("lost", "not known")):
        probe.show(STATES[name]())
        names = [line.title.accessibleName() for line in page_of(probe).steps.lines.values()]
        assert sum(n.endswith(f": {word}") for n in names) == 1, names


def test_seconds_go_on_without_events(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    page = page_of(probe)
    page._clock = lambda: START + 200.0
    assert page._timer.isActive()
    page._timer.timeout.emit()
    assert page.steps.lines["pull"].time.text() == "3 min 15 s"
    probe.show(STATES["cancelled"]())
    assert not page._timer.isActive()


def test_the_timer_rests_while_hidden(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    probe.shell.hide()
    assert not page_of(probe)._timer.isActive()
    probe.shell.show()
    assert page_of(probe)._timer.isActive()


# ------------------------------------------------------------------------- cancel


def test_cancel_by_mouse_key_and_escape(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    cancel = probe.button("Cancel")
    assert probe.click(cancel) == [Stop()] == probe.press(cancel)
    probe.asked.clear()
    QTest.keyClick(probe.shell, Qt.Key.Key_Escape)
    assert probe.asked == [Stop()]
    assert not probe.shell.bar.primary_button.isVisible() and not probe.shell.bar.back_button.isVisible()


def test_enter_on_arrival_cancels_nothing(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    QTest.keyClick(probe.shell, Qt.Key.Key_Return)
    assert probe.asked == []


def test_stopping_and_going_on(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["cancelling"]())
    assert page_of(probe).progress.name.text() == "Stopping…"
    assert not probe.shell.bar.second_button.isVisible()
    probe.show(STATES["cancelled"]())
    assert "What had been done until then stays" in probe.said() and not page_of(probe).progress.isVisible()
    assert probe.click(probe.button("Go on")) == [Retry()]
    assert probe.press(probe.button("Back")) == [Back()]


# ------------------------------------------------------------------------ failure

_PASSWORD = GoToPage(PageId.SETTINGS, "secrets.admin_password")
_MIRROR = GoToPage(PageId.SETTINGS, "registry.mirror")
#: What leads back stands last.
_BACK = ("install.check_again", "install.undo")
_PORTS = GoToPage(PageId.SETTINGS, "ports.http")


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("pull-failed", [Retry(), Retry(), _MIRROR, BackToChecks(), ShowUndo()]),
        # the second one carries; a log-in asks for itself
        ("rate-limited", [Retry(), Retry(), _MIRROR, BackToChecks(), ShowUndo()]),
        ("registry-closed", [Retry(), Retry(), _MIRROR, BackToChecks(), ShowUndo()]),
        ("start-failed", [Retry(), _PORTS, BackToChecks(), ShowUndo()]),
        ("password-missing", [Retry(), _PASSWORD, ContinueAnyway()]),
        ("admin-failed", [Retry(), _PASSWORD, ContinueAnyway()]),
        ("not-ready", [WaitLonger(), Retry(), BackToChecks(), ShowUndo()]),
        ("locked", [FollowOtherRun(), Retry()]),
        ("rebooted", [Retry(), BackToChecks(), ShowUndo()]),
    ],
)
def test_a_failure_shows_its_ways_out(qtbot: QtBot, name: str, asks: list[Intent]) -> None:
    probe = Probe(qtbot, STATES[name]())
    ways = page_of(probe).cause.ways
    assert [intent for way in ways for intent in probe.click(way)] == asks
    assert [intent for way in ways for intent in probe.press(way)] == asks
    assert probe.press(probe.button("Back")) == [Back()]


def test_a_lost_line_is_no_failure_of_the_installation(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["lost"]())
    assert "The server goes on by itself" in probe.said() and page_of(probe).cause.ways == []
    assert probe.click(probe.button("Connect again")) == [Retry()]
    QTest.keyClick(probe.shell, Qt.Key.Key_Return)
    assert probe.asked == [Retry(), Retry()]


def test_trying_again_takes_the_failure_away(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["start-failed"]())
    probe.show(STATES["pull"]())
    assert not page_of(probe).cause.isVisible() and page_of(probe).progress.isVisible()


def test_before_anything_was_changed_there_is_nothing_to_undo(qtbot: QtBot) -> None:
    probe = Probe(qtbot, failed(Code.RELEASE_UNKNOWN, *LOOKED))
    ways = page_of(probe).cause.ways
    assert [intent for way in ways for intent in probe.click(way)] == [Retry(), BackToChecks()]


# --------------------------------------------------------------------------- undo


def test_a_cancelled_one_can_be_undone(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["cancelled"]())
    assert probe.click(page_of(probe).undo) == [ShowUndo()] == probe.press(page_of(probe).undo)


def test_what_a_cancel_waits_for_is_said_with_its_time(qtbot: QtBot) -> None:
    state = STATES["finishing"]()
    probe = Probe(qtbot, state)
    page_of(probe)._clock = lambda: (state.install.progress.finishing or 0.0) + 42.0
    probe.show(state)
    said = page_of(probe).progress.why.text()
    assert "the package manager is in the middle of it" in said and "Waiting for 42 s" in said
    assert not probe.shell.bar.second_button.isVisible()


def test_undo_keeps_data_unless_the_folder_is_typed(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["undo"]())
    card = page_of(probe).undoing
    assert card.go and card.keep and card.typed and card.images
    assert probe.shell.focusWidget() is card.keep
    assert probe.click(card.go) == [Undo()]
    QTest.keyClicks(card.typed.edit, "/opt")
    assert not card.go.isEnabled() and "Type /opt/dify" in card.typed.below.text()
    QTest.keyClicks(card.typed.edit, "/dify")
    card.images.click()
    assert probe.press(card.go) == [Undo(confirm="/opt/dify", images=True)]
    assert probe.press(card.keep) == [DismissUndo()]


def test_a_change_is_taken_back_without_typing(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["undo-change"]())
    card = page_of(probe).undoing
    assert card.typed is None and card.images is None and card.go
    assert "Dify's data is not touched" in probe.said()
    assert probe.click(card.go) == [Undo()]


def test_where_nothing_can_be_undone_there_is_nothing_to_press(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["undo-nothing"]())
    card = page_of(probe).undoing
    assert card.go is None and card.keep and probe.click(card.keep) == [DismissUndo()]


def test_the_end_of_an_undo_says_what_is_left(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["undone"]())
    said = probe.said()
    assert "Dify is gone from /opt/dify" in said and "/opt/dify/docker/volumes/db" in said
    assert probe.click(probe.button("Check again")) == [BackToChecks()]


def test_an_undo_that_goes_on_can_be_cancelled(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["undoing"]())
    assert not page_of(probe).undoing.isVisible() and page_of(probe).progress.isVisible()
    assert probe.click(probe.button("Cancel")) == [Stop()]


def test_followed_again_the_rows_have_the_jobs_own_times(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["re-attached"]())
    lines = page_of(probe).steps.lines
    assert lines["pull"].title.accessibleName() == "Download the images: done"
    assert lines["pull"].time.text() == "1 min 24 s"


# ---------------------------------------------------------------------------- log


def test_the_log_is_unfolded_and_copied(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["pull"]())
    page = page_of(probe)
    assert page.log.isHidden() and page.log.toPlainText() == ""
    assert probe.press(page.unfold) == []
    lines = [line.text for line in LOG]
    assert page.log.isVisible() and page.log.toPlainText().split("\n") == lines
    assert probe.click(page.copy) == [CopyText("\n".join(lines))]
    more = replace(
        probe.view.state,
        install=replace(
            probe.view.state.install,
            progress=probe.view.state.install.progress.take(Line(step="pull", text="new")),
        ),
    )
    probe.show(more)
    assert page.log.toPlainText().split("\n") == [*lines, "new"]
    probe.click(page.unfold)
    assert page.log.isHidden()


def test_unfolding_brings_the_log_into_view(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["many-lines"]())
    probe.shell.resize(960, 620)
    page = page_of(probe)
    qtbot.waitUntil(lambda: not any(turns.busy for turns in page.findChildren(Turns)))
    page.unfold.click()

    def seen() -> bool:
        bottom = page.log.mapTo(page.area.viewport(), page.log.rect().bottomLeft()).y()
        return page.log.isVisible() and bottom <= page.area.viewport().height()

    qtbot.waitUntil(seen)


def _box(qtbot: QtBot) -> LogBox:
    box = LogBox("log")
    qtbot.addWidget(box)
    box.resize(400, 200)
    box.show()
    return box


def _visible(box: LogBox) -> str:
    return box.firstVisibleBlock().text()


def test_the_log_follows_its_end_and_stays_where_one_reads(qtbot: QtBot) -> None:
    box, lines = _box(qtbot), tuple(f"line {n}" for n in range(600))
    box.show_lines(lines[:500])
    bar = box.verticalScrollBar()
    assert bar.value() == bar.maximum()
    box.show_lines(lines[7:507])
    assert bar.value() == bar.maximum() and box.toPlainText().split("\n") == list(lines[7:507])
    bar.setValue(200)
    reading = _visible(box)
    box.show_lines(lines[40:540])
    assert _visible(box) == reading and bar.value() < bar.maximum()
    assert box.blockCount() == 500 and box.toPlainText().split("\n") == list(lines[40:540])


def test_what_is_new_is_found_among_lines_that_repeat() -> None:
    assert overlap((), ("a",)) == 0 and overlap(("a", "b"), ("c",)) == 0
    assert overlap(("a", "b", "c"), ("b", "c", "d")) == 2
    assert overlap(("a", "a", "a"), ("a", "a", "a", "b")) == 3
    assert overlap(("a", "b"), ("a", "b")) == 2


# --------------------------------------------------------------------------- cost


def test_showing_is_cheap(qtbot: QtBot) -> None:
    state = running(*PULLING, *MANY_LINES)
    rows = (
        *state.install.progress.rows,
        *(StepRow(f"step{n}") for n in range(10 - len(state.install.progress.rows))),
    )
    state = replace(
        state, install=replace(state.install, progress=replace(state.install.progress, rows=rows))
    )
    probe = Probe(qtbot, state)
    page_of(probe).unfold.click()
    states = []
    for n in range(100):
        progress: Progress = state.install.progress.take(Line(step="pull", text=f"more {n}"))
        state = replace(state, install=replace(state.install, progress=progress))
        states.append(state)
    assert len(state.install.progress.rows) == 10 and len(state.install.progress.lines) == 500
    began = time.perf_counter()
    for state in states:
        probe.view.show_state(state)
    assert (time.perf_counter() - began) / len(states) < SECONDS_PER_SHOW


def test_no_secret_and_no_password_is_in_any_widget(qtbot: QtBot) -> None:
    state: WizardState = STATES["pull-admin"]()
    assert state.review.plan is not None
    probe = Probe(qtbot, state)
    page_of(probe).unfold.click()
    text = "\n".join(probe.everything())
    assert not [s for s in state.review.plan.situation.configuration.secrets if s.reveal() in text]


# ---------------------------------------------------------------- a cause that was found


def ways_of(page: InstallPage) -> list[str]:
    return [cast(QPushButton, way).text() for way in page.cause.ways]


def test_the_cause_is_said_with_its_lines_and_both_codes(qtbot: QtBot) -> None:
    page = page_of(Probe(qtbot, STATES["database-password"]()))
    said = page.ui.texts.failure("ENV-02")
    assert page.cause.accessibleName() == f"{said.what} {said.why} {said.do}"
    assert any("ENV-02" in label.text() for label in page.cause.findChildren(QLabel))
    proof = page.cause.proof
    assert proof is not None and page.cause.also is None
    lines = STATES["database-password"]().work.failure.error.known_failures[0].lines  # type: ignore[union-attr]
    assert proof.box.toPlainText().splitlines()[0] == lines[0]
    assert len(proof.box.toPlainText().splitlines()) == 3 and proof.more.isVisible()
    QTest.mouseClick(proof.more, Qt.MouseButton.LeftButton)
    assert tuple(proof.box.toPlainText().splitlines()) == lines
    assert ways_of(page) == [page.ui.t(key) for key in ("common.try_again", *_BACK)]


def test_lines_are_copied_whole(qtbot: QtBot) -> None:
    page = page_of(Probe(qtbot, STATES["database-password"]()))
    copy = next(
        b
        for b in page.cause.findChildren(QPushButton)
        if b.accessibleName() == page.ui.t("common.proof_copy")
    )
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().count("\n") == 3


def test_further_causes_are_folded(qtbot: QtBot) -> None:
    page = page_of(Probe(qtbot, STATES["two-causes"]()))
    also = page.cause.also
    assert also is not None and not also.inside.isVisible()
    QTest.mouseClick(also.unfold, Qt.MouseButton.LeftButton)
    assert also.inside.isVisible()
    shown = " ".join(label.text() for label in also.inside.findChildren(QLabel))
    assert "PG-06" in shown and "NGX-01" in shown


def test_the_best_way_out_comes_first_and_only_if_it_exists(qtbot: QtBot) -> None:
    state = STATES["out-of-memory"]()
    probe = Probe(qtbot, state)
    title, again, *_back = ways_of(page_of(probe))
    assert title.startswith(probe.view.ui.texts.repair("swap.add", {}).title)
    assert again == probe.view.ui.t("common.try_again")
    QTest.mouseClick(page_of(probe).cause.ways[0], Qt.MouseButton.LeftButton)
    assert probe.asked == [ReviewRepair("swap.add")]
    assert [w.id for w in remedies(state, state.work.failure.error)] == ["swap.add"]  # type: ignore[union-attr]
    plain = replace(state, rights="none")
    chosen = choose(state, "swap.add", wanted=True)
    for other in (plain, chosen, replace(state, checks=replace(state.checks, facts=None))):
        assert remedies(other, state.work.failure.error) == ()  # type: ignore[union-attr]


def test_a_port_that_is_taken_leads_to_its_answer(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["port-taken"]())
    page = page_of(probe)
    keys = ("install.change_ports", "common.try_again", *_BACK)
    assert ways_of(page) == [page.ui.t(key) for key in keys]
    QTest.mouseClick(page.cause.ways[0], Qt.MouseButton.LeftButton)
    assert probe.asked == [GoToPage(PageId.SETTINGS, "ports.http")]


@pytest.mark.parametrize(
    ("name", "heading", "ways"),
    [
        ("dns-missing", "Dify runs, but the certificate is not there yet", ["change_https"]),
        ("port-closed", "Dify runs, but the certificate is not there yet", ["change_https"]),
        (
            "renewal-failed",
            "Dify runs encrypted, but renewing the certificate does not work yet",
            ["change_https"],
        ),
        ("not-ready", "Dify is not ready yet", []),
    ],
)
def test_what_works_already_is_said(qtbot: QtBot, name: str, heading: str, ways: list[str]) -> None:
    page = page_of(Probe(qtbot, STATES[name]()))
    assert page.heading.text() == heading
    shown = ways_of(page)
    assert [page.ui.t(f"install.{way}") in shown for way in ways] == [True] * len(ways)
    if ways:
        assert "What is done stays as it is" in page.sentence.text()


def test_while_the_certificate_is_got_the_row_and_the_bar_say_so(qtbot: QtBot) -> None:
    for name, step in (("address", "address"), ("certificate", "certificate"), ("https", "https")):
        probe = Probe(qtbot, STATES[name]())
        assert probe.view.ui.texts.step(step) in probe.said()
