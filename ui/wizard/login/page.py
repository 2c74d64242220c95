"""Log in: address, user and how; the server's host key; what it asks; a password for administrator rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from installer.core.errors import InstallError
from installer.views.wizard import PageId, WizardState, field_problems
from ui.intents import AcceptHostKey, AnswerQuestion, CopyText, Next, RejectHostKey, Retry, Stop
from ui.style.context import Ui
from ui.widgets.basics import label
from ui.widgets.cause import CauseCard
from ui.widgets.field import SecretField
from ui.widgets.host_key import CODES, HostKeyCard
from ui.widgets.question import QuestionCard
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.widgets.waiting import Waiting
from ui.window.bottom_bar import Bar
from ui.wizard.login.failures import SAID_BY_FIELD, actions_for, field_for, first_missing
from ui.wizard.login.form import LoginForm, is_first_stage
from ui.wizard.login.parts import ask_for_key, heading, target_edit
from ui.wizard.page import Page


class LoginPage(Page):
    """*choose_key* gets the path in the field and gives a key file's path, or nothing."""

    page = PageId.LOGIN

    def __init__(self, ui: Ui, *, choose_key: Callable[[str], str] | None = None) -> None:
        super().__init__(ui, ui.t("login.title"), ui.t("login.sentence"))
        self._choose_key = choose_key or (lambda start: ask_for_key(ui, self.window(), start))
        self._error: InstallError | None = None
        self._rejected: object = None
        self._problems: dict[str, tuple[str, bool]] = {}
        self.form = LoginForm(ui, self._pick_key)
        self.waiting, self.cause, self.host_key = Waiting(ui), CauseCard(ui), HostKeyCard(ui)
        self.question = QuestionCard(ui)
        self.status = label("", "second", wrap=True)
        self.cause.hide()
        for widget in (self.form, self.waiting, self.status, self.question, self.host_key, self.cause):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self._connect_signals()
        tab_as_read(self)

    @classmethod
    def in_pieces(cls, ui: Ui, parent: QWidget | None = None) -> Iterator[Self | None]:
        """What the first hidden line costs comes before."""
        SecretField(ui, "")  # looks into a line: PySide makes 121 enumerations for that, once (20 ms)
        yield None
        yield from super().in_pieces(ui, parent)

    def _connect_signals(self) -> None:
        self.form.edited.connect(self.edited)
        self.form.left.connect(lambda: self._show_problems(self.state))
        self.host_key.accepted.connect(lambda again: self.ask(AcceptHostKey(reinstalled=again)))
        self.host_key.rejected.connect(self._reject)
        self.host_key.copied.connect(lambda text: self.ask(CopyText(text)))
        self.question.answered.connect(self._answer)

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        before = self.state
        super().show_state(state)
        self.show_heading(*heading(self.ui, state))
        error = state.failed_on(PageId.LOGIN)
        self.form.show_state(state, error)
        self._show_problems(state)
        self.waiting.show_busy(state.work.busy if state.work.question is None else None)
        self.question.show_question(state.work.question)
        self._show_status(state)
        self._show_failure(state, error)
        if (
            state.login.door is not None
            and before.login.door is not state.login.door
            and state.work.busy is None
        ):
            QTimer.singleShot(0, self.form, self._point_at_missing)

    def _show_problems(self, state: WizardState) -> None:
        """In red only what was typed and left: half an address is not wrong yet."""
        found = field_problems(state, PageId.LOGIN)
        for name, field in self.form.fields.items():
            problem = found.get(name)
            text = self.missing_text(problem.key, **problem.params) if problem else ""
            before, was_quiet = self._problems.get(name, ("", True))
            was_red = bool(before) and not was_quiet
            empty = not field.edit.text() and field is not self.form.port
            quiet = empty or (field.edit.hasFocus() and not was_red)
            if (text, quiet) != (before, was_quiet):
                self._problems[name] = (text, quiet)
                field.show_problem(text, quiet=quiet)

    def _show_status(self, state: WizardState) -> None:
        """A quiet word on why there is no connection, where that was the person's own decision."""
        if state.work.busy is not None or state.answers.target != self._rejected:
            self._rejected = None
        idle = state.work.busy is None and state.work.failure is None
        text = ""
        if idle and self._rejected is not None:
            text = self.ui.t("login.rejected")
        elif idle and state.work.stopped:
            text = self.ui.t("login.stopped")
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _show_failure(self, state: WizardState, error: InstallError | None) -> None:
        if error is self._error:
            return
        self._error = error
        about_key = error is not None and error.code in CODES
        self.host_key.show_error(error if about_key else None)
        plain = error is not None and not about_key and error.code not in SAID_BY_FIELD
        self.cause.setVisible(plain)
        if error is None:
            return
        if plain:
            self.cause.show_error(error, self._actions(state, error))
        tab_as_read(self)
        QTimer.singleShot(0, self.form, self._point_at_failure)

    def _actions(self, state: WizardState, error: InstallError) -> list[tuple[str, Callable[[], object]]]:
        sibling = error.params.get("private", "")
        does: dict[str, Callable[[], object]] = {
            "again": lambda: self.ask(Retry()),
            "key": lambda: self.form.pick_method("key"),
            "password": lambda: self.form.pick_method("password"),
            "file": self._pick_key,
            "sibling": lambda: self.edit(target_edit(identity_file=sibling)),
            "without": self._go_on_without,
            "anyway": self._go_on_anyway,
        }
        words = {"sibling": self.ui.t("login.do_sibling", name=Path(sibling).name.replace("&", "&&"))}
        names = actions_for(state, error)
        return [(words.get(name) or self.ui.t(f"login.do_{name}"), does[name]) for name in names]

    def _point_at_failure(self) -> None:
        """Once per failure: to the field it is about, and so that all of its card can be read."""
        if not self.isVisible():
            return
        self._point_at_missing()
        for card in (self.host_key, self.cause, self.form.sudo):
            if card.isVisible():
                reveal(card)
                return

    def _point_at_missing(self) -> None:
        focus = self.first_focus()
        if focus is not None and self.isVisible():
            focus.setFocus()
            if isinstance(focus, QLineEdit):
                focus.selectAll()  # what was refused is typed over
            reveal(focus)

    def bar(self, state: WizardState) -> Bar:
        """Continue until the server was queried, then Connect; while work is running, Cancel."""
        first = is_first_stage(state)
        usual = replace(super().bar(state), primary=self.ui.t("login.go_on" if first else "login.connect"))
        if not state.answers.target.host_kind.needs_login:
            usual = replace(usual, enabled=state.work.busy is None, note="", intent=Retry())
        if state.work.question is not None:
            return replace(usual, enabled=False, note=self.missing_text("answers"))  # it has its own Cancel
        if state.work.busy is None or state.work.cancelling:
            return usual
        return replace(usual, second=self.ui.t("common.cancel"), second_intent=Stop())

    def first_focus(self) -> QWidget | None:
        """What the failure is about, else the first thing that is missing."""
        state = self.state
        if not state.answers.target.host_kind.needs_login:
            return None
        if state.work.question is not None and self.question.fields:
            return self.question.fields[0].edit
        error = state.failed_on(PageId.LOGIN)
        if error is not None and error.code in CODES:
            return self.host_key.fingerprint
        wanted = field_for(state, error) if error is not None else first_missing(state)
        field = self.form.fields.get(wanted)
        if field is self.form.sudo.password and self.form.sudo.same.isChecked():
            return self.form.sudo.same
        return field.edit if field is not None and not field.isHidden() else None

    def focus_field(self, field: str) -> None:
        """Put the focus into the control of answer *field*, unfolding what hides it."""
        if field == "target.jump":
            self.form.more.unfold(on=True)
        if field in self.form.fields:
            self.form.fields[field].edit.setFocus()

    # ----------------------------------------------------------------- asking

    def _pick_key(self) -> None:
        path = self._choose_key(self.state.answers.target.identity_file)
        if path:
            self.edit(target_edit(identity_file=path))

    def _answer(self, answers: object) -> None:
        question = self.state.work.question
        if question is not None:
            self.ask(AnswerQuestion(question, answers))  # type: ignore[arg-type]

    def _go_on_without(self) -> None:
        """Nothing is kept, and the connection that is open is used."""
        self.edit(
            lambda s: replace(
                s,
                work=replace(s.work, failure=None),
                keeping=replace(s.keeping, wanted=False, kept=False),
            )
        )
        self.ask(Next())

    def _go_on_anyway(self) -> None:
        """The checks say what is possible with few rights."""
        self.edit(lambda s: replace(s, work=replace(s.work, failure=None)))
        self.ask(Next())

    def _reject(self) -> None:
        self._rejected = self.state.answers.target
        self.ask(RejectHostKey())
