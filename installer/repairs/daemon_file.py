"""Merging our keys into the Engine's ``daemon.json``; everything else in it stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from installer.core.errors import Code, InstallError
from installer.hosts.base import Host
from installer.repairs.model import Repair
from installer.untrusted.json import loads

FILE = "/etc/docker/daemon.json"
#: In the table ``proxies``: hosts by commas that are reached without the proxy.
NO_PROXY = "no-proxy"


def merged(old: bytes | None, addition: Mapping[str, Any]) -> bytes:
    """*old* with *addition*: a list gets our entries in front of its own, a table our values, hosts without
    a proxy are added, anything else is replaced.

    Raises ``InstallError(DAEMON_FILE_UNREADABLE)`` if *old* is not a JSON object."""
    data = _parsed(old)
    for key, value in addition.items():
        data[key] = _joined(data.get(key), value)
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, list) and isinstance(new, list):
        return [*new, *(entry for entry in old if entry not in new)]
    if isinstance(old, dict) and isinstance(new, dict):
        both = {**old, **new}
        if isinstance(old.get(NO_PROXY), str) and NO_PROXY in new:
            both[NO_PROXY] = joined_hosts(old[NO_PROXY], new[NO_PROXY])
        return both
    return new


def joined_hosts(*lists: str) -> str:
    """All entries of *lists* (by commas), each once, in their order."""
    entries = (entry.strip() for text in lists for entry in text.split(","))
    return ",".join(dict.fromkeys(entry for entry in entries if entry))


def _parsed(old: bytes | None) -> dict[str, Any]:
    if old is None or not old.strip():
        return {}
    try:
        data = loads(old)
    except ValueError as exc:
        raise InstallError(Code.DAEMON_FILE_UNREADABLE, {"path": FILE}, detail=str(exc)) from exc
    if not isinstance(data, dict):
        raise InstallError(Code.DAEMON_FILE_UNREADABLE, {"path": FILE}, detail="not an object")
    return data


def prepare(host: Host, repair: Repair) -> None:
    """Put the draft of the new ``daemon.json`` beside it, if *repair* changes that. It may hold a proxy's
    password that was there before, so it travels as a file (0600) and never in a command."""
    if not repair.daemon_json:
        return
    new = merged(host.read_file(FILE), loads(repair.daemon_json))
    host.make_folder(FILE.rpartition("/")[0])
    host.write_file(f"{FILE}.new", new)
