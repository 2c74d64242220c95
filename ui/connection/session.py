"""One installation the window is connected to: the open host and the work that can be done with it.

Every method returns a piece of ``Work`` for ``Jobs``; none of them blocks or touches a widget. What the
engine needs is imported inside, after the first paint.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from installer.acme.dns_look import look_dns, wait_for_dns
from installer.answers import Answers, Secrets
from installer.apply.repair import repair as carry_out
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.engine import Engine
from installer.network.gather import gather_network
from installer.registry.login import log_in
from installer.registry.sizes import NOT_ASKED
from installer.release.catalogue import used_before
from installer.release.listing import ReleaseList, list_releases
from installer.state.persisted_answers import with_source
from installer.views.wizard.external import alone
from ui.connection.check_result import AskNetwork, Judged, Looked, judge_rows
from ui.connection.open_host import OpenHost, answers_at

if TYPE_CHECKING:
    from installer.acme.dns_look import DnsLook
    from installer.apply.plan import Plan
    from installer.core.secrets import Secret
    from installer.engine import Engine, Outcome
    from installer.facts.model import Facts
    from installer.hosts.base import Host
    from installer.lifecycle.undo.model import Undone, UndoPlan
    from installer.network.model import NetworkFacts
    from installer.preflight.check_list import Network
    from installer.registry.sizes import Sizes
    from installer.release.listing import ReleaseList
    from installer.release.obtain import Obtained
    from installer.repairs.model import Repair
    from installer.state.external_report import Tested

Put = Callable[[Any], None]

__all__ = ["Judged", "Looked", "Session", "answers_at"]


@dataclass
class Session(OpenHost):
    """What the engine does over the open host."""

    def look(
        self,
        answers: Answers,
        secrets: Secrets,
        obtained: Obtained | None,
        put: Put,
        network: AskNetwork,
    ) -> Callable[[Emit, CancelToken], Looked]:
        """Facts, then the release, then the checks; *put* gets what is known on the way. *network* is asked
        for what is known by then of that (``look_at_network``)."""
        host, rights = self.host, self.rights

        def work(emit: Emit, cancel: CancelToken) -> Looked:
            engine = self.engine(answers, secrets, emit, cancel, host)
            facts = engine.facts(account=True)
            checks, repairs = judge_rows(answers, facts, None, rights, network())
            found = Looked(facts, checks, running=bool(engine.running_job(facts)), repairs=repairs)
            put(found)
            try:
                release = obtained or self._release(answers, secrets, facts, emit, cancel)
            except InstallError as e:
                return replace(found, release_error=e)
            try:
                situation = engine.judge(facts, release)
            except InstallError as e:
                return replace(found, obtained=release, settings_error=e)
            checks, repairs = judge_rows(answers, facts, situation, rights, network())
            return replace(found, checks=checks, repairs=repairs, obtained=release, situation=situation)

        return work

    def _release(
        self, answers: Answers, secrets: Secrets, facts: Facts, emit: Emit, cancel: CancelToken
    ) -> Obtained:
        """From where the installation that is there got it; if that fails, from where the answers say."""
        before = self.as_before(answers, facts)
        if before.release != answers.release:
            with suppress(InstallError):
                return self.engine(before, secrets, emit, cancel, None).release(facts.installed_version)
        return self.engine(answers, secrets, emit, cancel, None).release(facts.installed_version)

    def as_before(self, answers: Answers, facts: Facts) -> Answers:
        """*answers* with the source of the installation that is there, if this computer knows it already."""
        if facts.record is None:
            return answers
        return with_source(answers, facts.record.data, partial(used_before, cache=self.home.cache))

    def look_at_network(self, answers: Answers) -> Callable[[Emit, CancelToken], NetworkFacts]:
        """What the machine reaches, in a request beside everything else."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> NetworkFacts:
            return gather_network(_there(host, answers), answers, cancel)

        return work

    def look_at_dns(self, answers: Answers) -> Callable[[Emit, CancelToken], DnsLook]:
        """What the site's name resolves to, queried on this computer and on the target."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> DnsLook:
            return look_dns(_there(host, answers), answers, cancel)

        return work

    def wait_for_dns(self, answers: Answers) -> Callable[[Emit, CancelToken, Put], DnsLook]:
        """Query repeatedly until it resolves to the server; *put* gets each result."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken, put: Put) -> DnsLook:
            return wait_for_dns(_there(host, answers), answers, cancel, put)

        return work

    def judge(
        self,
        answers: Answers,
        secrets: Secrets,
        facts: Facts,
        obtained: Obtained | None,
        network: Network | None,
        tried: tuple[Tested, ...] = (),
    ) -> Callable[[Emit, CancelToken], Judged]:
        """Judge the settings from what is known, without a query. *tried*: results of testing services."""
        rights = self.rights

        def work(emit: Emit, cancel: CancelToken) -> Judged:
            situation, error = None, None
            if obtained is not None:
                try:
                    situation = self.engine(answers, secrets, emit, cancel, None).judge(facts, obtained)
                    situation = replace(situation, external=tried)
                except InstallError as e:
                    error = e
            checks, repairs = judge_rows(answers, facts, situation, rights, network)
            return Judged(situation, checks, error, repairs)

        return work

    def try_service(
        self, answers: Answers, secrets: Secrets, facts: Facts, obtained: Obtained, section: str
    ) -> Callable[[Emit, CancelToken], tuple[Tested, ...]]:
        """Test the external service that *section* of the answers names."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> tuple[Tested, ...]:
            engine = self.engine(*alone(answers, secrets, section), emit, cancel, host)
            return engine.tried(engine.judge(facts, obtained), section).external

        return work

    def release(
        self, answers: Answers, secrets: Secrets, facts: Facts
    ) -> Callable[[Emit, CancelToken], Obtained]:
        """Get the release that the answers name."""

        def work(emit: Emit, cancel: CancelToken) -> Obtained:
            return self.engine(answers, secrets, emit, cancel, None).release(facts.installed_version)

        return work

    def releases(self, answers: Answers) -> Callable[[Emit, CancelToken], ReleaseList]:
        """The list of releases; empty for an archive."""
        cache = self.home.cache

        def work(emit: Emit, cancel: CancelToken) -> ReleaseList:
            if answers.release.is_archive:
                return ReleaseList((), 0.0)
            return list_releases(answers.release.source, cache, cancel=cancel)

        return work

    def plan(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], Plan]:
        """The plan, from fresh facts."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Plan:
            return self.engine(answers, secrets, emit, cancel, host).plan()

        return work

    def image_sizes(
        self, answers: Answers, secrets: Secrets, plan: Plan
    ) -> Callable[[Emit, CancelToken], Sizes]:
        """What the images weigh that *plan* has downloaded."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Sizes:
            if host is None:
                return NOT_ASKED
            return self.engine(answers, secrets, emit, cancel, host).image_sizes(plan)

        return work

    def follow(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], bool]:
        """Follow the run that is under way there, from whatever client, and change nothing."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> bool:
            return self.engine(answers, secrets, emit, cancel, host).attach()

        return work

    def install(
        self,
        answers: Answers,
        secrets: Secrets,
        put: Put,
        *,
        skip: frozenset[str] = frozenset(),
        wait: bool = False,
    ) -> Callable[[Emit, CancelToken], Outcome]:
        """Carry the plan out; *put* gets the plan that is really carried out. *skip* and *wait*: see
        ``Engine.apply``."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Outcome:
            return self.engine(answers, secrets, emit, cancel, host).apply(put, skip=skip, wait=wait)

        return work

    def undo_plan(self, answers: Answers, secrets: Secrets) -> Callable[[Emit, CancelToken], UndoPlan]:
        """What an undo would do."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> UndoPlan:
            return self.engine(answers, secrets, emit, cancel, host).undo_plan()

        return work

    def undo(
        self, answers: Answers, secrets: Secrets, *, confirm: str, images: bool, shown: UndoPlan
    ) -> Callable[[Emit, CancelToken], Undone]:
        """Take back what was done; refused if it would be more than was *shown*."""
        host = self.host

        def work(emit: Emit, cancel: CancelToken) -> Undone:
            engine = self.engine(answers, secrets, emit, cancel, host)
            return engine.undo(confirm=confirm, images=images, shown=shown)

        return work

    def log_in_to_registry(
        self, answers: Answers, secrets: Secrets, registry: str, user: str, password: Secret
    ) -> Callable[[Emit, CancelToken], None]:
        """Log the target's Docker in to *registry* ("" = Docker Hub)."""
        host, redact = self.host, self.redact

        def work(emit: Emit, cancel: CancelToken) -> None:
            redact.learn(*secrets.all(), password)
            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            log_in(host, registry, user, password, cancel)

        return work

    def repair_now(
        self, answers: Answers, secrets: Secrets, repair: Repair
    ) -> Callable[[Emit, CancelToken], None]:
        """Carry out a repair that acts at once."""
        host, redact = self.host, self.redact

        def work(emit: Emit, cancel: CancelToken) -> None:
            redact.learn(*secrets.all())
            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            carry_out(host, answers, repair, emit, cancel, redact)

        return work

    def engine(
        self, answers: Answers, secrets: Secrets, emit: Emit, cancel: CancelToken, host: Host | None
    ) -> Engine:
        """For one job, on *host* (None: without a connection of ours)."""
        return Engine(answers, secrets, self.home, emit=emit, cancel=cancel, redact=self.redact).using(host)


def _there(host: Host | None, answers: Answers) -> Host:
    """*host*, if there is a connection."""
    if host is None:
        raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
    return host
