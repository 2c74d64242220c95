"""The servers that this computer knows: ``servers.toml`` in the program's folder. Holds no secrets."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time
from pathlib import PurePath
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from installer.answers import Answers, Target
from installer.answers.problems import toml_text
from installer.core.addresses import is_host
from installer.core.app_files import as_seconds, read_tables, write_private
from installer.core.app_folder import SERVERS, Home
from installer.core.errors import Code, InstallError
from installer.core.paths import pure_path
from installer.hosts.kinds import NAMES

NAME = SERVERS
VERSION = 1

Place = tuple[str, str, int, PurePath]

#: Reading, changing and writing is one piece for the threads of this program.
_WRITING = threading.Lock()


@dataclass(frozen=True)
class KnownServer:
    """A place where Dify is or is being installed.

    *id* is random hex (empty = ``remember`` makes one), *name* what people call it, *version* the one
    last seen there, *seen_at* seconds since the epoch. *installing_since* is not 0 while an installation
    was started from here and its end was not seen. *login* is ``password``, ``key``, ``agent``, ``ask`` or
    empty. *extra* holds what another version of the program wrote.
    """

    id: str
    name: str
    target: Target
    url: str
    version: str
    seen_at: float
    installing_since: float = 0.0
    login: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False, repr=False)


_TEXTS = ("id", "name", "url", "version", "login")
_TIMES = ("seen_at", "installing_since")


class Servers:
    """The file in *home*. Two programs that write at the same moment: the later one wins."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = home.folder / NAME

    def all(self) -> tuple[KnownServer, ...]:
        """Every known server, the one seen last first; none if the file is unreadable. Never raises."""
        try:
            known, _ = _parse(read_tables(self._path))
        except (OSError, ValueError):
            return ()
        return tuple(sorted(known, key=lambda s: -s.seen_at))

    def installing(self) -> tuple[KnownServer, ...]:
        """Those with an installation whose end was not seen."""
        return tuple(s for s in self.all() if s.installing_since)

    def remember(self, server: KnownServer) -> KnownServer:
        """Insert *server*, or replace the one with its id or at its place. What was stored is returned: a
        known place keeps its id, an empty name keeps the old one or becomes the default.

        Raises ``InstallError(HOST_FILE_FAILED)``.
        """
        with _WRITING:
            return self._remember(server)

    def _remember(self, server: KnownServer) -> KnownServer:
        known, others = self._load()
        here = place(server.target)
        same = [s for s in known if s.id == server.id] + [s for s in known if place(s.target) == here]
        old = same[0] if same else None
        stored = replace(
            server,
            id=(old.id if old else server.id) or secrets.token_hex(8),
            name=server.name or (old.name if old else "") or default_name(server),
            extra=MappingProxyType({**(old.extra if old else {}), **server.extra}),
        )
        self._save([*(s for s in known if s not in same), stored], others)
        return stored

    def forget(self, server_id: str) -> None:
        """Leave the server out, if it is known. Raises ``InstallError(HOST_FILE_FAILED)``."""
        with _WRITING:
            if any(s.id == server_id for s in self.all()):
                known, others = self._load()
                self._save([s for s in known if s.id != server_id], others)

    def _load(self) -> tuple[list[KnownServer], list[Mapping[str, Any]]]:
        """What is to be kept when the file is written next: the servers, and entries that mean nothing to
        this version of the program. A file that cannot be understood is moved aside, not written over.
        """
        try:
            return _parse(read_tables(self._path))
        except FileNotFoundError:
            return [], []
        except ValueError:
            self._move_aside()
            return [], []
        except OSError as exc:
            # it may be whole: neither written over nor moved
            raise InstallError(Code.HOST_FILE_FAILED, {"path": str(self._path)}, detail=str(exc)) from exc

    def _move_aside(self) -> None:
        number = 1
        while (aside := self._path.with_name(f"{NAME}.unreadable-{number}")).exists():
            number += 1
        try:
            self._path.rename(aside)
        except OSError as exc:
            raise InstallError(Code.HOST_FILE_FAILED, {"path": str(self._path)}, detail=str(exc)) from exc

    def _save(self, servers: Iterable[KnownServer], others: Iterable[Mapping[str, Any]]) -> None:
        blocks = [f"version = {VERSION}\n"]
        for entry in (*map(_entry, servers), *others):
            lines = [f"{_key(name)} = {_value(value)}" for name, value in entry.items()]
            blocks.append("\n".join(["[[server]]", *lines]) + "\n")
        write_private(self._home, NAME, "\n".join(blocks))


def place(target: Target) -> Place:
    """What tells one installation from another: kind, host, port and folder; host and port are nothing on
    this computer."""
    try:
        folder = pure_path(Answers(target=target).directory)
    except RuntimeError:  # "~" of an account that does not exist
        folder = pure_path(target.directory)
    if not target.host_kind.remote:
        return target.kind, "", 0, folder
    return target.kind, target.host.rstrip(".").casefold(), target.port, folder


def default_name(server: KnownServer) -> str:
    """The site's address or the host; empty for this computer."""
    if not server.target.host_kind.remote:
        return ""
    try:
        name = urlsplit(server.url).hostname or ""
    except ValueError:
        name = ""
    return name if is_host(name) else server.target.host


def _parse(tables: Mapping[str, Any]) -> tuple[list[KnownServer], list[Mapping[str, Any]]]:
    """The servers and the entries that are none. Raises ``ValueError`` for another file format."""
    entries = tables.get("server", [])
    whole = isinstance(entries, list) and all(isinstance(e, dict) for e in entries)
    version = tables.get("version")
    if type(version) is not int or version != VERSION or not whole:
        raise ValueError(f"{NAME}: version {version}")
    known: list[KnownServer] = []
    others: list[Mapping[str, Any]] = []
    for entry in entries:
        server = _server(entry)
        if server:
            known.append(server)
        else:
            others.append(entry)
    return known, others


def _server(entry: Mapping[str, Any]) -> KnownServer | None:
    """The entry as a server, None if a value has another type or it names no place."""
    defaults = Target()
    given = {f.name: entry[f.name] for f in fields(Target) if f.name in entry}
    texts = {name: entry.get(name, "") for name in _TEXTS}
    typed = all(type(value) is type(getattr(defaults, name)) for name, value in given.items())
    if not typed or not all(isinstance(text, str) for text in texts.values()):
        return None
    target = Target(**given)
    if not texts["id"] or target.kind not in NAMES or (target.host_kind.remote and not target.host):
        return None
    extra = {k: v for k, v in entry.items() if k not in (*given, *_TEXTS, *_TIMES)}
    return KnownServer(
        **texts,
        target=target,
        seen_at=as_seconds(entry.get("seen_at")),
        installing_since=as_seconds(entry.get("installing_since")),
        extra=MappingProxyType(extra),
    )


def _entry(server: KnownServer) -> Mapping[str, Any]:
    """The server's table: its own fields, the target's, and what we do not know."""
    own: dict[str, Any] = {name: getattr(server, name) for name in _TEXTS}
    own |= {name: as_seconds(getattr(server, name)) for name in _TIMES}
    own |= {f.name: getattr(server.target, f.name) for f in fields(Target)}
    return {**server.extra, **own}


def _value(value: Any) -> str:
    """*value*, as ``tomllib`` gave it, as TOML again."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else toml_text(value)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain else toml_text(name)
