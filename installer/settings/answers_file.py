"""Reads, checks and writes the answers file (TOML)."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from installer.errors import Code, InstallError
from installer.settings import checks
from installer.settings.checks import Check, optional
from installer.settings.model import (
    Admin,
    Answers,
    Ports,
    Release,
    Repairs,
    Site,
    Stores,
    Target,
    Tls,
)
from installer.settings.owned import env_problem

SECTIONS: Mapping[str, type] = {
    "target": Target,
    "release": Release,
    "repairs": Repairs,
    "site": Site,
    "ports": Ports,
    "tls": Tls,
    "stores": Stores,
    "admin": Admin,
}
#: Tables and values that exist in the file's design but are not built: refused, never ignored.
RESERVED_TABLES = ("database", "redis", "storage", "mail", "proxy", "registry", "locale")
RESERVED_VALUES: Mapping[str, tuple[object, ...]] = {
    "tls.mode": ("self-signed", "letsencrypt", "proxy"),
}

CHECKS: Mapping[str, Check] = {
    "target.kind": checks.one_of("ssh", "local"),
    "target.host": optional(checks.host),
    "target.port": checks.port,
    "target.user": optional(checks.user),
    "target.identity_file": optional(checks.local_path),
    "target.host_key": optional(checks.host_key),
    "target.jump": optional(checks.jump),
    "target.directory": optional(checks.directory),
    "target.project": optional(checks.project),
    "target.docker": optional(checks.docker),
    "release.version": checks.version,
    "release.source": checks.source,
    "repairs.allow": checks.dotted,
    "site.address": optional(checks.host),
    "site.bind": checks.address,
    "ports.http": checks.port,
    "ports.https": checks.port_or_none,
    "ports.plugin_debugging": checks.port,
    "tls.mode": checks.one_of("off", "own", "self-signed", "letsencrypt", "proxy"),
    "tls.certificate": optional(checks.local_path),
    "tls.key": optional(checks.local_path),
    "tls.email": optional(checks.email),
    "tls.acme_server": optional(checks.url),
    "stores.vector": checks.store,
    "admin.email": optional(checks.email),
    "admin.name": optional(checks.account_name),
}


def load_answers(path: Path | str) -> Answers:
    """The checked answers in the file *path*.

    Raises ``InstallError``: ANSWERS_UNREADABLE, ANSWERS_UNKNOWN_KEY, ANSWERS_BAD_VALUE,
    ANSWERS_OWNED_KEY, ANSWERS_RESERVED.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
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
    for problem in _problems(answers):
        raise problem
    return answers


def answer_problems(answers: Answers) -> tuple[InstallError, ...]:
    """Everything wrong with *answers*, in the file's order; the wizard shows it beside its fields."""
    return tuple(_problems(answers))


def dump_answers(answers: Answers) -> str:
    """The answers file for *answers*; ``parse_answers`` gives them back. Holds no secrets."""
    lines: list[str] = []
    for name, kind in SECTIONS.items():
        section = getattr(answers, name)
        lines += [f"[{name}]"]
        lines += [
            f"{f.name} = {_toml(getattr(section, f.name))}" for f in fields(kind) if f.name != "settings"
        ]
        lines.append("")
    if answers.stores.settings:
        lines += ["[stores.settings]", *_pairs(answers.stores.settings), ""]
    return "\n".join([*lines, "[env]", *_pairs(answers.env)]) + "\n"


def bad_value(key: str, value: object, expected: str) -> InstallError:
    """The error for *key*; long values are shortened."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return InstallError(
        Code.ANSWERS_BAD_VALUE, {"key": key, "value": shown[:100], "expected": expected}, detail=key
    )


def unknown_key(key: str, known: Iterator[str] | list[str]) -> InstallError:
    """The error for a key that does not exist, with the nearest one that does."""
    nearest = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return InstallError(
        Code.ANSWERS_UNKNOWN_KEY, {"key": key, "suggestion": nearest[0] if nearest else ""}, detail=key
    )


def _check_table_names(tables: Mapping[str, Any]) -> None:
    for name, value in tables.items():
        if name in RESERVED_TABLES:
            raise InstallError(Code.ANSWERS_RESERVED, {"key": name}, detail=name)
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
    if (
        kind is Ports
        and "https" not in values
        and tables.get("tls", {}).get("mode", "off") not in ("off", "proxy")
    ):
        values["https"] = 443
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


def _problems(answers: Answers) -> Iterator[InstallError]:
    for key, check in CHECKS.items():
        value = _get(answers, key)
        expected = check(value)
        if expected is not None:
            yield bad_value(key, value, expected)
        elif value in RESERVED_VALUES.get(key, ()):
            yield InstallError(Code.ANSWERS_RESERVED, {"key": f"{key} = {_toml(value)}"}, detail=key)
    if answers.tls.hsts:
        yield InstallError(Code.ANSWERS_RESERVED, {"key": "tls.hsts = true"}, detail="tls.hsts")
    if answers.stores.settings:
        yield InstallError(Code.ANSWERS_RESERVED, {"key": "stores.settings"}, detail="stores.settings")
    yield from _target_problems(answers.target)
    yield from _site_problems(answers)
    for name, text in answers.env.items():
        if problem := env_problem(name, text):
            yield problem


def _target_problems(target: Target) -> Iterator[InstallError]:
    """What does not fit the kind of target: a value that would be ignored is refused."""
    if target.kind == "local":
        for name in ("host", "identity_file", "host_key", "jump"):
            if getattr(target, name):
                yield bad_value(f"target.{name}", getattr(target, name), '"" (kind = "local")')
        return
    for name in ("host", "user"):
        if not getattr(target, name):
            yield bad_value(f"target.{name}", "", '"TEXT" (kind = "ssh")')
    if target.docker:
        yield bad_value("target.docker", target.docker, '"" (kind = "ssh")')
    if target.directory.startswith("~"):
        yield bad_value("target.directory", target.directory, "/PATH")


def _site_problems(answers: Answers) -> Iterator[InstallError]:
    ports, tls = answers.ports, answers.tls
    used: dict[int, str] = {}
    for name in ("http", "https", "plugin_debugging"):
        number = getattr(ports, name)
        if number and number in used:
            yield bad_value(f"ports.{name}", number, f"≠ ports.{used[number]}")
        used.setdefault(number, name)
    if tls.on and not ports.https:
        yield bad_value("ports.https", 0, "1..65535 (tls.mode)")
    if tls.mode == "own" and not tls.certificate:
        yield bad_value("tls.certificate", "", '/PATH (tls.mode = "own")')
    if bool(answers.admin.email) != bool(answers.admin.name):
        missing = "name" if answers.admin.email else "email"
        yield bad_value(f"admin.{missing}", "", "admin.email + admin.name")


def _get(answers: Answers, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(answers, section), name)


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{_key(name)} = {_toml(text)}" for name, text in values.items()]


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain else _toml(name)


def _toml(value: Any) -> str:
    """*value* as TOML. JSON's string escapes are TOML's, except that DEL must be escaped, too."""
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
