"""PostgreSQL or MySQL, where the release knows both; compared with what Compose makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, Target
from installer.answers.optional import Database
from installer.config import Configuration, render
from installer.config.in_use import InUse
from installer.core.errors import Code, InstallError
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_release, newest_releases
from tests.releases import model_of, tree_of

MYSQL = Answers(target=Target(host="203.0.113.5", user="admin"), database=Database("mysql"))
POSTGRESQL = replace(MYSQL, database=Database())


def configured(version: str, answers: Answers, existing: str | None = None) -> Configuration:
    return render(answers, Secrets(), tree_of(version), model_of(version), InUse(existing))


@every_release
@needs_compose
def test_each_database_that_a_release_offers(version: str, tmp_path: Path) -> None:
    model = model_of(version)
    for kind in model.databases:
        configuration = configured(version, replace(MYSQL, database=Database(kind)))
        files = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
        folder = tmp_path / kind
        folder.mkdir()
        services = compose_config(folder, files)["services"]
        assert set(services) == set(configuration.services)
        server = "db_mysql" if kind == "mysql" else "db_postgres" if "db_postgres" in services else "db"
        assert [name for name in services if name in ("db", "db_postgres", "db_mysql")] == [server]
        assert server in configuration.databases
        for name in ("api", "worker", "plugin_daemon"):
            env = services.get(name, {}).get("environment", {})
            if "DB_HOST" in env:
                port = "3306" if kind == "mysql" else "5432"
                assert (env["DB_HOST"], str(env["DB_PORT"])) == (server, port), name
                assert (
                    env.get("DB_TYPE", kind) == kind
                    and env["DB_PASSWORD"] == configuration.env["DB_PASSWORD"]
                )
                assert env["DB_USERNAME"] == ("root" if kind == "mysql" else "postgres")
        if kind == "mysql":
            root = services[server]["environment"]["MYSQL_ROOT_PASSWORD"]
            assert root == configuration.env["DB_PASSWORD"] != "difyai123456"


@every_release
def test_a_release_that_does_not_know_it(version: str) -> None:
    if "mysql" in model_of(version).databases:
        assert configured(version, MYSQL).env["DB_TYPE"] == "mysql"
        return
    with pytest.raises(InstallError) as caught:
        configured(version, MYSQL)
    assert caught.value.code is Code.DATABASE_UNKNOWN
    assert caught.value.params == {"kind": "mysql", "version": version, "known": "postgresql"}


@newest_releases
def test_there_and_back_leaves_the_releases_own_values(version: str) -> None:
    plain = configured(version, POSTGRESQL)
    changed = configured(version, MYSQL, plain.env_text.reveal())
    back = configured(version, POSTGRESQL, changed.env_text.reveal())
    names = ("DB_TYPE", "DB_HOST", "DB_PORT", "DB_USERNAME", "DB_PASSWORD")
    assert [back.env[n] for n in names] == [plain.env[n] for n in names]
    assert [changed.env[n] for n in names[:4]] == ["mysql", "db_mysql", "3306", "root"]
    assert configured(version, MYSQL, changed.env_text.reveal()).env_text == changed.env_text


@newest_releases
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_server_of_ones_own_stays_with_its_kind(version: str, kind: str) -> None:
    answers = replace(MYSQL, database=Database(kind))
    text = configured(version, answers).env_text.reveal()
    host = "db_mysql" if kind == "mysql" else "db_postgres"
    text = text.replace(f"DB_HOST={host}", "DB_HOST=rds.example").replace(
        "DB_USERNAME=root", "DB_USERNAME=dify"
    )
    env = configured(version, answers, text).env
    assert env["DB_HOST"] == "rds.example" and env["DB_TYPE"] == kind
    assert kind == "postgresql" or env["DB_USERNAME"] == "dify"
    other = replace(MYSQL, database=Database("postgresql"))
    assert configured(version, other, text).env["DB_HOST"] == "rds.example"  # judged, not taken back


@newest_releases
def test_a_server_of_ones_own_stays(version: str) -> None:
    text = (
        configured(version, POSTGRESQL).env_text.reveal().replace("DB_HOST=db_postgres", "DB_HOST=10.0.0.5")
    )
    assert configured(version, POSTGRESQL, text).env["DB_HOST"] == "10.0.0.5"
