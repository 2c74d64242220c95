"""What repairs changed on the machine: noted before and after each, listed, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.core.resources import read_text
from installer.hosts.base import Command, Host, Stage
from installer.repairs.catalogue import knowledge
from installer.repairs.model import Repair

#: One place for the machine: a repair changes the machine, not one installation's folder, and it may be made
#: before it is known where Dify will be. Each note names the folder it was made for; where no installation
#: is there (any more), every installation may read the notes (``added-look.sh``).
FOLDER = "/var/lib/dify-installer/added"
STEP = "undo_added"
_SECONDS = 60.0
#: Repairs that wait for something, start again what ran, or close a folder: opening it again would let other
#: users in while Dify is there, and it goes with Dify.
_NOTHING = ("packages.wait", "docker.restart", "directory.protect")
#: The way back: Docker is started and stopped once its settings are what they were, and goes last.
_LAST = ("docker.start", "docker.install")
#: What Docker makes of its own, beside its packages.
_DOCKERS = (
    *("/var/lib/docker", "/var/lib/containerd", "/etc/docker", "/etc/containerd", "/run/docker"),
    *("/run/containerd", "/etc/cni"),
)


@dataclass(frozen=True)
class Added:
    """What *repair* changed on the machine: files, ``package NAME``, ``user NAME``, kernel settings."""

    repair: str
    changes: tuple[str, ...] = ()


def note(host: Host, answers: Answers, repair: Repair, when: str) -> None:
    """Note how things stand *when* (``before``, ``after``) *repair* changes them. What cannot be noted does
    not keep the repair from being made: it then cannot be taken back, and is not offered."""
    if not host.kind.notes_repairs or repair.id in _NOTHING or repair.params.get("variant") == "desktop":
        return
    installs = any(change.startswith("package ") for change in repair.changes)
    more = (*(_DOCKERS if repair.id == "docker.install" else ()), *(_others() if installs else ()))
    # "/etc/docker/daemon.json: {…}" tells people what comes into it
    changes = (change.partition(": ")[0] for change in (*repair.changes, *more))
    lines = "".join(f"{change}\n" for change in changes)
    script = ("sh", "-c", read_text("scripts/added-note.sh"), "sh")
    words = (*script, f"{FOLDER}/{repair.id}", when, answers.directory)
    try:
        host.run(Command(words, stdin=lines.encode()), timeout=_SECONDS)
    except InstallError:
        return


def _others() -> tuple[str, ...]:
    """What else a repair may install by name: the system's own packages where Docker's are not to be had, and
    authorities' certificates."""
    entries = knowledge()["system"]
    known = {name for entry in entries for key in ("own", "theirs") for name in entry.get(key, ())}
    return tuple(f"maybe package {name}" for name in sorted({*known, "ca-certificates"}))


def look(host: Host, answers: Answers, cancel: CancelToken) -> tuple[Added, ...]:
    """What is noted for this installation, or for none that is still there, in the order in which it can be
    taken back."""
    if not host.kind.notes_repairs:
        return ()
    words = ("sh", "-c", read_text("scripts/added-look.sh"), "sh", FOLDER, answers.directory)
    return parse(host.run(Command(words), cancel=cancel, timeout=_SECONDS).text.splitlines())


def parse(lines: Iterable[str]) -> tuple[Added, ...]:
    """What ``added-look.sh`` prints, Docker itself last: other repairs changed its settings."""
    found: dict[str, dict[str, None]] = {}
    name = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "id":
            name = rest
            found[name] = {}
        elif word == "change" and name and rest not in _DOCKERS:
            found[name][rest] = None
    listed = (Added(repair, tuple(changes)) for repair, changes in found.items())
    order = {name: place for place, name in enumerate(_LAST, 1)}
    return tuple(sorted(listed, key=lambda added: (order.get(added.repair, 0), added.repair)))


def undo_stages(added: Iterable[Added], *, data: bool) -> tuple[Stage, ...]:
    """The commands that take *added* back. *data*: what Docker stored goes with it, if Docker came by us."""
    text, yes = read_text("scripts/added-undo.sh"), "yes" if data else "no"
    return tuple(
        Stage(f"{STEP}:{one.repair}", ("sh", "-c", text, "sh", f"{FOLDER}/{one.repair}", yes), whole=True)
        for one in added
    )


def left_of(lines: Iterable[str]) -> tuple[str, ...]:
    """What the scripts say that they left."""
    return tuple(line.removeprefix("left ") for line in lines if line.startswith("left "))
