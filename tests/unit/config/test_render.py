"""Rendering, over every release, compared with what Compose makes of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Ports, Secrets, Site, Stores, Target
from installer.answers.optional import Database
from installer.config import Configuration, render
from installer.config.in_use import InUse
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.core.secrets import MASK, Secret
from installer.facts.engine import DaemonFile, Engine
from installer.facts.model import Facts
from installer.release.envfile import EnvFile
from tests.compose_cli import compose_config, needs_compose
from tests.public_defaults import public_defaults
from tests.real_releases import REAL_VERSIONS, every_release
from tests.releases import SYNTHETIC_VERSIONS, model_of, tree_of

SERVER = Target(host="203.0.113.5", user="admin")
PUBLIC_DEFAULTS = re.compile(
    r"difyai123456|dify-sandbox$|lYkiYYT6owG|QaHbTe77Ctu|WVF5YThaHlk|sk-9f73s3|MDEyMzQ1|run-token-for-dev-only|"
    r"minioadmin|Qazwsxedc|public-default"
)


def configure(
    version: str, answers: Answers | None = None, existing: str | None = None, **given: Secret
) -> Configuration:
    answers = answers or Answers(target=SERVER)
    return render(answers, Secrets(env=given), tree_of(version), model_of(version), InUse(existing))


def files_of(version: str, configuration: Configuration) -> dict[str, bytes]:
    return {f.path: f.data for f in (*tree_of(version).files, *configuration.files)}


def compose_view(folder: Path, version: str, configuration: Configuration) -> Any:
    return compose_config(folder, files_of(version, configuration))


def some_stores(version: str) -> tuple[str, ...]:
    """Every store of the newest release, the preset one of the others."""
    stores = model_of(version).stores
    return stores if version == (*SYNTHETIC_VERSIONS, *REAL_VERSIONS)[-1] else stores[:1]


@every_release
def test_rendering_again_changes_nothing(version: str) -> None:
    for store in model_of(version).stores:
        answers = Answers(
            target=SERVER, stores=Stores(store), env={"LOG_LEVEL": "DEBUG", "MY_OWN": "it costs $5"}
        )
        first = configure(version, answers, SMTP_PASSWORD=Secret("s3cret"))
        second = configure(version, answers, first.env_text.reveal())
        assert second.env_text == first.env_text
        assert second.files == first.files
        assert second.changes == ()


@every_release
def test_release_lines_stay_where_they_are(version: str) -> None:
    before = model_of(version).env_file
    after = EnvFile.parse(configure(version).env_text.reveal())
    assert [line.key for line in after.lines][: len(before.lines)] == [line.key for line in before.lines]
    same = sum(a.text == b.text for a, b in zip(before.lines, after.lines, strict=False))
    assert same > 0.7 * len(before.lines)


@needs_compose
@pytest.mark.parametrize("every_store", [False, pytest.param(True, marks=pytest.mark.slow)])
@every_release
def test_compose_sees_what_the_model_says(version: str, every_store: bool, tmp_path: Path) -> None:
    for store in model_of(version).stores if every_store else some_stores(version):
        configuration = configure(version, Answers(target=SERVER, stores=Stores(store)))
        folder = tmp_path / store
        folder.mkdir()
        assert_right(compose_view(folder, version, configuration), configuration, version, store)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", [*SYNTHETIC_VERSIONS, *REAL_VERSIONS])
def test_the_newest_compose_sees_the_same(version: str, newest: str, tmp_path: Path) -> None:
    """With every store; also with MySQL, where the release knows it."""
    model = model_of(version)
    for store, kind in itertools.product(model.stores, model.databases):
        answers = Answers(target=SERVER, stores=Stores(store), database=Database(kind))
        configuration = configure(version, answers)
        folder = tmp_path / f"{store}-{kind}"
        folder.mkdir()
        seen = compose_config(folder, files_of(version, configuration), [newest])
        assert_right(seen, configuration, version, store)


def assert_right(seen: Any, configuration: Configuration, version: str, store: str) -> None:
    assert seen["name"] == "dify"
    assert tuple(sorted(seen["services"])) == configuration.services
    images = {body["image"] for body in seen["services"].values() if "image" in body}
    assert tuple(sorted(images)) == configuration.images
    assert published(seen) == sorted(
        (p.service, p.address, p.host_port, p.container_port) for p in configuration.ports
    )
    assert {p.service for p in configuration.ports if p.open_to_world} == {"nginx"}
    assert all(
        body.get("restart") for name, body in seen["services"].items() if name not in configuration.one_shots
    )
    assert_no_public_default(seen)
    assert public_defaults(seen, [s.reveal() for s in configuration.secrets]) == set(), (version, store)
    assert_coupled(seen["services"])


def published(seen: Any) -> list[tuple[str, str, int, int]]:
    return sorted(
        (name, port.get("host_ip", "0.0.0.0"), int(port.get("published", 0)), int(port["target"]))
        for name, body in seen["services"].items()
        for port in body.get("ports", ())
    )


FOREIGN = re.compile(
    r"ANALYTICDB|TIDB|RELYT|TENCENT|BAIDU|LINDORM|UPSTASH|AZURE|HUAWEI|ALIBABACLOUD|VIKING|TABLESTORE|VASTBASE|HOLOGRES"
)


def assert_no_public_default(seen: Any) -> None:
    for name, body in seen["services"].items():
        for key, value in (body.get("environment") or {}).items():
            if value and not FOREIGN.search(key):
                assert not PUBLIC_DEFAULTS.search(value), (name, key)
        texts = (body.get(key) for key in ("command", "entrypoint", "healthcheck"))
        assert not PUBLIC_DEFAULTS.search(str([*texts])), name


def assert_coupled(services: Mapping[str, Any]) -> None:
    def env(name: str) -> dict[str, str]:
        found: dict[str, str] = services[name]["environment"]
        return found

    database = next(n for n in ("db", "db_postgres", "db_mysql") if n in services)
    password = env("api")["DB_PASSWORD"]
    name = "MYSQL_ROOT_PASSWORD" if database == "db_mysql" else "POSTGRES_PASSWORD"
    assert env(database)[name] == password
    assert env("api")["CELERY_BROKER_URL"] == f"redis://:{env('api')['REDIS_PASSWORD']}@redis:6379/1"
    assert env("redis")["REDISCLI_AUTH"] == env("api")["REDIS_PASSWORD"]
    assert env("api")["CODE_EXECUTION_API_KEY"] == env("sandbox")["API_KEY"]
    assert env("api")["SECRET_KEY"] == env("worker")["SECRET_KEY"] != ""
    assert 0 < len(env("api")["INIT_PASSWORD"]) <= 30
    if "plugin_daemon" in services:
        assert env("plugin_daemon")["SERVER_KEY"] == env("api")["PLUGIN_DAEMON_KEY"]
        assert env("plugin_daemon")["DIFY_INNER_API_KEY"] == env("api")["INNER_API_KEY_FOR_PLUGIN"]
        assert env("plugin_daemon")["DB_PASSWORD"] == password
    if "agent_backend" in services:
        agent = env("agent_backend")
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", agent["DIFY_AGENT_SERVER_SECRET_KEY"])
        assert agent["DIFY_AGENT_API_TOKEN"] == env("api")["AGENT_BACKEND_API_TOKEN"]
        assert agent["DIFY_AGENT_REDIS_URL"] == f"redis://:{env('api')['REDIS_PASSWORD']}@redis:6379/2"
        assert agent["DIFY_AGENT_INNER_API_KEY"] == env("api")["INNER_API_KEY_FOR_PLUGIN"]
        assert agent["DIFY_AGENT_SHELLCTL_AUTH_TOKEN"] == env("local_sandbox")["SHELLCTL_AUTH_TOKEN"] != ""
    assert_store_coupled(services)


def assert_store_coupled(services: Mapping[str, Any]) -> None:
    api = services["api"]["environment"]
    pairs = {
        "weaviate": ("WEAVIATE_API_KEY", "AUTHENTICATION_APIKEY_ALLOWED_KEYS"),
        "qdrant": ("QDRANT_API_KEY", "QDRANT_API_KEY"),
        "pgvector": ("PGVECTOR_PASSWORD", "POSTGRES_PASSWORD"),
        "pgvecto-rs": ("PGVECTO_RS_PASSWORD", "POSTGRES_PASSWORD"),
        "chroma": ("CHROMA_AUTH_CREDENTIALS", "CHROMA_SERVER_AUTHN_CREDENTIALS"),
        "elasticsearch": ("ELASTICSEARCH_PASSWORD", "ELASTIC_PASSWORD"),
        "opensearch": ("OPENSEARCH_PASSWORD", "OPENSEARCH_INITIAL_ADMIN_PASSWORD"),
        "seekdb": ("OCEANBASE_VECTOR_PASSWORD", "ROOT_PASSWORD"),
        "oceanbase": ("OCEANBASE_VECTOR_PASSWORD", "OB_TENANT_PASSWORD"),
        "milvus-standalone": ("MILVUS_PASSWORD", "common.security.defaultRootPassword"),
        "couchbase-server": ("COUCHBASE_PASSWORD", "COUCHBASE_ADMINISTRATOR_PASSWORD"),
        "oracle": ("ORACLE_PASSWORD", "DIFY_ORACLE_PASSWORD"),
        "myscale": ("MYSCALE_PASSWORD", "MYSCALE_PASSWORD"),
        "opengauss": ("OPENGAUSS_PASSWORD", "GS_PASSWORD"),
        "vastbase": ("VASTBASE_PASSWORD", "VB_PASSWORD"),
        "matrixone": ("MATRIXONE_PASSWORD", "DEFAULT_PASSWORD"),
        "iris": ("IRIS_PASSWORD", "IRIS_PASSWORD"),
    }
    roles = table("services")["service"]
    assert {name for name in services if roles[name]["role"] == "vector_store"} <= {*pairs}
    for service, (client, server) in pairs.items():
        if service in services:
            assert api[client] == services[service]["environment"][server] != ""
    if "weaviate" in services:
        assert services["weaviate"]["environment"]["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] == "false"
    if "qdrant" in services:
        assert api["QDRANT_URL"] == "http://qdrant:6333"
    if "pgvector" in services:
        assert api["PGVECTOR_HOST"] == "pgvector"
    if "milvus-standalone" in services:
        assert api["MILVUS_URI"] == "http://milvus-standalone:19530"
        assert "milvus" in services["api"]["networks"] and "default" in services["api"]["networks"]


@every_release
@needs_compose
def test_ports_and_urls(version: str, tmp_path: Path) -> None:
    answers = Answers(
        target=SERVER,
        site=Site(address="dify.example.com", bind="127.0.0.1"),
        ports=Ports(http=8080, https=0, plugin_debugging=5100),
    )
    configuration = configure(version, answers)
    seen = compose_view(tmp_path, version, configuration)
    ports = published(seen)
    assert ("nginx", "127.0.0.1", 8080, 80) in ports
    assert not [p for p in ports if p[3] == 443]
    if "plugin_daemon" in configuration.services:
        assert ("plugin_daemon", "127.0.0.1", 5100, 5003) in ports
        api = seen["services"]["api"]["environment"]
        shown = api.get("PLUGIN_REMOTE_INSTALL_HOST"), api.get("PLUGIN_REMOTE_INSTALL_PORT")
        assert shown in [("dify.example.com", "5100"), (None, None)]  # 1.0.0 does not pass them on
    for key in ("CONSOLE_API_URL", "FILES_URL", "APP_WEB_URL"):
        assert configuration.env[key] == "http://dify.example.com:8080"
    assert configuration.base_url == "http://dify.example.com:8080"
    if model_of(version).knows("NEXT_PUBLIC_SOCKET_URL"):
        assert configuration.env["NEXT_PUBLIC_SOCKET_URL"] == "ws://dify.example.com:8080"
    if model_of(version).knows("ENDPOINT_URL_TEMPLATE"):
        assert configuration.env["ENDPOINT_URL_TEMPLATE"] == "http://dify.example.com:8080/e/{hook_id}"


@every_release
@needs_compose
def test_logs_come_to_an_end(version: str, tmp_path: Path) -> None:
    """Of every container, unless the release or the Engine's owner sees to it."""
    services = compose_view(tmp_path, version, configure(version))["services"]
    limits = {"driver": "json-file", "options": {"max-file": "3", "max-size": "10m"}}
    assert {name for name, body in services.items() if body.get("logging") != limits} == set()
    left = render(
        Answers(target=SERVER), Secrets(), tree_of(version), model_of(version), InUse(rotate_logs=False)
    )
    assert "logging" not in left.override_text


@pytest.mark.parametrize(
    ("driver", "grow"), [("", False), ("json-file", True), ("local", False), ("journald", False)]
)
def test_whose_logs_grow(driver: str, grow: bool) -> None:
    facts = Facts(engine=Engine(logging_driver=driver))
    assert facts.logs_grow is grow
    limited = DaemonFile("/etc/docker/daemon.json", True, True, data={"log-opts": {"max-size": "200m"}})
    assert not replace(facts, daemon=limited).logs_grow


@every_release
@needs_compose
def test_an_override_without_ports(version: str, tmp_path: Path) -> None:
    """Pages ask where they came from, so that they work under every name and through SSH; the API knows its
    address all the same."""
    answers = Answers(target=SERVER, ports=Ports(https=443, plugin_debugging_public=True))
    configuration = render(answers, Secrets(), tree_of(version), model_of(version), InUse(rotate_logs=False))
    needed = model_of(version).needed_compose
    if any(p.purpose == "database" for p in configuration.ports):  # 1.0.0 publishes PostgreSQL
        return
    relative = '  web:\n    environment:\n      CONSOLE_API_URL: ""\n      APP_API_URL: ""\n'
    assert configuration.override_text.endswith("\nservices:\n" + relative)
    assert (configuration.needed_compose, configuration.override_compose.version) == (needed, "2.0.0")
    assert "docker-compose.override.yaml" in {f.path for f in configuration.files}
    seen = compose_view(tmp_path, version, configuration)
    assert tuple(sorted(seen["services"])) == configuration.services
    assert seen["services"]["web"]["environment"]["CONSOLE_API_URL"] == ""
    assert seen["services"]["api"]["environment"]["CONSOLE_API_URL"] == answers.base_url


@every_release
def test_secrets_are_kept_from_the_env_in_use(version: str) -> None:
    stock = str(model_of(version).env_file)
    configuration = configure(version, existing=stock)
    old = model_of(version).env_file.values()
    assert configuration.env["DB_PASSWORD"] == old["DB_PASSWORD"]
    assert configuration.env["CELERY_BROKER_URL"] == old["CELERY_BROKER_URL"]
    assert configuration.env["SECRET_KEY"] == old["SECRET_KEY"]
    assert configuration.env["INIT_PASSWORD"] != ""
    changed = {c.key: c for c in configuration.changes}
    assert "DB_PASSWORD" not in changed
    assert changed["INIT_PASSWORD"].new == MASK


def test_secrets_given_are_used_but_never_against_the_ones_in_use() -> None:
    version = SYNTHETIC_VERSIONS[-1]
    first = configure(version, DB_PASSWORD=Secret("mine-1"), SMTP_PASSWORD=Secret("mail-1"))
    assert (first.env["DB_PASSWORD"], first.env["SMTP_PASSWORD"]) == ("mine-1", "mail-1")
    text = first.env_text.reveal()
    second = configure(version, None, text, DB_PASSWORD=Secret("mine-2"), SMTP_PASSWORD=Secret("mail-2"))
    assert (second.env["DB_PASSWORD"], second.env["SMTP_PASSWORD"]) == ("mine-1", "mail-2")


@every_release
def test_two_installations_share_no_secret(version: str) -> None:
    one, two = configure(version), configure(version)
    assert not set(one.secrets) & set(two.secrets)


@every_release
def test_what_the_release_publishes_is_not_masked(version: str) -> None:
    stock = str(model_of(version).env_file)
    configuration = configure(version, existing=stock, SMTP_PASSWORD=Secret("password"))
    masked = {s.reveal() for s in configuration.secrets}
    assert not masked & {"dify", "admin", "xxx", "true", configuration.env["DB_PASSWORD"]}
    assert {"password", configuration.env["INIT_PASSWORD"]} <= masked  # given by a person, and made by us


def test_a_secret_in_use_is_masked() -> None:
    text = configure("99.0.0").env_text.reveal()
    lines = ["DB_PASSWORD=of-their-own" if x.startswith("DB_PASSWORD=") else x for x in text.splitlines()]
    assert Secret("of-their-own") in configure("99.0.0", existing="\n".join(lines)).secrets


def test_nothing_secret_is_shown() -> None:
    configuration = configure(SYNTHETIC_VERSIONS[0])
    shown = repr(configuration) + configuration.override_text + repr(configuration.changes)
    for secret in configuration.secrets:
        assert secret.reveal() not in shown
    assert {f.path: f.mode for f in configuration.files}[".env"] == 0o600


def test_changing_the_store_later_makes_its_secret() -> None:
    version = SYNTHETIC_VERSIONS[-1]
    first = configure(version)
    assert "QDRANT_API_KEY" not in first.env
    second = configure(version, Answers(target=SERVER, stores=Stores("qdrant")), first.env_text.reveal())
    assert len(second.env["QDRANT_API_KEY"]) == 36
    assert second.env["DB_PASSWORD"] == first.env["DB_PASSWORD"]
    assert "qdrant" in second.services and "weaviate" not in second.services


def test_unknown_store() -> None:
    with pytest.raises(InstallError) as caught:
        configure(SYNTHETIC_VERSIONS[0], Answers(target=SERVER, stores=Stores("nosuch")))
    assert caught.value.code == Code.STORE_UNKNOWN
    assert "weaviate" in caught.value.params["known"]


def test_env_in_use_that_cannot_be_read() -> None:
    with pytest.raises(InstallError) as caught:
        configure(SYNTHETIC_VERSIONS[0], existing="what is this\n")
    assert caught.value.code == Code.ENV_UNREADABLE


def test_env_in_use_that_is_not_utf8() -> None:
    text = "A=1\n# 設定\n".encode("shift-jis").decode("utf-8", "replace")
    with pytest.raises(InstallError) as caught:
        configure(SYNTHETIC_VERSIONS[0], existing=text)
    assert (caught.value.code, caught.value.params) == (Code.ENV_UNREADABLE, {"line": "2"})


def test_own_variables_come_last() -> None:
    answers = Answers(target=SERVER, env={"LOG_LEVEL": "DEBUG", "NEW_ONE": "a # b"})
    configuration = configure(SYNTHETIC_VERSIONS[0], answers, NO_SUCH_TOKEN=Secret("x"))
    assert (configuration.env["LOG_LEVEL"], configuration.env["NEW_ONE"]) == ("DEBUG", "a # b")
    assert "LOG_LEVEL=DEBUG\n" in configuration.env_text.reveal()
    assert configuration.unknown_env == ("NEW_ONE", "NO_SUCH_TOKEN")


def test_ipv6_bind_and_site() -> None:
    answers = Answers(target=SERVER, site=Site(address="2001:db8::5", bind="::1"), ports=Ports(http=8080))
    configuration = configure(SYNTHETIC_VERSIONS[0], answers)
    assert configuration.base_url == "http://[2001:db8::5]:8080"
    web = next(p for p in configuration.ports if p.purpose == "http")
    assert (web.address, web.host_port, web.open_to_world) == ("::1", 8080, False)
