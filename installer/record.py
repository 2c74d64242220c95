"""``installation.json`` on the target: what is installed there, what of it was verified, what is under way.

No secret in it; checksums of files that hold secrets are left out, too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from installer import __version__
from installer.desired import checksum, wanted_files
from installer.facts.model import Record
from installer.hosts.base import Host
from installer.situation import Situation
from installer.stack.knowledge import by_data_path
from installer.web import Web

NAME = "installation.json"
#: What a new upload does not change.
_CARRIED = ("applied", "installed", "admin", "files", "uploaded")
#: Where the data is: new values hold once Dify is started with them.
_CHOSEN = ("database", "vector_store")


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
        "ours": sorted(f.path for f in situation.configuration.files),
        "created_at": old.created_at if old else time.time(),
        "installer": __version__,
        "web": Web.of(situation.answers).as_json(),
    }
    carried = old.data if old else {}
    names = (*_CARRIED, *_CHOSEN) if old and old.installed else _CARRIED
    return {**data, **{key: carried[key] for key in names if key in carried}}


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


def starting(situation: Situation, job: str, fingerprint: str) -> dict[str, Any]:
    """Before *job* starts Dify: it may end well while nobody watches. From here on there may be data, and
    the version stands."""
    note = {"job": job, "fingerprint": fingerprint}
    answers = situation.answers
    chosen = {"database": answers.database.kind, "vector_store": answers.stores.vector}
    return {**verified(situation), **chosen, "applied": note, "installed": True}


def read_record(host: Host, state_folder: str) -> Record | None:
    """The record, None if there is none."""
    data = host.read_file(f"{state_folder}/{NAME}")
    return Record.parse(data.decode("utf-8", "replace")) if data else None


def write_record(host: Host, state_folder: str, data: Mapping[str, Any]) -> None:
    """Replace the record."""
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    host.write_file(f"{state_folder}/{NAME}", text.encode())
