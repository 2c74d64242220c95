"""What a job is at, for whoever waits for it: also when its log is long."""

from __future__ import annotations

import pytest

from installer.apply import job_now
from installer.docker.pulls import PullImage, plan_line
from installer.hosts.jobs.log import begin_mark, end_mark
from tests.fakes.host import FakeHost

FOLDER, TOKEN = "/jobs/j1", "0123abcd"
IMAGES = [PullImage("nginx:1", "nginx", "1", parts=((f"sha256:{'ab' * 32}", 100),))]


def host(log: str) -> FakeHost:
    return FakeHost(files={f"{FOLDER}/log": log.encode(), f"{FOLDER}/token": f"{TOKEN}\n".encode()})


def layer(done: int) -> str:
    detail = f'{{"current":{done},"total":100}}'
    return f'nginx:1 {{"status":"Downloading","progressDetail":{detail},"id":"abababababab"}}\n'


def test_nothing_yet() -> None:
    assert job_now.now_at(FakeHost(), FOLDER) is None
    assert job_now.now_at(host(""), FOLDER) is None


def test_the_end_of_a_long_log_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_now, "LOG_BYTES", 1000)
    monkeypatch.setattr(job_now, "HEAD_BYTES", 500)
    log = f"{begin_mark(TOKEN, 1, 'pull')}\n{plan_line(IMAGES)}\n" + layer(1) * 200 + layer(42)
    found = job_now.now_at(host(log), FOLDER)
    assert found == job_now.now_at(host(log[: log.index(layer(1))] + layer(42)), FOLDER)
    assert found is not None and found[0] == "pull" and "42" in found[1]
    log += layer(1) * 20 + f"{end_mark(TOKEN, 1, 0, 'pull')}\n{begin_mark(TOKEN, 2, 'start')}\nup\n"
    assert job_now.now_at(host(log), FOLDER) == ("start", "")
