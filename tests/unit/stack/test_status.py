"""What is said about an installation."""

from __future__ import annotations

import json
from typing import Any

from installer.answers import parse_answers
from installer.operations.status import Status, read_status
from tests.fakes.host import FakeHost

ANSWERS = parse_answers('[target]\nkind = "local"\ndirectory = "/opt/dify"\n')
RECORD = json.dumps({"version": "1.16.1", "project": "dify", "url": "http://x", "services": ["api", "web"]})


class Engine:
    """Docker's API with one running container of the project."""

    def containers(self, **_options: Any) -> list[dict[str, Any]]:
        return [{"Id": "1", "Labels": {}}]

    def inspect_container(self, _id: str) -> dict[str, Any]:
        labels = {"com.docker.compose.service": "api"}
        return {"Id": "1", "Name": "/a", "State": {"Status": "running"}, "Config": {"Labels": labels}}


def look(files: dict[str, bytes]) -> Status:
    return read_status(FakeHost(files=files, docker_client=Engine()), ANSWERS)


def test_a_missing_service_is_degraded() -> None:
    status = look({f"{ANSWERS.state_folder}/installation.json": RECORD.encode()})
    assert (status.state, status.version, status.url) == ("degraded", "1.16.1", "http://x")
    assert [c.service for c in status.containers] == ["api"]


def test_the_archive_s_checksum_is_shown() -> None:
    record = json.dumps({**json.loads(RECORD), "release_sha256": "ab" * 32})
    status = look({f"{ANSWERS.state_folder}/installation.json": record.encode()})
    assert status.archive == status.as_json()["release_sha256"] == "ab" * 32


def test_containers_that_are_not_ours_are_not_claimed() -> None:
    assert look({}) == Status("", "", "absent", ())
