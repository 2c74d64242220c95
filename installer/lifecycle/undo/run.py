"""Carrying an undo out: under the lock, with the journal, what takes long as a detached job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from installer.apply.jobs import job_spec, new_job, run_job
from installer.apply.lock import Lock
from installer.apply.locked_change import Operation, working
from installer.apply.steps.renewal import remove_renewal, restore_renewal
from installer.core.errors import Code, InstallError
from installer.core.events import Event, Line
from installer.core.step_events import step_events
from installer.core.step_names import WEBSERVER_OFF
from installer.docker.compose import compose_env
from installer.facts.model import Facts
from installer.hosts.base import Stage
from installer.https.reverse_proxy.place import noted, remove_stage, undo_stages
from installer.lifecycle.undo import find as looking
from installer.lifecycle.undo import remove as removing
from installer.lifecycle.undo import restore as restoring
from installer.lifecycle.undo.model import Undone, UndoPlan
from installer.operations.actions import watch
from installer.redaction.secrets_in_use import env_secrets
from installer.release.envfile import EnvFile
from installer.repairs import added as adding
from installer.repairs.added import Added
from installer.state.compose_services import services_of
from installer.state.journal import Journal
from installer.state.record import RENEWAL, read_record


@dataclass(frozen=True)
class Undo:
    """Takes an installation, or the last change of one, back."""

    operation: Operation

    def plan(self, facts: Facts) -> UndoPlan:
        """What would be done. Changes nothing."""
        return looking.look(self.operation.host, self.operation.answers, facts, self.operation.cancel)

    def run(self, facts: Facts, plan: UndoPlan, *, confirm: str = "", images: bool = False) -> Undone:
        """Do what *plan* says. *confirm*: the installation's folder, typed: then its data goes, too.

        Raises ``InstallError``: UNDO_NAME_DIFFERS, INSTALLATION_LOCKED, UNDO_CHANGED, UNDO_BACKUP_GONE, and
        what a job raises.
        """
        if confirm and confirm.rstrip("/\\") != plan.directory.rstrip("/\\"):
            raise InstallError(Code.UNDO_NAME_DIFFERS, {"typed": confirm, "directory": plan.directory})
        if plan.kind == "remove":
            by_job = self.operation.host.kind.runs_scripts
            return self._remove(facts, removing.Removal(plan, bool(confirm), images, by_job))
        if plan.kind == "restore":
            return self._restore(facts, plan)
        return Undone(plan, changed=False)

    def remove(
        self, facts: Facts, plan: UndoPlan, *, confirm: str = "", images: bool = False, added: bool = False
    ) -> Undone:
        """Remove an installation that ran. *confirm*: as in ``run``; *added*: what repairs changed on the
        machine is taken back, too. Raises as ``run``."""
        if confirm and confirm.rstrip("/\\") != plan.directory.rstrip("/\\"):
            raise InstallError(Code.UNDO_NAME_DIFFERS, {"typed": confirm, "directory": plan.directory})
        if plan.kind != "remove" or facts.record is None:
            return Undone(plan, changed=False)
        before: tuple[Stage, ...] = ()
        if noted(facts.record) and not noted(facts.record).get("off"):
            before = (remove_stage(WEBSERVER_OFF, facts.record, self.operation.answers.state_folder),)
        by_job = self.operation.host.kind.runs_scripts
        removal = removing.Removal.of_all(plan, bool(confirm), images, by_job, before)
        return self._remove(facts, removal, plan.added if added else ())

    # ------------------------------------------------------------------ remove

    def _remove(self, facts: Facts, removal: removing.Removal, added: tuple[Added, ...] = ()) -> Undone:
        plan = removal.plan
        undone = bool(facts.record and facts.record.data.get("undone"))
        away = (removal.stages, removal.folders, removal.files, removal.inner)
        nothing = not any(away) and not (removal.images and plan.images)
        if undone and nothing and not plan.networks and not added:
            return Undone(replace(plan, kind="nothing"), changed=False, left=removal.left)
        with self._working("remove", files=len(removal.files), data=removal.data) as (lock, _journal):
            self._same(facts)
            folders = looking.folders_of(facts, self.operation.answers)
            removal = removing.inspected(
                self.operation.host, removal, folders, self._services(facts), self.operation.emit
            )
            remove_renewal(self.operation.host, self.operation.answers)
            if removal.stages:
                self._job(removal.stages, {}, lock)
            kept = removing.remove_networks(self.operation.host, removal, self.operation.emit)
            with self._step(removing.FILES):
                removing.remove_files(self.operation.host, self.operation.answers, removal)
            stayed: tuple[str, ...] = ()
            if removal.images and plan.images:
                with self._step(removing.IMAGES):
                    stayed = removing.remove_images(self.operation.host, removal, self.operation.emit)
            if added:
                stayed = (*stayed, *self._take_back(added, lock, data=removal.data))
            # last: as long as the record is there, what was cut off can be gone on with
            removing.forget(self.operation.host, self.operation.answers, removal)
        removing.end(self.operation.host, self.operation.answers, removal)
        changed = bool(added) or not (undone and nothing and len(kept) == len(plan.networks))
        return Undone(plan, changed=changed, left=(*removal.left, *kept, *stayed))

    def _take_back(self, added: tuple[Added, ...], lock: Lock, *, data: bool) -> tuple[str, ...]:
        """What repairs changed; what of it stays."""
        heard: list[str] = []

        def hear(event: Event) -> None:
            if isinstance(event, Line):
                heard.append(event.text)
            self.operation.emit(event)

        spec = job_spec(self.operation.answers, new_job("undo"), adding.undo_stages(added, data=data))
        run_job(replace(self.operation, emit=hear), replace(spec, cwd=self.operation.answers.directory), lock)
        return adding.left_of(heard)

    # ----------------------------------------------------------------- restore

    def _restore(self, facts: Facts, plan: UndoPlan) -> Undone:
        host, answers = self.operation.host, self.operation.answers
        record = restoring.former_record(host, answers, plan)
        lasting = tuple(s for s in record.services if s not in record.one_shots)
        newer = restoring.newer(record, looking.ours(facts, answers))
        folders = looking.folders_of(facts, answers)
        job = new_job("undo")
        with self._working("restore", backups=list(plan.backups)) as (lock, _journal):
            self._same(facts)
            newer = restoring.inspected(
                host, plan.project, folders, self._services(facts), newer, self.operation.emit
            )
            stages = restoring.stages(record, newer)
            stages += undo_stages(facts.record, record, answers.state_folder)
            with self._step(restoring.STEP):
                if RENEWAL not in record.data:
                    remove_renewal(host, answers)
                restoring.put_back(host, answers, plan)
                restoring.note_restarted(host, answers, record, plan, job)
            env = restoring.env_text(host, answers)
            self.operation.redact.learn(*env_secrets(env))
            self._job(stages, compose_env(EnvFile.parse(env).values()), lock, job)
            watch(self.operation, record, lasting, lock.renew, facts)
            restore_renewal(host, answers, record, facts, self.operation.cancel)
            restoring.note_done(host, answers)
        return Undone(replace(plan, version=record.version, url=record.url), changed=True)

    # ------------------------------------------------------------------- both

    def _services(self, facts: Facts) -> frozenset[str]:
        """Whose containers are of this installation."""
        if facts.record is None:
            return frozenset()
        return services_of(self.operation.host, self.operation.answers, facts.record, self.operation.cancel)

    def _same(self, facts: Facts) -> None:
        """Under the lock: what the plan was made from still holds. Raises ``InstallError(UNDO_CHANGED)``."""
        now = read_record(self.operation.host, self.operation.answers.state_folder)
        if (now and now.data) != (facts.record and facts.record.data):
            raise InstallError(Code.UNDO_CHANGED, {"directory": self.operation.answers.directory})

    def _working(self, kind: str, **fields: Any) -> AbstractContextManager[tuple[Lock, Journal]]:
        return working(self.operation, "undo", kind=kind, **fields)

    def _job(self, stages: tuple[Stage, ...], env: Mapping[str, str], lock: Lock, job: str = "") -> None:
        run_job(self.operation, job_spec(self.operation.answers, job or new_job("undo"), stages, env), lock)

    def _step(self, step: str) -> AbstractContextManager[None]:
        return step_events(self.operation.emit, self.operation.cancel, step, changed=True)
