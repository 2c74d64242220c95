"""Welcome's list of known servers: what is known of each, and what can be done with its entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from installer.settings import default_directory
from ui.context import Ui
from ui.pages.welcome_parts import address_label, place_name, place_text
from ui.theme import SPACE_S
from ui.widgets.basics import RowCard, button, clear, column, icon_button, picture
from ui.widgets.order import tab_as_read
from ui.widgets.pill import Pill

if TYPE_CHECKING:  # read from disk after the first paint
    from installer.servers import KnownServer

#: What the menu of a row offers.
DEEDS = ("edit", "duplicate", "forget")
_LOGINS = ("password", "key", "agent", "ask")


def server_name(ui: Ui, server: KnownServer) -> str:
    """What the list calls *server*."""
    return server.name or place_name(ui, server.target)


class ServerList(RowCard):
    """Rows of known servers. Rows stay while the servers do; only their state changes. *on_deed* gets one of
    ``DEEDS`` and the server's id."""

    def __init__(
        self, ui: Ui, on_open: Callable[[str], object], on_deed: Callable[[str, str], object]
    ) -> None:
        super().__init__()
        self._ui, self._on_open, self._on_deed = ui, on_open, on_deed
        self._known: tuple[KnownServer, ...] = ()
        self._live: dict[str, str] = {}
        self._pills: dict[str, QVBoxLayout] = {}
        self.opening: dict[str, QPushButton] = {}
        self.more: dict[str, QPushButton] = {}
        self.menu: QMenu | None = None
        self._menu_about = ""

    def show_servers(self, known: tuple[KnownServer, ...], live: Mapping[str, str]) -> bool:
        """Show them; whether rows were made anew."""
        rebuilt = known != self._known
        if rebuilt:
            self._rebuild(known)
        for server in known:
            word = "installing" if server.installing_since else live.get(server.id, "")
            if self._live.get(server.id) != word:
                self._live[server.id] = word
                clear(self._pills[server.id])
                self._pills[server.id].addWidget(self._pill(word))
        return rebuilt

    def _rebuild(self, known: tuple[KnownServer, ...]) -> None:
        clear(self.body)
        self._known, self._live = known, {}
        self._pills, self.opening, self.more = {}, {}, {}
        for server in known:
            self.add_row(self._row(server))

    def focus_near(self, place: int) -> None:
        """Put the focus on row *place* or the last one: who forgot one by keyboard goes on in the list."""
        if self.more:
            tab_as_read(self)
            list(self.more.values())[min(place, len(self.more) - 1)].setFocus()

    def _row(self, server: KnownServer) -> QHBoxLayout:
        ui, name = self._ui, server_name(self._ui, server)
        place = place_text(server.target)
        about = ui.t("welcome.about", version=server.version, place=place) if server.version else place
        self._pills[server.id] = pill = QVBoxLayout()
        self.opening[server.id] = opening = button(
            ui.t("welcome.open_it"),
            lambda: self._on_open(server.id),
            name=ui.t("welcome.open_name", name=name),
        )
        self.more[server.id] = more = icon_button(
            ui, "ellipsis", ui.t("welcome.more_name", name=name), lambda: self._show_menu(server.id)
        )
        icon = "monitor" if server.target.kind == "local" else "server"
        words = column(
            address_label(name, bold=True),
            address_label(about, "second", size=0.92),
            address_label(self._known_line(server), "hint", size=0.88),
            space=1,
        )
        found = QHBoxLayout()
        found.setSpacing(SPACE_S + 2)
        found.addWidget(picture(ui.pixmap(icon, ui.colors.second)))
        found.addLayout(words, 1)
        found.addLayout(pill)
        found.addWidget(opening)
        found.addWidget(more)
        return found

    def _known_line(self, server: KnownServer) -> str:
        """Folder, way of logging in, and when it was seen last; what is not known is left out."""
        ui, target = self._ui, server.target
        remote = target.kind == "ssh"
        parts = [target.directory or default_directory("ssh")] if remote else []
        if remote and server.login in _LOGINS:
            parts.append(ui.t(f"welcome.login_{server.login}"))
        if server.seen_at:
            parts.append(ui.t("welcome.seen", when=ui.moment(server.seen_at)))
        return " · ".join(parts)

    def _show_menu(self, server_id: str) -> None:
        anchor = self.more[server_id]
        self._menu_about = server_id
        if self.menu is None:  # once: a menu that goes while its actions are connected is not safe in PySide
            self.menu = QMenu(self)
            for deed in DEEDS:
                action = self.menu.addAction(self._ui.t(f"welcome.do_{deed}"))
                action.triggered.connect(lambda _on=False, deed=deed: self._on_deed(deed, self._menu_about))
        self.menu.popup(anchor.mapToGlobal(QPoint(0, anchor.height())))

    def _pill(self, word: str) -> QWidget:
        t = self._ui.t
        if word == "installing":
            return Pill(self._ui, "accent", t("welcome.installing"))
        if word == "up":
            return Pill(self._ui, "ok", t("welcome.up"))
        if word == "down":
            return Pill(self._ui, "warning", t("welcome.down"))
        return Pill(self._ui, "neutral", t("common.not_known"))
