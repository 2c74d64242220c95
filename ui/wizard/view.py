"""Puts the wizard's state on the window: rail, page, bottom bar."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from installer.views.wizard import PageId, WizardState, may_visit, place_of, route
from ui.intents import Back, GoToPage, Intent, Next, Stop
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.question import heading
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.window.window import RailEntry, Shell
from ui.wizard.checks.page import ChecksPage
from ui.wizard.done.page import DonePage
from ui.wizard.install.page import InstallPage
from ui.wizard.login.page import LoginPage
from ui.wizard.page import Page
from ui.wizard.review.page import ReviewPage
from ui.wizard.settings.page import SettingsPage
from ui.wizard.story.page import ReportPage
from ui.wizard.welcome.page import WelcomePage
from ui.wizard.where.page import WherePage

_PAGES: dict[PageId, type[Page]] = {
    PageId.WELCOME: WelcomePage,
    PageId.WHERE: WherePage,
    PageId.LOGIN: LoginPage,
    PageId.CHECKS: ChecksPage,
    PageId.SETTINGS: SettingsPage,
    PageId.REVIEW: ReviewPage,
    PageId.INSTALL: InstallPage,
    PageId.DONE: DonePage,
    PageId.REPORT: ReportPage,
}
#: Widgets whose style is worked out ahead in one piece.
_STYLED_AT_ONCE = 25


class WizardView(QObject):
    """Pages are made when they are first shown. ``edited`` and ``asked`` are those of the current page."""

    edited = Signal(object)
    asked = Signal(object)

    def __init__(self, ui: Ui, shell: Shell, state: WizardState) -> None:
        super().__init__()
        self.ui, self.shell, self.state = ui, shell, state
        self.pages: dict[PageId, Page] = {}
        self._unstyled: list[QWidget] = []
        self._making: dict[PageId, Iterator[Page | None]] = {}
        self._made: dict[PageId, Page] = {}
        self._page: PageId | None = None
        self._bar = Bar()
        self._focused: QWidget | None = None  # what this view gave the focus to
        #: Entries of the rail after the steps; the code that sets them handles them.
        self.after: tuple[RailEntry, ...] = ()
        shell.rail.chosen.connect(self._chosen)
        shell.bar.back.connect(lambda: self.asked.emit(Back()))
        shell.bar.primary.connect(lambda: self.asked.emit(self._bar.intent or Next()))
        shell.bar.second.connect(self._second)
        shell.escaped.connect(self._escape)

    def _chosen(self, key: str) -> None:
        if key in list(PageId):
            self.asked.emit(GoToPage(PageId(key)))

    def release(self) -> None:
        """The view is about to go: the window, which stays, no longer reaches it."""
        self.shell.escaped.disconnect(self._escape)

    def show_state(self, state: WizardState) -> None:
        """Show *state*; a page that comes up gets the focus where it is needed first."""
        before, self.state = self.state, state
        self.shell.show_practice(state.practice)
        page = self._page_of(state.page)
        page.show_state(state)
        arrived = self._page is not state.page
        if arrived:
            self._page = state.page
            page.to_top()
            self.shell.stack.setCurrentWidget(page)
            QTimer.singleShot(0, page, lambda: tab_as_read(self.shell))  # pages are made later than the bar
        self._show_bar(page)
        rebuilt = self.shell.rail.show_entries(self.ui.t("shell.product"), self._entries(state))
        if rebuilt and not arrived:  # lines of the rail that are new would come last
            tab_as_read(self.shell)
        if arrived:
            QTimer.singleShot(0, page, self._focus)
        elif self._should_move_focus(page):
            self._focus()
        self._tell(page, before, arrived=arrived)

    def _show_bar(self, page: Page) -> None:
        if page.page is self._page:
            self._bar = page.bar(self.state)
            primary = self.shell.bar.primary_button
            if primary.hasFocus() and not (self._bar.primary and self._bar.enabled):
                self._give_focus(page.area)  # Qt would choose the next button, which may be Cancel or Back
            self.shell.bar.show_bar(self._bar)

    def _tell(self, page: Page, before: WizardState, *, arrived: bool) -> None:
        """What a screen reader does not notice by itself: another page, something awaited, a question, a
        failure."""
        state = self.state
        busy, error = state.work.busy, state.failed_on(state.page)
        said = [page.heading.text()] if arrived else []
        if busy is not None and (before.work.busy is None or before.work.busy.what != busy.what):
            said.append(self.ui.t(f"busy.{busy.what}"))
        failed = error is not None and (arrived or error is not before.failed_on(state.page))
        if state.work.question is not None and state.work.question is not before.work.question:
            said.append(heading(self.ui, state.work.question))
        if error is not None and failed:
            said.append(self.ui.cause(error).what)
        if news := page.news(before):
            said.append(news)
        if failed:
            page.reveal_problem()
        if said:  # after the focus has moved: that would cut it short
            QTimer.singleShot(0, page, lambda: announce(page, "\n".join(said), urgent=failed))

    def _bar_changed(self, page: Page) -> None:
        self._show_bar(page)
        if page.page is self._page and self._should_move_focus(page):
            self._focus()

    def _focus(self) -> None:
        """To what the page wants first, else to the primary button. While neither can be used to the page
        itself, where arrow keys scroll and Enter does no harm: never to Back or Cancel."""
        if self._page is None:
            return
        page = self.pages[self._page]
        for wanted in (page.first_focus(), self.shell.bar.primary_button):
            if wanted is not None and wanted.isEnabled() and wanted.isVisible():
                self._give_focus(wanted)
                return
        self._give_focus(page.area)

    def _give_focus(self, widget: QWidget) -> None:
        self._focused = widget
        widget.setFocus()

    def _should_move_focus(self, page: Page) -> bool:
        """Whether there is a better place for the focus now than the one that this view chose before: it
        waited on the page, or something more urgent than the primary button came up. Where a person put it,
        it stays."""
        focus, primary = self.shell.focusWidget(), self.shell.bar.primary_button
        if self.state.work.busy is not None or focus is not self._focused:
            return False
        if focus is page.area:
            return primary.isEnabled() or page.first_focus() is not None
        return focus is primary and page.first_focus() is not None

    def focus_field(self, field: str) -> None:
        """Put the focus into the control of answer *field*."""
        if self._page is not None:
            page = self.pages[self._page]
            QTimer.singleShot(0, page, lambda: page.focus_field(field))

    def _page_of(self, page_id: PageId) -> Page:
        while page_id not in self.pages:
            self._work_on(page_id)
        return self.pages[page_id]

    def _work_on(self, page_id: PageId) -> None:
        """Make a piece of the page; the last one adds it, which styles all that is in it."""
        made = self._made.pop(page_id, None)
        if made is not None:
            self._add(page_id, made)
        elif page_id not in self._making:
            self._making[page_id] = _PAGES[page_id].in_pieces(self.ui, self.shell.stack)
        elif (page := next(self._making[page_id])) is not None:
            del self._making[page_id]
            self._made[page_id] = page

    def _add(self, page_id: PageId, page: Page) -> None:
        page.edited.connect(self.edited)
        page.asked.connect(self.asked)
        page.bar_changed.connect(lambda: self._bar_changed(page))
        self.shell.stack.addWidget(page)
        self.pages[page_id] = page

    def prepare(self) -> bool:
        """Make a piece of the next page of the route that is not there yet; False if there is none."""
        coming = next((page for page in route(self.state) if page not in self.pages), None)
        if coming is not None:
            self._work_on(coming)
            if coming in self.pages:
                self._unstyled += self.pages[coming].findChildren(QWidget)
        now, self._unstyled = self._unstyled[:_STYLED_AT_ONCE], self._unstyled[_STYLED_AT_ONCE:]
        for widget in now:
            if isValid(widget):
                widget.ensurePolished()  # works out its style, which else makes the page late to come up
        return coming is not None or bool(self._unstyled)

    def _second(self) -> None:
        intent: Intent | None = self._bar.second_intent
        if intent is not None:
            self.asked.emit(intent)

    def _escape(self) -> None:
        """Escape is Cancel while the page has that button. It is not Back: a user does not press it to leave
        a page that is filled in."""
        if isinstance(self._bar.second_intent, Stop):
            self._second()

    def _entries(self, state: WizardState) -> tuple[RailEntry, ...]:
        pages = route(state)
        here = place_of(state)
        current = pages.index(here) if here in pages else 0
        found = []
        for place, page in enumerate(pages):
            word = "done" if place < current else "current" if place == current else "coming"
            if page is PageId.DONE and here is PageId.DONE:
                word = "current"
            enabled = may_visit(state, page) or place == current
            found.append(RailEntry(page.value, self.ui.t(f"shell.page_{page.value}"), word, enabled=enabled))
        return (*found, *self.after)
