"""The last checks of a release before it is used: whole, and what it says it is."""

from __future__ import annotations

from pathlib import Path

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.core.version import Version
from installer.release.archive import ReleaseTree, read_archive
from installer.release.model import ReleaseModel, missing_mounts


def load_release(
    archive: Path, version: str | None = None, *, cancel: CancelToken | None = None
) -> tuple[ReleaseTree, ReleaseModel]:
    """Read, check and understand the archive; *version* None takes the one it is.

    Raises the errors of ``read_archive``, ``ReleaseModel.read`` and ``verify``.
    """
    tree = read_archive(archive, version, cancel=cancel)
    model = ReleaseModel.read(tree)
    verify(tree, model)
    return tree, model


def verify(tree: ReleaseTree, model: ReleaseModel) -> None:
    """Raises ``InstallError``: RELEASE_INCOMPLETE, RELEASE_WRONG_VERSION."""
    if missing := missing_mounts(tree, model):
        params = {"version": tree.version, "files": ", ".join(missing)}
        raise InstallError(Code.RELEASE_INCOMPLETE, params, detail=", ".join(missing))
    images = own_images(model)
    wanted = Version.try_parse(tree.version)
    if wanted is None:  # a label: the images' own version is the release's, and it must be one
        wanted = Version.try_parse(images[0].rpartition(":")[2]) if images else None
    for image in images:
        name, _, tag = image.rpartition(":")
        if wanted is None or Version.try_parse(tag) != wanted:
            params = {"wanted": tree.version, "found": tag if name else image}
            raise InstallError(Code.RELEASE_WRONG_VERSION, params, detail=image)


def own_images(model: ReleaseModel) -> tuple[str, ...]:
    """Dify's own images, which carry the release's version as their tag."""
    own = tuple(table("services")["own_images"])
    env = model.env_file.values()
    images = {model.image_of(name, env) for name in model.services}
    return tuple(sorted(i for i in images if i.rpartition(":")[0].endswith(own) or i.endswith(own)))
