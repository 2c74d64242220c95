"""The script and its Python twin, each against a Docker that is made up: they fill the same sections."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from installer.hosts.kinds import DESKTOP
from installer.root_cause import Scene, local_evidence
from installer.root_cause.evidence import Evidence, env_of, read
from installer.root_cause.explain import script
from tests.fakes.host import FakeHost
from tests.unit.explain.answers import MARK

#: The states of ``docker inspect``.
DOWN = {"Status": "restarting", "ExitCode": 1, "OOMKilled": False, "Error": "", "Health": None}
UP = {"Status": "running", "ExitCode": 0, "OOMKilled": False, "Error": "", "Health": None}

DOCKER = r"""#!/bin/sh
case "$1 $*" in
    "ps "*) cat "$FAKE/ids" ;;
    "info "*) echo "$FAKE" ;;
    "logs "*--since=90s*) shift 4; echo "new: $(cat "$FAKE/$1.log")" ;;
    "logs "*) shift 3; cat "$FAKE/$1.log" ;;
    "inspect "*) cat "$FAKE/states" ;;
esac
"""


def inspected(service: str, state: dict[str, Any], restarts: int = 0) -> dict[str, Any]:
    labels = {"com.docker.compose.service": service, "com.docker.compose.oneoff": "False"}
    return {"Id": f"id{service}", "Config": {"Labels": labels}, "State": state, "RestartCount": restarts}


def row(data: dict[str, Any]) -> str:
    """What the script's own template says before the ``|``."""
    state = data["State"]
    health = (state["Health"] or {}).get("Status", "none")
    service = data["Config"]["Labels"]["com.docker.compose.service"]
    return f"{data['Id']} {state['Status']} {state['ExitCode']} {data['RestartCount']} {health} {service}"


def by_script(
    folder: Path, containers: list[dict[str, Any]], service: str = "", port: int = 0, since: str = ""
) -> Evidence:
    """Run the script with a Docker that has *containers*."""
    fake = folder / "fake"
    (fake / "bin").mkdir(parents=True)
    docker = fake / "bin" / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    (fake / "ids").write_text("".join(f"{c['Id']}\n" for c in containers))
    (fake / "states").write_text(
        "".join(f"{row(c)}|{json.dumps(local_evidence._entry(c))}\n" for c in containers)
    )
    for one in containers:
        (fake / f"{one['Id']}.log").write_text(f"log of {one['Id']}\n")
    (folder / "docker").mkdir()
    (folder / "docker" / ".env").write_text("DB_PASSWORD=hunter2\n")
    arguments = [
        MARK,
        str(folder),
        "dify",
        "http",
        "127.0.0.1",
        str(port),
        "dify.example",
        "/x",
        service,
        since,
    ]
    done = subprocess.run(
        ["sh", "-s", "--", *arguments],
        input=script(),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{fake}/bin:{os.environ['PATH']}", "FAKE": str(fake)},
    )
    assert "DB_PASSWORD=hunter2\n" in env_of(done.stdout, MARK)
    assert done.stdout.rstrip().endswith(f"{MARK} end")
    return read(done.stdout, MARK)


class Client:
    """What the twin asks of docker-py."""

    def __init__(self, containers: list[dict[str, Any]]) -> None:
        self._found = {c["Id"]: c for c in containers}

    def containers(self, **_: object) -> list[dict[str, Any]]:
        return [{"Id": name} for name in self._found]

    def inspect_container(self, name: str) -> dict[str, Any]:
        return self._found[name]

    def logs(self, name: str, *, tail: int, since: int = 0) -> bytes:
        assert not since or abs(time.time() - 90 - since) < 5
        return f"log of {name}".encode()


class Computer(FakeHost):
    """This computer, where no scripts run."""

    kind = DESKTOP

    def docker(self) -> Any:
        return nullcontext(self.docker_client)


def by_twin(folder: Path, containers: list[dict[str, Any]], service: str = "") -> Evidence:
    env = {f"{folder}/docker/.env": b"DB_PASSWORD=hunter2\n"}
    lines: list[str] = []
    with Computer(docker_client=Client(containers), files=env) as host:
        local_evidence.ask(host, Scene(str(folder), "dify"), MARK, service, 90, lines.append)
    text = "\n".join(lines)
    assert env_of(text, MARK).strip() == "DB_PASSWORD=hunter2"
    return read(text, MARK)


@pytest.mark.parametrize("ask", [by_script, by_twin])
def test_logs_of_those_that_are_not_well_and_of_the_named_one(ask: Any, tmp_path: Path) -> None:
    ill = {**UP, "Health": {"Status": "unhealthy", "Log": [{"Output": "no"}]}}
    containers = [inspected("api", DOWN, 3), inspected("db", ill), inspected("web", UP)]
    found: Evidence = ask(tmp_path, containers)
    assert {c.service: c.log for c in found.containers} == {
        "api": "log of idapi",
        "db": "log of iddb",
        "web": "",
    }
    api = found.containers[0]
    assert (api.state, api.exit_code, api.restarts) == ("restarting", 1, 3)
    assert found.containers[1].health_output == "no"
    assert found.memory is not None and found.memory.total > 0
    assert found.rooms and found.rooms[0].size > found.rooms[0].free > 0


@pytest.mark.parametrize("ask", [by_script, by_twin])
def test_a_healthy_stack_is_not_asked_for_logs(ask: Any, tmp_path: Path) -> None:
    containers = [inspected("api", UP), inspected("init", {**UP, "Status": "exited"})]
    assert [c.log for c in ask(tmp_path, containers).containers] == ["", ""]


@pytest.mark.parametrize("ask", [by_script, by_twin])
def test_the_service_that_the_error_names(ask: Any, tmp_path: Path) -> None:
    found: Evidence = ask(tmp_path, [inspected("api", UP), inspected("web", UP)], "web")
    assert [c.log for c in found.containers] == ["", "log of idweb"]


def test_nothing_is_there(tmp_path: Path) -> None:
    found = by_script(tmp_path, [])
    assert found.containers == () and found.rooms


def test_a_web_server_that_does_not_answer_costs_little_and_asks_for_all_logs(tmp_path: Path) -> None:
    before = time.monotonic()
    found = by_script(tmp_path, [inspected("api", UP)], port=1)
    assert time.monotonic() - before < 5
    assert found.status == "" and found.containers[0].log == "log of idapi"


def test_only_what_was_said_since(tmp_path: Path) -> None:
    found = by_script(tmp_path, [inspected("api", DOWN)], since="90s")
    assert found.containers[0].log == "new: log of idapi"
