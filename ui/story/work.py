"""Pieces of ``Work`` for ``Jobs``; none of them touches a widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.support.read import read_bundle
from installer.support.story import Story, Support, live_story, story_of
from installer.support.write import make_bundle
from installer.texts import Texts

if TYPE_CHECKING:
    from installer.engine import Engine
    from installer.hosts.base import Host


def read(path: Path) -> Callable[[Emit, CancelToken], Story]:
    """The story that the report *path* tells."""

    def work(_emit: Emit, cancel: CancelToken) -> Story:
        return story_of(read_bundle(path, cancel), path.name)

    return work


def look(host: Host, answers: Answers) -> Callable[[Emit, CancelToken], Story]:
    """The story of the installation that *host* has."""

    def work(_emit: Emit, _cancel: CancelToken) -> Story:
        return live_story(host, answers)

    return work


def save(
    path: Path, language: str, engine: Callable[[Emit, CancelToken], Engine], more: Mapping[str, Any]
) -> Callable[[Emit, CancelToken], Support]:
    """Write the report for support; returns a ``Support`` with the result. An *engine* without connection has
    no login for one: what is here is saved."""

    def work(emit: Emit, cancel: CancelToken) -> Support:
        here = engine(emit, cancel)
        lost = InstallError(Code.SSH_CONNECTION_LOST, {"host": here.answers.target.host})
        manifest = make_bundle(here, path, Texts(language), more, unreached=None if here.connected else lost)
        lacking = tuple(str(x["name"]) for x in manifest["lacking"])
        return Support(saving="saved", saved=str(path), size=path.stat().st_size, lacking=lacking)

    return work


def with_saved(before: Support, how: Support) -> Support:
    """*before* with how saving went."""
    return replace(
        before,
        saving=how.saving,
        saved=how.saved,
        size=how.size,
        lacking=how.lacking,
        save_error=how.save_error,
    )
