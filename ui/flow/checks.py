"""Checks, Settings and Review: what is found there, and how it is judged as one types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from installer.events import Event
from installer.settings import Answers, Release
from installer.wizard import PageId, edit
from ui import intents as i
from ui.flow.core import NOTHING_GOES_ON
from ui.flow.login import LoginFlow
from ui.session import Judged, Looked


class ChecksFlow(LoginFlow):
    """From a connection to a plan."""

    def _look(self) -> None:
        self.set(replace(self.state, facts=None, checks=(), situation=None, plan=None, release_error=None))
        parts: list[Any] = []
        state = self.state
        asked = self._answers()[0]
        job = self.jobs.look(self.session.look(*self._answers(), state.obtained, parts.append))
        self._run("facts", PageId.CHECKS, job, lambda found: self._looked(asked, found))
        mine = self._round
        job.events.connect(lambda events: self._look_events(mine, asked, events, parts))
        if not state.releases:
            listing = self.jobs.look(self.session.releases(state.answers))
            listing.done.connect(lambda found: self.set(replace(self.state, releases=found)))

    def _look_events(self, mine: int, asked: Answers, events: tuple[Event, ...], parts: list[Any]) -> None:
        if self._round != mine:
            return
        while parts and self._round == mine:
            self._looked(asked, parts.pop(0))
        if self._round == mine and events and events[-1].step == "release" and self.state.busy is not None:
            self.set(replace(self.state, busy=replace(self.state.busy, what="release")))

    def _looked(self, asked: Answers, found: Looked) -> None:
        if _places(self._answers()[0]) != _places(asked):
            self._judge.start()  # typed on meanwhile: what was found is about something else
            return
        self.set(
            replace(
                self.state,
                facts=found.facts,
                checks=found.checks,
                obtained=found.obtained or self.state.obtained,
                situation=found.situation,
                release_error=found.release_error,
                settings_error=found.settings_error,
            )
        )
        if found.running:
            self._watch()

    def _look_again(self) -> None:
        self.set(replace(self.state, page=PageId.CHECKS, watching=False, **NOTHING_GOES_ON))
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False))
        else:
            self._look()

    def _on_checkagain(self, intent: i.CheckAgain) -> None:
        self._stop_looking()
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False, failure=None))
        elif self.state.page is PageId.REVIEW:
            self._to_review()
        else:
            self._look()

    def _on_useport(self, intent: i.UsePort) -> None:
        name = intent.field.rpartition(".")[2]
        ports = replace(self.state.answers.ports, **{name: intent.port})  # type: ignore[arg-type]
        self.edit(lambda s: edit(s, answers=replace(s.answers, ports=ports)))

    def _judge_now(self) -> None:
        state = self.state
        if not state.connected or state.page not in (PageId.SETTINGS, PageId.CHECKS):
            return
        if state.facts is None:  # another folder: its facts are not known yet
            self._relook()
        elif state.obtained is None:
            asked_release = self._answers()[0].release
            job = self.jobs.look(self.session.release(*self._answers(), state.facts))
            self._run("release", PageId.SETTINGS, job, lambda found: self._got_release(asked_release, found))
        else:
            job = self.jobs.look(self.session.judge(*self._answers(), state.facts, state.obtained))
            asked = state.answers, state.secrets
            job.done.connect(lambda judged: self._judged(asked, judged))

    def _relook(self) -> None:
        asked = self._answers()[0]
        work = self.session.look(*self._answers(), self.state.obtained, lambda _: None)
        self._run("facts", PageId.SETTINGS, self.jobs.look(work), lambda found: self._looked(asked, found))

    def _got_release(self, asked: Release, obtained: Any) -> None:
        if asked == self._answers()[0].release:
            self.set(replace(self.state, obtained=obtained, release_error=None))
        self._judge_now()

    def _judged(self, asked: object, judged: Judged) -> None:
        if (self.state.answers, self.state.secrets) == asked:
            self.set(
                replace(
                    self.state,
                    situation=judged.situation,
                    checks=judged.checks,
                    settings_error=judged.error,
                )
            )

    def _to_review(self) -> None:
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False))
            return
        self.set(replace(self.state, page=PageId.REVIEW, plan=None))
        job = self.jobs.look(self.session.plan(*self._answers()))
        self._run("plan", PageId.REVIEW, job, lambda plan: self.set(replace(self.state, plan=plan)))


def _places(answers: Answers) -> tuple[object, ...]:
    """What facts and release depend on."""
    return (answers.target, answers.release)
