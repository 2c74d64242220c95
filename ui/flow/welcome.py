"""Welcome: known servers, unfinished answers, answers files."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from installer.draft import Draft, clear_draft
from installer.errors import Code, InstallError
from installer.servers import place
from installer.settings import Answers, dump_answers, load_answers
from installer.wizard import Failure, LoginMethod, PageId, effective, opened, with_answers
from ui import intents as i
from ui.flow.install import InstallFlow
from ui.session import answers_at


class WelcomeFlow(InstallFlow):
    """Where an installation or a control panel begins."""

    def begin(self) -> None:
        """What the first page shows beyond itself: known servers, unfinished answers."""
        self.set(replace(self.state, known=self.servers.all(), draft=self._usable_draft()))
        for server in self.state.known:
            if server.url:
                job = self.jobs.glance(answers_at(server.url))
                job.done.connect(lambda up, key=server.id: self._live(key, "up" if up else "down"))
        if self.state.answers.target.kind == "local":
            self._look_for_docker()

    def _live(self, key: str, word: str) -> None:
        self.set(replace(self.state, live={**self.state.live, key: word}))

    def _on_openserver(self, intent: i.OpenServer) -> None:
        server = next((s for s in self.state.known if s.id == intent.id), None)
        if server is None:
            return
        busy, draft = bool(server.installing_since), self.state.draft
        state = opened(self.state, server, "install" if busy else "open")
        if busy and draft and self._was_installing(draft):
            state = replace(with_answers(self.state, draft.answers, state.login), resuming=True)
        self._touched = False
        local = server.target.kind == "local"
        self.set(replace(state, page=PageId.WHERE if local and busy else PageId.LOGIN))
        if local or server.login == "agent":
            self._connect()

    def _was_installing(self, draft: Draft) -> bool:
        """Whether *draft* holds the answers of an installation whose end was not seen."""
        here = place(draft.answers.target)
        busy = any(s.installing_since and place(s.target) == here for s in self.state.known)
        return busy and draft.page == PageId.INSTALL.value

    def _on_forgetserver(self, intent: i.ForgetServer) -> None:
        try:
            self.servers.forget(intent.id)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
        self.set(replace(self.state, known=self.servers.all()))

    def _on_resume(self, intent: i.Resume) -> None:
        draft = self.state.draft
        if draft is None:
            return
        resuming = self._was_installing(draft)
        login: LoginMethod = (
            "key" if draft.login == "key" else "agent" if draft.login == "agent" else "password"
        )
        local = draft.answers.target.kind == "local"
        first = PageId.WHERE if local or draft.page == PageId.WHERE.value else PageId.LOGIN
        state = with_answers(self.state, draft.answers, login)
        self.set(replace(state, page=first, draft=None, resuming=resuming))
        if resuming and local:
            self._connect()

    def _on_dropdraft(self, intent: i.DropDraft) -> None:
        try:
            clear_draft(self.home)
        except InstallError as e:
            self.set(replace(self.state, failure=Failure(PageId.WELCOME, e)))
        self.set(replace(self.state, draft=None))

    def _on_openanswers(self, intent: i.OpenAnswers) -> None:
        job = self.jobs.look(lambda _emit, _cancel: load_answers(intent.path))
        job.done.connect(self._opened_answers)
        job.failed.connect(lambda e: self.set(replace(self.state, failure=Failure(PageId.WELCOME, e))))

    def _opened_answers(self, answers: Answers) -> None:
        state = with_answers(self.state, answers, "key" if answers.target.identity_file else "password")
        self._touched = True
        self.set(replace(state, page=PageId.WHERE if answers.target.kind == "local" else PageId.LOGIN))

    def _on_exportanswers(self, intent: i.ExportAnswers) -> None:
        page, text = self.state.page, dump_answers(effective(self.state))
        job = self.jobs.look(lambda _emit, _cancel: export(intent.path, text))
        job.failed.connect(lambda e: self.set(replace(self.state, failure=Failure(page, e))))


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
