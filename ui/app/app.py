"""The program with a window: builds and owns every long-lived object, and passes them on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from installer.appdata.preferences import Preferences
from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.core.resources import FOLDER
from installer.untrusted.text import visible_text
from ui.app.servers import AppServers
from ui.app.single_instance import claim_window
from ui.background.clipboard import copy_to_clipboard, forget_copied_secret
from ui.background.desktop import load_first, load_rest
from ui.background.gc_timer import Collector
from ui.background.switch_interval import undisturbed
from ui.style.context import Ui

if TYPE_CHECKING:
    from types import TracebackType

    from installer.answers.optional import Locale
    from installer.views.wizard import WizardState
    from ui import intents
    from ui.background.jobs import Jobs
    from ui.panel.view import PanelView
    from ui.wizard.controller import Flow
    from ui.wizard.view import WizardView

#: Between two pieces of pages that are made ahead, in milliseconds.
PREPARE_MS = 40
LISTEN_MS = 300  # after the first paint
#: Between two looks whether a dialog is still open, in milliseconds.
REBUILD_MS = 300
#: Language → the time zone where this computer names none of a place (a virtual machine's is often UTC).
_ZONES = {"ja": "Asia/Tokyo"}


class App(AppServers, QObject):
    """The running program: one window, one wizard, and the installations that are open."""

    def __init__(self, home: Home, *, language: str = "", state: WizardState | None = None) -> None:
        QObject.__init__(self)
        self._begin_looks(home, language)
        undisturbed.begin()
        self.collector = Collector(self)
        self._given = state
        self.panel_view: PanelView | None = None
        #: Whether what comes next has been loaded and made.
        self.prepared = False
        self._wanted = ""
        self._started = self._awake = False
        self._alone = False
        self.wizard_view: WizardView | None = None
        self.theme.changed.connect(self.rebuild)
        self.shell.leaving.connect(self._leaving)

    @cached_property
    def jobs(self) -> Jobs:  # type: ignore[override]  # (made when it is needed)
        """Work beside the window; made after the first paint, like ``flow``."""
        from ui.background.jobs import Jobs

        return Jobs()

    @cached_property
    def flow(self) -> Flow:  # type: ignore[override]  # (made when it is needed)
        """The wizard's controller."""
        from ui.wizard.controller import Flow

        flow = Flow(self.jobs, self.home, self._first_state)
        flow.suggested = suggested(self.texts.language)
        flow.language = self.texts.language
        flow.changed.connect(self._show_state)
        flow.panel.connect(self.open_panel)
        flow.field.connect(self._focus_field)
        flow.copied.connect(copy_to_clipboard)
        flow.browse.connect(self.browse)
        return flow

    @cached_property
    def _first_state(self) -> WizardState:
        from installer.views.wizard import WizardState

        return self._given or WizardState()

    def start(self, server: str = "") -> None:
        """Show the window where it was: its frame first, then the page, and the rest at the first user input,
        or at once if this computer has saved servers or a draft. *server*: the id of the known server to open
        then."""
        self._wanted = server
        place = self.preferences.window
        if place:
            self.shell.setGeometry(*place)
        if self.preferences.maximized:
            self.shell.showMaximized()
        else:
            self.shell.show()
        self.shell.stack.setFocus()  # no button lights up before there is a page
        self.shell.painted.connect(self._begin)

    def _begin(self) -> None:
        from PySide6.QtGui import QIcon

        self._started = True
        self._show_wizard(self._first_state)
        QApplication.setWindowIcon(QIcon(str(FOLDER / "app" / "icon.svg")))
        self._translate_qt()
        self.theme.look()
        self.collector.settle()
        if self._wanted or self.home.used:
            self.wake()
            return
        from ui.background.user_activity import UserActivity

        UserActivity(self.shell.windowHandle(), self).came.connect(self.wake)

    def wake(self) -> None:
        """Load what the next pages need, and make them."""
        if not self._awake:
            self._awake = True
            self.jobs.look(load_first).over.connect(self._begin_flow)

    def _begin_flow(self) -> None:
        self.flow.welcome.begin()
        self._load_rest()
        self.collector.settle()

    def _load_rest(self) -> None:
        self.prepared = False
        self.jobs.look(load_rest(self.texts.language)).over.connect(self._prepare)

    def _prepare(self) -> None:
        """Make the next pages piece by piece while nothing else is to do."""
        self.collector.settle()
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self.open_server(wanted)
        self.prepared = self.wizard_view is None or not self.wizard_view.prepare()
        if not self.prepared:
            QTimer.singleShot(PREPARE_MS, self, self._prepare)
        elif not self._alone:
            self._alone = True
            self._connect_alone()
            self._show_tray()

    # ------------------------------------------------------------------- wizard

    def _show_wizard(self, state: WizardState) -> None:
        from ui.wizard.view import WizardView

        view = WizardView(self.ui, self.shell, state)
        view.edited.connect(self._edited)
        view.asked.connect(self._asked)
        view.after = self._open_entries()
        self.wizard_view = view
        self.shell.rail.chosen.connect(self._chosen)
        self._connect_rail()
        view.show_state(state)

    def _show_state(self, state: WizardState) -> None:
        self._known_changed(state)
        state = self.flow.state
        if self.wizard_view is not None:
            arrived = self.wizard_view.state.page is not state.page
            self.wizard_view.show_state(state)
            if arrived:
                QTimer.singleShot(0, self.collector.settle)

    def _focus_field(self, name: str) -> None:
        if self.wizard_view is not None:
            self.wizard_view.focus_field(name)

    def _edited(self, change: intents.Edit) -> None:
        self.wake()  # an edit without key or pointer events (accessibility tools)
        self.flow.edit(change)

    def _asked(self, intent: intents.Intent) -> None:
        self.wake()
        self._handlers().get(type(intent), self.flow.ask)(intent)

    def _handlers(self) -> dict[type[intents.Intent], Callable[[Any], object]]:
        """What carries out an intent beyond the wizard; the wizard's controller has all others."""
        from ui import intents

        return {
            intents.OpenServer: lambda intent: self.open_server(intent.id),
            intents.CloseServer: self._close_server,
            intents.CopyRestartCommand: self._copy_restart_command,
            intents.Stop: self._stop,
        }

    def _stop(self, intent: intents.Stop) -> None:
        from installer.views.wizard import PageId

        if self.flow.state.page is PageId.INSTALL and not self._unasked():
            from ui.window.dialogs import ask_about_stopping

            undoing = self.flow.state.undoing is not None
            stop = ask_about_stopping(self.ui, self.shell, installing=self._installing, undoing=undoing)
            if not stop or not self.flow.state.installing:
                return
        self.flow.ask(intent)

    # ----------------------------------------------------------- look and language

    def rebuild(self) -> None:
        """Rebuild all views: another language, other colours, another part of the program."""
        if QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None:
            QTimer.singleShot(REBUILD_MS, self, self.rebuild)  # a page is waiting for what is chosen there
            return
        self.ui = Ui(self.texts, self.theme)
        self._release_views()
        self.shell.build(self.ui)
        if not self._started:
            return
        shown = self._shown
        if shown is not None:
            self._show_panel(shown)
        else:
            self._show_wizard(self.flow.state)
            if self.prepared:  # else that is under way
                self._load_rest()
        if self.tray is not None:
            self.tray.speak(self.ui)

    def _speak(self, language: str) -> None:

        self.flow.suggested = suggested(language)
        self.flow.language = language
        if self._opened_any:
            self.open.language = language

    # ---------------------------------------------------------------------- end

    def _unasked(self) -> bool:
        """Whether the running work (a query, or a login to a registry) changes nothing of Dify and ends with
        this program: closing the window then needs no question and no notice."""
        busy = self.flow.state.work.busy
        return busy is not None and busy.what in ("undo_look", "registry")

    def _installing(self) -> bool:
        return self.flow.state.installing

    def _leaving(self) -> None:
        if self.tray is not None and self.tray.keeps_program:
            self._keep_place()
            self.shell.stay_open = True
            self.shell.hide()
            return
        if self.flow.state.installing and not self._unasked() and not self._may_leave():
            self.shell.stay_open = True
            return
        self.flow.drafts.flush()
        self._keep_place()

    def _may_leave(self) -> bool:
        from ui.window.dialogs import ask_about_closing
        from ui.wizard.install.words import closing_key

        key = closing_key(self.flow.state)
        return ask_about_closing(self.ui, self.shell, key, installing=self._installing)

    def close(self) -> bool:
        """End all work here; what runs on targets continues. Returns whether every thread ended."""
        self.flow.leave()
        forget_copied_secret()
        if self.tray is not None:
            self.tray.hide()
        if self._opened_any:
            self.open.close_all()
        ended = self.jobs.close()
        self.collector.stop()
        self.flow.session.close()
        return ended

    def crashed(self, kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        """For ``sys.excepthook``: an error of our own that nothing caught."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        from ui.background.jobs import internal_error
        from ui.window.dialogs import Crash

        shown = internal_error(error)
        detail = self.flow.session.redact(shown.detail)
        for made in self.open.all if self._opened_any else ():
            detail = made.session.redact(detail)
        shown = InstallError(shown.code, shown.params, detail=detail)
        if sys.__stderr__ is not None:
            sys.__stderr__.write(visible_text(shown.detail))
        Crash(self.ui, self.shell if self.shell.isVisible() else None, shown).exec()


def application(argv: Sequence[str]) -> QApplication:
    """The Qt application with the base style; text sizes follow the system."""
    QGuiApplication.setDesktopFileName("dify-installer")
    app = QApplication(list(argv))
    app.setApplicationName("dify-installer")
    app.setApplicationDisplayName("Dify Installer")
    app.setStyle("Fusion")
    return app


def suggested(language: str) -> Locale:
    """The time zone of this computer, and search that splits words of *language*, as answers for a new
    installation; nothing for languages that Dify's own values fit."""
    from PySide6.QtCore import QTimeZone

    from installer.answers.optional import Locale

    if language not in _ZONES:
        return Locale()
    here = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    named = "/" in here and not here.startswith("Etc/")
    return Locale(here if named else _ZONES[language], japanese=language == "ja")


def run_window(
    app: QApplication,
    home: Home,
    *,
    language: str = "",
    state: WizardState | None = None,
    server: str = "",
) -> int:
    """Open the window, at the known server with the id *server* if there is one, and stay until it closes;
    returns the exit code. Where a window of this person is open already, that one comes to the front."""
    import signal

    only = claim_window(home, server)
    if only is None:
        return 0
    program = App(home, language=language, state=state)
    sys.excepthook = program.crashed
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program.start(server)
    QTimer.singleShot(LISTEN_MS, program, lambda: only.listen(program.started_again))
    code = app.exec()
    only.close()
    if not program.close():
        import os

        os._exit(code)  # a thread still waits for a line; everything that matters is written
    return code


def run(argv: Sequence[str], *, language: str = "", state: WizardState | None = None) -> int:
    """The program from the beginning; see ``run_window``."""
    return run_window(application(argv), Home(), language=language, state=state)


__all__ = ["App", "Preferences", "run", "run_window"]
