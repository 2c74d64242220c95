"""What one can do about an installation that failed or was cancelled: the ways, and their words."""

from __future__ import annotations

from installer.errors import Code, InstallError
from installer.wizard import PageId, WizardState
from ui.intents import AskUndo, FollowThem, GoOnAnyway, Intent, Retry, ToChecks, Visit, WaitLonger

#: Error → words of another way out, and the answer to change.
CHANGES: dict[Code, tuple[str, str]] = {
    Code.ADMIN_PASSWORD_MISSING: ("change_password", "secrets.admin_password"),
    Code.ADMIN_FAILED: ("change_account", "secrets.admin_password"),
    Code.START_FAILED: ("change_ports", "ports.http"),
    Code.PORT_IN_USE: ("change_ports", "ports.http"),
}
#: Errors of the last step, which can be passed by: Dify answers already.
_LAST = frozenset({Code.ADMIN_PASSWORD_MISSING, Code.ADMIN_FAILED})


def ways_of(state: WizardState, error: InstallError) -> list[tuple[str, Intent]]:
    """Words (keys of the texts) and intents, the proposed way first."""
    if state.undoing is not None:  # it is the undo that failed
        return [("install.undo", AskUndo()), ("install.check_again", ToChecks())]
    found: list[tuple[str, Intent]] = []
    if error.code is Code.NOT_READY:
        found.append(("install.wait_longer", WaitLonger()))
    if error.code is Code.INSTALLATION_LOCKED:
        found.append(("install.follow", FollowThem()))
    found.append(("common.try_again", Retry()))
    if error.code in CHANGES:
        key, field = CHANGES[error.code]
        found.append((f"install.{key}", Visit(PageId.SETTINGS, field)))
    if error.code in _LAST:
        found.append(("install.go_on_anyway", GoOnAnyway()))
        return found
    if error.code is Code.INSTALLATION_LOCKED:
        return found
    if not state.watching:
        found.append(("install.check_again", ToChecks()))
    if may_undo(state):
        found.append(("install.undo", AskUndo()))
    return found


def may_undo(state: WizardState) -> bool:
    """Whether something may have been changed: a step after the looking was begun."""
    begun = {row.step for row in state.progress.rows if row.started_at is not None}
    return not state.watching and bool(begun - {"connect", "facts", "release", "sizes"})
