"""External services instead of containers beside Dify: Redis, files, and base classes of the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QWidget

from installer.answers.external_services import entry_of, kinds
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import column, hint
from ui.widgets.combo import ComboField
from ui.wizard.settings.group import Group, side_by_side
from ui.wizard.settings.section import Problems, Section
from ui.wizard.settings.service_fields import ServiceFields
from ui.wizard.settings.service_trial import ServiceTrial


class OwnService(Section):
    """What a service of *section* is reached by, and trying it. Made when it is needed first."""

    def __init__(self, ui: Ui, section: str) -> None:
        super().__init__(ui)
        self.section = section
        self.fields: ServiceFields | None = None
        self.trial: ServiceTrial | None = None
        self.column.setSpacing(SPACE_M)
        self.hide()

    def show_service(self, state: WizardState, kind: str, problems: Problems) -> None:
        """Show the service of *kind*; an empty one is none."""
        super().show_state(state, problems)
        self.setVisible(bool(kind))
        if not kind:
            return
        if self.fields is None or self.trial is None:
            self.fields = ServiceFields(self.ui, self.section)
            self.trial = ServiceTrial(self.ui, self.section)
            for part in (self.fields, self.trial):
                self.adopt(part)
                self.column.addWidget(part)
        self.fields.show_service(state, kind, problems)
        self.trial.show_trial(state, name_of(self.section, kind), problems)
        for part in (self.fields, self.trial):
            self.note_rebuilt(part)

    def control(self, field: str) -> QWidget | None:
        """The control of *field*, if the service is shown."""
        return self.fields.control(field) if self.fields is not None and not self.isHidden() else None


class OwnGroup(Group):
    """A group with an external service in it; *part* is its section of the answers file."""

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.service = OwnService(ui, self.part)
        self.adopt(self.service)

    def show_service(self, state: WizardState, kind: str, problems: Problems) -> None:
        """Show the service of *kind*; an empty one is none."""
        self.service.show_service(state, kind, problems)
        self.note_rebuilt(self.service)

    def control(self, field: str) -> QWidget | None:
        """Also what the service is reached by."""
        return super().control(field) or self.service.control(field)


class RedisGroup(OwnGroup):
    """Cache and queue."""

    part = "redis"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.own = QCheckBox(ui.t("settings.service_own"))
        title, own = ui.t("settings.redis_title"), self.own.text()
        self.own.setAccessibleName(ui.t("settings.service_field", service=title, label=own))
        self.own.clicked.connect(lambda on: self.change(external=on))
        self.mode = ComboField(ui, ui.t("settings.redis_mode"))
        self.mode.chosen.connect(lambda mode: self.change(mode=mode))
        self.controls |= {"redis.external": self.own, "redis.mode": self.mode}
        self.modes = QWidget()
        self.modes.setLayout(side_by_side(self.mode, column()))
        for part in (self.own, self.modes, self.service):
            self.column.addWidget(part)

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        redis = state.answers.redis
        offered = offers(state, "redis", redis.mode)
        self.own.setChecked(redis.external)
        self.mode.show_items([(self.ui.t(f"settings.redis_{mode}"), mode) for mode in offered])
        self.mode.show_value(redis.mode)
        self.modes.setVisible(redis.external and len(offered) > 1)
        self.show_service(state, redis.mode if redis.external else "", problems)

    def control(self, field: str) -> QWidget | None:
        """Fields that are not there lead to the switch that brings them."""
        found = super().control(field)
        if found is self.mode and self.modes.isHidden():
            return self.own
        return found or (self.own if field.startswith(("redis.settings", "secrets.redis")) else None)


class StorageGroup(OwnGroup):
    """Where uploaded files are kept."""

    part = "storage"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.kind = ComboField(ui, ui.t("settings.storage_title"), headed=True)
        self.kind.chosen.connect(lambda kind: self.change(kind=kind))
        self.about = hint()
        self.controls["storage.kind"] = self.kind
        self.column.addLayout(side_by_side(self.kind, self.about))
        self.column.addWidget(self.service)

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        chosen, texts = state.answers.storage.kind, self.ui.texts
        offered = ("", *offers(state, "storage", chosen))
        self.kind.show_items([(texts.storage(kind).name, kind) for kind in offered])
        self.kind.show_value(chosen)
        said = texts.storage(chosen)
        self.about.setText(self.ui.t("settings.choice_about", about=said.about, who=said.who))
        self.show_service(state, chosen, problems)

    def control(self, field: str) -> QWidget | None:
        """Fields that are not there lead to the list that brings them."""
        found = super().control(field)
        return found or (self.kind if field.startswith(("storage.settings", "secrets.storage")) else None)


def offers(state: WizardState, section: str, chosen: str) -> Sequence[str]:
    """The kinds that the release can use; one that was chosen stays in the list."""
    known = kinds(state.release.model, section) if state.release.model else ()
    return known if not chosen or chosen in known else (*known, chosen)


def name_of(section: str, kind: str) -> str:
    """As its maker spells it."""
    return str(entry_of(section, kind).get("name", kind))
