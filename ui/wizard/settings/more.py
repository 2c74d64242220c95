"""What few people change: folder, project, reach, plugins, the further groups, all variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QVBoxLayout, QWidget

from installer.answers import Answers, Ports, Target
from installer.answers.decided import of_services, owners
from installer.answers.external_services import chosen
from installer.state.plan_input import Situation
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import Card, button, column, hint, label, row
from ui.widgets.field import Field
from ui.widgets.scroll_into_view import reveal
from ui.wizard.settings.further import GROUPS
from ui.wizard.settings.group import Group
from ui.wizard.settings.section import Fold, PortBox, Problems, Section, show_trimmed
from ui.wizard.settings.variable_table import VariableTable
from ui.wizard.settings.variable_values import Values, values_of, variables_of

EVERYWHERE, SELF = "0.0.0.0", "127.0.0.1"  # noqa: S104  (one of two answers, not a socket)
_EVERYWHERE, _SELF = (EVERYWHERE, "::"), (SELF, "::1")


class MoreSection(Section):
    """Folded until the user opens it, or something in it is wrong and asked for. Whole once ``fill`` has
    ended."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.groups: tuple[Group, ...] = ()
        self._problems: Problems = {}
        self.fold = Fold(ui, ui.t("settings.more"))
        self.fold.unfolded.connect(self._show_groups)
        self.folder = Field(ui, ui.t("settings.folder"), note=ui.t("settings.folder_note"))
        self.project = Field(ui, ui.t("settings.project"), note=ui.t("settings.project_note"))
        self.folder.typed.connect(lambda text: self._target(lambda t: replace(t, directory=text.strip())))
        self.project.typed.connect(lambda text: self._target(lambda t: replace(t, project=text.strip())))
        self.everyone = QRadioButton(ui.t("settings.bind_all"))
        self.itself = QRadioButton(ui.t("settings.bind_self"))
        self.other = QRadioButton()
        self.everyone.clicked.connect(lambda: self._bind(EVERYWHERE))
        self.itself.clicked.connect(lambda: self._bind(SELF))
        self.debugging = PortBox(ui, ui.t("settings.debugging"), note=ui.t("settings.debugging_note"))
        self.debugging.chosen.connect(lambda port: self._ports(lambda p: replace(p, plugin_debugging=port)))
        self.public = QCheckBox(ui.t("settings.debugging_public"))
        self.public.clicked.connect(lambda on: self._ports(lambda p: replace(p, plugin_debugging_public=on)))
        self._fill()
        self._variables()
        self.column.addWidget(self.fold)
        self.controls |= {
            "target.directory": self.folder,
            "target.project": self.project,
            "site.bind": self.everyone,
            "ports.plugin_debugging": self.debugging,
            "ports.plugin_debugging_public": self.public,
            "env": self.table,
        }

    def _fill(self) -> None:
        where = row(space=SPACE_M)
        where.addWidget(self.folder, 1)
        where.addWidget(self.project, 1)
        self.fold.body.addLayout(where)
        self.fold.body.addWidget(self._reach())
        plugins = row(space=SPACE_M)
        plugins.addWidget(self.debugging, 1)
        plugins.addLayout(
            column(22, self.public, hint(self.ui.t("settings.debugging_else")), None, space=4), 1
        )
        self.fold.body.addLayout(plugins)

    def fill(self) -> Iterator[None]:
        """Add the groups one after the other, then the variables."""
        for made in GROUPS:
            group = made(self.ui)
            self.adopt(group)
            self.fold.body.addWidget(group)
            self.groups += (group,)
            yield
        self.fold.body.addWidget(self.card)
        yield

    def _reach(self) -> QWidget:
        return self._group(self.ui.t("settings.bind"), (self.everyone, self.itself, self.other))

    def _group(self, title: str, choices: Iterable[QRadioButton], about: str = "") -> QWidget:
        """A group of its own: screen readers say what the choice is about."""
        box = QWidget()
        box.setAccessibleName(title)
        box.setAccessibleDescription(about)
        group = QButtonGroup(box)
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(label(title, bold=True))
        if about:
            layout.addWidget(hint(about))
        for choice in choices:
            group.addButton(choice)
            layout.addWidget(choice)
        return box

    def _variables(self) -> None:
        ui = self.ui
        self._known: tuple[object, ...] = ()
        self._judged: Situation | None = None
        self._values = Values()
        self.title, self.count = label("", bold=True, wrap=True), label("", "second", wrap=True)
        self.open_table = button(ui.t("settings.variables_open"), self._toggle_table)
        self.table = VariableTable(ui)
        self.table.changed.connect(self._set_variable)
        self.table.hide()
        card = self.card = Card()
        head = row(space=SPACE_M)
        head.addWidget(self.title, 1)
        head.addWidget(self.count, 1)
        head.addWidget(self.open_table)
        card.body.addLayout(head)
        card.body.addWidget(hint(ui.t("settings.variables_text")))
        card.body.addWidget(self.table)

    # -------------------------------------------------------------------- edits

    def _target(self, change: Callable[[Target], Target]) -> None:
        self.edit_answers(lambda a: replace(a, target=change(a.target)))

    def _ports(self, change: Callable[[Ports], Ports]) -> None:
        self.edit_answers(lambda a: replace(a, ports=change(a.ports)))

    def _bind(self, address: str) -> None:
        self.edit_answers(lambda a: replace(a, site=replace(a.site, bind=address)))

    def _set_variable(self, name: str, value: str | None) -> None:
        def change(answers: Answers) -> Answers:
            env = {key: text for key, text in answers.env.items() if key != name}
            if value is not None:
                env[name] = value
            return replace(answers, env=MappingProxyType(env))

        self.edit_answers(change)

    def _toggle_table(self) -> None:
        self._open_table(self.table.isHidden())
        if not self.table.isHidden():
            self.table.setFocus()
            reveal(self.table, self.open_table)

    def _open_table(self, there: bool) -> None:
        self.table.setVisible(there)
        key = "settings.variables_close" if there else "settings.variables_open"
        self.open_table.setText(self.ui.t(key))

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        answers = state.answers
        unnamed = replace(answers, target=replace(answers.target, directory="", project=""))
        self.folder.edit.setPlaceholderText(unnamed.directory)
        self.project.edit.setPlaceholderText(
            replace(unnamed, target=replace(answers.target, project="")).project
        )
        show_trimmed(self.folder, answers.target.directory)
        show_trimmed(self.project, answers.target.project)
        self.debugging.show_port(answers.ports.plugin_debugging)
        self.public.setChecked(answers.ports.plugin_debugging_public)
        self._show_bind(answers.site.bind)
        for name in ("target.directory", "target.project", "ports.plugin_debugging"):
            self.show_problem(name, problems)
        self._problems = problems
        if not self.fold.content.isHidden():  # hidden controls cost nothing while the user types above
            self._show_groups()
        self._show_variables(state)

    def _show_groups(self) -> None:
        for group in self.groups:
            group.show_state(self.state, self._problems)
            self.note_rebuilt(group)

    def _show_bind(self, bind: str) -> None:
        shown = self.everyone if bind in _EVERYWHERE else self.itself if bind in _SELF else self.other
        self.other.setVisible(shown is self.other)
        self.other.setText(self.ui.t("settings.bind_other", address=bind))
        shown.setChecked(True)
        self.controls["site.bind"] = shown

    def _show_variables(self, state: WizardState) -> None:
        env, ui = state.answers.env, self.ui
        if (model := state.release.model) is not None:  # while another is fetched, the former one's stay
            extra = tuple(name for name in env if not model.knows(name))
            decided, services = owners(state.answers), chosen(state.answers)
            if (model.version, extra, decided, services) != self._known:
                self._known = model.version, extra, decided, services
                decided = {**of_services(state.answers, model.env_keys), **decided}
                self._all = variables_of(model, env, decided)
                self.table.show_variables(self._all)
            self.title.setText(ui.t("settings.variables", version=model.version))
        if state.checks.situation is not self._judged:
            self._judged = state.checks.situation
            self._values = values_of(state.checks.situation) if state.checks.situation else Values()
        self.table.model.show_values(replace(self._values, answered=env))
        count = ui.count(len(self._all) if self._known else 0)
        self.count.setText(ui.t("settings.variables_count", count=count, changed=ui.count(len(env))))
        self.title.setVisible(bool(self._known))
        self.open_table.setEnabled(bool(self._known))

    def control(self, field: str) -> QWidget | None:
        """The control, with everything unfolded that hides it."""
        found = super().control("env" if field.startswith("env.") else field)
        if found is None and self._of_group(field) is not None:
            self.fold.open(True)  # a group knows all its controls once it shows the state
            found = self._of_group(field)
        if found is not None:
            self.fold.open(True)
            if found is self.table:
                self._open_table(True)
        return found

    def _of_group(self, field: str) -> QWidget | None:
        return next((c for g in self.groups if (c := g.control(field))), None)
