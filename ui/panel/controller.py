"""The control panel's controller: holds its one state, carries out intents, and looks after the containers.

Runs in the GUI thread only; everything that may wait is a job.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from installer.answers import Answers
from installer.appdata.known_servers import place
from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.state.history import ANY_TIME, Times
from installer.views.panel import ALL, Acting, Doing, LogState, Outside, PanelState, run_mark
from ui import intents as i
from ui.background.jobs import Job, Jobs, Work
from ui.connection.session import Session
from ui.panel import intents as pi
from ui.panel import work
from ui.panel.containers.usage_watch import UsageWatch
from ui.panel.history.controller import Past
from ui.panel.https.controller import Encryption
from ui.panel.logs.controller import LogDesk
from ui.panel.overview.controller import General
from ui.panel.space.controller import SpaceDesk
from ui.panel.terminal.controller import TerminalDesk
from ui.panel.watch import StatusWatch

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.network.forward import Forward
    from installer.operations.status import Status

#: Seconds between looks, if the Engine tells no events: where containers are in view, while an action goes
#: on, and beside a log.
LOOK, LOOK_ACTING, LOOK_LOGS = 2.0, 1.0, 5.0
#: So long "back after 14 s" stands there.
BACK_SECONDS = 30.0
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
        self._action: Job | None = None
        #: What words for others (a report) are written in.
        self.language: Callable[[], str] = lambda: "en"
        self._encryption = Encryption(self)
        self._general = General(self)
        self._space = SpaceDesk(self)
        self._past = Past(self, lambda: self.language())  # noqa: PLW0108  (it may be another one later)

    @property
    def host(self) -> Host:
        """The machine."""
        return self._host

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
        handler = getattr(self, f"_on_{type(intent).__name__.lower()}", None)
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
        if self._action is not None:
            self._action.leave()
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

    def _on_retry(self, intent: i.Retry) -> None:
        self.retrying.emit()
        self._watch.retry()

    def _on_watchusage(self, intent: pi.WatchUsage) -> None:
        self._usage.want(intent.services)

    # ------------------------------------------------------------------- logs

    def _on_showsection(self, intent: pi.ShowSection) -> None:
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

    def _on_showlogs(self, intent: pi.ShowLogs) -> None:
        self.set(replace(self.state, section="logs"))
        self.follow(intent.services)
        self._pace()
        self._watch.look()

    def _on_showlogline(self, intent: pi.ShowLogLine) -> None:
        self._on_showsection(pi.ShowSection("logs", intent.service))
        self.logs.show_line(intent)

    def _on_stopsearching(self, _: pi.StopSearching) -> None:
        self.logs.stop_seeking()

    def _on_searchlog(self, intent: pi.SearchLog) -> None:
        self.logs.search(intent)

    def _on_loadolderlines(self, _: pi.LoadOlderLines) -> None:
        self.logs.older()

    def _on_savelog(self, intent: pi.SaveLog) -> None:
        self.logs.save(intent)

    # ------------------------------------------------------- room and removing

    def _on_measurespace(self, _: pi.MeasureSpace) -> None:
        self._space.look()

    def _on_removeimages(self, intent: pi.RemoveImages) -> None:
        self._space.clean(intent)

    def _on_showremoval(self, _: pi.ShowRemoval) -> None:
        self._space.ask_removal()

    def _on_dismissremoval(self, _: pi.DismissRemoval) -> None:
        self._space.drop_removal()

    def _on_removedify(self, intent: pi.RemoveDify) -> None:
        self.terminal.end()
        self._space.remove(intent)

    def look_now(self) -> None:
        """See how the containers are, whether or not their section is visible."""
        job = self.jobs.look(work.status(self._host, self.state.answers))
        job.done.connect(self._seen)

    # --------------------------------------------------------------- terminal

    def _on_openshell(self, intent: pi.OpenShell) -> None:
        self._on_showsection(pi.ShowSection("terminal"))
        self.terminal.open(intent.service)

    def _on_closeshell(self, _: pi.CloseShell) -> None:
        self.terminal.end()

    # ------------------------------------------------------------------- past

    def _on_showhistory(self, intent: i.ShowHistory) -> None:
        self._past.show(intent)

    def _on_savereport(self, intent: i.SaveReport) -> None:
        self._past.save(intent)

    # ---------------------------------------------------------------- actions

    def _on_runaction(self, intent: pi.RunAction) -> None:
        if self._action is not None or self._space.removing:
            return
        job = work.act(self._host, self.home, self.state.answers, intent, self.session.redact)
        self._begin(intent.action, intent.services or (ALL,), job)

    def _on_scaleservice(self, intent: pi.ScaleService) -> None:
        if self._action is None:
            job = work.scale(self._host, self.home, self.state.answers, intent, self.session.redact)
            self._begin("scale", (intent.service,), job)

    def _on_closedebugport(self, _: pi.CloseDebugPort) -> None:
        if self._action is None:
            job = work.close_debugging(self._host, self.home, self.state.answers, self.session.redact)
            self._begin("recreate", ("plugin_daemon",), job)

    def _begin(self, action: Doing, keys: tuple[str, ...], work_: Work) -> None:
        status = self.state.status
        before = {c.service: run_mark(c) for c in (status.containers if status else ())}
        acting = Acting(action, time.time(), before)
        state = replace(self.state, acting=dict.fromkeys(keys, acting), back={}, action_error=None)
        state = replace(state, outside=replace(state.outside, found=None, error=None))  # it was of before
        self.set(replace(state, cancelling=False))
        self._action = job = self.jobs.change(work_, self.lane)
        job.done.connect(lambda _: self._acted(acting, keys))
        job.failed.connect(lambda error: self._act_failed(error, acting.since))
        job.cancelled.connect(lambda: self._act_failed(None))
        self._pace()

    def _acted(self, acting: Acting, keys: tuple[str, ...]) -> None:
        self._action = None
        took = time.time() - acting.since
        back = dict.fromkeys(keys, took) if acting.action not in ("stop", "scale") else {}
        self.set(replace(self.state, acting={}, back=back, cancelling=False))
        if self.state.section == "space":
            self._space.look()
        QTimer.singleShot(round(BACK_SECONDS * 1000), self, lambda: self._forget_back(back))
        self._look_after_action()

    def _act_failed(self, error: InstallError | None, since: float = 0.0) -> None:
        self._action = None
        times = Times(since, time.time()) if since else ANY_TIME
        state = replace(self.state, acting={}, action_error=error, action_times=times)
        self.set(replace(state, cancelling=False))
        self._look_after_action()

    def _look_after_action(self) -> None:
        self._pace()
        self._watch.look()

    def _forget_back(self, back: dict[str, float]) -> None:
        if self.state.back is back:
            self.set(replace(self.state, back={}))

    def _on_stop(self, intent: i.Stop) -> None:
        if self._space.stop():
            return
        if self._action is not None and not self.state.cancelling:
            self.set(replace(self.state, cancelling=True))
            self._action.cancel()

    def _on_copyshellcommand(self, intent: pi.CopyShellCommand) -> None:
        from installer.operations.shell_command import shell_command

        containers = self.state.status.containers if self.state.status else ()
        found = next((c for c in containers if c.service == intent.service), None)
        if found is not None:
            sudo = self.session.rights.startswith("sudo")
            self.copied.emit(shell_command(self.state.answers, found.name, sudo=sudo), False)

    # ---------------------------------------------------------------- outside

    def _on_checkreachability(self, _: pi.CheckReachability) -> None:
        if self.state.outside.busy:
            return
        self._outside(busy="look", error=None)
        job = self.jobs.glance(work.look_outside(self._host, self.state.answers))
        job.done.connect(lambda found: self._outside(found=found, busy=""))
        job.failed.connect(lambda error: self._outside(error=error, busy=""))

    def _on_openthroughssh(self, _: i.OpenThroughSsh) -> None:
        if self.state.outside.busy:
            return
        self._outside(busy="tunnel", error=None)
        job = self.jobs.glance(self.session.open_through_ssh(self.state.answers))
        job.done.connect(self._through_ssh)
        job.failed.connect(lambda error: self._outside(error=error, busy=""))

    def _through_ssh(self, forward: Forward) -> None:
        """What comes up for a connection that is no more is neither kept nor opened."""
        kept = self.session.keep_forward(self._host, forward)
        if kept is not None and not self._closed:
            self._outside(tunnel=kept.url, busy="")
            self.browse.emit(kept.url)

    def _outside(self, **changes: Any) -> None:
        self.set(replace(self.state, outside=replace(self.state.outside, **changes)))

    # ------------------------------------------------------------ certificate

    def _on_refreshoverview(self, _: pi.RefreshOverview) -> None:
        self._general.look()

    def look_at_certificate(self) -> None:
        """See how Dify is encrypted now."""
        self._encryption.look()

    def _on_refreshcertificate(self, _: pi.RefreshCertificate) -> None:
        self._encryption.look()

    def _on_renewcertificate(self, _: pi.RenewCertificate) -> None:
        self._encryption.renew()

    def _on_stoprenewal(self, _: pi.StopRenewal) -> None:
        self._encryption.stop()

    def _on_changesettings(self, intent: pi.ChangeSettings) -> None:
        self.settings.emit(intent.field)

    def _on_installhere(self, _: pi.InstallHere) -> None:
        self.install.emit()

    # ---------------------------------------------------------------- leaving

    def _on_disconnect(self, intent: pi.Disconnect) -> None:
        self.close()
        self.session.close()
        self.left.emit()

    def _on_forgetserver(self, intent: i.ForgetServer) -> None:
        self.forget.emit(intent.id)

    # ---------------------------------------------------------------- desktop

    def _on_copytext(self, intent: i.CopyText) -> None:
        self.copied.emit(intent.text, intent.secret)

    def _on_opendify(self, intent: i.OpenDify) -> None:
        self.browse.emit(intent.url)

    def _on_openurl(self, intent: i.OpenUrl) -> None:
        self.browse.emit(intent.url)
