"""One lock per installation."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from installer.apply.lock import BOOT_ID, LEASE_SECONDS, Lock, LockData, how_ended, job_folder, stale
from installer.core.errors import Code, InstallError
from installer.hosts.base import JobSpec, Stage
from installer.texts import Texts
from tests.fakes.host import FakeHost, FakeJob

FOLDER = "/opt/dify/.dify-installer"
PATH = f"{FOLDER}/lock"
HERE = platform.node()
LOCK = LockData(token="t", client="c1", who=f"me@{HERE}", pid=os.getpid(), since=0, until=100, job="")


def test_round_trip() -> None:
    assert LockData.parse(LOCK.dump()) == LOCK
    assert LockData.parse(b"") is None
    assert LockData.parse(b"{}") is None


def test_a_lease_that_is_over_is_stale_for_everybody() -> None:
    assert not stale(LOCK, "c2", 99)
    assert stale(LOCK, "c2", 101)
    assert stale(replace(LOCK, pid=1), "c1", 101, alive=lambda _: True)


def test_our_own_lock_is_stale_when_its_process_is_gone() -> None:
    other = replace(LOCK, pid=LOCK.pid + 1)
    assert stale(other, "c1", 0, alive=lambda _: False)
    assert not stale(other, "c1", 50, alive=lambda _: True)
    assert stale(LOCK, "c1", 0)


def test_a_process_of_another_computer_is_not_looked_up_here() -> None:
    elsewhere = replace(LOCK, who="me@other", pid=LOCK.pid + 1)
    assert not stale(elsewhere, "c1", 50, alive=lambda _: False)


def held(until: float, job: str = "") -> bytes:
    return replace(LOCK, client="other", who="she@laptop", until=until, job=job).dump()


def test_taken_and_given_back() -> None:
    host = FakeHost()
    with Lock(host, FOLDER, "c1"):
        assert PATH in host.files
        with pytest.raises(InstallError) as caught, Lock(host, FOLDER, "c2"):
            pass
        assert caught.value.code is Code.INSTALLATION_LOCKED
        assert HERE in caught.value.params["who"]
        assert PATH in host.files
    assert not host.files


def test_a_stale_lock_is_taken_over() -> None:
    host = FakeHost(files={PATH: held(until=1)})
    with Lock(host, FOLDER, "c1") as lock:
        assert LockData.parse(host.files[PATH].data) == lock.data
    assert not host.files


def test_a_living_job_keeps_a_stale_lock() -> None:
    host = FakeHost(files={PATH: held(until=1, job="j1")}, jobs=[FakeJob([("pull", [], None)])])
    folder = job_folder(FOLDER, "j1")
    host.start_job(JobSpec("j1", folder, "/", (Stage("pull", ("true",)),)))
    with pytest.raises(InstallError) as caught:
        Lock(host, FOLDER, "c1").take()
    assert caught.value.params["who"] == "she@laptop"


class Between(FakeHost):
    """Something happens right after the lock was read, or before it is written."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files=files)
        self.after_reading: list[Callable[[], object]] = []

    def read_file(self, path: str, *, limit: int | None = None) -> bytes | None:
        found = super().read_file(path, limit=limit)
        if path == PATH and self.after_reading:
            self.after_reading.pop(0)()
        return found


def holds(host: FakeHost, lock: Lock) -> bool:
    return PATH in host.files and LockData.parse(host.files[PATH].data) == lock.data


def test_of_two_that_see_the_same_stale_lock_one_gets_it() -> None:
    host = Between({PATH: held(until=1)})
    first, second = Lock(host, FOLDER, "c1"), Lock(host, FOLDER, "c2")
    host.after_reading.append(second.take)
    with pytest.raises(InstallError) as caught:
        first.take()
    assert caught.value.code is Code.INSTALLATION_LOCKED and holds(host, second)


def test_one_that_is_given_back_while_it_is_looked_at() -> None:
    """The next one that makes it keeps it."""
    host = Between({})
    holder, looking, third = (Lock(host, FOLDER, name) for name in ("cx", "ca", "cc"))
    holder.take()
    made = FakeHost.create_file

    def given_back(path: str, data: bytes, *, mode: int = 0o600) -> bool:
        host.__dict__.pop("create_file")
        found = made(host, path, data, mode=mode)
        holder.release()
        return found

    host.create_file = given_back  # type: ignore[method-assign]
    host.after_reading.append(third.take)
    with pytest.raises(InstallError):
        looking.take()
    assert holds(host, third)
    third.release()
    looking.take()
    assert holds(host, looking)


def test_what_an_older_program_left_behind_lets_nobody_through_at_once() -> None:
    host = Between({PATH: held(until=1), f"{PATH}.taking": b"0\n"})
    first, second = Lock(host, FOLDER, "c1"), Lock(host, FOLDER, "c2")
    host.after_reading.append(second.take)
    with pytest.raises(InstallError):
        first.take()
    assert holds(host, second)


def test_a_late_renewal_takes_nothing_back() -> None:
    """A laptop wakes up after its lease: somebody else has the lock by now."""
    host = Between({})
    late, other = Lock(host, FOLDER, "c1"), Lock(host, FOLDER, "c2")
    late.take()
    host.files[PATH].data = replace(late.data, until=1).dump()
    late.data = replace(late.data, until=1)
    other.take()
    with pytest.raises(InstallError) as caught:
        late.renew(force=True)
    assert caught.value.code is Code.INSTALLATION_LOCKED and holds(host, other)
    late.release()
    assert holds(host, other)


def test_a_release_removes_no_lock_of_others() -> None:
    host = Between({})
    mine, other = Lock(host, FOLDER, "c1"), Lock(host, FOLDER, "c2")
    mine.take()
    mine.data = replace(mine.data, step="?")  # as after a renewal whose answer was lost

    def exchanged() -> None:
        host.files[PATH].data = other.data.dump()

    host.after_reading.append(exchanged)
    mine.release()
    assert holds(host, other)


def test_a_renewal_whose_answer_was_lost_is_found_again() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    swap = host.swap_file

    def lost(*given: Any, **more: Any) -> bool:
        swap(*given, **more)
        raise InstallError(Code.SSH_CONNECTION_LOST)

    host.swap_file = lost  # type: ignore[method-assign]
    before = lock.data
    with pytest.raises(InstallError):
        lock.renew(step="upload")
    host.swap_file = swap  # type: ignore[method-assign]
    lock.data = before
    lock.renew(step="pull")
    assert holds(host, lock)
    lock.release()
    assert not host.files


def test_one_that_was_removed_by_hand_is_made_again() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    host.files.clear()
    lock.renew(force=True)
    assert holds(host, lock)
    host.files.clear()
    lock.release()


def test_what_is_no_lock_is_taken_over_but_not_by_two() -> None:
    host = Between({PATH: b"half a lo"})
    first, second = Lock(host, FOLDER, "c1"), Lock(host, FOLDER, "c2")
    host.after_reading.append(second.take)
    with pytest.raises(InstallError):
        first.take()
    assert holds(host, second)


def test_who_lost_the_lock_learns_it_and_takes_nothing_away() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    host.write_file(PATH, held(until=time.time() + LEASE_SECONDS))
    with pytest.raises(InstallError) as caught:
        lock.renew(force=True)
    assert caught.value.code is Code.INSTALLATION_LOCKED
    lock.release()
    assert PATH in host.files


def test_the_lock_stays_while_a_job_may_be_alive() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    lock.renew(job="j1")
    lock.__exit__(BrokenPipeError, BrokenPipeError(), None)
    assert PATH in host.files


def test_a_job_that_ended_gives_it_back_whatever_happened() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    lock.renew(job="j1")
    lock.job_ended()
    lock.__exit__(InstallError, InstallError(Code.SSH_FORWARDING_REFUSED), None)
    assert PATH not in host.files


def test_whose_lock_was_taken_over_is_known() -> None:
    host = FakeHost(files={PATH: held(until=1, job="j1")})
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    assert lock.former is not None and lock.former.who == "she@laptop" and lock.former.job == "j1"
    fresh = Lock(FakeHost(), FOLDER, "c1")
    fresh.take()
    assert fresh.former is None


def test_a_held_lock_says_what_is_being_done() -> None:
    host = FakeHost(files={PATH: replace(LOCK, client="other", until=time.time() + 99, step="upload").dump()})
    with pytest.raises(InstallError) as caught:
        Lock(host, FOLDER, "c1").take()
    assert caught.value.params["step"] == "upload"
    said = Texts("en").explain(caught.value.code, caught.value.params)
    assert "Copy Dify's files" in said.why


def test_a_held_lock_says_how_far_its_job_is() -> None:
    folder = job_folder(FOLDER, "j1")
    log = "\nT begin 0 pull\n" + '{"images":{"web:1":[["aaaaaaaaaaaa",2000000]]}}\n'
    log += "\nT end 0 0 pull\n\nT begin 1 databases\n"
    files = {
        PATH: held(until=time.time() + 99, job="j1"),
        f"{folder}/token": b"T\n",
        f"{folder}/log": log.encode(),
    }
    host = FakeHost(files=files)
    host.job_running = lambda folder: True  # type: ignore[method-assign]
    with pytest.raises(InstallError) as caught:
        Lock(host, FOLDER, "c1").take()
    assert caught.value.params["step"] == "databases"


@pytest.mark.parametrize(
    ("files", "ended"),
    [
        ({"exit": b"0\n"}, "0"),
        ({"exit": b"17\n", "pid": b"1 2 boot-1\n"}, "17"),
        ({"pid": b"1 2 boot-1\n"}, "rebooted"),
        ({"pid": b"1 2 boot-2\n"}, "vanished"),
        ({"pid": b"7\n", "boot": b"boot-1\n"}, "rebooted"),
        ({"pid": b"7\n"}, "vanished"),
        ({}, "vanished"),
    ],
)
def test_how_a_job_ended(files: dict[str, bytes], ended: str) -> None:
    there = {f"/jobs/j1/{name}": data for name, data in files.items()}
    assert how_ended(FakeHost(files={**there, BOOT_ID: b"boot-2\n"}), "/jobs/j1") == ended


def test_renewing_notes_the_step_at_once() -> None:
    host = FakeHost()
    lock = Lock(host, FOLDER, "c1")
    lock.take()
    lock.renew(step="ready")
    found = LockData.parse(host.files[PATH].data)
    assert found is not None and found.step == "ready"


def test_a_full_disk_ends_no_job_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost()
    with Lock(host, FOLDER, "c1") as lock:
        lock.renew(job="j")

        def full(*_: object, **__: object) -> None:
            raise InstallError(Code.HOST_FILE_FAILED, {"path": PATH}, detail="No space left on device")

        monkeypatch.setattr(host, "swap_file", full)
        lock.renew(force=True)
        with pytest.raises(InstallError):
            lock.renew(job="another")
        monkeypatch.undo()
        lock.job_ended()
