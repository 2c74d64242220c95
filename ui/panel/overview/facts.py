"""The rows of Overview about the machine: what is looked at now and then (``overview.controller``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QWidget

from installer.core.formatting import moment_or_time
from installer.operations.overview import (
    FailedRun,
    Overview,
    Room,
    Tone,
    certificate_word,
    disk_tone,
    memory_tone,
)
from installer.release.updates import is_newer
from installer.views.panel import PanelState, may_change
from ui.background.chunked_work import Turns
from ui.intents import CopyText, Intent, OpenUrl
from ui.panel.intents import ChangeSettings, RefreshOverview, ShowSection
from ui.style.context import Ui
from ui.widgets.basics import RowCard, button, column, hint, icon_button, label, row, set_kind
from ui.widgets.meter import Meter
from ui.widgets.pill import ICONS, Pill
from ui.widgets.secret_line import SecretLine
from ui.widgets.tab_order import tab_as_read

Ask = Callable[[Intent], None]


def fact(name: str, value: QWidget, *more: QWidget) -> QLayout:
    """A line of a card: what it is in the second colour, the value, buttons on the right."""
    caption = label(name, "second", wrap=True)
    caption.setFixedWidth(130)
    line = row(caption, space=8)
    line.addWidget(value, 1)
    for widget in more:
        line.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    return line


class MarkedLine(QWidget):
    """Words with a pill after them, or without."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.text = label(wrap=True)
        self._grey = False
        #: Made when there is something to mark.
        self.pill: Pill | None = None
        self._line = row(space=10)
        self._line.addWidget(self.text, 1)
        self.setLayout(self._line)

    def show_words(self, text: str, tone: Tone = "neutral", mark: str = "", icon: str = "") -> None:
        """*mark*: the pill's word, in *tone*; *icon* instead of the tone's own."""
        if self._grey:
            tone, icon = "neutral", icon or ICONS[tone]
        self.text.setText(text)
        if self.pill is not None:
            self.pill.setVisible(bool(mark))
        if not mark:
            return
        if self.pill is None:
            self.pill = Pill(self._ui, tone, mark, icon=icon)
            self._line.addWidget(self.pill)
            self.pill.show()
        self.pill.show_verdict(tone, mark, icon or ICONS[tone])

    def show_grey(self, grey: bool) -> None:
        """Whether what is shown next is of before."""
        if grey != self._grey:
            self._grey = grey
            set_kind(self.text, "second" if grey else "")

    @property
    def mark(self) -> str:
        """The pill's word, if it is shown."""
        return self.pill.word.text() if self.pill is not None and not self.pill.isHidden() else ""


class RoomLine(QWidget):
    """How much is free: words, a pill where it is little, a bar."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.words = MarkedLine(ui)
        self._grey = False
        self.meter = Meter(ui)
        line = row(space=12)
        line.addWidget(self.words, 1)
        line.addWidget(self.meter)
        self.setLayout(line)

    def show_grey(self, grey: bool) -> None:
        """Whether what is shown next is of before."""
        self._grey = grey
        self.words.show_grey(grey)

    def show_room(self, room: Room | None, tone: Tone, instead: str) -> None:
        """Show *room*, or *instead*."""
        self.meter.setVisible(room is not None)
        if room is None:
            self.words.show_words(instead)
            return
        ui = self._ui
        self.meter.show_part(room.used, "neutral" if self._grey else tone)
        mark = {"warning": ui.t("overview.room_low"), "stop": ui.t("overview.room_out")}.get(tone, "")
        text = ui.t("overview.room", free=ui.size(room.free), size=ui.size(room.size))
        self.words.show_words(text, tone, mark)


class GeneralRows:
    """Adds its rows to *card* and shows a state on them."""

    def __init__(self, ui: Ui, card: RowCard, ask: Ask) -> None:
        self._ui, self._card, self._ask = ui, card, ask
        self._notes_url = self._url = ""
        self._shown: tuple[PanelState, float] | None = None
        self.version = MarkedLine(ui)
        self.notes = button(ui.t("overview.update_notes"), lambda: ask(OpenUrl(self._notes_url)))
        self.version_row = self._row("version", self.version, self.notes)
        self.whole = False
        #: Under the card, made last: what is made in the order in which it is read is reached so by Tab.
        self.under = column()
        self._turns = Turns(card, after=self._made)

    def begin(self) -> None:
        """Make the other rows, in further turns where this one is over."""
        self._turns.begin(self._make())

    def _make(self) -> Iterator[object]:
        ui, ask = self._ui, self._ask
        self.certificate = MarkedLine(ui)
        self.show_certificate = button(
            ui.t("overview.certificate_show"), lambda: ask(ShowSection("certificate"))
        )
        self._row("certificate", self.certificate, self.show_certificate)
        yield None
        self.account = MarkedLine(ui)
        self.create = button(ui.t("overview.account_create"), self._create, "outline")
        self._row("account", self.account, self.create)
        words = ui.t("overview.guard_show"), ui.t("overview.guard_hide"), ui.t("overview.guard_copy")
        name = ui.t("done.password_name")
        self.guard = SecretLine(ui, name, words, lambda text: ask(CopyText(text, secret=True)))
        self.guard_row = self._row("guard", self.guard)
        yield None
        self.disk, self.images, self.memory = RoomLine(ui), RoomLine(ui), RoomLine(ui)
        self._row("disk", self.disk)
        self.images_row = self._row("images", self.images)
        self._row("memory", self.memory)
        yield None
        self.problems = MarkedLine(ui)
        self.history = button(ui.t("overview.problem_more"), lambda: ask(ShowSection("history")))
        self._row("problems", self.problems, self.history)
        self.place, self.folder = label(wrap=True), label(wrap=True)
        self._row("place", self.place)
        self._row("folder", self.folder)
        self.change = button(ui.t("overview.change"), lambda: ask(ChangeSettings()))
        about = label(ui.t("overview.change_about"), "second", wrap=True)
        self.change_row = self._row("settings", about, self.change)
        self.seen = SeenLine(ui, ask)
        self.under.addWidget(self.seen)
        self.whole = True

    def _made(self) -> None:
        if self.whole and self._shown is not None:
            self.show_state(*self._shown)
            tab_as_read(self._card.window())

    def _row(self, name: str, value: QWidget, *more: QWidget) -> QWidget:
        return self._card.add_row(fact(self._ui.t(f"overview.{name}"), value, *more))

    def _create(self) -> None:
        self._ask(OpenUrl(f"{self._url}/install"))

    # ------------------------------------------------------------------- show

    def show_state(self, state: PanelState, now: float) -> None:
        """Show *state*."""
        self._shown = (state, now)
        overview, status = state.overview, state.status
        self._url = status.url if status else ""
        instead = self._instead(overview)
        self.version.show_grey(state.lost is not None)
        self._show_version(status.version if status else "", overview)
        if not self.whole:
            return
        self.seen.setVisible(status is None or status.state != "absent")
        self.seen.show_state(state)
        for line in (self.certificate, self.account, self.disk, self.images, self.memory, self.problems):
            line.show_grey(state.lost is not None)
        self.place.setText(place_text(self._ui, state))
        self.folder.setText(state.answers.directory)
        self._card.show_row(self.change_row, status is not None and status.state != "absent")
        self.change.setEnabled(may_change(state))
        self._show_certificate(state, now)
        self._show_account(overview, instead)
        condition = overview.condition
        disk = condition.disk if condition else None
        self.disk.show_room(disk, disk_tone(disk) if disk else "neutral", instead)
        images = condition.images if condition else None
        self._card.show_row(self.images_row, images is not None)
        if images is not None:
            self.images.show_room(images, disk_tone(images), instead)
        memory = condition.memory if condition else None
        self.memory.show_room(memory, memory_tone(memory) if memory else "neutral", instead)
        self._show_problems(overview, instead)

    def _instead(self, overview: Overview) -> str:
        ui = self._ui
        known = overview.condition is not None
        failed = overview.error is not None and not overview.busy  # why stands under the card
        return ui.t("common.not_known" if known or failed else "overview.general_looking")

    def _show_version(self, version: str, overview: Overview) -> None:
        ui, newest = self._ui, overview.newest
        newer = newest is not None and is_newer(newest.version, version)
        self.notes.setVisible(newer and bool(newest and newest.notes_url))
        if newest is not None and newer:
            self._notes_url = newest.notes_url
            self.notes.setAccessibleName(ui.t("overview.update_notes_name", version=newest.version))
            mark = ui.t("overview.update", version=newest.version)
            self.version.show_words(version, "accent", mark, "arrow-down-to-line")
            return
        if newest is not None and newest.version == version:
            self.version.show_words(ui.t("overview.update_none", version=version))
        elif newest is None and overview.list_error is not None:
            self.version.show_words(ui.t("overview.update_unknown", version=version))
        else:
            self.version.show_words(version)

    def _show_certificate(self, state: PanelState, now: float) -> None:
        ui, https = self._ui, state.https
        self.show_certificate.setVisible(https.now is not None)
        if https.now is None:
            failed = https.error is not None and not https.busy
            self.certificate.show_words(ui.t("common.not_known" if failed else "overview.general_looking"))
            return
        word, tone, days = certificate_word(https.now, now)
        mark = ui.t("overview.certificate_left", count=ui.count(days)) if days >= 0 else ""
        self.certificate.show_words(ui.t(f"overview.certificate_{word}"), tone, mark)

    def _show_account(self, overview: Overview, instead: str) -> None:
        ui, condition = self._ui, overview.condition
        free = condition.setup_open if condition else None
        guard = condition.guard if condition else None
        self.create.setVisible(free is True)
        self.guard.show_secret(guard)
        self._card.show_row(self.guard_row, guard is not None)
        if free is None:
            self.account.show_words(instead)
        elif guard is not None:
            self.account.show_words(ui.t("overview.account_guarded"))
        elif free:
            mark = ui.t("overview.account_mark")
            self.account.show_words(ui.t("overview.account_open"), "warning", mark)
        else:
            self.account.show_words(ui.t("overview.account_taken"))

    def _show_problems(self, overview: Overview, instead: str) -> None:
        ui, condition = self._ui, overview.condition
        self.history.setVisible(condition is not None and bool(condition.failed_runs))
        if condition is None:
            self.problems.show_words(instead)
            return
        lines = [problem_text(ui, problem) for problem in condition.failed_runs]
        self.problems.show_words("\n".join(lines) or ui.t("overview.problems_none"))


def place_text(ui: Ui, state: PanelState) -> str:
    """``user@host``, with the port where it is not the usual one; this computer by name."""
    target = state.answers.target
    if not target.host_kind.remote:
        return ui.t("common.this_computer")
    host = f"{target.user}@{target.host}" if target.user else target.host
    return host if target.port == 22 else f"{host}:{target.port}"


def problem_text(ui: Ui, problem: FailedRun) -> str:
    """A failed run in a sentence."""
    try:
        what = ui.texts.failure(problem.cause).what
    except KeyError:  # none was found, or one of a newer program
        what = ui.explain(problem.code, dict(problem.params)).what
    return ui.t(
        f"overview.problem_{'over' if problem.over else 'open'}", when=moment_or_time(problem.at), what=what
    )


class SeenLine(QWidget):
    """When all this was looked at, and looking again."""

    def __init__(self, ui: Ui, ask: Ask) -> None:
        super().__init__()
        self._ui = ui
        self.text = hint()
        self.again = icon_button(
            ui, "refresh-cw", ui.t("overview.general_again"), lambda: ask(RefreshOverview())
        )
        line = row(space=6)
        line.addWidget(self.text, 1)
        line.addWidget(self.again)
        self.setLayout(column(line))

    def show_state(self, state: PanelState) -> None:
        """Show *state*."""
        ui, overview = self._ui, state.overview
        idle = not overview.busy and state.lost is None
        self.again.setEnabled(idle or self.again.hasFocus())
        if overview.busy:
            said = ui.t("overview.general_looking")
        elif overview.seen_at and overview.error is not None:
            what = ui.cause(overview.error).what
            said = ui.t("overview.general_old", time=moment_or_time(overview.seen_at), what=what)
        elif overview.seen_at:
            said = ui.t("overview.general_seen", time=moment_or_time(overview.seen_at))
        elif overview.error is not None:
            said = ui.t("overview.general_failed", what=ui.cause(overview.error).what)
        else:
            said = ""
        self.text.setText(said)
