"""Undo: a half-made installation leaves the server as it was; a change is taken back with the same data."""

from __future__ import annotations

import os
import signal

import pytest

from tests.cli_runner import events
from tests.lab_apply.conftest import Maker, versions
from tests.lab_apply.test_main_job import http_status

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

_THERE = (
    "docker ps -a --format '{{.Names}}' | sort; docker network ls --format '{{.Name}}' | sort;"
    "docker volume ls --format '{{.Name}}' | sort; find /opt -not -path '*/containerd*' | sort"
)


@pytest.mark.slow
def test_a_half_made_installation_goes_and_nothing_else(bench: Maker) -> None:
    b = bench("vps:difyadmin")
    b.write(release={"version": versions()[-1]})
    before = b.run(_THERE)
    b.run("docker network create theirs >/dev/null")
    b.run("mkdir -p /opt/theirs && echo mine > /opt/theirs/file")
    process = b.cli.start("apply")  # only as far as the files, so that Dify never answers
    for event in events(process):
        if event["event"] == "step_started" and event["step"] == "start":
            break
    os.killpg(process.pid, signal.SIGINT)
    list(events(process))
    assert process.wait(60) == 130
    assert process.stdout is not None
    process.stdout.close()
    b.run(f"echo theirs > {b.docker_folder}/notes.txt")
    b.run(f"mkdir -p {b.docker_folder}/volumes/db/data/pg_notify_of_mine")
    assert b.run("docker ps -aq").strip()

    kept = b.cli.json("undo")  # without consent: data stays, and a foreign file does
    assert kept.exit_code == 0, kept.stdout[-2000:] + kept.stderr
    plan = next(o for o in kept.objects if o["event"] == "undo_plan")
    assert plan["kind"] == "remove" and plan["foreign"] == ["notes.txt"] and plan["data"]
    left = b.run(f"cd {b.docker_folder} && find . -type f -not -path './volumes/*' | sort").split()
    assert left == ["./.env", "./notes.txt"], left
    assert f"{b.docker_folder}/volumes/db" in kept.last["left"]
    b.run(f"test -d {b.docker_folder}/volumes/db/data/pg_notify_of_mine")  # empty, and part of the data
    assert b.run("docker ps -aq").strip() == ""
    again = b.cli.json("undo")
    assert again.exit_code == 0 and again.last["changed"] is False

    wrong = b.cli.json("undo", "--confirm", "/opt")
    assert wrong.exit_code == 2 and wrong.last["code"] == "undo.name_differs"
    done = b.cli.json("undo", "--confirm", b.directory, "--images")
    assert done.exit_code == 0, done.stdout[-2000:]
    assert done.last["left"] == [f"{b.docker_folder}/notes.txt"], done.last
    assert b.run(f"cat {b.docker_folder}/notes.txt") == "theirs\n"
    assert b.run("cat /opt/theirs/file") == "mine\n" and "theirs" in b.run("docker network ls")
    assert b.run("docker images -q").strip() == ""
    b.run(f"rm -r /opt/theirs {b.directory}; docker network rm theirs >/dev/null")
    assert b.run(_THERE) == before
    assert b.cli.json("undo").last["changed"] is False


@pytest.mark.slow
def test_a_changed_port_is_taken_back_with_the_same_data(bench: Maker) -> None:
    b = bench("vps:root")
    b.write(release={"version": versions()[-1]})
    assert b.cli.json("apply").exit_code == 0
    b.run(
        f"echo '# a comment of mine' >> {b.docker_folder}/.env; echo MINE_ALONE=7 >> {b.docker_folder}/.env"
    )
    b.run(f"echo kept > {b.docker_folder}/volumes/app/storage/document")
    before = b.run(f"grep -v '^$' {b.docker_folder}/.env")
    assert b.cli.json("undo").last["changed"] is False  # nothing was changed since it ran

    b.write(ports={"http": 8099})
    changed = b.cli.json("apply")
    assert changed.exit_code == 0, changed.stdout[-2000:]
    env = b.run(f"cat {b.docker_folder}/.env")
    assert "# a comment of mine" in env and "MINE_ALONE=7" in env and "EXPOSE_NGINX_PORT=8099" in env
    (name,) = b.run(f"ls {b.directory}/.dify-installer/backups").split()
    folder = f"{b.directory}/.dify-installer/backups/{name}"
    assert b.run(f"stat -c %a {folder} {folder}/docker/.env").split() == ["700", "600"]
    assert b.run(f"find {folder} -type f -not -perm 600").strip() == ""
    assert f"{folder}" in b.run(f"cat {b.directory}/.dify-installer/journal.jsonl")

    undone = b.cli.json("undo")
    assert undone.exit_code == 0, undone.stdout[-3000:]
    plan = next(o for o in undone.objects if o["event"] == "undo_plan")
    assert plan["kind"] == "restore" and ".env" in plan["files"]
    assert b.run(f"grep -v '^$' {b.docker_folder}/.env") == before
    assert b.run(f"cat {b.docker_folder}/volumes/app/storage/document") == "kept\n"
    assert http_status(f"http://{b.tables['target']['host']}/console/api/setup") == 200
    assert b.cli.json("undo").last["changed"] is False
