"""Checks, Settings and Review: what is found there, and how it is judged as one types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Answers
from installer.answers.optional import Locale
from installer.core.errors import InstallError
from installer.core.events import Event
from installer.views.wizard import ChecksState, PageId, come_in, edit, looking, missing
from installer.views.wizard.https import fitting_https
from installer.views.wizard.installed import as_installed
from ui.connection.session import Judged, Looked
from ui.wizard.page_job import Otherwise, idle

if TYPE_CHECKING:
    from installer.facts.model import Facts
    from ui.wizard.controller import Flow

#: After the last key press, in milliseconds.
JUDGE_MS = 250


class ChecksController:
    """From a connection to a judged situation."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._timer = flow.timer(JUDGE_MS, self.judge_now)
        #: Machines for which answers are a person's own already.
        self._offered: frozenset[tuple[str, str, int]] = frozenset()
        #: The answer on Settings that the user wants to change, once the machine was queried.
        self.wanted: str | None = None

    def keep_answers(self, answers: Answers) -> None:
        """Suggest none for the machine of *answers*: these are a person's own."""
        self._offered |= {machine(answers)}

    def judge_soon(self) -> None:
        """Judge when nothing has changed for a moment."""
        self._timer.start()

    def stop(self) -> None:
        """Judge no more."""
        self._timer.stop()

    def look(self, only: str = "") -> None:
        """Find everything out; *only*: the row for whose sake. What an earlier look found stays."""
        state = self._flow.state
        asks = state.answers.target.host_kind.network_checked
        release, network = replace(state.release, error=None), replace(state.network, looking=asks)
        state = replace(state, review=replace(state.review, plan=None), release=release, network=network)
        self._flow.set(looking(state, only))
        parts: list[Any] = []
        state = self._flow.state
        asked = self._flow.answers()[0]
        work = self._flow.session.look(
            *self._flow.answers(), state.release.obtained, parts.append, self._flow.network.known
        )
        job = self._flow.jobs.look(work)
        mine = self._flow.page_job.run(
            "facts",
            PageId.CHECKS,
            job,
            lambda found: self._looked(asked, found),
            otherwise=Otherwise(failed=self._look_failed),
        )
        job.events.connect(lambda events: self._look_events(mine, asked, events, parts))
        if asks:
            self._flow.network.look(asked)
        self._flow.release.fetch_list()

    def _look_events(self, mine: int, asked: Answers, events: tuple[Event, ...], parts: list[Any]) -> None:
        if not self._flow.page_job.is_current(mine):
            return
        with self._flow.as_one():
            while parts and self._flow.page_job.is_current(mine):
                self._looked(asked, parts.pop(0), more=True)
            if (
                self._flow.page_job.is_current(mine)
                and events
                and events[-1].step == "release"
                and self._flow.state.work.busy is not None
            ):
                self._flow.page_job.set(busy=replace(self._flow.state.work.busy, what="release"))

    def _looked(self, asked: Answers, found: Looked, *, more: bool = False) -> None:
        if _places(self._flow.answers()[0]) != _places(asked):
            self.judge_soon()  # typed on meanwhile: what was found is about something else
            return
        state = self._flow.state
        checks = replace(
            state.checks,
            facts=found.facts,
            repairs=found.repairs,
            situation=found.situation,
            error=found.settings_error,
        )
        obtained = found.obtained or state.release.obtained
        release = replace(state.release, obtained=obtained, error=found.release_error)
        self._flow.set(come_in(replace(state, checks=checks, release=release), found.checks, more=more))
        if found.running:
            self._flow.install.watch()
        elif not more:
            self._suggest()
            self._flow.dns.look(force=True)
            if self._flow.trials.known():
                self.judge_soon()  # the look knows nothing of it
            self._to_wanted()
            self._flow.network.judge()

    def _suggest(self) -> None:
        """Answers that fit what is installed there, so that nothing of it is switched off because an answer
        was not repeated; where nothing is, those that fit the person's language and the machine."""
        state, fitting = self._flow.state, self._flow.suggested
        if state.checks.facts is None or state.intent != "install" or state.install.resuming:
            return
        if machine(state.answers) in self._offered:
            return
        self.keep_answers(state.answers)
        if state.checks.facts.env is not None:
            answers = self.as_installed(state.answers, state.checks.facts)
        else:
            answers = fitting_https(state.answers, state.checks.facts)
            if answers.locale == Locale() != fitting:
                answers = replace(answers, locale=fitting)
        if answers != state.answers:
            self._flow.set(edit(state, answers=answers))
            self.judge_soon()

    def as_installed(self, answers: Answers, facts: Facts) -> Answers:
        return self._flow.session.as_before(as_installed(answers, facts), facts)

    def _to_wanted(self) -> None:
        """If the user asked for the settings, or one of them, continue there, unless something has to be
        corrected first."""
        field, self.wanted = self.wanted, None
        state = self._flow.state
        if field is None or state.checks.facts is None or state.page is not PageId.CHECKS:
            return
        state = edit(state, answers=self.as_installed(state.answers, state.checks.facts))
        if missing(replace(state, work=replace(state.work, busy=None))):
            self._flow.set(state)
        else:
            self._flow.set(replace(state, page=PageId.SETTINGS))
            self._flow.focus_soon(field)
        self.judge_soon()

    def _look_failed(self, error: InstallError) -> None:
        """The results of an earlier query are no longer valid."""
        failed = self._flow.page_job.with_failure(PageId.CHECKS, error)
        self._flow.set(replace(failed, checks=ChecksState()))

    def look_again(self) -> None:
        """Query everything on Checks, or log in if the connection is gone."""
        self._flow.install.set(watching=False)
        self._flow.set(replace(idle(self._flow.state), page=PageId.CHECKS))
        if self._flow.session.host is None:
            self._flow.set(replace(self._flow.state, page=PageId.LOGIN, rights=""))
        else:
            self.look()

    def check_again(self, row: str = "") -> None:
        """Query again what the page shows; *row*: the one for whose sake."""
        self._flow.page_job.stop()
        if self._flow.session.host is None:
            self._flow.page_job.set(failure=None)
            self._flow.set(replace(self._flow.state, page=PageId.LOGIN, rights=""))
        elif self._flow.state.page is PageId.REVIEW:
            self._flow.review.show()
        else:
            self.look(row)

    def judge_now(self) -> None:
        """Judge the answers as they are; what has to be known for it is queried first."""
        state = self._flow.state
        if not state.connected or state.page not in (PageId.SETTINGS, PageId.CHECKS):
            return
        if state.checks.facts is None:  # another folder: its facts are not known yet
            self._relook()
        elif state.release.obtained is None:
            self._flow.release.fetch_list()
            self._flow.release.obtain(state.checks.facts)
        else:
            self.judge(state.checks.facts)

    def judge(self, facts: Facts) -> None:
        """Judge the answers with *facts*."""
        state = self._flow.state
        self._flow.dns.look()
        known = self._flow.network.known(), self._flow.trials.known()
        work = self._flow.session.judge(*self._flow.answers(), facts, state.release.obtained, *known)
        asked = state.answers, state.secrets
        job = self._flow.jobs.look(work)
        job.done.connect(lambda judged: self._judged(asked, judged))

    def _relook(self) -> None:
        asked = self._flow.answers()[0]
        work = self._flow.session.look(
            *self._flow.answers(),
            self._flow.state.release.obtained,
            lambda _: None,
            self._flow.network.known,
        )
        self._flow.page_job.run(
            "facts", PageId.SETTINGS, self._flow.jobs.look(work), lambda found: self._looked(asked, found)
        )

    def _judged(self, asked: object, judged: Judged) -> None:
        if (self._flow.state.answers, self._flow.state.secrets) == asked:
            checks = replace(
                self._flow.state.checks,
                situation=judged.situation,
                repairs=judged.repairs,
                error=judged.error,
            )
            self._flow.set(come_in(replace(self._flow.state, checks=checks), judged.checks, more=False))


def _places(answers: Answers) -> tuple[object, ...]:
    """What facts and release depend on."""
    return (answers.target, answers.release)


def machine(answers: Answers) -> tuple[str, str, int]:
    """Which machine *answers* are about, whatever the folder."""
    target = answers.target
    return target.kind, target.host, target.port
