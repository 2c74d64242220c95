"""The machine itself renews certificates: the timer is set, tried at once, and noted in the record."""

from __future__ import annotations

from collections.abc import Mapping

from installer.acme.certificates import lineage_of
from installer.answers import Answers
from installer.apply.steps.base import Action, Context
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import read_text
from installer.facts.model import Facts, Record
from installer.hosts.base import Command, Host
from installer.https.renewal import (
    ROOTS,
    UNITS,
    Wanted,
    cron_command,
    in_place,
    in_state,
    is_set,
    noted_folder,
    script_path,
    wanted_renewal,
)
from installer.state.plan_input import Situation
from installer.state.record import RENEWAL as RECORDED
from installer.state.record import read_record, write_record

#: A renewal that is due takes a minute at most; the image is there.
SECONDS = 300.0


class Renewal:
    """Places our script and the timer, and runs the script once: what cannot work is seen now."""

    id = "renewal"

    def plan(self, situation: Situation) -> Action | None:
        """None if it is in place, or nothing here can run it."""
        if not situation.answers.tls.way.acme:
            return None
        wanted = wanted_renewal(situation)
        if wanted is None or in_place(situation, wanted):
            return None
        return Action(
            self.id, {"hours": str(wanted.hours), "scheduler": wanted.scheduler, "unit": wanted.unit}
        )

    def apply(self, action: Action, context: Context) -> None:
        """Raises ``InstallError(TLS_RENEWAL_FAILED)``."""
        wanted = wanted_renewal(context.situation)
        if wanted is None:
            return
        self._remember(context, wanted)
        _place(context.host, context.situation.answers, wanted, context.cancel)

    def _remember(self, context: Context, wanted: Wanted) -> None:
        folder = context.situation.answers.state_folder
        record = read_record(context.host, folder)
        if record:
            note = wanted.as_note(lineage_of(context.situation.answers))
            write_record(context.host, folder, {**record.data, RECORDED: note})


def _place(host: Host, answers: Answers, wanted: Wanted, cancel: CancelToken) -> None:
    notes = wanted.path.rpartition("/")[0]
    if notes.startswith(f"{ROOTS}/"):
        host.make_folder(ROOTS.rpartition("/")[0], mode=0o700)
        host.make_folder(ROOTS, mode=0o700)
    host.make_folder(notes, mode=0o700)
    host.write_file(wanted.path, wanted.script.encode(), mode=0o700)
    if wanted.scheduler == "systemd":
        host.write_file(f"{UNITS}/{wanted.unit}.service", wanted.service.encode(), mode=0o644)
        host.write_file(f"{UNITS}/{wanted.unit}.timer", wanted.timer.encode(), mode=0o644)
    args = (wanted.scheduler, wanted.unit, wanted.path, wanted.line, cron_command(wanted.path))
    script = Command.script(_script("install"), *args, *_earlier(answers, notes))
    result = host.run(script, cancel=cancel, timeout=SECONDS)
    if result.exit_code != 0:
        said = (host.read_end(f"{notes}/log", 4000) or b"").decode("utf-8", "replace")
        detail = "\n".join(filter(None, (result.errors.strip(), said.strip())))
        raise InstallError(Code.TLS_RENEWAL_FAILED, {"script": wanted.path}, detail=detail)


def _earlier(answers: Answers, notes: str) -> tuple[str, str]:
    """Command of the crontab's line and folder of an earlier version, where *notes* is another one."""
    folder = in_state(answers)
    return (cron_command(script_path(folder)), folder) if folder != notes else ("", "")


def _script(name: str) -> str:
    return read_text("scripts/crontab.sh") + read_text(f"scripts/renewal-{name}.sh")


class RenewalOff:
    """With another kind of certificate nothing is to be renewed any more."""

    id = "renewal_off"

    def plan(self, situation: Situation) -> Action | None:
        """Planned where the record says that a timer of ours is there."""
        record = situation.facts.record
        note = record.data.get(RECORDED) if record else None
        if situation.answers.tls.way.acme or not note:
            return None
        return Action(
            self.id, {"unit": str(note.get("unit", "")), "scheduler": str(note.get("scheduler", ""))}
        )

    def apply(self, action: Action, context: Context) -> None:
        """Raises ``InstallError(TLS_RENEWAL_FAILED)``."""
        remove_renewal(context.host, context.situation.answers)


def remove_renewal(host: Host, answers: Answers) -> None:
    """Take away the timer and our script, if the record on the target speaks of them.

    Raises ``InstallError(TLS_RENEWAL_FAILED)``."""
    record = read_record(host, answers.state_folder)
    note = record.data.get(RECORDED) if record else None
    if record is None or not note:
        return
    notes = noted_folder(answers, note)
    script = script_path(notes)
    args = (str(note.get("scheduler", "")), str(note.get("unit", "")), cron_command(script), notes)
    command = Command.script(_script("remove"), *args, *_earlier(answers, notes))
    result = host.run(command, timeout=SECONDS)
    result.check(Code.TLS_RENEWAL_FAILED, script=script)
    write_record(host, answers.state_folder, {k: v for k, v in record.data.items() if k != RECORDED})


def restore_renewal(host: Host, answers: Answers, former: Record, facts: Facts, cancel: CancelToken) -> None:
    """After an undo that led back to *former*: the timer that it speaks of, unless *facts* show it already.
    It runs once; where that fails it is set all the same and tries again."""
    note = former.data.get(RECORDED)
    root = facts.system.uid == 0
    wanted = Wanted.of_note(note, answers, root=root) if isinstance(note, Mapping) else None
    if wanted is None or is_set(facts.certificates.renewal, wanted):
        return
    try:
        _place(host, answers, wanted, cancel)
    except InstallError as error:
        if error.code is not Code.TLS_RENEWAL_FAILED:
            raise
