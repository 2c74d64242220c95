"""What the Install page says about a progress: which of its sentences are true, and amounts in words."""

from __future__ import annotations

from typing import Literal

from installer.core.errors import Code
from installer.core.formatting import byte_unit
from installer.views.progress import TRANSFERS, Progress, StepRow
from installer.views.transfer import Transfer
from installer.views.wizard import LINE_LOST, PageId, WizardState
from ui.style.context import Ui

#: Steps that are one detached job on the target; it continues without this program.
JOB_STEPS = frozenset({"pull", "reach", "databases", "start", "webserver", "webserver_off", "certificate"})
#: Digits behind the point of an amount that is being transferred, by its unit.
_DIGITS = {"GB": 2, "MB": 1}

Situation = (
    Literal["idle", "running", "stopping", "stopped", "lost", "failed"]
    | Literal["looking", "undoing", "undo", "undone", "halted"]
)


def situation(state: WizardState) -> Situation:
    """What the page is about now."""
    error = state.failed_on(PageId.INSTALL)
    if state.installing:
        if state.work.cancelling:
            return "stopping"
        if state.work.busy is not None and state.work.busy.what == "undo_look":
            return "looking"
        return "undoing" if state.undoing is not None else "running"
    if state.undoing is not None and state.undoing.halted:
        return "halted"
    if state.undoing is not None and not state.undoing.broken:
        return "undone" if state.undoing.done is not None else "undo"
    if error is not None:
        return "lost" if error.code in LINE_LOST else "failed"
    return "stopped" if state.work.stopped else "idle"


def latest(state: WizardState) -> StepRow | None:
    """The step under way, or the one that was when everything stopped."""
    started = [row for row in state.install.progress.rows if row.started_at is not None]
    return state.install.progress.current or max(started, key=lambda row: row.started_at or 0.0, default=None)


def lacking(state: WizardState) -> Literal["", "http", "renewal"]:
    """What is not well though Dify answers: there is no certificate of an authority (``http``), or nothing
    that renews it; empty where Dify itself may not answer."""
    ready, row = state.install.progress.row("ready"), latest(state)
    if row is None or not (ready is None or ready.state == "done"):
        return ""
    return "http" if row.step in ("address", "certificate") else "renewal" if row.step == "renewal" else ""


def runs_unattended(state: WizardState) -> bool:
    """Whether the machine would finish the step under way, and start Dify, without this program."""
    row = latest(state)
    return row is not None and row.step in (*JOB_STEPS, "attach", "ready")


def logging_in(state: WizardState) -> bool:
    """Whether a login to a registry is running, after which the installation continues."""
    return state.work.busy is not None and state.work.busy.what == "registry"


def sentence_key(state: WizardState) -> str:
    """The sentence under the title."""
    what = situation(state)
    if what in ("stopped", "idle", "undo", "undone", "halted"):
        return ""
    if what == "looking":
        return "busy.undo_look"
    if what == "lost" and state.undoing is not None:
        return "undo.lost"
    if what == "undoing" or (what == "failed" and state.undoing is not None):
        return "install.stay" if what == "undoing" else ""
    if what == "failed":
        return "install.failed_up" if lacking(state) else "install.failed"
    if what == "lost":
        error = state.failed_on(PageId.INSTALL)
        if error is not None and error.code is Code.CANCEL_UNANSWERED:
            return ""  # it is unknown whether anything still runs there: the error says so
        return "install.lost_alone" if runs_unattended(state) else "install.lost"
    if logging_in(state) or not runs_unattended(state):
        return "install.stay"
    attach = state.install.progress.row("attach")
    if attach is not None and attach.state == "running":
        return "install.attach"
    return _alone_key(state)


def closing_key(state: WizardState) -> str:
    """What happens if the window closes now: as the page says it."""
    if state.undoing is not None:
        return "dialogs.close_undo"
    key = sentence_key(state)
    return "dialogs.close_stops" if key in ("", "install.stay") else key


def _alone_key(state: WizardState) -> str:
    """What is left for this program, once the machine has done the rest by itself."""
    local = "" if state.answers.target.host_kind.remote else "_local"
    rows = {step: state.install.progress.row(step) for step in ("https", "admin")}
    left = (step for step, row in rows.items() if row is not None and row.state != "done")
    return f"install.alone{local}" + next((f"_{step}" for step in left), "")


def undo_heading(state: WizardState, what: Situation) -> str | None:
    """The title's key by what is undone; None where it is about something else."""
    undoing = state.undoing
    if undoing is None or what not in ("undo", "undoing", "undone"):
        return None
    done = undoing.done
    plan = done.plan if done is not None else undoing.plan
    if (plan is not None and plan.kind == "nothing") or (done is not None and not done.changed):
        return "heading_undo_nothing"
    restore = "_restore" if plan is not None and plan.kind == "restore" else ""
    return f"heading_{what}{restore}"


def row_state(row: StepRow, what: Situation) -> str:
    """How *row* is shown: the engine knows no more than ``failed`` when it was ended from outside."""
    if row.state != "failed":
        return row.state
    return {"stopped": "stopped", "lost": "unknown"}.get(what, "failed")


def row_detail(ui: Ui, row: StepRow) -> str:
    """How far a running step is, in words."""
    if row.state != "running":
        return ""
    going = row.going[-1].partition(":")[2] if row.going else ""
    if row.step == "databases" and going:
        return ui.t("install.waits_for", service=going)
    return count_text(ui, row) if row.unit != "bytes" else ""


def stopping_text(ui: Ui, state: WizardState, now: float) -> str:
    """What a cancel waits for, if it is something that must not be ended half-way."""
    since, row = state.install.progress.finishing, state.install.progress.current
    if since is None or not state.work.cancelling:
        return ""
    title = ui.texts.step(row.step) if row else ui.t("install.preparing")
    return ui.t("install.finishing", title=title, time=ui.duration(max(0.0, now - since)))


def count_text(ui: Ui, row: StepRow) -> str:
    """``3 of 17 services``; "" if nothing was counted."""
    if not row.total:
        return ""
    if row.unit == "bytes":
        return ui.t("install.amount_bytes", **_amounts(ui, row.done, row.total))
    key = f"amount_{row.unit}" if row.unit in ("services", "files") else "amount"
    return ui.t(f"install.{key}", done=ui.count(row.done), total=ui.count(row.total))


def transfer_text(ui: Ui, pull: Transfer, waited: float, *, stalled: bool = False) -> str:
    """``2.31 of 4.07 GB · 18.4 MB/s · 1 min 36 s left``, as far as it is known. *stalled*: nothing came
    for so long that the last speed says nothing any more."""
    if not pull.total and not pull.done:
        return ui.t("install.amount_none", time=ui.duration(waited))
    left = pull.seconds_left
    if not pull.total or not pull.speed or stalled or left is None or left < 1:
        return bytes_text(ui, pull, stalled=stalled)
    said = _amounts(ui, pull.done, pull.total) | {"speed": ui.t("install.speed", size=ui.size(pull.speed))}
    return ui.t("install.amount_left", left=ui.duration(left), **said)


def unpacking_text(ui: Ui, progress: Progress) -> str:
    """``286.6 MB transferred · unpacking · images: 6 of 9``."""
    said, images = _amounts(ui, progress.pull.done, progress.pull.total), ui.count(len(progress.images))
    total, done = f"{said['total']} {said['unit']}", ui.count(progress.images_done)
    return ui.t("install.amount_unpacking", total=total, done=done, images=images)


def bytes_text(ui: Ui, pull: Transfer, *, stalled: bool = False) -> str:
    """The same without the time: ``2.31 of 4.07 GB · 18.4 MB/s``."""
    if not pull.total:
        return ui.t("install.amount_open", done=ui.size(pull.done))
    if not pull.speed or stalled:
        return ui.t("install.amount_bytes", **_amounts(ui, pull.done, pull.total))
    speed = ui.t("install.speed", size=ui.size(pull.speed))
    return ui.t("install.amount_speed", speed=speed, **_amounts(ui, pull.done, pull.total))


def _amounts(ui: Ui, done: int, total: int) -> dict[str, str]:
    """Both in the unit of *total*."""
    factor, unit = byte_unit(total)
    texts = (ui.locale.toString(count / factor, "f", _DIGITS.get(unit, 0)) for count in (done, total))
    return dict(zip(("done", "total"), texts, strict=True)) | {"unit": unit}


def amounts(ui: Ui, state: WizardState, now: float) -> tuple[int, str]:
    """The bar: thousandths (-1 = not known) and the words beside it."""
    row, pull = state.install.progress.current, state.install.progress.pull
    if row is None:
        waited = now - state.work.busy.since if state.work.busy else 0.0
        return -1, ui.t("install.since", time=ui.duration(waited))
    if row.step in TRANSFERS:
        if state.install.progress.unpacking:
            return 1000, unpacking_text(ui, state.install.progress)
        stalled = state.install.progress.stalled(now)
        text = transfer_text(ui, pull, row.elapsed(now) or 0.0, stalled=stalled)
        return (_part(pull.done, pull.total), text) if pull.total else (-1, text)
    if row.total:
        return _part(row.done, row.total), count_text(ui, row)
    return -1, ui.t("install.since", time=ui.duration(row.elapsed(now) or 0.0))


def _part(done: int, total: int) -> int:
    return min(1000, done * 1000 // total)
