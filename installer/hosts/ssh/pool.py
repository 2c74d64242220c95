"""The connections of one login: channels within a budget, further connections, reconnecting."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import paramiko

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.cancel_scope import Under
from installer.hosts.ssh.connection import Connection, Dialer
from installer.hosts.ssh.errors import LoginBroke
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.transport import SESSION_SECONDS, answers, cut

if TYPE_CHECKING:
    import paramiko

#: sshd allows 10 sessions on a connection (MaxSessions), sometimes 1; stay well below
BUDGET = 4
_MOST_CONNECTIONS = 8
_RECONNECT_WAITS = (0.0, 1.0, 2.0)
#: seconds before each try of a first connection, which continues only after ``_PASSING``
_FIRST_WAITS = (0.0, 0.5, 1.5)
#: what may pass by itself: a restarting server, a changed network; never a refused login or key
TRANSIENT = frozenset(
    {
        Code.SSH_UNREACHABLE,
        Code.SSH_REFUSED,
        Code.SSH_TIMEOUT,
        Code.SSH_NAME_UNKNOWN,
        Code.SSH_CLOSED_EARLY,
        Code.SSH_NOT_SSH,
        Code.SSH_CONNECTION_LOST,
    }
)
#: A server that says nothing for so long after a cancel is not waited for.
ANSWER_SECONDS = 0.8
#: what a flaky line or a busy server (MaxStartups) does before anything was sent to log in with; whatever
#: else goes wrong the first time (a mistyped name, a closed port, no answer) is reported at once
_PASSING = frozenset({Code.SSH_CLOSED_EARLY, Code.SSH_CONNECTION_LOST})


class Lease:
    """A session channel in use. Close it to give its place back."""

    def __init__(self, pool: ConnectionPool, connection: Connection, channel: paramiko.Channel) -> None:
        self._pool = pool
        self._open = True
        self.connection = connection
        self.channel = channel

    def close(self) -> None:
        """Close the channel; once."""
        if self._open:
            self._open = False
            with suppress(EOFError, OSError):
                self.channel.close()
            self._pool.give_back(self.connection)


class ConnectionPool:
    """Thread-safe. ``session`` finds or makes a connection with room for one more channel."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._lock = threading.Lock()
        self._dialling = threading.Lock()
        self._connections: list[Connection] = []
        self._failures = 0
        self._failure: InstallError | None = None
        self._was_connected = False
        self._closed = False
        #: Open blocks of ``under`` by token, and the tokens whose cancel met a line that says nothing.
        self._blocks: Counter[CancelToken] = Counter()
        self._deaf: set[CancelToken] = set()
        self._dials: list[CancelToken] = []
        self.bound = Under()

    @contextmanager
    def under(self, cancel: CancelToken) -> Iterator[None]:
        """See ``Host.under``. Blocks may lie in one another and in several threads: while one that is under
        a cancelled token is still being left, a connection that was found dead is not dialled again."""
        with self._lock:
            self._blocks[cancel] += 1
        try:
            with self.bound.bind(cancel, lambda: self._give_up_if_deaf(cancel)):
                yield
        finally:
            with self._lock:
                self._blocks[cancel] -= 1
                if not self._blocks[cancel]:
                    del self._blocks[cancel]
                    self._deaf.discard(cancel)

    def _give_up_if_deaf(self, cancel: CancelToken) -> None:
        """After a cancel: without a living connection nothing is reached in time; one that says nothing is
        ended, so that no thread waits for it."""
        with self._lock:
            connections = list(self._living())
        if connections and answers(connections[0].transport, ANSWER_SECONDS):
            return
        with self._lock:
            if self._blocks[cancel]:  # else it was left while the line was tried
                self._deaf.add(cancel)
            dials = list(self._dials)
        for connection in connections:
            cut(connection.transport)
        for dial in dials:
            dial.cancel()

    @property
    def login(self) -> SshLogin:
        """Whose connections these are."""
        return self._dialer.login

    @property
    def new_password(self) -> Secret | None:
        """What became of the password when it had expired."""
        now = self._dialer.credentials.password
        return now if now != (self.login.password or None) else None

    def lost(self, detail: str = "") -> InstallError:
        """The error for a connection that ended under us."""
        login = self._dialer.login
        params = {"host": login.host, "port": str(login.port)}
        return InstallError(Code.SSH_CONNECTION_LOST, params, detail=detail)

    def connection(self, cancel: CancelToken) -> Connection:
        """Any living connection, making one if there is none."""
        connection = self._found_or_dialled(self._any, cancel)
        self.give_back(connection)
        return connection

    def session(self, cancel: CancelToken) -> Lease:
        """A new session channel; nothing has been sent on it.

        A dead connection is replaced once; a refused channel (MaxSessions) makes a further connection.
        Raises ``InstallError``: SSH_SESSION_REFUSED, or what connecting raises.
        """
        full: set[Connection] = set()
        died = False
        while True:
            connection = self._reserve(full, cancel)
            try:
                channel = connection.transport.open_session(timeout=SESSION_SECONDS)
                connection.used = True
                return Lease(self, connection, channel)
            except (paramiko.SSHException, EOFError, OSError) as exc:
                if self._only_refused(connection, exc):
                    full.add(connection)
                    continue
                self._drop(connection)
                if died:
                    raise self.lost(str(exc)) from exc
                died = True

    def give_back(self, connection: Connection) -> None:
        """One channel less on *connection*."""
        with self._lock:
            connection.sessions -= 1

    def close(self) -> None:
        """End all connections; nothing can be opened afterwards."""
        with self._lock:
            self._closed = True
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _living(self) -> list[Connection]:
        """With the lock held: the connections that still work; the others are forgotten."""
        for dead in [c for c in self._connections if not c.active]:
            self._connections.remove(dead)
            dead.close()
        return self._connections

    def _reserve(self, full: set[Connection], cancel: CancelToken) -> Connection:
        """A connection with one place counted for the caller."""
        return self._found_or_dialled(lambda: self._free(full), cancel)

    def _found_or_dialled(self, look: Callable[[], Connection | None], cancel: CancelToken) -> Connection:
        """What *look* finds, else a new connection with one place counted. One dials at a time, as after a
        lost line all threads come here at once; those that waited share its success or its failure."""
        found, before = look(), self._failures
        if found:
            return found
        with self._dialling:
            found = look()
            if found:
                return found
            if self._failure is not None and self._failures != before:
                old = self._failure
                raise InstallError(old.code, old.params, detail=old.detail)
            try:
                return self._dial(cancel)
            except InstallError as exc:
                self._failures, self._failure = self._failures + 1, exc
                raise

    def _any(self) -> Connection | None:
        """Any living connection; one place is counted."""
        with self._lock:
            found = next(iter(self._living()), None)
            if found:
                found.sessions += 1
            return found

    def _free(self, full: set[Connection]) -> Connection | None:
        with self._lock:
            for connection in self._living():
                if connection not in full and connection.sessions < connection.budget:
                    connection.sessions += 1
                    return connection
        return None

    def _dial(self, cancel: CancelToken) -> Connection:
        """A new connection with one place counted. Tries again when one had worked before."""
        with self._lock:
            if self._deaf:
                raise self.lost("no answer")
            if self._closed or len(self._living()) >= _MOST_CONNECTIONS:
                raise InstallError(Code.SSH_SESSION_REFUSED, self.lost().params)
            again = self._was_connected and not self._connections
        connection = self._try(cancel, again)
        connection.sessions = 1
        if not self._keep(connection):
            connection.close()
            raise self.lost("closed")
        return connection

    def _try(self, cancel: CancelToken, again: bool) -> Connection:
        """Dial until it works or there is no sense in it. *again*: the log-in is known to be good."""
        waits = _RECONNECT_WAITS if again else _FIRST_WAITS
        for number, wait in enumerate(waits, 1):
            cancel.wait(wait)
            try:
                return self._open(cancel)
            except InstallError as exc:
                broke = isinstance(exc, LoginBroke)  # a refused log-in may look like this too
                passing = exc.code in TRANSIENT if again else exc.code in _PASSING and not broke
                if not passing or number == len(waits):
                    raise
        raise AssertionError

    def _open(self, cancel: CancelToken) -> Connection:
        """Dial, unless *cancel* or the end of the whole line comes first."""
        dial = CancelToken()
        with self._lock:
            self._dials.append(dial)
        try:
            with cancel.on_cancel(dial.cancel):
                return self._dialer.open(dial, BUDGET)
        except Cancelled:
            if cancel.cancelled or not dial.cancelled:  # the person who is asked can give up, too
                raise
            raise self.lost("no answer") from None
        finally:
            with self._lock:
                self._dials.remove(dial)

    def _keep(self, connection: Connection) -> bool:
        """Add a new connection; False if the pool was closed meanwhile."""
        with self._lock:
            if not self._closed:
                self._was_connected = True
                self._connections.append(connection)
            return not self._closed

    def _only_refused(self, connection: Connection, exc: Exception) -> bool:
        """Whether the server refused one more channel on a connection that works; remember how many it
        allows. False: the connection is of no use any more.

        The kind of *exc* does not tell: paramiko keeps one exception for all threads, so that the second
        of two refused channels gets a nameless one (``Transport.open_channel``).
        """
        if isinstance(exc, (EOFError, OSError)):
            return False  # the line broke, though paramiko may not have noticed yet
        with self._lock:
            if not connection.active or (connection.sessions == 1 and "Timeout" in str(exc)):
                return False
            connection.sessions -= 1
            # a session whose process still ends counts on the server although we closed it
            connection.budget = max(1, connection.sessions)
            fresh = not connection.used and connection.sessions == 0
        if fresh:
            raise InstallError(Code.SSH_SESSION_REFUSED, self.lost().params, detail=str(exc)) from exc
        return True

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            connection.sessions -= 1
            if connection in self._connections:
                self._connections.remove(connection)
        connection.close()
