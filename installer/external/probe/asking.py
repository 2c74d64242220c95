"""What all protocols share: connecting, exact reads, and the findings for what goes wrong on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from installer.errors import Code
from installer.external.probe.dialer import SECONDS, Dialer, Line, Unreachable, reason_of
from installer.external.probe.report import Trial
from installer.external.probe.tls import Bad, encrypted

#: In every name that trying leaves for a moment.
PROBE = "dify_installer_probe"


class Ended(Exception):
    """The connection is over before an answer was whole."""


@dataclass(frozen=True)
class Scene:
    """What a service is tried with. *values*: the finished ``.env``; *files*: variable → path on this
    computer; *plugins*: whether the release has a plugin daemon, which connects, too; *version*: Dify's."""

    dialer: Dialer
    values: dict[str, str]
    files: dict[str, str]
    plugins: bool
    knows: Callable[[str], bool]
    version: str

    def get(self, name: str) -> str:
        """A variable's value, empty without one."""
        return self.values.get(name, "")

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.get(name).lower() == "true"


class Channel:
    """A connection with exact reads. *sock* may become an encrypted one."""

    def __init__(self, line: Line) -> None:
        self.line, self.sock = line, line.sock
        self.sock.settimeout(SECONDS)
        self._rest = b""
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
        """Exactly *size* bytes. Raises ``Ended``, ``TimeoutError``."""
        while len(self._rest) < size:
            self._fill()
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def read_line(self) -> bytes:
        """Up to a line's end, without it."""
        while b"\n" not in self._rest:
            self._fill()
        data, _, self._rest = self._rest.partition(b"\n")
        return data.rstrip(b"\r")

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
        """TLS from here on. Raises ``Bad``, ``Ended``: whoever relays found nobody there."""
        try:
            self.sock = encrypted(self.sock, host, authorities, verify=verify)
        except Bad as exc:
            if exc.ended and not self.heard:
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
    try:
        yield channel
    except TimeoutError as exc:
        raise unreachable(trial, "timeout", "", host) from exc
    except Ended as exc:
        if channel.heard:
            raise trial.stop("reach", Code.EXTERNAL_CLOSED, reason="other") from exc
        said = line.said()
        raise unreachable(trial, reason_of(said), said, host) from exc
    finally:
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
    found: list[int] = []
    for part in version.strip().split(".")[:3]:
        digits = "".join(_leading_digits(part))
        if not digits:
            break
        found.append(int(digits))
        if len(digits) < len(part):
            break
    return tuple(found) or (0,)


def _leading_digits(text: str) -> Iterator[str]:
    for char in text:
        if not char.isdigit():
            return
        yield char


def judge_version(trial: Trial, scene: Scene, version: str) -> None:
    """Compare with what is known; raises a stop for one that does not work."""
    entry: Any = trial.service.entry
    trial.version = version
    least = str(entry.get("least", ""))
    if least and older(version, least):
        raise trial.stop("version", Code.EXTERNAL_VERSION_OLD, version=version, least=least)
    for unfit in entry.get("fails", ()):
        from installer.release.version import Version
        from installer.resources import holds

        parsed = Version.try_parse(scene.version)
        if parsed and holds(unfit, parsed) and not older(version, unfit["server"]):
            params = {"version": version, "dify": scene.version, "source": unfit["source"]}
            raise trial.stop("version", Code.EXTERNAL_VERSION_UNFIT, **params)
    if version:
        trial.mark("version")
