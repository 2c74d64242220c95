"""Who could change an installation: owners and modes of its folder, of what is run from it, and of all above.

The lines come from ``resources/scripts/probe/85-owners.sh``; on this computer, where no scripts run, from
``local``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from installer.core import resources
from installer.facts import mounts
from installer.facts.mounts import Mount
from installer.untrusted.values import whole

#: In ``resources/scripts/probe``.
SCRIPT = "85-owners.sh"
_MOST = 200
#: Groups whose members can become root: Docker's, and those of sudo's default rules.
ROOTS = frozenset({"docker", "sudo", "wheel", "admin"})
#: What Compose or this program reads right in the ``docker`` folder.
_RUN = ("docker-compose*.y*ml", "compose*.y*ml", ".env")
_ROOT = 0
_TOP = Path("/")


@dataclass(frozen=True)
class Entry:
    """*path*, ``?`` where its name is no single line. *mode*: as ``ls -l`` prints it, with a ``+`` where an
    access list adds to it. *inside*: the installation's own, not a folder above it."""

    path: str
    mode: str
    uid: int
    gid: int
    inside: bool

    @property
    def is_link(self) -> bool:
        """A symbolic link, which has no mode of its own."""
        return self.mode.startswith("l")


@dataclass(frozen=True)
class Owners:
    """*entries* from the root down. *trusted*: accepted owners: root, the user of the process, the login user
    and those who can become root (``ROOTS``). *private*: groups with no other member. *names* of users.
    *complete*: everything was listed. *there*: the folder without links, empty where it does not exist."""

    entries: tuple[Entry, ...] = ()
    trusted: frozenset[int] = frozenset({_ROOT})
    private: frozenset[int] = frozenset()
    names: dict[int, str] = field(default_factory=dict)
    there: str = ""
    complete: bool = False

    def others(self) -> tuple[Entry, ...]:
        """What belongs to another user: who owns something may change it whatever its mode is."""
        return tuple(entry for entry in self.entries if entry.uid not in self.trusted)

    def open(self) -> tuple[Entry, ...]:
        """What belongs to a trusted user and may be written by others."""
        return tuple(e for e in self.entries if e.uid in self.trusted and self._writable(e))

    @property
    def safe(self) -> bool:
        """Whether no other user can change it."""
        return self.complete and not self.others() and not self.open()

    def name(self, uid: int) -> str:
        """A user's name, else the number."""
        return self.names.get(uid) or str(uid)

    def _writable(self, entry: Entry) -> bool:
        if entry.is_link:
            return False
        # in a sticky folder entries are renamed and removed by their owners alone, and each is judged itself
        if not entry.inside and entry.mode.startswith("d") and entry.mode[9:10] in ("t", "T"):
            return False
        # an access list shows in the group's letters, for whomever it is
        mine = entry.gid == _ROOT or entry.gid in self.private
        by_group = entry.mode[5:6] == "w" and not (mine and not entry.mode.endswith("+"))
        return by_group or entry.mode[8:9] == "w"


def script() -> str:
    """The part of the probe that asks, which also works alone: ``owners_of FOLDER``."""
    values = {"DATA": " ".join(_folders("data")), "RUN": " ".join(_folders("run"))}
    return resources.script(resources.read_text(f"scripts/probe/{SCRIPT}"), values)


def _folders(kind: str) -> tuple[str, ...]:
    return tuple(resources.table("folders")["judged"][kind])


def parse(body: str) -> Owners | None:
    """The ``owners`` section, None where it was not asked or did not end."""
    entries: dict[Entry, None] = {}
    trusted, private, names, there, complete = {_ROOT}, set[int](), dict[int, str](), "", None
    for line in body.split("\n"):
        key, _, rest = line.partition("=")
        if key in ("up", "at"):
            entry = _entry(rest, inside=key == "at")
            if entry is None:
                return None
            entries[entry] = None
        elif key == "trusted":
            trusted |= {whole(number, _ROOT) for number in rest.split()}
        elif key == "private":
            private.add(whole(rest, _ROOT))
        elif key == "name":
            number, _, name = rest.partition(" ")
            names[whole(number, -1)] = name
        elif key == "there":
            there = rest
        elif key == "complete":
            complete = rest == "yes"
    if complete is None or not entries:
        return None
    found = tuple(_own(entry, there) for entry in entries)
    return Owners(found, frozenset(trusted), frozenset(private), names, there, complete)


def _own(entry: Entry, there: str) -> Entry:
    """The folder itself is no folder above."""
    if entry.path == there and not entry.inside:
        return Entry(entry.path, entry.mode, entry.uid, entry.gid, inside=True)
    return entry


def _entry(text: str, *, inside: bool) -> Entry | None:
    mode, _, rest = text.partition(" ")
    uid, _, rest = rest.partition(" ")
    gid, _, path = rest.partition(" ")
    numbers = whole(uid, -1), whole(gid, -1)
    if len(mode) < 10 or min(numbers) < 0 or not path:
        return None
    return Entry(path, mode, *numbers, inside)


# ------------------------------------------------------------------------- this computer, without scripts


def local(directory: str) -> Owners | None:
    """The same by Python. None on Windows, whose rights are no owner and mode: folders there take over those
    of the user's own folder, and one at a drive's root is made private (``local_files.make_folder``)."""
    if os.name != "posix":
        return None
    look = _Look()
    look.at(_TOP, inside=False)
    there = look.way(_TOP, directory, inside=False)
    if there is not None:
        docker = look.way(there, "docker", inside=True)
        state = look.way(there, ".dify-installer", inside=True)
        look.content(docker, _RUN)
        if docker is not None:
            look.more(1000)
            look.mounts(docker)
            look.more(_MOST)
        look.content(state, ("[!.]*",))
    entries = tuple(_own(entry, str(there)) for entry in look.found.values())
    names = _names(entries)
    trusted = frozenset({_ROOT, os.getuid(), *(uid for uid, name in names.items() if _may_be_root(name))})
    return Owners(entries, trusted, frozenset(), names, str(there or ""), not look.over)


class _Look:
    def __init__(self) -> None:
        self.found: dict[Path, Entry] = {}
        self.over = False
        self.most = _MOST

    def more(self, entries: int) -> None:
        """So many may still be listed."""
        self.most = len(self.found) + entries

    def at(self, path: Path, *, inside: bool) -> bool:
        """Whether it is there."""
        if len(self.found) >= self.most:
            self.over = True
            return False
        try:
            about = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # only what is missing is known to be nothing
            self.over = True
            return False
        shown = str(path) if str(path).isprintable() else "?"
        mode = stat.filemode(about.st_mode)
        self.found.setdefault(path, Entry(shown, mode, about.st_uid, about.st_gid, inside))
        return True

    def way(self, start: Path, rest: str, *, inside: bool, data: bool = False) -> Path | None:
        """Each entry on the way, links followed one by one; where it ends, None where it is missing. *data*:
        the last one is a container's, listed only where it is a link."""
        here, parts = start, list(reversed(rest.split("/")))
        steps = 0
        while parts:
            steps += 1
            part = parts.pop()
            if part == "..":
                here = here.parent
            elif part not in ("", "."):
                link = os.path.islink(here / part)  # noqa: PTH114 (False where it cannot be looked at)
                if data and not parts and not link:
                    return None
                kept = inside and not parts and not data
                if steps > _MOST * 20 or not self.at(here / part, inside=kept):
                    self.over = self.over or steps > _MOST * 20
                    return None
                if link:
                    target = str((here / part).readlink())
                    here = Path("/") if target.startswith("/") else here
                    parts += reversed(target.split("/"))
                else:
                    here /= part
        return here

    def content(self, folder: Path | None, patterns: Iterable[str]) -> None:
        """What fits right in *folder*."""
        for pattern in patterns if folder is not None else ():
            for path in sorted(folder.glob(pattern)) if folder is not None else ():
                self.way(path.parent, path.name, inside=True)

    def mounts(self, docker: Path) -> None:
        """What containers are given of this computer: of the data folders, of what only a person's own files
        mount, and of what is elsewhere, that alone is listed which is above it; of all else what another user
        owns or may write, and links."""
        for file in mounts.compose_files(docker):
            below = file.is_relative_to(docker)
            start = docker if below else _TOP
            self.way(start, str(file.relative_to(start)), inside=True)
        found = mounts.mounted(docker)
        for mount in found:
            if mount.source.startswith("/"):
                self.way(_TOP, mount.source, inside=False, data=True)
        tops, above, leaves = _divided([m for m in found if not m.source.startswith("/")])
        for name in above:
            place = docker / name
            if place.parent.is_dir():
                self.way(place.parent.resolve(), place.name, inside=True)
        for mount in leaves:
            place = docker / mount.source
            if place.is_symlink() or (place.is_file() and not mount.own):
                self.way(place.parent.resolve(), place.name, inside=True, data=place.is_symlink())
        for name in tops:
            folder = self.way(docker, name, inside=True)
            if folder is not None and folder.is_dir():
                self._offenders(folder)

    def _offenders(self, folder: Path) -> None:
        for place, folders, files in os.walk(folder, onerror=self._unread):
            for name in (*folders, *files):
                path = Path(place, name)
                try:
                    about = path.lstat()
                except FileNotFoundError:
                    continue
                except OSError:
                    self.over = True
                    continue
                link = stat.S_ISLNK(about.st_mode)
                if link or about.st_mode & 0o022 or about.st_uid not in (_ROOT, os.getuid()):
                    self.way(path.parent, name, inside=True)
            if self.over:
                return

    def _unread(self, _: OSError) -> None:
        # without root, what is in a closed folder is not known to others either
        self.over = self.over or os.getuid() == _ROOT


def _divided(found: Sequence[Mount]) -> tuple[Iterable[str], Iterable[str], Iterable[Mount]]:
    """Of *found* below the docker folder: the folders right in it that are looked through, the folders above
    mounted data, and the mounts of data that lie in no other."""
    data = _folders("data")
    tops, above, leaves = dict.fromkeys(_folders("run")), dict.fromkeys(data), list[Mount]()
    sources = {mount.source for mount in found}
    for mount in found:
        top, *_ = mount.source.split("/")
        if mount.own and top not in (*data, *tops):
            tops[top] = None
        elif not mount.own or top in data:
            over = [str(p) for p in reversed(PurePosixPath(mount.source).parents) if p.name]
            inner = next((n for n, parent in enumerate(over) if parent in sources), None)
            above.update(dict.fromkeys(over[:inner]))
            leaves += [mount] if inner is None else []
    return tops, above, leaves


def _names(entries: Iterable[Entry]) -> dict[int, str]:
    return dict(_known({entry.uid for entry in entries}))


def _known(uids: Iterable[int]) -> Iterator[tuple[int, str]]:
    import pwd  # not on Windows

    for uid in uids:
        try:
            yield uid, pwd.getpwuid(uid).pw_name
        except KeyError:
            continue


def _may_be_root(name: str) -> bool:
    """Whether the user *name* is in one of ``ROOTS``."""
    import grp  # not on Windows
    import pwd

    try:
        groups = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        return not ROOTS.isdisjoint(grp.getgrgid(gid).gr_name for gid in groups)
    except (KeyError, OSError):
        return False
