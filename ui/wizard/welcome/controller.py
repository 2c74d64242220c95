"""Welcome: known servers, unfinished answers, answers files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.answers import Answers, Target, dump_answers, load_answers
from installer.appdata.draft import Draft, clear_draft
from installer.appdata.keychain import account
from installer.appdata.known_server_edit import problem, result
from installer.appdata.known_servers import KnownServer, place
from installer.core.errors import Code, InstallError
from installer.views.wizard import Failure, PageId, WizardState, effective, method_of, opened, with_answers
from ui import intents as i
from ui.connection.session import answers_at

if TYPE_CHECKING:
    from ui.wizard.controller import Flow


class WelcomeController:
    """Where an installation or a control panel begins."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def begin(self) -> None:
        """What the first page shows beyond itself: known servers, unfinished answers."""
        self.set(known=self._flow.servers.all(), draft=self._flow.drafts.usable())
        for server in self._flow.state.welcome.known:
            self._ask_live(server)
        if not self._flow.state.answers.target.host_kind.remote:
            self._flow.docker.look()

    def look_at_known(self) -> None:
        """The user returns to the list of servers."""
        self.set(known=self._flow.servers.all())

    def set(self, **changes: Any) -> None:
        """Change ``WizardState.welcome``."""
        state = self._flow.state
        self._flow.set(replace(state, welcome=replace(state.welcome, **changes)))

    def _ask_live(self, server: KnownServer) -> None:
        if server.url:
            local = not server.target.host_kind.remote
            job = self._flow.jobs.glance(answers_at(server.url, local=local))
            job.done.connect(lambda up: self._live(server, "up" if up else "down"))

    def _live(self, asked: KnownServer, word: str) -> None:
        """An answer of an address that the entry has no more says nothing."""
        if any((s.id, s.url) == (asked.id, asked.url) for s in self._flow.state.welcome.known):
            self.set(live={**self._flow.state.welcome.live, asked.id: word})

    def on_open_server(self, intent: i.OpenServer) -> None:
        server = self._flow.state.welcome.server(intent.id)
        if server is None:
            return
        busy, draft = bool(server.installing_since), self._flow.state.welcome.draft
        state = self._as_practiced(opened(self._flow.state, server, "install" if busy else "open"))
        if busy and draft and self._was_installing(draft):
            state = with_answers(self._flow.state, draft.answers, state.login.method)
            state = replace(state, install=replace(state.install, resuming=True))
        self._flow.drafts.touched = False
        local = not server.target.host_kind.needs_login
        # the server is asked again for its ways of logging in: they may have changed since the last time
        page = PageId.WHERE if local and busy else PageId.LOGIN
        self._flow.set(replace(state, page=page, login=replace(state.login, door=None)))
        if local or server.target.user:  # what else is needed, the server and the keyring say
            self._flow.login.connect()

    def _as_practiced(self, state: WizardState) -> WizardState:
        """*state* with the release source of practice, and with the login of the practice server."""
        fresh = self._flow.fresh
        state = replace(state, answers=replace(state.answers, release=fresh.answers.release))
        if fresh.practice and account(state.answers.target) == account(fresh.answers.target):
            state = replace(state, secrets=fresh.secrets)
        return state

    def _was_installing(self, draft: Draft) -> bool:
        """Whether *draft* holds the answers of an installation whose end was not seen."""
        here = place(draft.answers.target)
        busy = any(s.installing_since and place(s.target) == here for s in self._flow.state.welcome.known)
        return busy and draft.page == PageId.INSTALL.value

    def on_forget_server(self, intent: i.ForgetServer) -> None:
        old = self._flow.state.welcome.server(intent.id)
        try:
            self._flow.servers.forget(intent.id)
        except InstallError as e:
            self._failed(e)
        self.set(known=self._flow.servers.all(), forgetting="")
        if old is not None:
            self._forget_secrets(old.target)

    def _forget_secrets(self, target: Target) -> None:
        """What the keyring holds for a login goes with the last entry that uses it."""
        used = any(account(s.target) == account(target) for s in self._flow.state.welcome.known)
        if target.host_kind.needs_login and not used:
            job = self._flow.jobs.glance(lambda _emit, _cancel: self._flow.keychain.forget(target))
            job.failed.connect(self._failed)

    def on_save_server(self, intent: i.SaveServer) -> None:
        change = self._flow.state.welcome.editing
        if change is None or problem(change, self._flow.state.welcome.known):
            return
        try:
            self._flow.servers.remember(result(change))
        except InstallError as e:
            self._failed(e)
            return
        self.set(known=self._flow.servers.all(), editing=None)
        self._flow.page_job.set(failure=None)
        if not change.copy:
            self._forget_secrets(change.original.target)
            self._ask_live_again(change.original.id)

    def _ask_live_again(self, key: str) -> None:
        """The entry may name another address now."""
        self.set(live={k: word for k, word in self._flow.state.welcome.live.items() if k != key})
        if (server := self._flow.state.welcome.server(key)) is not None:
            self._ask_live(server)

    def on_resume_draft(self, intent: i.ResumeDraft) -> None:
        draft = self._flow.state.welcome.draft
        if draft is None:
            return
        resuming = self._was_installing(draft)
        self._flow.checks.keep_answers(draft.answers)
        local = not draft.answers.target.host_kind.needs_login
        first = PageId.WHERE if local or draft.page == PageId.WHERE.value else PageId.LOGIN
        state = with_answers(self._flow.state, draft.answers, method_of(draft.login))
        welcome = replace(state.welcome, draft=None)
        self._flow.set(
            replace(state, page=first, welcome=welcome, install=replace(state.install, resuming=resuming))
        )
        if resuming and local:
            self._flow.login.connect()

    def on_discard_draft(self, intent: i.DiscardDraft) -> None:
        try:
            clear_draft(self._flow.home)
        except InstallError as e:
            self._failed(e)
        self.set(draft=None)

    def on_open_answers(self, intent: i.OpenAnswers) -> None:
        job = self._flow.jobs.look(lambda _emit, _cancel: load_answers(intent.path))
        job.done.connect(self._opened_answers)
        job.failed.connect(self._failed)

    def _opened_answers(self, answers: Answers) -> None:
        state = with_answers(self._flow.state, answers, "key" if answers.target.identity_file else "password")
        self._flow.drafts.touched = True
        self._flow.checks.keep_answers(answers)
        page = PageId.LOGIN if answers.target.host_kind.needs_login else PageId.WHERE
        self._flow.set(replace(state, page=page))

    def on_export_answers(self, intent: i.ExportAnswers) -> None:
        self._write(intent.path, dump_answers(effective(self._flow.state)))

    def on_save_text(self, intent: i.SaveText) -> None:
        self._write(intent.path, intent.text)

    def _write(self, path: Path, text: str) -> None:
        page = self._flow.state.page
        job = self._flow.jobs.look(lambda _emit, _cancel: export(path, text))
        job.failed.connect(lambda e: self._flow.page_job.set(failure=Failure(page, e)))

    def _failed(self, error: InstallError) -> None:
        self._flow.page_job.set(failure=Failure(PageId.WELCOME, error))


def export(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all. Raises ``InstallError(HOST_FILE_FAILED)``."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except (OSError, UnicodeEncodeError) as e:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise InstallError(Code.HOST_FILE_FAILED, {"path": str(path)}, detail=str(e)) from e
