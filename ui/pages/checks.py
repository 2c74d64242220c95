"""Checks: whether the target is ready, each finding with its evidence and, where there is one, a way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from installer.check_list import Group as GroupName
from installer.check_list import counts, worst_first
from installer.errors import Code, InstallError
from installer.wizard import PageId, WizardState
from ui.context import Ui
from ui.intents import CheckAgain, OpenPanel, Visit
from ui.pages.base import Page
from ui.pages.checks_parts import CheckCard, Group, name_width, shown, ways_out
from ui.theme import SPACE_XS
from ui.widgets.basics import Card, button, label, row
from ui.widgets.cause import CauseCard
from ui.widgets.waiting import Waiting

#: Errors of the release that are put right by an answer, by the code's first part: the answer's field.
_SETTING_OF = {"certificate": "tls.certificate", "store": "stores.vector", "env": "env"}


def another_version_helps(state: WizardState, error: InstallError) -> bool:
    """Whether Settings has another version that may do: one of the list, or whichever an archive holds."""
    if state.answers.release.is_archive:
        return error.code is Code.RELEASE_WRONG_VERSION
    return bool(state.releases) and error.code in (Code.RELEASE_UNKNOWN, Code.RELEASE_LAYOUT_UNKNOWN)


class ChecksPage(Page):
    """Shows what is known so far; rows come as they are found."""

    page: ClassVar[PageId] = PageId.CHECKS

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("checks.title_server"))
        self.summary = label("", "second", wrap=True)
        self.again = button(ui.t("checks.again"), self._check_again)
        self.again.setIcon(ui.icon("refresh-cw"))
        self.again.setToolTip(ui.t("checks.again_tip"))
        self.waiting = Waiting(ui)
        head = row()  # the waiting takes the summary's place, so that nothing moves when it ends
        head.addWidget(self.summary, 1)
        head.addWidget(self.waiting, 1)
        head.addWidget(self.again)
        self.failure, self.release_error = CauseCard(ui), CauseCard(ui)
        self.there = Card(tone="accent")
        self._fill_there()
        self.problems = CheckCard(ui, self.ask)
        self.problems.setAccessibleName(ui.t("checks.problems"))
        self.groups = {name: Group(ui, CheckCard(ui, self.ask)) for name in get_args(GroupName)}
        self.body.addLayout(head)
        for part in (self.failure, self.there, self.release_error, self.problems):
            self.body.addWidget(part)
        for group in self.groups.values():
            self.body.addWidget(group)
        self.body.addStretch(1)
        self._shortcut(Qt.Key.Key_F5, self._check_again)
        self._shortcut(Qt.Key.Key_PageDown, lambda: self._scroll(1))
        self._shortcut(Qt.Key.Key_PageUp, lambda: self._scroll(-1))

    def _fill_there(self) -> None:
        self.there_title = label("", bold=True, wrap=True)
        self.open_panel = button(self.ui.t("checks.open_panel"), lambda: self.ask(OpenPanel()), "outline")
        self.there.body.addWidget(self.there_title)
        self.there.body.addWidget(label(self.ui.t("checks.installed_text"), "second", wrap=True))
        self.there.body.addSpacing(SPACE_XS)
        self.there.body.addLayout(row(self.open_panel, None))

    def _shortcut(self, key: Qt.Key, act: Callable[[], None]) -> None:
        made = QShortcut(QKeySequence(key), self)
        made.activated.connect(act)

    def _check_again(self) -> None:
        if self.state.busy is None:
            self.ask(CheckAgain())

    def _scroll(self, pages: int) -> None:
        """The rows take no focus, so the keyboard moves the page itself."""
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        local = state.answers.target.kind == "local"
        self.show_heading(self.ui.t("checks.title_computer" if local else "checks.title_server"), "")
        self._show_summary(state)
        self.again.setEnabled(state.busy is None)
        self.waiting.show_busy(state.busy)
        self._show_error(self.failure, state.failed_on(PageId.CHECKS))
        self._show_error(self.release_error, state.release_error)
        record = state.facts.record if state.facts else None
        self.there.setVisible(record is not None and record.installed)
        if record is not None:
            self.there_title.setText(self.ui.t("checks.installed", version=record.version))
        self._show_rows(state)

    def _show_summary(self, state: WizardState) -> None:
        self.summary.setVisible(state.busy is None)
        if not state.checks:
            failed = state.failed_on(PageId.CHECKS) is not None
            self.summary.setText("" if failed else self.ui.t("checks.summary_none"))
            return
        number = counts(state.checks)
        said = {name: self.ui.count(count) for name, count in number.items()}
        self.summary.setText(self.ui.t("checks.summary", **said))

    def _show_error(self, card: CauseCard, error: InstallError | None) -> None:
        card.setVisible(error is not None)
        if error is None:
            return
        actions: list[tuple[str, Callable[[], object]]] = []
        field = _SETTING_OF.get(error.code.partition(".")[0])
        if another_version_helps(self.state, error):
            visit = Visit(PageId.SETTINGS, "release.version")
            actions.append((self.ui.t("checks.other_version"), lambda: self.ask(visit)))
        elif field is not None:
            actions.append(
                (self.ui.t("checks.other_setting"), lambda: self.ask(Visit(PageId.SETTINGS, field)))
            )
        actions.append((self.ui.t("common.try_again"), self._check_again))
        card.show_error(error, actions)

    def _show_rows(self, state: WizardState) -> None:
        ui = self.ui
        bad = [c for c in worst_first(state.checks) if c.verdict in ("stop", "warning")]
        rest = [c for c in state.checks if c.verdict in ("ok", "unknown")]
        width = name_width([ui.texts.check_name(c.id, c.params) for c in state.checks])
        self.problems.set_tone("stop" if any(c.verdict == "stop" for c in bad) else "warning")
        rows = tuple(shown(ui, c, ways_out(ui, state, c)) for c in bad)
        self.problems.show_rows(rows, width, enabled=state.busy is None)
        local = state.answers.target.kind == "local"
        for name, group in self.groups.items():
            mine = tuple(shown(ui, c) for c in rest if c.group == name)
            heading = ui.texts.group("computer" if local and name == "server" else name)
            group.show_group(heading, self._about(state) if name == "server" else "", mine, width)

    def _about(self, state: WizardState) -> str:
        system = state.facts.system if state.facts else None
        if system is None:
            return ""
        target = state.answers.target
        host = target.host if target.kind == "ssh" else system.hostname
        parts = host, system.os_name or system.kernel
        if not all(parts):
            return next(filter(None, parts), "")
        return self.ui.t("checks.about", host=parts[0], system=parts[1])

    def first_focus(self) -> QWidget | None:
        """The first way out of a problem, else the primary button; while neither can be used the page itself,
        where arrow keys scroll and Enter does no harm."""
        ready = [made for made in self.problems.buttons.values() if made.isEnabled()]
        if ready and any(c.verdict == "stop" for c in self.state.checks):
            return ready[0]
        return None if self.bar(self.state).enabled else self.area
