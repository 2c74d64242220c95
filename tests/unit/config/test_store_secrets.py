"""Passwords that a release has written in for its store: replaced, but kept where they are in use."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from installer.answers import Answers, Secrets, Stores, Target
from installer.config import Configuration, render
from installer.config.in_use import InUse
from installer.core.resources import FOLDER, entries, table
from installer.core.version import Version
from installer.release.envfile import EnvFile
from tests.compose_cli import compose_config, needs_compose
from tests.public_defaults import public_defaults
from tests.real_releases import REAL_VERSIONS, newest_releases
from tests.releases import NEW, OLD, model_of, tree_of

STORES = table("stores")["store"]
#: Per store: what the release or the image has written in, by the variable that replaces it.
WRITTEN_IN = {
    "milvus": {"MILVUS_PASSWORD": "Milvus"},
    "couchbase": {"COUCHBASE_PASSWORD": "password"},
    "oracle": {"ORACLE_PASSWORD": "dify", "ORACLE_PWD": "Dify123456"},
    "myscale": {"MYSCALE_PASSWORD": ""},
    "vastbase": {"VASTBASE_PASSWORD": "Difyai123456"},
    "matrixone": {"MATRIXONE_PASSWORD": "111"},
    "iris": {"IRIS_PASSWORD": "Dify@1234"},
    "elasticsearch": {"KIBANA_ENCRYPTION_KEY": "d1a66dfd-c4d3-4a0a-8290-2abcb83ab3aa"},
    "pgvector": {"PGVECTOR_PASSWORD": "difyai123456", "PGVECTOR_POSTGRES_PASSWORD": "difyai123456"},
    "opensearch": {"OPENSEARCH_INITIAL_ADMIN_PASSWORD": "Qazwsxedc!@#123"},
}


def configure(
    version: str, store: str, existing: str | None = None, *, named_volumes: bool = False
) -> Configuration:
    answers = Answers(target=Target(host="203.0.113.5", user="admin"), stores=Stores(store))
    tree, model = tree_of(version), model_of(version)
    return render(answers, Secrets(), tree, model, InUse(existing, named_volumes=named_volumes))


def by_hand(version: str, store: str) -> str:
    """The release's own ``.env``, with nothing but the store chosen."""
    return str(model_of(version).env_file.with_values({"VECTOR_STORE": store}))


def params() -> list[tuple[str, str]]:
    return [(v, s) for v in (OLD, NEW, *REAL_VERSIONS) for s in WRITTEN_IN if s in model_of(v).stores]


def usual_params() -> list[Any]:
    """For what asks Compose: each store with its newest release always, the rest with ``slow``."""
    newest = {store: version for version, store in params()}  # they come in order
    return [
        pytest.param(v, s, marks=[] if v in (NEW, newest[s]) else [pytest.mark.slow]) for v, s in params()
    ]


def seen(folder: Path, version: str, configuration: Configuration) -> Any:
    files = {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}
    return compose_config(folder, files)


@pytest.mark.parametrize(("version", "store"), params())
def test_a_new_installation_gets_its_own(version: str, store: str) -> None:
    first, second = configure(version, store), configure(version, store)
    for key, known in WRITTEN_IN[store].items():
        assert len(first.env[key]) >= 20 and first.env[key] not in (known, second.env[key])


@needs_compose
@pytest.mark.parametrize(("version", "store"), usual_params())
def test_an_installation_in_use_keeps_what_it_was_made_with(version: str, store: str, tmp_path: Path) -> None:
    """Also where its ``.env`` does not say it; nothing of ours takes the place of anything then."""
    configuration = configure(version, store, by_hand(version, store))
    for key, known in WRITTEN_IN[store].items():
        assert configuration.env[key] == known, key
    assert not [f.path for f in configuration.files if f.path not in (".env", "docker-compose.override.yaml")]
    for part in STORES[store].get("instead", ()):
        ours, body = part.get("environment", {}), seen(tmp_path, version, configuration)["services"]
        stated = body[part["service"]].get("environment", {})
        assert all(stated.get(key) in (None, *WRITTEN_IN[store].values()) for key in ours)
    again = configure(version, store, configuration.env_text.reveal())
    assert (again.files, again.changes) == (configuration.files, ())


@pytest.mark.parametrize(("version", "store"), params())
def test_away_and_back(version: str, store: str) -> None:
    """The data of the former store stay, so what they were made with is written down."""
    away = configure(version, "qdrant", by_hand(version, store))
    back = configure(version, store, away.env_text.reveal())
    for key, known in WRITTEN_IN[store].items():
        if known:  # an empty password is no part of the data: MyScale's is read at each start
            assert (away.env[key], back.env[key]) == (known, known)


@pytest.mark.parametrize(("version", "store"), params())
def test_a_store_that_comes_later_gets_its_own(version: str, store: str) -> None:
    first = configure(version, "weaviate")
    later = configure(version, store, first.env_text.reveal())
    for key, known in WRITTEN_IN[store].items():
        assert len(later.env[key]) >= 20 and later.env[key] != known
    assert configure(version, "weaviate", by_hand(version, "weaviate")).env.get("MILVUS_PASSWORD", "") in (
        "",
        "Milvus",
    )


@needs_compose
@newest_releases
@pytest.mark.parametrize("store", [s for s in WRITTEN_IN if "instead" in STORES[s]])
def test_it_is_found_if_it_is_not_replaced(version: str, store: str, tmp_path: Path) -> None:
    """The look of ``test_render`` at Compose's view would see it."""
    configuration = configure(version, store, by_hand(version, store))
    found = public_defaults(
        seen(tmp_path, version, configuration), [s.reveal() for s in configuration.secrets]
    )
    assert found or store in ("myscale", "matrixone"), "nothing of those two stands in the Compose file"


@pytest.mark.parametrize(
    ("service", "body", "found"),
    [
        ("vastbase", {"environment": {"VB_PASSWORD": "Difyai123456"}}, {"VB_PASSWORD"}),
        ("vastbase", {"environment": {"VB_PASSWORD": "own", "VB_USERNAME": "dify"}}, set()),
        ("kibana", {"environment": {"SOME_ENCRYPTIONKEY": "d1a6"}}, {"SOME_ENCRYPTIONKEY"}),
        ("api", {"environment": {"DB_PASSWORD": "difyai", "TIDB_PASSWORD": "x"}}, {"DB_PASSWORD"}),
        ("redis", {"command": ["redis-server", "--requirepass", "dify"]}, {"command"}),
        ("redis", {"command": "redis-server --requirepass own"}, set()),
        (
            "couchbase-server",
            {"healthcheck": {"test": ["CMD-SHELL", "curl -u A:pw http://x:1/"]}},
            {"healthcheck"},
        ),
        ("couchbase-server", {"healthcheck": {"test": ["CMD-SHELL", 'curl -u "${A}:${B}" http://x']}}, set()),
        (
            "oceanbase",
            {"healthcheck": {"test": ["CMD-SHELL", "obclient -P2881 -uroot -pdify"]}},
            {"healthcheck"},
        ),
        ("etcd", {"command": "etcd -advertise-client-urls=http://127.0.0.1:2379"}, set()),
        ("redis", {"entrypoint": ["sh", "-c", "x redis://:pw@redis:1"]}, {"entrypoint"}),
    ],
)
def test_what_is_taken_for_a_public_default(service: str, body: dict[str, Any], found: set[str]) -> None:
    assert public_defaults({"services": {service: body}}, ["own"]) == {(service, where) for where in found}


@needs_compose
@newest_releases
@pytest.mark.parametrize(
    ("store", "target"),
    [("iris", "/iris-init.script"), ("myscale", "/etc/clickhouse-server/users.d/zz-dify-password.xml")],
)
def test_named_volumes_and_our_mounts_together(version: str, store: str, target: str, tmp_path: Path) -> None:
    """One list of mounts a service (YAML takes no key twice), and ours in place of the release's."""
    configuration = configure(version, store, named_volumes=True)
    mounts = seen(tmp_path, version, configuration)["services"][store]["volumes"]
    ours = [Path(mount["source"]) for mount in mounts if mount["target"] == target]
    assert [path.relative_to(tmp_path).as_posix() in _paths(configuration) for path in ours] == [True]
    assert any(mount["type"] == "volume" for mount in mounts) == (store == "myscale")


def _paths(configuration: Configuration) -> set[str]:
    return {file.path for file in configuration.files}


def test_every_part_names_a_secret_of_its_store_and_a_source() -> None:
    newest = Version.parse("99.0.0")
    for store, entry in STORES.items():
        for part in entry.get("instead", ()):
            found = [s for s in entries("secrets", "secret", newest) if part["secret"] in s["keys"]]
            assert [s["store"] for s in found] == [store] and part["source"]
            assert {*part.get("mounts", ())} <= {*part.get("files", ())}


@pytest.mark.parametrize("password", ["", "Aa1secret"])
def test_oracle_script_gives_the_password_on_standard_input_only(tmp_path: Path, password: str) -> None:
    program = tmp_path / "bin" / "sqlplus"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@" > "$ORACLE_HOME/argv"; cat > "$ORACLE_HOME/stdin"\n')
    program.chmod(0o755)
    script = FOLDER / "scripts" / "stores" / "oracle-password.sh"
    env = {"PATH": "/usr/bin:/bin", "ORACLE_HOME": str(tmp_path), "DIFY_ORACLE_PASSWORD": password}
    # sourced, as the image does it
    subprocess.run(["bash", "-euc", f". {script}"], env=env, check=True)
    if not password:
        assert not (tmp_path / "stdin").exists()
        return
    assert (tmp_path / "argv").read_text() == "-s / as sysdba\n"
    sql = (tmp_path / "stdin").read_text().splitlines()
    assert sql[:3] == [
        "set define off",
        "alter session set container=freepdb1;",
        'alter user dify identified by "Aa1secret";',
    ]


def test_myscale_takes_it_from_the_environment() -> None:
    root = ElementTree.parse(FOLDER / "scripts" / "stores" / "myscale-password.xml").getroot()
    password = root.find("users/default/password")
    assert root.tag == "clickhouse" and password is not None
    assert password.attrib == {"replace": "replace", "from_env": "MYSCALE_PASSWORD"} and not password.text


def test_a_line_of_env_by_hand_is_what_it_says() -> None:
    """The fixture of these tests: nothing of ours in it."""
    text = by_hand("99.0.0", "qdrant")
    assert EnvFile.parse(text).values()["VECTOR_STORE"] == "qdrant"
