"""Drives the real window as a person does: by mouse (clicks on what is seen) or by keyboard alone."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType
from typing import TypeVar

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QImage, QKeySequence, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from installer.views.wizard import PageId
from tests.ui.somebody import come_to
from ui.app.app import App
from ui.panel.controller import PanelController

T = TypeVar("T")
#: What ``slowness`` times takes on the reference machine.
REFERENCE_SECONDS = 0.021
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit)


def spoken(widget: QWidget) -> str:
    """What a screen reader says the control is."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface else ""


class Driver:
    """Controls are found by their accessible name, as a screen reader would read it."""

    def __init__(self, qtbot: QtBot, app: App) -> None:
        self.qtbot, self.app = qtbot, app

    def t(self, key: str, **params: str) -> str:
        """A text of the window without its mnemonic."""
        return self.app.ui.t(key, **params).replace("&", "").replace("(&", "(")

    def controls(self) -> list[QWidget]:
        """Everything that can be used now, in the active window."""
        window = QApplication.activeModalWidget() or self.app.shell
        found = [w for kind in CONTROLS for w in window.findChildren(kind) if w.isVisibleTo(window)]
        return [w for w in found if w.isEnabled()]

    def find(self, name: str, kind: type[QWidget] = QWidget) -> QWidget:
        """The control of *kind* called *name* (the first that begins with it if none is equal)."""
        everything = [(spoken(w), w) for w in self.controls() if isinstance(w, kind)]
        for said, widget in everything:
            if said == name:
                return widget
        for said, widget in everything:
            if said.startswith(name):
                return widget
        raise AssertionError(f"no {name!r} among {sorted({said for said, _ in everything})}")

    def find_any(self, name: str) -> QWidget:
        """As ``awaited``, also a control that is off."""
        window, found = self.app.shell, list[QWidget]()

        def there() -> bool:
            all_of = (w for kind in CONTROLS for w in window.findChildren(kind))
            found[:] = [w for w in all_of if w.isVisibleTo(window) and spoken(w) == name]
            return bool(found)

        self.qtbot.waitUntil(there, timeout=5000)
        return found[0]

    def awaited(self, name: str, kind: type[QWidget]) -> QWidget:
        """As ``find``, for a control that may only be about to come up."""

        def there() -> bool:
            return any(isinstance(w, kind) and spoken(w).startswith(name) for w in self.controls())

        with suppress(AssertionError, TimeoutError):  # ``find`` says it better
            self.qtbot.waitUntil(there, timeout=5000)
        return self.find(name, kind)

    def wait(self, until: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until *until* is true."""
        self.qtbot.waitUntil(until, timeout=round(seconds * 1000))

    def aside(self, work: Callable[[], T]) -> T:
        """Do *work* of the test's own in a thread, as it would hold the window up."""
        done: list[T] = []
        thread = threading.Thread(target=lambda: done.append(work()))
        thread.start()
        self.wait(lambda: not thread.is_alive(), 60)
        return done[0]

    def wait_page(self, page: PageId, seconds: float = 60) -> None:
        """Wait until *page* is there and nothing on it is awaited."""

        def there() -> bool:
            state = self.app.flow.state
            assert state.page is page or state.work.failure is None, state.work.failure
            return state.page is page and state.work.busy is None

        self.wait(there, seconds)

    def read_first_page(self) -> None:
        """Stay on the first page for as long as a person reads it, who moves the pointer: what comes later is
        made meanwhile."""
        come_to(self.app.shell)
        self.wait(lambda: self.app.prepared)

    # -------------------------------------------------------------------- mouse

    def click(self, name: str) -> None:
        """Scroll to the control and click it."""
        widget = self.awaited(name, QAbstractButton)
        self._bring_into_view(widget)
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._middle(widget)
        )

    def enter(self, name: str, text: str) -> None:
        """Click into the field and type over what is there."""
        widget = self.awaited(name, QLineEdit)
        self._bring_into_view(widget)
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._middle(widget)
        )
        self._type(widget, text)

    def prove(self, password: str) -> bool:
        """Give the password once the server has said what it takes, and connect; False if something else has
        come up before that."""
        flow = self.app.flow
        self.wait(
            lambda: (
                flow.state.work.busy is None
                and bool(flow.state.login.door or flow.state.work.failure or flow.state.work.stopped)
            )
        )
        if flow.state.login.door is None:
            return False
        self.enter(self.t("login.password"), password)
        self.click(self.t("login.connect"))
        return True

    def _middle(self, widget: QWidget) -> QPoint:
        return QPoint(min(widget.width() // 2, 40), widget.height() // 2)

    def _bring_into_view(self, widget: QWidget) -> None:
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        self.qtbot.wait(10)  # between looking and the hand's move

    def _type(self, widget: QWidget, text: str) -> None:
        QTest.keySequence(widget, QKeySequence(QKeySequence.StandardKey.SelectAll))
        for letter in text:
            QTest.keyClicks(widget, letter)
            QApplication.processEvents()  # nobody types faster than the window can paint
        if not text:
            QTest.keyClick(widget, Qt.Key.Key_Delete)

    # -------------------------------------------------------------------- panel

    @property
    def panel(self) -> PanelController:
        """The control panel's controller."""
        assert self.app.panel is not None
        return self.app.panel

    def _grid(self) -> QAbstractItemView:
        grid = self.find(self.t("containers.table"))
        assert isinstance(grid, QAbstractItemView)
        return grid

    def row_of(self, service: str) -> int:
        """The grid's row of *service*."""
        model = self._grid().model()
        names = [str(model.index(n, 0).data(Qt.ItemDataRole.DisplayRole)) for n in range(model.rowCount())]
        return next(n for n, name in enumerate(names) if name.split()[0] == service)

    def cell(self, service: str, column: int) -> str:
        """What the grid shows of *service*."""
        model = self._grid().model()
        return str(model.index(self.row_of(service), column).data(Qt.ItemDataRole.DisplayRole))

    def select_row(self, service: str) -> None:
        """Click the row of *service*."""
        grid = self._grid()
        index = grid.model().index(self.row_of(service), 0)
        grid.scrollTo(index)
        place = grid.visualRect(index).center()
        QTest.mouseClick(grid.viewport(), LEFT, PLAIN, place)

    def select_row_by_keys(self, service: str) -> None:
        """Up and Down until the row of *service* is the current one, and selected."""
        grid = self._grid()
        QTest.keyClick(grid, Qt.Key.Key_Down)
        while (away := self.row_of(service) - grid.currentIndex().row()) != 0:
            QTest.keyClick(grid, Qt.Key.Key_Down if away > 0 else Qt.Key.Key_Up)
            QApplication.processEvents()
        assert grid.currentIndex().row() == self.row_of(service)

    def log_lines(self) -> list[str]:
        """The log as it is in the view."""
        view = self.find(self.t("logs.list"))
        assert isinstance(view, QAbstractItemView)
        model = view.model()
        return [str(model.index(n, 0).data(Qt.ItemDataRole.DisplayRole)) for n in range(model.rowCount())]

    # ----------------------------------------------------------------- keyboard

    def tab_to(self, name: str, kind: type[QWidget] = QWidget) -> QWidget:
        """Press Tab until the control called *name* has the focus. Arrow keys are not used: a group of cards
        is reached at its chosen card."""
        window = QApplication.activeModalWidget() or self.app.shell
        seen = []
        for _ in range(120):
            focus = window.focusWidget()
            if isinstance(focus, kind) and spoken(focus).startswith(name):
                return focus
            seen.append(spoken(focus) if focus else "-")
            QTest.keyClick(focus or window, Qt.Key.Key_Tab)
            QApplication.processEvents()
        raise AssertionError(f"the tab key never reached {name!r}, only {list(dict.fromkeys(seen))}")

    def press(self, key: Qt.Key) -> None:
        """A key, to whatever has the focus."""
        window = QApplication.activeModalWidget() or self.app.shell
        QTest.keyClick(window.focusWidget() or window, key)

    def type_into(self, name: str, text: str) -> None:
        """Tab to the field and type over what is there."""
        self._type(self.tab_to(name, QLineEdit), text)


def waited_for_a_processor() -> dict[str, float]:
    """Milliseconds that each thread of this process was ready and did not run (Linux, sched-stats.rst)."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            found[task.name] = int((task / "schedstat").read_bytes().split()[1]) / 1e6
    return found


def stolen_from_the_machine() -> float:
    """Milliseconds that the host gave this machine's processors to others (Linux, proc_stat(5))."""
    of_all = Path("/proc/stat").read_bytes().split(b"\n", 1)[0]
    return int(of_all.split()[8]) * 1000 / os.sysconf("SC_CLK_TCK")


class _Watch:
    """What the GUI thread does while it is late, for whoever has to find out why. No Qt object: a thread may
    hold the last reference to it."""

    def __init__(self) -> None:
        self.beat_at = time.perf_counter()
        self.seen: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        """The thread's work."""
        main = threading.main_thread().ident
        while not self.stopped.wait(0.01):
            if time.perf_counter() - self.beat_at > 0.045 and main is not None:
                self.seen = [_where(main), *self.seen[:4]]


def _where(thread: int) -> str:
    """The last four places of *thread*. Only code objects and line numbers are kept: a frame that is kept
    keeps its variables, and those that are Qt objects would then be destroyed in this thread."""
    places: list[tuple[CodeType, int | None]] = []
    frame = sys._current_frames().get(thread)
    while frame is not None and len(places) < 4:
        places.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    del frame
    return "\n".join(f"{code.co_filename}:{line} {code.co_qualname}" for code, line in reversed(places))


def slowness() -> float:
    """How much longer than the reference this machine takes for a fixed piece of work of one thread, half
    Python's and half Qt's: from 1 to 2. In processor time, so what waits for a processor does not count, but
    caches and cores that are shared do. Reference: two cores of 2.6 GHz with nothing else to do, on which a
    window with one label takes 105 ms."""
    taken = sorted(_fixed_work() for _ in range(9))
    return min(max(1.0, taken[len(taken) // 2] / REFERENCE_SECONDS), 2.0)


def _fixed_work() -> float:
    start = time.thread_time()
    image = QImage(800, 600, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    for number in range(400):
        text = "-".join(f"{number:x}{place}" for place in range(40))
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(width % 300, 20 + number % 560, text)
    painter.end()
    return time.thread_time() - start


class Heartbeat(QObject):
    """How long the GUI thread leaves a 5 ms timer waiting, in milliseconds beyond 5.

    On a busy machine a thread also waits for a processor, and so does one that holds Python's lock while the
    GUI thread waits for it. That is the machine's, not the program's: it is taken off, but never more than
    what lies beyond the processor time of the GUI thread itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[float, float, str]] = []
        self._watch = _Watch()
        self.note: Callable[[], str] = str
        self.slowness = slowness()
        self._begin()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._thread = threading.Thread(target=self._watch.run, name="watch", daemon=True)
        self._thread.start()

    @property
    def seen(self) -> list[str]:
        """Where the GUI thread was when it was late, the last times."""
        return self._watch.seen

    def _begin(self) -> None:
        self._queued, self._stolen = waited_for_a_processor(), stolen_from_the_machine()
        self._cpu, self._watch.beat_at = time.thread_time(), time.perf_counter()

    def _beat(self) -> None:
        gap = (time.perf_counter() - self._watch.beat_at) * 1000 - 5
        own = (time.thread_time() - self._cpu) * 1000
        if gap > 20:
            queued = waited_for_a_processor()
            elsewhere = max(t - self._queued.get(name, t) for name, t in queued.items())
            elsewhere += (stolen_from_the_machine() - self._stolen) / (os.cpu_count() or 1)
            held = max(min(own, gap), gap - elsewhere)
            if held > 20:
                self.gaps.append((round(held, 1), round(own, 1), self.note()))
        self._begin()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """In here the test does work of its own in the GUI thread: the beat before it is judged as always,
        the next one begins after it."""
        self._beat()
        yield
        self._begin()

    def stop(self) -> list[tuple[float, float, str]]:
        """(gap, processor time of the thread in it, what went on) of every gap over 20 ms, longest first."""
        self._timer.stop()
        self._watch.stopped.set()
        self._thread.join()
        self.slowness = max(self.slowness, slowness())
        return sorted(self.gaps, reverse=True)
