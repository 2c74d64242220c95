"""A host that is connected when it is first used."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from installer.connect import Connected
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.kinds import SSH
from installer.lazy_host import LateHost
from tests.fakes.host import FakeHost

LASTING = frozenset({Code.SSH_LOGIN_REFUSED})


class Door:
    """Counts the attempts; *gate* holds them up, *errors* end them."""

    def __init__(self, *errors: Code) -> None:
        self.errors = list(errors)
        self.attempts = 0
        self.gate = threading.Event()
        self.gate.set()
        self.started = threading.Event()
        self.token: CancelToken | None = None
        self.host = FakeHost(files={"/a": b"1"})
        self.closed = 0
        self.host.close = self._close  # type: ignore[method-assign]

    def _close(self) -> None:
        self.closed += 1

    def __call__(self, cancel: CancelToken) -> Connected:
        self.attempts += 1
        self.token = cancel
        self.started.set()
        assert self.gate.wait(10)
        if self.errors:
            raise InstallError(self.errors.pop(0))
        return Connected(self.host, "sudo")


def late(door: Door) -> LateHost:
    return LateHost("root@203.0.113.5", door, kind=SSH, lasting=LASTING)


def test_nobody_logs_in_before_it_is_used() -> None:
    door = Door()
    host = late(door)
    assert (host.label, host.kind, host.connected, door.attempts) == ("root@203.0.113.5", SSH, False, 0)
    assert host.read_file("/a") == b"1" and host.read_file("/b") is None
    assert (host.connected, host.rights, door.attempts) == (True, "sudo", 1)


@pytest.mark.parametrize("errors", [(), (Code.SSH_TIMEOUT,)])
def test_all_who_come_meanwhile_share_one_attempt(errors: tuple[Code, ...]) -> None:
    door = Door(*errors)
    door.gate.clear()
    host = late(door)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(host.read_file, "/a")
        assert door.started.wait(10)
        more = [pool.submit(host.read_file, "/a") for _ in range(4)]
        while host._guard.locked() or pool._work_queue.qsize():
            pass
        threading.Event().wait(0.05)  # all of them are waiting now
        door.gate.set()
        ends = [f.exception() for f in (first, *more)]
    assert door.attempts == 1
    assert [type(e) for e in ends] == [InstallError if errors else type(None)] * 5


def test_what_passes_is_tried_with_the_next_work() -> None:
    door = Door(Code.SSH_TIMEOUT)
    host = late(door)
    with pytest.raises(InstallError):
        host.read_file("/a")
    assert host.read_file("/a") == b"1" and door.attempts == 2


def test_what_lasts_is_tried_again_only_for_a_person() -> None:
    door = Door(Code.SSH_LOGIN_REFUSED)
    host = late(door)
    for _ in range(3):
        with pytest.raises(InstallError) as caught:
            host.read_file("/a")
        assert caught.value.code is Code.SSH_LOGIN_REFUSED
    assert door.attempts == 1
    host.again()
    assert host.read_file("/a") == b"1" and door.attempts == 2


def test_closed_while_it_connects() -> None:
    door = Door()
    door.gate.clear()
    host = late(door)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(host.read_file, "/a")
        assert door.started.wait(10)
        host.close()
        assert door.token is not None and door.token.cancelled and door.token.leaving
        door.gate.set()
        error = work.exception()
    assert isinstance(error, InstallError) and error.code is Code.SSH_CONNECTION_LOST
    assert door.closed == 1 and not host.connected
    with pytest.raises(InstallError):
        host.read_file("/a")
    assert door.attempts == 1


def test_closing_ends_the_connection() -> None:
    door = Door()
    host = late(door)
    host.read_file("/a")
    host.close()
    assert door.closed == 1
    with pytest.raises(InstallError):
        host.read_file("/a")
