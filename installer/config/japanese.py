"""How a vector store cuts Japanese text into words for its full-text search, as variables of Dify.

Dify gives this to a store when it makes a collection; those that are there keep what they were made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from installer.core.resources import holds, table
from installer.core.version import Version
from installer.release.model import ReleaseModel


def japanese_values(
    store: str, model: ReleaseModel, existing: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The variables for *store* in *model*'s release; empty where nothing is known to be right.

    *existing*: the ``.env`` in use. If it names this store, there may be data: then its own values are all
    that is returned, so that nothing changes. What the server must be is read from the release's image.
    """
    entries = table("stores")["store"].get(store, {}).get("japanese", ())
    entry = next((entry for entry in entries if _fits(entry, model)), None)
    if existing.get("VECTOR_STORE") == store:
        keys = {key for candidate in entries for key in candidate["set"]}
        return {key: existing[key] for key in sorted(keys) if key in existing}
    return dict(entry["set"]) if entry is not None else {}


def _fits(entry: Mapping[str, Any], model: ReleaseModel) -> bool:
    """Whether the release knows every variable and starts a server that is new enough."""
    if not holds(entry, Version.of_release(model.version)) or not all(
        model.knows(key) for key in entry["set"]
    ):
        return False
    found = _server(entry["service"], model)
    return found is not None and found >= Version.parse(entry["server"])


def _server(service: str, model: ReleaseModel) -> Version | None:
    """The version that the image's tag says."""
    if service not in model.services:
        return None
    tag = model.image_of(service, model.env_file.values()).rpartition(":")[2]
    return Version.try_parse(tag.removeprefix("v"))
