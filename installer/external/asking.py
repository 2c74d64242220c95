"""What all protocols share: connecting, exact reads, and the findings for what goes wrong on the way."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from installer.core.errors import Code, InstallError
from installer.core.resources import holds
from installer.core.version import Version
from installer.external.dialer import SECONDS, Dialer, Line, Unreachable, reason_of
from installer.external.tls import Bad, encrypted
from installer.state.external_report import Trial, said
from installer.untrusted.values import port

#: In every name that trying leaves for a moment.
PROBE = "dify_installer_probe"


#: For all that one service is asked. A server that sends a little now and then must not be waited for.
IN_ALL_SECONDS = 60.0
#: Bytes of a line, and of what is read at once.
MOST_LINE, MOST_BYTES = 1 << 16, 1 << 20


class Ended(Exception):
    """The connection is over before an answer was whole."""


class OtherAnswer(Exception):
    """Not what the protocol allows; *said* is its beginning."""

    def __init__(self, said: bytes) -> None:
        super().__init__(said)
        self.said = said[:200].decode("ascii", "replace").strip()[:60]


@dataclass(frozen=True)
class Scene:
    """What a service is tried with. *values*: the finished ``.env``; *files*: variable → path on this
    computer; *plugins*: whether the release has a plugin daemon, which connects, too; *version*: Dify's.
    *until*: the time of ``time.monotonic`` at which trying ends."""

    dialer: Dialer
    values: dict[str, str]
    files: dict[str, str]
    plugins: bool
    knows: Callable[[str], bool]
    version: str
    until: float = field(default_factory=lambda: time.monotonic() + IN_ALL_SECONDS)

    def get(self, name: str) -> str:
        """A variable's value, empty without one."""
        return self.values.get(name, "")

    def port(self, name: str, default: int) -> int:
        """A variable's port, *default* without one. ``InstallError(EXTERNAL_UNTESTED)`` for what is none."""
        text = self.get(name)
        found = port(text) if text else default
        if not found:
            raise InstallError(Code.EXTERNAL_UNTESTED, {"reason": "tool"}, detail=f"{name}={text}")
        return found

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.get(name).lower() == "true"


class Channel:
    """A connection with exact reads. *sock* may become an encrypted one."""

    def __init__(self, line: Line) -> None:
        self.line, self.sock = line, line.sock
        self.sock.settimeout(SECONDS)
        self._rest = bytearray()
        self.heard = False

    def send(self, data: bytes) -> None:
        """Raises ``Ended``."""
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise
        except OSError as exc:
            raise Ended from exc

    def read(self, size: int) -> bytes:
        """Exactly *size* bytes. Raises ``Ended``, ``TimeoutError``; ``OtherAnswer`` for more than
        ``MOST_BYTES``."""
        if size > MOST_BYTES:
            raise self.other()
        while len(self._rest) < size:
            self._fill()
        return self._taken(size)

    def message(self, head: int, size: Callable[[bytes], int]) -> tuple[bytes, bytes]:
        """A message of a binary protocol: its *head* bytes and its body, whose length *size* tells from them.
        Raises as ``read``; ``OtherAnswer`` for a length below 0, too."""
        start = self.read(head)
        if not 0 <= (length := size(start)) <= MOST_BYTES:
            raise self.other(start)
        return start, self.read(length)

    def other(self, start: bytes = b"") -> OtherAnswer:
        """The error for what came: *start*, and what follows it."""
        return OtherAnswer(start + bytes(self._rest[:60]))

    def read_line(self) -> bytes:
        """Up to a line's end, without it. ``OtherAnswer`` for one of more than ``MOST_LINE`` bytes."""
        searched = 0
        while (end := self._rest.find(b"\n", searched, MOST_LINE)) < 0:
            searched = len(self._rest)
            if searched >= MOST_LINE:
                raise self.other()
            self._fill()
        return self._taken(end + 1).rstrip(b"\r\n")

    def _taken(self, size: int) -> bytes:
        data = bytes(self._rest[:size])
        del self._rest[:size]
        return data

    def _fill(self) -> None:
        try:
            piece = self.sock.recv(65536)
        except TimeoutError:
            raise
        except OSError as exc:
            raise Ended from exc
        if not piece:
            raise Ended
        self.heard = True
        self._rest += piece

    def encrypt(self, host: str, *, verify: bool, authorities: tuple[str, ...] = ()) -> None:
        """TLS from here on. Raises ``Bad``, ``Ended``: the relay could not connect."""
        try:
            self.sock = encrypted(self.sock, host, authorities, verify=verify)
        except BaseException as exc:
            self.line.close()
            if isinstance(exc, Bad) and exc.ended and not self.heard:
                raise Ended from exc
            raise


@contextmanager
def connected(scene: Scene, trial: Trial, host: str, port: int) -> Iterator[Channel]:
    """A connection to *host*:*port* for the block; what goes wrong with it becomes a finding of *trial*."""
    trial.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        line = scene.dialer.connect(host, port)
    except Unreachable as exc:
        raise unreachable(trial, exc.reason, exc.said, host) from exc
    channel = Channel(line)
    late = threading.Timer(max(0.0, scene.until - time.monotonic()), line.cut)
    late.daemon = True
    late.start()
    try:
        yield channel
        if line.was_cut:  # some readers take the end of the connection for the end of an answer
            raise Ended
    except OtherAnswer as exc:
        raise trial.stop("reach", Code.EXTERNAL_OTHER_ANSWER, said=exc.said) from exc
    except TimeoutError as exc:
        raise unreachable(trial, "timeout", "", host) from exc
    except Ended as exc:
        if line.was_cut:
            raise unreachable(trial, "timeout", "", host) from exc
        if channel.heard:
            raise trial.stop("reach", Code.EXTERNAL_CLOSED, reason="other") from exc
        said = line.said()
        raise unreachable(trial, reason_of(said), said, host) from exc
    finally:
        late.cancel()
        line.close()
        close(channel.sock)


def unreachable(trial: Trial, reason: str, said: str, host: str) -> Exception:
    """The stop for a connection that was not made."""
    if reason == "name":
        return trial.stop("reach", Code.EXTERNAL_NAME_UNKNOWN, address=host, said=said)
    return trial.stop("reach", Code.EXTERNAL_CLOSED, reason=reason, said=said)


def tls_stop(trial: Trial, exc: Bad, field: str) -> Exception:
    """The stop for encryption that does not work; *field* is what a person can change."""
    trial.mark("reach")
    return trial.stop("tls", Code.EXTERNAL_TLS, reason=exc.reason, field=field, said=exc.said)


def close(sock: socket.socket) -> None:
    """Without complaint."""
    with suppress(OSError):
        sock.close()


def older(version: str, least: str) -> bool:
    """Whether *version* comes before *least*; what is no version does not."""
    return bool(version) and numbers(version) < numbers(least)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: ``17.6 (Debian …)`` is (17, 6)."""
    match = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}", version.strip())
    return tuple(map(int, match[0].split("."))) if match else (0,)


def judge_version(trial: Trial, scene: Scene, version: str) -> None:
    """Compare with what is known; raises a stop for one that does not work."""
    entry: Any = trial.service.entry
    version = trial.version = said(version)[:60]
    least = str(entry.get("least", ""))
    if least and older(version, least):
        raise trial.stop("version", Code.EXTERNAL_VERSION_OLD, version=version, least=least)
    for unfit in entry.get("fails", ()):
        parsed = Version.try_parse(scene.version)
        if parsed and holds(unfit, parsed) and not older(version, unfit["server"]):
            params = {"version": version, "dify": scene.version, "source": unfit["source"]}
            raise trial.stop("version", Code.EXTERNAL_VERSION_UNFIT, **params)
    if version:
        trial.mark("version")
