"""One lock per installation."""

import os
from dataclasses import replace

from installer.lock import LockData, stale

LOCK = LockData(token="t", client="c1", who="me@pc", pid=os.getpid(), since=0, until=100, job="")


def test_round_trip() -> None:
    assert LockData.parse(LOCK.dump()) == LOCK
    assert LockData.parse(b"") is None
    assert LockData.parse(b"{}") is None


def test_another_computers_lock_is_stale_when_its_lease_is_over() -> None:
    assert not stale(LOCK, "c2", 99)
    assert stale(LOCK, "c2", 101)


def test_our_own_lock_is_stale_when_its_process_is_gone() -> None:
    other = replace(LOCK, pid=LOCK.pid + 1)
    assert stale(other, "c1", 0, alive=lambda _: False)
    assert not stale(other, "c1", 1000, alive=lambda _: True)
    assert stale(LOCK, "c1", 0)
