"""Install: what is running, its progress, and what the user can do about it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.core.errors import InstallError
from installer.views.wizard import PageId, WizardState, can_go_back
from installer.views.wizard.causes import Remedy, remedies
from installer.views.wizard.dns import dns_problem
from ui.cards.undo import UndoCard
from ui.intents import BackToChecks, CopyText, Retry, ShowUndo, Stop
from ui.story.save_card import SaveCard
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import Card, button, icon_button, label, row, section
from ui.widgets.cause import CauseCard
from ui.widgets.column import limit_width
from ui.widgets.log_box import LogBox
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.wizard.install.failure_actions import may_undo, ways_out
from ui.wizard.install.images import ImagesPart
from ui.wizard.install.parts import ProgressCard, StepsCard
from ui.wizard.install.registry_login import RegistryCard
from ui.wizard.install.words import Situation, lacking, sentence_key, situation, undo_heading
from ui.wizard.page import Page
from ui.wizard.settings.dns_card import DnsCard

LOG_HEIGHT = 210


_HEADINGS = {
    "failed": "heading_failed",
    "stopped": "heading_stopped",
    "lost": "heading_lost",
    "looking": "heading_undo",
    "halted": "heading_undo",
}


class InstallPage(Page):
    """``show_state`` is called many times a second during the installation: all is updated in place.

    *clock* gives seconds since the epoch.
    """

    page = PageId.INSTALL

    def __init__(self, ui: Ui, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(ui, ui.t("install.heading_plain"), wide=True)
        limit_width(self)
        self._clock = clock
        self._error: InstallError | None = None
        self._remedies: tuple[Remedy, ...] = ()
        self.progress = ProgressCard(ui)
        self.cause = CauseCard(ui)
        self.dns = DnsCard(ui, self.ask, records_only=True)
        self.login = RegistryCard(ui, self.ask)
        self.calm = Card()
        self.calm.body.addWidget(label(ui.t("install.stopped"), wrap=True))
        self.undo = button(ui.t("install.undo"), lambda: self.ask(ShowUndo()))
        self.calm.body.addLayout(row(self.undo, None))
        self.undoing = UndoCard(ui, self.ask)
        self.save = SaveCard(ui, self.ask, past=True)
        self.steps = StepsCard(ui)
        self.images = ImagesPart(ui)
        cards = (self.progress, self.cause, self.dns, self.login, self.calm, self.undoing, self.save)
        for part in (*cards, self.steps, self.images, self._log_part()):
            self.body.addWidget(part)
        for part in (self.progress, self.cause, self.calm, self.undoing, self.save):
            part.hide()
        self.body.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)

    def _log_part(self) -> QWidget:
        ui = self.ui
        self.unfold = button(ui.t("install.show_log"), self._toggle_log)
        self.copy = icon_button(ui, "copy", ui.t("install.copy_log"), self._copy_log)
        self.log_title = section(ui.t("install.log"))
        self.log = LogBox(ui.t("install.log_name"), ui.t("install.log_empty"))
        self.log.setFixedHeight(LOG_HEIGHT)
        self.unfolded = False
        for part in (self.copy, self.log_title, self.log):
            part.hide()
        found = QWidget()
        layout = QVBoxLayout(found)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(row(self.log_title, self.unfold, None, self.copy))
        layout.addWidget(self.log)
        return found

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        what = situation(state)
        self._show_words(state, what)
        self.progress.setVisible(state.installing)
        self.calm.setVisible(what == "stopped")
        self.undo.setVisible(may_undo(state))
        self.undoing.show_undo(state.undoing, busy=state.installing)
        shown = not state.installing and (state.undoing is None or state.undoing.broken)
        error = state.failed_on(PageId.INSTALL) if shown else None
        self.cause.setVisible(error is not None)
        if error is None or error is not self._error:
            self.login.hide()
        if error is not None:
            if error is not self._error:
                self._remedies = remedies(state, error)
            ways, tone = (
                ([], "warning") if what == "lost" else (ways_out(self, error, self._remedies), "stop")
            )
            self.cause.show_error(error, ways, tone=tone, remedy=dns_problem(state) is None)
            if error is not self._error:
                self._error = error
                tab_as_read(self)
        if self.dns.show_state(state):
            tab_as_read(self)
        self.save.setVisible(error is not None)
        if error is not None:
            self.save.show_support(state.support)
        self._show_times()
        if self.unfolded:
            self.log.show_lines(state.install.progress.lines)
        self._run_timer()

    def _show_words(self, state: WizardState, what: Situation) -> None:
        broken = what == "failed" and state.undoing is not None
        heading = _HEADINGS.get("halted" if broken else what) or undo_heading(state, what)
        if what == "failed" and not broken and (left := lacking(state)):
            heading = f"heading_{left}"
        version = _version(state)
        if heading is None:
            heading = "heading" if version else "heading_plain"
        key = sentence_key(state)
        said = self.ui.t(f"install.{heading}", version=version), self.ui.t(key) if key else ""
        if said != (self.heading.text(), self.sentence.text()) or self.sentence.isHidden() != (not key):
            self.show_heading(*said)

    def show_login(self, image: str) -> None:
        """Ask for a login to the registry of *image*."""
        self.login.open(image)
        tab_as_read(self)
        reveal(self.login)

    # --------------------------------------------------------------------- time

    def _show_times(self) -> None:
        now, state = self._clock(), self.state
        if state.installing:
            self.progress.show_state(state, now)
        self.steps.show_rows(state.install.progress.rows, situation(state), now)
        self.images.show_state(state, now)

    def _tick(self) -> None:
        self._show_times()

    def _run_timer(self) -> None:
        wanted = self.isVisible() and self.state.installing
        if wanted != self._timer.isActive():
            self._timer.start() if wanted else self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._run_timer()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    # ---------------------------------------------------------------------- log

    def _toggle_log(self) -> None:
        self.unfolded = not self.unfolded
        if self.unfolded:
            self.log.show_lines(self.state.install.progress.lines)
        for part in (self.copy, self.log_title, self.log):
            part.setVisible(self.unfolded)
        self.unfold.setText(self.ui.t("install.hide_log" if self.unfolded else "install.show_log"))
        tab_as_read(self)
        if self.unfolded:
            reveal(self.log, self.unfold)

    def _copy_log(self) -> None:
        self.ask(CopyText("\n".join(self.state.install.progress.lines)))

    def news(self, before: WizardState) -> str:
        """What came up about an undo; the button that was pressed for it is gone, so the focus goes there."""
        what = situation(self.state)
        if what == situation(before) or what not in ("undo", "undone", "halted"):
            return ""
        if self.isVisible() and self.undoing.keep is not None:
            self.undoing.keep.setFocus()
        return f"{self.heading.text()}\n{self.undoing.accessibleName()}"

    def first_focus(self) -> QWidget | None:
        """While it runs there is no primary button; not Cancel, which a second Enter would press."""
        if self.state.installing:
            return self.unfold
        if situation(self.state) in ("undo", "halted"):
            return self.undoing.keep
        return self.cause.ways[0] if situation(self.state) == "failed" and self.cause.ways else None

    # ---------------------------------------------------------------------- bar

    def bar(self, state: WizardState) -> Bar:
        """Cancel while it runs; afterwards the button to continue, unless the cause card has it."""
        t, back = self.ui.t, can_go_back(state)
        what = situation(state)
        if what in ("undoing", "looking"):
            return Bar(back=False, second=t("install.cancel"), second_intent=Stop())
        if what in ("undo", "halted"):
            return Bar(back=False)
        if what == "undone":
            return Bar(t("install.check_again"), back=False, intent=BackToChecks())
        if what == "running":
            note, text = t("install.cancel_note"), t("install.cancel")
            return Bar(note=note, back=False, second=text, second_intent=Stop())
        if what == "stopping":
            return Bar(note=t("install.stopping"), back=False)
        if what == "failed":
            return Bar(back=back)
        key = "install.connect_again" if what == "lost" else "install.go_on"
        return Bar(t(key), back=back, intent=Retry())


def _version(state: WizardState) -> str:
    """The version, if it is known already."""
    if state.review.plan is not None:
        return state.review.plan.situation.model.version
    asked = state.answers.release.version
    return "" if asked == "latest" else asked
