"""The ways out of a failed installation, as buttons: which ones an error has, and what each does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.errors import Code, InstallError
from installer.settings.optional import THIS_COMPUTER
from installer.wizard import PageId, WizardState, edit
from ui.intents import Retry, ReviewRepair, Visit

if TYPE_CHECKING:
    from installer.wizard.causes import Remedy
    from ui.pages.install import InstallPage

Way = tuple[str, Callable[[], object]]

#: Buttons of the cause.
MOST_WAYS = 3

#: Error → the ways beside "try again", the most promising first.
_WAYS: Mapping[Code, tuple[str, ...]] = {
    Code.ADMIN_PASSWORD_MISSING: ("change_password",),
    Code.ADMIN_FAILED: ("change_account",),
    Code.START_FAILED: ("change_ports",),
    Code.PORT_IN_USE: ("change_ports",),
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
}
#: Answer that a finding names → the way's words.
_ANSWERS = {
    "ports.http": "change_ports",
    "ports.plugin_debugging": "change_ports",
    "target.directory": "change_folder",
}


def ways_of(error: InstallError, state: WizardState) -> Iterator[str]:
    """The ways that *error* has in *state*: nothing is carried to this computer itself, and what is chosen
    already is no other way."""
    ssh, carried = state.answers.target.kind == "ssh", state.answers.registry.through == THIS_COMPUTER
    for way in _WAYS.get(error.code, ()):
        if way == "carry" and (carried or not ssh):
            continue
        if way == "download_there" and not carried:
            continue
        if way == "log_in" and carried:  # this computer asks without a login
            continue
        yield way


def ways_out(page: InstallPage, error: InstallError, found: Sequence[Remedy] = ()) -> list[Way]:
    """Texts and what they do, the best first: what takes the cause away that was *found*, then the error's own
    ways; "try again" comes first where nothing else was found."""
    again = (page.ui.t("common.try_again"), lambda: page.ask(Retry()))
    own = [(page.ui.t(f"install.{way}"), _act(page, way, error)) for way in ways_of(error, page.state)]
    best = [_remedy(page, remedy) for remedy in found]
    return [*best, again, *own][:MOST_WAYS]


def _remedy(page: InstallPage, remedy: Remedy) -> Way:
    if remedy.repair is None:
        visit = Visit(PageId.SETTINGS, remedy.id)
        return page.ui.t(f"install.{_ANSWERS[remedy.id]}"), lambda: page.ask(visit)
    title = page.ui.texts.repair(remedy.id, remedy.repair.params).title
    return page.ui.t("install.repair", title=title), lambda: page.ask(ReviewRepair(remedy.id))


def _act(page: InstallPage, way: str, error: InstallError) -> Callable[[], object]:
    if way == "carry":
        return lambda: _through(page, THIS_COMPUTER)
    if way == "download_there":
        return lambda: _through(page, "target")
    if way == "log_in":
        return lambda: page.show_login(error.params.get("image", ""))
    visit = Visit(PageId.SETTINGS, _FIELDS[way])
    return lambda: page.ask(visit)


def _through(page: InstallPage, which: str) -> None:
    """Change who downloads the images, and go on at once."""

    def change(state: WizardState) -> WizardState:
        registry = replace(state.answers.registry, through=which)  # type: ignore[arg-type]
        return edit(state, answers=replace(state.answers, registry=registry))

    page.edit(change)
    page.ask(Retry())
