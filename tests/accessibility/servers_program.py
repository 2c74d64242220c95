"""The real program with two known servers whose machines are made up. Each change of what has the keyboard
focus is a line of JSON on standard output; it ends with its standard input."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from installer.answers import Target
from installer.appdata.known_servers import KnownServer, Servers
from installer.connect import Connected
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.events import Emit
from tests.ui.panel_host import PanelHost
from ui.app import open_servers
from ui.app.app import App, application
from ui.wizard.welcome import controller

SSH = Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify")
SERVERS = (
    KnownServer("a1", "One", SSH, "", "1.16.1", 30.0, login="password"),
    KnownServer("b2", "Two", replace(SSH, host="203.0.113.6"), "", "1.9.2", 20.0, login="password"),
)


def connect(server: KnownServer, *_: object) -> Connected:
    """In the place of a login."""
    return Connected(PanelHost(), "root")


def answers_at(_url: str, *, local: bool = False) -> Callable[[Emit, CancelToken], bool]:
    """Nothing is asked in the network."""
    return lambda _emit, _cancel: True


def now(program: App) -> dict[str, object]:
    """What a person at the keyboard sees; *docked*: the icon is in the tray."""
    focus, icons = QApplication.focusWidget(), QApplication.topLevelWidgets()
    handles = [w.windowHandle() for w in icons if w.inherits("QSystemTrayIconSys")]
    return {
        "ready": program.prepared,
        "active": QApplication.activeWindow() is program.shell,
        "focus": focus.accessibleName() if focus is not None else "",
        "docked": any(handle is not None and handle.isExposed() for handle in handles),
    }


def main() -> int:
    """Stay until the end of the standard input."""
    vars(open_servers)["connect_kept"] = connect
    vars(controller)["answers_at"] = answers_at
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        for server in SERVERS:
            Servers(home).remember(server)
        app = application(["servers_program"])
        program = App(home, language="en")
        program.start()
        told: list[dict[str, object]] = []

        def tell() -> None:
            if (state := now(program)) != (told[-1] if told else None):
                told.append(state)
                print(json.dumps(state), flush=True)

        timer = QTimer()
        timer.timeout.connect(tell)
        timer.start(50)
        end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        end.activated.connect(lambda *_: app.quit())
        code = app.exec()
        program.shell.hide()
        program.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
