"""HTTP on one connection, answers in pieces of any size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from installer.core.errors import Code, InstallError
from installer.docker.wire import DEPTH, MOST_BODY, Answer, Wire
from tests.fakes.engine_wire import WireEngine


class Script:
    """A stream that gives *data* in pieces of *size* bytes, then ends (or says nothing more)."""

    def __init__(self, data: bytes, size: int, *, silent: bool = False) -> None:
        self._data, self._size, self._silent = data, size, silent
        self.sent = b""
        self.closed = False

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def recv(self, size: int) -> bytes:
        piece, self._data = self._data[: self._size], self._data[self._size :]
        if not piece and self._silent:
            raise TimeoutError
        return piece

    def settimeout(self, seconds: float | None) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        self.closed = True


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nwor\r\n2;x=y\r\nld\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_answers_come_in_order_however_they_are_cut(size: int) -> None:
    stream = Script(PLAIN + CHUNKED + EMPTY + PLAIN, size)
    with Wire(stream) as wire:
        found = list(wire.ask(["/a", "/b", "/c", "/d"]))
    assert found == [Answer(200, b"hello"), Answer(404, b"world"), Answer(204, b""), Answer(200, b"hello")]
    assert stream.sent.count(b"\r\n\r\n") == 4 and stream.sent.startswith(b"GET /a HTTP/1.1\r\nHost: ")
    assert stream.closed


def test_all_questions_go_out_before_the_first_answer_is_waited_for() -> None:
    stream = Script(PLAIN * 3, 1000)
    with Wire(stream) as wire:
        next(answers := wire.ask(["/1", "/2", "/3"]))
        assert stream.sent.count(b"GET ") == 3
        assert len(list(answers)) == 2


def test_more_questions_than_fit_are_asked_in_parts() -> None:
    engine = WireEngine(lambda path, _query: (200, {"path": path}))
    with Wire(engine.open()) as wire:
        found = list(wire.ask([f"/{n}" for n in range(2 * DEPTH + 3)]))
    assert len(found) == 2 * DEPTH + 3 and found[-1].body.endswith(b'/66"}')
    assert engine.opened == 1


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(InstallError) as error:
        yield
    assert error.value.code is Code.DOCKER_API_FAILED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:-1],
        CHUNKED[:-9],
        b"docker: command not found\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        CHUNKED.replace(b"3\r\n", b"q\r\n"),
    ],
)
def test_what_is_no_answer_is_an_error(data: bytes) -> None:
    with Wire(Script(data, 9)) as wire, refused():
        list(wire.ask(["/a"]))


def test_no_answer_in_time_is_an_error() -> None:
    with Wire(Script(PLAIN[:9], 9, silent=True)) as wire, refused():
        list(wire.ask(["/a"]))


def test_a_stream_without_an_end_gives_what_came_and_waits_only_so_long() -> None:
    engine = WireEngine(lambda _path, _query: (200, b""))
    with Wire(engine.open()) as wire:
        assert wire.open("/events") == 200
        with pytest.raises(TimeoutError):
            wire.more(0.01)
        engine.tell("start", "a")
        assert b'"ID": "a"' in wire.more(5)
        engine.cut()
        with refused():
            wire.more(5)


def test_half_a_chunk_is_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with theirs, Wire(ours) as wire:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab")
        wire.open("/events")
        with pytest.raises(TimeoutError):
            wire.more(0.01)
        threading.Timer(0.01, lambda: theirs.sendall(b"cd\r\n")).start()
        assert wire.more(5) == b"abcd"


class Endless(Script):
    """*head*, then *more* again and again; counts what was taken."""

    def __init__(self, head: bytes, more: bytes) -> None:
        super().__init__(head, 1 << 16)
        self._more, self.taken = more, 0

    def recv(self, size: int) -> bytes:
        piece = super().recv(size) or self._more
        self.taken += len(piece)
        assert self.taken < MOST_BODY + (1 << 20), "it takes all that comes"
        return piece


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 500),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1" * 4096),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"7ffffff\r\n" + b"x" * 60000),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"fff0\r\n" + b"x" * 0xFFF0 + b"\r\n"),
    ],
    ids=["no line", "headers", "length", "no chunk", "long chunk", "chunks"],
)
def test_an_answer_without_an_end_is_given_up(head: bytes, more: bytes) -> None:
    stream = Endless(head, more)
    with refused(), Wire(stream) as wire:
        list(wire.ask(["/a"]))


@pytest.mark.parametrize("size", [b"-1", b"+5", b"0x5", b"1_0", b" ", b""])
def test_a_chunk_s_size_is_hexadecimal_digits(size: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    with refused(), Wire(Script(head + size + b"\r\nhello\r\n0\r\n\r\n", 100)) as wire:
        list(wire.ask(["/a"]))


@pytest.mark.parametrize("status", [b"2" * 5000, b"\xb2", b"-200", b"2e2"])
def test_a_status_is_a_number(status: bytes) -> None:
    with refused(), Wire(Script(b"HTTP/1.1 " + status + b" OK\r\n\r\n", 10_000)) as wire:
        list(wire.ask(["/a"]))


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"1" * 5000, b"\xff"])
def test_a_body_that_is_no_json(body: bytes) -> None:
    with refused():
        Answer(200, body).json()
