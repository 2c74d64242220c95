"""Facts about Dify installations that are already on a target, wherever they are."""

from __future__ import annotations

from dataclasses import dataclass

from installer.facts.owners import Owners


@dataclass(frozen=True)
class Earlier:
    """One Dify, found by Compose's labels, by its files, or both.

    *directory*: the folder of its Compose file (usually ``…/docker``), "" if only a label-less container
    was seen. *project*: Compose's project, "" if it never ran here. *version*: tag of
    ``langgenius/dify-api`` in its containers, else in its Compose file; "" where not known. *config_files*:
    of the label. *containers*, *running*: how many there are and run; -1 where the Engine did not answer.
    *env*: a ``.env`` is there. *data*: database files are there (``volumes/db/data`` or named volumes),
    None where that cannot be looked at. *data_changed*: when they were last changed, 0.0 where not known.
    *volumes*: names of its named volumes. *ours*: this program installed it (``.dify-installer`` beside).
    *selected*: it is the folder that was asked about. *owners*: of one of ours, where they were asked.
    """

    directory: str = ""
    project: str = ""
    version: str = ""
    config_files: tuple[str, ...] = ()
    containers: int = -1
    running: int = -1
    env: bool | None = None
    data: bool | None = None
    data_changed: float = 0.0
    volumes: tuple[str, ...] = ()
    ours: bool = False
    selected: bool = False
    by_labels: bool = False
    by_files: bool = False
    owners: Owners | None = None


@dataclass(frozen=True)
class EarlierSearch:
    """*found*, and whether looking through the folders was finished within its time limit (None: nothing was
    looked through)."""

    found: tuple[Earlier, ...] = ()
    complete: bool | None = None
