"""The secrets of ``.env``: those in use stay, the others are made (``resources/secrets.toml``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from installer.answers import Secrets
from installer.answers.owned import is_secret_name
from installer.core.resources import entries
from installer.core.secrets import Secret, random_base64url32, random_text
from installer.core.version import Version
from installer.release.envfile import EnvFile
from installer.release.model import ReleaseModel


def secret_values(
    model: ReleaseModel,
    store: str,
    given: Secrets,
    existing: EnvFile | None,
    others: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """Key → value for ``.env``. *store*: that of the release's containers, empty for none of them; *others*:
    variables that other answers decide.

    Order for each group of coupled keys: value in the *existing* ``.env`` (even a public default: it is
    what the data was made with), what the store in use has without saying so, *given* in the secrets file,
    a new one. Secrets of *existing* that no table knows are kept, too.
    """
    chosen: dict[str, str] = {}
    old = existing.values() if existing else {}
    stores = _Stores(store, old.get("VECTOR_STORE", ""))
    known = {key: value.reveal() for key, value in given.env.items()}
    for entry in entries("secrets", "secret", Version.of_release(model.version)):
        targets = _targets(entry, model, stores)
        if targets and not others.intersection(targets):
            group = _group(entry, targets, [old, stores.built_in(entry, model), {**known, **chosen}], stores)
            chosen |= group
            chosen |= _urls(entry, model, group, old)
    kept = {k: v for k, v in _kept(existing).items() if k not in others} if existing else {}
    return {**kept, **known, **chosen}


def built_in(entry: Mapping[str, Any], model: ReleaseModel) -> str:
    """What holds where ``.env`` says nothing of *entry*'s keys: known to everyone, so no secret."""
    defaults = (model.env_keys[key].default for key in entry["keys"] if model.knows(key))
    return str(entry.get("built_in", next(filter(None, defaults), "")))


@dataclass(frozen=True)
class _Stores:
    """The vector store that is *chosen*, and the one that the ``.env`` in use says (empty without one)."""

    chosen: str
    in_use: str

    def concern(self, entry: Mapping[str, Any]) -> bool:
        """Whether *entry*'s secret is that of a store with data, or of one that gets some."""
        return entry.get("store", self.chosen) in (self.chosen, self.in_use)

    def built_in(self, entry: Mapping[str, Any], model: ReleaseModel) -> dict[str, str]:
        """What the store in use was made with, if its ``.env`` does not say it."""
        in_use = "store" in entry and entry["store"] == self.in_use
        return {entry["keys"][0]: built_in(entry, model)} if in_use else {}

    def stays_empty(self, entry: Mapping[str, Any], old: Mapping[str, str]) -> bool:
        """A store in use has its password, and be it an empty one; those of others can wait."""
        if entry.get("store") == self.in_use:
            return True
        waits = bool(entry.get("keep_empty")) or not self.concern(entry)
        return waits and any(old.get(key) == "" for key in entry["keys"])


def _kept(existing: EnvFile) -> dict[str, str]:
    """Other secrets in use. Lines that only refer to other variables follow those by themselves."""
    values = existing.values()
    derived = {line.key for line in existing.lines if "$" in line.raw and line.quote != "'"}
    return {k: v for k, v in values.items() if v and is_secret_name(k) and k not in derived}


def _targets(entry: Mapping[str, Any], model: ReleaseModel, stores: _Stores) -> tuple[str, ...]:
    """The keys of *entry* to write: all that the release knows; for an unused store those in its .env."""
    used, ours = stores.concern(entry), bool(entry.get("own"))
    in_env = set(model.env_file.keys)
    return tuple(key for key in entry["keys"] if key in in_env or (used and (ours or model.knows(key))))


def _group(
    entry: Mapping[str, Any],
    targets: tuple[str, ...],
    sources: Sequence[Mapping[str, str]],
    stores: _Stores,
) -> dict[str, str]:
    """*sources* are asked in this order; the first one is the ``.env`` in use."""
    candidates = [source[key] for source in sources for key in entry["keys"] if source.get(key)]
    value, old = candidates[0] if candidates else "", sources[0]
    if not value and not stores.stays_empty(entry, old):
        value = _FORMATS[entry["format"]](entry).reveal()
    return {key: old.get(key) or value for key in targets}


def _urls(
    entry: Mapping[str, Any], model: ReleaseModel, group: Mapping[str, str], old: Mapping[str, str]
) -> dict[str, str]:
    """The release's URLs with the secret's default as their password, with the chosen one instead."""
    schemes = "|".join(entry.get("url_schemes", ()))
    first = next(iter(group))
    default = built_in(entry, model)
    if not schemes or not default:
        return {}
    pattern = re.compile(rf"((?:{schemes})://[^/@\s]*:){re.escape(default)}@")
    defaults = model.env_file.values()
    replacement = quote(group[first], safe="")
    return {
        key: old.get(key) or pattern.sub(lambda m: f"{m[1]}{replacement}@", value)
        for key, value in defaults.items()
        if pattern.search(value)
    }


def _text(entry: Mapping[str, Any]) -> Secret:
    return random_text(int(entry["length"]))


def _mixed(entry: Mapping[str, Any]) -> Secret:
    """The three kinds of characters that picky servers ask for, for sure; a letter comes first."""
    return Secret("Aa1" + random_text(int(entry["length"]) - 3).reveal())


def _strong(entry: Mapping[str, Any]) -> Secret:
    """All four kinds of characters."""
    return Secret(random_text(int(entry["length"]) - 4).reveal() + "-Aa1")


_FORMATS: Mapping[str, Callable[[Mapping[str, Any]], Secret]] = {
    "text": _text,
    "mixed": _mixed,
    "strong": _strong,
    "base64url32": lambda _: random_base64url32(),
}
