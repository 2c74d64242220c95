"""What the window says of an installation in a word: list of servers, rail, tray."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from installer.views.panel import PanelState
from installer.views.server_summary import ServerNow, Word, now_of
from ui.style.context import Ui
from ui.style.theme import RAIL_WIDTH, scaled
from ui.window.window import RailEntry

ICONS: Mapping[Word, str] = {
    "connecting": "clock",
    "person": "log-in",
    "lost": "unplug",
    "acting": "rotate-cw",
    "running": "circle-check",
    "degraded": "triangle-alert",
    "stopped": "power",
    "absent": "circle-minus",
}
_NAME_WIDTH = RAIL_WIDTH - 68


def word(ui: Ui, now: ServerNow) -> str:
    """The word for it."""
    return ui.t(f"servers.word_{now.word}")


def panel_name(ui: Ui, state: PanelState) -> str:
    """What people call an open installation."""
    return state.name or state.answers.target.host or ui.t("common.this_computer")


def rail_entry(ui: Ui, key: str, state: PanelState, newest: str) -> RailEntry:
    """The entry of the rail that opens it."""
    now, name = now_of(state, newest), panel_name(ui, state)
    fitting = QFontMetrics(scaled(1.0)).elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH)
    said = ui.t("servers.said", name=name, word=word(ui, now))
    return RailEntry(
        key, fitting, icon=ICONS[now.word], said=said, group=ui.t("shell.open_servers"), tone=now.tone
    )
