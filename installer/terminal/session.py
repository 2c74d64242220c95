"""A shell in a container: the connection, the screen, and what goes between them, off the GUI thread.

The Engine's API is spoken (``exec`` with a terminal of its own), over the connection that everything else
uses: through sudo where Docker needs it, through jump hosts, and the same on this computer.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream, shut
from installer.docker.exec_stream import Refused, started
from installer.hosts.base import Host
from installer.hosts.cancel_scope import stoppable
from installer.terminal.emulator import PAST, Emulator, View
from installer.terminal.flood import shorter

if TYPE_CHECKING:
    from docker import APIClient

_PIECE = 1 << 16
#: So much is drawn at once: who wants to see the screen waits that long at most (some milliseconds).
_DRAWN = 1 << 9
#: More than this waits in the connection, so that a program that writes without end is slowed down.
_WAITING = 1 << 18
#: Keys and answers that wait to be sent.
_MOST_ORDERS = 1000
#: Between two pictures of what comes without end.
_FRAME_SECONDS = 1 / 30
_ENVIRONMENT = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
#: Tells the shell's number in its container, by a sequence that is taken out of what is shown, then becomes
#: the best shell that is there.
_BEGIN = "printf '\\033]7773;%s\\007' $$; command -v bash >/dev/null 2>&1 && exec bash; exec {shell}"
_MARK = re.compile(rb"\x1b\]7773;(\d{1,10})\x07")
#: Where a shell is in images: the usual place, busybox, distroless with "debug".
SHELLS = ("sh", "/bin/bash", "/busybox/sh")
#: A program that is not there (the Engine's own codes, as a shell's).
_MISSING = (126, 127)


@dataclass(frozen=True)
class End:
    """How it ended: the shell's exit *code*, None where it is not known."""

    code: int | None


_Value = TypeVar("_Value")


class Terminal:
    """``serve`` runs in a thread of its own; everything else may be called from another. *wake* is called,
    from any thread, when there is something new to see."""

    def __init__(self, columns: int, lines: int, wake: Callable[[], object] = lambda: None) -> None:
        self.wake = wake
        self._emulator = Emulator(columns, lines)
        self._lock = threading.Lock()
        self._looking = 0
        self._shown = self._emulator.view()
        self._shown_at = 0.0
        self._orders: queue.SimpleQueue[bytes | tuple[int, int] | None] = queue.SimpleQueue()
        self._data = bytearray()
        self._more = threading.Condition()
        self._over = False

    # ------------------------------------------------------------ from outside

    def send(self, data: bytes) -> None:
        """What was typed."""
        if data:
            self._orders.put(data)

    def resize(self, columns: int, lines: int) -> None:
        """The window's size in cells."""
        columns, lines = max(2, columns), max(1, lines)
        with self._seeing() as emulator:
            if emulator.size == (columns, lines):
                return
            emulator.resize(columns, lines)
            self._shown = emulator.view(None, self._shown)
        self._orders.put((columns, lines))

    @property
    def shown(self) -> View:
        """The screen as it was a moment ago: the picture made for the last ``wake``. Never blocks."""
        return self._shown

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is drawn meanwhile, but for the piece at hand: the window paints, and both would take turns
        at every character."""
        self._looking += 1
        try:
            yield
        finally:
            self._looking -= 1

    def view(self, first: int | None = None) -> View:
        """What is to be seen; see ``Emulator.view``."""
        with self._seeing() as emulator:
            return emulator.view(first)

    def text(self, begin: tuple[int, int], end: tuple[int, int]) -> str:
        """See ``Emulator.text``."""
        with self._seeing() as emulator:
            return emulator.text(begin, end)

    @property
    def cursor_keys(self) -> bool:
        """See ``Emulator``."""
        return self._emulator.cursor_keys

    @property
    def bracketed(self) -> bool:
        """See ``Emulator``."""
        return self._emulator.bracketed

    @property
    def alternate(self) -> bool:
        """See ``Emulator``."""
        return self._emulator.alternate

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        return self._emulator.size

    def _seeing(self) -> _Seeing:
        return _Seeing(self)

    # -------------------------------------------------------------- the thread

    def serve(self, host: Host, container: str, cancel: CancelToken) -> End:
        """Open a shell in *container* (id or name) and serve it until it ends.

        Raises ``InstallError`` SHELL_NONE, SHELL_STOPPED, and what losing the host or its Docker raises;
        ``Cancelled``: then the shell was asked to end.
        """
        for shell in SHELLS:
            found = _Exec(host, container, shell)
            try:
                with stoppable(host, cancel):
                    found.create()
                    with cancel.on_cancel(self._finish):
                        self._serve(found, cancel)
                    cancel.check()
                    code = None if found.refused else found.exit_code()
            finally:
                found.hang_up()
            if not found.refused and (found.pid or code not in _MISSING):
                return End(code)
        raise InstallError(Code.SHELL_NONE, {"container": container})

    def _serve(self, found: _Exec, cancel: CancelToken) -> None:
        self._over = False
        opened = found.start(*self._emulator.size)
        if opened is None:
            return
        stream, first = opened
        threads = [
            threading.Thread(
                target=self._write, args=(found, stream, cancel), name="terminal keys", daemon=True
            ),
            threading.Thread(target=self._draw, name="terminal screen", daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            self._take(found.without_mark(first))
            while data := stream.recv(_PIECE):
                self._take(found.without_mark(data))
        except OSError as exc:
            cancel.check()
            raise InstallError(Code.SHELL_LOST, {"container": found.container}, detail=str(exc)) from exc
        finally:
            self._finish()
            shut(stream)
            for thread in threads:
                thread.join(5)

    def _take(self, data: bytes) -> None:
        with self._more:
            self._data += data
            self._more.notify_all()
            while len(self._data) > _WAITING and not self._over:
                self._more.wait()

    def _finish(self) -> None:
        with self._more:
            self._over = True
            self._more.notify_all()
        self._orders.put(None)

    def _draw(self) -> None:
        """In small pieces, so that a reader of the screen need not wait; pictures of it are made
        here, too, no more of them than an eye can follow."""
        due = False
        while data := self._next(due=due):
            for start in range(0, len(data), _DRAWN):
                while self._looking:
                    time.sleep(0.0005)
                with self._lock:
                    answer = self._shown_piece(data[start : start + _DRAWN])
                if self._orders.qsize() < _MOST_ORDERS:  # a program that asks and never reads
                    self.send(answer)
                due = True
                if time.monotonic() - self._shown_at >= _FRAME_SECONDS:
                    self._picture()
                    due = False
        self._picture()

    def _shown_piece(self, data: bytes) -> bytes:
        """As the emulator's ``feed``. What it cannot read ends no thread: it begins with an empty screen."""
        try:
            return self._emulator.feed(data)
        except Exception:  # noqa: BLE001  (whatever a program's output makes of it)
            self._emulator = Emulator(*self._emulator.size)
            return b""

    def _next(self, *, due: bool) -> bytes:
        """What is to be drawn, once it has come; nothing at the end. *due*: what was drawn is to be seen
        soon, whether more comes or not."""
        with self._more:
            if due and not self._data and not self._over:
                self._more.wait(max(0.0, self._shown_at + _FRAME_SECONDS - time.monotonic()))
            if due and not self._data:
                self._picture()
            while not self._data and not self._over:
                self._more.wait()
            data = shorter(bytes(self._data), PAST + self._emulator.size[1])
            self._data.clear()
            self._more.notify_all()
            return data

    def _picture(self) -> None:
        with self._lock:
            self._shown = self._emulator.view(None, self._shown)
        self._shown_at = time.monotonic()
        self.wake()

    def _write(self, found: _Exec, stream: ByteStream, cancel: CancelToken) -> None:
        """Keys and sizes in the order they came; of several sizes that wait the last one counts."""
        with suppress(InstallError, OSError), found.host.under(cancel):
            found.resize(*self._emulator.size)  # older Engines take no size when they start it
            while (order := self._orders.get()) is not None:
                if isinstance(order, bytes):
                    stream.sendall(order)
                elif order == self._emulator.size:
                    found.resize(*order)


class _Seeing:
    """The emulator, for a reader of the screen: drawing pauses meanwhile."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> Emulator:
        self._terminal._looking += 1
        self._terminal._lock.acquire()
        return self._terminal._emulator

    def __exit__(self, *_: object) -> None:
        self._terminal._lock.release()
        self._terminal._looking -= 1


class _Exec:
    """One program in a container, by the Engine's API."""

    def __init__(self, host: Host, container: str, shell: str) -> None:
        self.host, self.container, self._shell = host, container, shell
        self._id, self.pid, self._mark_seen, self._head = "", 0, False, b""
        self._ended = self.refused = False

    def create(self) -> None:
        """Raises ``InstallError(SHELL_STOPPED)`` where the container does not run."""
        begin = _BEGIN.format(shell=self._shell)
        try:
            self._id = self._ask(
                lambda client: client.exec_create(
                    self.container,
                    [self._shell, "-c", begin],
                    stdin=True,
                    tty=True,
                    environment=_ENVIRONMENT,
                )["Id"]
            )
        except InstallError as error:
            if error.params.get("status") in ("404", "409"):
                raise InstallError(
                    Code.SHELL_STOPPED, {"container": self.container}, detail=error.detail
                ) from error
            raise

    def start(self, columns: int, lines: int) -> tuple[ByteStream, bytes] | None:
        """The connection to its terminal, and what came with the answer; None if the Engine refuses: some say
        so at once that there is no such program."""
        try:
            return started(self.host.docker_stream, self._id, seconds=60, terminal=(columns, lines))
        except Refused:
            self.refused = self._ended = True
            return None

    def without_mark(self, data: bytes) -> bytes:
        """*data* without the mark that it begins with, of which ``pid`` is taken."""
        if self._mark_seen:
            return data
        self._head += data
        if found := _MARK.search(self._head):
            self.pid, self._mark_seen = int(found[1]), True
            return self._head[: found.start()] + self._head[found.end() :]
        if len(self._head) < 64 and b"\n" not in self._head:
            return b""
        self._mark_seen = True
        return self._head

    def resize(self, columns: int, lines: int) -> None:
        """Tell the terminal's size."""
        self._ask(lambda client: client.exec_resize(self._id, height=lines, width=columns))

    def exit_code(self) -> int | None:
        """Once it ended. The Engine knows it a moment after the connection ended."""
        for _ in range(20):
            found = self._ask(lambda client: client.exec_inspect(self._id))
            if not found.get("Running"):
                self._ended = True
                code = found.get("ExitCode")
                return code if isinstance(code, int) else None
            time.sleep(0.1)
        return None

    def hang_up(self) -> None:
        """End what still runs: the Engine leaves it there when its connection ends."""
        if self._ended or not self.pid:
            return
        argv = [self._shell, "-c", f"kill -HUP {self.pid}"]
        with suppress(InstallError):
            self._ask(
                lambda client: client.exec_start(client.exec_create(self.container, argv)["Id"], detach=True)
            )

    def _ask(self, question: Callable[[APIClient], _Value]) -> _Value:
        with self.host.docker() as client:
            return question(client)
