"""Has a target's Engine load an archive that is streamed to it (``POST /images/load`` of the Engine API)."""

from __future__ import annotations

import http.client
import io
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.docker.pull_errors import pull_error
from installer.hosts.base import Host
from installer.image_transfer.archive import Archive
from installer.untrusted.json import loads

#: Seconds for a piece to be taken; an Engine that unpacks a big layer may pause.
_SEND_SECONDS = 120.0
#: Seconds for the last layers to be unpacked, on a slow disk.
_LOAD_SECONDS = 1800.0
_POLL_SECONDS = 0.5
#: Bytes of an answer; asked for quietly, it is a line or two.
_MOST_ANSWER = 1 << 20
#: Seconds for the answer of an Engine that takes no more.
_LAST_WORDS_SECONDS = 5.0
#: How Engines name one: containerd's ``layer "….tar" not found``, moby's ``open …/DIGEST.tar: no such file``.
_LAYER = re.compile(r"\blayer\b|[0-9a-f]{64}\.tar\b", re.I)


def load(
    host: Host,
    archive: Archive,
    cancel: CancelToken,
    on_bytes: Callable[[int], None],
    on_wait: Callable[[], None],
) -> None:
    """Load *archive*; *on_bytes* gets what was sent, *on_wait* is called
    now and then while the Engine unpacks.

    Raises ``InstallError``: CARRY_LOAD_FAILED, PULL_DISK_FULL, and what ``Host.docker_stream`` raises;
    ``Cancelled``.
    """
    stream = host.docker_stream()
    try:
        with cancel.on_cancel(stream.close):
            stream.settimeout(_SEND_SECONDS)
            head = "POST /images/load?quiet=1 HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\n"
            stream.sendall(f"{head}Content-Length: {archive.size}\r\n\r\n".encode())
            unsent = _send(stream, archive.pieces, cancel, on_bytes)
            answer = bytearray()
            try:
                _receive(stream, answer, _LAST_WORDS_SECONDS if unsent else _LOAD_SECONDS, cancel, on_wait)
            except (OSError, InstallError):
                if not unsent:
                    raise
            error = _error(bytes(answer), said_only=unsent is not None)
            if unsent and not error:
                raise unsent
    except (OSError, TimeoutError, InstallError) as exc:
        if cancel.cancelled:
            raise Cancelled from exc
        if isinstance(exc, InstallError):
            raise
        raise InstallError(Code.CARRY_LOAD_FAILED, {"image": archive.name}, detail=str(exc)) from exc
    finally:
        shut(stream)
    cancel.check()
    if error:
        found = pull_error(archive.name, error, 1, detail=error)
        if found.code is not Code.PULL_DISK_FULL:
            found = InstallError(Code.CARRY_LOAD_FAILED, {"image": archive.name}, detail=error)
        raise found


def _send(
    stream: ByteStream, pieces: Iterable[bytes], cancel: CancelToken, on_bytes: Callable[[int], None]
) -> OSError | InstallError | None:
    """Why the Engine took no more, None if it took all: one whose disk is full says so, and closes."""
    for piece in pieces:
        cancel.check()
        try:
            stream.sendall(piece)
        except (OSError, InstallError) as exc:
            return exc
        on_bytes(len(piece))
    return None


def _receive(
    stream: ByteStream, found: bytearray, seconds: float, cancel: CancelToken, on_wait: Callable[[], None]
) -> None:
    """Add to *found* all that the Engine says until it closes the connection (HTTP/1.0)."""
    stream.settimeout(_POLL_SECONDS)
    end = time.monotonic() + seconds
    while True:
        cancel.check()
        if time.monotonic() > end or len(found) > _MOST_ANSWER:
            raise TimeoutError("the Engine's answer does not end")
        try:
            data = stream.recv(65536)
        except TimeoutError:
            on_wait()
            continue
        if not data:
            return
        found += data


class _Bytes:
    """What ``http.client`` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def about_a_layer(error: InstallError) -> bool:
    """Whether the Engine said that it lacks, or does not like, a layer."""
    return error.code is Code.CARRY_LOAD_FAILED and _LAYER.search(error.detail) is not None


def _error(answer: bytes, *, said_only: bool = False) -> str:
    """What went wrong by the Engine's *answer*; empty if nothing did. *said_only*: or if it does not say."""
    response = http.client.HTTPResponse(_Bytes(answer))  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read().decode("utf-8", "replace")
    except http.client.HTTPException as exc:
        return "" if said_only else f"the Engine's answer was not understood: {exc!r} {answer[:200]!r}"
    for line in body.splitlines():
        with suppress(ValueError, AttributeError):
            entry = loads(line)
            if error := entry.get("error") or entry.get("message"):
                return str(error)
    return "" if response.status == 200 or said_only else f"HTTP {response.status} {body[:500]}"
