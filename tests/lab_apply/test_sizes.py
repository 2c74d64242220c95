"""What the images weigh, asked on real machines: against what a pull transfers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli_runner import ROOT
from tests.lab import Lab
from tests.lab_apply.conftest import Bench, Maker, local_shell, reset_local

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def machine(module_bench: Maker) -> Bench:
    """A server without images, made once: a plan changes nothing."""
    return module_bench("vps")


@pytest.fixture
def empty(machine: Bench, tmp_path: Path) -> Iterator[Bench]:
    """The same for one test, with a person who knows no sizes yet."""
    machine.lab.registry.faults()
    yield replace(machine, cli=replace(machine.cli, home=tmp_path / "home"))
    machine.lab.registry.faults()
    machine.lab.server("vps").prune_images()


@pytest.fixture(scope="module")
def computer(module_bench: Maker) -> Bench:
    """This computer without images, made once."""
    return module_bench("local")


def planned(bench: Bench, home: Path | None = None) -> dict[str, Any]:
    if home is not None:
        bench.cli.home = home
    ran = bench.cli.json("plan")
    assert ran.exit_code == 0, ran.stderr
    return ran.last


def manifests(lab: Lab) -> dict[str, int]:
    """How often each repository was asked for a manifest."""
    repositories = lab.registry.counters()["repositories"]
    return {name: int(c["manifests"]) for name, c in repositories.items() if c["manifests"]}


def pull(lab: Lab, bench: Bench, images: list[str]) -> int:
    """Bytes that the registry sends for *images*."""
    lab.registry.faults()
    bench.run("for image in " + " ".join(images) + "; do docker pull -q $image; done")
    return int(sum(c["bytes"] for c in lab.registry.counters()["repositories"].values()))


@pytest.mark.slow
def test_the_sum_is_what_a_pull_transfers(empty: Bench, tmp_path: Path) -> None:
    b = empty
    plan = planned(b)
    images = [d["image"] for d in plan["downloads"]]
    assert images == plan["images"] and not any(d["present"] for d in plan["downloads"])
    asked = manifests(b.lab)
    assert set(asked.values()) == {1} and len(asked) == len({i.partition(":")[0] for i in images})

    b.lab.registry.faults()
    assert planned(b)["download_bytes"] == plan["download_bytes"]
    assert b.lab.registry.counters()["requests"] == 0  # known here
    assert f"{plan['download_bytes'] / 1e6:.0f} MB" in b.cli.run("plan").stdout

    some = images[:3]
    alone = next(d["bytes"] for d in plan["downloads"] if d["image"] == images[0])
    assert pull(b.lab, b, images[:1]) == alone
    pull(b.lab, b, some)
    rest = planned(b, tmp_path / "home2")
    assert [d["image"] for d in rest["downloads"] if d["present"]] == some
    assert not {f"library/{i}".partition(":")[0] for i in some} & set(manifests(b.lab))
    b.lab.server("vps").prune_images()
    assert pull(b.lab, b, images) == plan["download_bytes"]
    b.lab.registry.faults()
    done = planned(b, tmp_path / "home3")
    assert done["download_bytes"] == 0 and {d["bytes"] for d in done["downloads"]} == {0}
    assert b.lab.registry.counters()["requests"] == 0  # what is there is not asked for


@pytest.mark.parametrize(
    "faults",
    [
        {"status": {"langgenius/dify-web": [429, -1]}},
        pytest.param({"status": {"langgenius/dify-web": [503, -1]}}, marks=pytest.mark.slow),
        pytest.param({"missing": ["langgenius/dify-web"]}, marks=pytest.mark.slow),
    ],
    ids=["rate limit", "outage", "missing"],
)
def test_a_registry_that_refuses_leaves_it_open(empty: Bench, faults: dict[str, Any]) -> None:
    b = empty
    b.lab.registry.faults(**faults)
    plan = planned(b)
    sizes = {d["image"].partition(":")[0]: d["bytes"] for d in plan["downloads"]}
    assert sizes["langgenius/dify-web"] is None and plan["download_bytes"] is None
    assert "is not known" in b.cli.run("plan").stdout
    b.lab.registry.faults()
    assert planned(b)["download_bytes"] > 0
    assert "langgenius/dify-web" in manifests(b.lab)


@pytest.mark.slow
def test_a_registry_out_of_reach_or_slow_costs_some_seconds(empty: Bench) -> None:
    b = empty
    b.lab.registry.faults(refuse=True)
    assert planned(b)["download_bytes"] is None
    b.lab.registry.faults(delay_ms=30_000)
    ran = b.cli.json("plan", seconds=25)
    assert ran.exit_code == 0 and ran.last["download_bytes"] is None


@pytest.mark.slow
def test_a_registry_that_wants_a_token(empty: Bench) -> None:
    b = empty
    b.lab.registry.faults(auth=True)
    assert planned(b)["download_bytes"] > 0


NATIVE = """
import json, sys
from installer.hosts.kinds import DESKTOP
from installer.cli.show import plan_json
from installer.engine import Engine
from installer.core.app_folder import Home
from installer.hosts.local.host import LocalHost
from installer.answers import Secrets, load_answers
from pathlib import Path
answers, home = load_answers(Path(sys.argv[1])), Home(Path(sys.argv[2]))
host = LocalHost(answers.target.docker, kind=DESKTOP)
engine = Engine(answers, Secrets(), home, emit=lambda event: None).using(host)
plan = engine.plan()
print(json.dumps(plan_json(plan, engine.image_sizes(plan))))
"""


def in_the_engines_place(lab: Lab, *command: str) -> dict[str, Any]:
    """*command* where the lab's hosts file and certificates are the machine's (``nsenter``)."""
    pid = (lab.place.run / "dockerd.pid").read_text().strip()
    gone = ("SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    env = {k: v for k, v in os.environ.items() if k not in gone}
    words = ["nsenter", f"--mount=/proc/{pid}/ns/mnt", f"--wd={ROOT}", *command]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("auth", [False, True], ids=["open", "token"])
def test_on_this_computer_without_scripts(computer: Bench, tmp_path: Path, auth: bool) -> None:
    b = computer
    b.lab.registry.faults(auth=auth)
    words = (sys.executable, "-c", NATIVE, str(b.cli.answers), str(tmp_path / "home"))
    plan = in_the_engines_place(b.lab, *words)
    assert plan["download_bytes"] > 0
    # the registry counts the question that it refuses first, too
    assert set(manifests(b.lab).values()) == {2 if auth else 1}
    b.lab.registry.faults()
    assert in_the_engines_place(b.lab, *words)["download_bytes"] == plan["download_bytes"]
    assert b.lab.registry.counters()["requests"] == 0


@pytest.mark.slow
def test_on_this_computer(computer: Bench) -> None:
    b = computer
    plan = in_the_engines_place(
        b.lab, "env", f"DIFY_INSTALLER_HOME={b.cli.home}", *b.cli.command("plan", "--json")
    )
    images = [d["image"] for d in plan["downloads"]]
    # the images of the lab's own servers have a layer in common with Dify's, and are there
    assert 0 < pull(b.lab, b, images) <= plan["download_bytes"]
    reset_local(local_shell(b.lab), b.directory, keep_images=False)
