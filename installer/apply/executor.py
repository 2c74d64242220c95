"""Carrying a plan out: under the lock, with the journal, what takes long as one detached job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from installer.acme.certificates import address_of, server_name
from installer.acme.dns import Names, look_up
from installer.acme.dns_look import dns_missing
from installer.acme.records import right_records
from installer.answers import Secrets
from installer.apply.jobs import job_spec, new_job, run_job
from installer.apply.lock import Lock
from installer.apply.locked_change import Operation, working
from installer.apply.plan import Plan, all_steps
from installer.apply.steps.base import Action, Context
from installer.apply.steps.reach import ReachWatch
from installer.apply.steps.ready import Ready
from installer.apply.steps.stages import Start, with_parts
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.events import Event, FirstAccount, GateLook, ReachFound
from installer.core.step_events import step_events
from installer.core.step_names import WEBSERVER, WEBSERVER_OFF
from installer.docker.compose import compose_env
from installer.https.reverse_proxy.noting import note_change, note_changed
from installer.registry.pull_help import complete
from installer.registry.sizes import NOT_ASKED, Sizes, image_sizes
from installer.state.desired import fingerprint, missing_images
from installer.state.journal import Journal
from installer.state.plan_input import Situation
from installer.state.record import note_answers, note_ready, note_starting, starting


@dataclass
class CarryOut:
    """Carries plans out.

    *explain* gives an error its findings before it is noted.
    *reach*: what this computer saw of the ports from outside, the newest of each; *here*: whether it gets
    Dify itself (``events.GateLook``). Both are known after ``run``, as far as the plan looks.
    *account*: the email of the first account, if this run created it.
    """

    operation: Operation
    secrets: Secrets
    home: Home
    explain: Callable[[InstallError], None] | None = None
    reach: list[ReachFound] = field(default_factory=list)
    here: str = "unknown"
    account: str = ""

    def run(self, plan: Plan, *, settles: bool = True) -> None:
        """Do what *plan* says; a plan without changes only looks, and takes no lock. *settles* False: another
        plan of the same change follows.

        Raises ``InstallError`` (INSTALLATION_LOCKED and what the steps raise) and ``Cancelled``.
        """
        if not plan.changes:
            self._actions(plan, None, settles=settles)
            return
        version, steps = plan.situation.model.version, [action.step for action in plan.actions]
        with working(self.operation, "apply", explain=self.explain, version=version, steps=steps) as means:
            self._actions(plan, means, settles=settles)
            note_answers(self.operation.host, plan.situation)

    def sizes(self, situation: Situation) -> Sizes:
        """What the images weigh that are to be downloaded, as far as it can be found out in some seconds."""
        if not missing_images(situation):
            return NOT_ASKED
        with step_events(self.operation.emit, self.operation.cancel, "sizes"):
            return image_sizes(self.operation.host, situation, self.home, self.operation.cancel)

    def _actions(self, plan: Plan, means: tuple[Lock, Journal] | None, *, settles: bool) -> None:
        context = Context(
            host=self.operation.host,
            situation=plan.situation,
            secrets=self.secrets,
            emit=self._note_result,
            cancel=self.operation.cancel,
            redact=self.operation.redact,
            renew=means[0].renew if means else _nothing,
            note=means[1].add if means else _nothing,
            cache=self.home.cache,
        )
        for detached, group in groupby(plan.actions, key=lambda a: bool(a.stages)):
            actions = tuple(group)
            if not means:
                self._by_ourselves(actions, context, None, settles=settles)
                continue
            lock, journal = means
            if detached:
                self._as_a_job(actions, plan.situation, lock)
            else:
                self._by_ourselves(actions, context, lock, settles=settles)
            lock.renew(force=True)
            journal.add("steps_done", steps=[action.step for action in actions])

    def _by_ourselves(
        self, actions: tuple[Action, ...], context: Context, lock: Lock | None, *, settles: bool
    ) -> None:
        steps = {step.id: step for step in all_steps()}
        for action in actions:
            if lock:
                lock.renew(step=action.step)
            with step_events(
                self.operation.emit, self.operation.cancel, action.step, changed=action.step != Ready.id
            ):
                steps[action.step].apply(action, context)
            if action.step == Ready.id:
                # what this very run changed is not settled yet, whatever the record said before it
                known = None if lock else context.situation.facts.record
                note_ready(self.operation.host, self.operation.answers.state_folder, known, settled=settles)

    def _as_a_job(self, actions: tuple[Action, ...], situation: Situation, lock: Lock) -> None:
        host, state_folder = self.operation.host, self.operation.answers.state_folder
        job, stages = new_job("apply"), [stage for action in actions for stage in action.stages]
        if any(action.step == Start.id for action in actions):
            data = starting(situation, job, fingerprint(situation), missing_images(situation))
            note_starting(host, state_folder, data)
        beside = {action.step for action in actions} & {WEBSERVER, WEBSERVER_OFF}
        if beside:
            note_change(host, situation, off=WEBSERVER_OFF in beside)
        sizes = self.sizes(situation) if any(stage.pulls for stage in stages) else NOT_ASKED
        try:
            env = compose_env(situation.configuration.env)
            spec = job_spec(self.operation.answers, job, with_parts(stages, sizes.parts), env)
            watch = ReachWatch(host, situation, self._note_result, self.operation.cancel)
            run_job(self.operation, spec, lock, watch)
        except InstallError as error:
            complete(error, host, situation, sizes, self.operation.cancel)
            complete_authority(error, situation)
            raise
        if beside:
            note_changed(host, state_folder)

    def _note_result(self, event: Event) -> None:
        """Keep what ``Outcome`` needs. The newest finding of a port counts; the same one again is no news."""
        if isinstance(event, GateLook):
            self.here = event.here
        if isinstance(event, FirstAccount) and event.created:
            self.account = event.email
        if isinstance(event, ReachFound):
            before = next((e for e in self.reach if e.port == event.port), None)
            self.reach = [e for e in self.reach if e.port != event.port] + [event]
            if before is not None and (before.url, before.state) == (event.url, event.state):
                return
        self.operation.emit(event)


def _nothing(*_: object, **__: object) -> None:
    """No lock to renew, no journal to write."""


def complete_authority(error: InstallError, situation: Situation) -> None:
    """Give *error*, if it is one of an authority's, its address, server, and the record to make."""
    if not error.code.startswith("tls."):
        return
    answers, name = situation.answers, address_of(situation.answers)
    error.params = {**error.params, "address": name, "name": name, "server": server_name(answers)}
    if error.code is Code.TLS_DNS_MISSING:
        here = look_up(answers.target.host).all if answers.target.host_kind.remote else ()
        records = right_records(name, Names(), (), here, public=not answers.tls.acme_server)
        error.params = {**error.params, **dns_missing(name, records).params}
