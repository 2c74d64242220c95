"""Services of one's own in the answers file and the secrets file."""

from __future__ import annotations

import pytest

from installer.answers import check_together, dump_answers, parse_answers, parse_secrets
from installer.core.errors import Code, InstallError

SERVER = '[target]\nhost = "203.0.113.5"\nuser = "root"\n'
DATABASE = (
    SERVER
    + '[database]\nexternal = true\n[database.settings]\nDB_HOST = "db.example.jp"\nDB_USERNAME = "dify"\n'
    + 'DB_DATABASE = "dify"\n'
)
REDIS = SERVER + '[redis]\nexternal = true\n[redis.settings]\nREDIS_HOST = "redis.example.jp"\n'
S3 = SERVER + '[storage]\nkind = "s3"\n[storage.settings]\nS3_BUCKET_NAME = "b"\nS3_REGION = "us-east-1"\n'


@pytest.mark.parametrize("text", [DATABASE, REDIS, S3, S3 + 'S3_ENDPOINT = "https://s3.example.jp:9000"\n'])
def test_read_and_written(text: str) -> None:
    answers = parse_answers(text)
    assert parse_answers(dump_answers(answers)) == answers


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        (DATABASE + 'DB_PORT = "no"', Code.ANSWERS_BAD_VALUE, "database.settings.DB_PORT"),
        (DATABASE + 'DB_SSL_MODE = "prefer"', Code.ANSWERS_BAD_VALUE, "database.settings.DB_SSL_MODE"),
        (DATABASE + 'DB_COLOUR = "red"', Code.ANSWERS_UNKNOWN_KEY, "database.settings.DB_COLOUR"),
        (DATABASE + 'DB_PASSWORD = "x"', Code.ANSWERS_OWNED_KEY, "DB_PASSWORD"),
        (DATABASE + '[env]\nDB_PLUGIN_DATABASE = "x"', Code.ANSWERS_OWNED_KEY, "DB_PLUGIN_DATABASE"),
        (DATABASE.replace("db.example.jp", "localhost"), Code.EXTERNAL_LOOPBACK, "database.settings.DB_HOST"),
        (REDIS.replace("redis.example.jp", "::1"), Code.EXTERNAL_LOOPBACK, "redis.settings.REDIS_HOST"),
        (REDIS + 'REDIS_USE_SSL = "yes"', Code.ANSWERS_BAD_VALUE, "redis.settings.REDIS_USE_SSL"),
        (
            REDIS + 'REDIS_SSL_CA_CERTS = "ca.pem"',
            Code.ANSWERS_BAD_VALUE,
            "redis.settings.REDIS_SSL_CA_CERTS",
        ),
        (REDIS + '[env]\nBROKER_USE_SSL = "true"', Code.ANSWERS_OWNED_KEY, "BROKER_USE_SSL"),
        (S3 + 'S3_ENDPOINT = "http://[::1]:9000"', Code.EXTERNAL_LOOPBACK, "storage.settings.S3_ENDPOINT"),
        (S3 + '[env]\nSTORAGE_TYPE = "local"', Code.ANSWERS_OWNED_KEY, "STORAGE_TYPE"),
        (SERVER + "[redis]\nexternal = true\n", Code.ANSWERS_BAD_VALUE, "redis.settings.REDIS_HOST"),
        (SERVER + '[redis.settings]\nREDIS_HOST = "x"\n', Code.ANSWERS_BAD_VALUE, "redis.settings"),
        (
            SERVER + '[redis]\nexternal = true\nmode = "sentinel"\n[redis.settings]\n'
            'REDIS_SENTINEL_SERVICE_NAME = "m"\nREDIS_SENTINELS = "a:26379,127.0.0.1:26379"',
            Code.EXTERNAL_LOOPBACK,
            "redis.settings.REDIS_SENTINELS",
        ),
    ],
)
def test_refused(text: str, code: Code, key: str) -> None:
    with pytest.raises(InstallError) as caught:
        parse_answers(text)
    assert (caught.value.code, caught.value.params["key"]) == (code, key)


@pytest.mark.parametrize(
    ("answers", "secrets", "code"),
    [
        (SERVER, '[database]\nDB_PASSWORD = "canary"', Code.ANSWERS_BAD_VALUE),
        (DATABASE, '[database]\nDB_PASSWORD = "canary canary"', Code.ANSWERS_BAD_VALUE),
        (DATABASE, '[env]\nDB_PASSWORD = "canary"', Code.ANSWERS_OWNED_KEY),
        (S3, '[mail]\napi_key = "canary"', Code.ANSWERS_BAD_VALUE),
        (REDIS, '[redis]\nREDIS_SENTINEL_PASSWORD = "canary"', Code.ANSWERS_BAD_VALUE),
    ],
)
def test_refused_together(answers: str, secrets: str, code: Code) -> None:
    with pytest.raises(InstallError) as caught:
        check_together(parse_answers(answers), parse_secrets(secrets))
    assert caught.value.code is code
    assert "canary" not in str(caught.value.params)


def test_fine_together() -> None:
    given = parse_secrets('[database]\nDB_PASSWORD = "a/b@c"\n[env]\nSECRET_KEY = "aaaaaaaaaaaaaaaaa"\n')
    check_together(parse_answers(DATABASE), given)
    assert [secret.reveal() for secret in given.all()] == ["aaaaaaaaaaaaaaaaa", "a/b@c"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('kind = "resend"\nsender = "a@example.jp"', ""),
        ('kind = "resend"\nsender = "a@example.jp"\napi = "https://mail.example.jp"', ""),
        ('kind = "sendgrid"\nsender = "a@example.jp"', ""),
        ('kind = "resend"', "mail.sender"),
        ('kind = "sendgrid"\nsender = "a@example.jp"\nserver = "smtp.example.jp"', "mail.server"),
        ('kind = "sendgrid"\nsender = "a@example.jp"\napi = "https://x.example.jp"', "mail.api"),
    ],
)
def test_ways_of_sending_mail(text: str, wrong: str) -> None:
    if not wrong:
        parse_answers(f"{SERVER}[mail]\n{text}\n")
        return
    with pytest.raises(InstallError) as caught:
        parse_answers(f"{SERVER}[mail]\n{text}\n")
    assert caught.value.params["key"] == wrong
