"""Status, logs and actions on a running Dify, over SSH and locally."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli_runner import Ran, events
from tests.lab_apply.canary import Watch, private_modes
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import containers, http_status
from tests.lab_apply.test_pins import pinned_as_it_must_be

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Made:
    """An installation; over SSH with the *watch* that saw it being made, and all that *ran* under it."""

    bench: Bench
    watch: Watch | None = None
    ran: tuple[Ran, ...] = ()


@pytest.fixture(scope="module", params=["vps:difyadmin", pytest.param("local", marks=pytest.mark.slow)])
def made(
    module_bench: Maker, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Made]:
    """The newest of the named releases, installed once for this module."""
    bench = module_bench(request.param, keep_images=True)
    bench.write(release={"version": versions()[0]})
    if request.param == "local":
        ran = bench.cli.json("apply")
        assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
        yield Made(bench)
        return
    with Watch(bench, tmp_path_factory.mktemp("watch")) as watch:
        first = bench.cli.json("apply")
        assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
        others = [bench.cli.json(*words) for words in (("restart", "nginx"), ("plan",), ("facts",))]
        others.append(bench.cli.run("logs", "--tail", "20"))
    assert not any(ran.exit_code for ran in others)
    yield Made(bench, watch, (first, *others))
    watch.give_back()


@pytest.fixture(scope="module")
def installed(made: Made) -> Bench:
    """Where it is."""
    return made.bench


def test_no_secret_is_seen(made: Made) -> None:
    """In any command line, environment, event, log or journal that is ours."""
    private_modes(made.bench)
    if made.watch is not None:  # over SSH
        assert not made.watch.leaks(made.ran)


def test_what_is_pinned(installed: Bench) -> None:
    pinned_as_it_must_be(installed)


def test_status(installed: Bench) -> None:
    ran = installed.cli.json("status")
    assert ran.exit_code == 0
    status = ran.last
    assert status["state"] == "running"
    assert status["version"] == versions()[0]
    assert http_status(status["url"] + "/console/api/setup") == 200
    by_service: dict[str, Any] = {c["service"]: c for c in status["containers"]}
    assert set(by_service) == set(containers(installed))
    keys = {"service", "name", "state", "health", "exit_code", "image", "ports", "started_at", "restarts"}
    assert all(set(c) == keys for c in status["containers"])
    port = installed.tables.get("ports", {}).get("http", 80)
    assert any(p.endswith(f":{port}->80/tcp") for p in by_service["nginx"]["ports"])


def test_status_for_people(installed: Bench) -> None:
    english = installed.cli.run("status", "--language", "en")
    japanese = installed.cli.run("status", "--language", "ja")
    assert english.exit_code == japanese.exit_code == 0
    assert "nginx" in english.stdout
    assert english.stdout != japanese.stdout


def test_logs_of_one_and_all(installed: Bench) -> None:
    one = installed.cli.json("logs", "api")
    assert one.exit_code == 0
    assert {o["service"] for o in one.objects} == {"api"}
    assert any("Listening at" in o["text"] for o in one.objects)
    everything = installed.cli.json("logs", "--tail", "5")
    times = [o["at"] for o in everything.objects]
    assert len({o["service"] for o in everything.objects}) > 5
    assert [t[:19] for t in times] == sorted(t[:19] for t in times)
    assert {o["stream"] for o in installed.cli.json("logs").objects} == {"stdout", "stderr"}
    plain = installed.cli.run("logs", "api", "--tail", "1")
    assert plain.exit_code == 0
    assert " api | " in plain.stdout


def test_logs_follow(installed: Bench) -> None:
    process = installed.cli.start("logs", "nginx", "api", "--follow", "--tail", "1")
    seen: list[str] = []
    found = threading.Event()

    def read() -> None:
        for entry in events(process):
            seen.append(entry["text"])
            if "made-up-path" in entry["text"]:
                found.set()

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(2)
    try:
        with urllib.request.urlopen(f"{installed.web}/console/api/ping?made-up-path"):
            pass
        assert found.wait(15), seen
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) in (0, 130)
        reader.join(10)
        assert process.stdout
        process.stdout.close()
    left = "pgrep -fc '[d]ocker logs' || true"
    for _ in range(20):
        if installed.run(left).strip() == "0":
            break
        time.sleep(0.5)
    assert installed.run(left).strip() == "0", "following must leave no process on the target"


def test_restart_nginx(installed: Bench) -> None:
    before = containers(installed)
    ran = installed.cli.json("restart", "nginx")
    assert ran.exit_code == 0, ran.stdout
    assert ran.last["event"] == "done"
    after = containers(installed)
    assert after["nginx"][0] == before["nginx"][0]
    assert after["nginx"][1] > before["nginx"][1]
    assert {k: v for k, v in after.items() if k != "nginx"} == {
        k: v for k, v in before.items() if k != "nginx"
    }
    assert http_status(f"{installed.web}/console/api/setup") == 200
    written = installed.run(f"tail -n 2 {installed.directory}/.dify-installer/journal.jsonl").splitlines()
    began, ended = map(json.loads, written)
    assert (began["what"], began["services"], ended["what"]) == ("restart", ["nginx"], "done")


@pytest.mark.slow
def test_stop_and_start(installed: Bench) -> None:
    before = containers(installed)
    assert installed.cli.json("stop").exit_code == 0
    stopped = containers(installed)
    assert {v[2] for v in stopped.values()} == {"exited"}
    assert installed.cli.json("status").last["state"] == "stopped"

    assert installed.cli.json("start").exit_code == 0
    started = containers(installed)
    assert {k: v[0] for k, v in started.items()} == {k: v[0] for k, v in before.items()}
    assert http_status(f"{installed.web}/console/api/setup") == 200
    status = installed.cli.json("status").last
    assert status["state"] == "running"
    again = installed.cli.json("apply")
    assert again.exit_code == 0
    assert again.last["changed"] is False


@pytest.mark.slow
def test_stop_one_is_degraded(installed: Bench) -> None:
    assert installed.cli.json("stop", "web").exit_code == 0
    assert installed.cli.json("status").last["state"] == "degraded"
    assert installed.cli.json("start", "web").exit_code == 0
    assert installed.cli.json("status").last["state"] == "running"


def test_made_anew_in_order(installed: Bench) -> None:
    before = containers(installed)
    assert installed.cli.json("recreate", "api").exit_code == 0
    after = containers(installed)
    assert after["api"][0] != before["api"][0]
    assert after["nginx"][0] == before["nginx"][0] and after["nginx"][1] > before["nginx"][1]
    untouched = before.keys() - {"api", "nginx", "init_permissions"}  # that one sees to the data folder again
    assert {n: after[n] for n in untouched} == {n: before[n] for n in untouched}
    assert http_status(f"{installed.web}/console/api/setup") == 200
    installed.run(f"docker rm -f {after['web'][0]}")
    assert installed.cli.json("start", "web").exit_code == 0, "what is not there is made"
    assert installed.cli.json("status").last["state"] == "running"
    again = installed.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False


def test_more_workers_stay_over_restart_and_apply(installed: Bench) -> None:
    def workers() -> list[str]:
        label = "--filter label=com.docker.compose.service=worker"
        return sorted(installed.run(f"docker ps -q {label}").split())

    before, others = workers(), containers(installed)
    scaled = installed.cli.json("scale", "worker", "3")
    assert scaled.exit_code == 0, scaled.stdout
    three = workers()
    assert len(three) == 3 and set(before) < set(three), "the one that was there goes on"
    after = containers(installed)
    same = others.keys() - {"worker", "init_permissions"}
    assert {n: after[n] for n in same} == {n: others[n] for n in same}
    again = installed.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False
    assert workers() == three
    assert installed.cli.json("recreate", "worker").exit_code == 0
    assert len(workers()) == 3 and not set(workers()) & set(three)
    installed.run("docker rm -f " + workers()[0])
    others = {n: v for n, v in containers(installed).items() if n not in ("worker", "init_permissions")}
    assert installed.cli.json("apply").last["changed"] is True, "one is missing"
    assert len(workers()) == 3
    now = containers(installed)
    assert {n: now[n] for n in others} == others, "nothing that was made by an action is made anew"
    assert installed.cli.json("status").last["state"] == "running"
    assert installed.cli.json("scale", "worker", "1").exit_code == 0
    assert len(workers()) == 1
    assert installed.cli.json("scale", "api", "2").exit_code == 2
    again = installed.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False


def test_an_unknown_service_is_usage(installed: Bench) -> None:
    ran = installed.cli.json("restart", "ngnix")
    assert ran.exit_code == 2
    assert ran.last["code"] == "service.unknown"
    assert ran.last["params"]["near"] == "nginx"
