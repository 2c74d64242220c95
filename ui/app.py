"""The program with a window: builds and owns every long-lived object, and passes them on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from installer.errors import InstallError
from installer.home import Home
from installer.preferences import Preferences, load_preferences, save_preferences
from installer.resources import FOLDER
from installer.texts import LANGUAGES, Texts, pick_language
from installer.wizard import PageId, WizardState, effective
from ui import intents
from ui.context import Ui
from ui.desktop import browse, copy_to_clipboard, forget_copied_secret, load_first, load_rest
from ui.garbage import Collector
from ui.pick import pick
from ui.shell import Shell
from ui.suggested import suggested
from ui.theme import Choice, Theme
from ui.wizard_view import WizardView

if TYPE_CHECKING:
    from types import TracebackType

    from PySide6.QtCore import QTranslator

    from ui.flow import Flow
    from ui.jobs import Jobs
    from ui.panel.controller import PanelController
    from ui.panel.log_model import LogModel
    from ui.panel.view import PanelView

_THEMES: tuple[Choice, ...] = ("system", "light", "dark")
_LANGUAGE_NAMES = {"en": "English", "ja": "日本語"}
#: Between two pieces of pages that are made ahead, in milliseconds.
PREPARE_MS = 40
#: Between two looks whether a dialog is still open, in milliseconds.
REBUILD_MS = 300
#: A thread that works gives way to the window after this time; Python's own 5 ms add up, as every paint and
#: layout that calls into Python waits anew.
SWITCH_SECONDS = 0.00005


class App(QObject):
    """The running program: one window, one wizard, one control panel."""

    def __init__(self, home: Home, *, language: str = "", state: WizardState | None = None) -> None:
        super().__init__()
        self.home = home
        sys.setswitchinterval(SWITCH_SECONDS)
        self.collector = Collector(self)
        self.preferences = load_preferences(home)
        self.theme = Theme(self.preferences.theme)
        self.texts = Texts(pick_language(language or self.preferences.language))
        self.theme.use_language(self.texts.language)
        self.theme.apply()
        self.ui = Ui(self.texts, self.theme)
        self.shell = Shell(self.ui)
        self._state = state or WizardState()
        self.panel: PanelController | None = None
        self.panel_view: PanelView | None = None
        self._log: LogModel | None = None
        #: Whether what comes next has been loaded and made.
        self.prepared = False
        self._wanted = ""
        self._translator: QTranslator | None = None
        self.wizard_view: WizardView | None = None
        self.theme.changed.connect(self.rebuild)
        self.shell.leaving.connect(self._leaving)
        self._show_wizard(self._state)

    @cached_property
    def jobs(self) -> Jobs:
        """Work beside the window; made after the first paint, like ``flow``."""
        from ui.jobs import Jobs

        return Jobs()

    @cached_property
    def flow(self) -> Flow:
        """The wizard's controller."""
        from ui.flow import Flow

        flow = Flow(self.jobs, self.home, self._state)
        flow.suggested = suggested(self.texts.language)
        flow.language = self.texts.language
        flow.changed.connect(self._show_state)
        flow.panel.connect(self.open_panel)
        flow.field.connect(self._focus_field)
        flow.copied.connect(copy_to_clipboard)
        flow.browse.connect(browse)
        return flow

    def start(self, server: str = "") -> None:
        """Show the window where it was; the rest comes after the first paint. *server*: the id of the known
        server to be opened then."""
        self._wanted = server
        place = self.preferences.window
        if place:
            self.shell.setGeometry(*place)
        if self.preferences.maximized:
            self.shell.showMaximized()
        else:
            self.shell.show()
        self.shell.painted.connect(self._begin)

    def _begin(self) -> None:
        from PySide6.QtGui import QIcon

        QApplication.setWindowIcon(QIcon(str(FOLDER / "app" / "icon.svg")))
        self._translate_qt()
        self.jobs.look(load_first).over.connect(self._begin_flow)

    def _begin_flow(self) -> None:
        self.flow.begin()
        if self._wanted:
            self.flow.ask(intents.OpenServer(self._wanted))
        self._load_rest()
        self.collector.settle()

    def _load_rest(self) -> None:
        self.prepared = False
        self.jobs.look(load_rest(self.texts.language)).over.connect(self._prepare)

    def _prepare(self) -> None:
        """Make the next pages piece by piece while nothing else is to do."""
        self.collector.settle()
        self.prepared = self.wizard_view is None or not self.wizard_view.prepare()
        if not self.prepared:
            QTimer.singleShot(PREPARE_MS, self, self._prepare)

    # ------------------------------------------------------------------- wizard

    def _show_wizard(self, state: WizardState) -> None:
        view = WizardView(self.ui, self.shell, state)
        view.edited.connect(lambda change: self.flow.edit(change))  # noqa: PLW0108  (makes the flow when needed)
        view.asked.connect(self._asked)
        self.wizard_view = view
        self._connect_rail()
        view.show_state(state)

    def _connect_rail(self) -> None:
        self.shell.rail.language.connect(self._language_menu)
        self.shell.rail.theme.connect(self._theme_menu)
        self.shell.rail.about.connect(self._about)

    def _show_state(self, state: WizardState) -> None:
        if self.wizard_view is not None:
            arrived = self.wizard_view.state.page is not state.page
            self.wizard_view.show_state(state)
            if arrived:
                QTimer.singleShot(0, self.collector.settle)

    def _focus_field(self, name: str) -> None:
        if self.wizard_view is not None:
            self.wizard_view.focus_field(name)

    def _asked(self, intent: intents.Intent) -> None:
        if isinstance(intent, intents.Stop) and self.flow.state.page is PageId.INSTALL:
            from ui.dialogs import ask_about_stopping

            if self._mere_look():
                self.flow.ask(intent)
                return
            undoing = self.flow.state.undoing is not None
            stop = ask_about_stopping(self.ui, self.shell, installing=self._installing, undoing=undoing)
            if not stop or not self.flow.state.installing:
                return
        self.flow.ask(intent)

    # -------------------------------------------------------------------- panel

    def open_panel(self) -> None:
        """Make the window the control panel of the installation that is connected."""
        from ui.panel.controller import PanelController

        if self.flow.session.host is None:
            return
        answers = effective(self.flow.state)
        self.panel = PanelController(self.jobs, self.home, self.flow.session, answers)
        self.panel.language = lambda: self.texts.language
        self.panel.left.connect(self.close_panel)
        self.panel.forget.connect(self._forget)
        self.panel.settings.connect(self._change)
        self.panel.copied.connect(copy_to_clipboard)
        self.panel.browse.connect(browse)
        self._log = None
        self.rebuild()
        QTimer.singleShot(0, self.panel, self.panel.begin)

    def _show_panel(self) -> None:
        from ui.panel.view import PanelView, connect

        assert self.panel is not None  # noqa: S101
        self.panel_view = PanelView(self.ui, self.shell, self.panel.state, self._log)
        self._log = self.panel_view.log
        connect(self.panel_view, self.panel)
        self._connect_rail()

    def _release_views(self) -> None:
        if self.wizard_view is not None:
            self.wizard_view.release()
        self._release_panel_view()

    def _release_panel_view(self) -> None:
        if self.panel_view is not None and self.panel is not None:
            from ui.panel.view import release

            release(self.panel_view, self.panel)
        self.panel_view = None

    def close_panel(self) -> None:
        """Back to Welcome; Dify goes on."""
        self._end_panel()
        self.flow.restart()
        self.rebuild()

    def _change(self, field: str) -> None:
        """The wizard again, over the same connection, for one of the installation's settings."""
        self._end_panel()
        self.flow.change(field)
        self.rebuild()

    def _end_panel(self) -> None:
        self._release_panel_view()
        if self.panel is not None:
            self.panel.close()
        self.panel = None

    def _forget(self, server_id: str) -> None:
        self.close_panel()
        self.flow.ask(intents.ForgetServer(server_id))

    # ----------------------------------------------------------- look and language

    def rebuild(self) -> None:
        """Make everything that is seen anew: another language, other colours, another part of the program."""
        if QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None:
            QTimer.singleShot(REBUILD_MS, self, self.rebuild)  # a page is waiting for what is chosen there
            return
        self.ui = Ui(self.texts, self.theme)
        self._release_views()
        self.wizard_view = self.panel_view = None
        self.shell.build(self.ui)
        if self.panel is not None:
            self._show_panel()
        else:
            self._show_wizard(self.flow.state)
            if self.prepared:  # else that is under way
                self._load_rest()

    def use_language(self, language: str) -> None:
        """Speak *language* from now on."""
        if language != self.texts.language:
            self.texts = Texts(language)
            self.theme.use_language(language)
            self.theme.apply()
            self._translate_qt()
            self.preferences = replace(self.preferences, language=language)
            self.flow.suggested = suggested(language)
            self.flow.language = language
            self.rebuild()
            self._save()

    def _translate_qt(self) -> None:
        """Qt's own words (file dialogs, menus of text fields)."""
        from PySide6.QtCore import QLibraryInfo, QTranslator

        if self._translator is not None:
            QApplication.removeTranslator(self._translator)
        self._translator = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self.texts.language != "en" and self._translator.load(f"qtbase_{self.texts.language}", folder):
            QApplication.installTranslator(self._translator)

    def use_theme(self, theme: Choice) -> None:
        """Use the colours *theme* from now on."""
        self.preferences = replace(self.preferences, theme=theme)
        self.theme.choose(theme)
        self._save()

    def _language_menu(self) -> None:
        names = [(key, _LANGUAGE_NAMES[key], key == self.texts.language) for key in LANGUAGES]
        chosen = pick(self.shell, self.shell.rail.language_button, names)
        if chosen:
            self.use_language(chosen)

    def _theme_menu(self) -> None:
        names = [(key, self.ui.t(f"shell.theme_{key}"), key == self.theme.choice) for key in _THEMES]
        chosen = pick(self.shell, self.shell.rail.theme_button, names)
        for theme in _THEMES:
            if theme == chosen:
                self.use_theme(theme)

    def _about(self) -> None:
        from ui.dialogs import About

        about = About(self.ui, self.shell)
        about.exec()
        about.deleteLater()

    # ---------------------------------------------------------------------- end

    def _mere_look(self) -> bool:
        """What goes on changes nothing: nobody needs to be asked before it ends."""
        busy = self.flow.state.busy
        return busy is not None and busy.what == "undo_look"

    def _installing(self) -> bool:
        return self.flow.state.installing

    def _leaving(self) -> None:
        if self.panel is None and self.flow.state.installing and not self._mere_look():
            from ui.dialogs import ask_about_closing

            local, undoing = (
                self.flow.state.answers.target.kind == "local",
                self.flow.state.undoing is not None,
            )
            if not ask_about_closing(
                self.ui, self.shell, local=local, installing=self._installing, undoing=undoing
            ):
                self.shell.stay_open = True
                return
        self.flow.flush()
        g = self.shell.normalGeometry()
        self.preferences = replace(
            self.preferences,
            window=(g.x(), g.y(), g.width(), g.height()),
            maximized=self.shell.isMaximized(),
        )
        self._save()

    def _save(self) -> None:
        with suppress(InstallError):  # looks are not worth a word when the disk is full
            save_preferences(self.home, self.preferences)

    def close(self) -> bool:
        """End all work here; what runs on targets goes on. Returns whether every thread ended."""
        self.flow.leave()
        forget_copied_secret()
        if self.panel is not None:
            self.panel.close()
        ended = self.jobs.close()
        self.collector.stop()
        self.flow.session.close()
        return ended

    def crashed(self, kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        """For ``sys.excepthook``: an error of our own that nothing caught."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        from ui.dialogs import Crash
        from ui.jobs import internal_error

        shown = internal_error(error)
        shown = InstallError(shown.code, shown.params, detail=self.flow.session.redact(shown.detail))
        if sys.__stderr__ is not None:
            sys.__stderr__.write(shown.detail)
        Crash(self.ui, self.shell if self.shell.isVisible() else None, shown).exec()


def application(argv: Sequence[str]) -> QApplication:
    """The Qt application with the base style; text sizes follow the system."""
    QGuiApplication.setDesktopFileName("dify-installer")
    app = QApplication(list(argv))
    app.setApplicationName("dify-installer")
    app.setApplicationDisplayName("Dify Installer")
    app.setStyle("Fusion")
    return app


def run_window(
    app: QApplication,
    home: Home,
    *,
    language: str = "",
    state: WizardState | None = None,
    server: str = "",
) -> int:
    """Open the window, at the known server with the id *server* if there is one, and stay until it closes;
    returns the exit code."""
    import signal

    program = App(home, language=language, state=state)
    sys.excepthook = program.crashed
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    program.start(server)
    code = app.exec()
    if not program.close():
        import os

        os._exit(code)  # a thread still waits for a line; everything that matters is written
    return code


def run(argv: Sequence[str], *, language: str = "", state: WizardState | None = None) -> int:
    """The program from the beginning; see ``run_window``."""
    return run_window(application(argv), Home(), language=language, state=state)


__all__ = ["App", "Preferences", "run", "run_window"]
