"""Changing an entry of the list of known servers, or making another one from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from installer.answers import Answers, Target, answer_problems
from installer.appdata.known_servers import KnownServer, default_name, place
from installer.core.addresses import url_host


@dataclass(frozen=True)
class ServerEdit:
    """What a person is changing. *original* is the entry it began with, *before* what was in the fields then,
    *server* what is in them now; *copy*: a new entry is to come of it, and *original* stays."""

    original: KnownServer
    before: KnownServer
    server: KnownServer
    copy: bool = False

    @property
    def changed(self) -> bool:
        """Whether something else is in the fields than at first."""
        return self.server != self.before

    def with_target(self, **values: object) -> ServerEdit:
        """Other values in fields of the target. A host key that was pinned is that of the old address."""
        old = self.server.target
        target = replace(old, **values)  # type: ignore[arg-type]
        if (target.host, target.port) != (old.host, old.port):
            target = replace(target, host_key="")
        return replace(self, server=replace(self.server, target=target))

    def named(self, name: str) -> ServerEdit:
        """Another name."""
        return replace(self, server=replace(self.server, name=name))


def changing(server: KnownServer) -> ServerEdit:
    """Begin to change *server*."""
    return ServerEdit(server, server, server)


def copying(server: KnownServer, name: str) -> ServerEdit:
    """Begin a new entry with the login of *server*. What was seen there is not true of another place."""
    new = replace(server, id="", name=name, url="", version="", seen_at=0.0, installing_since=0.0, extra={})
    return ServerEdit(server, new, new, copy=True)


def problem(edit: ServerEdit, known: Iterable[KnownServer]) -> tuple[str, str] | None:
    """What keeps the entry from being saved: the field's name in the answers file, and the name of a sentence
    (``missing.<name>``); None if nothing does."""
    target = edit.server.target
    for name in target.host_kind.needed:
        if not getattr(target, name):
            return f"target.{name}", name
    if not 0 < target.port < 65536:
        return "target.port", "port_range"
    for found in answer_problems(Answers(target=target)):
        field = found.params.get("key", "").partition(" = ")[0]
        if field in _SENTENCES:
            return field, _SENTENCES[field]
    here = place(target)
    if any(place(s.target) == here for s in known if edit.copy or s.id != edit.original.id):
        return "target.directory", "place_known"
    return None


_SENTENCES = {"target.host": "address", "target.user": "user_wrong", "target.directory": "folder"}


def result(edit: ServerEdit) -> KnownServer:
    """The entry to be stored. A server that moved keeps what was seen of Dify there, at its new address."""
    old, new = edit.original, edit.server
    if edit.copy:
        return replace(new, name=new.name.strip())
    url = _moved(new.url, old.target, new.target)
    moved = replace(new, name=new.name.strip(), url=url)
    return replace(moved, name=moved.name or default_name(moved))


def _moved(url: str, old: Target, new: Target) -> str:
    """*url* with the new host where it named the old one; a domain of its own stays."""
    try:
        parts = urlsplit(url)
        named, port = parts.hostname, parts.port
    except ValueError:
        return url
    if not named or named != old.host.casefold() or old.host == new.host:
        return url
    return urlunsplit(parts._replace(netloc=url_host(new.host) + (f":{port}" if port else "")))
