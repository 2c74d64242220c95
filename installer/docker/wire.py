"""The Engine's API spoken plainly over one connection: many questions at once, or one answer without an end.

docker-py asks one thing after the other, and each answer costs a round trip and about a millisecond of this
computer. Looking at sixty containers again and again is done here instead: all requests are written at once
(pipelining, RFC 9112 section 9.3.2), the answers come back in the same order. Only GET is spoken, so that a
connection that broke may be asked again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.untrusted.json import loads
from installer.untrusted.values import whole

#: Questions under way at once. All of them fit into what a connection holds (some hundred bytes each).
DEPTH = 32
ANSWER_SECONDS = 60.0
#: Bytes of an answer's head; of its body, or of one chunk. The Engine's longest is the list of all images.
MOST_HEAD, MOST_BODY = 1 << 16, 16 << 20
_PIECE = 1 << 16
_NO_BODY = (204, 304)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP's *status* and the whole *body*."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body's data. ``InstallError(DOCKER_API_FAILED)`` if it is not JSON (see ``foreign.loads``)."""
        try:
            return loads(self.body)
        except ValueError as exc:
            raise _failed(f"{exc}: {self.body[:200].decode('utf-8', 'replace')}") from exc


class Wire:
    """One connection to the Engine; closed at the end of the block. Used by one thread.

    Raises ``InstallError``: what the stream raises, DOCKER_API_FAILED for an end in the middle of an answer,
    for what is no HTTP, for no answer within ``ANSWER_SECONDS`` and for one longer than ``MOST_BODY``.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._data = bytearray()
        self._chunked, self._left, self._head_left = False, 0, 0
        self._deadline: float | None = None

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shut(self._stream)

    def ask(self, paths: Sequence[str]) -> Iterator[Answer]:
        """The answers to GET of each of *paths*, in this order; take all of them."""
        for start in range(0, len(paths), DEPTH):
            some = paths[start : start + DEPTH]
            self._send(some)
            for _ in some:
                self._deadline = time.monotonic() + ANSWER_SECONDS
                status = self._head()
                yield Answer(status, self._body())

    def open(self, path: str) -> int:
        """Ask for *path*, whose answer has no end; the HTTP status. ``more`` gives what comes."""
        self._send((path,))
        self._deadline = time.monotonic() + ANSWER_SECONDS
        return self._head()

    def more(self, seconds: float) -> bytes:
        """The next piece of an opened answer; ``TimeoutError`` if none comes within *seconds*."""
        self._deadline = time.monotonic() + seconds
        while True:
            piece = self._piece()
            if piece is None:
                self._fill(patient=False)
            elif piece:
                return piece
            else:
                raise _failed("the Engine ended the stream")

    # ------------------------------------------------------------------- HTTP

    def _send(self, paths: Sequence[str]) -> None:
        text = "".join(f"GET {path} HTTP/1.1\r\nHost: docker\r\n\r\n" for path in paths)
        try:
            self._stream.settimeout(ANSWER_SECONDS)
            self._stream.sendall(text.encode("ascii"))
        except OSError as exc:
            raise _failed(str(exc)) from exc

    def _head(self) -> int:
        """Read up to the body; the status."""
        self._head_left = MOST_HEAD
        first = self._line().split(None, 2)
        status = whole(first[1]) if len(first) > 1 else 0
        if not status or not first[0].startswith("HTTP/1."):
            raise _failed(" ".join(first)[:200])
        self._chunked, self._left = False, 0
        while line := self._line():
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                self._left = whole(value.strip())
            elif name.lower() == "transfer-encoding":
                self._chunked = "chunked" in value.lower()
        if status in _NO_BODY:
            self._chunked, self._left = False, 0
        return status

    def _body(self) -> bytes:
        found = bytearray()
        while (piece := self._piece()) != b"":
            if piece is None:
                self._fill()
            else:
                found += piece
            if len(found) + (0 if self._chunked else self._left) > MOST_BODY:
                raise _failed(f"an answer of more than {MOST_BODY} bytes")
        return bytes(found)

    def _piece(self) -> bytes | None:
        """What is there of the body, empty at its end, None if more must be read first."""
        if self._chunked:
            return self._chunk()
        if not self._left:
            return b""
        piece = self._take(min(self._left, len(self._data)))
        self._left -= len(piece)
        return piece or None

    def _chunk(self) -> bytes | None:
        end = self._data.find(b"\r\n", 0, MOST_HEAD)
        if end < 0 and len(self._data) < MOST_HEAD:
            return None
        digits = bytes(self._data[: max(end, 0)]).partition(b";")[0].strip()
        size = int(digits, 16) if _CHUNK_SIZE.fullmatch(digits) else -1
        if not 0 <= size <= MOST_BODY:
            raise _failed(bytes(self._data[:200]).decode("utf-8", "replace"))
        # the last chunk is empty and followed by an empty line (the Engine sends no trailers)
        if len(self._data) < end + 2 + size + 2:
            return None
        del self._data[: end + 2]
        piece = self._take(size)
        del self._data[:2]
        if not size:
            self._chunked = False
        return piece

    def _take(self, size: int) -> bytes:
        found = bytes(self._data[:size])
        del self._data[:size]
        return found

    def _line(self) -> str:
        """A line of the head."""
        searched = 0
        while (end := self._data.find(b"\r\n", searched)) < 0 and len(self._data) <= self._head_left:
            searched = max(0, len(self._data) - 1)
            self._fill()
        self._head_left -= end + 2
        if end < 0 or self._head_left < 0:
            raise _failed(f"a head of more than {MOST_HEAD} bytes")
        line = self._take(end).decode("latin-1")
        del self._data[:2]
        return line

    def _fill(self, *, patient: bool = True) -> None:
        """Read some more. Not *patient*: no answer is no failure, but ``TimeoutError``."""
        left = (self._deadline or 0.0) - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError("no answer in time")
            self._stream.settimeout(left)
            data = self._stream.recv(_PIECE)
        except TimeoutError as exc:
            if not patient:
                raise
            raise _failed("no answer in time") from exc
        except OSError as exc:
            raise _failed(str(exc)) from exc
        if not data:
            raise _failed("the connection ended")
        self._data += data


def _failed(detail: str) -> InstallError:
    return InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=detail)
