"""Welcome's cards: something to go on with, and the servers that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from installer.settings import Target, default_directory
from installer.settings.model import url_host
from ui.context import Ui
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.basics import Card, RowCard, button, clear, column, icon_button, label, picture, row
from ui.widgets.order import tab_as_read
from ui.widgets.pill import Pill

if TYPE_CHECKING:  # read from disk after the first paint
    from installer.servers import KnownServer

#: After these a long address may go on in the next line.
_BREAKS = ".@/:-_"


def server_name(ui: Ui, server: KnownServer) -> str:
    """What the list calls *server*."""
    return server.name or place_name(ui, server.target)


def place_name(ui: Ui, target: Target) -> str:
    """The host, or "This computer"; empty where none was entered yet."""
    return ui.t("common.this_computer") if target.kind == "local" else target.host


def place_text(target: Target) -> str:
    """``user@host:port`` as SSH writes it, or the folder on this computer."""
    if target.kind == "local":
        return target.directory or default_directory("local")
    port = "" if target.port == 22 else f":{target.port}"
    user = f"{target.user}@" if target.user else ""
    return f"{user}{url_host(target.host)}{port}"


def address_label(text: str, kind: str = "", *, size: float = 1.0, bold: bool = False) -> QLabel:
    """A wrapped label for names without spaces: lines break after dots and the like."""
    shown = "".join(f"{c}\u200b" if c in _BREAKS else c for c in text)
    found = label(shown, kind, size=size, bold=bold, wrap=True)
    found.setAccessibleName(text)
    return found


class NoteCard(Card):
    """An icon, a heading, a line, and buttons at the right."""

    def __init__(self, ui: Ui, icon: str, heading: str, text: str, *, tone: str = "") -> None:
        super().__init__(tone=tone, margins=SPACE_M - 2)
        mark = QVBoxLayout()
        mark.addWidget(picture(ui.pixmap(icon, ui.colors.accent if tone else ui.colors.second)))
        mark.addStretch(1)
        words = column(address_label(heading, bold=True), address_label(text, "second", size=0.95), space=2)
        self._buttons = row()
        layout = QHBoxLayout()
        layout.setSpacing(10)
        layout.addLayout(mark)
        layout.addLayout(words, 1)
        layout.addLayout(self._buttons)
        self.body.addLayout(layout)

    def add_action(self, text: str, name: str, act: Callable[[], object], *, kind: str = "outline") -> None:
        """Append a button; *name* says what it is about."""
        self._buttons.addWidget(button(text, act, kind, name=name))


class ServerList(RowCard):
    """Rows of known servers. Rows stay while the servers do; only their state changes."""

    def __init__(self, ui: Ui, on_open: Callable[[str], object], on_forget: Callable[[str], object]) -> None:
        super().__init__()
        self._ui, self._on_open, self._on_forget = ui, on_open, on_forget
        self._known: tuple[KnownServer, ...] = ()
        self._live: dict[str, str] = {}
        self._pills: dict[str, QVBoxLayout] = {}
        self.opening: dict[str, QPushButton] = {}
        self.forgetting: dict[str, QPushButton] = {}

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
        focused = next((n for n, b in enumerate(self.forgetting.values()) if b.hasFocus()), None)
        clear(self.body)
        self._known, self._live = known, {}
        self._pills, self.opening, self.forgetting = {}, {}, {}
        for server in known:
            self.add_row(self._row(server))
        if focused is not None and known:  # who forgot one by keyboard goes on in the list
            tab_as_read(self)
            list(self.forgetting.values())[min(focused, len(known) - 1)].setFocus()

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
        self.forgetting[server.id] = forgetting = icon_button(
            ui, "x", ui.t("welcome.forget", name=name), lambda: self._on_forget(server.id)
        )
        icon = "monitor" if server.target.kind == "local" else "server"
        found = QHBoxLayout()
        found.setSpacing(SPACE_S + 2)
        found.addWidget(picture(ui.pixmap(icon, ui.colors.second)))
        words = column(address_label(name, bold=True), address_label(about, "second", size=0.92), space=1)
        found.addLayout(words, 1)
        found.addLayout(pill)
        found.addWidget(opening)
        found.addWidget(forgetting)
        return found

    def _pill(self, word: str) -> QWidget:
        t = self._ui.t
        if word == "installing":
            return Pill(self._ui, "accent", t("welcome.installing"))
        if word == "up":
            return Pill(self._ui, "ok", t("welcome.up"))
        if word == "down":
            return Pill(self._ui, "warning", t("welcome.down"))
        return Pill(self._ui, "neutral", t("common.not_known"))
