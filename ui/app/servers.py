"""The program's open installations: which one is in view, and how it comes and goes."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from installer.core.errors import InstallError
from ui.app.appearance import AppLooks
from ui.background.clipboard import copy_to_clipboard
from ui.background.desktop import browse

if TYPE_CHECKING:
    from installer.appdata.known_servers import KnownServer
    from installer.views.wizard import WizardState
    from ui import intents
    from ui.app.open_servers import Opened, OpenServers
    from ui.app.tray import Tray
    from ui.background.jobs import Jobs
    from ui.panel.controller import PanelController
    from ui.panel.view import PanelView
    from ui.window.window import RailEntry
    from ui.wizard.controller import Flow
    from ui.wizard.view import WizardView

HOME = "home"


class AppServers(AppLooks):
    """Part of ``App``."""

    jobs: Jobs
    flow: Flow
    panel_view: PanelView | None
    wizard_view: WizardView | None
    #: The key of the installation in view; empty: the wizard is.
    front = ""
    tray: Tray | None = None
    _known: tuple[KnownServer, ...] = ()
    _opened_any = False
    prepared = False

    @cached_property
    def open(self) -> OpenServers:
        """The installations that are open; made when there is the first."""
        from ui.app.open_servers import OpenServers

        self._opened_any = True
        found = OpenServers(self.jobs, self.home, self.flow.keychain)
        found.language = self.texts.language
        found.release = self.flow.fresh.answers.release
        found.changed.connect(self._servers_changed)
        found.refused.connect(self._refused)
        found.left.connect(self._left)
        found.forget.connect(self._forget)
        found.settings.connect(self._change)
        found.install.connect(lambda key: self._change(key, None))
        found.copied.connect(copy_to_clipboard)
        found.browse.connect(self.browse)
        self.shell.seen.connect(self._watch)
        visible = self.shell.isVisible() and not self.shell.isMinimized()
        found.watch(visible=visible, listed=visible)
        return found

    @property
    def panel(self) -> PanelController | None:
        """The one in view."""
        shown = self._shown
        return shown.panel if shown is not None else None

    @property
    def _shown(self) -> Opened | None:
        return self.open.get(self.front) if self.front else None

    # --------------------------------------------------------------- come and go

    def open_server(self, server_id: str) -> None:
        """Show the known server's panel at once; who has to be asked for something, is asked by the
        wizard."""
        from ui.intents import OpenServer

        server = self._known_server(server_id)
        if server is None:
            return
        if server.installing_since or (server.target.host_kind.needs_login and not server.target.user):
            self.flow.ask(OpenServer(server_id))
        else:
            self.show_panel(self.open.open(server).key)

    def open_panel(self) -> None:
        """Make the window the control panel of the installation that the wizard is connected to."""
        from installer.views.wizard import effective

        if self.flow.session.host is None:
            return
        answers = effective(self.flow.state)
        self._release_views()  # the wizard is reset: do not show that
        made = self.open.adopt(self.flow.hand_over(), answers)
        self.show_panel(made.key)

    def show_panel(self, key: str) -> None:
        """Bring the installation *key* into view."""
        made = self.open.get(key)
        if made is None or (self.front == key and self.panel_view is not None):
            return
        made.by_hand = True
        self._release_views()
        self.front = key
        self.open.bring_forward(key)
        self.rebuild()

    def show_home(self) -> None:
        """The wizard, with the list of servers on its first page; what is open stays open."""
        self._release_views()
        self.front = ""
        self.open.bring_forward("")
        self.flow.welcome.look_at_known()
        self.rebuild()

    def _left(self, key: str) -> None:
        if key == self.front:
            self.show_home()

    def _refused(self, key: str, error: InstallError) -> None:
        """Login needs user input: show its page if this server is in view and no installation is running."""
        made = self.open.get(key)
        if made is None or key != self.front or self.flow.state.installing:
            return
        server_id = made.panel.state.server_id
        QTimer.singleShot(0, self.shell, lambda: self._log_in(key, server_id))

    def _log_in(self, key: str, server_id: str) -> None:
        from ui.intents import OpenServer

        if self.open.get(key) is not None and key == self.front:
            self.show_home()
            self.open.close(key)
            self.flow.ask(OpenServer(server_id))

    def _change(self, key: str, field: str | None) -> None:
        """The wizard again, over the same connection: for one of the installation's settings; with None for a
        new installation."""
        from installer.views.wizard import method_of

        made = self.open.get(key)
        if made is None:
            return
        if self.flow.state.installing:
            self.show_home()  # the wizard is at work for another installation: there it is
            return
        answers, server_id = made.panel.state.answers, made.panel.state.server_id
        login = next((s.login for s in self.flow.servers.all() if s.id == server_id), "")
        self._release_views()
        self.front = ""
        session = self.open.give(key)
        if session is not None:
            self.flow.change(field, session, answers, method_of(login))
        self.rebuild()

    def _forget(self, server_id: str) -> None:
        from ui.intents import ForgetServer

        for made in self.open.all:
            if made.panel.state.server_id == server_id:
                self.open.close(made.key)
        if self.front and self._shown is None:
            self.show_home()
        self.flow.ask(ForgetServer(server_id))

    # -------------------------------------------------------------------- the view

    def _show_panel(self, made: Opened) -> None:
        from ui.panel.view import PanelView, connect

        made.hold_log(False)
        view = PanelView(self.ui, self.shell, made.panel.state, made.log)
        self.panel_view = view
        made.log = view.log
        view.before, view.after = self._home_entry(), self._open_entries()
        connect(view, made.panel)
        self.shell.rail.chosen.connect(self._chosen)
        self._connect_rail()

    def _release_views(self) -> None:
        if self.wizard_view is not None:
            self.wizard_view.release()
        self.wizard_view = None
        self._release_panel_view()

    def _release_panel_view(self) -> None:
        made = self._shown
        if self.panel_view is not None and made is not None:
            from ui.panel.view import release

            release(self.panel_view, made.panel)
            made.hold_log(True)
        elif self.panel_view is not None:  # its installation is closed already
            self.panel_view.stop()
        self.panel_view = None

    def _chosen(self, key: str) -> None:
        """An entry of the rail was chosen: another installation, or the list of all."""
        if key == HOME:
            self.show_home()
        elif key.startswith("server:"):
            self.show_panel(key)

    def _home_entry(self) -> tuple[RailEntry, ...]:
        from ui.window.window import RailEntry

        return (RailEntry(HOME, self.ui.t("shell.home"), icon="arrow-left"),)

    def _open_entries(self) -> tuple[RailEntry, ...]:
        """The others that a person opened."""
        if not self._opened_any:
            return ()
        from ui.window.server_words import rail_entry

        return tuple(
            rail_entry(self.ui, made.key, made.panel.state, self.open.newest)
            for made in self.open.by_hand
            if made.key != self.front
        )

    # ------------------------------------------------------------------ what is said

    def _servers_changed(self) -> None:
        self._show_servers()
        self._show_open()
        if self.tray is not None:
            self.tray.show_servers()
        elif self.prepared:
            self._show_tray()

    def _show_open(self) -> None:
        """In the rail, whichever view is there."""
        entries = self._open_entries()
        panel, wizard = self.panel_view, self.wizard_view
        if panel is not None and panel.after != entries:
            panel.after = entries
            panel.show_state(panel.state)
        if wizard is not None and wizard.after != entries:
            wizard.after = entries
            wizard.show_state(wizard.state)

    def _show_servers(self) -> None:
        """On the list of servers."""
        if not self._opened_any:
            return
        servers = self.open.now(self.flow.state.welcome.known)
        if servers != self.flow.state.welcome.now:
            self.flow.welcome.set(now=servers)

    def _known_changed(self, state: WizardState) -> None:
        if state.welcome.known is not self._known:
            self._known = state.welcome.known
            if self._opened_any:
                self.open.learn_names(state.welcome.known)
            self._show_servers()

    def _connect_alone(self) -> None:
        """What needs no person is connected once nothing else is to do, and the newest release looked up."""
        known = self.flow.state.welcome.known
        if not known:
            return
        if self.preferences.connect_at_start:
            self.open.connect_alone(known)
        from ui.panel.work import newest_release

        job = self.jobs.glance(newest_release(self.home, self.flow.fresh.answers))
        job.done.connect(lambda newest: self.open.learn_newest(newest.version) if newest else None)

    def _known_server(self, server_id: str) -> KnownServer | None:
        return self.flow.state.welcome.server(server_id)

    def _close_server(self, intent: intents.CloseServer) -> None:
        from installer.appdata.known_servers import place

        server = self._known_server(intent.id)
        made = self.open.at(place(server.target)) if server is not None else None
        if made is not None:
            self.open.close(made.key)

    def _copy_restart_command(self, intent: intents.CopyRestartCommand) -> None:
        from installer.operations.known_login import call_name, here_names, restart_command

        server = self._known_server(intent.id)
        if server is not None:
            name = call_name(server, self.flow.state.welcome.known, here_names(self.texts))
            copy_to_clipboard(restart_command(server, name), False)

    # --------------------------------------------------------------------- browser

    def browse(self, url: str) -> None:
        """Open *url* in the browser; where there is none, the address is shown and can be copied."""
        if browse(url):
            return
        from ui.window.dialogs import show_address

        if show_address(self.ui, self.shell, url):
            copy_to_clipboard(url, False)

    # ------------------------------------------------------------------------ tray

    def _show_tray(self) -> None:
        """Once, where the desktop has one and there is something to say in it."""
        if self.tray is not None or not (self._opened_any and self.open.all):
            return
        from ui.app.tray import Tray, tray_there

        if not tray_there():
            return
        tray = self.tray = Tray(self.ui, self.open, keeps=self.preferences.keep_in_tray)
        tray.window.connect(self.to_front)
        tray.server.connect(self._server_to_front)
        tray.restart.connect(self._ask_restart)
        tray.keep.connect(self._keep_in_tray)
        tray.quit.connect(self._quit)
        self._watch()

    def to_front(self) -> None:
        """Show the window before all others."""
        self.shell.show()
        self.shell.setWindowState(self.shell.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
        self.shell.raise_()
        self.shell.activateWindow()

    def started_again(self, server: str) -> None:
        """The program was started once more, to show the known server with the id *server* (or any)."""
        self.to_front()
        if server:
            self.open_server(server)

    def _server_to_front(self, key: str) -> None:
        self.to_front()
        self.show_panel(key)

    def _ask_restart(self, key: str) -> None:
        """The question is in the window, where it can be answered."""
        from ui.panel.intents import ShowSection
        from ui.panel.overview.section import OverviewSection

        self._server_to_front(key)
        if self.panel is not None and self.panel_view is not None:
            self.panel.ask(ShowSection("overview"))
            shown = self.panel_view.current
            if isinstance(shown, OverviewSection):
                # after the section has come up and has given the focus to its first control
                QTimer.singleShot(0, shown, shown.notices.ask_restart)

    def _keep_in_tray(self, keep: bool) -> None:
        self.preferences = replace(self.preferences, keep_in_tray=keep)
        self._save()

    def _quit(self) -> None:
        """As closing the window, even if set to stay in the tray; asks as usual during an installation."""
        tray, self.tray = self.tray, None
        hidden = not self.shell.isVisible()
        if hidden:
            self.shell.show()
        if self.shell.close():
            if tray is not None:
                tray.hide()
            QApplication.quit()
        else:
            self.tray = tray

    def _watch(self) -> None:
        """Whose state is seen somewhere."""
        if self._opened_any:
            visible = self.shell.isVisible() and not self.shell.isMinimized()
            self.open.watch(visible=visible, listed=visible or self.tray is not None)
