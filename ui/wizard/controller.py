"""The wizard's controller: holds the one state, carries out what pages ask for, starts jobs.

Runs in the GUI thread only; everything that may wait is a job. One class in parts, in the order of the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.answers import Admin, Answers, Secrets
from installer.core.errors import InstallError
from installer.views.wizard import LoginMethod, PageId, can_go_back, edit, missing, neighbour
from ui import intents as i
from ui.connection.session import Session
from ui.wizard.controller_core import IDLE
from ui.wizard.login.controller import may_accept
from ui.wizard.story.controller import ReportFlow

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.network.forward import Forward

__all__ = ["Flow", "may_accept"]


class Flow(ReportFlow):
    """``changed`` gives the new state; ``panel`` asks the window to become the control panel of the session;
    ``field`` asks for the focus; ``copied`` and ``browse`` are for the desktop."""

    def _on_next(self, intent: i.Next) -> None:
        state = self.state
        if state.busy is not None or missing(state):
            return
        actions: dict[PageId, Callable[[], None]] = {
            PageId.WELCOME: self._leave_welcome,
            PageId.WHERE: self._leave_where,
            PageId.LOGIN: self._connect,
            PageId.SETTINGS: self._to_review,
            PageId.REVIEW: self._install,
            PageId.DONE: self.panel.emit,
        }
        actions.get(state.page, self._forward)()

    def _forward(self) -> None:
        page = neighbour(self.state, 1)
        if page is not None:
            self.set(replace(self.state, page=page))
            self._arrived()

    def _arrived(self) -> None:
        """Settings needs the release; opening it early cancelled the query for it."""
        state = self.state
        known = state.situation or state.settings_error or state.release_error
        if state.page is PageId.SETTINGS and not known:
            self._judge_now()

    def _leave_welcome(self) -> None:
        if self.state.intent == "open":
            target = replace(self.state.answers.target, kind="ssh")
            self.set(edit(self.state, answers=replace(self.state.answers, target=target)))
        self.set(replace(self.state, page=neighbour(self.state, 1) or PageId.WHERE, resuming=False))

    def _leave_where(self) -> None:
        if self.state.answers.target.kind == "local":
            self._connect()
        else:
            self._forward()

    def _on_back(self, intent: i.Back) -> None:
        if self.state.page is PageId.REPORT:
            self._leave_report()
            return
        page = neighbour(self.state, -1)
        if page is None or not can_go_back(self.state):
            return
        self._stop_looking()
        if self.state.watching:
            self._look_again()
            return
        self.set(replace(self.state, page=page, **IDLE))
        if page is PageId.REVIEW:
            self._to_review()

    def _on_gotopage(self, intent: i.GoToPage) -> None:
        if self.state.page is PageId.REPORT:
            self._leave_report()
            if intent.page is self.state.page:
                return
        self._stop_looking()
        self.set(replace(self.state, page=intent.page, **IDLE))
        self._arrived()
        self._field = intent.field

    def _on_retry(self, intent: i.Retry) -> None:
        page = self.state.page
        if page is PageId.INSTALL and self.state.undoing is not None:
            self._after_undo()
        elif page is PageId.INSTALL and self.state.watching:
            self._look_again()
        elif page is PageId.INSTALL and self.session.host is not None:
            self._install()
        elif page is PageId.INSTALL:
            self.set(replace(self.state, page=PageId.LOGIN, failure=None, resuming=True))
        elif page is PageId.CHECKS:
            self._on_checkagain(i.CheckAgain())
        elif page is PageId.SETTINGS:
            self._judge_now()
        elif page is PageId.REVIEW:
            self._to_review()
        else:
            self._connect()

    def _after_undo(self) -> None:
        """An undo whose end is not known: what is left of it is looked for, and nothing is installed."""
        if self.session.host is not None:
            self._on_showundo(i.ShowUndo())
        else:
            self.set(replace(self.state, page=PageId.LOGIN, **{**IDLE, "resuming": False}))

    def leave(self) -> None:
        """The program ends: what jobs report from now on says nothing about what they left running."""
        self.flush()
        self._judge.stop()
        self._round += 1

    def restart(self) -> None:
        """Back to Welcome with nothing remembered of the last connection."""
        self._stop_looking()
        self.session.close()
        self.set(self.fresh)
        self.begin()

    def hand_over(self) -> Session:
        """Give the connection away, to a control panel, and be as at the beginning."""
        session, self.session = self.session, Session(self.home)
        self._stop_looking()
        self.set(replace(self.fresh, live=self.state.live))
        self.begin()
        return session

    def change(
        self,
        field: str | None,
        session: Session | None = None,
        answers: Answers | None = None,
        login: LoginMethod | None = None,
    ) -> None:
        """From the control panel, over its connection (*session*, with its *answers* and its way of logging
        in): to the settings of the installation there; the answer *field* is to have the focus. None: to the
        checks for a new one."""
        self.flush()  # what the user typed for another server stays its draft
        self._touched = False
        before = self.state
        if session is not None:
            self.session.close()
            self.session = session
            before = replace(before, secrets=Secrets())
        kept = replace(
            self.fresh,
            page=PageId.CHECKS,
            # the account was a wish of the run that made it; a password for it is not at hand
            answers=replace(answers or before.answers, admin=Admin()),
            secrets=before.secrets,
            login=login or before.login,
            keeping=before.keeping,
            known=before.known,
            local=before.local,
            connected=self.session.host is not None,
            rights=self.session.rights,
        )
        self._stop_looking()
        self.set(kept)
        self._wanted = field
        self._look_again()

    def _on_copytext(self, intent: i.CopyText) -> None:
        self.copied.emit(intent.text, intent.secret)

    def _on_opendify(self, intent: i.OpenDify) -> None:
        self.browse.emit(intent.url)

    def _on_openthroughssh(self, _: i.OpenThroughSsh) -> None:
        """One at a time: a second listener would be of no use."""
        if self.state.tunnelling:
            return
        host, (answers, _secrets) = self.session.host, self._answers()
        self.set(replace(self.state, tunnelling=True, tunnel_error=None))
        job = self.jobs.glance(self.session.open_through_ssh(answers))
        job.done.connect(lambda forward: self._through_ssh(host, forward))
        job.failed.connect(lambda error: self._not_through_ssh(host, error))

    def _through_ssh(self, host: Host | None, forward: Forward) -> None:
        """What comes up for a connection that is no more is neither kept nor opened."""
        kept = self.session.keep_forward(host, forward)
        if kept is not None and self.state.page is PageId.DONE:
            self.set(replace(self.state, tunnel=kept.url, tunnel_error=None, tunnelling=False))
            self.browse.emit(kept.url)

    def _not_through_ssh(self, host: Host | None, error: InstallError) -> None:
        if self.session.host is host and self.state.page is PageId.DONE:
            self.set(replace(self.state, tunnel_error=error, tunnelling=False))

    def _on_openpanel(self, intent: i.OpenPanel) -> None:
        self.panel.emit()
