"""Stores and databases as they run: Dify logs in, keeps its accounts there, is refused with a wrong secret.

What of it is a real program and what a stand-in: docs/lab.md.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest

from installer.diagnosis import diagnose
from tests.lab import releases
from tests.lab.procs import wait_until
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import containers
from tests.lab_selftest.stack import fetch

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

NEWEST = [release.tag for release in releases.available() if release.tag in versions()][-1]
EMAIL, PASSWORD = "admin@example.com", "Lab-account-1"
REFUSED_BY_POSTGRES = 'password authentication failed for user "postgres"'
#: How one asks the databases themselves, inside of their containers.
MYSQL = "exec -T -e MYSQL_PWD={password} db_mysql mysql -u root -N dify -e"
POSTGRES = "exec -T db_postgres psql -U postgres -d dify -Atc"
WEAVIATE = ("/v1/.well-known/ready", "/v1/meta", "/v1/schema")


@dataclass(frozen=True)
class Row:
    """Answers, the log-ins that must pass, and what Dify says once a variable of its side alone is wrong."""

    database: str
    store: str
    client: str
    passed: frozenset[str]
    refused: dict[str, str]


ROWS = (
    Row(
        "mysql",
        "pgvector",
        MYSQL,
        frozenset({"database:mysql", "vector:pgvector"}),
        {
            "DB_PASSWORD": "(1045, \"Access denied for user 'root'@",
            "PGVECTOR_PASSWORD": REFUSED_BY_POSTGRES,
        },
    ),
    Row(
        "postgresql",
        "weaviate",
        POSTGRES,
        frozenset({"database:postgresql", *("vector:weaviate" + path for path in WEAVIATE)}),
        {
            "DB_PASSWORD": REFUSED_BY_POSTGRES,
            "WEAVIATE_API_KEY": "vector:weaviate/v1/meta: unauthorized",
        },
    ),
    Row(
        "postgresql",
        "qdrant",
        POSTGRES,
        frozenset({"database:postgresql", "vector:qdrant"}),
        {"QDRANT_API_KEY": "vector:qdrant: unauthorized: Invalid api-key"},
    ),
)


@dataclass
class Stack:
    """An installation and what it was asked to be."""

    bench: Bench
    row: Row
    #: By service, what its containers wrote until Dify answered.
    logs: dict[str, str]

    def compose(self, words: str) -> str:
        return self.bench.run(f"cd {self.bench.docker_folder} && docker compose {words}")

    def variable(self, name: str) -> str:
        lines = self.bench.run(f"cat {self.bench.docker_folder}/.env").splitlines()
        return next(line.partition("=")[2].strip("'\"") for line in lines if line.startswith(name + "="))

    def query(self, sql: str) -> list[str]:
        client = self.row.client.format(password=self.variable("DB_PASSWORD"))
        return self.compose(f'{client} "{sql}"').split()

    def console(self, path: str, data: dict[str, Any] | None = None) -> tuple[int, Any]:
        status, text = fetch(f"{self.bench.web}/console/api/{path}", data)
        return status, json.loads(text) if status in (200, 401) else text

    def log_in(self, password: str) -> int:
        encoded = base64.b64encode(password.encode()).decode()
        return self.console("login", {"email": EMAIL, "password": encoded})[0]

    def checks(self) -> dict[str, str]:
        """The log-ins of the API, once it is there and none of them is waiting."""

        def now() -> dict[str, str]:
            status, body = self.console("_lab")
            return dict(body["checks"]) if status == 200 else {}

        wait_until(lambda: set(now().values()) == {"ok"}, 30, 0.2)
        return now()


@pytest.fixture(
    scope="module",
    params=[pytest.param(row, marks=[] if row is ROWS[0] else [pytest.mark.slow]) for row in ROWS],
    ids=[f"{row.database}-{row.store}" for row in ROWS],
)
def stack(module_bench: Maker, request: pytest.FixtureRequest) -> Stack:
    """The newest release, installed once with the row's answers."""
    row: Row = request.param
    bench = module_bench("local", keep_images=True)
    bench.cli.secrets = bench.cli.answers.with_name("admin.toml")
    bench.cli.secrets.write_text(f"[admin]\npassword = '{PASSWORD}'\n")
    bench.cli.secrets.chmod(0o600)
    bench.write(
        release={"version": NEWEST},
        database={"kind": row.database},
        stores={"vector": row.store},
        admin={"email": EMAIL, "name": "Admin"},
    )
    ran = bench.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    names = bench.run(f"cd {bench.docker_folder} && docker compose ps --all --services").split()
    command = f"cd {bench.docker_folder} && docker compose logs --no-color {{}} 2>&1"
    return Stack(bench, row, {name: bench.run(command.format(name)) for name in names})


@pytest.mark.parametrize("stage", ["compose up", "runtime"])
def test_what_healthy_containers_write_names_no_failure(stack: Stack, stage: str) -> None:
    services = tuple(stack.logs)
    assert {"api", "nginx", "redis"} < set(services)
    assert sum(map(len, stack.logs.values())) > 5000
    alone = [
        (name, f.code, f.lines) for name, log in stack.logs.items() for f in diagnose(log, stage, (name,))
    ]
    assert alone == []
    together = "".join(stack.logs.values())
    assert [f.code for f in diagnose(together, stage, services)] == []


def test_every_login_passes(stack: Stack) -> None:
    found = stack.checks()
    assert set(found.values()) == {"ok"}, found
    vector_and_database = {name for name in found if name.startswith(("vector:", "database:"))}
    assert vector_and_database == stack.row.passed
    assert stack.query("select email from accounts") == [EMAIL]
    if stack.row.store == "pgvector":
        extensions = stack.compose("exec -T pgvector psql -d dify -Atc 'select extname from pg_extension'")
        assert "vector" in extensions.split()


@pytest.mark.slow  # in every run: test_main_job.py
def test_a_second_apply_changes_nothing(stack: Stack) -> None:
    before = containers(stack.bench)
    ran = stack.bench.cli.json("apply")
    assert (ran.exit_code, ran.last["changed"]) == (0, False)
    assert containers(stack.bench) == before


def test_accounts_survive_a_restart_of_the_database(stack: Stack) -> None:
    name = "db_mysql" if stack.row.database == "mysql" else "db_postgres"
    started = containers(stack.bench)[name][1]
    stack.compose(f"restart {name}")
    assert containers(stack.bench)[name][1] != started
    assert wait_until(lambda: stack.log_in(PASSWORD) == 200, 30, 0.2)
    assert stack.log_in("another-password-1") == 401
    assert stack.console("setup")[1]["step"] == "finished"


def test_a_wrong_secret_of_one_side_is_refused(stack: Stack) -> None:
    env = f"{stack.bench.docker_folder}/.env"
    stack.bench.run(f"cp -p {env} {env}.right")
    for variable, said in stack.row.refused.items():
        stack.bench.run(f"echo '{variable}=not-the-one' >>{env}")
        stack.compose("up -d --no-deps --quiet-pull api")
        api = containers(stack.bench)["api"][0]
        restarts = f"docker inspect --format '{{{{.RestartCount}}}}' {api}"
        assert wait_until(lambda: int(stack.bench.run(restarts)) > 0, 30, 0.3), variable  # noqa: B023
        assert said in stack.compose("logs --no-color api"), variable
        stack.bench.run(f"cp -p {env}.right {env}")
    stack.compose("up -d --no-deps api")
    assert set(stack.checks().values()) == {"ok"}  # it was nothing else
