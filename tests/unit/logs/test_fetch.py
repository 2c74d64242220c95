"""In which pieces a log is read."""

from __future__ import annotations

import pytest

from installer.core.cancel import CancelToken
from installer.core.streams import ByteStream
from installer.hosts.ssh.streams import ProcessStream
from installer.logs.fetch import GATHER_SECONDS, PIECE, Span, raw
from tests.fakes.host import FakeHost
from tests.unit.logs.lines import Answer

BODY = bytes(range(250)) * 4_000


class Line(Answer):
    """A line that keeps what comes while nobody reads."""

    gathers = True


class Server(FakeHost):
    def __init__(self, stream: ByteStream) -> None:
        super().__init__()
        self.stream = stream

    def docker_stream(self) -> ByteStream:
        return self.stream


class Token(CancelToken):
    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


def read(stream: Answer) -> tuple[list[int], list[float]]:
    """The sizes of the pieces, and what was waited for."""
    token = Token()
    found = [*raw(Server(stream), "id", Span(), token)]
    assert b"".join(found) == BODY
    return [len(piece) for piece in found], token.waited


@pytest.mark.parametrize(("line", "waits"), [(Line, 6), (Answer, 0)])
def test_more_is_waited_for_where_it_gathers(line: type[Answer], waits: int) -> None:
    head = len(b"HTTP/1.0 200 OK\r\nServer: Docker\r\n\r\n")
    sizes, waited = read(line(BODY, pieces=[head, 100, 32_768, PIECE, PIECE, PIECE]))
    rest = len(BODY) - 100 - 32_768 - 3 * PIECE
    assert sizes == [100, 32_768, PIECE, PIECE, PIECE, rest]
    assert waited == [GATHER_SECONDS] * waits


def test_an_ssh_line_gathers() -> None:
    assert ProcessStream.gathers
