"""The main job: look, plan, do. The only module that loops over steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from installer.acme.certificates import address_of, issued, server_name
from installer.answers import Answers, Secrets
from installer.apply.executor import CarryOut
from installer.apply.lock import Lock, LockData, job_folder, job_unfinished
from installer.apply.locked_change import Operation, working
from installer.apply.plan import ASKING, WAIT_LONGER, Blocked, Plan, make_plan
from installer.apply.reattach import attach, follow_others
from installer.apply.repair import carry_out
from installer.apply.repair import repair as repair_now
from installer.apply.steps.certificate import SwitchOn
from installer.apply.steps.renewal import Renewal
from installer.config.acme_awaited import in_force
from installer.config.in_use import InUse
from installer.config.render import public_values, render
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line, ReachFound, StepProgress
from installer.core.secrets import Redactor, Secret
from installer.core.step_events import step_events
from installer.facts.gather import gather
from installer.facts.local.desktop import desktop
from installer.facts.model import Facts
from installer.facts.web import Web, has_account
from installer.hosts.base import Host
from installer.hosts.cancel_scope import stoppable
from installer.lifecycle.undo import find as looking
from installer.lifecycle.undo.model import Undone, UndoPlan
from installer.lifecycle.undo.run import Undo
from installer.redaction.secrets_in_use import env_secrets
from installer.registry.sizes import Sizes
from installer.release.obtain import Obtained, obtain
from installer.repairs.model import Repair
from installer.root_cause import Heard, Scene, explained
from installer.state.journal import Journal
from installer.state.plan_input import Situation
from installer.state.record import as_many_workers, note_untouched, with_untouched

if TYPE_CHECKING:
    from installer.state.external_report import Tested


@dataclass(frozen=True)
class Outcome:
    """How ``apply`` ended well. *first*: Dify says that it has no account yet; then
    *init_password* is what Dify asks for before it lets a user create one. *reach*: what this computer saw
    of the ports from outside, if it looked; *here*: whether it gets Dify itself (``events.GateLook``).
    *account*: the email of the first account, if this run created it."""

    url: str
    version: str
    changed: bool
    first: bool = False
    init_password: Secret | None = None
    reach: tuple[ReachFound, ...] = ()
    here: str = "unknown"
    account: str = ""


class Engine:
    """One installation on one target, from answers to a running Dify.

    Every public method blocks. *emit* may be called from the thread that calls the method.
    """

    def __init__(
        self,
        answers: Answers,
        secrets: Secrets,
        home: Home,
        *,
        emit: Emit,
        cancel: CancelToken | None = None,
        redact: Redactor | None = None,
    ) -> None:
        self.answers, self.secrets, self.home = answers, secrets, home
        self.emit, self.cancel = Heard(emit), cancel or CancelToken()
        self.redact = redact or Redactor()
        self.redact.learn(*secrets.all())
        self._host: Host | None = None
        self._own = True
        self._explain: Callable[[InstallError], None] | None = None

    def using(self, host: Host | None) -> Self:
        """This engine on *host*, a connection that is open already and stays its owner's; None: on one of its
        own."""
        self._host, self._own = host, host is None
        return self

    # ------------------------------------------------------------------ looking

    @property
    def connected(self) -> bool:
        """Whether there is a connection already."""
        return self._host is not None

    @property
    def host(self) -> Host:
        """The connected host; connects on first use."""
        if self._host is None:
            with self._step("connect"):
                self._host = connect(self.answers, self.secrets, self.home, self.cancel).host
        return self._host

    def operation(self) -> Operation:
        """What works on the installation, on the connection as it is now."""
        client = self.home.client_id()
        return Operation(self.host, self.answers, client, self.emit, self.redact, self.cancel)

    def close(self) -> None:
        """End the connection. Jobs on the target go on."""
        if self._host is not None:
            self._host.close()
            self._host = None

    @contextmanager
    def _stoppable(self) -> Iterator[Host]:
        """Whatever waits in the block ends soon after a cancel."""
        with stoppable(self.host, self.cancel):
            yield self.host

    def facts(self, *, account: bool = False) -> Facts:
        """What is there. *account*: ask Dify also whether it has its first account, as is done anyway where
        the answers name one."""
        with self._stoppable() as host, self._step("facts"):
            facts = gather(host, self.answers.directory, self.answers.project, cancel=self.cancel)
            if self.answers.target.host_kind.may_have_desktop:
                facts = replace(facts, desktop=desktop(host, cancel=self.cancel))
            if account or self.answers.admin.email:
                facts = replace(facts, account=has_account(host, facts.record))
            return with_untouched(host, self.answers.state_folder, facts)

    def release(self, installed: str = "") -> Obtained:
        """The verified release that the answers ask for; "latest" stays with what is *installed*."""
        choice = self.answers.release
        if choice.version == "latest" and installed and not choice.is_archive:
            choice = replace(choice, version=installed)
        with self._step("release"):
            return obtain(
                choice,
                self.home.cache,
                on_progress=lambda done, total: self.emit(
                    StepProgress(step="release", done=done, total=total, unit="bytes")
                ),
                cancel=self.cancel,
            )

    def situation(self) -> Situation:
        """Everything the plan is made from."""
        facts = self.facts()
        return self.judge(facts, self.release(facts.installed_version))

    def judge(self, facts: Facts, release: Obtained) -> Situation:
        """The situation from what is known already; runs no query."""
        tree, model = release.tree, release.model
        answers = as_many_workers(in_force(self.answers, facts), facts.record)
        configuration = render(answers, self.secrets, tree, model, InUse.of(facts))
        self.redact.learn(*configuration.secrets)
        return Situation(answers, facts, tree, model, configuration, release.listed)

    def plan(self) -> Plan:
        """What would be done. Changes nothing."""
        return make_plan(self.tried(self.situation()))

    def tried(self, situation: Situation, only: str = "") -> Situation:
        """*situation* with the results of testing the external services (*only*: that of a section), from
        Docker's network on the target where that is possible. Changes nothing that stays; without such
        services nothing is contacted."""
        from installer.external.run import to_try, try_all  # late: most people have none

        if not to_try(situation, only):
            return situation
        with self._stoppable() as host, self._step("external"):
            found = try_all(host, situation, self.cancel, self._on_tested, only)
        return replace(situation, external=found)

    def _on_tested(self, tested: Tested) -> None:
        bad = any(mark == "stop" for mark in tested.marks.values())
        self.emit(Line(step="external", text=f"{tested.service} {tested.address} {'-' if bad else '+'}"))

    def image_sizes(self, plan: Plan) -> Sizes:
        """What the images weigh that *plan* has downloaded, as far as it can be found out in some seconds."""
        with self._stoppable():
            return self._carry_out().sizes(plan.situation)

    # -------------------------------------------------------------------- doing

    def apply(
        self,
        on_plan: Callable[[Plan], None] | None = None,
        *,
        skip: frozenset[str] = frozenset(),
        wait: bool = False,
    ) -> Outcome:
        """Do what the plan says, or nothing if it has blockers (raises ``Blocked``). *on_plan* is shown the
        plan before anything is changed. Steps in *skip* are passed by (``WAIT_LONGER``: only look whether it
        is ready, and repair nothing). *wait*: another client at work there is waited for and followed.

        A job that is still running from before is followed to its end first. Raises ``InstallError`` with
        what was found to be its cause (``findings``).
        """
        with self._stoppable(), self._explained() as scene:
            if wait:
                self._wait_for_others()
            return self._apply(on_plan, skip, scene)

    def _apply(self, on_plan: Callable[[Plan], None] | None, skip: frozenset[str], scene: Scene) -> Outcome:
        facts = self.facts()
        attached = self._attach(facts)
        if attached or job_unfinished(facts):
            facts = self.facts()
        release = self.release(facts.installed_version)
        plan = make_plan(self.judge(facts, release), repairing=not skip >= WAIT_LONGER)
        if plan.blockers:
            raise Blocked(plan)
        plan = self._with_external(plan, repairing=not skip >= WAIT_LONGER)
        plan = plan.without(skip)
        scene.services = plan.situation.configuration.services
        scene.public = public_values(plan.situation.model)
        scene.web = Web.of(plan.situation.answers)
        changes = plan.changes
        if on_plan and changes:
            on_plan(plan)
        if not changes and self._alone(facts):
            Journal(self.host, self.answers.state_folder, self.redact).end_open_run()
        if plan.chosen:
            plan = self._repaired(plan, release).without(skip)
        done = self._carry_out()
        done.run(plan.first, settles=not plan.planned_again)
        account = done.account
        if plan.planned_again:
            plan, done = self._switch_on(plan, release, scene, skip - WAIT_LONGER)
        return replace(self._outcome(plan, done, changed=changes or attached), account=account)

    def _with_external(self, plan: Plan, *, repairing: bool) -> Plan:
        """*plan* after the external services were tested, which is only done if anything changes: a second
        run contacts none. Raises ``Blocked``."""
        asks = plan.changes and repairing
        situation = self.tried(plan.situation) if asks else plan.situation
        if situation is plan.situation:
            return plan
        again = make_plan(situation, repairing=repairing)
        if again.blockers:
            raise Blocked(again)
        return again

    def _switch_on(
        self, plan: Plan, release: Obtained, scene: Scene, skip: frozenset[str]
    ) -> tuple[Plan, CarryOut]:
        """The certificate is there: look again, and carry out what follows from it, but for *skip*. The steps
        until Dify is ready again are parts of one."""
        try:
            self.emit.within = SwitchOn.id
            with self._step(SwitchOn.id):
                facts = replace(self.facts(), untouched=plan.situation.facts.directory)
                again = make_plan(self.judge(facts, release), repairing=False).without(ASKING | skip)
                if again.blockers:
                    raise Blocked(again)
                if issued(self.answers, facts) is None:
                    params = {"address": address_of(self.answers), "server": server_name(self.answers)}
                    said = "no certificate in docker/volumes/certbot/conf/live"
                    raise InstallError(Code.TLS_ISSUE_FAILED, {**params, "said": said}, detail=said)
                scene.web = Web.of(again.situation.answers)
                done = self._carry_out()
                try:
                    done.run(again.without(frozenset({Renewal.id})))
                except InstallError as error:
                    self._switch_back(error, plan, skip)
                    raise
        finally:
            self.emit.within = ""
        done.run(again.only(Renewal.id))
        return again, done

    def _switch_back(self, error: InstallError, plan: Plan, skip: frozenset[str]) -> None:
        """HTTPS kept Dify from coming up: the files of *plan*, with which it ran a moment ago, are put back
        and started. What happens then hides nothing of *error*."""
        down = error.code in (Code.SERVICE_FAILED, Code.NOT_READY, Code.START_FAILED)
        if not down or self.cancel.cancelled:
            return
        with suppress(InstallError):
            before = replace(plan.situation, facts=self.facts())
            back = make_plan(before, repairing=False).without(ASKING | {Renewal.id} | skip)
            self._carry_out().run(back)

    def _carry_out(self) -> CarryOut:
        """On the connection as it is now: a repair may have renewed it."""
        return CarryOut(self.operation(), self.secrets, self.home, self._explain)

    def _repaired(self, plan: Plan, release: Obtained) -> Plan:
        """Carry out the chosen repairs, look again, and plan what is left. What they did not take away blocks
        (raises ``Blocked``): no repair is tried twice."""
        before = plan.situation.facts.untouched or plan.situation.facts.directory
        for repair in (r for r in plan.to_repair if r.without_lock):
            repair_now(self.host, self.answers, repair, self.emit, self.cancel, self.redact)
        if locked := [r for r in plan.to_repair if not r.without_lock]:
            self._repair_locked(locked, plan)
        if self._own and any(repair.renews for repair in plan.to_repair):
            self.close()
        facts = replace(self.facts(), untouched=before)
        situation = self.judge(facts, release)
        if any(tested.place != "docker" for tested in plan.situation.external):
            situation = self.tried(situation)  # Docker may be there now
        again = make_plan(situation, repairing=False)
        if again.blockers:
            raise Blocked(again, repaired=True)
        return again

    def _repair_locked(self, repairs: Sequence[Repair], plan: Plan) -> None:
        """Carry out *repairs* one after the other, under the installation's lock."""
        with self._working("repair", repairs=[repair.id for repair in repairs]) as (lock, journal):
            note_untouched(self.host, self.answers.state_folder, plan.situation.facts)
            for repair in repairs:
                try:
                    carry_out(self.operation(), repair, lock)
                except Cancelled as cancelled:
                    if cancelled.completed:
                        journal.add("repaired", repairs=[repair.id])
                    raise
                journal.add("repaired", repairs=[repair.id])

    def _outcome(self, plan: Plan, done: CarryOut, *, changed: bool) -> Outcome:
        """A user who comes back after closing the window must still see the password of the set-up."""
        configuration = plan.situation.configuration
        first = Web.of(plan.situation.answers).setup_open(self.host) is True
        guard = configuration.env.get("INIT_PASSWORD", "")
        return Outcome(
            configuration.base_url,
            plan.situation.model.version,
            changed=changed,
            first=first,
            init_password=Secret(guard) if first and guard else None,
            reach=tuple(done.reach),
            here=done.here,
        )

    def running_job(self, facts: Facts) -> str:
        """The folder of a job that is alive there, or an empty string."""
        lock = LockData.parse(facts.lock)
        if lock is None or not lock.job:
            return ""
        folder = job_folder(self.answers.state_folder, lock.job)
        return folder if self.host.job_running(folder) else ""

    def attach(self) -> bool:
        """Follow a job that is alive there to its end, and change nothing; another client's work without a
        job is waited for. Whether there was anything."""
        with self._stoppable(), self._explained():
            return self._wait_for_others()

    def _wait_for_others(self) -> bool:
        return follow_others(self.operation())

    def undo_plan(self) -> UndoPlan:
        """What ``undo`` would do. Changes nothing."""
        with self._stoppable():
            return self._undo().plan(self._facts_of_undo())

    def undo(
        self,
        on_plan: Callable[[UndoPlan], None] | None = None,
        *,
        confirm: str = "",
        images: bool = False,
        shown: UndoPlan | None = None,
    ) -> Undone:
        """Take back what was done: an installation that never was ready, or the last change of one that ran.
        *confirm*: the installation's folder, as a person typed it: the data that was made since goes, too;
        *images*: those that were downloaded. *shown*: what a person was shown; more than that is refused.
        *on_plan* is shown the plan before anything is changed.

        Raises as ``Undo.run``.
        """
        with self._stoppable():
            facts = self._facts_of_undo()
            undo = self._undo()
            plan = undo.plan(facts)
            _check_shown(plan, shown)
            if on_plan:
                on_plan(plan)
            return undo.run(facts, plan, confirm=confirm, images=images)

    def removal_plan(self) -> UndoPlan:
        """What ``remove`` would find. Changes nothing."""
        with self._stoppable():
            return looking.removal(self.host, self.answers, self._facts_of_undo(), self.cancel)

    def remove(
        self,
        on_plan: Callable[[UndoPlan], None] | None = None,
        *,
        confirm: str = "",
        images: bool = False,
        added: bool = False,
        shown: UndoPlan | None = None,
    ) -> Undone:
        """Remove Dify, also one that runs. *confirm*: the installation's folder, as a person typed it: its
        data goes, too; *images*: those that were downloaded; *added*: what repairs changed on the machine is
        taken back. *shown*: what a person was shown; more than that is refused. *on_plan* is shown the plan
        before anything is changed.

        Raises as ``Undo.remove``.
        """
        with self._stoppable():
            facts = self._facts_of_undo()
            plan = looking.removal(self.host, self.answers, facts, self.cancel)
            _check_shown(plan, shown)
            if on_plan:
                on_plan(plan)
            return self._undo().remove(facts, plan, confirm=confirm, images=images, added=added)

    def _facts_of_undo(self) -> Facts:
        """What is there; the secrets in use appear in no event of an undo."""
        facts = self.facts()
        if facts.env is not None:
            self.redact.learn(*env_secrets(facts.env.reveal()))
        return facts

    def _undo(self) -> Undo:
        return Undo(self.operation())

    @contextmanager
    def _explained(self) -> Iterator[Scene]:
        """An error in the block gets its findings. A repair may renew the connection: the last counts."""
        scene = Scene(self.answers.directory, self.answers.project, web=Web.of(self.answers))
        with explained(scene, self.emit, self.redact, self.cancel) as explain:

            def now(error: InstallError) -> None:
                scene.host = self._host
                explain(error)

            self._explain = now
            try:
                yield scene
            finally:
                scene.host, self._explain = self._host, None

    def _attach(self, facts: Facts) -> bool:
        """Follow a job that is alive; its failure is not ours: the plan looks at what is left to do."""
        lock, folder = LockData.parse(facts.lock), self.running_job(facts)
        if lock is None or not folder:
            return False
        ours = lock.client == self.home.client_id()
        attach(self.operation(), folder, ours=ours)
        return True

    def _alone(self, facts: Facts) -> bool:
        """Whether no other computer's program may be at work there."""
        lock = LockData.parse(facts.lock)
        return facts.record is not None and (lock is None or lock.client == self.home.client_id())

    def _working(self, what: str, **fields: object) -> AbstractContextManager[tuple[Lock, Journal]]:
        return working(self.operation(), what, explain=self._explain, **fields)

    def _step(self, step: str) -> AbstractContextManager[None]:
        return step_events(self.emit, self.cancel, step)


__all__ = ["WAIT_LONGER", "Blocked", "Code", "Engine", "Outcome"]


def _check_shown(plan: UndoPlan, shown: UndoPlan | None) -> None:
    """Raises ``InstallError(UNDO_CHANGED)`` if *plan* goes beyond what a person was *shown*."""
    if shown is not None and not plan.within(shown):
        raise InstallError(Code.UNDO_CHANGED, {"directory": plan.directory})
