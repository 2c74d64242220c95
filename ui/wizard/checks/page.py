"""Checks: whether the target is ready, each finding with its evidence and, where there is one, a way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from installer.core.errors import Code, InstallError
from installer.preflight.check_list import Check, counts
from installer.preflight.check_list import Group as GroupName
from installer.views.wizard import (
    PageId,
    WizardState,
    arranged,
    awaited,
    chosen_for,
    left_to_settings,
    will_be_repaired,
)
from ui.intents import CheckAgain, CopyText, GoToPage, Intent, OpenPanel, OpenUrl, Stop
from ui.style.context import Ui
from ui.style.theme import SPACE_XS
from ui.widgets.basics import Card, button, hint, label, row
from ui.widgets.cause import CauseCard
from ui.widgets.tab_order import tab_as_read
from ui.widgets.tips import set_tip
from ui.widgets.waiting import Waiting
from ui.window.bottom_bar import Bar
from ui.wizard.checks.cards import CheckCard, Group, Rows, name_width
from ui.wizard.checks.row import CheckRow
from ui.wizard.checks.words import shown
from ui.wizard.page import Page
from ui.wizard.settings.dns_card import DnsCard

#: Errors of the release that are put right by an answer, by the code's first part: the answer's field.
_SETTING_OF = {"certificate": "tls.certificate", "store": "stores.vector", "env": "env", "tls": "tls.mode"}


#: Intents that are allowed while work is running.
_ALWAYS = (OpenUrl, CopyText, Stop)


def another_version_helps(state: WizardState, error: InstallError) -> bool:
    """Whether Settings has another version that may do: one of the list, or whichever an archive holds."""
    if state.answers.release.is_archive:
        return error.code is Code.RELEASE_WRONG_VERSION
    return bool(state.release.listed) and error.code in (Code.RELEASE_UNKNOWN, Code.RELEASE_LAYOUT_UNKNOWN)


def another_source_helps(state: WizardState, error: InstallError) -> bool:
    """Whether a version, a mirror or an archive given by hand on Settings may do."""
    return error.code.startswith("release.") and not another_version_helps(state, error)


class ChecksPage(Page):
    """Shows what is known so far; rows come as they are found."""

    page: ClassVar[PageId] = PageId.CHECKS

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui, ui.t("checks.title_server"))
        self.summary = label("", "second", wrap=True)
        self.again = button(ui.t("checks.again"), self._check_again)
        self.again.setIcon(ui.icon("refresh-cw"))
        set_tip(self.again, ui.t("checks.again_tip"))
        self.waiting = Waiting(ui)
        head = row()  # the waiting takes the summary's place, so that nothing moves when it ends
        head.addWidget(self.summary, 1)
        head.addWidget(self.waiting, 1)
        head.addWidget(self.again)
        self.failure, self.release_error = CauseCard(ui), CauseCard(ui)
        self.dns = DnsCard(ui, self.ask)
        self.there = Card(tone="accent")
        self._fill_there()
        self.network = hint(ui.t("checks.still_network"))
        self.rows = Rows(ui, self._decide, self, grown=self._grown, lost=self._focus_lost)
        self.problems = CheckCard()
        self.problems.setAccessibleName(ui.t("checks.problems"))
        self.groups = {name: Group() for name in get_args(GroupName)}
        self.body.addLayout(head)
        self.body.addWidget(self.network)
        for part in (self.failure, self.there, self.release_error, self.dns, self.problems):
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
        if self.state.work.busy is None:
            self.ask(CheckAgain())

    def _decide(self, intent: Intent) -> None:
        """Carry out a decision. What has the focus is not disabled meanwhile, or the focus would jump."""
        if self.state.work.busy is None or isinstance(intent, _ALWAYS):
            self.ask(intent)

    def _scroll(self, pages: int) -> None:
        """The rows take no focus, so the keyboard moves the page itself."""
        bar = self.area.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*. A new run of the checks begins at the top, unless a row has the focus."""
        began = state.work.busy is not None and self.state.work.busy is None
        super().show_state(state)
        if began and not self.rows.focused()[0]:
            self.area.verticalScrollBar().setValue(0)
        remote = state.answers.target.host_kind.remote
        self.show_heading(self.ui.t("checks.title_server" if remote else "checks.title_computer"), "")
        self._show_summary(state)
        self.again.setEnabled(state.work.busy is None or self.again.hasFocus())
        self.waiting.show_busy(state.work.busy)
        self._show_error(self.failure, state.failed_on(PageId.CHECKS))
        self._show_error(self.release_error, state.release.error)
        record = state.checks.facts.record if state.checks.facts else None
        self.there.setVisible(record is not None and record.installed)
        if record is not None:
            self.there_title.setText(self.ui.t("checks.installed", version=record.version))
        if self.dns.show_state(state):
            tab_as_read(self)
        self._show_rows(state)

    def _show_summary(self, state: WizardState) -> None:
        self.summary.setVisible(state.work.busy is None)
        self.summary.setText(self._summary(state))
        self.network.setVisible(state.work.busy is None and bool(awaited(state)))

    def _summary(self, state: WizardState) -> str:
        top, rest = arranged(state)
        if not top and not rest:
            failed = state.failed_on(PageId.CHECKS) is not None
            return "" if failed else self.ui.t("checks.summary_none")
        number, later, settings = counts((*top, *rest)), chosen_for(state, top), left_to_settings(state, top)
        stop = number["stop"] - later - settings
        parts = {"ok": number["ok"], "stop": stop, "later": later, "settings": settings}
        parts["warning"] = number["warning"]
        t, always = self.ui.t, ("ok", "stop", "warning")
        said = [t(f"checks.count_{k}", n=self.ui.count(n)) for k, n in parts.items() if n or k in always]
        changed = t("checks.repaired" if state.repair.changed else "checks.unchanged")
        return t("checks.summary", parts=t("checks.between").join(said), changed=changed)

    def news(self, before: WizardState) -> str:
        """Once everything is in, one sentence."""
        over = awaited(before) and not awaited(self.state) and self.state.checks.facts is not None
        return self._summary(self.state) if over else ""

    def _show_error(self, card: CauseCard, error: InstallError | None) -> None:
        card.setVisible(error is not None)
        if error is None:
            return
        actions: list[tuple[str, Callable[[], object]]] = []
        field = _SETTING_OF.get(error.code.partition(".")[0])
        if another_version_helps(self.state, error):
            visit = GoToPage(PageId.SETTINGS, "release.version")
            actions.append((self.ui.t("checks.other_version"), lambda: self.ask(visit)))
        elif field is not None:
            actions.append(
                (self.ui.t("checks.other_setting"), lambda: self.ask(GoToPage(PageId.SETTINGS, field)))
            )
        actions.append((self.ui.t("common.try_again"), self._check_again))
        if another_source_helps(self.state, error):
            source = GoToPage(PageId.SETTINGS, "release.source")
            actions.append((self.ui.t("checks.other_source"), lambda: self.ask(source)))
        card.show_error(error, actions)

    def _show_rows(self, state: WizardState) -> None:
        ui = self.ui
        top, rest = arranged(state)
        width = name_width([ui.texts.check_name(c.id, c.params) for c in (*top, *rest)])
        focus = self.rows.focused()
        self.rows.show([shown(ui, state, c) for c in (*top, *rest)], width)
        self._place(state, top, rest)
        self._settle_rows(state)
        self.rows.keep_focus(focus)

    def _focus_lost(self) -> None:
        (self.again if self.again.isEnabled() else self.area).setFocus()

    def _grown(self) -> None:
        """There are more rows, or rows have got controls."""
        self._place(self.state, *arranged(self.state))
        self._settle_rows(self.state)
        if not self.rows.growing:
            self.bar_changed.emit()

    def _settle_rows(self, state: WizardState) -> None:
        for made in self.rows.made.values():
            made.show_moment(
                enabled=state.work.busy is None, repairing=state.repair.going, lines=state.repair.lines
            )
        if self.rows.changed and not self.rows.growing:
            self.rows.changed = False
            tab_as_read(self)

    def _place(self, state: WizardState, top: Sequence[Check], rest: Sequence[Check]) -> None:
        open_stop = any(c.verdict == "stop" and not will_be_repaired(state, c.problem) for c in top)
        self.problems.set_tone("stop" if open_stop else "warning")
        self.problems.place(self._made(top))
        local = not state.answers.target.host_kind.remote
        for name, group in self.groups.items():
            heading = self.ui.texts.group("computer" if local and name == "server" else name)
            mine = self._made(c for c in rest if c.group == name)
            group.show_group(heading, self._about(state) if name == "server" else "", mine)

    def _made(self, checks: Iterable[Check]) -> list[CheckRow]:
        """Their rows, as far as they are made."""
        return [self.rows.made[c.id] for c in checks if c.id in self.rows.made]

    def _about(self, state: WizardState) -> str:
        system = state.checks.facts.system if state.checks.facts else None
        if system is None:
            return ""
        target = state.answers.target
        host = target.host if target.host_kind.remote else system.hostname
        parts = host, system.os_name or system.kernel
        if not all(parts):
            return next(filter(None, parts), "")
        return self.ui.t("checks.about", host=parts[0], system=parts[1])

    def bar(self, state: WizardState) -> Bar:
        """A repair that runs at once can be cancelled."""
        usual = super().bar(state)
        if not state.repair.going or state.work.cancelling:
            return usual
        return replace(usual, second=self.ui.t("common.cancel"), second_intent=Stop())

    def first_focus(self) -> QWidget | None:
        """The first way out of a problem, if that can be used."""
        ready = [made for made in self.problems.buttons.values() if made.isEnabled()]
        if ready and any(c.verdict == "stop" for c in arranged(self.state)[0]):
            return ready[0]
        return None
