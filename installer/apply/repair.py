"""Carrying out a repair: at once (wait, start Docker), or as a step of the plan."""

from __future__ import annotations

from installer.answers import Answers
from installer.apply.lock import Lock
from installer.apply.locked_change import Operation
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Line, StepFailed, StepFinished, StepStarted
from installer.core.secrets import Redactor
from installer.core.step_names import repair_step
from installer.hosts.base import Command, Host, Stream
from installer.repairs.added import note
from installer.repairs.daemon_file import prepare
from installer.repairs.model import Repair
from installer.repairs.script import WAIT

#: Lines kept as evidence for an error.
KEPT_LINES = 30


def repair(
    host: Host,
    answers: Answers,
    repair: Repair,
    emit: Emit,
    cancel: CancelToken,
    redact: Redactor | None = None,
) -> None:
    """Run the stages of *repair* on *host*, one after the other, with its output as ``Line`` events.

    For repairs with ``at_once`` only: the others are steps of the plan, which run in a detached job under the
    installation's lock. A cancel ends the running command. Gather the facts again afterwards. What it changes
    is noted, for a later removal of Dify.
    Raises ``InstallError`` with the code of the stage that failed (``stage_error``).
    """
    if not repair.at_once:
        raise ValueError(f"{repair.id} is a step of the plan")
    note(host, answers, repair, "before")
    try:
        _run(host, repair, emit, cancel, redact)
    finally:
        note(host, answers, repair, "after")


def _run(host: Host, repair: Repair, emit: Emit, cancel: CancelToken, redact: Redactor | None) -> None:
    step, clean = repair_step(repair.id), redact or Redactor()
    lines: list[str] = []

    def show(_stream: Stream, text: str) -> None:
        lines.append(clean(text))
        emit(Line(step=step, text=lines[-1]))

    emit(StepStarted(step=step))
    try:
        for stage in repair.stages:
            cancel.check()
            lines.clear()
            result = host.run(Command(stage.argv), cancel=cancel, on_line=show)
            if result.exit_code != 0:
                raise stage_error(stage.name, result.exit_code, "\n".join(lines[-KEPT_LINES:]))
    except InstallError as exc:
        emit(StepFailed(step=step, code=exc.code, params=exc.params))
        raise
    emit(StepFinished(step=step, changed=repair.id != "packages.wait"))


def stage_error(stage: str, exit_code: int, output: str) -> InstallError:
    """What a failed stage of a repair means. ``repair:ID:wait`` waits for the package manager, ``:source``
    looks for packages that are new enough."""
    _, repair_id, part = (*stage.split(":"), "", "")[:3]
    params = {"repair": repair_id, "exit_code": str(exit_code), "stage": part}
    return InstallError(_code_of(part), params, detail=output)


def _code_of(part: str) -> Code:
    if part == WAIT:
        return Code.REPAIR_WAITED
    return Code.REPAIR_NO_SOURCE if part == "source" else Code.REPAIR_FAILED


def carry_out(operation: Operation, repair: Repair, lock: Lock) -> None:
    """Run *repair* as a detached job under *lock* and follow it.

    It continues without this program, and a cancel lets a package transaction end first. Raises
    ``InstallError`` with the code of the stage that failed.
    """
    from installer.apply.jobs import job_spec, new_job, run_job

    host, answers = operation.host, operation.answers
    note(host, answers, repair, "before")
    prepare(host, repair)
    try:
        run_job(operation, job_spec(answers, new_job("repair"), repair.stages), lock)
    finally:
        note(host, answers, repair, "after")
