"""What an undo is going to do, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from installer.repairs.added import Added
from installer.state.data_folder import Data

Kind = Literal["nothing", "remove", "restore"]


@dataclass(frozen=True)
class Image:
    """An image that we downloaded; *used*: containers of others are made from it, so it stays."""

    name: str
    bytes: int = -1
    used: bool = False


@dataclass(frozen=True)
class UndoPlan:
    """``remove``: an installation that never was ready goes. ``restore``: the files of *backups* (oldest
    first) are put back and started again. *whole*: the removal of one that ran.

    *containers* and *networks* are names, *ids* the containers' ids; *files* go or are put back; *edited*
    were changed by hand and *foreign* are none of ours: both stay, and so do *others*, volumes and networks
    of the project's name that were there before us or may have been, and containers that claim to be of it.
    *data* goes with typed consent only,
    *images* when asked for: those that can go take at most *images_bytes* (-1 = not known). *made*: the
    installation's folder is ours. *version* and *url* are the record's.
    *placed*: what we put elsewhere on the machine and always goes with it (a timer, a file of nginx);
    *added*: what repairs changed there, taken back when asked for. *generated*: what Dify's containers wrote
    beside our files (of *foreign*); goes with the data. *mounted*: the folders in which they write. *keeps*:
    there is data that is not ours to take away, so that its passwords stay, too.
    """

    kind: Kind
    directory: str
    project: str = ""
    version: str = ""
    url: str = ""
    containers: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    images: tuple[Image, ...] = ()
    images_bytes: int = -1
    backups: tuple[str, ...] = ()
    made: bool = False
    ours_below_data: bool = False
    keeps: bool = False
    whole: bool = False
    placed: tuple[str, ...] = ()
    added: tuple[Added, ...] = ()
    generated: tuple[str, ...] = ()
    mounted: tuple[str, ...] = ()

    def within(self, shown: UndoPlan) -> bool:
        """Whether nothing goes, or is put back, that *shown* does not name. Sizes may differ, and something
        may be gone by itself."""
        same = ("kind", "directory", "project", "version", "backups", "whole")
        parts = ("containers", "ids", "networks", "files", "placed", "generated", "mounted")
        return (
            all(getattr(self, name) == getattr(shown, name) for name in same)
            and all({*getattr(self, name)} <= {*getattr(shown, name)} for name in parts)
            and {(d.path, d.volume) for d in self.data} <= {(d.path, d.volume) for d in shown.data}
            and {i.name for i in self.images if not i.used} <= {i.name for i in shown.images if not i.used}
            and {*self.added} <= {*shown.added}
            and self.made <= shown.made
            and self.keeps >= shown.keeps
        )

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        found = asdict(self)
        for inner in ("ids", "made", "ours_below_data", "mounted", "keeps"):
            del found[inner]
        return found


@dataclass(frozen=True)
class Undone:
    """How an undo ended. *left*: what stays there: paths, and names of volumes, networks and images."""

    plan: UndoPlan
    changed: bool
    left: tuple[str, ...] = ()
