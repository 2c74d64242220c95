"""Images through this computer, for a server that has no way to a registry; and a login to one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import Any

import pytest

from installer.answers import load_answers, load_secrets
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.registry.login import log_in
from tests.cli_runner import ROOT, events
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import http_status

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]


def without_registry(bench: Bench) -> None:
    """The server's way there is closed; this computer's is not."""
    bench.run(f"ip route add unreachable {bench.lab.place.registry_ip}/32")
    bench.lab.registry.faults()


def start_here(bench: Bench, *words: str) -> subprocess.Popen[str]:
    """A command where the lab's names and certificates are this computer's."""
    pid = (bench.lab.place.run / "dockerd.pid").read_text().strip()
    gone = ("SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    return subprocess.Popen(
        ["nsenter", f"--mount=/proc/{pid}/ns/mnt", f"--wd={ROOT}", *bench.cli.command(*words, "--json")],
        env={k: v for k, v in bench.cli.env().items() if k not in gone},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def apply_here(bench: Bench) -> tuple[int, list[dict[str, Any]]]:
    process = start_here(bench, "apply")
    out, _ = process.communicate(timeout=300)
    return process.returncode, [json.loads(line) for line in out.splitlines()]


def carried(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [e for e in found if e["event"] == "step_progress" and e["step"] == "carry"]


def test_a_server_without_a_registry_gets_a_running_dify(bench: Maker) -> None:
    b = bench("vps:difyadmin")
    b.write(release={"version": versions()[-1]}, registry={"through": "this-computer"})
    without_registry(b)
    code, found = apply_here(b)
    assert code == 0, found[-1]
    assert http_status(f"{b.web}/console/api/setup") == 200
    told = carried(found)
    done = [e["done"] for e in told]
    assert done == sorted(done) and told[-1]["done"] == told[-1]["total"]
    fetched = sum(c["bytes"] for c in b.lab.registry.counters()["repositories"].values())
    assert fetched < told[-1]["total"] < 2.2 * fetched  # once to here, once from here
    images = {e["image"] for e in found if e["event"] == "image_progress"}
    assert images == {e["image"] for e in found if e["event"] == "image_progress" and e["state"] == "done"}
    assert not [e for e in found if e["event"] == "step_progress" and e["step"] == "pull"]
    assert b.run("docker images --digests --format '{{.Digest}}' | sort -u").split() == ["<none>"]
    pins = b.run(f"cat {b.docker_folder}/docker-compose.pins.yaml")
    assert "nginx: {}" in pins and "sha256" not in pins
    b.lab.registry.faults()
    code, found = apply_here(b)
    assert (code, found[-1]["changed"]) == (0, False), found[-1]
    assert b.lab.registry.counters()["requests"] == 0


def test_cancelled_at_once_and_gone_on_with(bench: Maker) -> None:
    b = bench("vps:difyadmin")
    b.write(release={"version": versions()[-1]}, registry={"through": "this-computer"})
    without_registry(b)
    b.lab.registry.faults(bps=30_000_000)
    process = start_here(b, "apply")
    first = ""
    for event in events(process):
        if event["event"] == "image_progress" and event["state"] == "done":
            first = first or event["image"]
        elif (
            first and event["event"] == "image_progress" and event["done"] > 0 and event["state"] == "running"
        ):
            break
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    last = next(events(process), None)
    took = time.monotonic() - began
    while last and last["event"] != "cancelled":
        last, took = next(events(process), None), time.monotonic() - began
    assert process.wait(10) == 130 and process.stdout
    process.stdout.close()
    assert last == {"event": "cancelled"} and took < 2
    b.lab.registry.faults()
    code, found = apply_here(b)
    assert code == 0, found[-1]
    assert first not in {e["image"] for e in found if e["event"] == "image_progress"}


def test_what_this_computer_cannot_get(bench: Maker) -> None:
    b = bench("vps")
    b.write(release={"version": versions()[-1]}, registry={"through": "this-computer"})
    without_registry(b)
    b.lab.registry.faults(missing=["langgenius/dify-web"])
    code, found = apply_here(b)
    assert (code, found[-1]["code"]) == (1, "pull.image_unknown")
    assert found[-1]["params"]["image"].startswith("langgenius/dify-web:")
    assert b.run("docker ps -aq").split() == []


def test_a_login_opens_the_registry(bench: Maker) -> None:
    b = bench("vps:difyadmin")
    b.write(release={"version": versions()[-1]})
    b.lab.registry.faults(login={"me": "hunter2"})
    ran = b.cli.json("apply")
    assert (ran.exit_code, ran.last["code"]) == (1, "pull.refused"), ran.last
    assert b.cli.secrets
    answers, secrets = load_answers(b.cli.answers), load_secrets(b.cli.secrets)
    host = connect(answers, secrets, Home(b.cli.home), CancelToken()).host
    try:
        with pytest.raises(InstallError) as caught:
            log_in(host, "", "me", Secret("wrong"))
        assert caught.value.code is Code.REGISTRY_LOGIN_REFUSED
        log_in(host, "", "me", Secret("hunter2"))
    finally:
        host.close()
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-2000:]
    assert "hunter2" not in ran.stdout + b.run(f"cat {b.directory}/.dify-installer/jobs/*/log")
