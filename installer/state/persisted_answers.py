"""Answers that the record keeps: nothing else on the target tells them, and a change without them would
switch something off. Pure.

No secret, and no path of a person's own computer: files of a person's own certificate are named again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from installer.answers import Answers, Release
from installer.answers.external_services import names_file
from installer.appdata.draft import answers_of
from installer.release.source import source_problem

#: The record's table.
KEY = "answers"
#: Section → its fields. What an answer leaves to the ``.env`` in use when it is not given is none of them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "tls": (
        *("mode", "email", "acme_server", "redirect", "hsts"),
        *("proxy_install", "proxy_certificate", "proxy_key"),
    ),
    "ports": ("plugin_debugging", "plugin_debugging_public"),
    "capacity": ("preset",),
    "proxy": ("http", "https", "user", "exceptions"),
    "registry": ("mirror", "through"),
    "release": ("source",),
    "database": ("external", "settings"),
    "redis": ("external", "mode", "settings"),
    "storage": ("kind", "settings"),
    "stores": ("external", "settings"),
}


def noted(answers: Answers) -> dict[str, dict[str, Any]]:
    """The table for *answers*, as JSON gives it back."""
    found: dict[str, dict[str, Any]] = {}
    if answers.release.is_archive:
        answers = replace(answers, release=Release(answers.release.version))
    for section, names in FIELDS.items():
        values = {name: getattr(getattr(answers, section), name) for name in names}
        found[section] = {n: _plain(v) for n, v in values.items()}
    return found


def _plain(value: Any) -> Any:
    """*value* as JSON has it."""
    value = _here(value)
    return list(value) if isinstance(value, tuple) else value


def _here(value: Any) -> Any:
    """*value*; of settings those that name a file of a person's computer are left out."""
    if isinstance(value, Mapping):
        return {n: v for n, v in value.items() if not names_file(n)}
    return value


def recalled(answers: Answers, data: Mapping[str, Any]) -> Answers | None:
    """*answers* with what the record's *data* keeps; None where it keeps none. A value that is none has its
    default. Nothing of it names a file of this computer, or a place from which it fetches a release
    (``with_source``)."""
    table = data.get(KEY)
    if not isinstance(table, Mapping):
        return None
    read = answers_of(table)
    found = {
        section: replace(
            getattr(answers, section),
            **{name: _here(getattr(getattr(read, section), name)) for name in names},
        )
        for section, names in FIELDS.items()
        if isinstance(table.get(section), Mapping) and section != "release"
    }
    return replace(answers, **found)


def recorded_source(data: Mapping[str, Any]) -> str:
    """From where the installation of the record's *data* got its release, where that is not the usual place;
    empty for anything that is no address. The record is the server's: what it names is asked for by this
    computer only once a person on this computer named it, too."""
    table = data.get(KEY)
    release = table.get("release") if isinstance(table, Mapping) else None
    source = release.get("source") if isinstance(release, Mapping) else None
    if not isinstance(source, str) or "://" not in source or source == Release().source:
        return ""
    return source if source_problem(source) is None else ""


def with_source(answers: Answers, data: Mapping[str, Any], known: Callable[[str], bool]) -> Answers:
    """*answers* with ``recorded_source`` if they name the usual place, and *known* says that this computer
    has used that source before."""
    source = recorded_source(data) if answers.release.source == Release().source else ""
    if not source or not known(source):
        return answers
    return replace(answers, release=replace(answers.release, source=source))
