"""Named volumes in place of data folders, on a computer whose own disk cannot hold a database.

macOS and Windows share their folders into the machine that runs the containers; there PostgreSQL cannot set
the rights that it insists on (Windows), and everything is slow. A named volume lies on that machine's own
Linux disk. Which folders hold data is read from the release: those below its ``volumes`` without files of the
release, of services whose folders are not edited by hand (``resources/folders.toml``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from posixpath import normpath

from installer.core.resources import entries, table
from installer.core.version import Version
from installer.release.archive import ReleaseTree
from installer.release.model import ReleaseModel
from installer.release.services import service

_FOLDER = "volumes/"


@dataclass(frozen=True)
class DataVolumes:
    """*mounts*: service → (volume, target). *names* are all volumes, sorted."""

    mounts: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all volumes."""
        return tuple(sorted({name for mounts in self.mounts.values() for name, _ in mounts}))


NONE = DataVolumes({})


def data_volumes(
    model: ReleaseModel, tree: ReleaseTree, env: Mapping[str, str], services: tuple[str, ...]
) -> DataVolumes:
    """The volumes for *services*, those that start with *env*. Raises the errors of ``bind_mounts``."""
    kept = _Kept(model, tree)
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, mount in model.bind_mounts(env):
        source = normpath(mount.source)
        if name not in services or service(name).get("role") in table("folders")["by_hand"]["roles"]:
            continue
        if source.startswith(_FOLDER) and not kept.has(source):
            found[name] = (*found.get(name, ()), (kept.name(source), mount.target))
    return DataVolumes(found)


class _Kept:
    """What stays a folder, and names that the release has given already."""

    def __init__(self, model: ReleaseModel, tree: ReleaseTree) -> None:
        self._files = tuple(file.path for file in tree.files if file.path.startswith(_FOLDER))
        self._taken = frozenset(model.compose.volumes)
        version = Version.of_release(model.version)
        #: a new volume belongs to root, and nothing would give it to the user that the image needs
        self._owned = tuple(entry["path"] for entry in entries("folders", "folder", version))

    def has(self, source: str) -> bool:
        """Whether the release ships a file there, or the folder needs an owner."""
        files = any(path == source or path.startswith(f"{source}/") for path in self._files)
        return files or source in self._owned or source in table("folders")["by_hand"]["paths"]

    def name(self, source: str) -> str:
        """``volumes/db/data`` → ``db_data``."""
        plain = source.removeprefix(_FOLDER).replace("/", "_")
        return f"{plain}_files" if plain in self._taken else plain
