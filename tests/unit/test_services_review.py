"""Services of one's own: what must not get out, must not be said of something else, and must not be slow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from installer.answers import (
    Answers,
    Secrets,
    Stores,
    Target,
    answer_problems,
    check_together,
    dump_answers,
    parse_answers,
)
from installer.answers.external_checks import value_problem
from installer.answers.external_services import field_of
from installer.answers.optional import Database, Mail, Storage
from installer.appdata.draft import Draft, load_draft, save_draft
from installer.config.external import of_another_place
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.release.envfile import EnvFile
from installer.state import external_report
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import ChecksState, PageId, Trial, WizardState, edit, effective, field_problems
from installer.views.wizard.external import alone, described, in_use, with_secret
from tests.real_releases import REAL_VERSIONS
from tests.releases import NEW
from tests.situations import GOOD
from tests.unit.config.test_external import made

SSH = Answers(target=Target(host="203.0.113.5", user="root"))


def settings(**values: str) -> Mapping[str, str]:
    return MappingProxyType(values)


POSTGRESQL = Database("postgresql", True, settings(DB_HOST="db", DB_USERNAME="dify", DB_DATABASE="dify"))


# ------------------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("vector", "name", "address"),
    [
        ("qdrant", "QDRANT_URL", "https://dify:canary@qdrant.example.jp:6333"),
        ("couchbase", "COUCHBASE_CONNECTION_STRING", "couchbase://dify:canary@c.example.jp"),
        ("huawei_cloud", "HUAWEI_CLOUD_HOSTS", "https://a.example.jp,https://dify:canary@b.example.jp"),
    ],
)
def test_a_login_in_an_address_is_no_answer(tmp_path: Path, vector: str, name: str, address: str) -> None:
    answers = replace(SSH, stores=Stores(vector, external=True, settings=settings(**{name: address})))
    problems = answer_problems(answers)
    assert Code.ANSWERS_BAD_VALUE in [problem.code for problem in problems]
    assert not any("canary" in f"{problem.params}{problem.detail}" for problem in problems)
    home = Home(tmp_path)
    save_draft(home, Draft(answers, "settings", "", 1.0))
    assert "canary" not in (tmp_path / "draft.toml").read_text(encoding="utf-8")
    assert load_draft(home) is not None
    found = field_problems(WizardState(answers=answers), PageId.SETTINGS)[f"stores.settings.{name}"]
    assert found.key == "external_login"
    assert not any("canary" in Texts(lang).ui(f"missing.{found.key}", **found.params) for lang in LANGUAGES)


@pytest.mark.parametrize("value", ["https://", "https://[::1", "https://a:99999", "http:///path"])
def test_an_address_that_nobody_can_read_is_told(value: str) -> None:
    assert value_problem(field_of("QDRANT_URL", {}), value)


@pytest.mark.parametrize("value", ["https://a.example.jp/x@y", "http://a:80", "qdrant.example.jp:6333"])
def test_other_addresses_are_fine(value: str) -> None:
    assert value_problem(field_of("QDRANT_URL", {}), value) is None


@pytest.mark.parametrize("password", ["open sesame", "it's", "back\\slash"])
def test_a_password_that_the_plugin_daemon_cannot_use_is_told_where_it_is_typed(password: str) -> None:
    secrets = with_secret(Secrets(), "database", "DB_PASSWORD", Secret(password))
    answers = replace(SSH, database=POSTGRESQL)
    with pytest.raises(InstallError):
        check_together(answers, secrets)
    state = WizardState(answers=answers, secrets=secrets)
    key = "secrets.database.DB_PASSWORD"
    assert field_problems(state, PageId.SETTINGS)[key].key == "external_password"
    mysql = replace(state, answers=replace(answers, database=replace(POSTGRESQL, kind="mysql")))
    assert key not in field_problems(mysql, PageId.SETTINGS)


def test_another_address_of_the_mail_api_does_not_get_the_former_ones_key() -> None:
    facts = replace(GOOD, env=Secret("RESEND_API_URL=https://api.resend.com\nRESEND_API_KEY=re_canary\n"))
    state = WizardState(
        answers=replace(SSH, mail=Mail("resend", "dify@example.jp")), checks=ChecksState(facts=facts)
    )
    key = "secrets.mail_api_key"
    assert key not in field_problems(state, PageId.SETTINGS)
    other = replace(state.answers, mail=replace(state.answers.mail, api="https://mail.example.jp"))
    assert key in field_problems(replace(state, answers=other), PageId.SETTINGS)


# ----------------------------------------------------------------------------------- variables


def test_a_variable_that_a_service_decides_does_not_count_beside_it() -> None:
    """Set in the table of all variables before the service was chosen: no line of the page shows it, so
    nothing could be done about it."""
    qdrant = Stores("qdrant", external=True, settings=settings(QDRANT_URL="https://q.example.jp"))
    answers = replace(SSH, stores=qdrant, env=settings(QDRANT_CLIENT_TIMEOUT="30", LOG_LEVEL="DEBUG"))
    counted = effective(WizardState(answers=answers))
    assert dict(counted.env) == {"LOG_LEVEL": "DEBUG"}
    assert not field_problems(WizardState(answers=answers), PageId.SETTINGS)
    assert parse_answers(dump_answers(counted)) == counted
    assert [p.code for p in answer_problems(answers)] == [Code.ANSWERS_OWNED_KEY]


# --------------------------------------------------------------------------------------- tried


def named(section: str) -> external_report.Tested:
    return external_report.Tested(section, "postgresql", "PostgreSQL", "db:5432", "docker", {"login": "ok"})


def test_another_folder_has_other_passwords_in_use() -> None:
    before = WizardState(
        answers=replace(SSH, database=POSTGRESQL), trial=Trial({"database": named("database")})
    )
    other = replace(before.answers, target=replace(SSH.target, directory="/srv/dify"))
    assert edit(before, answers=other).trial == Trial()


def test_what_a_trial_depends_on() -> None:
    answers = replace(SSH, database=POSTGRESQL)
    before = described(answers, Secrets(), "database")
    assert described(answers, Secrets(sudo_password=Secret("x")), "database") == before
    for other in (
        replace(answers, release=replace(answers.release, version="1.0.0")),
        replace(answers, target=replace(answers.target, directory="/srv/dify")),
        replace(answers, target=replace(answers.target, project="other")),
        replace(answers, database=replace(POSTGRESQL, kind="mysql")),
    ):
        assert described(other, Secrets(), "database") != before


def test_a_service_is_tried_whatever_is_wrong_elsewhere() -> None:
    tls = replace(SSH.tls, mode="own", certificate="/nowhere.pem")
    answers = replace(SSH, database=POSTGRESQL, storage=Storage("azure-blob"), tls=tls)
    secrets = with_secret(Secrets(), "database", "DB_PASSWORD", Secret("p"))
    secrets = with_secret(secrets, "storage", "S3_SECRET_KEY", Secret("s"))
    found, given = alone(answers, replace(secrets, mail_password=Secret("m")), "database")
    assert found == replace(Answers(), target=SSH.target, database=POSTGRESQL)
    assert {name: dict(of) for name, of in given.external.items()} == {
        "database": {"DB_PASSWORD": Secret("p")}
    }
    assert given.mail_password is None
    assert alone(answers, replace(secrets, mail_password=Secret("m")), "mail")[1].mail_password


def test_nothing_tried_is_not_called_good() -> None:
    assert replace(named("stores"), marks={}).verdict == "unknown"
    assert replace(named("stores"), marks={"reach": "none"}).verdict == "unknown"
    assert named("stores").verdict == "ok"
    assert replace(named("stores"), marks={"reach": "ok", "login": "stop"}).verdict == "stop"


# --------------------------------------------------------------------------- the ``.env`` in use


def test_the_env_in_use_is_read_once_for_many_key_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = EnvFile.parse
    monkeypatch.setattr(EnvFile, "parse", lambda text: parsed.append(text) or parse(text))  # type: ignore[func-returns-value]
    facts = replace(GOOD, env=Secret("DB_HOST=db\nDB_PASSWORD=canary\nDIFY_INSTALLER_EXTERNAL=database\n"))
    state = WizardState(answers=replace(SSH, database=POSTGRESQL), checks=ChecksState(facts=facts))
    for place in range(5):
        named = replace(POSTGRESQL, settings=settings(**{**POSTGRESQL.settings, "DB_DATABASE": f"d{place}"}))
        now = replace(state, answers=replace(state.answers, database=named))
        field_problems(now, PageId.SETTINGS)
        assert in_use(now, effective(now)) == {"DB_PASSWORD"}
    assert len(parsed) == 1
    other = replace(facts, env=Secret("DB_HOST=other\nDB_PASSWORD=canary\n"))
    assert in_use(replace(state, checks=replace(state.checks, facts=other)), state.answers) == frozenset()
    assert in_use(replace(state, checks=replace(state.checks, facts=None)), state.answers) == frozenset()


AT_AMAZON = (
    "STORAGE_TYPE=s3\nS3_ENDPOINT=\nS3_ACCESS_KEY=a\nS3_SECRET_KEY=s\nDIFY_INSTALLER_EXTERNAL=storage\n"
)


@pytest.mark.parametrize(
    ("kind", "named", "text", "kept"),
    [
        ("s3", {}, AT_AMAZON, True),
        ("s3", {"S3_ENDPOINT": "https://s3.example.jp"}, AT_AMAZON, False),
        ("s3", {}, AT_AMAZON.replace("S3_ENDPOINT=", "S3_ENDPOINT=https://s3.example.jp"), False),
        ("s3", {}, AT_AMAZON.replace("STORAGE_TYPE=s3", "STORAGE_TYPE=opendal"), False),
        ("s3", {}, AT_AMAZON.replace("=storage", "=redis"), False),
        ("oci-storage", {}, AT_AMAZON, False),
    ],
)
def test_keys_stay_where_the_provider_is_the_address(
    kind: str, named: dict[str, str], text: str, kept: bool
) -> None:
    answers = replace(SSH, storage=Storage(kind, settings(S3_BUCKET_NAME="b", S3_REGION="r", **named)))
    values = of_another_place(answers, EnvFile.parse(text)).values()
    assert ("S3_SECRET_KEY" in values) is kept


def test_a_port_that_is_no_longer_named_is_another_one() -> None:
    text = "DB_HOST=db\nDB_PORT=5433\nDB_PASSWORD=canary\nDIFY_INSTALLER_EXTERNAL=database\n"
    answers = replace(SSH, database=POSTGRESQL)
    assert "DB_PASSWORD" not in of_another_place(answers, EnvFile.parse(text)).values()
    usual = EnvFile.parse(text.replace("5433", "5432"))
    assert "DB_PASSWORD" in of_another_place(answers, usual).values()


WEAVIATE = """
[target]
host = "203.0.113.5"
user = "root"
[stores]
external = true
[stores.settings]
WEAVIATE_ENDPOINT = "%s"
"""


@pytest.mark.parametrize(
    ("address", "grpc"),
    [
        ("https://w.example.jp", "grpcs://w.example.jp:443"),
        ("http://w.example.jp:8080", "grpc://w.example.jp:50051"),
    ],
)
@pytest.mark.parametrize("version", [NEW, *(v for v in ("1.13.3", "1.16.1") if v in REAL_VERSIONS)])
def test_a_store_elsewhere_is_not_asked_at_the_containers_second_door(
    version: str, address: str, grpc: str
) -> None:
    answers = parse_answers(WEAVIATE % address)
    first = made(version, answers)
    assert first.env["WEAVIATE_GRPC_ENDPOINT"] == grpc
    text = first.env_text.reveal()
    by_hand = text.replace(grpc, "grpc://g.example.jp:1")
    assert made(version, answers, "", by_hand).env["WEAVIATE_GRPC_ENDPOINT"] == "grpc://g.example.jp:1"
    beside = made(version, parse_answers("[target]\nhost = 'h'\nuser = 'u'\n"), "", text)
    assert beside.env["WEAVIATE_GRPC_ENDPOINT"] == "grpc://weaviate:50051"
