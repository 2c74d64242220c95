"""Review: everything that will happen, before anything does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from installer.apply.plan import Plan
from installer.core.errors import Code, InstallError
from installer.core.finding import Finding
from installer.views import review
from installer.views.setting_changes import setting_changes
from installer.views.wizard import PageId, WizardState
from ui.intents import CheckAgain, CopyText, ExportAnswers, GoToPage, Retry
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import Card, button, clear, hint, label, row
from ui.widgets.cause import CauseCard
from ui.widgets.column import limit_width
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.widgets.waiting import Waiting
from ui.window.bottom_bar import Bar
from ui.wizard.checks.settings_links import WAYS, answer_of
from ui.wizard.page import Page
from ui.wizard.review.changes import change_card
from ui.wizard.review.files import FilesView
from ui.wizard.review.parts import (
    StepRows,
    reach_card,
    service_rows,
    side_by_side,
    untouched_card,
    warning_rows,
)

#: Parent, title, proposed name and filter → the chosen path, "" if none was chosen.
AskPath = Callable[[QWidget, str, str, str], str]


def ask_path(parent: QWidget, title: str, name: str, kinds: str) -> str:
    """Ask where to write a file."""
    return QFileDialog.getSaveFileName(parent, title, name, kinds)[0]


class ReviewPage(Page):
    """*ask_path* asks for a file's place; tests answer by themselves."""

    page = PageId.REVIEW

    def __init__(self, ui: Ui, *, ask_path: AskPath = ask_path) -> None:
        super().__init__(ui, ui.t("review.heading"), wide=True)
        limit_width(self)
        self._ask_path = ask_path
        self._plan: Plan | None = None
        self._steps: StepRows | None = None
        self._error: InstallError | None = None
        self._unfolded = False
        self.waiting = Waiting(ui)
        self.cause = CauseCard(ui)
        self.causes: list[CauseCard] = []
        self._none = self._empty_card()
        self._shown = QWidget()
        self._content = QVBoxLayout(self._shown)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(SPACE_M)
        self._more = self._more_part()
        self.files = FilesView(ui, lambda text: self.ask(CopyText(text)))
        for part in (self.waiting, self.cause, self._none, self._shown, self._more, self.files):
            self.body.addWidget(part)
            part.hide()
        self.body.addStretch(1)

    def _empty_card(self) -> Card:
        card = Card()
        self.work_out = button(self.ui.t("review.work_out"), lambda: self.ask(Retry()))
        card.body.addWidget(label(self.ui.t("review.no_plan"), wrap=True))
        card.body.addLayout(row(self.work_out, None))
        return card

    def _more_part(self) -> QWidget:
        found = QWidget()
        layout = QVBoxLayout(found)
        layout.setContentsMargins(0, 0, 0, 0)
        self.unfold = button(self.ui.t("review.show_files"), self._toggle_files)
        self.export = button(self.ui.t("review.export"), self._export)
        self.export_note = hint(self.ui.t("review.export_hint"))
        layout.addLayout(row(self.unfold, self.export, None))
        layout.addWidget(self.export_note)
        return found

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*; the plan's widgets are made once per plan."""
        super().show_state(state)
        plan, error = state.review.plan, state.failed_on(PageId.REVIEW)
        self.show_heading(*self._heading(plan))
        self.waiting.show_busy(state.work.busy)
        self.cause.setVisible(error is not None)
        if error is None:
            self._error = None
        else:
            self._show_failure(error, plan)
        self._none.setVisible(plan is None and error is None and state.work.busy is None)
        self._shown.setVisible(plan is not None)
        self._more.setVisible(plan is not None)
        if plan is not self._plan:
            self._show_plan(plan)
            tab_as_read(self)
        if self._steps is not None:
            self._steps.download.show_state(state)
        self.files.setVisible(self._unfolded and plan is not None)

    def _show_failure(self, error: InstallError, plan: Plan | None) -> None:
        if plan is None:
            self.cause.show_error(error, [(self.ui.t("common.try_again"), lambda: self.ask(Retry()))])
        else:
            self.cause.show_error(error, [(self.ui.t("review.export_again"), self._export)])
        if error is not self._error:
            self._error = error
            tab_as_read(self)

    def _show_plan(self, plan: Plan | None) -> None:
        self._plan, self._steps = plan, None
        self.causes = []
        clear(self._content)
        self.export_note.setText(self.ui.t("review.export_hint"))
        if plan is None:
            return
        for problem in plan.blockers:
            self.causes.append(self._blocker(problem))
            self._content.addWidget(self.causes[-1])
        if changes := setting_changes(plan):
            self._content.addWidget(change_card(self.ui, changes))
        self._steps = StepRows(self.ui, plan, lambda text: self.ask(CopyText(text)))
        self._content.addWidget(self._steps)
        self._content.addLayout(side_by_side(reach_card(self.ui, plan), untouched_card(self.ui, plan)))
        if plan.situation.external:
            self._content.addLayout(service_rows(self.ui, plan.situation.external))
        if left := review.warnings_left(plan):
            self._content.addLayout(warning_rows(self.ui, left))
        if self._unfolded:
            self.files.show_plan(plan)

    def _heading(self, plan: Plan | None) -> tuple[str, str]:
        t = self.ui.t
        if plan is None:
            return t("review.heading"), self._so_far()
        if plan.blockers:
            return t("review.heading_blocked"), self._so_far()
        if not plan.changes:
            return t("review.heading_same"), t("review.sentence_same", version=plan.situation.model.version)
        size, images = review.upload_bytes(plan), review.images_to_pull(plan)
        kind = {(True, True): "_both", (True, False): "_upload", (False, True): "_pull"}
        key = kind.get((bool(size), bool(images)), "")
        said = {"bytes": self.ui.size(size), "images": self.ui.count(images)}
        return t("review.heading"), self._so_far(key, **said)

    def _so_far(self, more: str = "", **said: str) -> str:
        """What was changed until now, and *more* with what it says."""
        key = "review.repaired" if self.state.repair.changed else "review.unchanged"
        changed = self.ui.t(key, where=self._where())
        return self.ui.t(f"review.sentence{more}", changed=changed, **said)

    def _where(self) -> str:
        target = self.state.answers.target
        return target.host if target.host_kind.remote else self.ui.t("review.this_computer")

    def _blocker(self, problem: Finding) -> CauseCard:
        key, field = WAYS.get(problem.code, ("to_settings", ""))[0], answer_of(problem)
        if problem.code in (Code.PORT_IN_USE, Code.PORT_LEFT):
            field = port_field(self.state, problem.params.get("port", ""))
        visit = GoToPage(PageId.SETTINGS, field)
        actions = [(self.ui.t("review.check_again"), lambda: self.ask(CheckAgain()))]
        if problem.code in WAYS:
            actions.insert(0, (self.ui.t(f"review.{key}", **problem.params), lambda: self.ask(visit)))
        elif not problem.code.startswith(("docker.", "compose.", "disk.", "host.", "installation.")):
            actions.append((self.ui.t("review.to_settings"), lambda: self.ask(visit)))
        card = CauseCard(self.ui)
        card.show_error(InstallError(problem.code, dict(problem.params), detail=problem.detail), actions)
        return card

    def first_focus(self) -> QWidget | None:
        """The way out, where something is in the way."""
        cards = ([self.cause] if self._error is not None else []) + self.causes
        return next((card.ways[0] for card in cards if card.ways), None)

    # ------------------------------------------------------------------ actions

    def _toggle_files(self) -> None:
        self._unfolded = not self._unfolded
        if self._unfolded and self._plan is not None:
            self.files.show_plan(self._plan)
            tab_as_read(self)
        self.files.setVisible(self._unfolded)
        self.unfold.setText(self.ui.t("review.hide_files" if self._unfolded else "review.show_files"))
        if self._unfolded:
            reveal(self.files, self.unfold)

    def _export(self) -> None:
        t = self.ui.t
        chosen = self._ask_path(
            self, t("review.export_title"), t("review.export_name"), t("review.export_filter")
        )
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen + ".toml")
        self.ask(ExportAnswers(path))
        if self.state.failed_on(PageId.REVIEW) is None:  # it is written, or has failed, by now
            self.export_note.setText(t("review.export_done", path=str(path)))

    def bar(self, state: WizardState) -> Bar:
        """The button says what it will do."""
        usual = super().bar(state)
        plan = state.review.plan
        key = "install"
        if plan is not None and not plan.changes:
            key = "look"
        elif plan is not None and review.installed(plan):
            key = "apply"
        return Bar(self.ui.t(f"review.{key}"), enabled=usual.enabled, note=usual.note, back=usual.back)


def port_field(state: WizardState, port: str) -> str:
    """The answer that asks for *port*."""
    ports = state.answers.ports
    numbers = {"https": ports.https, "plugin_debugging": ports.plugin_debugging}
    return next((f"ports.{name}" for name, number in numbers.items() if str(number) == port), "ports.http")
