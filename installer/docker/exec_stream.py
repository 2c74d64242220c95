"""The input and output of a program in a container, as one connection (Engine API, "Start an exec instance").

docker-py gives the socket of such a connection away only over transports that it made itself.
"""

from __future__ import annotations

import json
import time

from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.docker.dial import OpenStream

_PIECE = 1 << 16
_HEAD_LIMIT = 1 << 16
MOST_FRAME = 1 << 20


class Refused(Exception):
    """The Engine does not start it: some say at once that there is no such program."""


def started(
    open_stream: OpenStream, exec_id: str, *, seconds: float, terminal: tuple[int, int] | None = None
) -> tuple[ByteStream, bytes]:
    """Start *exec_id*; the connection, and what came with the answer. *terminal*: its columns and lines, else
    it has none and its output comes in frames (``unframed``). *seconds*: for the answer.

    Raises ``Refused``, ``InstallError(DOCKER_API_FAILED)``, and what losing the host raises.
    """
    wishes: dict[str, object] = {"Detach": False, "Tty": terminal is not None}
    if terminal is not None:
        columns, lines = terminal
        wishes["ConsoleSize"] = [lines, columns]
    body = json.dumps(wishes)
    head = (
        f"POST /exec/{exec_id}/start HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
        f"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    stream = open_stream()
    try:
        stream.settimeout(seconds)
        stream.sendall(head.encode())
        answer, _, rest = _answer(stream, time.monotonic() + seconds).partition(b"\r\n\r\n")
        if answer.split(None, 2)[1:2] not in ([b"101"], [b"200"]):
            raise Refused(answer.decode("utf-8", "replace")[:200])
        stream.settimeout(None)
    except OSError as exc:
        shut(stream)
        raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=str(exc)) from exc
    except BaseException:
        shut(stream)
        raise
    return stream, rest


def _answer(stream: ByteStream, deadline: float) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no whole answer to exec in time")
        stream.settimeout(left)
        piece = stream.recv(_PIECE)
        if not piece or len(data) > _HEAD_LIMIT:
            raise OSError(f"no answer to exec: {data[:200]!r}")
        data += piece
    return data


def unframed(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames at the beginning of *data* as (stream, payload), and the rest (docs.docker.com, Engine
    API, "Attach to a container: stream format").

    Raises ``InstallError(DOCKER_API_FAILED)`` for a frame of more than ``MOST_FRAME`` bytes: the Engine's
    have 32 KiB at most (moby, pkg/stdcopy)."""
    found, start = [], 0
    while len(data) - start >= 8:
        size = int.from_bytes(data[start + 4 : start + 8], "big")
        if size > MOST_FRAME:
            detail = f"a frame of {size} bytes"
            raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=detail)
        end = start + 8 + size
        if len(data) < end:
            break
        found.append((data[start], data[start + 8 : end]))
        start = end
    return found, data[start:]
