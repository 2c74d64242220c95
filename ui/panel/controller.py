"""The control panel's controller: holds its one state, carries out intents, and looks after the containers.

Runs in the GUI thread only; everything that may wait is a job.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from installer.answers import Answers
from installer.appdata.known_servers import place
from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.operations.shell_command import shell_command
from installer.views.panel import LogState, Outside, PanelState
from ui import intents as i
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.panel import intents as pi
from ui.panel import work
from ui.panel.containers.actions import ServiceActions
from ui.panel.containers.usage_watch import UsageWatch
from ui.panel.history.controller import Past
from ui.panel.https.controller import Encryption
from ui.panel.logs.controller import LogDesk
from ui.panel.overview.controller import General
from ui.panel.overview.reachability import Reachability
from ui.panel.space.controller import SpaceDesk
from ui.panel.terminal.controller import TerminalDesk
from ui.panel.watch import StatusWatch

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.operations.status import Status

#: Seconds between looks, if the Engine tells no events: where containers are in view, while an action goes
#: on, and beside a log.
LOOK, LOOK_ACTING, LOOK_LOGS = 2.0, 1.0, 5.0
#: Sections in which no container is seen.
_STILL = ("space", "certificate", "history", "server")


class PanelController(QObject):
    """``begin`` starts it, ``ask`` takes intents, ``show_window`` whether it is visible.

    ``changed`` gives each new state; what ``logs`` tells is for the log's model. ``left``: the connection was
    given up; ``retrying``: a person wants it to be tried again. ``forget``: the known server's id.
    ``settings``: the field to be changed there; ``install``: a new installation there. ``copied`` and
    ``browse`` are for the desktop.
    """

    changed = Signal(object)
    left = Signal()
    retrying = Signal()
    forget = Signal(str)
    settings = Signal(str)
    install = Signal()
    copied = Signal(str, bool)
    browse = Signal(str)

    def __init__(self, jobs: Jobs, home: Home, session: Session, answers: Answers) -> None:
        super().__init__()
        assert session.host is not None, "the panel is opened with a connection"  # noqa: S101
        self.jobs, self.home, self.session = jobs, home, session
        self._host = session.host
        tunnel = session.forward.url if session.forward else ""
        self.state = PanelState(answers, home=str(home.folder), outside=Outside(tunnel=tunnel))
        self._watch = StatusWatch(jobs, self._host, answers)
        self._watch.seen.connect(self._seen)
        self._watch.failed.connect(self._lost)
        self._usage = UsageWatch(jobs, self._host)
        self._usage.changed.connect(lambda usage: self.set(replace(self.state, usage=usage)))
        self.logs = LogDesk(self)
        self.terminal = TerminalDesk(self)
        self._visible, self._closed, self._remembered = True, False, False
        self._behind = 0.0
        #: Changes of this installation come one after the other.
        self.lane = str(place(answers.target))
        #: What words for others (a report) are written in.
        self.language: Callable[[], str] = lambda: "en"
        self._actions = ServiceActions(self)
        self._reachability = Reachability(self)
        self._encryption = Encryption(self)
        self._general = General(self)
        self._space = SpaceDesk(self)
        self._past = Past(self, lambda: self.language())  # noqa: PLW0108  (it may be another one later)
        self.handlers = self._handlers()

    @property
    def host(self) -> Host:
        """The machine."""
        return self._host

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def begin(self) -> None:
        """Look for the first time."""
        self.set(replace(self.state, since=time.time()))
        job = self.jobs.look(work.known(self.home, self.state.answers))
        job.done.connect(self._known)
        self._pace()

    def set(self, state: PanelState) -> None:
        """Show *state*."""
        if state != self.state and not self._closed:
            self.state = state
            self.changed.emit(state)

    def ask(self, intent: i.Intent) -> None:
        """Carry out *intent*."""
        handler = self.handlers.get(type(intent))
        if handler is not None and not self._closed:
            handler(intent)

    def show_window(self, visible: bool) -> None:
        """Whether the window is visible: what is not shown is not queried."""
        if visible != self._visible:
            self._visible = visible
            self._pace()

    def look_behind(self, seconds: float) -> None:
        """While the panel is not in view, look every *seconds* (0: not at all): others show its state."""
        if seconds != self._behind:
            self._behind = seconds
            self._pace()

    def close(self) -> None:
        """Everything here ends; what runs on the target continues. The connection stays open."""
        if self._closed:
            return
        self.logs.close()
        self.terminal.close()
        self._past.close()
        self._general.close()
        self._space.close()
        self._encryption.close()
        self._watch.stop()
        self._usage.run(False)
        self._actions.close()
        self._closed = True

    # ---------------------------------------------------------------- looking

    def _pace(self) -> None:
        section = self.state.section
        seconds = LOOK_ACTING if self.state.acting else LOOK_LOGS if section == "logs" else LOOK
        seen = self._visible and (section not in _STILL or bool(self.state.acting or self.state.lost))
        # logs are read in the background, too: their containers may be recreated meanwhile
        rest = 0.0 if self._visible else self._behind
        self._watch.every(seconds if seen or section == "logs" else rest)
        self._usage.run(self._visible and section == "containers" and self.state.lost is None)
        self._general.follow(seen=self._visible and section == "overview")

    def _seen(self, status: Status) -> None:
        self.set(replace(self.state, status=status, seen_at=time.time(), lost=None, lost_since=0.0))
        self.logs.check(status.containers)
        self._usage.check(status.containers)
        self._pace()
        if not self._remembered and status.state != "absent":
            self._remembered = True
            job = self.jobs.look(work.remember(self.home, self.state.answers, status))
            job.done.connect(self._known)

    def _lost(self, error: InstallError) -> None:
        since = self.state.lost_since if self.state.lost else time.time()
        self.set(replace(self.state, lost=error, lost_since=since))
        self._pace()

    def _known(self, found: work.Known) -> None:
        state = self.state
        self.set(
            replace(
                state,
                name=found.name or state.name,
                server_id=found.id or state.server_id,
                fingerprint=found.fingerprint or state.fingerprint,
            )
        )

    def _retry(self, _: i.Retry) -> None:
        self.retrying.emit()
        self._watch.retry()

    def look_now(self) -> None:
        """See how the containers are, whether or not their section is visible."""
        job = self.jobs.look(work.status(self._host, self.state.answers))
        job.done.connect(self._seen)

    def act_began(self) -> None:
        """Containers are being changed: look more often."""
        self._pace()

    def act_ended(self, *, succeeded: bool) -> None:
        """Look at what became of the containers."""
        if succeeded and self.state.section == "space":
            self._space.look()
        self._pace()
        self._watch.look()

    # --------------------------------------------------------------- sections

    def _show_section(self, intent: pi.ShowSection) -> None:
        self.set(replace(self.state, section=intent.section))
        if intent.section == "logs":
            self.follow((intent.service,) if intent.service else ())
        else:
            self.logs.leave()
        if intent.section == "history" and self.state.support.phase in ("empty", "failed"):
            self._past.show(i.ShowHistory())
        if intent.section == "certificate":
            self._encryption.look()
        if intent.section == "space":
            self._space.look()
        self._pace()
        self._watch.look()

    def follow(self, services: tuple[str, ...]) -> None:
        """Show the logs of *services* (none = all)."""
        status = self.state.status
        self.logs.follow(services, None if status is None or self.state.lost else status.containers)

    def log_changed(self, log: LogState) -> None:
        """How following goes."""
        broke = log.phase == "waiting" and self.state.log.phase != "waiting"
        self.set(replace(self.state, log=log))
        if broke:
            self._watch.look()

    def _show_logs(self, intent: pi.ShowLogs) -> None:
        self.set(replace(self.state, section="logs"))
        self.follow(intent.services)
        self._pace()
        self._watch.look()

    def _show_log_line(self, intent: pi.ShowLogLine) -> None:
        self._show_section(pi.ShowSection("logs", intent.service))
        self.logs.show_line(intent)

    def _open_shell(self, intent: pi.OpenShell) -> None:
        self._show_section(pi.ShowSection("terminal"))
        self.terminal.open(intent.service)

    # ----------------------------------------------------------------- intents

    def _remove_dify(self, intent: pi.RemoveDify) -> None:
        self.terminal.end()
        self._space.remove(intent)

    def _run_action(self, intent: pi.RunAction) -> None:
        if not self._space.removing:
            self._actions.run(intent)

    def _stop(self, _: i.Stop) -> None:
        if not self._space.stop():
            self._actions.cancel()

    def _copy_shell_command(self, intent: pi.CopyShellCommand) -> None:
        containers = self.state.status.containers if self.state.status else ()
        found = next((c for c in containers if c.service == intent.service), None)
        if found is not None:
            sudo = self.session.rights.startswith("sudo")
            self.copied.emit(shell_command(self.state.answers, found.name, sudo=sudo), False)

    def look_at_certificate(self) -> None:
        """See how Dify is encrypted now."""
        self._encryption.look()

    def _disconnect(self, _: pi.Disconnect) -> None:
        self.close()
        self.session.close()
        self.left.emit()

    def _handlers(self) -> dict[type[i.Intent], Callable[[Any], object]]:
        """What carries out each intent; others are ignored."""
        return {
            i.Retry: self._retry,
            i.Stop: self._stop,
            i.CopyText: lambda intent: self.copied.emit(intent.text, intent.secret),
            i.OpenUrl: lambda intent: self.browse.emit(intent.url),
            i.OpenThroughSsh: lambda _: self._reachability.open_through_ssh(),
            i.ForgetServer: lambda intent: self.forget.emit(intent.id),
            i.ShowHistory: self._past.show,
            i.SaveReport: self._past.save,
            pi.ShowSection: self._show_section,
            pi.ChangeSettings: lambda intent: self.settings.emit(intent.field),
            pi.InstallHere: lambda _: self.install.emit(),
            pi.Disconnect: self._disconnect,
            pi.RefreshOverview: lambda _: self._general.look(),
            pi.CheckReachability: lambda _: self._reachability.look(),
            pi.RunAction: self._run_action,
            pi.ScaleService: self._actions.scale,
            pi.CloseDebugPort: lambda _: self._actions.close_debug_port(),
            pi.WatchUsage: lambda intent: self._usage.want(intent.services),
            pi.CopyShellCommand: self._copy_shell_command,
            pi.ShowLogs: self._show_logs,
            pi.ShowLogLine: self._show_log_line,
            pi.StopSearching: lambda _: self.logs.stop_seeking(),
            pi.SearchLog: self.logs.search,
            pi.LoadOlderLines: lambda _: self.logs.older(),
            pi.SaveLog: self.logs.save,
            pi.OpenShell: self._open_shell,
            pi.CloseShell: lambda _: self.terminal.end(),
            pi.MeasureSpace: lambda _: self._space.look(),
            pi.RemoveImages: self._space.clean,
            pi.ShowRemoval: lambda _: self._space.ask_removal(),
            pi.DismissRemoval: lambda _: self._space.drop_removal(),
            pi.RemoveDify: self._remove_dify,
            pi.RefreshCertificate: lambda _: self._encryption.look(),
            pi.RenewCertificate: lambda _: self._encryption.renew(),
            pi.StopRenewal: lambda _: self._encryption.stop(),
        }
