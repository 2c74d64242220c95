"""Groups under "More settings": how much Dify does at once, its time zone, the largest uploads; and all of
them in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QTimeZone
from PySide6.QtWidgets import QCheckBox

from installer.answers.optional import AS_RELEASED, AUTOMATIC
from installer.config.capacity import preset_of
from installer.config.japanese import japanese_values
from installer.core.resources import table
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.widgets.basics import column, hint
from ui.widgets.combo import ComboField
from ui.widgets.field import PortField
from ui.wizard.settings.database import DatabaseGroup
from ui.wizard.settings.external_service import RedisGroup, StorageGroup
from ui.wizard.settings.group import Group, side_by_side
from ui.wizard.settings.mail import MailGroup, WayOutGroup
from ui.wizard.settings.section import Problems
from ui.wizard.settings.variable_values import values_of

_RELEASED = ""


class CapacityGroup(Group):
    """How much Dify does at once."""

    part = "capacity"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.preset = ComboField(ui, ui.t("settings.capacity_title"), headed=True)
        self.preset.chosen.connect(lambda name: self.change(preset=name))
        self.controls["capacity.preset"] = self.preset
        self.column.addLayout(side_by_side(self.preset, column()))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        memory = state.checks.facts.containers_memory if state.checks.facts else 0
        fitting = preset_of(AUTOMATIC, memory)
        size = _size(self.ui, str(fitting["name"])) if fitting else ""
        ui = self.ui
        automatic = ui.t("settings.capacity_auto_for", size=size) if size else ui.t("settings.capacity_auto")
        names = [str(entry["name"]) for entry in table("presets")["preset"]]
        others = [(preset_words(ui, name), name) for name in (*names, AS_RELEASED)]
        self.preset.show_items([(automatic, AUTOMATIC), *others])
        self.preset.show_value(state.answers.capacity.preset)


def preset_words(ui: Ui, name: str) -> str:
    """What the preset *name* is called."""
    if name in (AUTOMATIC, AS_RELEASED):
        return ui.t("settings.capacity_auto" if name == AUTOMATIC else "settings.capacity_release")
    return ui.t("settings.capacity_for", size=_size(ui, name))


def _size(ui: Ui, name: str) -> str:
    """``4gb`` → ``4 GB``; the largest is "and up"."""
    size = name.removesuffix("gb") + " GB"
    last = name == table("presets")["preset"][-1]["name"]
    return ui.t("settings.capacity_up", size=size) if last else size


class LocaleGroup(Group):
    """Time zone and language of the documents."""

    part = "locale"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.timezone = ComboField(ui, ui.t("settings.timezone"))
        self.timezone.chosen.connect(lambda name: self.change(timezone=name))
        self.controls["locale.timezone"] = self.timezone
        self.timezone.show_items([*self._zones()])
        self.japanese = QCheckBox(ui.t("settings.japanese"))
        self.japanese.clicked.connect(lambda on: self.change(japanese=on))
        self.controls["locale.japanese"] = self.japanese
        self.about = hint(ui.t("settings.japanese_note"))
        self.column.addLayout(side_by_side(self.timezone, column(self.japanese, self.about, None, space=4)))

    def _zones(self) -> Iterable[tuple[str, str]]:
        here = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        yield self.ui.t("settings.timezone_release"), _RELEASED
        yield self.ui.t("settings.timezone_here", zone=here), here
        for zone in QTimeZone.availableTimeZoneIds():
            name = bytes(zone.data()).decode()
            if "/" in name and name != here and not name.startswith(("Etc/", "SystemV/")):
                yield name, name

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        self.timezone.show_value(state.answers.locale.timezone)
        self.japanese.setChecked(state.answers.locale.japanese)
        helps = self._helps(state)
        self.japanese.setVisible(helps)
        self.about.setVisible(helps)

    def _helps(self, state: WizardState) -> bool:
        """Whether the store of this release can be set up for Japanese; one in use keeps its values."""
        values = values_of(state.checks.situation).in_use if state.checks.situation else {}
        store, model = state.answers.stores.vector, state.release.model
        there = values.get("VECTOR_STORE") == store
        return model is not None and not there and bool(japanese_values(store, model))


class UploadsGroup(Group):
    """The largest files."""

    part = "uploads"

    def __init__(self, ui: Ui) -> None:
        super().__init__(ui)
        self.sizes = {
            kind: PortField(ui, ui.t(f"settings.upload_{kind}")) for kind in table("choices")["uploads"]
        }
        for kind, field in self.sizes.items():
            field.chosen.connect(lambda size, kind=kind: self.change(**{kind: size}))
            self.controls[f"uploads.{kind}"] = field
        self.column.addLayout(side_by_side(*self.sizes.values()))

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*; what Dify takes without an answer stands in the empty line."""
        super().show_state(state, problems)
        env = state.checks.situation.configuration.env if state.checks.situation else {}
        known = state.release.model.env_keys if state.release.model else {}
        for kind, field in self.sizes.items():
            key = table("choices")["uploads"][kind]
            size = getattr(state.answers.uploads, kind)
            default = known[key].default if key in known else ""
            field.edit.setPlaceholderText((not size and env.get(key)) or default)
            field.show_port(size)
            self.show_problem(f"uploads.{kind}", problems)


#: In the order in which they are shown.
GROUPS: tuple[Callable[[Ui], Group], ...] = (
    DatabaseGroup,
    RedisGroup,
    StorageGroup,
    CapacityGroup,
    LocaleGroup,
    UploadsGroup,
    MailGroup,
    WayOutGroup,
)
