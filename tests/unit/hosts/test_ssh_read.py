"""What a server sends for a file is measured here, whatever it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.base import MOST_OUTPUT
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin

PIECE = 1 << 20
#: The server ends by itself after so much: a test of a missing limit must not fill the memory either.
PIECES = 24


class Process:
    """A command's output, in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.closed = pieces, False

    def read(self, *_: object, **__: object) -> tuple[bytes, bytes] | None:
        return (self.pieces.pop(0), b"") if self.pieces else None

    def exit_code(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True


class Feeder:
    def __init__(self, *_: object) -> None:
        pass

    def push(self) -> float:
        return 0.0


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SshHost:
    monkeypatch.setattr("installer.hosts.ssh.run._Feeder", Feeder)
    return SshHost(SshLogin(host="127.0.0.1", user="u"), KnownHosts(tmp_path / "known_hosts"))


def answering(
    host: SshHost, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> tuple[Process, list[Any]]:
    process, ended = Process(pieces), []
    monkeypatch.setattr(host._runner, "start", lambda *_, **__: process)
    monkeypatch.setattr(host._runner, "end", lambda *_, **__: ended.append(1))
    return process, ended


READS: dict[str, tuple[Callable[[SshHost], object], int]] = {
    "file": (lambda host: host.read_file("/x"), MOST_OUTPUT),
    "beginning": (lambda host: host.read_file("/x", limit=PIECE), PIECE),
    "end": (lambda host: host.read_end("/x", PIECE), PIECE),
}


@pytest.mark.parametrize("way", READS)
def test_more_than_was_asked_for_is_not_taken(
    way: str, host: SshHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, most = READS[way]
    process, ended = answering(host, monkeypatch, [b"x" * PIECE] * PIECES)
    with pytest.raises(InstallError) as caught:
        read(host)
    assert caught.value.code is Code.HOST_FILE_FAILED and caught.value.params["path"] == "/x"
    assert len(process.pieces) == PIECES - most // PIECE - 1  # not read to its end
    assert ended and process.closed


@pytest.mark.parametrize("way", READS)
def test_exactly_that_much_is_taken(way: str, host: SshHost, monkeypatch: pytest.MonkeyPatch) -> None:
    read, most = READS[way]
    answering(host, monkeypatch, [b"x" * PIECE] * (most // PIECE))
    assert read(host) == b"x" * most
