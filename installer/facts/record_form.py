"""The form of the record (``installation.json``). It is a file on the target, so an attacker there may have
written it: what has another form counts as not written. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from installer.core.addresses import is_host
from installer.core.errors import InstallError
from installer.core.version import Version

#: Entries of a list and characters of a text; ours have some hundred of each.
MOST, LONGEST = 20_000, 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
#: Of a Compose project (compose-spec, "name").
_PROJECT = re.compile(r"[a-z0-9][a-z0-9_-]{0,200}")


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and not _CONTROL.search(value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= MOST and all(map(_text, value))


def _names(value: object) -> bool:
    """Names of folders."""
    return _texts(value) and not any(n in ("", ".", "..") or "/" in n or "\\" in n for n in value)  # type: ignore[attr-defined]


def _pairs(value: object) -> bool:
    good = isinstance(value, dict) and len(value) <= MOST
    return good and all(_text(k) and _text(v) for k, v in value.items())  # type: ignore[attr-defined]


def _applied(value: object) -> bool:
    return _pairs(value) and {"job", "fingerprint"} <= value.keys()  # type: ignore[attr-defined]


def _web(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    port, tls = value.get("port"), value.get("tls")
    right = type(port) is int and 0 < port < 65536 and _flag(tls)
    return right and _text(value.get("address")) and _text(value.get("name"))


def _webserver(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("path")) and _texts(value.get("sums"))


def _renewal(value: object) -> bool:
    return isinstance(value, dict) and all(map(_text, (value.get("unit", ""), value.get("scheduler", ""))))


def _table(value: object) -> bool:
    return isinstance(value, dict)


def _workers(value: object) -> bool:
    return type(value) is int


#: Key → whether a value has its form. What it holds is judged where it is used (``remembered.recalled``).
_FORMS: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("uploaded", "installed", "ready", "settled", "made", "undone", "admin"), _flag),
    **dict.fromkeys(("database", "vector_store", "installer", "release_sha256"), _text),
    **dict.fromkeys(("pending", "named_volumes", "services", "former", "one_shots", "ours"), _texts),
    **dict.fromkeys(("pulled", "found", "found_volumes", "found_networks", "mounted"), _texts),
    "backups": _names,
    "files": _pairs,
    "applied": _applied,
    "web": _web,
    "webserver": _webserver,
    "renewal": _renewal,
    "answers": _table,
    "workers": _workers,
}


def well_formed(data: Mapping[str, Any]) -> dict[str, Any]:
    """*data* without the keys whose values have another form. Keys of later programs stay as they are."""
    return {key: value for key, value in data.items() if key not in _FORMS or _FORMS[key](value)}


def version_of(value: object) -> str:
    """Of a release, or the label of an archive. Raises ``ValueError`` if it is neither."""
    if not isinstance(value, str):
        raise ValueError("version")
    try:
        return Version.of_release(value).text
    except InstallError as exc:
        raise ValueError("version") from exc


def project_of(value: object) -> str:
    """Raises ``ValueError`` if it is no project's name."""
    if not isinstance(value, str) or not _PROJECT.fullmatch(value):
        raise ValueError("project")
    return value


def url_of(value: object) -> str:
    """An address of the web, else an empty text."""
    if not isinstance(value, str) or not _text(value):
        return ""
    try:
        url = urlsplit(value)
        good = url.scheme in ("http", "https") and is_host(url.hostname or "") and url.username is None
        return value if good and (url.port is None or url.port > 0) else ""
    except ValueError:
        return ""
