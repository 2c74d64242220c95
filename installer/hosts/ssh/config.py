"""The servers of OpenSSH's own ``~/.ssh/config``, to choose from instead of typing them again.

Only what a connection of ours understands is taken over: HostName, Port, User, IdentityFile, ProxyJump.
"""

from __future__ import annotations

import glob
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.hosts.ssh.host_keys import SSH_PORT
from installer.untrusted.values import port as port_of

if TYPE_CHECKING:
    import paramiko

_DEEPEST = 16  # nested Include files (readconf.c, READCONF_MAX_DEPTH)
_LONGEST_JUMP = 8
_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*$")


@dataclass(frozen=True)
class ConfiguredHost:
    """A server as the file describes it.

    *name*: its alias. *user*: empty if the file names none. *identity_files*: absolute paths, those that
    exist first. *jump*: as in the answers file (``user@host:port,…``), aliases resolved. *notes*: names of
    the file's settings that are not taken over (``ProxyCommand``).
    """

    name: str
    host: str
    port: int = SSH_PORT
    user: str = ""
    identity_files: tuple[str, ...] = ()
    jump: str = ""
    notes: tuple[str, ...] = ()


def configured_hosts(path: Path | None = None) -> tuple[ConfiguredHost, ...]:
    """All named servers in *path* (default ``~/.ssh/config``) in the file's order.

    Patterns (``Host *.example.com``) are no servers, but what they set counts for those they match. An
    absent or unreadable file has none. ``Match exec`` is never run: such blocks are left out.
    """
    import paramiko

    file = path or Path.home() / ".ssh" / "config"
    lines = list(_read(file, file.parent, 0))
    names = dict.fromkeys(name for line in lines for name in _named(line))
    try:
        config = paramiko.SSHConfig.from_text("\n".join(lines) + "\n")
    except (paramiko.SSHException, ValueError):
        return ()
    found: list[ConfiguredHost] = []
    for name in names:
        with suppress(paramiko.SSHException, ValueError):  # one bad entry must not hide the others
            found.append(_host(config, name))
    return tuple(found)


def _read(file: Path, home: Path, depth: int) -> Iterator[str]:
    """The lines of *file* with those it includes in their place.

    WORKAROUND: paramiko knows no Include (https://github.com/paramiko/paramiko/issues/1609).
    """
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    skipping = False
    for line in lines:
        key, value = _setting(line)
        if key in {"host", "match"}:
            skipping = key == "match" and _runs(value)
        if skipping:
            continue
        if key != "include":
            yield line
        elif depth < _DEEPEST:
            for pattern in _words(value):
                whole = str(home / Path(pattern).expanduser())
                for included in sorted(glob.glob(whole)):  # noqa: PTH207 - Path.glob takes no absolute pattern
                    yield from _read(Path(included), home, depth + 1)


def _setting(line: str) -> tuple[str, str]:
    match = _LINE.match(line)
    return (match[1].lower(), match[2]) if match else ("", "")


def _runs(value: str) -> bool:
    """Whether a ``Match`` line would run a program, ``!exec`` too. One that cannot be taken apart counts."""
    try:
        words = shlex.split(value)
    except ValueError:
        return True
    return any(word.lstrip("! ").lower() == "exec" for word in words)


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()


def _named(line: str) -> list[str]:
    """The aliases of a ``Host`` line."""
    key, value = _setting(line)
    return [word for word in _words(value) if not re.search(r"[*?!]", word)] if key == "host" else []


def _host(config: paramiko.SSHConfig, name: str) -> ConfiguredHost:
    found = config.lookup(name)
    jump, notes = _jump(config, found)
    return ConfiguredHost(
        name=name,
        host=str(found.get("hostname", name)),
        port=_port(found),
        user=str(found.get("user", "")),
        identity_files=_identity_files(found),
        jump=jump,
        notes=notes,
    )


def _port(found: Mapping[str, Any]) -> int:
    return port_of(str(found.get("port", SSH_PORT))) or SSH_PORT


def _identity_files(found: Mapping[str, Any]) -> tuple[str, ...]:
    given = found.get("identityfile", [])
    texts = [given] if isinstance(given, str) else list(given)
    paths = [str(Path(t).expanduser().absolute()) for t in texts if t.lower() != "none"]
    return tuple(sorted(dict.fromkeys(paths), key=lambda p: not Path(p).is_file()))


def _jump(config: paramiko.SSHConfig, found: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The jump hosts, nearest first, and what is not taken over."""
    text = str(found.get("proxyjump", "") or "")
    if not text or text.lower() == "none":
        command = str(found.get("proxycommand", "") or "none")
        return "", () if command.lower() == "none" else ("ProxyCommand",)
    hops: list[str] = []
    notes: tuple[str, ...] = ()
    for hop in text.split(","):
        further, more = _hop(config, hop.strip(), _LONGEST_JUMP)
        hops += further
        notes += more
    return ",".join(hops), tuple(dict.fromkeys(notes))


def _hop(config: paramiko.SSHConfig, text: str, depth: int) -> tuple[list[str], tuple[str, ...]]:
    """One jump host as ``user@host:port``, behind those that its own entry jumps over."""
    user, _, place = text.removeprefix("ssh://").rpartition("@")
    match = re.fullmatch(r"(\[[^]]+\]|[^:]+)(?::(\d+))?", place)
    name = match[1].strip("[]") if match else place
    found = config.lookup(name)
    host = str(found.get("hostname", name))
    port = port_of(match[2]) if match and match[2] else _port(found)
    if not port:
        raise ValueError(f"no port: {text}")
    user = user or str(found.get("user", ""))
    shown = f"[{host}]" if ":" in host else host
    own = f"{user}@{shown}" if user else shown
    own += f":{port}" if port != SSH_PORT else ""
    before = str(found.get("proxyjump", "") or "")
    hops: list[str] = []
    notes: tuple[str, ...] = ()
    if before and before.lower() != "none":
        if depth == 0:
            raise ValueError(f"ProxyJump goes round in circles: {text}")
        for hop in before.split(","):
            further, more = _hop(config, hop.strip(), depth - 1)
            hops += further
            notes += more
    elif str(found.get("proxycommand", "none")).lower() != "none":
        notes = ("ProxyCommand",)
    return [*hops, own], notes
