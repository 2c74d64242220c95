"""Docker's log stream → heads and texts of lines.

The stream of ``GET /containers/…/logs`` is frames of eight bytes and a payload (docs.docker.com, Engine API,
"Attach to a container: stream format"): the first byte tells the stream, the last four the length. With
``timestamps`` each payload begins with the time. A line longer than 16 KiB comes in several frames, each with
a time of its own (moby, daemon/logger/copier.go). A container with a terminal has no frames, only lines.
"""

from __future__ import annotations

import struct

from installer.core.errors import Code, InstallError
from installer.logs.line import TIME, fixed

#: A "line" that is longer is given out in parts: an endless one must not fill the memory.
LONGEST = 1 << 20
#: The Engine's frames hold a line's part of 16 KiB and its time, or what a log driver keeps at most, 1 MB.
MOST_FRAME = 4 << 20
_size = struct.Struct(">I").unpack_from
_NEVER = b"1970-01-01T00:00:00.000000000Z"

Found = tuple[list[bytes], list[bytes]]


class Frames:
    """Give it pieces as they come. *tags*: the byte of a head for standard output and for errors."""

    def __init__(self, tags: tuple[bytes, bytes]) -> None:
        self._tags = (tags[0], *tags)  # stream 0 (input) is never logged
        self._rest = b""
        self._plain: bool | None = None
        self._last = _NEVER
        #: by stream: the part that came of an unfinished line
        self._partial: dict[int, tuple[bytes, bytearray]] = {}

    def feed(self, data: bytes) -> Found:
        """The lines that *data* ends, each with its line end. ``InstallError(DOCKER_API_FAILED)`` for a frame
        of more than ``MOST_FRAME`` bytes, which no Engine sends."""
        buffer = self._rest + data
        if self._plain is None and buffer:
            self._plain = buffer[0] > 2
        heads: list[bytes] = []
        texts: list[bytes] = []
        end = self._lines(buffer, heads, texts) if self._plain else self._frames(buffer, heads, texts)
        self._rest = buffer[end:]
        return heads, texts

    def end(self) -> Found:
        """What has come of lines without an end."""
        heads, texts = self.feed(b"\n") if self._plain and self._rest else ([], [])
        for head, parts in self._partial.values():
            heads.append(head)
            texts.append(bytes(parts) + b"\n")
        self._partial.clear()
        return heads, texts

    def _frames(self, buffer: bytes, heads: list[bytes], texts: list[bytes]) -> int:
        """Walk along whole frames; where the rest begins. The loop is a million lines long."""
        tags, partial, size = self._tags, self._partial, _size
        add_head, add_text = heads.append, texts.append
        at, length = 0, len(buffer)
        while at + 8 <= length:
            start = at + 8
            stop = start + size(buffer, at + 4)[0]
            if stop > length:
                if stop - start > MOST_FRAME:
                    raise InstallError(
                        Code.DOCKER_API_FAILED, {"status": ""}, detail="a frame that is too long"
                    )
                break
            if buffer[start + TIME : start + TIME + 1] == b" " and buffer[stop - 1] == 10 and not partial:
                add_head(buffer[start : start + TIME] + tags[buffer[at] & 3])
                add_text(buffer[start + TIME + 1 : stop])
            else:
                self._odd(buffer[at] & 3, buffer[start:stop], heads, texts)
            at = stop
        return at

    def _odd(self, stream: int, payload: bytes, heads: list[bytes], texts: list[bytes]) -> None:
        """A part of a line, or a time of another width."""
        time, blank, text = payload.partition(b" ")
        at = fixed(time.rstrip(b"\r\n"))
        if at is None:
            at, text = self._last, payload
        elif not blank:  # an empty line of an engine that drops the blank
            text = b"\n"
        self._last = at
        head, parts = self._partial.setdefault(stream, (at + self._tags[stream], bytearray()))
        parts += text
        if text.endswith(b"\n") or len(parts) > LONGEST:
            del self._partial[stream]
            heads.append(head)
            texts.append(bytes(parts) if text.endswith(b"\n") else bytes(parts) + b"\n")

    def _lines(self, buffer: bytes, heads: list[bytes], texts: list[bytes]) -> int:
        end = buffer.rfind(b"\n") + 1
        if not end and len(buffer) > LONGEST:
            buffer += b"\n"
            end = len(buffer)
        for line in buffer[:end].split(b"\n")[:-1]:
            time, _, text = line.partition(b" ")
            at = fixed(time.rstrip(b"\r"))
            self._last = at or self._last
            heads.append(self._last + self._tags[1])
            texts.append((line if at is None else text) + b"\n")
        return end
