"""The settings of one external service: which there are is read from the release."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QGridLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from installer.answers.external_services import Field as ServiceField
from installer.answers.external_services import entry_of, fields
from installer.release.model import ReleaseModel
from installer.views.wizard import WizardState, effective
from installer.views.wizard.external import in_use, with_secret, with_setting
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.basics import clear, column, hint
from ui.widgets.combo import ComboField
from ui.widgets.field import Field, PortField, SecretField
from ui.widgets.tips import set_tip
from ui.wizard.settings.section import (
    FileField,
    Fold,
    Problems,
    Section,
    ask_file,
    judge,
    secret,
    show_trimmed,
)

_ACROSS = 2
_CERTIFICATES = "(*.pem *.crt *.cer)"


class Switch(QWidget):
    """A box to tick, with what it means under it, as high as the lines beside it."""

    def __init__(self, text: str, note: str, called: str) -> None:
        super().__init__()
        self.box = QCheckBox(text)
        self.box.setAccessibleName(called)
        self.box.setAccessibleDescription(note)
        self.setFocusProxy(self.box)
        inside = column(18, self.box, hint(note), None, space=4)
        inside.setContentsMargins(0, 0, 0, 0)
        self.setLayout(inside)


class ServiceFields(Section):
    """Rebuilt for another kind of service or another release. *section*: of the answers file.
    ``choose_file`` asks for a file; tests put another one in its place."""

    def __init__(self, ui: Ui, section: str) -> None:
        super().__init__(ui)
        self.section = section
        self.choose_file = ask_file(ui, f"{ui.t('settings.certificate_files')} {_CERTIFICATES}")
        self._made: tuple[str, str] | None = None
        self._kind = ""
        self._fields: Mapping[str, ServiceField] = {}
        self.grid = QGridLayout()
        self.more = Fold(ui, "")
        self.more_grid = QGridLayout()
        for grid in (self.grid, self.more_grid):
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setHorizontalSpacing(SPACE_M)
            grid.setVerticalSpacing(SPACE_S + 4)
            for place in range(_ACROSS):
                grid.setColumnStretch(place, 1)
        self.more.body.addLayout(self.more_grid)
        self.column.addLayout(self.grid)
        self.column.addWidget(self.more)

    def show_service(self, state: WizardState, kind: str, problems: Problems) -> None:
        """Show the settings of *kind*, and what is wrong with them; nothing before the release is there."""
        super().show_state(state, problems)
        model = state.release.model
        if model is None:
            self.setVisible(kind == self._kind)  # those of another kind are not known yet
            return
        self.show()
        typed_into = ""
        if self._made != (model.version, kind):
            self._made = model.version, kind
            typed_into = self._typed_into()
            self._build(model, kind)
        answers = effective(state)
        kept = in_use(state, answers)
        for name, known in self._fields.items():
            self._show(known, state, kept=name in kept)
            control = self.controls[self._key(known)]
            if isinstance(control, Field):
                judge(self.ui, control, problems.get(self._key(known)))
        if typed_into in self.controls:
            self._go_on_in(self.controls[typed_into])

    def _typed_into(self) -> str:
        """The setting that has the focus: another release may arrive while the user types."""
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            return ""
        return next((key for key, control in self.controls.items() if control.isAncestorOf(focus)), "")

    def _go_on_in(self, control: QWidget) -> None:
        self.more.open(self.more.isAncestorOf(control))
        control.show()
        control.setFocus()

    def control(self, field: str) -> QWidget | None:
        """The control, with what hides it unfolded. Without a name (``SECTION.settings``): the first."""
        first = next(iter(self.controls), "") if field == f"{self.section}.settings" else field
        found = super().control(first)
        if found is not None and self.more.content.isAncestorOf(found):
            self.more.open(True)
        return found

    # -------------------------------------------------------------------- building

    def _key(self, known: ServiceField) -> str:
        if known.secret:
            return f"secrets.{self.section}.{known.name}"
        return f"{self.section}.settings.{known.name}"

    def _build(self, model: ReleaseModel, kind: str) -> None:
        for grid in (self.grid, self.more_grid):
            clear(grid)
        self.controls.clear()
        self._kind = kind
        known = fields(model, self.section, kind)
        self._fields = {field.name: field for field in known}
        usual = [field for field in known if not field.more]
        further = [field for field in known if field.more]
        for grid, part in ((self.grid, usual), (self.more_grid, further)):
            for number, field in enumerate(part):
                made = self.controls[self._key(field)] = self._control(field)
                grid.addWidget(made, number // _ACROSS, number % _ACROSS, Qt.AlignmentFlag.AlignTop)
        self.more.toggle.setText(self.ui.t("settings.service_more", count=self.ui.count(len(further))))
        self.more.open(False)
        self.more.setVisible(bool(further))
        self.rebuilt = True

    def _control(self, known: ServiceField) -> QWidget:
        ui, name = self.ui, known.name
        label = self._label(known)
        service = str(entry_of(self.section, self._kind).get("name", self._kind))
        called = ui.t("settings.service_field", service=service, label=label)
        note = known.comment if known.meaning == "other" else ui.texts.external_field(known.meaning).help
        take = partial(self._set, name)
        made: QWidget
        if known.secret:
            made = SecretField(ui, label, note=note, name=called)
            made.typed.connect(lambda text: self._set_secret(name, text))
        elif known.choices:
            made = _Choice(ui, label, note, called)
            made.field.show_items([(value, value) for value in known.choices])
            made.field.chosen.connect(take)
        elif known.type == "switch":
            made = Switch(label, note, called)
            made.box.clicked.connect(lambda on: self._set(name, "true" if on else "false"))
        elif known.type in ("port", "number"):
            made = PortField(ui, label, note=note, placeholder=known.default, name=called)
            made.typed.connect(take)
        elif known.type == "file":
            title = ui.t("settings.service_file", what=called)
            made = FileField(ui, label, note=note, title=title, choose=lambda: self._ask_file(name, title))
            made.edit.setAccessibleName(called)
            made.typed.connect(lambda text: self._set(name, text.strip()))
        else:
            made = Field(ui, label, note=note, placeholder=known.default, name=called)
            made.typed.connect(lambda text: self._set(name, text.strip()))
        set_tip(made, name)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return made

    def _label(self, known: ServiceField) -> str:
        """Its meaning; its own name where another one means the same, so that they are not confused."""
        others = (field for field in self._fields.values() if field.name != known.name)
        label = self.ui.field_label(known.meaning, known.name)
        alike = any(self.ui.field_label(field.meaning, field.name) == label for field in others)
        return known.name if alike and not known.required else label

    # -------------------------------------------------------------------- edits

    def _set(self, name: str, value: str) -> None:
        self.edit_answers(lambda answers: with_setting(answers, self.section, name, value))

    def _set_secret(self, name: str, text: str) -> None:
        self.edit_secrets(lambda given: with_secret(given, self.section, name, secret(text)))

    def _ask_file(self, name: str, title: str) -> None:
        before = getattr(self.state.answers, self.section).settings.get(name, "")
        if path := self.choose_file(self, title, before):
            self._set(name, path)

    # -------------------------------------------------------------------- state

    def _show(self, known: ServiceField, state: WizardState, *, kept: bool) -> None:
        control = self.controls[self._key(known)]
        value = getattr(state.answers, self.section).settings.get(known.name, "")
        if known.secret and isinstance(control, Field):
            given = state.secrets.external.get(self.section, {}).get(known.name)
            control.show_text(given.reveal() if given else "")
            control.edit.setPlaceholderText(self.ui.t("settings.service_kept") if kept else "")
        elif isinstance(control, _Choice):
            control.field.show_value(value or known.default or known.choices[0])
        elif isinstance(control, Switch):
            control.box.setChecked((value or known.default).lower() == "true")
        elif isinstance(control, PortField):
            control.show_text(value)
        elif isinstance(control, Field):
            show_trimmed(control, value)


class _Choice(QWidget):
    """A list with what it is about under it."""

    def __init__(self, ui: Ui, text: str, note: str, called: str) -> None:
        super().__init__()
        self.field = ComboField(ui, text)
        self.field.list.setAccessibleName(called)
        self.field.list.setAccessibleDescription(note)
        self.setFocusProxy(self.field.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field)
        layout.addWidget(hint(note))
