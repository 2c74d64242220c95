"""Checks: what the person decides about a finding, and repairs that run at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from installer.answers import Answers
from installer.answers.optional import THIS_COMPUTER
from installer.answers.tls_modes import Proxy
from installer.core.events import Event, Line
from installer.views.progress import KEPT_LINES
from installer.views.wizard import ChecksState, PageId, choose, edit, with_address
from ui import intents as i
from ui.wizard.page_job import idle

if TYPE_CHECKING:
    from ui.wizard.controller import Flow

#: Repairs that run at once and change nothing.
_ONLY_LOOKS = frozenset({"packages.wait"})


class DecisionsController:
    """From a finding to answers that take care of it."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def _answer(self, answers: Answers) -> None:
        self._flow.edit(lambda s: edit(s, answers=answers))

    def on_use_port(self, intent: i.UsePort) -> None:
        self._answer(_with_port(self._flow.state.answers, intent.field, intent.port))

    def on_install_behind_proxy(self, intent: i.InstallBehindProxy) -> None:
        """Only the machine itself reaches Dify; its web server does the encryption."""
        answers = _with_port(self._flow.state.answers, "ports.http", intent.port)
        self._answer(
            replace(
                answers,
                ports=replace(answers.ports, https=0),
                site=replace(answers.site, bind="127.0.0.1"),
                tls=replace(answers.tls, mode=Proxy.name),
            )
        )

    def on_transfer_images(self, intent: i.TransferImages) -> None:
        registry = replace(self._flow.state.answers.registry, through=THIS_COMPUTER)
        self._answer(replace(self._flow.state.answers, registry=registry))

    def on_use_release_source(self, intent: i.UseReleaseSource) -> None:
        release = replace(self._flow.state.answers.release, source=intent.source)
        self._answer(replace(self._flow.state.answers, release=release))

    def on_choose_repair(self, intent: i.ChooseRepair) -> None:
        self._flow.edit(lambda s: choose(s, intent.id, wanted=intent.wanted))

    def on_review_repair(self, intent: i.ReviewRepair) -> None:
        """Nothing is run that was not shown: Review shows its commands, and begins it."""
        self._flow.edit(lambda s: choose(s, intent.id, wanted=True))
        self._flow.review.show()

    def on_use_address(self, intent: i.UseAddress) -> None:
        self._flow.edit(lambda s: with_address(s, intent.kind, intent.address))

    def on_use_folder(self, intent: i.UseFolder) -> None:
        """What is there is looked at at once."""
        target = self._flow.state.answers.target
        target = replace(target, directory=intent.directory, project=intent.project)
        self._answer(replace(self._flow.state.answers, target=target))
        if self._flow.state.checks.facts is None:
            self._flow.checks.check_again()

    def on_reconnect(self, intent: i.Reconnect) -> None:
        """On the page of the log-in: a server may ask more than a password."""
        self._flow.page_job.stop()
        self._flow.session.close()
        state = replace(self._flow.state, checks=ChecksState(), rights="")
        self._flow.set(replace(idle(state), page=PageId.LOGIN))
        self._flow.login.connect()

    # ------------------------------------------------------------------ at once

    def on_repair_now(self, intent: i.RepairNow) -> None:
        """Carry it out, then look again: only what is found then counts."""
        repair = next((r for r in self._flow.state.checks.repairs if r.id == intent.id and r.at_once), None)
        if repair is None or self._flow.state.work.busy is not None:
            return
        changes = self._flow.state.repair.changed or repair.id not in _ONLY_LOOKS
        self._set(going=repair.id, lines=(), changed=changes)
        job = self._flow.jobs.change(self._flow.session.repair_now(*self._flow.answers(), repair))
        mine = self._flow.page_job.run(
            "repair", PageId.CHECKS, job, lambda _: self._flow.checks.look(intent.row)
        )
        job.events.connect(lambda events: self._repair_events(mine, events))
        job.failed.connect(lambda _: self._repair_stopped(mine, intent.row))
        job.cancelled.connect(lambda: self._repair_stopped(mine, intent.row))
        job.over.connect(self._repair_over)

    def _repair_stopped(self, mine: int, row: str) -> None:
        """What it did until then is not known: look again, and leave the reason where it can be read."""
        if not self._flow.page_job.is_current(mine) or self._flow.state.page is not PageId.CHECKS:
            return
        failure = self._flow.state.work.failure
        self._flow.checks.look(row)
        self._flow.page_job.set(failure=failure)

    def _repair_events(self, mine: int, events: tuple[Event, ...]) -> None:
        lines = [event.text for event in events if isinstance(event, Line)]
        if self._flow.page_job.is_current(mine) and lines:
            kept = (*self._flow.state.repair.lines, *lines)[-KEPT_LINES:]
            self._set(lines=kept)

    def _repair_over(self) -> None:
        self._set(going="")

    def _set(self, **changes: Any) -> None:
        state = self._flow.state
        self._flow.set(replace(state, repair=replace(state.repair, **changes)))


def _with_port(answers: Answers, field: str, port: int) -> Answers:
    name = field.rpartition(".")[2]
    return replace(answers, ports=replace(answers.ports, **{name: port}))  # type: ignore[arg-type]
