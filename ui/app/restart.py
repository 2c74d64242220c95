"""``--restart NAME`` from a shortcut: Dify is restarted without a window, and the result is reported.

Where there is a terminal it is the command line's own; else a note of the desktop (the tray's). The window
opens only where a person is needed for the login, or where there is no other way to say that it failed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from installer.__main__ import run
from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import KnownServer, Servers
from installer.appdata.preferences import load_preferences
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.resources import FOLDER
from installer.core.secrets import Redactor
from installer.operations.known_login import PERSON_NEEDED, by_name, here_names, restart_known
from installer.texts import Texts, pick_language
from installer.untrusted.text import visible_text
from ui.app.app import application, run_window
from ui.background.jobs import Jobs
from ui.widgets.tips import no_markup, set_tray_tip

if TYPE_CHECKING:
    from installer.core.cancel import CancelToken
    from installer.core.events import Emit
    from ui.background.jobs import Work

DONE, FAILED, USAGE = 0, 1, 2
#: So long a note of the desktop needs its sender (Windows takes it away with the icon).
NOTE_MS = 6000

Note = Callable[[str, str, bool], None]


def has_terminal() -> bool:
    """Whether the output goes to a terminal. A windowed program of Windows has no streams at all."""
    return any(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr))


def has_desktop(environment: Mapping[str, str] | None = None) -> bool:
    """Whether a window could be shown."""
    env = os.environ if environment is None else environment
    on_x = bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
    return not sys.platform.startswith("linux") or on_x


def restart(name: str, language: str = "") -> int:
    """Restart the known server *name*; returns the exit code (as ``installer.cli.main``)."""
    if has_terminal() or not has_desktop():
        return run(["--restart", name, *(["--language", language] if language else [])])
    app = application(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    home = Home()
    asked = language or load_preferences(home).language
    texts = Texts(pick_language(asked))
    beside = Beside(home, texts, name, tray_note(texts) if QSystemTrayIcon.isSystemTrayAvailable() else None)
    beside.start()
    code = app.exec()
    beside.jobs.close()
    if beside.window is None:
        return code
    app.setQuitOnLastWindowClosed(True)
    run_window(app, home, language=asked, server=beside.window)
    return FAILED  # what was asked for was not done, whatever the person did then


def tray_note(texts: Texts) -> Note:
    """Tells by an icon in the tray, which is there from now on."""
    icon = QSystemTrayIcon(QIcon(str(FOLDER / "app" / "icon.svg")))
    set_tray_tip(icon, texts.ui("shell.product"))
    icon.show()

    def note(title: str, text: str, failed: bool) -> None:
        kind = QSystemTrayIcon.MessageIcon
        icon.showMessage(
            no_markup(title), no_markup(text), kind.Warning if failed else kind.Information, NOTE_MS
        )

    return note


class Beside:
    """One restart. *note* tells something; None: the desktop has no place for that. Ends the application's
    loop with the exit code; *window* is then the id of the server to be shown, if a person is needed, or
    empty for the list of servers."""

    def __init__(self, home: Home, texts: Texts, name: str, note: Note | None) -> None:
        self._home, self._texts, self._name, self._note = home, texts, name, note
        self._server: KnownServer | None = None
        self.jobs = Jobs()
        self.redact = Redactor()
        self.window: str | None = None

    def start(self) -> None:
        """Begin; the loop must run afterwards."""
        try:
            self._server = server = by_name(Servers(self._home).all(), self._name, here_names(self._texts))
        except InstallError as error:
            QTimer.singleShot(0, partial(self._failed, error))
            return
        if self._note is not None:
            self._note(self._texts.ui("shell.product"), self._say("restarting"), False)
        job = self.jobs.change(self._work(server))
        job.done.connect(lambda _: self._done())
        job.failed.connect(self._failed)
        job.cancelled.connect(lambda: QApplication.exit(FAILED))

    def _work(self, server: KnownServer) -> Work:
        home, redact = self._home, self.redact

        def work(emit: Emit, cancel: CancelToken) -> Any:
            return restart_known(server, home, Keychain(), emit=emit, redact=redact, cancel=cancel)

        return work

    def _say(self, what: str, **params: str) -> str:
        return self._texts.ui(f"tray.{what}", name=self._name, **params)

    def _done(self) -> None:
        if self._note is None:
            QApplication.exit(DONE)
            return
        self._note(self._texts.ui("shell.product"), self._say("restarted"), False)
        QTimer.singleShot(NOTE_MS, lambda: QApplication.exit(DONE))

    def _failed(self, error: InstallError) -> None:
        code = USAGE if error.code in (Code.SERVER_UNKNOWN, Code.SERVER_AMBIGUOUS) else FAILED
        what = self._what(error)
        if sys.stderr is not None:
            sys.stderr.write(f"{visible_text(self.redact(what))}\n")  # for a process that collects stderr
        if self._note is None or error.code in PERSON_NEEDED:
            self.window = self._server.id if self._server else ""
            QApplication.exit(code)
            return
        self._note(self._say("not_restarted"), self.redact(what), True)
        QTimer.singleShot(NOTE_MS, lambda: QApplication.exit(code))

    def _what(self, error: InstallError) -> str:
        texts = self._texts
        if error.known_failures:
            said = texts.failure(error.known_failures[0].code)
        else:
            said = texts.explain(str(error.code), error.params, screen=True)
        return f"{said.what} {said.do}"
