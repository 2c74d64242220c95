"""The target's answer, read and put into words."""

from __future__ import annotations

from typing import Any

import pytest

from installer.diagnosis import KnownFailure, diagnose_all
from installer.root_cause.evidence import Memory, Room, read
from installer.root_cause.states import pieces
from tests.unit.explain.answers import GB, MARK, answer, container

ENDED: dict[str, Any] = {"state": "exited", "exit_code": 1}


def found(text: str, *expected: str) -> list[KnownFailure]:
    return diagnose_all([*pieces(read(text, MARK), expected)])


def codes(text: str, *expected: str) -> list[str]:
    return [finding.code for finding in found(text, *expected)]


def test_everything_is_read() -> None:
    health = {"Status": "unhealthy", "Log": [{"Output": "old"}, {"Output": " no\n"}]}
    text = answer(
        container("api", "restarting", exit_code=137, oom=True, restarts=4, error="x"),
        container("db_postgres", health=health),
        container("job", labels={"com.docker.compose.oneoff": "True"}),
        logs={"api": "one\ntwo"},
        web="HTTP/1.1 502 Bad Gateway\nServer: nginx\n\n<html>",
    )
    read_ = read(text, MARK)
    api, database = read_.containers
    assert (api.service, api.state, api.exit_code, api.oom, api.restarts) == (
        "api",
        "restarting",
        137,
        True,
        4,
    )
    assert (api.error, api.log, api.well) == ("x", "one\ntwo", False)
    assert (database.health, database.health_output, database.well) == ("unhealthy", "no", False)
    assert read_.rooms == (Room("/", 40 * GB * 1024, 30 * GB * 1024, 2000, 1000),)
    assert read_.memory == Memory(4 * GB * 1024, 2 * GB * 1024, 0, 0)
    assert read_.status == "502 Bad Gateway" and read_.web.endswith("<html>")


def test_an_answer_that_is_cut_off_anywhere_is_read_as_far_as_it_goes() -> None:
    text = answer(
        container("api", **ENDED),
        container("web"),
        logs={"api": "x"},
        kernel="uptime=5.0",
        web="HTTP/1.1 502",
    )
    for end in range(0, len(text), 7):
        read(text[:end], MARK)
    assert [c.service for c in read(text[: text.index('"web"') + 5], MARK).containers] == ["api"]


def test_a_container_that_was_cut_off_is_not_absent() -> None:
    text = answer(container("api"), container("redis"), container("weaviate"))
    for end in range(len(text)):
        seen = pieces(read(text[:end], MARK), ("api", "redis", "weaviate"))
        assert not [piece.text for piece in seen if "absent" in piece.text], text[:end]
    assert "redis: absent" in str([*pieces(read(answer(container("api")), MARK), ("api", "redis"))])


def test_a_healthy_stack_gives_nothing() -> None:
    well = [
        container(
            "api",
            health={"Status": "healthy", "Log": [{"Output": "password authentication failed for user"}]},
        ),
        container("nginx"),
        container("init_permissions", "exited"),
    ]
    kernel = "uptime=90000.5\n[  100.000000] Out of memory: Killed process 1 (python)"
    for web in ("", "HTTP/1.1 200 OK\n\n{}", "curl: (7) Failed to connect: Connection refused"):
        assert codes(answer(*well, kernel=kernel, web=web), "api", "nginx") == []


@pytest.mark.parametrize(
    ("text", "code", "service"),
    [
        (answer(container("api", "exited", exit_code=137, oom=True)), "HOST-03", "api"),
        (answer(container("api", "exited", exit_code=137)), "HOST-03", "api"),
        (answer(container("api"), free=3000), "HOST-04", ""),
        (answer(container("api"), inodes_free=0), "HOST-04", ""),
        (answer(container("api"), memory=20_000), "HOST-03", ""),
        (answer(container("api"), web="HTTP/1.1 502 Bad Gateway\n\n<html>"), "NGX-01", ""),
        (answer(container("api"), web="  HTTP/1.1 500 INTERNAL SERVER ERROR"), "PG-05", ""),
        (answer(container("sandbox", "restarting", exit_code=2, restarts=3)), "SBX-02", "sandbox"),
        (answer(container("redis", **ENDED)), "RDS-01", "redis"),
        (answer(container("db_postgres", health={"Status": "unhealthy"})), "PG-09", "db_postgres"),
        (answer(container("api")), "ENV-01", "weaviate"),
    ],
)
def test_states_alone(text: str, code: str, service: str) -> None:
    (finding,) = found(text, "weaviate") if code == "ENV-01" else found(text)
    assert (finding.code, finding.service) == (code, service)
    assert finding.lines


def test_what_is_coming_up_explains_nothing_before_everything_was_started() -> None:
    """As after a server's restart in the middle: the database that it brings up again is not the failure."""
    rising = container("db", health={"Status": "starting"})
    seen = read(answer(rising, web="HTTP/1.1 502 Bad Gateway"), MARK)
    assert [f.code for f in diagnose_all([*pieces(seen)])] == ["WEB-01"]
    assert diagnose_all([*pieces(seen, None)]) == []
    broken = read(answer(container("db", restarts=3, health={"Status": "starting"})), MARK)
    assert any("restarted 3 times" in piece.text for piece in pieces(broken, None))


def test_why_docker_could_not_start_a_container() -> None:
    error = "driver failed programming connectivity: Bind for 0.0.0.0:80 failed: port is already allocated"
    (finding,) = found(answer(container("nginx", "created", error=error), container("api")))
    assert (finding.code, finding.service, finding.lines) == ("HOST-01", "nginx", (error,))


def test_what_the_last_health_check_said() -> None:
    health = {
        "Status": "unhealthy",
        "Log": [
            {"Output": 'FATAL:  data directory "/var/lib/postgresql/data/pgdata" has invalid permissions'}
        ],
    }
    assert codes(answer(container("db_postgres", health=health)))[0] == "PG-01"


def test_the_kernel_s_word_counts_if_it_is_new_and_about_us() -> None:
    line = "[ 5000.000000] oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/docker/{0},task=python"
    text = "uptime={1}\n" + line
    api = container("api", **ENDED)
    assert codes(answer(api, kernel=text.format("idapi", 5100.5))) == ["HOST-03"]
    assert codes(answer(api, kernel=text.format("other", 5100.5))) == []
    assert codes(answer(api, kernel=text.format("idapi", 9000.5))) == []


# ---------------------------------------------------------------- several pieces together

REFUSED = 'psycopg2.OperationalError: FATAL:  password authentication failed for user "postgres"'
WAITS = "dial tcp 172.18.0.3:5432: connect: connection refused"


def test_root_causes_come_first_whichever_piece_they_are_in() -> None:
    text = answer(
        container("plugin_daemon", "restarting", exit_code=2, restarts=5),
        container("db_postgres", **ENDED),
        logs={
            "plugin_daemon": WAITS,
            "db_postgres": "FATAL: could not write lock file: No space left on device",
        },
        free=100,
    )
    first, second = found(text)
    assert (first.code, second.code) == ("HOST-04", "PG-06")
    assert first.lines[0].startswith("FATAL") or first.lines[0].startswith("disk")
    assert second.service == "plugin_daemon"


def test_the_consequence_is_not_said_where_its_cause_is() -> None:
    text = answer(
        container("api", **ENDED),
        container("nginx"),
        logs={"api": REFUSED},
        web="HTTP/1.1 502 Bad Gateway\n\nx",
    )
    assert codes(text) == ["ENV-02"]


def test_weak_ones_count_only_alone() -> None:
    weak = container("api", "exited", exit_code=137)
    assert codes(answer(weak, logs={"api": REFUSED})) == ["ENV-02"]


def test_lines_of_a_state_and_of_the_log_of_one_service_belong_together() -> None:
    text = answer(
        container("api", "exited", exit_code=137, oom=True),
        logs={"api": "Worker (pid:7) was sent SIGKILL! Perhaps out of memory?"},
    )
    (finding,) = found(text)
    assert finding.service == "api" and len(finding.lines) == 2


def test_lines_of_services_are_not_mixed() -> None:
    text = answer(
        container("api", **ENDED),
        container("worker", **ENDED),
        logs={"api": REFUSED, "worker": f"worker {REFUSED}"},
    )
    (finding,) = found(text)
    assert finding.lines == (REFUSED,) and finding.service == "api"
