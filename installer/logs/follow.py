"""Reads containers' logs into a buffer: what is there by now in bulk, then each line as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from installer.core.cancel import CancelToken
from installer.docker.containers import Container
from installer.hosts.base import Host
from installer.logs import merge, service_logs
from installer.logs.fetch import Span, read
from installer.logs.line import TIME, fixed
from installer.logs.log_buffer import LogBuffer, mark
from installer.logs.store import Store

#: After a break at most so many lines of a container are made up for.
CATCH_UP = 200_000
#: Containers read at the same time: channels of one connection are few.
_TOGETHER = 3
#: Seconds between what is handed on, and so long a line of several containers waits for an earlier one.
FLUSH_SECONDS, HOLD_SECONDS = 0.15, 0.2
#: Blocks whose levels are worked out in between: some 20 ms.
_JUDGED = 8
#: Docker cuts longer lines, and ``docker logs`` writes each part's time before it (moby, daemon/logger).
_PART = 16 * 1024


def follow(
    host: Host,
    containers: Sequence[Container],
    buffer: LogBuffer,
    *,
    cancel: CancelToken,
    on_caught_up: Callable[[], object] = lambda: None,
    live: bool = True,
) -> None:
    """Go on with *buffer*: at its end where it stopped before. *on_caught_up* is called once, after the lines
    so far; with *live* false that is all.

    Ends when cancelled or when no container is left. Raises ``InstallError``, ``Cancelled``, ``OSError`` (no
    room for the lines on this computer).
    """
    writer = buffer.new_writer()
    _catch_up(host, containers, buffer, writer, cancel)
    on_caught_up()
    if live:
        _live(host, containers, buffer, writer, cancel)


# ------------------------------------------------------------------- so far


def _catch_up(
    host: Host, containers: Sequence[Container], buffer: LogBuffer, writer: int, cancel: CancelToken
) -> None:
    recreated = buffer.recreated(containers)
    if (
        len(containers) == 1
        and not buffer.depth
        and not recreated
        and not buffer.resume_point(containers[0].id).newest
    ):
        _at_once(host, containers[0], buffer, writer, cancel)
        return
    parts = [_Part(container, buffer, recreated=container.id in recreated) for container in containers]
    try:
        with ThreadPoolExecutor(_TOGETHER, thread_name_prefix="logs") as pool:
            work = [pool.submit(part.read, host, cancel) for part in parts]
        for done in work:
            done.result()
        # as a whole, and only then remembered: what is read but not kept has to come again
        with buffer.writing(writer):
            merge.merge([store for part in parts for store in (part.mark, part.lines)], buffer)
            for part in parts:
                buffer.keep_resume_point(part.container.id, part.resume_point)
                if part.cut:
                    buffer.cut, buffer.cut_at = True, max(buffer.cut_at, part.first)
            buffer.know(containers)
    finally:
        for part in parts:
            part.close()


def _at_once(host: Host, container: Container, buffer: LogBuffer, writer: int, cancel: CancelToken) -> None:
    """The whole log of a single container, shown while it comes."""
    buffer.know([container])
    resume_point = buffer.resume_point(container.id)
    for heads, texts in read(host, container.id, Span(), buffer.tags(container.service), cancel):
        with buffer.writing(writer):
            resume_point.remember(heads, texts)
            buffer.append(heads, texts)
            buffer.count_read(len(heads))


class _Part:
    """A container's lines that are not in the buffer yet, and a mark before them where one is due."""

    def __init__(self, container: Container, buffer: LogBuffer, *, recreated: bool) -> None:
        self.container, self.lines, self.mark = container, Store(), Store()
        self.resume_point = buffer.resume_point(container.id).copy()
        self.kind = "recreated" if recreated else ""
        self.cut, self.first = False, b""
        self._tags = buffer.tags(container.service)
        self._depth, self._count = buffer.depth, buffer.count_read

    def read(self, host: Host, cancel: CancelToken) -> None:
        """Raises like ``fetch.read``."""
        again = bool(self.resume_point.newest)
        most = CATCH_UP if again else self._depth
        span = Span(self.resume_point.since, most + 1 if most else 0)
        if again:
            self.resume_point.again()
        count = 0
        for heads, texts in read(host, self.container.id, span, self._tags, cancel):
            count += len(heads)
            self._count(len(heads))
            if again:
                fresh = [pair for pair in zip(heads, texts, strict=True) if self.resume_point.take(*pair)]
                self.lines.append([head for head, _ in fresh], [text for _, text in fresh])
            else:
                self.resume_point.remember(heads, texts)
                self.lines.append(heads, texts)
        if most and count > most and not self.kind:
            self.kind = "skipped" if again else "cut"
        self.cut = bool(most) and count > most and not again
        if self.kind and len(self.lines):
            self.first = self.lines.head(self.lines.first)[:TIME]
            head, text = mark(self.kind, self.container.service, self.first)
            self.mark.append([head], [text])
            self.resume_point.not_before(self.first)

    def close(self) -> None:
        """Its lines stand in the buffer, or are not wanted."""
        self.lines.close()
        self.mark.close()


# --------------------------------------------------------------------- live


def _live(
    host: Host, containers: Sequence[Container], buffer: LogBuffer, writer: int, cancel: CancelToken
) -> None:
    with buffer.writing(writer):
        resume_points = {c.id: buffer.resume_point(c.id) for c in containers}
        since = {c.id: resume_points[c.id].since.decode() for c in containers}
        for resume_point in resume_points.values():
            resume_point.again()
    tags = {c.service: buffer.tags(c.service) for c in containers}

    def take(container: Container, line: service_logs.LogLine) -> None:
        at = fixed(line.at.encode())
        if at is None:
            return
        head = at + tags[container.service][line.stream == "stderr"]
        text = whole(line.text.encode("utf-8", "replace")) + b"\n"
        with buffer.writing(writer):
            if resume_points[container.id].take(head, text):
                buffer.put((head, text))
        if pump.error is not None:
            raise pump.error

    def again(container: Container) -> None:
        with buffer.writing(writer):
            resume_points[container.id].again()

    with _Pump(buffer, HOLD_SECONDS if len(containers) > 1 else 0.0) as pump:
        service_logs.stream(host, containers, take, since=since, cancel=cancel, on_again=again)


def whole(text: bytes) -> bytes:
    """A long line without the times that ``docker logs`` writes between its parts."""
    if len(text) <= _PART:
        return text
    at = _PART
    while at < len(text):
        if fixed(text[at : at + TIME]) is not None and text[at + TIME : at + TIME + 1] == b" ":
            text = text[:at] + text[at + TIME + 1 :]
        at += _PART
    return text


class _Pump:
    """Has what waits in a buffer appended now and then, at its end the rest. Also works out levels of lines,
    which would hold up reading a long log, and with it the window."""

    def __init__(self, buffer: LogBuffer, hold: float) -> None:
        self._buffer, self._hold = buffer, hold
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-pump", daemon=True)
        #: Why lines could not be kept.
        self.error: OSError | None = None

    def __enter__(self) -> _Pump:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._buffer.flush()

    def _run(self) -> None:
        try:
            while not self._over.wait(FLUSH_SECONDS):
                self._buffer.flush(self._hold)
                self._buffer.judge(_JUDGED)
        except OSError as exc:
            self.error = exc
