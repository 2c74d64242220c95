"""Connections and channels of one login, with a dialer that needs no server."""

from __future__ import annotations

import threading
import time
from typing import Any, cast

import paramiko
import pytest

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.ssh import pool as pool_module
from installer.hosts.ssh.connection import Connection, Dialer
from installer.hosts.ssh.errors import LoginBroke
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.pool import BUDGET, ConnectionPool

_NOW = CancelToken()


class FakeTransport:
    """Allows *sessions* open sessions, dies on demand."""

    def __init__(self, sessions: int) -> None:
        self.allowed, self.open, self.alive = sessions, 0, True
        self.sock = self.packetizer = self

    def is_active(self) -> bool:
        return self.alive

    def open_session(self, timeout: float) -> Any:
        if not self.alive:
            raise EOFError
        if self.open >= self.allowed:
            raise paramiko.ChannelException(2, "Connect failed")
        self.open += 1
        return FakeChannel(self)

    def close(self) -> None:
        self.alive = False

    def complete_handshake(self) -> None: ...

    def is_alive(self) -> bool:
        return False


class FakeChannel:
    """Counts."""

    def __init__(self, transport: FakeTransport) -> None:
        self._transport = transport

    def close(self) -> None:
        self._transport.open -= 1


class FakeDialer:
    """Gives out transports; fails with *errors* first."""

    def __init__(self, sessions: int = 10) -> None:
        self.login = SshLogin("h")
        self.sessions = sessions
        self.made: list[FakeTransport] = []
        self.errors: list[InstallError] = []

    def open(self, _cancel: CancelToken, budget: int) -> Connection:
        if self.errors:
            raise self.errors.pop(0)
        transport = FakeTransport(self.sessions)
        self.made.append(transport)
        return Connection(cast(paramiko.Transport, transport), None, budget)


def _pool(dialer: FakeDialer) -> ConnectionPool:
    return ConnectionPool(cast(Dialer, dialer))


def test_budget_then_a_further_connection() -> None:
    """Places given back are used again."""
    dialer = FakeDialer()
    pool = _pool(dialer)
    leases = [pool.session(_NOW) for _ in range(BUDGET)]
    assert len(dialer.made) == 1
    leases.append(pool.session(_NOW))
    assert len(dialer.made) == 2
    leases[0].close()
    leases[0].close()
    pool.session(_NOW)
    assert len(dialer.made) == 2 and dialer.made[0].open == BUDGET
    pool.close()
    assert not any(t.alive for t in dialer.made)


def test_server_allows_fewer() -> None:
    """Remembered: later sessions do not try the full one again."""
    dialer = FakeDialer(sessions=1)
    pool = _pool(dialer)
    first = pool.session(_NOW)
    pool.session(_NOW)
    assert [t.open for t in dialer.made] == [1, 1]
    first.close()
    pool.session(_NOW)
    assert [t.open for t in dialer.made] == [1, 1]


def test_server_allows_none() -> None:
    """Told, without dialling on and on."""
    dialer = FakeDialer(sessions=0)
    with pytest.raises(InstallError) as caught:
        _pool(dialer).session(_NOW)
    assert caught.value.code is Code.SSH_SESSION_REFUSED and len(dialer.made) == 1


def test_dead_connection_is_replaced() -> None:
    """Known to be dead, or found to be."""
    dialer = FakeDialer()
    pool = _pool(dialer)
    pool.session(_NOW).close()
    dialer.made[0].alive = False
    pool.session(_NOW).close()
    assert len(dialer.made) == 2


def test_reconnecting_waits_and_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that restarts is asked three times; a refused login only once."""
    monkeypatch.setattr("installer.hosts.ssh.pool._RECONNECT_WAITS", (0.0, 0.01, 0.01))
    dialer = FakeDialer()
    pool = _pool(dialer)
    pool.session(_NOW).close()
    for codes, made in (
        ([Code.SSH_REFUSED, Code.SSH_TIMEOUT], 2),
        ([Code.SSH_REFUSED] * 3, 2),
        ([Code.SSH_LOGIN_REFUSED], 2),
    ):
        dialer.made[-1].alive = False
        dialer.errors = [InstallError(code) for code in codes]
        if len(codes) == 2:
            pool.session(_NOW).close()
        else:
            with pytest.raises(InstallError) as caught:
                pool.session(_NOW)
            assert caught.value.code is codes[0]
        assert len(dialer.made) == made and dialer.errors == []


def test_first_connection_is_tried_once() -> None:
    """A mistyped address should be told at once."""
    dialer = FakeDialer()
    dialer.errors = [InstallError(Code.SSH_REFUSED)]
    with pytest.raises(InstallError):
        _pool(dialer).connection(_NOW)
    assert dialer.made == []


def test_first_connection_over_a_flaky_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hang-up before the log-in is tried again; one after something was sent to log in with never is."""
    monkeypatch.setattr("installer.hosts.ssh.pool._FIRST_WAITS", (0.0, 0.01, 0.01))
    dialer = FakeDialer()
    dialer.errors = [InstallError(Code.SSH_CLOSED_EARLY), InstallError(Code.SSH_CONNECTION_LOST)]
    _pool(dialer).connection(_NOW)
    assert len(dialer.made) == 1 and dialer.errors == []
    dialer.errors = [InstallError(Code.SSH_CLOSED_EARLY)] * 3
    with pytest.raises(InstallError):
        _pool(dialer).connection(_NOW)
    assert len(dialer.made) == 1 and dialer.errors == []
    dialer.errors = [LoginBroke(Code.SSH_CONNECTION_LOST), InstallError(Code.SSH_REFUSED)]
    with pytest.raises(LoginBroke):
        _pool(dialer).connection(_NOW)
    assert len(dialer.errors) == 1


def test_closed_pool_opens_nothing() -> None:
    """Nobody reconnects behind our back."""
    dialer = FakeDialer()
    pool = _pool(dialer)
    pool.session(_NOW)
    pool.close()
    with pytest.raises(InstallError):
        pool.session(_NOW)
    assert len(dialer.made) == 1


def _many(pool: ConnectionPool, dialer: FakeDialer, monkeypatch: pytest.MonkeyPatch) -> tuple[int, set[Any]]:
    """Twenty threads at once want a connection: how often was dialled, and what did they get."""
    open_one, together = dialer.open, threading.Barrier(20)
    tries: list[int] = []
    found: list[Any] = []

    def slowly(cancel: CancelToken, budget: int) -> Connection:
        tries.append(threading.get_ident())
        time.sleep(0.2)
        return open_one(cancel, budget)

    def ask() -> None:
        together.wait()
        try:
            found.append(pool.connection(_NOW))
        except InstallError as exc:
            found.append(exc.code)

    monkeypatch.setattr(dialer, "open", slowly)
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    return len(tries), set(found)


def test_after_a_cut_many_threads_make_one_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """A storm of log-ins looks like an attack; whoever waited uses the new connection."""
    dialer = FakeDialer()
    pool = _pool(dialer)
    pool.connection(_NOW)
    dialer.made[0].alive = False
    tries, found = _many(pool, dialer, monkeypatch)
    assert (tries, len(dialer.made), len(found)) == (1, 2, 1)
    assert found.pop().sessions == 0


def test_a_refused_login_is_not_repeated_by_those_who_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """They share the answer; the next one asks anew."""
    dialer = FakeDialer()
    dialer.errors = [InstallError(Code.SSH_LOGIN_REFUSED)]
    pool = _pool(dialer)
    assert _many(pool, dialer, monkeypatch) == (1, {Code.SSH_LOGIN_REFUSED})
    assert pool.connection(_NOW).active


def test_a_dead_line_is_not_dialled_before_the_last_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "answers", lambda _transport, _seconds: False)
    dialer, cancel = FakeDialer(), CancelToken()
    pool = _pool(dialer)
    pool.connection(_NOW)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:  # another thread's work goes on for long: that is no reason to stay deaf
        with pool.under(CancelToken()):
            inside.set()
            leave.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(5)
    with pool.under(cancel):
        with pool.under(cancel):
            cancel.cancel()
            with pytest.raises(InstallError):
                pool.connection(_NOW)
        with pool.under(_NOW), pytest.raises(InstallError):
            pool.connection(_NOW)
        with pytest.raises(InstallError) as caught:  # where the journal and the lock are written
            pool.connection(_NOW)
        assert caught.value.code is Code.SSH_CONNECTION_LOST
        assert len(dialer.made) == 1
    pool.connection(_NOW)
    assert len(dialer.made) == 2
    leave.set()
    thread.join()
    assert not pool._blocks and not pool._deaf


def test_who_was_left_while_the_line_was_tried_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    trying, tried = threading.Event(), threading.Event()

    def answers(*_: object) -> bool:
        trying.set()
        return not tried.wait(5)

    monkeypatch.setattr(pool_module, "answers", answers)
    dialer, cancel = FakeDialer(), CancelToken()
    pool = _pool(dialer)
    pool.connection(_NOW)
    with pool.under(cancel):
        thread = threading.Thread(target=cancel.cancel)
        thread.start()
        assert trying.wait(5)
    tried.set()
    thread.join()
    pool.connection(_NOW)
    assert len(dialer.made) == 2
