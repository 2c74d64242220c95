"""Removing Dify with its data and with what repairs added leaves the server as it was before."""

from __future__ import annotations

import pytest

from tests.lab_apply.conftest import versions
from tests.lab_apply.test_main_job import http_status
from tests.lab_apply.whole_server import changed, seen, with_docker_of_ours
from tests.lab_repairs.conftest import Maker

pytestmark = [pytest.mark.lab, pytest.mark.timeout(500)]


@pytest.mark.slow
def test_with_its_data_and_all_that_was_added(bench: Maker) -> None:
    b = bench("vps-bare:difyadmin")
    before = seen(b)
    with_docker_of_ours(b)
    b.run(f"echo kept > {b.docker_folder}/volumes/app/storage/document")

    wrong = b.cli.json("remove", "--confirm", "/opt")
    assert wrong.exit_code == 2 and wrong.last["code"] == "undo.name_differs"
    assert http_status(f"{b.web}/console/api/setup") == 200, "nothing was done"

    kept = b.cli.json("remove")
    assert kept.exit_code == 0, kept.stdout[-3000:] + kept.stderr
    plan = next(o for o in kept.objects if o["event"] == "undo_plan")
    assert plan["data"] and [a["repair"] for a in plan["added"]][-1] == "docker.install"
    assert "package docker.io" in plan["added"][-1]["changes"]
    assert b.run(f"cat {b.docker_folder}/volumes/app/storage/document") == "kept\n"
    assert b.run("docker ps -aq").strip() == ""

    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-3000:] + again.stderr
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run(f"cat {b.docker_folder}/volumes/app/storage/document") == "kept\n"

    gone = b.cli.json("remove", "--confirm", b.directory, "--images", "--added")
    assert gone.exit_code == 0, gone.stdout[-3000:] + gone.stderr
    assert gone.last["left"] == [], gone.last
    after = seen(b)
    different = changed(before, after)
    assert different == [], "\n".join(different[:40])
    assert b.cli.json("remove").last["changed"] is False


@pytest.mark.slow
def test_repairs_of_an_attempt_elsewhere_are_taken_back_by_the_installation_that_came_of_it(
    bench: Maker,
) -> None:
    """Docker came with an attempt in another folder, which failed and was undone."""
    b = bench("vps-bare:difyadmin")
    before = seen(b)
    b.write(
        repairs={"allow": ["docker.install", "docker.group"]},
        release={"version": versions()[-1]},
        target={"directory": "/srv/first"},
    )
    b.lab.registry.faults(missing=["langgenius/dify-web"])
    failed = b.cli.json("apply")
    assert failed.exit_code == 1, failed.last
    b.lab.registry.faults()
    undone = b.cli.json("undo", "--confirm", "/srv/first", "--images")
    assert undone.exit_code == 0, undone.last
    assert b.run("ls -A /srv").strip() == "" and b.run("docker ps -aq").strip() == ""

    b.write(target={"directory": "/srv/second"}, repairs={"allow": []})
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.last
    gone = b.cli.json("remove", "--confirm", "/srv/second", "--images", "--added")
    assert gone.exit_code == 0, gone.last
    plan = next(o for o in gone.objects if o["event"] == "undo_plan")
    assert {a["repair"] for a in plan["added"]} >= {"docker.install"}
    assert gone.last["left"] == [], gone.last
    different = changed(before, seen(b))
    assert different == [], "\n".join(different[:40])
