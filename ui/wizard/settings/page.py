"""Settings: how Dify is to run. Every section edits answers; what is wrong is said as one types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from installer.answers import checks
from installer.answers.optional import SERVICES
from installer.core.errors import Code, InstallError
from installer.views.wizard import PageId, WizardState, field_problems
from installer.views.wizard.edits import is_current
from ui.intents import Retry
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.wizard.page import Page
from ui.wizard.settings.address import AddressSection
from ui.wizard.settings.admin import AdminSection
from ui.wizard.settings.more import MoreSection
from ui.wizard.settings.section import ChooseFile, Section
from ui.wizard.settings.stores import StoreSection
from ui.wizard.settings.version import VersionSection


class SettingsPage(Page):
    """*choose_file* opens the desktop's own dialog; tests put another one in its place. Without *whole* the
    page has no sections yet: ``make`` adds them."""

    page: ClassVar[PageId] = PageId.SETTINGS

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None, *, whole: bool = True) -> None:
        super().__init__(ui, ui.t("settings.title"), ui.t("settings.sentence"))
        self._wrong = False
        self.sections: tuple[Section, ...] = ()
        if whole:
            for _ in self.make(choose_file):
                pass

    def make(self, choose_file: ChooseFile | None = None) -> Iterator[None]:
        """Add the sections one after the other. Each goes into the page at once: what is put from one place
        into another has all its styles worked out again."""
        self.version = VersionSection(self.ui, choose_file)
        self._add(self.version)
        self.version.by_hand.typed.connect(self.bar_changed)
        yield
        self.address = AddressSection(self.ui, choose_file)
        self._add(self.address)
        yield
        self.admin = AdminSection(self.ui)
        self._add(self.admin)
        yield
        self.stores = StoreSection(self.ui)
        self._add(self.stores)
        yield
        self.more = MoreSection(self.ui)
        self._add(self.more)
        self.more.fold.unfolded.connect(self._in_order)
        yield
        yield from self.more.fill()
        self.body.addStretch(1)
        yield

    def _add(self, section: Section) -> None:
        section.edited.connect(self.edited)
        section.asked.connect(self.asked)
        section.came_up.connect(reveal)
        self.sections += (section,)
        self.body.addWidget(section)
        self.body.addSpacing(SPACE_S)

    def _in_order(self) -> None:
        """What a fold has made belongs into the tab order, too."""
        QTimer.singleShot(0, self, self._tab_as_read)

    def _tab_as_read(self) -> None:
        tab_as_read(self)

    @classmethod
    def in_pieces(cls, ui: Ui, parent: QWidget | None = None) -> Iterator[Self | None]:
        """A section after the other."""
        page = cls(ui, whole=False)
        page.wait_in(parent)
        for _ in page.make():
            yield None
        yield page

    def show_state(self, state: WizardState) -> None:
        """Show *state*."""
        super().show_state(state)
        problems = field_problems(state, PageId.SETTINGS)
        self._show_error(state)
        for section in self.sections:
            section.show_state(state, problems)
        if any(section.rebuilt for section in self.sections):
            if self.isVisible():  # else the window does it when the page comes up
                tab_as_read(self)
            for section in self.sections:
                section.rebuilt = False

    def _show_error(self, state: WizardState) -> None:
        error = error_of(state)
        if error is None and self._wrong and not is_current(state):
            return  # a key was pressed, the judgement follows: nothing is to blink in between
        self._wrong = error is not None and error is state.checks.error
        at_once = error is None or self._wrong or error.code is Code.HOST_FILE_FAILED
        retry = () if at_once else ((self.ui.t("common.try_again"), self._retry),)
        place = self._place_of(error) if error else None
        for section in self.sections:
            section.show_error(error if section is place else None, retry)

    def _place_of(self, error: InstallError) -> Section:
        """The section that *error* is about; one of the release is about the version."""
        kind = error.code.partition(".")[0]
        services = {section: getattr(self.state.answers, section).settings for section in SERVICES}
        if path := error.params.get("path"):  # a file that an external service names
            named = next((section for section, of in services.items() if _names(of, path)), "")
            if named:
                return self.stores if named == "stores" else self.more
        places: dict[str, Section] = {"certificate": self.address, "store": self.stores}
        places |= dict.fromkeys(("tls", "webserver", "host"), self.address)
        places |= dict.fromkeys(("database", "env", "storage", "external"), self.more)
        return places.get(kind, self.version)

    def _retry(self) -> None:
        self.ask(Retry())

    def bar(self, state: WizardState) -> Bar:
        """While something is fetched, the bar says what: the place that waits may be out of sight."""
        bar = super().bar(state)
        if state.work.busy:
            return replace(bar, note=self.ui.t(f"busy.{state.work.busy.what}"))
        if self.version.by_hand.pending:
            return replace(bar, enabled=False, note=self.ui.t("settings.source_pending"))
        return bar

    def focus_field(self, field: str) -> None:
        """Bring the control of *field* to light and put the focus into it."""
        for section in self.sections:
            control = section.control(field)
            if control is not None:
                control.setFocus(Qt.FocusReason.TabFocusReason)
                reveal(control)
                return


def _names(settings: Mapping[str, str], path: str) -> bool:
    """Whether one of *settings* is the file *path*, which an error names in full."""
    return any(
        v and checks.local_path(v) is None and str(Path(v).expanduser()) == path for v in settings.values()
    )


def error_of(state: WizardState) -> InstallError | None:
    """What stands in the way on this page as a whole."""
    if state.work.busy is not None:
        return None
    without_release = state.release.error if state.checks.situation is None else None
    return state.failed_on(PageId.SETTINGS) or state.checks.error or without_release
