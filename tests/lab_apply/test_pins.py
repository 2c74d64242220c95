"""Images that the release leaves without a version: pinned when they are downloaded, the same ever after."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import containers, file_times, http_status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

PINS = "docker-compose.pins.yaml"


@pytest.fixture(
    scope="module", params=[pytest.param(t, marks=pytest.mark.slow) for t in ("vps:difyadmin", "local")]
)
def installed(module_bench: Maker, request: pytest.FixtureRequest) -> Bench:
    """The newest of the named releases, installed once for this module."""
    bench = module_bench(request.param)
    bench.write(release={"version": versions()[0]})
    assert PINS in {f["path"] for f in bench.cli.json("plan").last["files"]}
    ran = bench.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    said = [o["text"] for o in ran.objects if o["event"] == "line" and o["step"] == "pull"]
    assert any("nginx:latest@sha256:" in text for text in said)
    return bench


def typed(bench: Bench, words: str) -> str:
    """As a person types it in the folder."""
    return bench.run(f"cd {bench.docker_folder} && docker compose {words}")


def pins(bench: Bench) -> dict[str, str]:
    data = yaml.safe_load(bench.run(f"cat {bench.docker_folder}/{PINS}"))
    return {name: service["image"] for name, service in data["services"].items() if service}


def images_run(bench: Bench) -> dict[str, str]:
    """Service → id of the image that its container is made of."""
    ids = bench.run("docker ps -aq --filter label=com.docker.compose.project").split()
    data: list[dict[str, Any]] = json.loads(bench.run(f"docker inspect {' '.join(ids)}"))
    return {c["Config"]["Labels"]["com.docker.compose.service"]: c["Image"] for c in data}


def test_what_is_pinned(installed: Bench) -> None:
    pinned_as_it_must_be(installed)


def pinned_as_it_must_be(installed: Bench) -> None:
    """Exactly the images without a version, with the registry's digests; Compose reads them by itself.

    In every run test_actions.py looks at its own installation with this."""
    stated = yaml.safe_load(installed.run(f"cat {installed.docker_folder}/docker-compose.yaml"))["services"]
    loose = {name for name in containers(installed) if stated[name]["image"].endswith(":latest")}
    assert {"nginx", "ssrf_proxy"} <= loose
    found = pins(installed)
    assert set(found) == loose
    for service, pin in found.items():
        assert pin.partition("@")[0] == stated[service]["image"]
        name = pin.partition(":")[0]
        known = installed.run(f"docker image inspect --format '{{{{json .RepoDigests}}}}' {pin}")
        assert f"{name}@{pin.partition('@')[2]}" in json.loads(known)
    config = json.loads(typed(installed, "config --format json"))["services"]
    assert {name: config[name]["image"] for name in loose} == found
    mode = installed.run(f"stat -c %a {installed.docker_folder}/{PINS}").strip()
    assert mode == "644"
    shown = installed.cli.json("plan").last["images"]
    assert set(found.values()) <= set(shown)


@pytest.mark.slow
def test_a_moved_tag_changes_nothing(installed: Bench) -> None:
    """Nothing to do, and a restart keeps the image, although ``latest`` is another one now."""
    before, images = containers(installed), images_run(installed)
    times, found = file_times(installed), pins(installed)
    installed.lab.registry.faults(moved={"library/nginx": "library/busybox"})
    try:
        installed.run("docker pull -q nginx:latest")
        now = installed.run("docker image inspect -f '{{.Id}}' nginx:latest").strip()
        assert now != images["nginx"], "the tag did not move"
        installed.lab.registry.faults(moved={"library/nginx": "library/busybox"})

        again = installed.cli.json("apply")
        assert (again.exit_code, again.last["changed"]) == (0, False), again.stdout[-3000:]
        assert (containers(installed), file_times(installed)) == (before, times)
        assert installed.cli.json("restart").exit_code == 0
        typed(installed, "up -d --force-recreate nginx 2>/dev/null")
        assert installed.lab.registry.pulls() == {}
        assert (images_run(installed), pins(installed)) == (images, found)
        assert installed.cli.json("status").last["state"] == "running"
    finally:
        installed.lab.registry.faults()


@pytest.mark.slow
def test_pruned_images_come_back_by_digest(installed: Bench) -> None:
    """A machine that was cleaned gets exactly the pinned images, and is at rest afterwards."""
    images, found = images_run(installed), pins(installed)
    typed(installed, "down 2>/dev/null")
    installed.run(
        "docker images --format '{{.Repository}} {{.ID}}' | sed -nE 's#^(nginx|ubuntu/squid|busybox) ##p'"
        " | sort -u | xargs docker rmi -f >/dev/null"
    )
    registry = installed.lab.registry
    registry.faults(moved={"library/nginx": "library/busybox"})
    try:
        planned = installed.cli.json("plan").last
        assert "pull" in [step["step"] for step in planned["steps"]]
        ran = installed.cli.json("apply")
        assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
        asked = [line for line in registry.counters()["log"] if "/manifests/" in line]
        assert asked and all("/manifests/sha256:" in line for line in asked), asked
        assert set(registry.pulls()) == {"library/nginx", "ubuntu/squid", "library/busybox"}
        assert (images_run(installed), pins(installed)) == (images, found)
        assert http_status(f"{installed.web}/console/api/setup") == 200

        before, times, pulls = containers(installed), file_times(installed), registry.pulls()
        again = installed.cli.json("apply")
        assert (again.exit_code, again.last["changed"]) == (0, False)
        assert (containers(installed), file_times(installed), registry.pulls()) == (before, times, pulls)
    finally:
        registry.faults()


@pytest.mark.slow
def test_pins_that_were_taken_away_are_made_anew(installed: Bench) -> None:
    """Without the file Compose refuses the folder; ``apply`` writes it again. Entries that mean nothing here
    any more vanish, and an image without a registry's digest stays without."""
    found = pins(installed)
    file = f"{installed.docker_folder}/{PINS}"
    installed.run(f"rm {file}")
    for image in {pin.partition("@")[0] for pin in found.values()}:
        installed.run(f"docker pull -q {image}")
    assert installed.cli.json("apply").exit_code == 0
    assert pins(installed) == found

    installed.run(f"printf 'services:\\n  gone:\\n    image: busybox:latest@sha256:%064d\\n' 1 >{file}")
    own = "FROM ubuntu/squid:latest\\nLABEL own=1\\n"
    installed.run(f"printf '{own}' | DOCKER_BUILDKIT=0 docker build -q -t ubuntu/squid:latest - >/dev/null")
    ran = installed.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:]
    left = yaml.safe_load(installed.run(f"cat {file}"))["services"]
    assert left["nginx"]["image"] == found["nginx"] and "gone" not in left
    assert not left["ssrf_proxy"]
    assert any("not pinned" in o.get("text", "") for o in ran.objects)
    again = installed.cli.json("apply")
    assert (again.exit_code, again.last["changed"]) == (0, False), again.stdout[-3000:]
    typed(installed, "config -q")


@pytest.mark.slow
def test_a_newer_image_on_purpose(installed: Bench) -> None:
    """As docs/cli.md says: take the entry out, pull, apply. Only it, and what Compose starts after it,
    is made anew."""
    before, found = containers(installed), pins(installed)
    service = next(name for name, pin in found.items() if pin.startswith("busybox:"))
    file = f"{installed.docker_folder}/{PINS}"
    installed.run(f"sed -i '/^  {service}:/,+1d' {file}")
    installed.lab.registry.faults(moved={"library/busybox": "library/nginx"})
    try:
        installed.run("docker pull -q busybox:latest")
        ran = installed.cli.json("apply")
    finally:
        installed.lab.registry.faults()
    assert ran.exit_code == 0, ran.stdout[-3000:]
    now, after = pins(installed), containers(installed)
    assert now[service].partition("@")[2] == found["nginx"].partition("@")[2]
    assert {**now, service: ""} == {**found, service: ""}
    new = {name for name in after if after[name][0] != before[name][0]}
    assert service in new and not new & {"redis", "db_postgres", "weaviate", "web", "ssrf_proxy"}
    assert installed.cli.json("apply").last["changed"] is False
