"""Carrying out: every repair succeeds, fails at each stage, is cancelled, and succeeds when repeated."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from installer.answers.model import Repairs, Stores
from installer.apply.lock import Lock, LockData
from installer.apply.locked_change import Operation
from installer.apply.repair import carry_out, repair, stage_error
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, Event, Line, StepFailed, StepFinished, StepStarted
from installer.core.repair_ids import IDS
from installer.core.secrets import Redactor, Secret
from installer.facts.machine import Kernel
from installer.facts.model import AccessControl, Packages
from installer.facts.owners import Entry, Owners
from installer.preflight.findings import Finding
from installer.repairs.builders import BUILDERS
from installer.repairs.catalogue import Inputs, finished
from installer.repairs.daemon_file import FILE, merged
from installer.repairs.model import Repair
from tests.fakes.host import Expected, FakeHost, FakeJob, failed, ok
from tests.situations import ANSWERS, operation
from tests.unit.repairs.test_offered import DEBIAN, PLAIN

OTHERS = Entry("/opt/dify", "drwxrwxr-x", 1001, 1001, inside=True)
FACTS = replace(
    PLAIN,
    owners=Owners((OTHERS,), there="/opt/dify", complete=True),
    system=DEBIAN,
    access=AccessControl(selinux="enforcing"),
    packages=Packages(manager="apt"),
    machine=replace(PLAIN.machine, kernel=Kernel(settings=(("vm.max_map_count", "65530"),))),
)
ASKED = replace(
    ANSWERS,
    target=replace(ANSWERS.target, user="me"),
    stores=Stores("opensearch"),
    repairs=Repairs(IDS, mirror="https://mirror.example", proxy="http://proxy.example:3128"),
)


def made(repair_id: str) -> Repair:
    draft = BUILDERS[repair_id](Inputs(FACTS, ASKED, (Finding(Code.DOCKER_MISSING),), admin=True))
    assert draft is not None
    return finished(repair_id, draft)


REPAIRS = [made(repair_id) for repair_id in IDS]
STAGES = [pytest.param(r, n, id=s.name) for r in REPAIRS for n, s in enumerate(r.stages)]


class Bench:
    """A fake machine, the lock on it, and the events."""

    def __init__(self, *jobs: FakeJob) -> None:
        self.events: list[Event] = []
        self.cancel = CancelToken()
        notes = Expected(lambda c: any("/added/" in word for word in c.argv), times=None)
        self.host = FakeHost([notes], jobs=jobs, folders=(ASKED.state_folder,))

    def operation(self, emit: Emit) -> Operation:
        return operation(self.host, emit, cancel=self.cancel, answers=ASKED)

    def run(self, what: Repair) -> None:
        with Lock(self.host, ASKED.state_folder, "me") as lock:
            carry_out(self.operation(self.events.append), what, lock)

    def of(self, kind: type[Event]) -> list[Event]:
        return [e for e in self.events if isinstance(e, kind)]


def job(what: Repair, fail_at: int | None = None) -> FakeJob:
    """A job for *what*: each stage says its name; the one at *fail_at* fails."""
    stages = [(s.name, [f"says {s.name}"], 1 if n == fail_at else 0) for n, s in enumerate(what.stages)]
    return FakeJob(stages, fits=lambda spec: spec.stages == what.stages)


@pytest.mark.parametrize("what", REPAIRS, ids=lambda r: r.id)
def test_it_runs_as_one_step_under_the_lock(what: Repair) -> None:
    bench = Bench(job(what))
    bench.run(what)
    assert [e.step for e in bench.of(StepStarted)] == [f"repair:{what.id}"]
    assert [e.step for e in bench.of(StepFinished)] == [f"repair:{what.id}"]
    assert len(bench.of(Line)) == len(what.stages)
    assert not any(path.endswith("/lock") for path in bench.host.files), "the lock was given back"


@pytest.mark.parametrize(("what", "number"), STAGES)
def test_it_fails_at_each_stage_and_succeeds_when_repeated(what: Repair, number: int) -> None:
    bench = Bench(job(what, number), job(what))
    with pytest.raises(InstallError) as caught:
        bench.run(what)
    part = what.stages[number].name.rpartition(":")[2]
    expected = {"wait": Code.REPAIR_WAITED, "source": Code.REPAIR_NO_SOURCE}.get(part, Code.REPAIR_FAILED)
    assert caught.value.code is expected
    assert caught.value.detail == f"says {what.stages[number].name}"
    assert caught.value.params["repair"] == what.id
    assert [e.step for e in bench.of(StepFailed)] == [f"repair:{what.id}"]
    bench.run(what)
    assert len(bench.of(StepFinished)) == 1


@pytest.mark.parametrize("what", REPAIRS, ids=lambda r: r.id)
def test_a_cancel_stops_the_job_and_frees_the_lock(what: Repair) -> None:
    bench = Bench(FakeJob([(what.stages[0].name, ["working"], None)]), job(what))
    emit = bench.events.append

    def cancelling(event: Event) -> None:
        emit(event)
        if isinstance(event, Line):
            bench.cancel.cancel()

    with pytest.raises(Cancelled), Lock(bench.host, ASKED.state_folder, "me") as lock:
        carry_out(bench.operation(cancelling), what, lock)
    assert [j.stopped for j in bench.host.jobs.values()] == [True]
    bench.cancel = CancelToken()
    bench.run(what)


def test_the_lock_names_the_job_while_it_runs() -> None:
    what = made("docker.start")
    bench = Bench(job(what))
    seen: list[str] = []

    def look(event: Event) -> None:
        file = bench.host.files.get(f"{ASKED.state_folder}/lock")
        data = LockData.parse(file.data) if file else None
        seen.append(data.job if data else "")

    with Lock(bench.host, ASKED.state_folder, "me") as lock:
        carry_out(bench.operation(look), what, lock)
    assert seen[0].startswith("repair-")


# ---------------------------------------------------------------- at once


def noted(when: str) -> Expected:
    return Expected(lambda c: c.argv[-2:] == (when, ASKED.directory) and "/added/" in c.argv[-3])


def at_once(what: Repair, *answers: Expected, redact: Redactor | None = None) -> list[Event]:
    """Every repair but one that only waits is noted for a removal, also one that fails."""
    events: list[Event] = []
    around = [noted("before"), *answers, noted("after")] if what.id != "packages.wait" else answers
    with FakeHost(around) as host:
        repair(host, ASKED, what, events.append, CancelToken(), redact)
    return events


def test_at_once_it_shows_what_is_said() -> None:
    what = made("docker.start")
    events = at_once(what, Expected(what.stages[0].argv, ok("Docker Engine 26 answers.\n")))
    assert [type(e).__name__ for e in events] == ["StepStarted", "Line", "StepFinished"]
    assert isinstance(events[1], Line) and events[1].text == "Docker Engine 26 answers."


def test_at_once_a_failure_has_the_words_as_detail_without_secrets() -> None:
    what = made("docker.start")
    with pytest.raises(InstallError) as caught:
        at_once(
            what,
            Expected(what.stages[0].argv, failed(1, stdout="bad token hunter2-hunter2\n")),
            redact=Redactor((Secret("hunter2-hunter2"),)),
        )
    assert caught.value.code is Code.REPAIR_FAILED
    assert "bad token" in caught.value.detail and "hunter2" not in caught.value.detail


def test_waiting_too_long_names_who_is_busy() -> None:
    what = made("packages.wait")
    with pytest.raises(InstallError) as caught:
        at_once(what, Expected(what.stages[0].argv, failed(75, stdout="Still in use by: apt (process 7)\n")))
    assert caught.value.code is Code.REPAIR_WAITED
    assert "process 7" in caught.value.detail


def test_only_those_that_act_at_once_do() -> None:
    with pytest.raises(ValueError, match=r"docker\.install"):
        at_once(made("docker.install"))


def test_an_unknown_stage_is_a_failed_repair() -> None:
    assert stage_error("repair:x", 3, "").code is Code.REPAIR_FAILED


# ---------------------------------------------------------------- daemon.json


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, {"registry-mirrors": ["https://m"]}),
        (b" \n", {"registry-mirrors": ["https://m"]}),
        (
            b'{"log-opts": {"max-size": "1m"}}',
            {"log-opts": {"max-size": "1m"}, "registry-mirrors": ["https://m"]},
        ),
        (
            b'{"registry-mirrors": ["https://a", "https://m"]}',
            {"registry-mirrors": ["https://m", "https://a"]},
        ),
        (b'{"registry-mirrors": "wrong"}', {"registry-mirrors": ["https://m"]}),
    ],
)
def test_a_mirror_is_merged(old: bytes | None, new: object) -> None:
    assert json.loads(merged(old, {"registry-mirrors": ["https://m"]})) == new


def test_a_proxy_keeps_what_is_beside_it() -> None:
    old = b'{"proxies": {"no-proxy": "a", "x": 1}, "iptables": false}'
    new = json.loads(merged(old, {"proxies": {"http-proxy": "http://p"}}))
    assert new == {"proxies": {"no-proxy": "a", "x": 1, "http-proxy": "http://p"}, "iptables": False}


def test_a_proxy_adds_to_who_is_reached_without() -> None:
    old = b'{"proxies": {"no-proxy": "registry.inside,localhost"}}'
    new = json.loads(merged(old, {"proxies": {"http-proxy": "http://p", "no-proxy": "localhost,::1"}}))
    assert new == {"proxies": {"no-proxy": "registry.inside,localhost,::1", "http-proxy": "http://p"}}


@pytest.mark.parametrize("old", [b'{"log-driver": ', b"[]", b"1"])
def test_a_broken_file_is_not_touched(old: bytes) -> None:
    bench = Bench()
    bench.host.write_file(FILE, old)
    with pytest.raises(InstallError) as caught:
        bench.run(made("daemon.mirror"))
    assert caught.value.code is Code.DAEMON_FILE_UNREADABLE
    assert bench.host.read_file(FILE) == old
    assert bench.host.read_file(f"{FILE}.new") is None


def test_a_password_in_daemon_json_is_in_no_command() -> None:
    what = made("daemon.mirror")
    bench = Bench(job(what))
    bench.host.write_file(FILE, b'{"proxies": {"http-proxy": "http://me:hunter2@p"}}')
    bench.run(what)
    draft = bench.host.read_file(f"{FILE}.new")
    assert draft is not None and b"hunter2" in draft and b"mirror.example" in draft
    assert bench.host.files[f"{FILE}.new"].mode == 0o600
    spec = next(iter(bench.host.jobs.values())).spec
    assert "hunter2" not in repr(spec) + repr(bench.events)
