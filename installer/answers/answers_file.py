"""Reads, checks and writes the answers file (TOML)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from installer.answers.model import LOOPBACK, Answers, Ports, Repairs, Site, Stores, Target, Tls
from installer.answers.optional import (
    Admin,
    Capacity,
    Database,
    Locale,
    Mail,
    Proxy,
    Redis,
    Registry,
    Storage,
    Uploads,
)
from installer.answers.problems import problems, toml_text
from installer.answers.refusal import bad_value, unknown_key
from installer.answers.tls_modes import mode_named
from installer.core.errors import Code, InstallError
from installer.release.source import Release

SECTIONS: Mapping[str, type] = {
    "target": Target,
    "release": Release,
    "repairs": Repairs,
    "site": Site,
    "ports": Ports,
    "tls": Tls,
    "stores": Stores,
    "database": Database,
    "redis": Redis,
    "storage": Storage,
    "admin": Admin,
    "capacity": Capacity,
    "uploads": Uploads,
    "locale": Locale,
    "mail": Mail,
    "proxy": Proxy,
    "registry": Registry,
}


def load_answers(path: Path | str) -> Answers:
    """The checked answers in the file *path*.

    Raises ``InstallError``: ANSWERS_UNREADABLE, ANSWERS_UNKNOWN_KEY, ANSWERS_BAD_VALUE,
    ANSWERS_OWNED_KEY, EXTERNAL_LOOPBACK.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")  # editors on Windows begin files with a mark
    except (OSError, UnicodeDecodeError) as exc:
        raise InstallError(Code.ANSWERS_UNREADABLE, {"path": str(path)}, detail=str(exc)) from exc
    return parse_answers(text, name=str(path))


def parse_answers(text: str, *, name: str = "") -> Answers:
    """As ``load_answers``, from *text*; *name* is what errors call the file."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise InstallError(Code.ANSWERS_UNREADABLE, {"path": name}, detail=str(exc)) from exc
    _check_table_names(tables)
    read: dict[str, Any] = {key: _section(key, kind, tables) for key, kind in SECTIONS.items()}
    answers = Answers(**read, env=_texts("env", tables.get("env", {})))
    for problem in problems(answers):
        raise problem
    return answers


def answer_problems(answers: Answers) -> tuple[InstallError, ...]:
    """Everything wrong with *answers*, in the file's order; the wizard shows it beside its fields."""
    return tuple(problems(answers))


def dump_answers(answers: Answers) -> str:
    """The answers file for *answers*; ``parse_answers`` gives them back. Holds no secrets."""
    lines: list[str] = []
    for name, kind in SECTIONS.items():
        section = getattr(answers, name)
        lines += [f"[{name}]"]
        lines += [
            f"{f.name} = {toml_text(getattr(section, f.name))}" for f in fields(kind) if f.name != "settings"
        ]
        lines.append("")
        if settings := getattr(section, "settings", {}):
            lines += [f"[{name}.settings]", *_pairs(settings), ""]
    return "\n".join([*lines, "[env]", *_pairs(answers.env)]) + "\n"


def _check_table_names(tables: Mapping[str, Any]) -> None:
    for name, value in tables.items():
        if name not in SECTIONS and name != "env":
            raise unknown_key(name, [*SECTIONS, "env"])
        if not isinstance(value, dict):
            raise bad_value(name, value, f"[{name}]")


def _section(name: str, kind: type, tables: Mapping[str, Any]) -> Any:
    """The dataclass *kind* from the table *name*; types are those of its defaults."""
    given = tables.get(name, {})
    defaults = kind()
    known = {f.name: getattr(defaults, f.name) for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise unknown_key(f"{name}.{key}", [f"{name}.{k}" for k in known])
        values[key] = _typed(f"{name}.{key}", value, known[key])
    mode = mode_named(tables.get("tls", {}).get("mode"))
    if kind is Ports and "https" not in values and mode.serves:
        values["https"] = 443
    if kind is Site and "bind" not in values and mode.in_front:
        values["bind"] = LOOPBACK[0]
    return kind(**values)


def _typed(key: str, value: Any, default: object) -> Any:
    """*value* if it has the type of *default*, lists of text as a tuple."""
    if isinstance(default, tuple):
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise bad_value(key, value, '["TEXT", …]')
        return tuple(value)
    if isinstance(default, Mapping):
        return _texts(key, value)
    if type(value) is not type(default):
        raise bad_value(
            key, value, {"str": '"TEXT"', "int": "NUMBER", "bool": "true | false"}[type(default).__name__]
        )
    return value


def _texts(key: str, value: Any) -> Mapping[str, str]:
    """A table of texts."""
    if not isinstance(value, dict):
        raise bad_value(key, value, f"[{key}]")
    for name, text in value.items():
        if not isinstance(text, str):
            raise bad_value(f"{key}.{name}", text, '"TEXT"')
    return MappingProxyType(dict(value))


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{_key(name)} = {toml_text(text)}" for name, text in values.items()]


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain else toml_text(name)
