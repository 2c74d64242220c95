"""From page to page: the primary button, Back, the rail, and Retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.hosts.kinds import SshServer
from installer.views.wizard import PageId, can_go_back, edit, missing, neighbour
from ui import intents as i
from ui.wizard.page_job import idle

if TYPE_CHECKING:
    from ui.wizard.controller import Flow


class Navigation:
    """What leads from one page to another."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def next(self) -> None:
        """Continue, unless the page waits for something or lacks an answer."""
        state = self._flow.state
        if state.work.busy is not None or missing(state):
            return
        actions: dict[PageId, Callable[[], None]] = {
            PageId.WELCOME: self._leave_welcome,
            PageId.WHERE: self._leave_where,
            PageId.LOGIN: self._flow.login.connect,
            PageId.SETTINGS: self._flow.review.show,
            PageId.REVIEW: self._flow.install.install,
            PageId.DONE: self._flow.panel.emit,
        }
        actions.get(state.page, self._forward)()

    def _forward(self) -> None:
        page = neighbour(self._flow.state, 1)
        if page is not None:
            self._flow.set(replace(self._flow.state, page=page))
            self._arrived()

    def _arrived(self) -> None:
        """Settings needs the release; opening it early cancelled the query for it."""
        state = self._flow.state
        known = state.checks.situation or state.checks.error or state.release.error
        if state.page is PageId.SETTINGS and not known:
            self._flow.checks.judge_now()

    def _leave_welcome(self) -> None:
        state = self._flow.state
        if state.intent == "open":
            target = replace(state.answers.target, kind=SshServer.name)
            self._flow.set(edit(state, answers=replace(state.answers, target=target)))
        page = neighbour(self._flow.state, 1) or PageId.WHERE
        self._flow.install.set(resuming=False)
        self._flow.set(replace(self._flow.state, page=page))

    def _leave_where(self) -> None:
        if self._flow.state.answers.target.host_kind.needs_login:
            self._forward()
        else:
            self._flow.login.connect()

    def on_back(self, _: i.Back) -> None:
        if self._flow.state.page is PageId.REPORT:
            self._flow.report.leave()
            return
        page = neighbour(self._flow.state, -1)
        if page is None or not can_go_back(self._flow.state):
            return
        self._flow.page_job.stop()
        if self._flow.state.install.watching:
            self._flow.checks.look_again()
            return
        self._flow.set(replace(idle(self._flow.state), page=page))
        if page is PageId.REVIEW:
            self._flow.review.show()

    def on_go_to_page(self, intent: i.GoToPage) -> None:
        if self._flow.state.page is PageId.REPORT:
            self._flow.report.leave()
            if intent.page is self._flow.state.page:
                return
        self._flow.page_job.stop()
        self._flow.set(replace(idle(self._flow.state), page=intent.page))
        self._arrived()
        self._flow.focus_soon(intent.field)

    def retry(self) -> None:
        """Do again what the page shows as failed or stopped."""
        flow, state = self._flow, self._flow.state
        if state.page is PageId.INSTALL and state.undoing is not None:
            flow.undo.retry()
        elif state.page is PageId.INSTALL and state.install.watching:
            flow.checks.look_again()
        elif state.page is PageId.INSTALL and flow.session.host is not None:
            flow.install.install()
        elif state.page is PageId.INSTALL:
            flow.page_job.set(failure=None)
            flow.install.set(resuming=True)
            flow.set(replace(flow.state, page=PageId.LOGIN))
        elif state.page is PageId.CHECKS:
            flow.checks.check_again()
        elif state.page is PageId.SETTINGS:
            flow.checks.judge_now()
        elif state.page is PageId.REVIEW:
            flow.review.show()
        else:
            flow.login.connect()
