"""Welcome's list of known servers: what is known of each, and what can be done with its entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout

from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import RowCard, button, clear, column, icon_button, picture, row
from ui.widgets.pill import Pill, Tone
from ui.widgets.tab_order import tab_as_read
from ui.window.server_words import ICONS
from ui.window.server_words import word as said
from ui.wizard.welcome.parts import address_label, place_name, place_text, show_address

if TYPE_CHECKING:  # read from disk after the first paint
    from installer.appdata.known_servers import KnownServer
    from installer.views.server_summary import ServerNow

#: What the menu of a row offers.
DEEDS = ("edit", "duplicate", "shortcut", "close", "forget")
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
        self._live: dict[str, object] = {}
        self._servers: Mapping[str, ServerNow] = {}
        self._pills: dict[str, QVBoxLayout] = {}
        self._abouts: dict[str, QLabel] = {}
        self.opening: dict[str, QPushButton] = {}
        self.more: dict[str, QPushButton] = {}
        self.menu: QMenu | None = None
        self._menu_about = ""

    def show_servers(
        self,
        known: tuple[KnownServer, ...],
        live: Mapping[str, str],
        servers: Mapping[str, ServerNow] = MappingProxyType({}),
    ) -> bool:
        """Show them; returns whether rows were rebuilt. *live*: as the address answers; *servers*: what a
        connection tells."""
        rebuilt = known != self._known
        if rebuilt:
            self._rebuild(known)
        self._servers = servers
        for server in known:
            now = servers.get(server.id)
            word = "installing" if server.installing_since else live.get(server.id, "")
            if self._live.get(server.id) != (word, now):
                self._live[server.id] = (word, now)
                self._show_now(server, word, now)
        return rebuilt

    def _show_now(self, server: KnownServer, word: str, now: ServerNow | None) -> None:
        ui, pills = self._ui, self._pills[server.id]
        clear(pills)
        for pill in (self._pill(word, now), *self._marks(now)):
            line = row(None, pill)
            pills.addLayout(line)
        person = now is not None and now.word == "person"
        name = server_name(ui, server)
        opening = self.opening[server.id]
        opening.setText(ui.t("welcome.log_in" if person else "welcome.open_it"))
        opening.setAccessibleName(ui.t("welcome.log_in_name" if person else "welcome.open_name", name=name))
        version = (now.version if now is not None else "") or server.version
        place = place_text(server.target)
        about = ui.t("welcome.about", version=version, place=place) if version else place
        show_address(self._abouts[server.id], about)

    def _marks(self, now: ServerNow | None) -> tuple[Pill, ...]:
        """What is to be known of its release."""
        if now is None:
            return ()
        if now.hole:
            tone: Tone = "warning" if now.hole == "medium" else "stop"
            return (Pill(self._ui, tone, self._ui.t("servers.hole")),)
        if now.update:
            text = self._ui.t("overview.update", version=now.update)
            return (Pill(self._ui, "accent", text, icon="arrow-down-to-line"),)
        return ()

    def _rebuild(self, known: tuple[KnownServer, ...]) -> None:
        clear(self.body)
        self._known, self._live = known, {}
        self._pills, self._abouts, self.opening, self.more = {}, {}, {}, {}
        for server in known:
            self.add_row(self._row(server))

    def focus_near(self, place: int) -> None:
        """Put the focus on row *place* or the last one: after a removal by keyboard it stays in the list."""
        if self.more:
            tab_as_read(self)
            list(self.more.values())[min(place, len(self.more) - 1)].setFocus()

    def _row(self, server: KnownServer) -> QHBoxLayout:
        ui, name = self._ui, server_name(self._ui, server)
        self._abouts[server.id] = about = address_label("", "second", size=0.92)
        self._pills[server.id] = pill = QVBoxLayout()
        pill.setSpacing(4)
        self.opening[server.id] = opening = button(
            ui.t("welcome.open_it"),
            lambda: self._on_open(server.id),
            name=ui.t("welcome.open_name", name=name),
        )
        self.more[server.id] = more = icon_button(
            ui, "ellipsis", ui.t("welcome.more_name", name=name), lambda: self._show_menu(server.id)
        )
        icon = server.target.host_kind.icon
        words = column(
            address_label(name, bold=True),
            about,
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
        kind = target.host_kind
        parts = [target.directory or kind.default_directory()] if kind.remote else []
        if kind.needs_login and server.login in _LOGINS:
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
                action.setData(deed)
                action.triggered.connect(lambda _on=False, deed=deed: self._on_deed(deed, self._menu_about))
        there = self._servers.get(server_id)
        for action in self.menu.actions():
            if action.data() == "close":
                action.setVisible(there is not None and there.word != "person")
        self.menu.popup(anchor.mapToGlobal(QPoint(0, anchor.height())))

    def _pill(self, word: str, now: ServerNow | None) -> Pill:
        t = self._ui.t
        if now is not None and word != "installing":
            return Pill(self._ui, now.tone, said(self._ui, now), icon=ICONS[now.word])
        if word == "installing":
            return Pill(self._ui, "accent", t("welcome.installing"))
        if word == "up":
            return Pill(self._ui, "ok", t("welcome.up"))
        if word == "down":
            return Pill(self._ui, "warning", t("welcome.down"))
        return Pill(self._ui, "neutral", t("common.not_known"))
