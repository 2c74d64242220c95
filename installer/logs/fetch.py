"""A container's log in bulk, by Docker's API over the host's own line.

``docker logs`` takes longer for the same: its client writes every line by itself. HTTP/1.0, because then the
Engine sends the stream as it is instead of one chunk for each line (both measured: ``bench/logs``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.hosts.base import Host
from installer.logs.frames import Frames
from installer.logs.line import line_time
from installer.untrusted.values import whole

#: Bytes asked for at once, and the most of an answer's head.
PIECE, _MOST_HEAD = 1 << 18, 1 << 16
#: So long is rested after each piece where what comes gathers meanwhile (``ProcessStream``). Else each packet
#: of 32 KiB wakes the reading thread, which takes turns with the line's own and with the window for each of
#: them; and many lines keep every processor busy, so that the window waits for one (``bench/logs``: with 4 ms
#: after small pieces it read 1.3 times as fast as the plain way, and the window was late by up to 240 ms).
GATHER_SECONDS = 0.008
#: An Engine that says nothing for so long is not waited for.
SILENCE_SECONDS = 60.0
_GONE = (404, 409)  # removed; being removed


@dataclass(frozen=True)
class Span:
    """What to read: *since* a time (of ``line.TIME`` bytes; empty: from the beginning), at most the last
    *tail* lines (0: all)."""

    since: bytes = b""
    tail: int = 0

    def query(self) -> str:
        """For the API: times are seconds since the epoch."""
        words = ["stdout=1", "stderr=1", "timestamps=1", f"tail={self.tail or 'all'}"]
        when = line_time(self.since)
        if when is not None:
            words.append(f"since={int(when.timestamp())}.{self.since[20:29].decode()}")
        return "&".join(words)


def read(
    host: Host, container: str, span: Span, tags: tuple[bytes, bytes], cancel: CancelToken
) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Heads and texts, piece by piece, oldest first; nothing of a container that is gone.

    Raises ``InstallError`` (what the line or Docker says), ``Cancelled``.
    """
    frames = Frames(tags)
    for data in raw(host, container, span, cancel):
        yield frames.feed(data)
    yield frames.end()


def raw(host: Host, container: str, span: Span, cancel: CancelToken) -> Iterator[bytes]:
    """As ``read``, the stream's own bytes."""
    with host.under(cancel):
        stream = host.docker_stream()
        gathers = bool(getattr(stream, "gathers", False))
        try:
            stream.settimeout(SILENCE_SECONDS)
            request = f"GET /containers/{container}/logs?{span.query()} HTTP/1.0\r\nHost: docker\r\n\r\n"
            stream.sendall(request.encode())
            data = _body(stream)
            while data:
                cancel.check()
                yield data
                if gathers:
                    cancel.wait(GATHER_SECONDS)
                data = stream.recv(PIECE)
            cancel.check()
        except TimeoutError as exc:
            raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=str(exc)) from exc
        except OSError as exc:
            cancel.check()
            raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=str(exc)) from exc
        finally:
            shut(stream)


def _body(stream: ByteStream) -> bytes:
    """Read an answer's head; the first bytes of its body. Empty if the container is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(PIECE)
        data += piece
        if not piece or len(data) > _MOST_HEAD + PIECE:
            raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=_text(data))
    head, _, body = data.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    status = whole(words[1].decode("latin-1")) if len(words) > 1 else 0
    if status == 200:
        return body or stream.recv(PIECE)
    if status in _GONE:
        return b""
    while piece := stream.recv(PIECE):
        body = (body + piece)[:_MOST_HEAD]
    raise InstallError(Code.DOCKER_API_FAILED, {"status": str(status)}, detail=_text(body))


def _text(data: bytes) -> str:
    return data[:2000].decode("utf-8", "replace").strip()
