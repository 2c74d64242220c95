"""The gate on a slow server whose port is closed from outside: what is told meanwhile, and how it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

#: Before everything else on the server, as a hoster's packet filter is.
FILTER = "iptables -t raw {} PREROUTING -p tcp --dport 80 ! -i lo -s {} -j DROP"
SLOW = "services:\n  api:\n    environment:\n      LAB_MIGRATION_SECONDS: '{seconds}'\n"


def of(objects: tuple[dict[str, Any], ...], kind: str) -> list[dict[str, Any]]:
    return [o for o in objects if o["event"] == kind]


def restarts(bench: Bench, service: str) -> int:
    key = bench.run(f"docker ps -aq --filter label=com.docker.compose.service={service}").split()[0]
    return int(json.loads(bench.run(f"docker inspect {key}"))[0]["RestartCount"])


def slow_api(bench: Bench, seconds: int) -> None:
    """A file of the person's own makes the first start take *seconds*."""
    bench.lab.server("vps").write("/root/slow.yaml", SLOW.format(seconds=seconds))
    bench.write(env={"COMPOSE_FILE": "/root/slow.yaml"})


@pytest.mark.slow
def test_a_slow_first_start_behind_a_closed_port(bench: Maker) -> None:
    b = bench("vps:root", keep_images=True)
    b.write(release={"version": versions()[0]})
    slow_api(b, 25)
    gateway = b.lab.place.gateway
    b.run(FILTER.format("-I", gateway))
    try:
        ran = b.cli.json("apply")
    finally:
        b.run(FILTER.format("-D", gateway))
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert ran.last["event"] == "done", "a closed port is no failure"

    waits = [w for w in of(ran.objects, "waiting") if w["service"] == "api"]
    assert {w["state"] for w in waits} == {"migrating"}
    assert max(w["seconds"] for w in waits) >= 10, of(ran.objects, "waiting")
    said = [o["text"] for o in of(ran.objects, "line") if o["step"] == "ready"]
    assert any(text.startswith("api | ") for text in said), "its own log, after a while"

    looks = [(g["inside"], g["server"], g["here"]) for g in of(ran.objects, "gate_look")]
    assert looks[-1] == ("yes", "yes", "no"), looks
    assert ("waiting", "waiting", "waiting") in looks
    assert of(ran.objects, "reach")[-1]["code"] == "reach.closed"
    assert restarts(b, "nginx") == 0, "it never met a name that was not there"

    again = b.cli.json("apply")
    assert again.last["event"] == "done" and again.last["changed"] is False
    looks = [(g["inside"], g["server"], g["here"]) for g in of(again.objects, "gate_look")]
    assert looks[-1] == ("yes", "yes", "yes")


@pytest.mark.slow
def test_a_web_server_that_looks_for_others_where_they_were(bench: Maker) -> None:
    """Another container has taken the API's address meanwhile: every request is a 502 for ever."""
    b = bench("vps:root", keep_images=True)
    b.write(release={"version": versions()[0]})
    assert b.cli.json("apply").exit_code == 0
    ids = {
        name: b.run(f"docker ps -aq --filter label=com.docker.compose.service={name}").split()[0]
        for name in ("api", "worker", "nginx")
    }
    api, worker, nginx = ids["api"], ids["worker"], ids["nginx"]
    b.run(f"docker stop -t 1 {api} {worker} && docker start {worker} && docker start {api}")
    before = began(b, nginx)
    assert moved(b, api, nginx), "it has the same address as before"
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert began(b, nginx) != before
    said = [o["text"] for o in of(ran.objects, "line") if o["step"] == "ready"]
    assert any(text.startswith("nginx | 502: restarted") for text in said), said


def began(bench: Bench, container: str) -> str:
    return bench.run(f"docker inspect -f '{{{{.State.StartedAt}}}}' {container}").strip()


def moved(bench: Bench, api: str, nginx: str) -> bool:
    """Whether nginx finds nobody at the API's address, though the API is there."""
    ask = "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/console/api/setup"
    for _ in range(20):
        inside = (
            "python3 -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:5001/console/api/setup')\""
        )
        if "ok" in bench.run(f"docker exec {api} {inside} && echo ok || true"):
            return bench.run(ask).strip() == "502"
        bench.run("sleep 1")
    return False
