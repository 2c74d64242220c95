"""What the sections of Settings have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from installer.answers import Answers, Secrets
from installer.core.errors import InstallError
from installer.core.secrets import Secret
from installer.views.wizard import Missing, WizardState, edit
from ui.intents import Intent
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import button, row
from ui.widgets.cause import CauseCard
from ui.widgets.field import Field, PortField
from ui.widgets.scroll_into_view import reveal

#: An answer's field → what is wrong with it.
Problems = Mapping[str, Missing]
#: Buttons of an error: text, and what it does.
Actions = Sequence[tuple[str, Callable[[], object]]]
#: Asks for a file: (parent, the dialog's title, the path so far) → the path chosen, empty for none.
ChooseFile = Callable[[QWidget, str, str], str]


def ask_file(ui: Ui, kinds: str) -> ChooseFile:
    """The desktop's own dialog. *kinds*: what the usual files are called, and their patterns."""

    def ask(parent: QWidget, title: str, path: str) -> str:
        every = f"{kinds};;{ui.t('settings.all_files')} (*)"
        return QFileDialog.getOpenFileName(parent, title, path, every)[0]

    return ask


class Section(QWidget):
    """A part of the page. ``controls``: an answer's field → the control it is edited with; ``rebuilt``:
    whether controls were made since the page last set the tab order. ``came_up``: a card did."""

    edited = Signal(object)
    asked = Signal(object)
    came_up = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self.ui = ui
        self.state = WizardState()
        self.controls: dict[str, QWidget] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(SPACE_S)
        self.error: CauseCard | None = None
        self.foot: QWidget | None = None  # what no error is about stands under it
        self._error: InstallError | None = None
        self.rebuilt = True

    def adopt(self, part: Section) -> None:
        """Forward the signals of *part*, a section within this one."""
        part.edited.connect(self.edited)
        part.asked.connect(self.asked)
        part.came_up.connect(self.came_up)

    def note_rebuilt(self, part: Section) -> None:
        """What was rebuilt in *part* was rebuilt in here."""
        self.rebuilt |= part.rebuilt
        part.rebuilt = False

    def show_error(self, error: InstallError | None, actions: Actions = ()) -> None:
        """Show *error* under what it is about: what is being typed above it does not move."""
        if error is None:
            if self.error is not None:
                self.error.hide()
            return
        if self.error is None:
            self.error = CauseCard(self.ui)
            self.column.insertWidget(self.column.indexOf(self.foot) if self.foot else -1, self.error)
        if self.error.isHidden() or error is not self._error:
            self._error, self.rebuilt = error, True
            self.error.show_error(error, actions)
            self.error.show()
            self.came_up.emit(self.error)

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state* and what is wrong with it. Must not emit ``edited``."""
        self.state = state

    def control(self, field: str) -> QWidget | None:
        """The control of *field*, brought to light; None if it is not here."""
        return self.controls.get(field)

    def ask(self, intent: Intent) -> None:
        """Ask for *intent*."""
        self.asked.emit(intent)

    def edit_answers(self, change: Callable[[Answers], Answers]) -> None:
        """Ask for other answers."""
        self.edited.emit(lambda state: edit(state, answers=change(state.answers)))

    def edit_secrets(self, change: Callable[[Secrets], Secrets]) -> None:
        """Ask for other secrets."""
        self.edited.emit(lambda state: edit(state, secrets=change(state.secrets)))

    def show_problem(self, name: str, problems: Problems) -> None:
        """Mark the control of *name*, if it is a field, with what is wrong with it."""
        field = self.controls[name]
        if isinstance(field, PortBox):
            field.show_problem(problems.get(name))
        elif isinstance(field, Field):
            judge(self.ui, field, problems.get(name))


def secret(text: str) -> Secret | None:
    """What was typed as a secret; nothing typed is none."""
    return Secret(text) if text else None


def show_trimmed(field: Field, text: str) -> None:
    """Show *text* in a field whose answers are taken without spaces at their ends; a space that is just typed
    stays, the next word may follow."""
    if field.edit.text().strip() != text:
        field.show_text(text)


def judge(ui: Ui, field: Field, problem: Missing | None) -> None:
    """Show *problem* under *field*. An empty field is not red: the bar says what is missing."""
    text = ui.missing(problem.key, problem.params) if problem else ""
    quiet = not field.edit.text() and not isinstance(field, PortField)
    if field.property("judged") != [text, quiet]:  # restyling at each key press would be felt
        field.setProperty("judged", [text, quiet])
        field.show_problem(text, quiet=quiet)


class PortBox(QWidget):
    """A port, and under a taken one a button that takes a free one instead."""

    chosen = Signal(int)

    def __init__(self, ui: Ui, text: str, *, note: str = "") -> None:
        super().__init__()
        self._ui, self._free = ui, 0
        self.field = PortField(ui, text, note=note)
        self.field.chosen.connect(self.chosen)
        self.use = button("", lambda: self.chosen.emit(self._free), "link")
        self.use.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.field)
        layout.addLayout(row(self.use, None))
        layout.addStretch(1)
        self.setFocusProxy(self.field.edit)

    def show_port(self, port: int) -> None:
        """Show *port*; 0 is an empty field."""
        self.field.show_port(port)

    def show_problem(self, problem: Missing | None) -> None:
        """Show *problem*, and the free port that it names."""
        judge(self._ui, self.field, problem)
        free = problem.params.get("free", "") if problem else ""
        self._free = int(free) if free.isdigit() else 0
        self.use.setVisible(bool(self._free))
        if self._free:
            self.use.setText(self._ui.t("settings.use_port", port=free))
            taken = self.field.edit.text()
            self.use.setAccessibleName(self._ui.t("settings.use_port_name", port=free, taken=taken))


class FileField(Field):
    """A path with a button that asks for the file."""

    def __init__(self, ui: Ui, text: str, *, note: str, title: str, choose: Callable[[], object]) -> None:
        super().__init__(ui, text, note=note)
        self.choose = button(ui.t("common.choose_file"), choose, name=title)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)  # noqa: S101  (Field's own)
        layout.insertLayout(1, row(self.edit, self.choose))


class Fold(QWidget):
    """A line that unfolds what is under it."""

    unfolded = Signal()

    def __init__(self, ui: Ui, text: str) -> None:
        super().__init__()
        self._ui = ui
        self.toggle: QPushButton = button(text, self._turn, "link")
        self.content = QWidget()
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE_M)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(row(self.toggle, None))
        layout.addWidget(self.content)
        self.toggle.setCheckable(True)  # says to a screen reader whether it is open
        self.open(False)

    def _turn(self) -> None:
        """As the person asks: what unfolds comes into sight."""
        self.open(self.content.isHidden())
        if not self.content.isHidden():
            reveal(self.content, self.toggle)

    def open(self, unfolded: bool) -> None:
        """Unfold or fold."""
        if unfolded and self.content.isHidden():
            self.unfolded.emit()
        self.content.setVisible(unfolded)
        self.toggle.setChecked(unfolded)
        icon = "chevron-down" if unfolded else "chevron-right"
        self.toggle.setIcon(self._ui.icon(icon, self._ui.colors.accent))
