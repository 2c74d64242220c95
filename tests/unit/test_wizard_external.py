"""Services of one's own in the wizard: what counts of the answers, what is needed, what was found."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from installer.answers import Answers, Secrets, Stores, Target
from installer.answers.optional import Database, Redis, Storage
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.state import external_report
from installer.views.wizard import (
    ChecksState,
    PageId,
    Trial,
    WizardState,
    edit,
    effective,
    effective_secrets,
    field_problems,
)
from installer.views.wizard.external import counted, in_use, still_true, with_found, with_secret, with_setting
from tests.releases import model_of
from tests.situations import GOOD

SSH = Answers(target=Target(host="203.0.113.5", user="root"))
S3 = Storage("s3", MappingProxyType({"S3_REGION": "us-east-1", "S3_BUCKET_NAME": "dify", "DB_HOST": "x"}))
AZURE = Storage("azure-blob", MappingProxyType({"AZURE_BLOB_ACCOUNT_NAME": "a"}))


def named(section: str, kind: str = "postgresql") -> external_report.Tested:
    return external_report.Tested(section, kind, kind, "h:1", "docker", {})


def test_settings_count_for_their_own_kind_alone() -> None:
    answers = counted(replace(SSH, storage=S3), None)
    assert {*answers.storage.settings} == {"S3_REGION", "S3_BUCKET_NAME"}
    other = counted(replace(SSH, storage=replace(S3, kind="azure-blob")), None)
    assert not other.storage.settings
    assert counted(answers, None) is answers


@pytest.mark.parametrize(
    "answers",
    [
        replace(SSH, database=Database(settings=MappingProxyType({"DB_HOST": "db"}))),
        replace(SSH, redis=Redis(settings=MappingProxyType({"REDIS_HOST": "r"}))),
        replace(SSH, stores=Stores(settings=MappingProxyType({"QDRANT_URL": "q"}))),
    ],
)
def test_what_is_not_chosen_does_not_count(answers: Answers) -> None:
    found = effective(WizardState(answers=answers))
    assert found == SSH and not field_problems(WizardState(answers=answers), PageId.SETTINGS)


def test_secrets_count_for_their_own_kind_alone() -> None:
    secrets = with_secret(Secrets(), "storage", "S3_SECRET_KEY", Secret("one"))
    secrets = with_secret(secrets, "database", "DB_PASSWORD", Secret("two"))
    state = WizardState(answers=replace(SSH, storage=S3), secrets=secrets)
    assert effective_secrets(state).external == {"storage": {"S3_SECRET_KEY": Secret("one")}}
    state = replace(state, answers=replace(SSH, storage=AZURE))
    assert effective_secrets(state).external == {}
    assert with_secret(secrets, "database", "DB_PASSWORD", None).external["database"] == {}


def test_an_emptied_setting_is_no_answer() -> None:
    answers = with_setting(replace(SSH, storage=S3), "storage", "S3_REGION", "")
    assert "S3_REGION" not in answers.storage.settings


def test_secrets_that_are_needed_are_asked_for() -> None:
    answers = replace(SSH, storage=AZURE)
    problems = field_problems(WizardState(answers=answers), PageId.SETTINGS)
    key = "secrets.storage.AZURE_BLOB_ACCOUNT_KEY"
    assert problems[key].key == "external_needed" and problems[key].params["meaning"] == "account_key"
    secrets = with_secret(Secrets(), "storage", "AZURE_BLOB_ACCOUNT_KEY", Secret("k"))
    assert key not in field_problems(WizardState(answers=answers, secrets=secrets), PageId.SETTINGS)


def test_a_secret_in_use_stays_with_its_place() -> None:
    env = "AZURE_BLOB_ACCOUNT_URL=https://a\nAZURE_BLOB_ACCOUNT_KEY=k\nDIFY_INSTALLER_EXTERNAL=storage\n"
    facts = replace(GOOD, env=Secret(env))
    same = replace(
        SSH, storage=Storage("azure-blob", MappingProxyType({"AZURE_BLOB_ACCOUNT_URL": "https://a"}))
    )
    other = with_setting(same, "storage", "AZURE_BLOB_ACCOUNT_URL", "https://b")
    state = WizardState(answers=same, checks=ChecksState(facts=facts))
    assert in_use(state, same) == {"AZURE_BLOB_ACCOUNT_KEY"}
    assert in_use(state, other) == frozenset()
    key = "secrets.storage.AZURE_BLOB_ACCOUNT_KEY"
    assert key not in field_problems(state, PageId.SETTINGS)
    assert key in field_problems(replace(state, answers=other), PageId.SETTINGS)
    broken = replace(facts, env=Secret("A='"))
    assert in_use(replace(state, checks=replace(state.checks, facts=broken)), same) == frozenset()


def test_what_only_another_release_knows_does_not_count() -> None:
    model = model_of("98.0.0")
    settings = MappingProxyType({"REDIS_HOST": "r", "REDIS_USE_SSL": "true"})
    answers = replace(SSH, redis=Redis(True, "single", settings))
    assert dict(counted(answers, model).redis.settings) == {"REDIS_HOST": "r"}


def test_what_was_found_holds_for_these_answers_and_this_machine_alone() -> None:
    trial = Trial({"database": named("database"), "redis": named("redis", "single")})
    before = WizardState(answers=SSH, trial=trial)
    changed = edit(before, answers=with_setting(SSH, "redis", "REDIS_HOST", "r"))
    assert {*changed.trial.found} == {"database"}
    given = with_secret(Secrets(), "database", "DB_PASSWORD", Secret("p"))
    assert {*edit(before, secrets=given).trial.found} == {"redis"}
    elsewhere = replace(SSH, target=replace(SSH.target, host="203.0.113.9"))
    assert edit(before, answers=elsewhere).trial == Trial()
    newer = edit(before, answers=replace(SSH, release=replace(SSH.release, version="1.0.0")))
    assert newer.trial.found == {}
    same = edit(before, answers=replace(SSH, admin=replace(SSH.admin, name="a")))
    assert same.trial is trial and still_true(before, before) is trial


def test_newer_results_take_the_place_of_older_ones() -> None:
    error = InstallError(Code.SSH_CONNECTION_LOST, {})
    trial = Trial({"redis": named("redis")}, {"database": error})
    found = with_found(trial, (named("database"),))
    assert {*found.found} == {"redis", "database"} and not found.errors
    assert with_found(trial, ()) is trial


def test_a_password_that_was_proved_does_not_go_to_another_address() -> None:
    settings = MappingProxyType({"DB_HOST": "db", "DB_PORT": "5432"})
    answers = replace(SSH, database=Database(external=True, settings=settings))
    secrets = with_secret(Secrets(), "database", "DB_PASSWORD", Secret("p"))
    proved = replace(named("database"), marks={"reach": "ok", "login": "ok"})
    state = WizardState(answers=answers, secrets=secrets, trial=Trial({"database": proved}))
    port = edit(state, answers=with_setting(answers, "database", "DB_PORT", "5433"))
    assert port.secrets == secrets and not port.trial.found
    elsewhere = with_setting(answers, "database", "DB_HOST", "db2")
    assert edit(state, answers=elsewhere).secrets.external == {}
    refused = replace(named("database"), marks={"reach": "ok", "login": "stop"})
    typing = replace(state, trial=Trial({"database": refused}))
    assert edit(typing, answers=elsewhere).secrets == secrets  # still being corrected
    assert edit(replace(state, trial=Trial()), answers=elsewhere).secrets == secrets
