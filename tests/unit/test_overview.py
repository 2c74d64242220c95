"""What Overview says of the machine: limits, days, failed runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from installer.answers import Answers, Target
from installer.https.https_now import HttpsNow
from installer.https.site_certificate import CertificateState
from installer.operations.condition import parse_room, read_condition
from installer.operations.overview import (
    FailedRun,
    Room,
    certificate_word,
    disk_tone,
    failed_runs,
    memory_tone,
)
from installer.state.history import entries, runs
from tests.fakes.host import Expected, FakeHost, ok
from tests.ui.states.panel import certificate

NOW = 1_790_000_000.0
GB = 10**9
ANSWERS = Answers(target=Target(kind="ssh", host="203.0.113.5", user="root", directory="/opt/dify"))
OUTPUT = """\
folder_kb=/dev/vda1       81106868 34077896 42861808      45% /
images_kb=/dev/vdb1       41152812 41000000   152812     100% /var/lib/docker
MemTotal:        4028456 kB
MemAvailable:    1210332 kB
"""


@pytest.mark.parametrize(
    ("free", "tone"), [(100, "ok"), (5, "ok"), (4.9, "warning"), (1, "warning"), (0.9, "stop"), (0, "stop")]
)
def test_a_disk(free: float, tone: str) -> None:
    assert disk_tone(Room(int(free * GB), 100 * GB)) == tone


def test_memory() -> None:
    assert memory_tone(Room(GB, 4 * GB)) == "ok"
    assert memory_tone(Room(GB // 5, 4 * GB)) == "warning"
    assert Room(GB, 4 * GB).used == 0.75 and Room(0, 0).used == 0.0


def test_what_the_script_prints() -> None:
    disk, images, memory = parse_room(OUTPUT)
    assert disk == Room(42861808 * 1024, 81106868 * 1024)
    assert images == Room(152812 * 1024, 41152812 * 1024)
    assert memory == Room(1210332 * 1024, 4028456 * 1024)


def test_one_file_system_is_told_once() -> None:
    same = OUTPUT.replace("/dev/vdb1", "/dev/vda1").replace("/var/lib/docker", "/")
    assert parse_room(same)[1] is None


@pytest.mark.parametrize("text", ["", "folder_kb=\n", "folder_kb=df: no such file\nMemTotal: many kB\n"])
def test_what_cannot_be_read_is_not_known(text: str) -> None:
    assert parse_room(text) == (None, None, None)


# ------------------------------------------------------------------ certificate


def state(kind: str, days: int, **renewal: object) -> HttpsNow:
    return HttpsNow("there", "https://dify.example.jp", certificate(kind, days, **renewal))


@pytest.mark.parametrize(
    ("found", "word", "tone", "days"),
    [
        (state("letsencrypt", 61), "fine", "ok", 61),
        (state("own", 12), "soon", "warning", 12),
        (state("own", -4), "over", "stop", 0),
        (state("self-signed", 80), "self_signed", "neutral", 80),
        (state("letsencrypt", 21, result="failed"), "failed", "warning", 21),
        (HttpsNow("off"), "off", "warning", -1),
        (HttpsNow("front"), "front", "ok", -1),
        (HttpsNow("unreadable"), "unreadable", "warning", -1),
        (HttpsNow("absent"), "absent", "neutral", -1),
    ],
)
def test_days_left(found: HttpsNow, word: str, tone: str, days: int) -> None:
    assert certificate_word(found, datetime.now(UTC).timestamp()) == (word, tone, days)


def test_a_certificate_of_tomorrow() -> None:
    found = certificate("own", 80)
    later = replace(found.info, not_before=datetime.now(UTC) + timedelta(days=1))
    word = certificate_word(
        HttpsNow("there", "", CertificateState("own", later, None)), datetime.now(UTC).timestamp()
    )
    assert word[:2] == ("early", "stop")


# ----------------------------------------------------------------- failed runs


def told(*lines: tuple[float, str, dict[str, Any]]) -> tuple[FailedRun, ...]:
    """What is left of a journal of (hours ago, what, fields)."""
    journal = [json.dumps({"at": NOW - 3600 * hours, "what": what, **more}) for hours, what, more in lines]
    return failed_runs(runs(entries(journal)), NOW)


FAILED = {"code": "service.failed", "params": {"service": "api"}}


def test_a_failed_run() -> None:
    (found,) = told((3, "restart", {}), (2, "failed", FAILED))
    assert (found.what, found.code, found.params, found.over) == (
        "restart",
        "service.failed",
        (("service", "api"),),
        False,
    )
    assert found.at == NOW - 7200


def test_what_went_well_later_is_over() -> None:
    (found,) = told((5, "restart", {}), (4, "failed", FAILED), (3, "restart", {}), (2, "done", {}))
    assert found.over
    (found,) = told((5, "start", {}), (4, "failed", FAILED), (3, "restart", {}), (2, "done", {}))
    assert found.over
    (found,) = told((5, "apply", {}), (4, "failed", FAILED), (3, "restart", {}), (2, "done", {}))
    assert not found.over  # a restart says nothing of what was to be changed


def test_the_newest_ones_that_are_open() -> None:
    many = [
        entry
        for hours in range(20, 10, -2)
        for entry in ((hours, "apply", {}), (hours - 1, "failed", FAILED))
    ]
    found = told(*many)
    assert [round((NOW - p.at) / 3600) for p in found] == [11, 13, 15]
    assert told((900, "apply", {}), (899, "failed", FAILED)) == ()
    assert told((3, "apply", {}), (2, "done", {})) == ()
    assert told((3, "apply", {}), (2, "cancelled", {})) == ()


def test_the_cause_that_its_text_proves() -> None:
    detail = "write /var/lib/docker/tmp/GetImageBlob1: no space left on device"
    (found,) = told((3, "apply", {}), (2, "failed", {**FAILED, "detail": detail}))
    assert found.cause == "HOST-04"


# ----------------------------------------------------------------- one look


def host(body: str, *, web: bool = True, journal: str = "") -> FakeHost:
    record: dict[str, Any] = {"version": "1.16.1", "project": "dify", "services": [], "one_shots": []}
    if web:
        record["web"] = {"address": "127.0.0.1", "port": 80, "name": "dify.example.jp", "tls": False}
    files = {f"{ANSWERS.state_folder}/installation.json": json.dumps(record).encode()}
    if journal:
        files[f"{ANSWERS.state_folder}/journal.jsonl"] = journal.encode()
    commands = [Expected(("sh", "-s", "--", "/opt/dify"), ok(OUTPUT), contains=("/proc/meminfo",))]
    answer = f"HTTP/1.0 200 OK\r\n\r\n{body}".encode()
    return FakeHost(commands, files=files, ports={("127.0.0.1", 80): lambda: _Answer(answer)})


class _Answer:
    """A connection on which one answer waits."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def sendall(self, data: bytes) -> None:
        assert b"/console/api/setup" in data

    def recv(self, size: int) -> bytes:
        found, self._data = self._data[:size], self._data[size:]
        return found

    def settimeout(self, seconds: float | None) -> None: ...
    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ('{"step": "not_started"}', True),
        ('{"step": "finished", "setup_at": "2026-01-01"}', False),
        ('{"step": "else"}', None),
        ("[]", None),
        ("<html>", None),
    ],
)
def test_the_first_account(body: str, free: bool | None) -> None:
    with host(body) as there:
        assert read_condition(there, ANSWERS).setup_open is free


def test_one_look() -> None:
    line = json.dumps({"at": datetime.now(UTC).timestamp() - 60, "what": "failed", **FAILED})
    with host("", web=False, journal=line) as there:
        found = read_condition(there, ANSWERS)
    assert found.disk and found.images and found.memory
    assert found.setup_open is None and [p.code for p in found.failed_runs] == ["service.failed"]
