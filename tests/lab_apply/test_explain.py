"""A failure is explained within five seconds, by what the target itself says."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from installer.apply.locked_change import LINE
from tests.cli_runner import events
from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(300)]
SECONDS = 5.0

#: What a container of Dify's prints where Docker is too old for it, as a file of a person's own.
CRASH = """services:
  api:
    entrypoint: []
    command: [sh, -c, "echo 'OpenBLAS blas_thread_init: pthread_create failed for thread 1 of 6'; exit 1"]
"""


@pytest.fixture(scope="module")
def broken(module_bench: Maker) -> Bench:
    """Installed, and then the database got another password: what the data says is not what ``.env`` says."""
    bench = module_bench("vps:difyadmin", keep_images=True)
    bench.write(release={"version": versions()[0]})
    ran = bench.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    bench.run(
        f"cd {bench.docker_folder} && docker compose exec -T db_postgres "
        "psql -U postgres -c \"alter user postgres password 'another-one'\""
    )
    return bench


def failed(bench: Bench, *words: str, record: Callable[[str, object], None]) -> dict[str, Any]:
    """The last word of the command, which must fail: it came in time, with what explains it."""
    process = bench.cli.start(*words)
    failed_at, told_at, last = 0.0, 0.0, {}
    for last in events(process):
        told_at = time.time()
        failed_at = last["at"] if last["event"] == "step_failed" else failed_at
    assert process.stdout
    process.stdout.close()
    assert process.wait() == 1 and last["event"] == "failed", last
    record("row", f"explained {told_at - failed_at:4.1f} s after the failure: {words[0]}")
    assert told_at - failed_at < SECONDS * crowded(), last
    return last


def crowded() -> float:
    """By how much everything is slower here: more work than processors, beyond what a test itself makes."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2)


def test_data_with_another_password(broken: Bench, record_property: Callable[[str, object], None]) -> None:
    last = failed(broken, "restart", record=record_property)
    assert last["findings"], last
    first = last["findings"][0]
    assert last["catalogue"] == first["code"] == "ENV-02"
    assert any("password authentication failed" in line for line in first["lines"])
    assert first["service"] in ("api", "api_websocket", "worker", "db_postgres")
    journal = broken.run(f"tail -n 1 {broken.directory}/.dify-installer/journal.jsonl")
    noted = json.loads(journal)["findings"][0]
    assert (noted["code"], noted["service"]) == ("ENV-02", first["service"])
    assert noted["lines"] == [line[:LINE] for line in first["lines"]]


def test_a_container_that_crashes(broken: Bench, record_property: Callable[[str, object], None]) -> None:
    broken.run(
        f"cd {broken.docker_folder} && docker compose exec -T db_postgres psql -U postgres -c "
        "\"alter user postgres password '$(sed -n s/^DB_PASSWORD=//p .env)'\""
    )
    broken.run(f"cat >{broken.docker_folder}/crash.yaml <<'END'\n{CRASH}END")
    broken.write(env={"COMPOSE_FILE": "crash.yaml"})
    last = failed(broken, "apply", record=record_property)
    assert last["findings"], last
    first = last["findings"][0]
    assert (last["catalogue"], first["code"], first["service"]) == ("INST-11", "INST-11", "api")
    assert first["lines"][0].endswith("pthread_create failed for thread 1 of 6")
