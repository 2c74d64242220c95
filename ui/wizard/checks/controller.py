"""Checks, Settings and Review: what is found there, and how it is judged as one types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Answers, Release
from installer.answers.optional import Locale
from installer.core.errors import InstallError
from installer.core.events import Event
from installer.views.wizard import PageId, come_in, edit, looking, missing
from installer.views.wizard.https import fitting_https
from installer.views.wizard.installed import as_installed
from ui import intents as i
from ui.connection.session import Judged, Looked
from ui.wizard.controller_core import IDLE
from ui.wizard.settings.service_trials import TrialFlow

if TYPE_CHECKING:
    from installer.apply.plan import Plan
    from installer.facts.model import Facts
    from installer.network.model import NetworkFacts
    from installer.preflight.check_list import Network
    from installer.release.listing import ReleaseList


class ChecksFlow(TrialFlow):
    """From a connection to a plan."""

    _network_round = 0
    _network_due = False
    #: Machines for which answers are a person's own already.
    _offered: frozenset[tuple[str, str, int]] = frozenset()

    def _look(self, only: str = "") -> None:
        """Find everything out; *only*: the row for whose sake. What an earlier look found stays."""
        asks = self.state.answers.target.kind == "ssh"
        state = replace(self.state, plan=None, release_error=None, networking=asks)
        self.set(looking(state, only))
        parts: list[Any] = []
        state = self.state
        asked = self._answers()[0]
        work = self.session.look(*self._answers(), state.obtained, parts.append, self._network)
        job = self.jobs.look(work)
        self._run("facts", PageId.CHECKS, job, lambda found: self._looked(asked, found))
        mine = self._round
        job.events.connect(lambda events: self._look_events(mine, asked, events, parts))
        if asks:
            self._look_at_network(asked)
        if not state.releases or state.list_error is not None:
            self._list_releases()

    def _list_releases(self) -> None:
        """Beside everything else: it is only needed to choose from."""
        source = self.state.answers.release.source
        job = self.jobs.look(self.session.releases(self.state.answers))
        job.done.connect(lambda found: self._listed(source, found, found.error))
        job.failed.connect(lambda error: self._listed(source, None, error))

    def _listed(self, source: str, found: ReleaseList | None, error: InstallError | None) -> None:
        """A list of another source than the one chosen meanwhile is of no use."""
        if source == self.state.answers.release.source:
            state = replace(self.state, list_error=error)
            if found is not None:
                state = replace(state, releases=found.releases, list_at=found.at)
            self.set(state)

    def _look_events(self, mine: int, asked: Answers, events: tuple[Event, ...], parts: list[Any]) -> None:
        if self._round != mine:
            return
        with self.as_one():
            while parts and self._round == mine:
                self._looked(asked, parts.pop(0), more=True)
            if (
                self._round == mine
                and events
                and events[-1].step == "release"
                and self.state.busy is not None
            ):
                self.set(replace(self.state, busy=replace(self.state.busy, what="release")))

    def _looked(self, asked: Answers, found: Looked, *, more: bool = False) -> None:
        if _places(self._answers()[0]) != _places(asked):
            self._judge.start()  # typed on meanwhile: what was found is about something else
            return
        state = replace(
            self.state,
            facts=found.facts,
            repairs=found.repairs,
            obtained=found.obtained or self.state.obtained,
            situation=found.situation,
            release_error=found.release_error,
            settings_error=found.settings_error,
        )
        self.set(come_in(state, found.checks, more=more))
        if found.running:
            self._watch()
        elif not more:
            self._suggest()
            self._look_at_dns(force=True)
            if self._tried():
                self._judge.start()  # the look knows nothing of it
            self._to_wanted()
            self._judge_network()

    def _suggest(self) -> None:
        """Answers that fit what is installed there, so that nothing of it is switched off because an answer
        was not repeated; where nothing is, those that fit the person's language and the machine."""
        state, fitting = self.state, self.suggested
        if state.facts is None or state.intent != "install" or state.resuming:
            return
        if machine(state.answers) in self._offered:
            return
        self._offered |= {machine(state.answers)}
        if state.facts.env is not None:
            answers = self._as_installed(state.answers, state.facts)
        else:
            answers = fitting_https(state.answers, state.facts)
            if answers.locale == Locale() != fitting:
                answers = replace(answers, locale=fitting)
        if answers != state.answers:
            self.set(edit(state, answers=answers))
            self._judge.start()

    def _as_installed(self, answers: Answers, facts: Facts) -> Answers:
        return self.session.as_before(as_installed(answers, facts), facts)

    def _to_wanted(self) -> None:
        """If the user asked for the settings, or one of them, continue there, unless something has to be
        corrected first."""
        field, self._wanted = self._wanted, None
        state = self.state
        if field is None or state.facts is None or state.page is not PageId.CHECKS:
            return
        state = edit(state, answers=self._as_installed(state.answers, state.facts))
        if missing(replace(state, busy=None)):
            self.set(state)
        else:
            self.set(replace(state, page=PageId.SETTINGS))
            self._field = field
        self._judge.start()

    # ----------------------------------------------------------------- network

    def _network(self) -> Network | None:
        """What is known of it now; a job's thread asks this, too: states are never changed, only replaced."""
        from installer.preflight.check_list import Network

        return Network(self.state.network) if self.state.answers.target.kind == "ssh" else None

    def _look_at_network(self, asked: Answers) -> None:
        """Runs in parallel to the checks and takes longer; they do not wait for it."""
        self._network_round += 1
        mine = self._network_round
        job = self.jobs.glance(self.session.look_at_network(asked))
        job.done.connect(lambda facts: self._network_found(mine, asked, facts))
        job.failed.connect(lambda _: self._network_found(mine, asked, None))

    def _network_found(self, mine: int, asked: Answers, facts: NetworkFacts | None) -> None:
        if mine != self._network_round or replace(asked.target, directory="", project="") != replace(
            self._answers()[0].target, directory="", project=""
        ):
            return
        self._network_due = True
        self.set(replace(self.state, network=facts, networking=False))
        self._judge_network()

    def _judge_network(self) -> None:
        """Once both results are there; a query that still runs calls this at its end."""
        state = self.state
        if not self._network_due or state.busy is not None or state.facts is None:
            return
        self._network_due = False
        self._judge_facts(state.facts)

    def _failed(self, page: PageId, error: InstallError) -> None:
        """The results of an earlier query are no longer valid."""
        busy = self.state.busy
        if page is PageId.CHECKS and busy is not None and busy.what in ("facts", "release"):
            self.state = replace(self.state, facts=None, checks=(), repairs=(), situation=None, attention=())
        super()._failed(page, error)

    def _look_again(self) -> None:
        self.set(replace(self.state, page=PageId.CHECKS, watching=False, **IDLE))
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
            self._look(intent.row)

    def _judge_now(self) -> None:
        state = self.state
        if not state.connected or state.page not in (PageId.SETTINGS, PageId.CHECKS):
            return
        if state.facts is None:  # another folder: its facts are not known yet
            self._relook()
        elif state.obtained is None:
            if not state.releases or state.list_error is not None:
                self._list_releases()
            asked_release = self._answers()[0].release
            job = self.jobs.look(self.session.release(*self._answers(), state.facts))
            self._run("release", PageId.SETTINGS, job, lambda found: self._got_release(asked_release, found))
        else:
            self._judge_facts(state.facts)

    def _judge_facts(self, facts: Facts) -> None:
        state = self.state
        self._look_at_dns()
        known = self._network(), self._tried()
        work = self.session.judge(*self._answers(), facts, state.obtained, *known)
        asked = state.answers, state.secrets
        job = self.jobs.look(work)
        job.done.connect(lambda judged: self._judged(asked, judged))

    def _relook(self) -> None:
        asked = self._answers()[0]
        work = self.session.look(*self._answers(), self.state.obtained, lambda _: None, self._network)
        self._run("facts", PageId.SETTINGS, self.jobs.look(work), lambda found: self._looked(asked, found))

    def _got_release(self, asked: Release, obtained: Any) -> None:
        if asked == self._answers()[0].release:
            self.set(replace(self.state, obtained=obtained, release_error=None))
        self._judge_now()

    def _judged(self, asked: object, judged: Judged) -> None:
        if (self.state.answers, self.state.secrets) == asked:
            state = replace(
                self.state,
                situation=judged.situation,
                repairs=judged.repairs,
                settings_error=judged.error,
            )
            self.set(come_in(state, judged.checks, more=False))

    def _to_review(self) -> None:
        if self.session.host is None:
            self.set(replace(self.state, page=PageId.LOGIN, connected=False))
            return
        self.set(replace(self.state, page=PageId.REVIEW, plan=None))
        job = self.jobs.look(self.session.plan(*self._answers()))
        self._run("plan", PageId.REVIEW, job, self._planned)

    def _blocked(self, plan: Plan) -> None:
        """Services were tried once more right before the installation: Settings is not to say that one
        works which has just refused."""
        with self.as_one():
            super()._blocked(plan)
            self._note_tried(plan.situation.external)

    def _planned(self, plan: Plan) -> None:
        """It tested the external services, too: the results are shown on Settings as well."""
        self.set(replace(self.state, plan=plan))
        self._note_tried(plan.situation.external)


def _places(answers: Answers) -> tuple[object, ...]:
    """What facts and release depend on."""
    return (answers.target, answers.release)


def machine(answers: Answers) -> tuple[str, str, int]:
    """Which machine *answers* are about, whatever the folder."""
    target = answers.target
    return target.kind, target.host, target.port
