"""Which external services a release can use, and what has to be known about each. Pure.

Which variables there are is read from the release; what they are for is data (``resources/external.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from installer.answers.optional import SERVICES
from installer.answers.owned import is_secret_name
from installer.core.resources import table

if TYPE_CHECKING:
    from installer.answers.model import Answers
    from installer.release.model import ReleaseModel

SECTIONS = SERVICES


@dataclass(frozen=True)
class Field:
    """A variable of Dify that a person may fill in.

    *meaning*: the key of its texts (``Texts.external_field``), ``other`` where only the release itself says
    what it is for (*comment*, in English). *type*: ``host port url text number switch file``; *choices*: the
    only values. *default*: what holds if nothing is given. *more*: not needed by most people.
    """

    name: str
    meaning: str
    type: str
    choices: tuple[str, ...]
    default: str
    comment: str
    secret: bool
    required: bool
    more: bool


@dataclass(frozen=True)
class Chosen:
    """An external service that the answers name: *section* of the answers file, *kind* within it."""

    section: str
    kind: str

    @property
    def entry(self) -> Mapping[str, Any]:
        """What is known about it; empty for an unknown kind."""
        return entry_of(self.section, self.kind)

    @property
    def name(self) -> str:
        """As its maker spells it, in every language."""
        return str(self.entry.get("name", self.kind))


def entry_of(section: str, kind: str) -> Mapping[str, Any]:
    """The entry of *kind*, empty for an unknown one."""
    found: Mapping[str, Any] = table("external")["kind"].get(section, {}).get(kind, {})
    return found


def chosen(answers: Answers) -> tuple[Chosen, ...]:
    """Those that *answers* name, in the file's order."""
    found = {
        "stores": answers.stores.vector if answers.stores.external else "",
        "database": answers.database.kind if answers.database.external else "",
        "redis": answers.redis.mode if answers.redis.external else "",
        "storage": answers.storage.kind,
    }
    return tuple(Chosen(section, kind) for section, kind in found.items() if kind)


def belongs(entry: Mapping[str, Any], name: str) -> bool:
    """Whether variable *name* is one of the service of *entry*."""
    inside = _any_of(tuple(entry.get("variables", ()))).match(name)
    return inside is not None and _any_of(tuple(entry.get("without", ()))).match(name) is None


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern instead of all: the window asks for every variable of the release at each key press."""
    return re.compile("|".join(translate(pattern) for pattern in patterns) or r"(?!)")


@cache
def known(section: str, name: str) -> bool:
    """Whether variable *name* is one of any service of *section*."""
    found: Mapping[str, Mapping[str, Any]] = table("external")["kind"].get(section, {})
    return any(belongs(entry, name) for entry in found.values())


def kinds(model: ReleaseModel, section: str) -> tuple[str, ...]:
    """The kinds of service that the release can use: of which it knows a variable."""
    found = _kinds(section, frozenset(model.env_keys))
    return tuple(kind for kind in found if section != "database" or kind in model.databases)


@lru_cache(maxsize=32)
def _kinds(section: str, variables: frozenset[str]) -> tuple[str, ...]:
    found: Mapping[str, Mapping[str, Any]] = table("external")["kind"].get(section, {})
    return tuple(kind for kind, entry in found.items() if any(belongs(entry, name) for name in variables))


def fields(model: ReleaseModel, section: str, kind: str) -> tuple[Field, ...]:
    """The variables of *kind* that the release knows, in the order in which one fills them in; those for few
    last."""
    entry = entry_of(section, kind)
    found = [field_of(name, entry, model) for name in sorted(model.env_keys) if belongs(entry, name)]
    ranks = {meaning: n for n, meaning in enumerate(table("external")["order"]["meanings"])}
    order = {name: n for n, name in enumerate(_in_order(entry))}

    def place(field: Field) -> tuple[bool, int, int, str]:
        return field.more, ranks.get(field.meaning, len(ranks)), order.get(field.name, 99), field.name

    return tuple(sorted(found, key=place))


def _in_order(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from entry.get("required", ())
    yield from (name for name in entry.get("variables", ()) if "*" not in name)


def field_of(name: str, entry: Mapping[str, Any], model: ReleaseModel | None = None) -> Field:
    """What is known about variable *name* of the service of *entry*."""
    about = _about(name)
    key = model.env_keys.get(name) if model is not None else None
    default = entry.get("default", {}).get(name, key.default if key else "")
    required = name in entry.get("required", ())
    if required or is_placeholder(default):
        default = ""
    return Field(
        name=name,
        meaning=str(about.get("text", "other")),
        type=_type(about, default),
        choices=tuple(about.get("choices", ())),
        default=default if not is_secret(name) else "",
        comment=key.comment if key else "",
        secret=is_secret(name),
        required=required,
        more=bool(about.get("more", not about)) and not required,
    )


def is_secret(name: str) -> bool:
    """Whether the variable holds something that must not be seen."""
    return bool(table("external")["field"].get(name, {}).get("secret")) or is_secret_name(name)


def names_file(name: str) -> bool:
    """Whether the variable names a file of a person's own computer."""
    return _about(name).get("type") == "file"


def is_placeholder(value: str) -> bool:
    """Whether a release's default only shows what a value looks like."""
    return re.search(table("external")["placeholder"]["pattern"], value) is not None


def _about(name: str) -> Mapping[str, Any]:
    """What the variable's own entry says, else the meaning with the longest end that fits."""
    own: Mapping[str, Any] | None = table("external")["field"].get(name)
    if own is not None:
        return own
    ends = ((end, entry) for entry in table("external")["meaning"] for end in entry["ends"])
    fits = [(len(end), entry) for end, entry in ends if name.endswith(end)]
    longest: Mapping[str, Any] = max(fits, key=lambda found: found[0])[1] if fits else {}
    return longest


def _type(about: Mapping[str, Any], default: str) -> str:
    """By what is known; a variable without an explanation is a switch if its default is one."""
    if "type" in about or about:
        return str(about.get("type", "text"))
    return "switch" if default.lower() in ("true", "false") else "text"
