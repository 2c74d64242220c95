"""Reads containers' logs into a book: what is there by now in bulk, then each line as it comes."""

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
from installer.logs.log_buffer import Book, mark
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
    book: Book,
    *,
    cancel: CancelToken,
    on_caught_up: Callable[[], object] = lambda: None,
    live: bool = True,
) -> None:
    """Go on with *book*: at its end where it stopped before. *on_caught_up* is called once, after the lines
    so far; with *live* false that is all.

    Ends when cancelled or when no container is left. Raises ``InstallError``, ``Cancelled``, ``OSError`` (no
    room for the lines on this computer).
    """
    pen = book.take_pen()
    _catch_up(host, containers, book, pen, cancel)
    on_caught_up()
    if live:
        _live(host, containers, book, pen, cancel)


# ------------------------------------------------------------------- so far


def _catch_up(host: Host, containers: Sequence[Container], book: Book, pen: int, cancel: CancelToken) -> None:
    recreated = book.recreated(containers)
    if len(containers) == 1 and not book.depth and not recreated and not book.seam(containers[0].id).newest:
        _at_once(host, containers[0], book, pen, cancel)
        return
    parts = [_Part(container, book, recreated=container.id in recreated) for container in containers]
    try:
        with ThreadPoolExecutor(_TOGETHER, thread_name_prefix="logs") as pool:
            work = [pool.submit(part.read, host, cancel) for part in parts]
        for done in work:
            done.result()
        # as a whole, and only then remembered: what is read but not kept has to come again
        with book.writing(pen):
            merge.merge([store for part in parts for store in (part.mark, part.lines)], book)
            for part in parts:
                book.keep_seam(part.container.id, part.seam)
                if part.cut:
                    book.cut, book.cut_at = True, max(book.cut_at, part.first)
            book.know(containers)
    finally:
        for part in parts:
            part.close()


def _at_once(host: Host, container: Container, book: Book, pen: int, cancel: CancelToken) -> None:
    """The whole log of a single container, shown while it comes."""
    book.know([container])
    seam = book.seam(container.id)
    for heads, texts in read(host, container.id, Span(), book.tags(container.service), cancel):
        with book.writing(pen):
            seam.remember(heads, texts)
            book.append(heads, texts)
            book.count_read(len(heads))


class _Part:
    """A container's lines that are not in the book yet, and a mark before them where one is due."""

    def __init__(self, container: Container, book: Book, *, recreated: bool) -> None:
        self.container, self.lines, self.mark = container, Store(), Store()
        self.seam = book.seam(container.id).copy()
        self.kind = "recreated" if recreated else ""
        self.cut, self.first = False, b""
        self._tags = book.tags(container.service)
        self._depth, self._count = book.depth, book.count_read

    def read(self, host: Host, cancel: CancelToken) -> None:
        """Raises like ``fetch.read``."""
        again = bool(self.seam.newest)
        most = CATCH_UP if again else self._depth
        span = Span(self.seam.since, most + 1 if most else 0)
        if again:
            self.seam.again()
        count = 0
        for heads, texts in read(host, self.container.id, span, self._tags, cancel):
            count += len(heads)
            self._count(len(heads))
            if again:
                fresh = [pair for pair in zip(heads, texts, strict=True) if self.seam.take(*pair)]
                self.lines.append([head for head, _ in fresh], [text for _, text in fresh])
            else:
                self.seam.remember(heads, texts)
                self.lines.append(heads, texts)
        if most and count > most and not self.kind:
            self.kind = "skipped" if again else "cut"
        self.cut = bool(most) and count > most and not again
        if self.kind and len(self.lines):
            self.first = self.lines.head(self.lines.first)[:TIME]
            head, text = mark(self.kind, self.container.service, self.first)
            self.mark.append([head], [text])
            self.seam.not_before(self.first)

    def close(self) -> None:
        """Its lines stand in the book, or are not wanted."""
        self.lines.close()
        self.mark.close()


# --------------------------------------------------------------------- live


def _live(host: Host, containers: Sequence[Container], book: Book, pen: int, cancel: CancelToken) -> None:
    with book.writing(pen):
        seams = {c.id: book.seam(c.id) for c in containers}
        since = {c.id: seams[c.id].since.decode() for c in containers}
        for seam in seams.values():
            seam.again()
    tags = {c.service: book.tags(c.service) for c in containers}

    def take(container: Container, line: service_logs.LogLine) -> None:
        at = fixed(line.at.encode())
        if at is None:
            return
        head = at + tags[container.service][line.stream == "stderr"]
        text = whole(line.text.encode("utf-8", "replace")) + b"\n"
        with book.writing(pen):
            if seams[container.id].take(head, text):
                book.put((head, text))
        if pump.error is not None:
            raise pump.error

    def again(container: Container) -> None:
        with book.writing(pen):
            seams[container.id].again()

    with _Pump(book, HOLD_SECONDS if len(containers) > 1 else 0.0) as pump:
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
    """Has what waits in a book appended now and then, at its end the rest. Works out levels of lines besides,
    which would hold up reading a long log, and with it the window."""

    def __init__(self, book: Book, hold: float) -> None:
        self._book, self._hold = book, hold
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
        self._book.flush()

    def _run(self) -> None:
        try:
            while not self._over.wait(FLUSH_SECONDS):
                self._book.flush(self._hold)
                self._book.judge(_JUDGED)
        except OSError as exc:
            self.error = exc
