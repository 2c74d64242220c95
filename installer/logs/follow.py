"""Reads containers' logs into a book: what is there by now in bulk, then each line as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from installer.cancel import CancelToken
from installer.hosts.base import Host
from installer.logs import merge
from installer.logs.book import Book, mark
from installer.logs.fetch import Span, read
from installer.logs.line import TIME, before, fixed
from installer.logs.store import Store
from installer.stack import logs
from installer.stack.containers import Container

#: After a break at most so many lines of a container are made up for.
CATCH_UP = 200_000
#: Containers read at the same time: channels of one connection are few.
_TOGETHER = 3
#: Seconds between what is handed on, and so long a line of several containers waits for an earlier one.
FLUSH_SECONDS, HOLD_SECONDS = 0.15, 0.2
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
    _catch_up(host, containers, book, cancel)
    on_caught_up()
    if live:
        _live(host, containers, book, cancel)


# ------------------------------------------------------------------- so far


def _catch_up(host: Host, containers: Sequence[Container], book: Book, cancel: CancelToken) -> None:
    anew = book.meet(containers)
    alone = len(containers) == 1 and not book.seam(containers[0].id).newest and not book.depth
    if alone:
        container = containers[0]
        if anew:
            book.append(*_one(mark("anew", container.service, fixed(container.started_at.encode()) or b"")))
        _read(host, container, book, book, cancel)
        return
    parts = [Store() for _ in containers]
    try:
        with ThreadPoolExecutor(_TOGETHER, thread_name_prefix="logs") as pool:
            work = [
                pool.submit(_part, host, container, book, part, container.id in anew, cancel)
                for container, part in zip(containers, parts, strict=True)
            ]
        for done in work:
            done.result()
        merge.merge(parts, book, cancel)
    finally:
        for part in parts:
            part.close()


def _part(host: Host, container: Container, book: Book, part: Store, anew: bool, cancel: CancelToken) -> None:
    """A container's lines, with a mark before them where one is due."""
    lines = Store()
    try:
        kind = "anew" if anew else ""
        full = _read(host, container, book, lines, cancel)
        if full and not anew:
            kind = full
        if kind and len(lines):
            part.append(*_one(mark(kind, container.service, lines.head(lines.first)[:TIME])))
        for block in lines.blocks():
            texts = block.texts().split(b"\n")[:-1]
            heads = block.heads()
            width = TIME + 1
            part.append(
                [heads[n * width : (n + 1) * width] for n in range(block.count)], [t + b"\n" for t in texts]
            )
    finally:
        lines.close()


def _read(host: Host, container: Container, book: Book, into: merge.Into, cancel: CancelToken) -> str:
    """Whether lines are missing before those: "" or the kind of mark."""
    seam = book.seam(container.id)
    again = bool(seam.newest)
    most = CATCH_UP if again else book.depth
    span = Span(seam.since, most + 1 if most else 0)
    if again:
        seam.again()
    count = 0
    for heads, texts in read(host, container.id, span, book.tags(container.service), cancel):
        count += len(heads)
        if again:
            fresh = [pair for pair in zip(heads, texts, strict=True) if seam.take(*pair)]
            into.append([head for head, _ in fresh], [text for _, text in fresh])
        else:
            seam.remember(heads, texts)
            into.append(heads, texts)
    if not most or count <= most:
        return ""
    book.cut = book.cut or not again
    return "skipped" if again else "cut"


def _one(pair: tuple[bytes, bytes]) -> tuple[list[bytes], list[bytes]]:
    return [pair[0]], [pair[1]]


# --------------------------------------------------------------------- live


def _live(host: Host, containers: Sequence[Container], book: Book, cancel: CancelToken) -> None:
    pump = _Pump(book, HOLD_SECONDS if len(containers) > 1 else 0.0)
    since = {c.id: book.seam(c.id).since.decode() for c in containers}
    for container in containers:
        book.seam(container.id).again()
    tags = {c.service: book.tags(c.service) for c in containers}

    def take(container: Container, line: logs.LogLine) -> None:
        at = fixed(line.at.encode())
        if at is not None:
            head = at + tags[container.service][line.stream == "stderr"]
            text = whole(line.text.encode("utf-8", "replace")) + b"\n"
            if book.seam(container.id).take(head, text):
                pump.put((head, text))

    def again(container: Container) -> None:
        book.seam(container.id).again()

    with pump:
        logs.stream(host, containers, take, since=since, cancel=cancel, on_again=again)


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
    """Appends what comes in batches, in order. Used as a context; its end appends the rest."""

    def __init__(self, into: merge.Into, hold: float) -> None:
        self._into, self._hold = into, hold
        self._lock = threading.Lock()
        self._new: list[merge.Pair] = []
        self._held: list[merge.Pair] = []
        self._over = threading.Event()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="log-pump", daemon=True)

    def __enter__(self) -> _Pump:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._hold = 0.0
        self._flush()

    def put(self, pair: merge.Pair) -> None:
        """A line. ``OSError`` if former ones could not be kept."""
        if self._error is not None:
            raise self._error
        with self._lock:
            self._new.append(pair)

    def _run(self) -> None:
        try:
            while not self._over.wait(FLUSH_SECONDS):
                self._flush()
        except OSError as exc:
            self._error = exc

    def _flush(self) -> None:
        with self._lock:
            new, self._new = self._new, []
        if not new and not self._held:
            return
        pairs = self._held + new
        pairs.sort(key=lambda pair: pair[0])
        end = len(pairs)
        if self._hold:
            # what waited before goes in any case
            bound = max([before(pairs[-1][0][:TIME], self._hold), *(pair[0] for pair in self._held)])
            end = next((n for n, pair in enumerate(pairs) if pair[0] > bound), end)
        self._held = pairs[end:]
        if end:
            merge.append(self._into, pairs[:end])
