"""What ``docker inspect`` tells about a container beyond its state."""

from __future__ import annotations

from typing import Any

import pytest

from installer.docker.containers import Container, parse_inspect


def inspected(state: dict[str, Any], **more: Any) -> Container:
    return parse_inspect(
        {"Id": "1", "Name": "/a", "State": {"Status": "running", **state}, "Config": {}, **more}
    )


def check(*outputs: str, **health: Any) -> Container:
    log = [{"ExitCode": 0, "Output": output} for output in outputs]
    return inspected({"Health": {"Status": "unhealthy", "Log": log, **health}})


def test_the_last_check_is_kept_with_its_last_lines() -> None:
    found = check("old", "\n".join(f"line {n}" for n in range(20)) + "\n", FailingStreak=4)
    assert found.health_output.split("\n") == [f"line {n}" for n in range(14, 20)]
    assert (found.health, found.health_fails) == ("unhealthy", 4)


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("", ""),
        ("\n \n", ""),
        ("\x1b[31mrefused\x1b[0m\r\n", "refused"),
        ("  0%\r 50%\r100% done", "100% done"),
        ("a" * 5000, "a" * 200),
        ("接続できません\n", "接続できません"),
    ],
)
def test_what_a_check_prints_is_fit_to_be_shown(output: str, shown: str) -> None:
    assert check(output).health_output == shown


def test_without_a_check_nothing_is_said_of_health() -> None:
    for state in ({}, {"Health": None}, {"Health": {"Status": "none", "FailingStreak": 0, "Log": None}}):
        found = inspected(state)
        assert (found.health, found.health_output, found.health_fails) == ("", "", 0)


def test_how_it_ended() -> None:
    state = {
        "Status": "exited",
        "ExitCode": 137,
        "OOMKilled": True,
        "FinishedAt": "2026-11-24T08:00:00Z",
        "Error": "no such \x1b[1mfile",
    }
    found = inspected(state, HostConfig={"Memory": 64 << 20})
    assert (found.oom, found.exit_code, found.finished_at) == (True, 137, "2026-11-24T08:00:00Z")
    assert (found.error, found.memory_limit) == ("no such file", 64 << 20)
    assert inspected({}, HostConfig={"Memory": None}).memory_limit == 0
