"""Checks: what the person decides about a finding, and repairs that run at once."""

from __future__ import annotations

from dataclasses import replace

from installer.answers import Answers
from installer.answers.optional import THIS_COMPUTER
from installer.answers.tls_modes import Proxy
from installer.core.events import Event, Line
from installer.views.progress import KEPT_LINES
from installer.views.wizard import PageId, choose, edit, with_address
from ui import intents as i
from ui.wizard.checks.controller import ChecksFlow
from ui.wizard.controller_core import IDLE

#: Repairs that run at once and change nothing.
_ONLY_LOOKS = frozenset({"packages.wait"})


class DecisionsFlow(ChecksFlow):
    """From a finding to answers that take care of it."""

    def _answer(self, answers: Answers) -> None:
        self.edit(lambda s: edit(s, answers=answers))

    def _on_useport(self, intent: i.UsePort) -> None:
        self._answer(_with_port(self.state.answers, intent.field, intent.port))

    def _on_installbehindproxy(self, intent: i.InstallBehindProxy) -> None:
        """Only the machine itself reaches Dify; its web server does the encryption."""
        answers = _with_port(self.state.answers, "ports.http", intent.port)
        self._answer(
            replace(
                answers,
                ports=replace(answers.ports, https=0),
                site=replace(answers.site, bind="127.0.0.1"),
                tls=replace(answers.tls, mode=Proxy.name),
            )
        )

    def _on_transferimages(self, intent: i.TransferImages) -> None:
        registry = replace(self.state.answers.registry, through=THIS_COMPUTER)
        self._answer(replace(self.state.answers, registry=registry))

    def _on_usereleasesource(self, intent: i.UseReleaseSource) -> None:
        release = replace(self.state.answers.release, source=intent.source)
        self._answer(replace(self.state.answers, release=release))

    def _on_chooserepair(self, intent: i.ChooseRepair) -> None:
        self.edit(lambda s: choose(s, intent.id, wanted=intent.wanted))

    def _on_reviewrepair(self, intent: i.ReviewRepair) -> None:
        """Nothing is run that was not shown: Review shows its commands, and begins it."""
        self.edit(lambda s: choose(s, intent.id, wanted=True))
        self._to_review()

    def _on_useaddress(self, intent: i.UseAddress) -> None:
        self.edit(lambda s: with_address(s, intent.kind, intent.address))

    def _on_installalongside(self, intent: i.InstallAlongside) -> None:
        self._elsewhere(intent.directory, intent.project)

    def _on_manageinstallation(self, intent: i.ManageInstallation) -> None:
        self._elsewhere(intent.directory, intent.project)

    def _elsewhere(self, directory: str, project: str) -> None:
        """Another folder of the same machine: what is there is looked at at once."""
        target = replace(self.state.answers.target, directory=directory, project=project)
        self._answer(replace(self.state.answers, target=target))
        if self.state.facts is None:
            self._on_checkagain(i.CheckAgain())

    def _on_reconnect(self, intent: i.Reconnect) -> None:
        """On the page of the log-in: a server may ask more than a password."""
        self._stop_looking()
        self.session.close()
        state = replace(self.state, facts=None, checks=(), attention=(), situation=None, connected=False)
        self.set(replace(state, page=PageId.LOGIN, **IDLE))
        self._connect()

    def _on_openurl(self, intent: i.OpenUrl) -> None:
        self.browse.emit(intent.url)

    # ------------------------------------------------------------------ at once

    def _on_repairnow(self, intent: i.RepairNow) -> None:
        """Carry it out, then look again: only what is found then counts."""
        repair = next((r for r in self.state.repairs if r.id == intent.id and r.at_once), None)
        if repair is None or self.state.busy is not None:
            return
        changes = self.state.repaired or repair.id not in _ONLY_LOOKS
        self.set(replace(self.state, repairing=repair.id, repair_lines=(), repaired=changes))
        job = self.jobs.change(self.session.repair_now(*self._answers(), repair))
        self._run("repair", PageId.CHECKS, job, lambda _: self._look(intent.row))
        mine = self._round
        job.events.connect(lambda events: self._repair_events(mine, events))
        job.failed.connect(lambda _: self._repair_stopped(mine, intent.row))
        job.cancelled.connect(lambda: self._repair_stopped(mine, intent.row))
        job.over.connect(self._repair_over)

    def _repair_stopped(self, mine: int, row: str) -> None:
        """What it did until then is not known: look again, and leave the reason where it can be read."""
        if self._round != mine or self.state.page is not PageId.CHECKS:
            return
        failure = self.state.failure
        self._look(row)
        self.set(replace(self.state, failure=failure))

    def _repair_events(self, mine: int, events: tuple[Event, ...]) -> None:
        lines = [event.text for event in events if isinstance(event, Line)]
        if self._round == mine and lines:
            kept = (*self.state.repair_lines, *lines)[-KEPT_LINES:]
            self.set(replace(self.state, repair_lines=kept))

    def _repair_over(self) -> None:
        self.set(replace(self.state, repairing=""))


def _with_port(answers: Answers, field: str, port: int) -> Answers:
    name = field.rpartition(".")[2]
    return replace(answers, ports=replace(answers.ports, **{name: port}))  # type: ignore[arg-type]
