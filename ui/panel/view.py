"""Puts the control panel's state on the window: rail, section; the bottom bar is not used here."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics

from installer.logs.log_buffer import LogBuffer
from installer.terminal.session import Terminal
from installer.views.panel import SECTIONS, PanelState
from installer.views.panel import Section as Name
from ui.panel.containers.section import ContainersSection
from ui.panel.controller import PanelController
from ui.panel.history.section import HistorySection
from ui.panel.https.section import CertificateSection
from ui.panel.intents import ShowLogs, ShowSection
from ui.panel.logs.model import LogModel
from ui.panel.logs.section import LogsSection
from ui.panel.overview.section import OverviewSection
from ui.panel.section import Section
from ui.panel.server.section import ServerSection
from ui.panel.space.section import SpaceSection
from ui.panel.terminal.section import TerminalSection
from ui.style.context import Ui
from ui.style.theme import RAIL_WIDTH, scaled
from ui.widgets.announce import announce
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.window.window import RailEntry, Shell

#: Made ahead, in this order, while nothing else is to do: they take longest to come up. Between two pieces of
#: that work so many milliseconds.
_AHEAD: tuple[Name, ...] = ("containers", "logs")
_AHEAD_MS = 60
#: Of the rail's own margins, icon and gap.
_NAME_WIDTH = RAIL_WIDTH - 68
_ICONS = {
    "overview": "house",
    "containers": "box",
    "logs": "scroll-text",
    "terminal": "terminal",
    "space": "hard-drive",
    "certificate": "shield-check",
    "history": "history",
    "server": "server",
}


class PanelView(QObject):
    """Sections are made when they are first shown, some of them ahead. ``asked`` gives what they ask for,
    ``seen`` whether the window can be seen. *log* is the model of a former view (another language, other
    colours): its lines stay."""

    asked = Signal(object)
    seen = Signal(bool)

    def __init__(self, ui: Ui, shell: Shell, state: PanelState, log: LogModel | None = None) -> None:
        super().__init__()
        self.ui, self.shell, self.state = ui, shell, state
        self.log = log or LogModel()
        #: Entries of the rail before and after the sections; the code that sets them handles them.
        self.before: tuple[RailEntry, ...] = ()
        self.after: tuple[RailEntry, ...] = ()
        self.sections: dict[Name, Section] = {}
        #: The shell in a container, shown by "terminal".
        self.shell_open: Terminal | None = None
        self.shell_now: Callable[[], None] = lambda: None
        self._shown: Name | None = None
        self._gone = False
        makes: tuple[Callable[[Name], object], ...] = (self._section, self._fill)
        self._ahead = [(work, name) for name in _AHEAD for work in makes]
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_AHEAD_MS)
        self._idle.timeout.connect(self._make_ahead)
        shell.rail.chosen.connect(self._chosen)
        shell.bar.show_bar(Bar(back=False))
        shell.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(lambda: self.show_state(self.state))

    def show_state(self, state: PanelState, now: float | None = None) -> None:
        """Show *state*; times in it go on by themselves. Nothing after ``stop``: what it is shown on may be
        deleted."""
        if self._gone:
            return
        self.state = state
        section = self._section(state.section)
        section.show_state(state, time.time() if now is None else now)
        name = state.name or state.answers.target.host or self.ui.t("common.this_computer")
        rebuilt = self.shell.rail.show_entries(_fitting(name), self._entries())
        if self._shown != state.section:
            self._shown = state.section
            section.to_top()
            self.shell.stack.setCurrentWidget(section)
            tab_as_read(self.shell)
            QTimer.singleShot(0, section, self._focus)
            QTimer.singleShot(0, section, lambda: announce(section, section.heading.text()))
        elif rebuilt:
            tab_as_read(self.shell)  # lines of the rail that are new would come last
        if now is None and self._visible():
            if not self._timer.isActive():
                self._timer.start()
            if state.status is not None and self._ahead and not self._idle.isActive():
                self._idle.start()

    def _make_ahead(self) -> None:
        """One piece of work for a section that is not in view."""
        if self._gone or not self._ahead:
            return
        work, name = self._ahead.pop(0)
        if name != self.state.section:
            work(name)
        self._idle.start()

    def _fill(self, name: Name) -> None:
        """Show the state in the section; called again when it comes into view; only changes are rebuilt."""
        self._section(name).show_state(self.state, time.time())

    def open_log(self, buffer: LogBuffer) -> None:
        """Another log begins."""
        section = self.sections.get("logs")
        if isinstance(section, LogsSection):
            section.list.open_buffer(buffer)
        else:
            self.log.open(buffer)

    def wake_terminal(self, terminal: Terminal | None) -> None:
        """There is something new to see in *terminal*."""
        other, self.shell_open = terminal is not self.shell_open, terminal
        section = self.sections.get("terminal")
        if isinstance(section, TerminalSection):
            if other:
                section.attach(terminal)
            section.wake()

    def jump(self, number: int) -> None:
        """A line of the log is to be shown."""
        section = self._section("logs")
        if isinstance(section, LogsSection):
            section.show_line(number)

    def stop(self) -> None:
        """Another view is in the window, or will be: times no longer go on, and the focus is not ours."""
        self.shell.removeEventFilter(self)
        self._timer.stop()
        self._idle.stop()
        self._gone = True

    @property
    def current(self) -> Section:
        """The section in view."""
        return self._section(self.state.section)

    def _focus(self) -> None:
        """The focus stays in the rail if it is there; else it goes where it is needed first."""
        rail = self.shell.rail
        if self._gone:
            return
        if self.shell.focusWidget() not in rail.buttons.values():
            wanted = self.current.first_focus() or rail.buttons[self.state.section]
            wanted.setFocus()

    def _section(self, name: Name) -> Section:
        if name not in self.sections:
            made = self._make(name)
            made.asked.connect(self.asked)
            self.shell.stack.addWidget(made)
            self.sections[name] = made
        return self.sections[name]

    def _make(self, name: Name) -> Section:
        if name == "logs":
            return LogsSection(self.ui, self.log)
        if name == "terminal":
            made = TerminalSection(self.ui)
            made.attach(self.shell_open)
            return made
        kinds: dict[Name, Callable[[Ui], Section]] = {
            "overview": OverviewSection,
            "containers": ContainersSection,
            "space": SpaceSection,
            "certificate": CertificateSection,
            "history": HistorySection,
            "server": ServerSection,
        }
        return kinds[name](self.ui)

    def _chosen(self, key: str) -> None:
        if key not in SECTIONS:
            return
        name: Name = next(n for n in SECTIONS if n == key)
        services = self.state.log.services
        if name == "logs" and len(services) > 1:
            self.asked.emit(ShowLogs(services))
            return
        same = services[0] if name == "logs" and services else ""
        self.asked.emit(ShowSection(name, same))

    def _entries(self) -> tuple[RailEntry, ...]:
        sections = tuple(
            RailEntry(
                name,
                self.ui.t(f"shell.section_{name}"),
                "current" if name == self.state.section else "",
                _ICONS[name],
            )
            for name in SECTIONS
        )
        return (*self.before, *sections, *self.after)

    def _visible(self) -> bool:
        return self.shell.isVisible() and not self.shell.isMinimized()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kinds = (QEvent.Type.WindowStateChange, QEvent.Type.Show, QEvent.Type.Hide)
        if watched is self.shell and event.type() in kinds:
            visible = self._visible()
            self.seen.emit(visible)
            if visible:
                self._timer.start()
            else:
                self._timer.stop()
                self._idle.stop()
        return super().eventFilter(watched, event)


def _fitting(name: str) -> str:
    """A server's name is as long as it likes; the rail is not."""
    return QFontMetrics(scaled(1.1, bold=True)).elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH)


def connect(view: PanelView, controller: PanelController) -> None:
    """Let *controller* drive *view*."""
    view.asked.connect(controller.ask)
    view.seen.connect(controller.show_window)
    controller.changed.connect(view.show_state)
    controller.logs.opened.connect(view.open_log)
    controller.logs.began.connect(view.log.expect)
    controller.logs.found.connect(view.log.show_hits)
    controller.logs.jump.connect(view.jump)
    view.shell_now = lambda: view.wake_terminal(controller.terminal.terminal)
    controller.terminal.changed.connect(view.shell_now)
    view.shell_now()
    if controller.logs.buffer is not None and view.log.buffer is not controller.logs.buffer:
        view.open_log(controller.logs.buffer)
    view.show_state(controller.state)


def release(view: PanelView, controller: PanelController) -> None:
    """*view* is about to go (another language, other colours): nothing reaches it any more."""
    view.stop()
    controller.changed.disconnect(view.show_state)
    controller.logs.opened.disconnect(view.open_log)
    controller.logs.began.disconnect(view.log.expect)
    controller.logs.found.disconnect(view.log.show_hits)
    controller.logs.jump.disconnect(view.jump)
    controller.terminal.changed.disconnect(view.shell_now)
