"""Services of one's own: tried from the server's Docker network before anything is changed, then used.

PostgreSQL, MariaDB, Redis with TLS and an S3-compatible store are real programs (``tests/lab/external.py``);
servers that say that they are too old are doubles at the level of the protocol.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from installer.state.external_report import STEPS
from tests.lab import Lab
from tests.lab.external import DATABASE, NAMES, PASSWORD, S3_PORT, TLS_PORT, USER, External
from tests.lab.procs import wait_until
from tests.lab_apply.conftest import Bench, Maker, toml, versions
from tests.lab_apply.test_main_job import containers
from tests.lab_selftest.stack import fetch
from tests.unit.external import doubles

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(600)]

NEWEST = versions()[0]
CLOSED = "1"
Tables = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def external(lab: Lab) -> Iterator[External]:
    """The four servers."""
    servers = External(lab)
    servers.start()
    yield servers
    servers.stop()


@dataclass
class Given:
    """Tables of the answers file and of the secrets file."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)

    def but(self, table: str, **changes: str) -> Given:
        """With other values in *table* of the answers file."""
        return Given({**self.answers, table: {**self.answers[table], **changes}}, self.secrets)

    def secret(self, table: str, **changes: str) -> Given:
        """With other values in *table* of the secrets file."""
        return Given(self.answers, {**self.secrets, table: {**self.secrets[table], **changes}})

    def __or__(self, other: Given) -> Given:
        return Given(self.answers | other.answers, self.secrets | other.secrets)


def database(external: External, kind: str = "postgresql") -> Given:
    host = external.ip(NAMES[0] if kind == "postgresql" else NAMES[1])
    settings = {"DB_HOST": host, "DB_USERNAME": USER, "DB_DATABASE": DATABASE}
    answers: Tables = {"database": {"kind": kind, "external": True}, "database.settings": settings}
    return Given(answers, {"database": {"DB_PASSWORD": PASSWORD}})


def redis(external: External) -> Given:
    settings = {"REDIS_HOST": external.ip(NAMES[2]), "REDIS_PORT": str(TLS_PORT), "REDIS_USE_SSL": "true"}
    settings |= {"REDIS_SSL_CERT_REQS": "CERT_REQUIRED", "REDIS_SSL_CA_CERTS": str(external.authority)}
    answers: Tables = {"redis": {"external": True}, "redis.settings": settings}
    return Given(answers, {"redis": {"REDIS_PASSWORD": PASSWORD}})


def files(external: External) -> Given:
    access, secret = external.keys
    address = f"http://{external.ip(NAMES[3])}:{S3_PORT}"
    settings = {"S3_ENDPOINT": address, "S3_REGION": "us-east-1", "S3_BUCKET_NAME": "files"}
    answers: Tables = {"storage": {"kind": "s3"}, "storage.settings": settings}
    return Given(answers, {"storage": {"S3_ACCESS_KEY": access, "S3_SECRET_KEY": secret}})


def give(bench: Bench, given: Given) -> None:
    """Write both files."""
    for name in ("database", "redis", "storage"):
        bench.tables.pop(name, None)
        bench.tables.pop(f"{name}.settings", None)
    bench.write(**given.answers, release={"version": NEWEST})
    path = bench.cli.secrets or bench.cli.answers.with_name("secrets.toml")
    before = tomllib.loads(path.read_text()) if path.exists() else {}
    kept = {name: values for name, values in before.items() if name in ("ssh", "sudo", "admin")}
    path.write_text(toml({**kept, **given.secrets}))
    path.chmod(0o600)
    bench.cli.secrets = path


def planned(bench: Bench, given: Given) -> tuple[dict[str, Any], int]:
    """The plan, which changes nothing."""
    give(bench, given)
    ran = bench.cli.json("plan")
    assert PASSWORD not in ran.stdout + ran.stderr
    return ran.last, ran.exit_code


# --------------------------------------------------------------------- before the install


@pytest.fixture(scope="module")
def server(module_bench: Maker) -> Bench:
    """A server with Docker and no image of Dify's."""
    return module_bench("vps")


def everything(external: External) -> Given:
    return database(external) | redis(external) | files(external)


def test_all_is_well(server: Bench, external: External) -> None:
    plan, code = planned(server, everything(external))
    assert code == 0, plan["blockers"]
    tried = {result["section"]: result for result in plan["external"]}
    assert {*tried} == {"database", "redis", "storage"}
    assert {result["from"] for result in tried.values()} == {"docker"}
    steps = {name: [result["steps"][step] for step in STEPS] for name, result in tried.items()}
    assert steps == {
        "database": ["ok", "none", "ok", "ok", "ok"],
        "redis": ["ok", "ok", "ok", "ok", "ok"],
        "storage": ["ok", "none", "ok", "unknown", "ok"],
    }
    assert tried["database"]["version"].startswith("17.") and tried["redis"]["version"].startswith("8.")
    assert {"redis", "db_postgres"} <= {*plan["elsewhere"]}
    assert not {"redis", "db_postgres", "db_mysql"} & {*plan["services"]}
    untouched(server)


def untouched(bench: Bench) -> None:
    """No container, no folder, no table is left behind."""
    assert bench.run("docker ps -aq").strip() == ""
    assert bench.run(f"ls -d {bench.directory} 2>/dev/null || true").strip() == ""


Case = Callable[[External], Given]
WRONG: Mapping[str, tuple[Case, str, str]] = {
    "postgresql-password": (
        lambda e: database(e).secret("database", DB_PASSWORD="no"),
        "external.login_refused",
        "password",
    ),
    "postgresql-port": (
        lambda e: database(e).but("database.settings", DB_PORT=CLOSED),
        "external.closed",
        "refused",
    ),
    "postgresql-name": (
        lambda e: database(e).but("database.settings", DB_HOST="db.nowhere.test"),
        "external.name_unknown",
        "",
    ),
    "postgresql-database": (
        lambda e: database(e).but("database.settings", DB_DATABASE="other"),
        "external.missing",
        "database",
    ),
    "postgresql-rights": (
        lambda e: (
            database(e).but("database.settings", DB_USERNAME="poor").secret("database", DB_PASSWORD="poor")
        ),
        "external.rights",
        "table",
    ),
    "mariadb-password": (
        lambda e: database(e, "mysql").secret("database", DB_PASSWORD="no"),
        "external.login_refused",
        "password",
    ),
    "mariadb-port": (
        lambda e: database(e, "mysql").but("database.settings", DB_PORT=CLOSED),
        "external.closed",
        "refused",
    ),
    "mariadb-database": (
        lambda e: database(e, "mysql").but("database.settings", DB_DATABASE="other"),
        "external.missing",
        "database",
    ),
    "redis-password": (
        lambda e: redis(e).secret("redis", REDIS_PASSWORD="no"),
        "external.login_refused",
        "password",
    ),
    "redis-port": (lambda e: redis(e).but("redis.settings", REDIS_PORT=CLOSED), "external.closed", "refused"),
    "redis-without-tls": (
        lambda e: redis(e).but("redis.settings", REDIS_USE_SSL="false"),
        "external.tls",
        "needed",
    ),
    "redis-unknown-authority": (
        lambda e: redis(e).but("redis.settings", REDIS_SSL_CA_CERTS=""),
        "external.tls",
        "unknown_issuer",
    ),
    "redis-plugin-daemon": (
        lambda e: redis(e).but("redis.settings", REDIS_SSL_CA_CERTS="", REDIS_SSL_CERT_REQS="CERT_NONE"),
        "external.tls",
        "plugins",
    ),
    "s3-secret": (
        lambda e: files(e).secret("storage", S3_SECRET_KEY="no"),
        "external.login_refused",
        "signature",
    ),
    "s3-key": (lambda e: files(e).secret("storage", S3_ACCESS_KEY="AKNO"), "external.login_refused", "key"),
    "s3-port": (
        lambda e: files(e).but("storage.settings", S3_ENDPOINT=f"http://{e.ip(NAMES[3])}:{CLOSED}"),
        "external.closed",
        "refused",
    ),
    "s3-bucket": (
        lambda e: files(e).but("storage.settings", S3_BUCKET_NAME="other"),
        "external.missing",
        "bucket",
    ),
}


#: One of each service in every run; what is wrong with the others is told by the same code.
EVERY_RUN = ("mariadb-port", "redis-unknown-authority", "s3-bucket")


def rows(names: Iterable[str], every_run: Sequence[str]) -> list[ParameterSet]:
    """*names* as parameters, those that are not of *every_run* with ``--all`` only."""
    slow = pytest.mark.slow
    return [pytest.param(name, marks=() if name in every_run else (slow,)) for name in names]


@pytest.mark.parametrize("name", rows(WRONG, EVERY_RUN))
def test_what_is_wrong_is_said_before_anything_is_changed(
    server: Bench, external: External, name: str
) -> None:
    case, code, reason = WRONG[name]
    plan, exit_code = planned(server, case(external))
    found = [(b["code"], b["params"].get("reason", "")) for b in plan["blockers"]]
    assert (exit_code, found) == (3, [(code, reason)])
    said = server.cli.run("apply")
    assert said.exit_code == 3 and "Nothing was changed on the server" in said.stdout + said.stderr
    untouched(server)


@pytest.mark.slow
def test_mariadb_in_the_place_of_mysql_is_told(server: Bench, external: External) -> None:
    plan, code = planned(server, database(external, "mysql"))
    assert (code, plan["blockers"]) == (0, [])
    assert "external.relative" in [w["code"] for w in plan["warnings"]]


OLD: Mapping[str, tuple[doubles.Talk, Case, str]] = {
    "postgresql": (doubles.postgresql("11.22"), database, "DB"),
    "mysql": (
        doubles.mysql("5.7.44", lambda _, at: doubles.my_packet(at, doubles.MY_OK)),
        lambda e: database(e, "mysql"),
        "DB",
    ),
    "redis": (
        doubles.redis({"INFO": doubles.bulk("redis_version:5.0.14\r\n")}),
        lambda e: redis(e).but("redis.settings", REDIS_USE_SSL="false"),
        "REDIS",
    ),
}


@pytest.mark.parametrize("name", rows(OLD, ["postgresql"]))
def test_too_old(server: Bench, external: External, name: str) -> None:
    talk, case, prefix = OLD[name]
    here = str(external.lab.place.network.network_address + 1)
    with doubles.talking(talk, address=here) as port:
        table = "redis.settings" if name == "redis" else "database.settings"
        changes = {f"{prefix}_HOST": here, f"{prefix}_PORT": str(port)}
        plan, code = planned(server, case(external).but(table, **changes))
    assert (code, [b["code"] for b in plan["blockers"]]) == (3, ["external.version_old"])
    untouched(server)


@pytest.mark.slow
def test_without_docker_the_server_itself_connects(module_bench: Maker, external: External) -> None:
    bare = module_bench("vps-bare")
    give(bare, everything(external))
    ran = bare.cli.json("external")
    assert ran.exit_code == 0, ran.last
    assert {(r["section"], r["from"]) for r in ran.last["services"]} == {
        ("database", "server"),
        ("redis", "server"),
        ("storage", "server"),
    }
    give(bare, database(external).but("database.settings", DB_PORT=CLOSED))
    ran = bare.cli.json("external")
    assert (ran.exit_code, [f["code"] for f in ran.last["findings"]]) == (3, ["external.closed"])


# ------------------------------------------------------------------------------ the install


def checks(bench: Bench) -> dict[str, str]:
    """The log-ins of Dify's parts, once none of them is waiting."""

    def now() -> dict[str, str]:
        status, body = fetch(f"{bench.web}/console/api/_lab")
        return dict(json.loads(body)["checks"]) if status == 200 else {}

    wait_until(lambda: set(now().values()) == {"ok"}, 60, 0.5)
    return now()


@pytest.mark.slow
def test_installed_on_mariadb(module_bench: Maker, external: External) -> None:
    b = module_bench("vps", keep_images=True)
    give(b, database(external, "mysql") | redis(external))
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.last
    assert not {"redis", "db_postgres", "db_mysql"} & {*containers(b)}
    assert checks(b)["database:mysql"] == "ok"
    ask = ("env", f"MYSQL_PWD={PASSWORD}", "mysql", "-u", USER, "-Ne")
    tables = external.lab.engine.docker("exec", NAMES[1], *ask, f"show tables in {DATABASE}").split()
    assert "alembic_version" in tables and not [name for name in tables if "probe" in name]
    assert b.cli.json("apply").last["changed"] is False


@pytest.mark.slow
def test_installed_on_services_of_one_s_own(module_bench: Maker, external: External) -> None:
    b = module_bench("vps", keep_images=True)
    give(b, everything(external))
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.last
    assert PASSWORD not in ran.stdout + ran.stderr
    there = containers(b)
    assert not {"redis", "db_postgres", "db_mysql"} & {*there}
    assert {"api", "worker", "plugin_daemon", "agent_backend", "nginx"} <= {*there}

    assert checks(b)["database:postgresql"] == "ok"
    ask = ("env", f"PGPASSWORD={PASSWORD}", "psql", "-h", "127.0.0.1", "-U", USER, "-d", DATABASE, "-Atc")
    engine = external.lab.engine
    assert engine.docker("exec", NAMES[0], *ask, "select count(*) from alembic_version") == "1"
    databases = engine.docker("exec", NAMES[0], *ask, "select datname from pg_database")
    assert "dify_plugin" in databases.split()
    left = engine.docker("exec", NAMES[0], *ask, "select tablename from pg_tables where tablename ~ 'probe'")
    assert left == ""
    again = b.cli.json("apply")
    assert (again.exit_code, again.last["changed"]) == (0, False)
    assert b.cli.json("status").last["state"] == "running"

    # back would be an empty database
    give(b, redis(external) | files(external))
    back = b.cli.json("plan")
    assert [found["code"] for found in back.last["blockers"]] == ["database.elsewhere"]

    # only Redis comes back into a container
    give(b, database(external) | files(external))
    local = b.cli.json("apply")
    assert local.exit_code == 0, local.last
    assert "redis" in containers(b)
    give(b, everything(external))
    assert b.cli.json("apply").exit_code == 0
    assert "redis" not in containers(b)
