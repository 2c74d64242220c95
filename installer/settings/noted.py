"""Answers that nothing on a machine tells but our record: noted there when they were carried out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from installer.settings.model import Answers

#: Table → answers in it. None of them is secret.
NOTED: Mapping[str, tuple[str, ...]] = {
    "tls": ("redirect", "hsts", "proxy_install", "proxy_certificate", "proxy_key"),
    "ports": ("plugin_debugging", "plugin_debugging_public"),
    "capacity": ("preset",),
    "proxy": ("http", "https", "user", "exceptions"),
    "registry": ("mirror", "through"),
}


def note_of(answers: Answers) -> dict[str, dict[str, Any]]:
    """Those of *answers* that are not as they are by default, as JSON has them."""
    usual, found = Answers(), dict[str, dict[str, Any]]()
    for part, names in NOTED.items():
        for name in names:
            value = getattr(getattr(answers, part), name)
            if value != getattr(getattr(usual, part), name):
                found.setdefault(part, {})[name] = list(value) if isinstance(value, tuple) else value
    return found


def with_noted(answers: Answers, note: object) -> Answers:
    """*answers* with those of *note*, but for tables in which something is answered already: another proxy
    must not get the former one's user. What is not of its kind in there, as somebody may have edited it, is
    passed by."""
    usual = Answers()
    for part, names in NOTED.items():
        given = note.get(part) if isinstance(note, Mapping) else None
        if not isinstance(given, Mapping):
            continue
        section, default = getattr(answers, part), getattr(usual, part)
        read = {name: _of_kind(given.get(name), getattr(default, name)) for name in names}
        values = {name: value for name, value in read.items() if value is not None}
        if all(getattr(section, name) == getattr(default, name) for name in names):
            answers = replace(answers, **{part: replace(section, **values)})
    return answers


def _of_kind(value: object, default: object) -> object:
    """*value* as an answer of the kind of *default*; None if it is none."""
    if isinstance(default, tuple):
        texts = isinstance(value, list) and all(isinstance(text, str) for text in value)
        return tuple(value) if texts else None  # type: ignore[arg-type]
    return value if type(value) is type(default) else None
