"""Answers that the record keeps: nothing else on the target tells them, and a change without them would
switch something off. Pure.

No secret, and no path of a person's own computer: files of a person's own certificate are named again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from installer.external.catalogue import names_file
from installer.settings import Answers, Release

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
    """*value* as JSON has it. Of settings those that name a file of this computer are left out."""
    if isinstance(value, Mapping):
        return {n: v for n, v in value.items() if not names_file(n)}
    return list(value) if isinstance(value, tuple) else value


def recalled(answers: Answers, data: Mapping[str, Any]) -> Answers | None:
    """*answers* with what the record's *data* keeps; None where it keeps none. A value that is none has its
    default. A mirror of releases that somebody names stays."""
    table = data.get(KEY)
    if not isinstance(table, Mapping):
        return None
    from installer.draft import answers_of  # late: the first window needs none of it

    read = answers_of(table)
    found = {
        section: replace(
            getattr(answers, section), **{name: getattr(getattr(read, section), name) for name in names}
        )
        for section, names in FIELDS.items()
        if isinstance(table.get(section), Mapping)
    }
    if answers.release.source != Release().source:
        found.pop("release", None)
    return replace(answers, **found)
