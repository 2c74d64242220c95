"""Which Dify: the version, what is new in it, another one."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from installer.release.catalogue import ReleaseInfo
from installer.views.wizard import WizardState
from ui.style.context import Ui
from ui.widgets.basics import Card, button, column, hint, label, row, unseen_label
from ui.widgets.combo import CalmCombo
from ui.widgets.scroll_into_view import turn
from ui.widgets.waiting import Waiting
from ui.wizard.settings.notes import NotesBox
from ui.wizard.settings.section import ChooseFile, Problems, Section
from ui.wizard.settings.source import SourceFold


class VersionSection(Section):
    """One row; under it, when asked for, the notes and the list of versions."""

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None) -> None:
        super().__init__(ui)
        self._listed: tuple[object, ...] = ()
        self.number, self.about = label("", bold=True), label("", "second", wrap=True)
        self.waiting = Waiting(ui)
        self.news = button(ui.t("settings.what_is_new"), self._toggle_notes)
        self.other = button(ui.t("settings.other_version"), self._toggle_choice)
        self.fixed = hint()
        self.choice = CalmCombo(ui)
        self.choice.setAccessibleName(ui.t("settings.choose_version"))
        self.choice.activated.connect(self._choose)
        self.choice.hide()
        self.listed = hint()
        self.notes = NotesBox(ui)
        self.notes.asked.connect(self.asked)
        self.by_hand = SourceFold(ui, choose_file)
        self.by_hand.wanted.connect(lambda release: self.edit_answers(lambda a: replace(a, release=release)))
        self.controls |= {"release.version": self.choice, "release.source": self.by_hand.source}
        self.column.addWidget(self._card())

    def _card(self) -> Card:
        card = Card()
        name = label(self.ui.t("settings.version"), bold=True)
        head = row()
        head.addLayout(column(row(name, self.number, None), self.about, self.waiting, space=2), 1)
        head.addWidget(self.news)
        head.addWidget(self.other)
        card.body.addLayout(head)
        self.choice_label = unseen_label(self.ui.t("settings.choose_version"), self.choice)
        for part in (self.fixed, self.choice_label, self.choice, self.listed, self.notes, self.by_hand):
            card.body.addWidget(part)
        return card

    def _toggle_notes(self) -> None:
        turn(self.notes, self.news)
        self._name_news()

    def _name_news(self) -> None:
        self.news.setText(
            self.ui.t("settings.what_is_new" if self.notes.isHidden() else "settings.hide_news")
        )

    def _toggle_choice(self) -> None:
        turn(self.choice, self.other)
        if not self.choice.isHidden():
            self.choice.setFocus()
        self._show_age(self.state)

    def _choose(self, place: int) -> None:
        version = str(self.choice.itemData(place))
        self.edit_answers(lambda a: replace(a, release=replace(a.release, version=version)))

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState, problems: Problems) -> None:
        """Show *state*."""
        super().show_state(state, problems)
        record = state.checks.facts.record if state.checks.facts else None
        fixed = record.version if record and record.installed else ""
        version = fixed or _version(state)
        self.number.setText(version)
        self.number.setVisible(bool(version) and state.work.busy is None)
        self.about.setText(self._about(state, version))
        self.about.setVisible(state.work.busy is None)
        self.waiting.show_busy(state.work.busy)
        self.fixed.setText(self.ui.t("settings.version_fixed", version=fixed) if fixed else "")
        self.fixed.setVisible(bool(fixed))
        self._show_notes(_info(state, version))
        self._show_choice(state, changeable=not fixed and _choosable(state))
        self.by_hand.show_release(state.answers.release, fixed=bool(fixed))
        self._show_age(state)

    def _show_age(self, state: WizardState) -> None:
        """A list of an earlier time says so; without any, the way on is to type a version."""
        error = state.release.list_error if not state.answers.release.is_archive else None
        shown = error is not None and self.fixed.isHidden()
        shown = shown and (not state.release.listed or not self.choice.isHidden())
        key = "list_earlier" if state.release.listed else "list_none"
        if shown:
            self.listed.setText(self.ui.t(f"settings.{key}", at=self.ui.moment(state.release.listed_at)))
        self.listed.setVisible(shown)

    def _about(self, state: WizardState, version: str) -> str:
        if not version:
            return self.ui.t("settings.version_unknown")
        release, info = state.answers.release, _info(state, version)
        parts = []
        if release.is_archive:
            parts.append(self.ui.t("settings.version_archive", path=release.source))
        if info is not None and info.prerelease:
            parts.append(self.ui.t("settings.version_pre"))
        elif version == _latest(state):
            parts.append(self.ui.t("settings.version_latest"))
        if info is not None and info.published_at:
            parts.append(self.ui.date(info.published_at))
        if state.checks.situation is not None:
            images = len(state.checks.situation.configuration.images)
            parts.append(self.ui.t("settings.version_images", count=self.ui.count(images)))
        return " · ".join(parts)

    def _show_notes(self, info: ReleaseInfo | None) -> None:
        self.news.setVisible(info is not None and bool(info.notes))
        if info is None or not info.notes:
            self.notes.hide()
            self._name_news()
        else:
            self.notes.show_notes(info)

    def _show_choice(self, state: WizardState, *, changeable: bool) -> None:
        self.other.setVisible(changeable)
        if not changeable:
            self.choice.hide()
            return
        wanted = state.answers.release.version
        listed = _listed(state), wanted, state.answers.release.is_archive
        if listed != self._listed:
            self._listed = listed
            self._fill(state, wanted)
        self.choice.setCurrentIndex(max(0, self.choice.findData(wanted)))

    def _fill(self, state: WizardState, wanted: str) -> None:
        """The list; a version that the list of releases does not have stands in it all the same."""
        ui = self.ui
        self.choice.clear()
        if state.answers.release.is_archive:
            self.choice.addItem(ui.t("settings.choice_file"), "latest")
        else:
            self.choice.addItem(ui.t("settings.choice_latest", version=_latest(state)), "latest")
        for info in _listed(state):
            key = "settings.choice_pre" if info.prerelease else "settings.choice_release"
            self.choice.addItem(
                ui.t(key, version=info.version, date=self.ui.date(info.published_at)), info.version
            )
        if self.choice.findData(wanted) < 0:
            self.choice.addItem(wanted, wanted)

    def control(self, field: str) -> QWidget | None:
        """The list, unfolded, if there is something to choose; what is typed by hand, if it counts."""
        found = super().control(field)
        if found is self.by_hand.source:
            self.by_hand.open(True)
            return found
        if found is not None and not self.other.isHidden():
            self.choice.show()
            return found
        return None


def _listed(state: WizardState) -> tuple[ReleaseInfo, ...]:
    """The releases to choose from. An archive is one release, whatever the list has."""
    return () if state.answers.release.is_archive else state.release.listed


def _choosable(state: WizardState) -> bool:
    """Whether there is another version than the one asked for: for an archive, whichever it holds."""
    release = state.answers.release
    return release.version != "latest" if release.is_archive else bool(state.release.listed)


def _latest(state: WizardState) -> str:
    return next((r.version for r in state.release.listed if not r.prerelease), "")


def _version(state: WizardState) -> str:
    """The version in question, as far as it is known."""
    if state.release.obtained is not None:
        return state.release.obtained.version
    wanted = state.answers.release.version
    return _latest(state) if wanted == "latest" else wanted


def _info(state: WizardState, version: str) -> ReleaseInfo | None:
    return next((r for r in state.release.listed if r.version == version), None)
