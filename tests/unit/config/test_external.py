"""What services of one's own change in ``.env`` and among the services that start."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.answers import Answers, parse_answers, parse_secrets
from installer.config.external import MARK
from installer.config.in_use import InUse
from installer.config.render import Configuration, render
from installer.core.errors import Code, InstallError
from tests.compose_cli import compose_config, needs_compose
from tests.real_releases import every_whole_release, newest_releases, old_and_new
from tests.releases import model_of, tree_of

SERVER = '[target]\nhost = "203.0.113.5"\nuser = "root"\n'
ALL = (
    SERVER
    + """
[database]
external = true
[database.settings]
DB_HOST = "db.example.jp"
DB_USERNAME = "dify"
DB_DATABASE = "dify"
[redis]
external = true
[redis.settings]
REDIS_HOST = "redis.example.jp"
REDIS_USE_SSL = "true"
[storage]
kind = "s3"
[storage.settings]
S3_BUCKET_NAME = "files"
S3_REGION = "us-east-1"
S3_ENDPOINT = "http://s3.example.jp:9000"
[stores]
vector = "qdrant"
external = true
[stores.settings]
QDRANT_URL = "https://qdrant.example.jp"
"""
)
SECRETS = """
[database]
DB_PASSWORD = "canary/1"
[redis]
REDIS_PASSWORD = "canary:2"
[storage]
S3_ACCESS_KEY = "canary3"
S3_SECRET_KEY = "canary4"
[stores]
QDRANT_API_KEY = "canary5"
"""
PLAIN = parse_answers(SERVER)


def made(version: str, answers: Answers, secrets: str = "", existing: str | None = None) -> Configuration:
    return render(answers, parse_secrets(secrets), tree_of(version), model_of(version), InUse(existing))


@needs_compose
@every_whole_release
def test_all_at_once(version: str, tmp_path: Path) -> None:
    config, model = made(version, parse_answers(ALL), SECRETS), model_of(version)
    env = config.env
    assert (env["DB_HOST"], env["DB_PASSWORD"]) == ("db.example.jp", "canary/1")
    assert (env["VECTOR_STORE"], env["STORAGE_TYPE"]) == ("qdrant", "s3")
    url = "redis.example.jp:6379/1?ssl_cert_reqs=CERT_NONE"
    assert env["CELERY_BROKER_URL"] == f"rediss://:canary%3A2@{url}"
    if model.knows("DIFY_AGENT_REDIS_URL"):
        agent = "rediss://:canary%3A2@redis.example.jp:6379/2?ssl_cert_reqs=none"
        assert env["DIFY_AGENT_REDIS_URL"] == agent
    assert not {"redis", "db", "db_postgres", "db_mysql", "qdrant", "weaviate"} & {*config.services}
    assert config.databases == ()
    hidden = {secret.reveal() for secret in config.secrets}
    assert {"canary/1", "canary:2", "canary%3A2", "canary3", "canary4", "canary5"} <= hidden
    assert "canary" not in config.override_text
    files = {file.path: file.data for file in (*tree_of(version).files, *config.files)}
    assert tuple(sorted(compose_config(tmp_path, files)["services"])) == config.services


@every_whole_release
def test_again_is_the_same_and_keeps_the_secrets(version: str) -> None:
    answers = parse_answers(ALL)
    first = made(version, answers, SECRETS)
    text = first.env_text.reveal()
    assert made(version, answers, SECRETS, text).env_text.reveal() == text
    assert made(version, answers, "", text).env_text.reveal() == text
    assert made(version, answers, "", text).override_text == first.override_text


@every_whole_release
def test_another_place_forgets_what_was_for_the_former_one(version: str) -> None:
    text = made(version, parse_answers(ALL), SECRETS).env_text.reveal()
    elsewhere = parse_answers(ALL.replace("redis.example.jp", "other.example.jp"))
    env = made(version, elsewhere, "", text).env
    assert (env["REDIS_HOST"], env["REDIS_PASSWORD"]) == ("other.example.jp", "")
    assert "canary:2" not in env["CELERY_BROKER_URL"]
    assert env["DB_PASSWORD"] == "canary/1"


@every_whole_release
def test_back_to_containers(version: str) -> None:
    text = made(version, parse_answers(ALL), SECRETS).env_text.reveal()
    back, fresh = made(version, PLAIN, "", text), made(version, PLAIN)
    assert back.services == fresh.services and MARK not in back.env
    assert {*back.env} == {*fresh.env}
    assert "canary" not in back.env_text.reveal()
    names = ("DB_HOST", "DB_USERNAME", "REDIS_HOST", "STORAGE_TYPE", "BROKER_USE_SSL", "VECTOR_STORE")
    assert [back.env.get(n) for n in names] == [fresh.env.get(n) for n in names]
    assert back.env["REDIS_PASSWORD"] in back.env["CELERY_BROKER_URL"]


@newest_releases
def test_what_was_written_by_hand_stays(version: str) -> None:
    text = made(version, PLAIN).env_text.reveal()
    by_hand = text.replace("REDIS_HOST=redis\n", "REDIS_HOST=mine.example.jp\n")
    assert by_hand != text
    assert made(version, PLAIN, "", by_hand).env["REDIS_HOST"] == "mine.example.jp"


@old_and_new
def test_sentinels(older: str, newest: str) -> None:
    text = (
        SERVER
        + '[redis]\nexternal = true\nmode = "sentinel"\n[redis.settings]\n'
        + 'REDIS_SENTINELS = "a:26379, b:26379"\nREDIS_SENTINEL_SERVICE_NAME = "mymaster"\n'
    )
    secrets = '[redis]\nREDIS_PASSWORD = "p"\nREDIS_SENTINEL_PASSWORD = "s"\n'
    agent = 'DIFY_AGENT_REDIS_URL = "redis://:p@a:6379/2"\n'
    env = made(newest, parse_answers(text), secrets + agent).env
    assert env["CELERY_BROKER_URL"] == "sentinel://:p@a:26379/1;sentinel://:p@b:26379/1"
    assert (env["REDIS_USE_SENTINEL"], env["CELERY_USE_SENTINEL"]) == ("true", "true")
    assert (env["CELERY_SENTINEL_MASTER_NAME"], env["CELERY_SENTINEL_PASSWORD"]) == ("mymaster", "s")
    with pytest.raises(InstallError) as caught:  # the agents' service knows no Sentinels
        made(newest, parse_answers(text), secrets)
    assert caught.value.params["key"] == "secrets [redis] DIFY_AGENT_REDIS_URL"
    assert made(older, parse_answers(text), secrets).env["REDIS_SENTINELS"] == "a:26379, b:26379"


@newest_releases
def test_an_authority_is_placed_for_those_who_connect(version: str, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    text = ALL.replace(
        'REDIS_USE_SSL = "true"', f'REDIS_USE_SSL = "true"\nREDIS_SSL_CA_CERTS = "{authority}"'
    )
    config = made(version, parse_answers(text), SECRETS)
    inside = "/etc/dify-external/redis/redis_ssl_ca_certs.pem"
    assert config.env["REDIS_SSL_CA_CERTS"] == inside
    assert inside in config.env["CELERY_BROKER_URL"]
    assert "external/redis/redis_ssl_ca_certs.pem" in {file.path for file in config.files}
    assert "./external:/etc/dify-external:ro" in config.override_text
    assert "SSL_CERT_DIR" in config.override_text
    authority.write_text("no certificate")
    with pytest.raises(InstallError) as caught:
        made(version, parse_answers(text), SECRETS)
    assert caught.value.code is Code.CERTIFICATE_UNREADABLE


@old_and_new
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[storage]\nkind = "clickzetta-volume"', Code.STORAGE_UNKNOWN),
        ('[stores]\nvector = "iris"\nexternal = true', Code.STORE_UNKNOWN),
        ('[database]\nkind = "mysql"\nexternal = true', Code.DATABASE_UNKNOWN),
        ('[mail]\nkind = "sendgrid"\nsender = "a@example.jp"', Code.EXTERNAL_FIELD_UNKNOWN),
    ],
)
def test_what_an_older_release_does_not_know(older: str, newest: str, text: str, code: Code) -> None:
    settings = {
        "clickzetta-volume": 'CLICKZETTA_USERNAME = "x"\nCLICKZETTA_INSTANCE = "x"',
        "iris": 'IRIS_HOST = "x"\nIRIS_USER = "x"\nIRIS_DATABASE = "x"',
        "mysql": 'DB_HOST = "x"\nDB_USERNAME = "x"\nDB_DATABASE = "x"',
    }
    kind = next((k for k in settings if f'"{k}"' in text), "")
    section = text.partition("]")[0].lstrip("[")
    whole = f"{SERVER}{text}\n" + (f"[{section}.settings]\n{settings[kind]}\n" if kind else "")
    with pytest.raises(InstallError) as caught:
        made(older, parse_answers(whole))
    assert caught.value.code is code
    made(newest, parse_answers(whole), '[storage]\nCLICKZETTA_PASSWORD = "x"\n')


@every_whole_release
def test_a_place_for_files_that_no_release_knows(version: str) -> None:
    with pytest.raises(InstallError) as caught:
        made(version, parse_answers(SERVER + '[storage]\nkind = "no-such"'))
    assert caught.value.code is Code.STORAGE_UNKNOWN


@old_and_new
def test_a_setting_that_came_later(older: str, newest: str) -> None:
    text = ALL.replace('S3_REGION = "us-east-1"', 'S3_REGION = "us-east-1"\nS3_ADDRESS_STYLE = "path"')
    assert made(newest, parse_answers(text), SECRETS).env["S3_ADDRESS_STYLE"] == "path"
    with pytest.raises(InstallError) as caught:
        made(older, parse_answers(text), SECRETS)
    assert caught.value.code is Code.EXTERNAL_FIELD_UNKNOWN


@newest_releases
@pytest.mark.parametrize(("kind", "key"), [("resend", "RESEND_API_KEY"), ("sendgrid", "SENDGRID_API_KEY")])
def test_mail_by_key(version: str, kind: str, key: str) -> None:
    answers = parse_answers(f'{SERVER}[mail]\nkind = "{kind}"\nsender = "a@example.jp"\n')
    config = made(version, answers, '[mail]\napi_key = "canary6"\n')
    assert (config.env["MAIL_TYPE"], config.env[key]) == (kind, "canary6")


@newest_releases
def test_an_authority_stays_when_the_answers_do_not_name_it_again(version: str, tmp_path: Path) -> None:
    """A change from another computer, or by the control panel."""
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    encrypted = 'REDIS_USE_SSL = "true"'
    text = ALL.replace(encrypted, f'{encrypted}\nREDIS_SSL_CA_CERTS = "{authority}"')
    first = made(version, parse_answers(text), SECRETS)
    assert first.kept == ()
    later = made(version, parse_answers(ALL), "", first.env_text.reveal())
    assert later.kept == ("external/redis/redis_ssl_ca_certs.pem",)
    assert (later.env_text.reveal(), later.override_text) == (first.env_text.reveal(), first.override_text)
