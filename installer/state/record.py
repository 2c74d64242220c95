"""``installation.json`` on the target: what is installed there, what of it was verified, what is under way.

No secret in it; checksums of files that hold secrets are left out, too.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from installer import __version__
from installer.answers import Answers, optional_checks
from installer.facts.model import DirectoryFacts, Facts, Record
from installer.facts.web import Web
from installer.hosts.base import Host
from installer.release.services import by_data_path
from installer.state import persisted_answers
from installer.state.desired import checksum, staying, wanted_files
from installer.state.plan_input import Situation
from installer.untrusted.json import loads

NAME = "installation.json"
#: The folder that it is in, and what stood there before repairs that came first (``note_untouched``).
STATE, UNTOUCHED = ".dify-installer", "untouched.json"
#: What renews certificates by itself: ``scheduler``, ``unit``, and the certificate's ``lineage``.
RENEWAL = "renewal"
#: Folders into which containers write, noted when Dify goes and its data stays.
MOUNTED = "mounted"
#: How many containers work in the background, once that was chosen.
WORKERS = "workers"
#: The SHA-256 of the archive that the release came in.
ARCHIVE = "release_sha256"
#: What a new upload does not change.
_CARRIED = (
    *("applied", "installed", "admin", "files", "uploaded", "ready", "settled", "backups", "pulled"),
    *("undone", RENEWAL, "webserver"),
)
#: Where the data is: new values hold once Dify is started with them.
_CHOSEN = ("database", "vector_store")
#: What stood there before the first upload (``_found``).
FOUND = ("found", "made", "found_volumes", "found_networks")
#: A volume without a name of its own belongs to one container, never to a project.
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")


def record_data(situation: Situation) -> dict[str, Any]:
    """The record for *situation*, with what the record in place says of the past carried over."""
    old = situation.facts.record
    data: dict[str, Any] = {
        "format": 1,
        "version": situation.model.version,
        "project": situation.answers.project,
        "url": situation.configuration.base_url,
        "database": situation.answers.database.kind,
        "vector_store": situation.answers.stores.vector,
        "named_volumes": list(situation.configuration.volumes),
        "services": list(by_data_path(situation.configuration.services)),
        "former": _former(situation),
        "one_shots": sorted(situation.configuration.one_shots),
        "ours": _ours(situation),
        "created_at": old.created_at if old else time.time(),
        "installer": __version__,
        **_found(situation),
        "web": Web.of(situation.answers).as_json(),
        persisted_answers.KEY: persisted_answers.noted(situation.answers),
    }
    if situation.tree.archive_sha256:
        data[ARCHIVE] = situation.tree.archive_sha256
    if situation.answers.capacity.workers:
        data[WORKERS] = situation.answers.capacity.workers
    carried = old.data if old else {}
    names = (*_CARRIED, *_CHOSEN) if old and old.installed else _CARRIED
    return {**data, **{key: carried[key] for key in names if key in carried}}


def _ours(situation: Situation) -> list[str]:
    """Files of ours beside the release's, also those of before that stay for now."""
    configuration = situation.configuration
    return sorted({*configuration.kept, *(f.path for f in configuration.files), *staying(situation)})


def _found(situation: Situation) -> dict[str, Any]:
    """What stood there before the first upload: that is none of ours, also when the rest is undone. Of
    volumes and networks nothing is said where the Engine did not tell."""
    facts, project = situation.facts, situation.answers.project
    if facts.record is not None:
        return {key: facts.record.data[key] for key in FOUND if key in facts.record.data}
    place = facts.untouched or facts.directory
    found: dict[str, Any] = {"found": sorted(place.docker_entries), "made": not place.exists}
    if facts.volumes is not None:
        found["found_volumes"] = sorted(v for v in facts.volumes if not _ANONYMOUS.fullmatch(v))
    if facts.networks.docker:
        found["found_networks"] = sorted(n.name for n in facts.networks.docker if n.project == project)
    return found


def note_untouched(host: Host, state_folder: str, facts: Facts) -> None:
    """Keep what stood there before repairs of ours made the folder, until there is a record: the installation
    may come another day."""
    if facts.record is None and facts.untouched is None:
        place = facts.directory
        noted = {"exists": place.exists, "docker_entries": list(place.docker_entries)}
        host.write_file(f"{state_folder}/{UNTOUCHED}", json.dumps(noted).encode(), mode=0o600)


def with_untouched(host: Host, state_folder: str, facts: Facts) -> Facts:
    """*facts* with what ``note_untouched`` kept."""
    if facts.record is not None or STATE not in facts.directory.entries:
        return facts
    try:
        noted = loads(host.read_file(f"{state_folder}/{UNTOUCHED}") or b"null")
    except ValueError:
        return facts
    if not isinstance(noted, dict):
        return facts
    entries = noted.get("docker_entries")
    # what came there since is not ours either: no repair puts anything into it
    names = {str(name) for name in entries} if isinstance(entries, list) else set()
    names |= {*facts.directory.docker_entries}
    return replace(
        facts, untouched=DirectoryFacts(exists=bool(noted.get("exists")), docker_entries=tuple(sorted(names)))
    )


def as_many_workers(answers: Answers, record: Record | None) -> Answers:
    """*answers* that leave open how many there are, with the number that *record* says."""
    kept = record.data.get(WORKERS) if record is not None else None
    if answers.capacity.workers or type(kept) is not int or optional_checks.workers(kept) is not None:
        return answers
    return replace(answers, capacity=replace(answers.capacity, workers=kept))


def with_backup(situation: Situation, name: str) -> Situation:
    """*situation* after the backup *name* was made: it is the first one since Dify last was ready, or a
    further one."""
    old = situation.facts.record
    if old is None:
        return situation
    former = () if old.data.get("settled") else tuple(old.data.get("backups", ()))
    data = {**old.data, "backups": [*former, name], "settled": False}
    return replace(situation, facts=replace(situation.facts, record=replace(old, data=data)))


def backups_of(situation: Situation) -> tuple[str, ...]:
    """The backups that an undo needs."""
    record = situation.facts.record
    return tuple(record.data.get("backups", ())) if record is not None else ()


def ready(record: Record) -> dict[str, Any]:
    """Once Dify answered: from here on a change can be undone, the installation as a whole cannot."""
    return {**record.data, "ready": True, "settled": True}


def _former(situation: Situation) -> list[str]:
    """Services that this installation had, and has no more."""
    old = situation.facts.record
    before = {*old.services, *old.former} if old else set()
    return sorted(before & {*situation.containers} - {*situation.configuration.services})


def pending(situation: Situation, paths: tuple[str, ...]) -> dict[str, Any]:
    """While *paths* are being placed: their checksums mean nothing, those of all others still do."""
    return {**record_data(situation), "pending": sorted(paths)}


def verified(situation: Situation) -> dict[str, Any]:
    """After the upload was proved whole."""
    secret = {f.path for f in situation.configuration.files}
    files = {p: checksum(f.data) for p, f in wanted_files(situation).items() if p not in secret}
    return {**record_data(situation), "uploaded": True, "files": files}


def starting(situation: Situation, job: str, fingerprint: str, pulled: Iterable[str] = ()) -> dict[str, Any]:
    """Before *job* starts Dify: it may end well while no client follows. From here on there may be data, and
    the version stands. *pulled*: images that the job downloads."""
    old = situation.facts.record
    images = sorted({*(old.data.get("pulled", ()) if old else ()), *pulled})
    note = {"job": job, "fingerprint": fingerprint}
    answers = situation.answers
    chosen = {"database": answers.database.kind, "vector_store": answers.stores.vector}
    data = {**verified(situation), **chosen, "applied": note, "installed": True, "pulled": images}
    return {key: value for key, value in data.items() if key != "undone"}


def read_record(host: Host, state_folder: str) -> Record | None:
    """The record, None if there is none."""
    data = host.read_file(f"{state_folder}/{NAME}")
    return Record.parse(data.decode("utf-8", "replace")) if data else None


def read_installed(host: Host, state_folder: str) -> Record | None:
    """The record of what is installed; None also where Dify was taken away and only its data is left."""
    record = read_record(host, state_folder)
    return None if record is None or record.data.get("undone") else record


def write_record(host: Host, state_folder: str, data: Mapping[str, Any]) -> None:
    """Replace the record."""
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    host.write_file(f"{state_folder}/{NAME}", text.encode())


def note_ready(host: Host, state_folder: str, known: Record | None, *, settled: bool = True) -> None:
    """Write down that Dify answered, unless the record says so already. *known*: the record; None after a
    change, which may have made a backup since. A note of our own: another client's work is not touched.

    *settled* False: the change continues (HTTPS waits for its certificate), so its backups are kept together
    and an undo takes back all of it."""
    if known is not None and _says(known, settled=settled):
        return
    record = read_record(host, state_folder)
    if record is not None and not _says(record, settled=settled):
        write_record(host, state_folder, ready(record) if settled else {**record.data, "ready": True})


def note_answers(host: Host, situation: Situation) -> None:
    """After all of a plan was carried out, under the lock: what it was made from, also where no file changed
    with it. Where nothing is installed there is nothing to note."""
    folder = situation.answers.state_folder
    record = read_record(host, folder)
    answers = persisted_answers.noted(situation.answers)
    if record is not None and record.data.get(persisted_answers.KEY) != answers:
        write_record(host, folder, {**record.data, persisted_answers.KEY: answers})


def _says(record: Record, *, settled: bool) -> bool:
    """Whether *record* says that Dify answered, and with *settled* that nothing is under way."""
    return bool(record.data.get("ready") and (not settled or record.data.get("settled", True)))


def note_starting(host: Host, state_folder: str, data: Mapping[str, Any]) -> None:
    """Write *data* (``starting``), with the backups that the upload made since the facts were gathered."""
    now = read_record(host, state_folder)
    kept = {key: now.data[key] for key in ("backups", "settled") if key in now.data} if now else {}
    write_record(host, state_folder, {**data, **kept})
