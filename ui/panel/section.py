"""The contract between a section and the panel, and what several sections show on top."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from installer.core.errors import Code, InstallError
from installer.core.formatting import moment_or_time
from installer.logs.cited_line import whose
from installer.state.history import ANY_TIME, Times
from installer.views.panel import ALL, PanelState, passes
from ui.intents import Intent, Retry, Stop
from ui.panel.intents import Disconnect, RunAction, ShowLogLine
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, column, label, picture, row, set_kind
from ui.widgets.cause import CauseCard
from ui.widgets.column import Column
from ui.widgets.escape import escaped
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read

#: Services named in a sentence; the others are only counted.
_NAMED = 3
_DOCKER = (Code.DOCKER_NOT_RUNNING, Code.DOCKER_API_FAILED)


class Section(Column):
    """A section of the panel: shows a ``PanelState``, asks by intents, never waits."""

    asked = Signal(object)

    def __init__(self, ui: Ui, heading: str, sentence: str, *, scroll: bool = True) -> None:
        super().__init__(heading, sentence, wide=True, scroll=scroll)
        self.ui = ui
        self.state: PanelState | None = None

    def ask(self, intent: Intent) -> None:
        """Ask for *intent*."""
        self.asked.emit(intent)

    def compose_head(self, before: QWidget | None, beside: QWidget | None, *buttons: QWidget) -> None:
        """Something in front of the title, beside it, and buttons on the right of both."""
        top = row(self.heading, space=10)
        if beside is not None:
            self.heading.setWordWrap(False)
            top.addWidget(beside, 1)
        text = column(top, self.sentence, space=SPACE_S - 2)
        head = row(space=10)
        if before is not None:
            head.addLayout(column(before, None))
        head.addLayout(text, 1)
        if buttons:
            head.addLayout(column(row(*buttons), None))
        self.body.insertLayout(0, head)

    def show_state(self, state: PanelState, now: float) -> None:
        """Show *state*; called again each second while it is in view."""
        self.state = state

    def first_focus(self) -> QWidget | None:
        """What has the focus when the section comes up; None: it stays in the rail."""
        return None


def said_of(ui: Ui, services: tuple[str, ...]) -> str:
    """The services of an action as its object: Dify, one name, or the first ones."""
    named = tuple(s for s in services if s != ALL)
    if not named:
        return ui.t("overview.dify")
    names = ", ".join(named[:_NAMED])
    left = len(named) - _NAMED
    return ui.t("overview.more", names=names, count=ui.count(left)) if left > 0 else names


def show_cited(service: str, lines: tuple[str, ...], when: Times) -> ShowLogLine | None:
    """The intent that shows the log line a diagnosis of a run cites; None if it cites no log."""
    if not lines:
        return None
    found = whose(service, lines)
    return ShowLogLine(found, lines, when) if found else None


def noted(ui: Ui, icon: str, color: str, *content: QWidget) -> QHBoxLayout:
    """An icon beside a column of widgets."""
    mark = column(picture(ui.pixmap(icon, color)), None)
    found = row(mark, space=10)
    found.addLayout(column(*content), 1)
    return found


class ConfirmCard(Card):
    """Asks before something is done, in the page. Esc keeps everything as it is."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="warning")
        self._yes: Callable[[], object] = lambda: None
        self._before: QWidget | None = None
        self.question, self.about = label(bold=True, wrap=True), label("", "second", wrap=True)
        self.yes = button("", self._accept, "danger")
        self.no = button("", self.dismiss)
        self.body.addLayout(noted(ui, "triangle-alert", ui.colors.warning, self.question, self.about))
        self.body.addLayout(row(28, self.yes, self.no, None))
        self.hide()

    def question_for(
        self,
        question: str,
        about: str,
        yes: str,
        no: str,
        on_yes: Callable[[], object],
        *,
        deletes: bool = True,
    ) -> None:
        """Show up with the focus on the harmless answer. *deletes*: *yes* is red, as something is lost."""
        self._yes, self._before = on_yes, self.window().focusWidget()
        self.question.setText(question)
        self.about.setText(about)
        self.yes.setText(yes)
        set_kind(self.yes, "danger" if deletes else "outline")
        self.no.setText(no)
        self.setAccessibleName(f"{question} {about}")
        self.show()
        self.no.setFocus()
        reveal(self)

    def dismiss(self) -> None:
        """Go, and give the focus back."""
        if not self.isHidden():
            inside = self.isAncestorOf(self.window().focusWidget() or self)
            self.hide()
            if inside and self._before is not None:
                self._before.setFocus()

    def _accept(self) -> None:
        self.dismiss()
        self._yes()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while the focus is here, not the window's."""
        return escaped(event, self.dismiss) or super().event(event)


class LostCard(Card):
    """The line is broken and comes back by itself."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__(tone="warning")
        self._ui = ui
        self.what, self.since = label(bold=True, wrap=True), label("", "second", wrap=True)
        self.again = button(ui.t("overview.try_now"), lambda: ask(Retry()))
        line = noted(ui, "unplug", ui.colors.warning, self.what, self.since)
        line.addWidget(self.again, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(line)
        self.hide()

    def show_lost(self, state: PanelState) -> None:
        """Show since when, or nothing."""
        lost = state.lost
        if lost is not None:
            kind = "docker" if lost.code in _DOCKER else "first" if state.status is None else "line"
            self.what.setText(self._ui.t(f"overview.lost_{kind}", time=moment_or_time(state.lost_since)))
            self.since.setText(self._ui.t(f"overview.lost_{kind}_since"))
            self.setAccessibleName(f"{self.what.text()} {self.since.text()}")
            if self.isHidden():
                announce(self, self.what.text(), urgent=True)
        self.setVisible(lost is not None)


class ActionLine(Card):
    """What is being done and since when, then how long it took."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__(tone="accent", margins=12)
        self._ui = ui
        self._said = ""
        self._clock = picture(ui.pixmap("rotate-cw", ui.colors.accent))
        self._check = picture(ui.pixmap("circle-check", ui.colors.ok))
        self.text = label(wrap=True)
        self.end = button(ui.t("overview.cancel"), lambda: ask(Stop()))
        line = row(self._clock, self._check, space=10)
        line.addWidget(self.text, 1)
        line.addWidget(self.end)
        self.body.addLayout(line)
        self.hide()

    def show_action(self, state: PanelState, now: float) -> None:
        """Show the action under way, or the one that ended a moment ago, or nothing."""
        acting, back = bool(state.acting), bool(state.back)
        self.setVisible(acting or back)
        self.set_tone("accent" if acting else "")
        self._clock.setVisible(acting)
        self._check.setVisible(not acting)
        self.end.setVisible(acting)
        self.end.setEnabled(not state.cancelling)
        if acting:
            self.text.setText(self._doing(state, now))
        elif back:
            what = said_of(self._ui, tuple(state.back))
            took = self._ui.duration(max(state.back.values()))
            self.text.setText(self._ui.t("overview.back", what=what, time=took))
        self._tell("acting" if acting else "back" if back else "")

    def _tell(self, shown: str) -> None:
        """Once when it begins and once when it ends; the seconds in between are for the eye."""
        if shown != self._said:
            self._said = shown
            announce(self, self.text.text() if shown else "")

    def _doing(self, state: PanelState, now: float) -> str:
        ui, acting = self._ui, next(iter(state.acting.values()))
        what = ui.t(f"overview.acting_{acting.action}", what=said_of(ui, tuple(state.acting)))
        shown = ui.t("overview.cancelling") if state.cancelling else what
        return f"{shown} {ui.t('common.since', time=ui.duration(now - acting.since))}"


class Notices(QWidget):
    """What stands above a section's own content: a question, a broken line, an action, its failure."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self._errors: dict[bool, InstallError] = {}
        self.confirm = ConfirmCard(ui)
        self.lost = LostCard(ui, ask)
        self.refused, self.failure = CauseCard(ui), CauseCard(ui)
        self.action = ActionLine(ui, ask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        for card in (self.confirm, self.lost, self.refused, self.action, self.failure):
            layout.addWidget(card)
            card.hide()
        self.hide()

    def show_state(self, state: PanelState, now: float) -> None:
        """Show what there is to say; the question goes when it cannot be answered any more."""
        lasting = state.lost if state.lost is not None and not passes(state.lost) else None
        self.lost.show_lost(state if lasting is None else PanelState(state.answers))
        self._cause(self.refused, lasting, login=True)
        self.action.show_action(state, now)
        self._cause(self.failure, state.action_error, login=False, when=state.action_times)
        if state.lost or state.acting:
            self.confirm.dismiss()
        self._adapt()

    def ask_stop(self, services: tuple[str, ...]) -> None:
        """Ask before *services* (none = all) are stopped."""
        self._ask_first("stop_some" if services else "stop", RunAction("stop", services), "stop_no")

    def ask_restart(self) -> None:
        """Ask before all of Dify is restarted."""
        self._ask_first("restart", RunAction("restart"), "restart_no")

    def ask_recreate(self, services: tuple[str, ...]) -> None:
        """Ask before the containers of *services* are recreated."""
        self._ask_first("recreate", RunAction("recreate", services), "recreate_no", deletes=True)

    def _ask_first(self, kind: str, act: RunAction, no: str, *, deletes: bool = False) -> None:
        ui, what = self._ui, said_of(self._ui, act.services)
        self.show()
        self.confirm.question_for(
            ui.t(f"overview.{kind}_question", what=what),
            ui.t(f"overview.{kind}_about"),
            ui.t(f"overview.{kind}_yes", what=what),
            ui.t(f"overview.{no}"),
            lambda: self._ask(act),
            deletes=deletes,
        )

    def _cause(
        self, card: CauseCard, error: InstallError | None, *, login: bool, when: Times = ANY_TIME
    ) -> None:
        card.setVisible(error is not None)
        if error is None:
            return
        ways: list[tuple[str, Callable[[], object]]] = []
        if login:
            ways.append((self._ui.t("overview.try_now"), lambda: self._ask(Retry())))
            ways.append((self._ui.t("overview.disconnect"), lambda: self._ask(Disconnect())))
        elif error.known_failures:
            first = error.known_failures[0]
            cited = show_cited(first.service, first.lines, when)
            if cited is not None:
                ways.append((self._ui.t("logs.show_cited"), lambda: self._ask(cited)))
        if error is not self._errors.get(login):
            self._errors[login] = error
            card.show_error(error, ways)
            announce(card, self._ui.explain(str(error.code), dict(error.params)).what, urgent=True)
            tab_as_read(self)

    def _adapt(self) -> None:
        cards = (self.confirm, self.lost, self.refused, self.action, self.failure)
        self.setVisible(any(not card.isHidden() for card in cards))
