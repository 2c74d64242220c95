"""The icon in the desktop's tray, where there is one: how the open installations are, and restarting Dify."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from installer.core.resources import FOLDER
from installer.views.server_summary import TONES, ServerNow, Word, now_of, worst
from ui.app.tray_focus import FocusGuard
from ui.style.context import Ui
from ui.widgets.pill import tone_color
from ui.widgets.tips import set_tray_tip
from ui.window.server_words import panel_name, word

if TYPE_CHECKING:
    from ui.app.open_servers import Opened, OpenServers

_SIZE, _DOT = 64, 26


class Icon(Protocol):
    """What is used of ``QSystemTrayIcon``."""

    def setIcon(self, icon: QIcon) -> None: ...  # noqa: N802
    def setToolTip(self, tip: str) -> None: ...  # noqa: N802
    def setContextMenu(self, menu: QMenu) -> None: ...  # noqa: N802
    def setVisible(self, visible: bool) -> None: ...  # noqa: N802
    def isVisible(self) -> bool: ...  # noqa: N802


class Tray(QObject):
    """``window``: the user asks for the window; ``server``: the installation with this key; ``quit``: the
    program is to end; ``keep``: whether it stays when the window is closed; ``restart``: ask whether
    to restart Dify of the installation with this key. *make* gives the icon; it is seen while an installation
    is open."""

    window = Signal()
    server = Signal(str)
    restart = Signal(str)
    quit = Signal()
    keep = Signal(bool)

    def __init__(
        self, ui: Ui, servers: OpenServers, *, keeps: bool, make: Callable[[], Icon] | None = None
    ) -> None:
        super().__init__()
        self._ui, self._servers = ui, servers
        self._keeps = keeps
        self._shown: object = None
        self._pictured: object = None
        self._focus_guard = FocusGuard()
        self.menu = QMenu()
        # one connection for all of them: an action that goes while it is connected is not safe in PySide
        self.menu.triggered.connect(self._chosen)
        if make is None:
            real = QSystemTrayIcon()
            real.activated.connect(self._activated)
            self.icon: Icon = real
            self._focus_guard.install()  # before the icon docks
        else:
            self.icon = make()
        self.icon.setContextMenu(self.menu)
        self.show_servers()

    @property
    def keeps_program(self) -> bool:
        """Whether closing the window leaves the program in the tray."""
        return self._keeps and self.icon.isVisible()

    def speak(self, ui: Ui) -> None:
        """Another language, other colours."""
        self._ui = ui
        self._shown = self._pictured = None
        self.show_servers()

    def hide(self) -> None:
        """The program ends."""
        self.icon.setVisible(False)
        self._focus_guard.remove()

    # ------------------------------------------------------------------- show

    def show_servers(self) -> None:
        """Show how they are now."""
        said = [(one, now_of(one.panel.state)) for one in self._servers.all]
        shown = [(one.key, self._line(one, now), now.may) for one, now in said]
        if shown == self._shown:
            return
        self._shown = shown
        self._picture(worst(now.word for _, now in said))
        set_tray_tip(self.icon, "\n".join([self._ui.t("shell.product"), *(line for _, line, _ in shown)]))
        self._fill(said)
        self.icon.setVisible(bool(said))

    def _line(self, one: Opened, now: ServerNow) -> str:
        name = panel_name(self._ui, one.panel.state)
        return self._ui.t("servers.said", name=name, word=word(self._ui, now))

    def _fill(self, said: list[tuple[Opened, ServerNow]]) -> None:
        ui, menu = self._ui, self.menu
        menu.clear()
        self._add(menu, ui.t("tray.open"), "window")
        for one, now in said:
            menu.addSeparator()
            name = panel_name(ui, one.panel.state)
            self._add(menu, self._line(one, now), f"show {one.key}")
            restart = self._add(menu, ui.t("tray.restart", name=name), f"restart {one.key}")
            restart.setEnabled(now.may)
        menu.addSeparator()
        keep = self._add(menu, ui.t("tray.keep"), "keep")
        keep.setCheckable(True)
        keep.setChecked(self._keeps)
        self._add(menu, ui.t("tray.quit"), "quit")

    def _add(self, menu: QMenu, text: str, what: str) -> QAction:
        action = menu.addAction(text)
        action.setData(what)
        return action

    def _picture(self, state: Word | None) -> None:
        if state == self._pictured:
            return
        self._pictured = state
        picture = QIcon(str(FOLDER / "app" / "icon.svg")).pixmap(_SIZE, _SIZE)
        if state is not None:
            _mark(picture, tone_color(self._ui, TONES[state]), self._ui.colors.surface)
        self.icon.setIcon(QIcon(picture))

    # ------------------------------------------------------------------- asked

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.window.emit()

    def _chosen(self, action: QAction) -> None:
        what, _, key = str(action.data()).partition(" ")
        one = self._servers.get(key)
        if what == "restart" and one is not None:
            self.restart.emit(key)
        elif what == "show" and one is not None:
            self.server.emit(key)
        elif what == "window":
            self.window.emit()
        elif what == "keep":
            self._keeps = action.isChecked()
            self.keep.emit(self._keeps)
        elif what == "quit":
            self.quit.emit()


def _mark(picture: QPixmap, color: str, around: str) -> None:
    """A dot in the corner: the word is in the tool tip and in the menu."""
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    ratio = picture.devicePixelRatio()
    at = round(picture.width() / ratio) - _DOT
    painter.setBrush(QColor(around))
    painter.drawEllipse(at, at, _DOT, _DOT)
    painter.setBrush(QColor(color))
    painter.drawEllipse(at + 4, at + 4, _DOT - 8, _DOT - 8)
    painter.end()


def tray_there() -> bool:
    """Whether this desktop has a tray."""
    return QSystemTrayIcon.isSystemTrayAvailable()
