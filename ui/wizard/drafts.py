"""Saves unfinished answers while a person fills the pages in."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from installer.appdata.draft import Draft, load_draft, save_draft
from installer.core.errors import InstallError
from installer.views.wizard import LINE_LOST, PageId

if TYPE_CHECKING:
    from ui.wizard.controller import Flow

#: After the last change, in milliseconds.
DRAFT_MS = 1000


class Drafts:
    """Nothing is saved before a person changed an answer (*touched*)."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._timer = flow.timer(DRAFT_MS, self.save)
        self.touched = False

    def usable(self) -> Draft | None:
        """The saved answers, if this version of the program can continue with them."""
        draft = load_draft(self._flow.home)
        return draft if draft and draft.page in list(PageId) else None

    def save_soon(self) -> None:
        """Save when nothing has changed for a moment."""
        self._timer.start()

    def stop(self) -> None:
        """There is nothing to be saved any more."""
        self._timer.stop()

    def flush(self) -> None:
        """Save at once what was to be saved soon."""
        if self._timer.isActive():
            self._timer.stop()
            self.save()

    def save(self) -> None:
        """Save the answers and the page, unless they are those of an older draft or of none."""
        state = self._flow.state
        page = state.page
        beside = (PageId.WELCOME, PageId.DONE, PageId.REPORT)
        if state.intent != "install" or page in beside or state.install.watching:
            return
        if page is PageId.INSTALL and not state.installing and not self._connection_lost():
            page = PageId.REVIEW  # it is over: the next start must not begin it again by itself
        elif page is not PageId.INSTALL and not self.touched:
            return  # nothing was typed: an older draft stays
        with suppress(InstallError):  # a full disk here must not interrupt a user who fills in a form
            save_draft(self._flow.home, Draft(state.answers, page.value, state.login.method, time.time()))

    def _connection_lost(self) -> bool:
        """Whether it was lost during an installation, which then continues without us."""
        error = self._flow.state.failed_on(PageId.INSTALL)
        return error is not None and error.code in LINE_LOST
