"""What is said about an installation."""

from __future__ import annotations

import json
from typing import Any

from installer.answers import parse_answers
from installer.docker.compose import compose
from installer.operations.status import Status, read_status
from tests.fakes.host import Expected, FakeHost, ok

ANSWERS = parse_answers('[target]\nkind = "local"\ndirectory = "/opt/dify"\n')
RECORD = json.dumps({"version": "1.16.1", "project": "dify", "url": "http://x", "services": ["api", "web"]})


class Engine:
    """Docker's API with a container for each of *services* of the project, all up but for "planted"."""

    def __init__(self, *services: str) -> None:
        self.services = services

    def containers(self, **_options: Any) -> list[dict[str, Any]]:
        return [{"Id": service, "Labels": {}} for service in self.services]

    def inspect_container(self, service: str) -> dict[str, Any]:
        labels = {"com.docker.compose.service": service}
        status = "exited" if service == "planted" else "running"
        return {"Id": service, "Name": "/a", "State": {"Status": status}, "Config": {"Labels": labels}}


def look(files: dict[str, bytes], *services: str, resolved: str = "") -> Status:
    commands = [Expected(compose("config", "--services"), ok(resolved))] if resolved else []
    with FakeHost(commands, files=files, docker_client=Engine(*(services or ("api",)))) as host:
        return read_status(host, ANSWERS)


def test_a_missing_service_is_degraded() -> None:
    status = look({f"{ANSWERS.state_folder}/installation.json": RECORD.encode()})
    assert (status.state, status.version, status.url) == ("degraded", "1.16.1", "http://x")
    assert [c.service for c in status.containers] == ["api"]


def test_the_archive_s_checksum_is_shown() -> None:
    record = json.dumps({**json.loads(RECORD), "release_sha256": "ab" * 32})
    status = look({f"{ANSWERS.state_folder}/installation.json": record.encode()})
    assert status.archive == status.as_json()["release_sha256"] == "ab" * 32


def test_a_container_of_no_service_of_the_compose_files_is_not_counted() -> None:
    files = {f"{ANSWERS.state_folder}/installation.json": RECORD.encode()}
    found = look(files, "api", "web", "own", "planted", resolved="api\nweb\nown\n")
    assert [c.service for c in found.containers] == ["api", "web", "own"]
    assert found.state == "running"


def test_containers_that_are_not_ours_are_not_claimed() -> None:
    assert look({}) == Status("", "", "absent", ())
