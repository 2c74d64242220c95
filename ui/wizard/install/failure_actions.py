"""The ways out of a failed installation, as buttons: which ones an error has, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from installer.answers.optional import THIS_COMPUTER
from installer.core.errors import Code, InstallError
from installer.views.wizard import PageId, WizardState, edit
from ui.intents import (
    BackToChecks,
    ContinueAnyway,
    DismissUndo,
    FollowOtherRun,
    GoToPage,
    Intent,
    Retry,
    ReviewRepair,
    ShowUndo,
    WaitLonger,
)

if TYPE_CHECKING:
    from installer.views.wizard.causes import Remedy
    from ui.wizard.install.page import InstallPage

Way = tuple[str, Callable[[], object]]

#: Buttons of the cause, before those that every failure has.
MOST_WAYS = 4

#: Error → the way that is better than trying again.
_FIRST: Mapping[Code, str] = {Code.NOT_READY: "wait_longer", Code.INSTALLATION_LOCKED: "follow"}
#: Error → the ways beside "try again", the most promising first.
_WAYS: Mapping[Code, tuple[str, ...]] = {
    Code.ADMIN_PASSWORD_MISSING: ("change_password", "go_on_anyway"),
    Code.ADMIN_FAILED: ("change_account", "go_on_anyway"),
    Code.START_FAILED: ("change_ports",),
    Code.PORT_IN_USE: ("change_ports",),
    Code.PORT_LEFT: ("change_ports",),
    Code.PULL_FAILED: ("carry", "change_mirror"),
    Code.PULL_RATE_LIMITED: ("log_in", "carry", "change_mirror"),
    Code.PULL_REGISTRY_CLOSED: ("carry", "change_mirror"),
    Code.PULL_NAME_UNKNOWN: ("carry", "change_mirror"),
    Code.PULL_REFUSED: ("log_in", "change_mirror"),
    Code.PULL_IMAGE_UNKNOWN: ("change_version", "change_mirror"),
    Code.PULL_NO_PLATFORM: ("change_store",),
    Code.CARRY_REGISTRY_CLOSED: ("change_mirror", "download_there"),
    Code.CARRY_LOAD_FAILED: ("download_there",),
    Code.CARRY_DISK_FULL: ("download_there",),
    Code.TLS_EAB_WRONG: ("change_binding",),
    Code.TLS_SERVER_UNREACHABLE: ("change_authority",),
    Code.REGISTRY_LOGIN_REFUSED: ("log_in",),
    Code.REGISTRY_LOGIN_FAILED: ("log_in",),
}
#: Way → the answer that is changed on Settings.
_FIELDS = {
    "change_password": "secrets.admin_password",
    "change_account": "secrets.admin_password",
    "change_ports": "ports.http",
    "change_mirror": "registry.mirror",
    "change_version": "release.version",
    "change_store": "stores.vector",
    "change_https": "tls.mode",
    "change_authority": "tls.acme_server",
    "change_binding": "secrets.tls_eab_kid",
}
_INTENTS: Mapping[str, Intent] = {
    "wait_longer": WaitLonger(),
    "follow": FollowOtherRun(),
    "go_on_anyway": ContinueAnyway(),
    "check_again": BackToChecks(),
    "undo": ShowUndo(),
}
#: Answer that a finding names → the way's words.
_ANSWERS = {
    "ports.http": "change_ports",
    "ports.plugin_debugging": "change_ports",
    "target.directory": "change_folder",
}
#: Errors of the last step, which can be passed by: Dify answers already.
_LAST = frozenset({Code.ADMIN_PASSWORD_MISSING, Code.ADMIN_FAILED})


def ways_of(error: InstallError, state: WizardState) -> Iterator[str]:
    """The ways that *error* has in *state*: nothing is carried to this computer itself, and what is chosen
    already is no other way."""
    takes_images = state.answers.target.host_kind.takes_images
    carried = state.answers.registry.through == THIS_COMPUTER
    for way in _WAYS.get(error.code, ()):
        if way == "carry" and (carried or not takes_images):
            continue
        if way == "download_there" and not carried:
            continue
        if way == "log_in" and carried:  # this computer asks without a login
            continue
        yield way
    if error.code.startswith("tls."):
        yield "change_https"


def last_ways(error: InstallError, state: WizardState) -> Iterator[str]:
    """The ways that lead back."""
    if error.code in _LAST or error.code is Code.INSTALLATION_LOCKED:
        return
    if not state.install.watching:
        yield "check_again"
    if may_undo(state):
        yield "undo"


def may_undo(state: WizardState) -> bool:
    """Whether something may have been changed: a step after the read-only ones was started."""
    started = {row.step for row in state.install.progress.rows if row.started_at is not None}
    return not state.install.watching and bool(started - {"connect", "facts", "release", "sizes"})


def ways_out(page: InstallPage, error: InstallError, found: Sequence[Remedy] = ()) -> list[Way]:
    """Texts and what they do, the best first: what takes the cause away that was *found*, "try again", the
    error's own ways, and those that lead back."""

    def button(way: str) -> Way:
        return page.ui.t(f"install.{way}"), _act(page, way, error)

    undoing = page.state.undoing
    if undoing is not None:  # it is the undo that failed, or only the look before it
        before: list[Way] = [(page.ui.t("undo.close"), partial(page.ask, DismissUndo()))]
        shown = undoing.before.failure is not None or undoing.before.stopped
        return [button("undo"), button("check_again"), *(before if shown else [])]
    first = [button(way) for way in filter(None, [_FIRST.get(error.code)])]
    best = [_remedy(page, remedy) for remedy in found]
    again: Way = (page.ui.t("common.try_again"), partial(page.ask, Retry()))
    known = {text for text, _ in best}
    own = [button(way) for way in ways_of(error, page.state) if page.ui.t(f"install.{way}") not in known]
    back = [button(way) for way in last_ways(error, page.state)]
    foremost: list[Way] = [*first, *best, again, *own]
    return [*foremost[:MOST_WAYS], *back]


def _remedy(page: InstallPage, remedy: Remedy) -> Way:
    if remedy.repair is None:
        visit = GoToPage(PageId.SETTINGS, remedy.id)
        return page.ui.t(f"install.{_ANSWERS[remedy.id]}"), partial(page.ask, visit)
    title = page.ui.texts.repair(remedy.id, remedy.repair.params).title
    return page.ui.t("install.repair", title=title), partial(page.ask, ReviewRepair(remedy.id))


def _act(page: InstallPage, way: str, error: InstallError) -> Callable[[], object]:
    if way == "carry":
        return partial(_through, page, THIS_COMPUTER)
    if way == "download_there":
        return partial(_through, page, "target")
    if way == "log_in":
        return partial(page.show_login, error.params.get("image", ""))
    return partial(page.ask, _INTENTS.get(way) or GoToPage(PageId.SETTINGS, _FIELDS[way]))


def _through(page: InstallPage, which: str) -> None:
    """Change who downloads the images, and go on at once."""

    def change(state: WizardState) -> WizardState:
        registry = replace(state.answers.registry, through=which)  # type: ignore[arg-type]
        return edit(state, answers=replace(state.answers, registry=registry))

    page.edit(change)
    page.ask(Retry())
