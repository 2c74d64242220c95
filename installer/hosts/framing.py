"""How a command is carried to a server whose login shell and start files are unknown.

The exec'd line is valid in sh, bash, dash, fish, csh and tcsh: one pair of single quotes, no ``!``,
newline or quote inside. It prints a random marker on both streams and then runs a script of ours: a short
one is in the line itself (a round trip less, because OpenSSH takes no input before the program runs), a
longer one is the first N bytes of standard input. The rest of standard input belongs to the command.
Whatever comes before the markers (banners, noisy start files) is dropped.
"""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from installer.hosts.base import Command

#: where docker and friends may be although a non-interactive login does not look there
_PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
_NOISE_KEPT = 16384
#: what a login's start files may set to lead Docker or Compose elsewhere
FOREIGN = (
    *("DOCKER_HOST", "DOCKER_CONTEXT"),
    *("COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"),
)


#: csh of the BSDs has words of at most 1,024 characters (csh.h, BUFSIZE)
_LONGEST_LINE = 900
_PLAIN = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_=+/.,:;@#%^&*()[]{}|<>?~"
)


@dataclass(frozen=True)
class Carrier:
    """*line* to exec, then *script* (maybe empty) on standard input; *token* marks the command's begin."""

    token: str
    line: str
    script: bytes


def new_token() -> str:
    """Random text that no output contains by accident."""
    return secrets.token_hex(12)


def carry(script: str, token: str, *, by_input: bool = False) -> Carrier:
    """Frame a POSIX shell *script*. *by_input*: always on standard input, for what is sent later."""
    data = script.encode("utf-8", "surrogateescape")
    line = f"/bin/sh -c '{_shell(token, _inline(data))}'"
    if not by_input and len(line) <= _LONGEST_LINE:
        return Carrier(token, line, b"")
    return Carrier(token, f"/bin/sh -c '{_shell(token, _from_input(len(data)))}'", data)


#: Field 22 of /proc/PID/stat is the 20th after the name: when this process began.
_BEGAN = "{ read -r s </proc/$$/stat; } 2>/dev/null; set -- ${s##*) };"


def _shell(token: str, source: str) -> str:
    """The framed shell: markers, its own pid and start, then the script that *source* prints."""
    return f'{_BEGAN} echo READY-{token} $$ ${{20-}}; echo READY-{token} >&2; eval "$({source})"'


def _from_input(count: int) -> str:
    """``dd bs=1`` because every other tool may read more than asked and swallow the command's input."""
    return f"dd bs=1 count={count} 2>/dev/null"


def _inline(data: bytes) -> str:
    """*data* as octal where any shell on the way might see more in it than text (POSIX printf, ``%b``)."""
    text = "".join(chr(byte) if byte in _PLAIN else f"\\0{byte:03o}" for byte in data)
    return f'printf %b "{text}"'


def command_script(command: Command, *, unset: Sequence[str] = ()) -> str:
    """Shell text that becomes *command* (``exec``: same pid), under LC_ALL=C."""
    lines = [f"PATH=$PATH:{_PATHS}; LC_ALL=C; export PATH LC_ALL"]
    lines += [f"unset {name}" for name in (*FOREIGN, *unset)]
    lines += [f"{name}={shlex.quote(value)}; export {name}" for name, value in command.env.items()]
    if command.cwd is not None:
        lines.append(f"cd {shlex.quote(in_place(command.cwd))} || exit 126")
    lines.append("exec " + shlex.join(command.argv))
    return "\n".join(lines)


def sudo_script(inner: Carrier, ask: str, *, tty: bool = False) -> str:
    """Shell text that runs the framed *inner* script as root.

    ``-S`` reads the password from standard input, ``-k`` ignores a remembered one (so that what happens
    does not depend on the last minutes), ``-p`` is the marker after which the password is sent. Root
    itself needs no sudo, whatever its name. *tty*: sudo wants a terminal (requiretty, which opens
    ``/dev/tty``): ``script`` of util-linux gives it one while the three streams stay what they are.
    """
    sudo = f"exec sudo -S -k -p {ask}"
    run = f'{sudo} "$@"'
    if tty:
        inside = f"{sudo} {inner.line} <&3 >&4 2>&5 3<&- 4>&- 5>&-"
        run = (
            "SHELL=/bin/sh; export SHELL; exec 3<&0 4>&1 5>&2\n"
            f"exec script -qec {shlex.quote(inside)} /dev/null </dev/null >/dev/null 2>&1"
        )
    return (
        f"PATH=$PATH:{_PATHS}; LC_ALL=C; export PATH LC_ALL\n"
        f"set -- {inner.line}\n"
        'if [ "$(id -u)" = 0 ]; then exec "$@"; fi\n'
        "if ! command -v sudo >/dev/null 2>&1; then echo 'sudo: not installed' >&2; exit 127; fi\n"
        f"{run}"
    )


def in_place(path: str) -> str:
    """*path* so that no program takes it for an option."""
    return f"./{path}" if path.startswith("-") else path


class Gate:
    """Drops one stream's output up to the marker line of *token*; keeps its last part for errors."""

    def __init__(self, token: str) -> None:
        self._marker = re.compile(rb"READY-" + token.encode() + rb"(?: (\d{1,10}))?(?: (\d{1,20}))? ?\n")
        self.noise = b""
        self.open = False
        self.pid: int | None = None
        self.began = ""

    def feed(self, data: bytes) -> bytes:
        """What of *data* belongs to the command."""
        if self.open:
            return data
        self.noise += data
        found = self._marker.search(self.noise)
        if found is None:
            self.noise = self.noise[-_NOISE_KEPT:]
            return b""
        rest = self.noise[found.end() :]
        self.noise = self.noise[: found.start()]
        self.pid = int(found[1]) if found[1] else None
        self.began = (found[2] or b"").decode()
        self.open = True
        return rest

    @property
    def text(self) -> str:
        """The dropped output as text."""
        return self.noise.decode("utf-8", "replace").strip()
