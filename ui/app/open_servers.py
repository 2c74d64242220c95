"""The installations that are open: each with its connection, its control panel and its log.

The window shows one of them at a time, or none; the others go on. What is open by itself (to have something
to say in the list of servers) becomes a person's own as soon as they look at it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from installer.answers import Answers, Release
from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import KnownServer, Place, place
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError
from installer.lazy_host import LateHost
from installer.operations.known_login import PERSON_NEEDED, answers_for, connect_kept
from installer.views.panel import LASTING, PanelState
from installer.views.server_summary import ServerNow, marked, now_of
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.panel.controller import PanelController

if TYPE_CHECKING:
    from installer.connect import Connected
    from ui.panel.logs.model import LogModel

#: Between two looks at an installation that is not in view, in seconds.
BEHIND = 30.0
#: So many are connected by themselves.
MOST_BY_THEMSELVES = 8
#: Login methods that usually need no user input.
_ALONE = ("key", "agent")


class Opened:
    """One of them. *log* is the model of its Logs once they were shown. *by_hand*: a person opened it."""

    def __init__(self, key: str, session: Session, panel: PanelController, *, by_hand: bool) -> None:
        self.key, self.session, self.panel, self.by_hand = key, session, panel, by_hand
        self.log: LogModel | None = None
        self._held = False

    @property
    def place(self) -> Place:
        """Where it is."""
        return place(self.panel.state.answers.target)

    def hold_log(self, hold: bool) -> None:
        """While no view is there the model hears of another log, and of what a search finds, all the same."""
        if self.log is None or hold == self._held:
            return
        self._held = hold
        logs = self.panel.logs
        opened, began, found = self.log.open, self.log.expect, self.log.show_hits
        pairs = ((logs.opened, opened), (logs.began, began), (logs.found, found))
        for signal, slot in pairs:
            if hold:
                signal.connect(slot)
            else:
                signal.disconnect(slot)


class OpenServers(QObject):
    """``changed``: something that the list or the tray shows. ``refused`` gives the key and the error of one
    that needs a person to log in. ``left``: the key of one whose connection was given up. ``forget``: a known
    server's id. ``settings``: key and field; ``install``: the key of one where Dify is to be installed.
    ``copied`` and ``browse`` are for the desktop."""

    changed = Signal()
    refused = Signal(str, object)
    left = Signal(str)
    forget = Signal(str)
    settings = Signal(str, str)
    install = Signal(str)
    copied = Signal(str, bool)
    browse = Signal(str)

    def __init__(self, jobs: Jobs, home: Home, keychain: Keychain) -> None:
        super().__init__()
        self._jobs, self._home, self._keychain = jobs, home, keychain
        self._open: dict[str, Opened] = {}
        self._number = 0
        self._refused: dict[str, InstallError] = {}
        self._front, self._visible, self._listed = "", True, False
        self._last_shown: object = None
        #: The newest stable release, once it is known.
        self.newest = ""
        #: Where releases are looked for.
        self.release = Release()
        #: What words for others (a report) are written in.
        self.language = "en"

    # ------------------------------------------------------------------ who is open

    @property
    def all(self) -> tuple[Opened, ...]:
        """Those that are open, in the order in which they were opened."""
        return tuple(self._open.values())

    @property
    def by_hand(self) -> tuple[Opened, ...]:
        """Those that a person opened."""
        return tuple(one for one in self._open.values() if one.by_hand)

    def get(self, key: str) -> Opened | None:
        """The one called *key*."""
        return self._open.get(key)

    def at(self, where: Place) -> Opened | None:
        """The one at a place."""
        return next((one for one in self._open.values() if one.place == where), None)

    # --------------------------------------------------------------- open and close

    def open(self, server: KnownServer, *, by_hand: bool = True) -> Opened:
        """Open a known server, or take the one that is open; its connection is made in the background."""
        there = self.at(place(server.target))
        if there is not None:
            there.by_hand = there.by_hand or by_hand
            self._tell()
            return there
        self._refused.pop(server.id, None)
        session = Session(self._home)
        host = self._late(server, session)
        session.host = host
        answers = replace(answers_for(server), release=self.release)
        made = self._add(session, answers, by_hand=by_hand)
        made.panel.retrying.connect(host.again)
        made.panel.set(replace(made.panel.state, name=server.name, server_id=server.id))
        made.panel.changed.connect(lambda state: self._looked(made, server.id, state))
        self._begin(made)
        return made

    def adopt(self, session: Session, answers: Answers) -> Opened:
        """Open what is connected already; one that was open there gives way."""
        there = self.at(place(answers.target))
        if there is not None:
            self.close(there.key)
        made = self._add(session, answers, by_hand=True)
        made.panel.changed.connect(lambda _: self._tell())
        self._begin(made)
        return made

    def close(self, key: str) -> None:
        """Disconnect; Dify keeps running."""
        session = self.give(key)
        if session is not None:
            session.close()

    def give(self, key: str) -> Session | None:
        """Close the panel and give its connection away."""
        made = self._open.pop(key, None)
        if made is None:
            return None
        made.hold_log(False)
        made.panel.close()
        if self._front == key:
            self._front = ""
        host = made.session.host
        if isinstance(host, LateHost):
            made.session.rights = host.rights
        self._tell()
        return made.session

    def close_all(self) -> None:
        """The program ends."""
        for key in list(self._open):
            self.close(key)

    def connect_alone(self, known: Iterable[KnownServer]) -> None:
        """Open in the background what needs no person: this computer, keys and agents. What was refused once
        is not tried again by itself."""
        for server in known:
            by_key = server.login in _ALONE and not server.target.jump
            alone = by_key or not server.target.host_kind.needs_login
            if not alone or server.installing_since or server.id in self._refused:
                continue
            if self.at(place(server.target)) is None and len(self._open) < MOST_BY_THEMSELVES:
                self.open(server, by_hand=False)

    def _add(self, session: Session, answers: Answers, *, by_hand: bool) -> Opened:
        self._number += 1
        panel = PanelController(self._jobs, self._home, session, answers)
        made = Opened(f"server:{self._number}", session, panel, by_hand=by_hand)
        panel.language = lambda: self.language
        panel.left.connect(lambda: self._was_left(made.key))
        panel.forget.connect(self.forget)
        panel.settings.connect(lambda field: self.settings.emit(made.key, field))
        panel.install.connect(lambda: self.install.emit(made.key))
        panel.copied.connect(self.copied)
        panel.browse.connect(self.browse)
        self._open[made.key] = made
        return made

    def _begin(self, made: Opened) -> None:
        made.panel.show_window(False)  # bringing it to the front sets this to True
        made.panel.begin()
        self._pace()
        self._tell()

    def _late(self, server: KnownServer, session: Session) -> LateHost:
        home, keychain, redact = self._home, self._keychain, session.redact

        def connect(cancel: CancelToken) -> Connected:
            return connect_kept(server, home, keychain, cancel, redact)

        target = server.target
        label = f"{target.user}@{target.host}" if target.host_kind.remote else "localhost"
        return LateHost(label, connect, kind=target.host_kind, lasting=LASTING | PERSON_NEEDED)

    def _was_left(self, key: str) -> None:
        self.give(key)
        self.left.emit(key)

    def _looked(self, made: Opened, server_id: str, state: PanelState) -> None:
        """A login needs user input: a connection that no user opened is closed, and the list shows why."""
        error = state.lost
        if made.key in self._open and error is not None and error.code in PERSON_NEEDED:
            never = state.status is None
            if never and not made.by_hand:
                self._refused[server_id] = error
                self.close(made.key)
                return
            if never:
                self.refused.emit(made.key, error)
        self._tell()

    # ------------------------------------------------------------------- who is seen

    def bring_forward(self, key: str) -> None:
        """*key* is in view now, the others are not; "": none of them."""
        self._front = key
        self._pace()

    def watch(self, *, visible: bool, listed: bool) -> None:
        """Whether the window can be seen, and whether the state of those behind is shown somewhere (the list
        of servers, the tray)."""
        self._visible, self._listed = visible, listed
        self._pace()

    def _pace(self) -> None:
        for one in self._open.values():
            one.panel.look_behind(BEHIND if self._listed else 0.0)
            one.panel.show_window(self._visible and one.key == self._front)

    # -------------------------------------------------------------------- what is said

    def now(self, known: Iterable[KnownServer]) -> dict[str, ServerNow]:
        """What there is to say of *known* servers, by id; nothing of one that was never asked."""
        places = {one.place: one for one in self._open.values()}
        found: dict[str, ServerNow] = {}
        for server in known:
            one = places.get(place(server.target))
            if one is not None:
                now = now_of(one.panel.state, self.newest)
                found[server.id] = now if now.version else marked(now, server.version, self.newest)
            elif server.id in self._refused:
                refused = ServerNow("person", error=self._refused[server.id])
                found[server.id] = marked(refused, server.version, self.newest)
        return found

    def learn_names(self, known: Iterable[KnownServer]) -> None:
        """What a person calls *known* servers now."""
        names = {server.id: server.name for server in known}
        for one in self._open.values():
            state = one.panel.state
            if names.get(state.server_id, state.name) != state.name:
                one.panel.set(replace(state, name=names[state.server_id]))

    def learn_newest(self, version: str) -> None:
        """*version* is the newest stable release."""
        if version != self.newest:
            self.newest = version
            self.changed.emit()

    def _tell(self) -> None:
        """Only what changes what is said: a panel's state changes with every line of its log."""
        shown = {one.key: now_of(one.panel.state, self.newest) for one in self._open.values()}
        names = tuple((one.key, one.by_hand, one.panel.state.name) for one in self._open.values())
        if (shown, names) != self._last_shown:
            self._last_shown = (shown, names)
            self.changed.emit()
