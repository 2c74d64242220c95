"""The secrets of ``.env``: those in use stay, the others are made (``resources/secrets.toml``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from installer.release.envfile import EnvFile
from installer.release.model import ReleaseModel
from installer.release.version import Version
from installer.resources import entries
from installer.secrets import Secret, random_base64url32, random_text
from installer.settings import Secrets
from installer.settings.owned import is_secret_name


def secret_values(
    model: ReleaseModel, store: str, given: Secrets, existing: EnvFile | None
) -> dict[str, str]:
    """Key → value for ``.env``.

    Order for each group of coupled keys: value in the *existing* ``.env`` (even a public default: it is
    what the data was made with), *given* in the secrets file, a new one. Secrets of *existing* that no
    table knows are kept, too.
    """
    chosen: dict[str, str] = {}
    old = existing.values() if existing else {}
    known = {key: value.reveal() for key, value in given.env.items()}
    for entry in entries("secrets", "secret", Version.parse(model.version)):
        targets = _targets(entry, model, store)
        if targets:
            group = _group(entry, targets, old, {**known, **chosen})
            chosen |= group
            chosen |= _urls(entry, model, group, old)
    kept = _kept(existing) if existing else {}
    return {**kept, **known, **chosen}


def _kept(existing: EnvFile) -> dict[str, str]:
    """Other secrets in use. Lines that only refer to other variables follow those by themselves."""
    values = existing.values()
    derived = {line.key for line in existing.lines if "$" in line.raw and line.quote != "'"}
    return {k: v for k, v in values.items() if v and is_secret_name(k) and k not in derived}


def _targets(entry: Mapping[str, Any], model: ReleaseModel, store: str) -> tuple[str, ...]:
    """The keys of *entry* to write: all that the release knows; for an unused store those in its .env."""
    used = entry.get("store", store) == store
    in_env = set(model.env_file.keys)
    return tuple(key for key in entry["keys"] if key in in_env or (used and model.knows(key)))


def _group(
    entry: Mapping[str, Any], targets: tuple[str, ...], old: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    candidates = [source[key] for source in (old, known) for key in entry["keys"] if source.get(key)]
    value = candidates[0] if candidates else ""
    if not value and not _stays_empty(entry, old):
        value = _FORMATS[entry["format"]](entry).reveal()
    return {key: old.get(key) or value for key in targets}


def _stays_empty(entry: Mapping[str, Any], old: Mapping[str, str]) -> bool:
    return bool(entry.get("keep_empty")) and any(old.get(key) == "" for key in entry["keys"])


def _urls(
    entry: Mapping[str, Any], model: ReleaseModel, group: Mapping[str, str], old: Mapping[str, str]
) -> dict[str, str]:
    """The release's URLs with the secret's default as their password, with the chosen one instead."""
    schemes = "|".join(entry.get("url_schemes", ()))
    first = next(iter(group))
    default = model.env_keys[first].default
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


def _strong(entry: Mapping[str, Any]) -> Secret:
    """All four kinds of characters that picky servers ask for, for sure."""
    return Secret(random_text(int(entry["length"]) - 4).reveal() + "-Aa1")


_FORMATS: Mapping[str, Callable[[Mapping[str, Any]], Secret]] = {
    "text": _text,
    "strong": _strong,
    "base64url32": lambda _: random_base64url32(),
}
