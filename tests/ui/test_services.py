"""Settings: services of one's own. What the release asks for is asked; what was typed is judged and tried."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Secrets
from installer.answers.optional import Database
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.views.wizard import PageId, Trial, effective, effective_secrets, field_problems
from tests.releases import model_of
from tests.ui.states import services
from tests.ui.states.settings import obtained, state
from tests.ui.test_settings import Opened, database_of
from ui.intents import CheckService, StopServiceCheck
from ui.widgets.field import Field, SecretField
from ui.widgets.pill import Pill
from ui.wizard.settings.external_service import OwnService, RedisGroup, StorageGroup
from ui.wizard.settings.service_fields import ServiceFields, Switch
from ui.wizard.settings.service_trial import ServiceTrial


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    """The release of the tests: it knows two databases, Sentinels, S3."""
    there = Opened(qtbot).show(state())
    there.page.more.fold.open(True)
    return there


def fields_of(service: OwnService) -> ServiceFields:
    assert service.fields is not None
    return service.fields


def trial_of(service: OwnService) -> ServiceTrial:
    assert service.trial is not None
    return service.trial


def line(opened: Opened, field: str) -> Field:
    found = opened.page.more.control(field) or opened.page.stores.control(field)
    assert isinstance(found, Field), field
    return found


def redis_of(opened: Opened) -> RedisGroup:
    return next(group for group in opened.page.more.groups if isinstance(group, RedisGroup))


def storage_of(opened: Opened) -> StorageGroup:
    return next(group for group in opened.page.more.groups if isinstance(group, StorageGroup))


def choose(control: QWidget, key: Qt.Key, times: int = 1) -> None:
    """By keyboard."""
    target = control.focusProxy() or control
    target.setFocus()
    for _ in range(times):
        QTest.keyClick(target, key)


def test_nobody_is_asked_who_wants_none(opened: Opened) -> None:
    for service in (database_of(opened).service, redis_of(opened).service, opened.page.stores.service):
        assert service.isHidden() and service.fields is None
    assert not field_problems(opened.state, PageId.SETTINGS)


def test_a_database_of_ones_own(opened: Opened) -> None:
    part = database_of(opened)
    opened.space(part.own)
    assert opened.answers.database.external and part.service.isVisible()
    lacking = field_problems(opened.state, PageId.SETTINGS)
    assert {*lacking} == {f"database.settings.{name}" for name in ("DB_HOST", "DB_USERNAME", "DB_DATABASE")}
    assert opened.page.bar(opened.state).note == "PostgreSQL: “Address” is needed"
    for name, text in (("HOST", "db.example.jp"), ("USERNAME", "dify"), ("DATABASE", "dify")):
        opened.type(line(opened, f"database.settings.DB_{name}").edit, text)
    opened.type(line(opened, "secrets.database.DB_PASSWORD").edit, "open-sesame")
    assert not field_problems(opened.state, PageId.SETTINGS)
    assert dict(effective(opened.state).database.settings) == {
        "DB_HOST": "db.example.jp",
        "DB_USERNAME": "dify",
        "DB_DATABASE": "dify",
    }
    given = effective_secrets(opened.state).external
    assert {name: dict(values) for name, values in given.items()} == {
        "database": {"DB_PASSWORD": Secret("open-sesame")}
    }
    port = line(opened, "database.settings.DB_PORT")
    assert port.edit.placeholderText() == "5432"
    opened.type(port.edit, "70000")
    assert port.below.text() == "A port is a number from 1 to 65535"
    opened.type(port.edit, "5433")
    assert effective(opened.state).database.settings["DB_PORT"] == "5433"


def test_an_address_that_would_be_the_container_is_told_at_once(opened: Opened) -> None:
    opened.space(database_of(opened).own)
    host = line(opened, "database.settings.DB_HOST")
    opened.type(host.edit, "localhost")
    assert host.below.text() == (
        "localhost would be the container itself: enter an address at which the server reaches PostgreSQL"
    )


def test_what_was_typed_does_not_count_without_the_choice_and_comes_back_with_it(opened: Opened) -> None:
    part = database_of(opened)
    opened.space(part.own)
    opened.type(line(opened, "database.settings.DB_HOST").edit, "db.example.jp")
    opened.type(line(opened, "secrets.database.DB_PASSWORD").edit, "open-sesame")
    opened.space(part.own)
    assert effective(opened.state).database == Database()
    assert effective_secrets(opened.state) == Secrets()
    assert not part.service.isVisible() and not field_problems(opened.state, PageId.SETTINGS)
    opened.space(part.own)
    assert line(opened, "database.settings.DB_HOST").edit.text() == "db.example.jp"
    opened.click(part.choices["mysql"])
    assert line(opened, "database.settings.DB_PORT").edit.placeholderText() == "3306"
    assert line(opened, "database.settings.DB_HOST").edit.text() == "db.example.jp"


def test_fields_that_are_not_there_lead_to_what_brings_them(opened: Opened) -> None:
    more, stores = opened.page.more, opened.page.stores
    assert more.control("database.settings") is database_of(opened).own
    assert more.control("redis.settings.REDIS_HOST") is redis_of(opened).own
    assert more.control("storage.settings") is storage_of(opened).kind
    assert stores.control("stores.settings") is stores.own
    opened.space(database_of(opened).own)
    assert more.control("database.settings") is more.control("database.settings.DB_HOST")


def test_redis_with_encryption(opened: Opened) -> None:
    part = redis_of(opened)
    opened.space(part.own)
    opened.type(line(opened, "redis.settings.REDIS_HOST").edit, "redis.example.jp")
    encrypted = part.control("redis.settings.REDIS_USE_SSL")
    assert isinstance(encrypted, Switch) and not encrypted.box.isChecked()
    opened.space(encrypted.box)
    assert effective(opened.state).redis.settings["REDIS_USE_SSL"] == "true"
    number = part.control("redis.settings.REDIS_DB")
    fold = fields_of(part.service).more
    assert number is not None and fold.content.isAncestorOf(number) and fold.toggle.isChecked()


def test_files_in_s3(opened: Opened) -> None:
    part = storage_of(opened)
    assert part.kind.list.currentText() == "Folder on the server"
    choose(part.kind, Qt.Key.Key_Down)
    assert opened.answers.storage.kind == "s3" and part.service.isVisible()
    assert {*field_problems(opened.state, PageId.SETTINGS)} == {
        "storage.settings.S3_REGION",
        "storage.settings.S3_BUCKET_NAME",
    }
    assert isinstance(line(opened, "secrets.storage.S3_SECRET_KEY"), SecretField)
    choose(part.kind, Qt.Key.Key_Up)
    assert opened.answers.storage.kind == "" and not part.service.isVisible()


def test_a_vector_store_elsewhere_and_back(opened: Opened) -> None:
    part = opened.page.stores
    before = opened.answers.stores.vector
    opened.space(part.own)
    assert opened.answers.stores.external
    assert (part.stores.isVisible(), part.kinds.isVisible()) == (False, True)
    assert part.kind.list.currentData() == before
    place = part.kind.list.findData("qdrant")
    part.kind.list.setCurrentIndex(place)
    part.kind.list.activated.emit(place)
    assert opened.answers.stores.vector == "qdrant"
    opened.type(line(opened, "stores.settings.QDRANT_URL").edit, "https://qdrant.example.jp:6333")
    assert not field_problems(opened.state, PageId.SETTINGS)
    opened.space(part.own)
    assert (part.stores.isVisible(), part.kinds.isVisible()) == (True, False)
    assert not effective(opened.state).stores.settings


def test_a_store_that_no_release_brings_is_left_with_the_choice(qtbot: QtBot) -> None:
    opened = Opened(qtbot).show(services.STATES["service_store"]())
    part = opened.page.stores
    place = part.kind.list.findData("tidb_vector")
    assert place >= 0
    part.kind.list.activated.emit(place)
    part.kind.list.setCurrentIndex(place)
    assert opened.answers.stores.vector == "tidb_vector"
    opened.space(part.own)
    assert opened.state.release.obtained is not None
    assert opened.answers.stores.vector in opened.state.release.obtained.model.stores


def test_a_setting_that_another_release_does_not_know_does_not_count(opened: Opened) -> None:
    opened.space(redis_of(opened).own)
    opened.type(line(opened, "redis.settings.REDIS_HOST").edit, "redis.example.jp")
    switch = redis_of(opened).control("redis.settings.REDIS_USE_SSL")
    assert isinstance(switch, Switch)
    opened.space(switch.box)
    assert "REDIS_USE_SSL" in effective(opened.state).redis.settings
    old = obtained("98.0.0")
    assert not model_of("98.0.0").knows("REDIS_USE_SSL")
    opened.show(replace(opened.state, release=replace(opened.state.release, obtained=old)))
    assert dict(effective(opened.state).redis.settings) == {"REDIS_HOST": "redis.example.jp"}
    assert redis_of(opened).control("redis.settings.REDIS_USE_SSL") is not switch


# ------------------------------------------------------------------------------------ trying


def show_database(qtbot: QtBot, trial: Trial | None = None) -> Opened:
    opened = Opened(qtbot).show(services.database(trial))
    opened.page.more.fold.open(True)
    return opened


def test_it_is_tried_once_everything_is_typed(qtbot: QtBot) -> None:
    opened = show_database(qtbot)
    trial = trial_of(database_of(opened).service)
    assert trial.begin.isEnabled() and trial.note.isVisible()
    opened.type(line(opened, "database.settings.DB_HOST").edit, "")
    assert not trial.begin.isEnabled()
    opened.type(line(opened, "database.settings.DB_HOST").edit, "db.example.jp")
    opened.space(trial.begin)
    assert opened.asked == [CheckService("database")]
    going = replace(opened.state, trial=Trial(going="database", since=1.0))
    opened.show(going)
    assert trial.stop.isVisible() and not trial.begin.isVisible() and trial.stop.hasFocus()
    opened.space(trial.stop)
    assert opened.asked[-1] == StopServiceCheck()
    opened.show(replace(going, trial=Trial({"database": services.works()})))
    assert trial.begin.isVisible() and trial.begin.hasFocus()


def test_what_was_found_is_told_step_by_step(qtbot: QtBot) -> None:
    opened = show_database(qtbot, Trial({"database": services.works()}))
    trial = trial_of(database_of(opened).service)
    assert [pill.word.text() for pill in trial.findChildren(Pill)] == [
        "connection: works",
        "encryption: none",
        "login: works",
        "version: works",
        "rights: works",
    ]
    assert not trial.cards
    opened.show(services.database(Trial({"database": services.refused()})))
    assert [pill.word.text() for pill in trial.findChildren(Pill) if pill.isVisible()][
        2
    ] == "login: to repair"
    assert "refuses the login of dify" in trial.cards[0].accessibleName()
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5"})
    opened.show(services.database(Trial(errors={"database": error})))
    assert len(trial.cards) == 1 and not [p for p in trial.findChildren(Pill) if p.isVisible()]


def test_another_answer_makes_what_was_found_void(qtbot: QtBot) -> None:
    opened = show_database(qtbot, Trial({"database": services.works(), "mail": services.works("mail")}))
    opened.type(line(opened, "secrets.database.DB_PASSWORD").edit, "another")
    assert {*opened.state.trial.found} == {"mail"}


def test_a_password_in_use_stays_for_the_same_place(qtbot: QtBot) -> None:
    there = services.database()
    assert there.checks.facts is not None
    text = "DB_HOST=db.example.jp\nDB_PORT=5432\nDB_PASSWORD=canary\nDIFY_INSTALLER_EXTERNAL=database\n"
    kept = replace(
        there,
        checks=replace(there.checks, facts=replace(there.checks.facts, env=Secret(text))),
        secrets=Secrets(),
    )
    opened = Opened(qtbot).show(kept)
    opened.page.more.fold.open(True)
    password = line(opened, "secrets.database.DB_PASSWORD")
    assert password.edit.placeholderText() == "Stays as it is unless you type another one"
    opened.type(line(opened, "database.settings.DB_HOST").edit, "other.example.jp")
    assert password.edit.placeholderText() == ""


def test_mail_by_a_service(opened: Opened) -> None:
    from ui.wizard.settings.mail import MailGroup

    part = next(group for group in opened.page.more.groups if isinstance(group, MailGroup))
    opened.space(part.wanted)
    offered = [part.way.list.itemData(n) for n in range(part.way.list.count())]
    assert offered[0] == "smtp" and part.server.isVisible() and not part.by_key.isVisible()


def test_mail_by_resend(qtbot: QtBot) -> None:
    from ui.wizard.settings.mail import MailGroup

    opened = Opened(qtbot).show(services.one(Answers(), secrets=Secrets()))
    opened.page.more.fold.open(True)
    part = next(group for group in opened.page.more.groups if isinstance(group, MailGroup))
    opened.space(part.wanted)
    choose(part.way, Qt.Key.Key_Down)
    assert opened.answers.mail.kind == "resend" and part.by_key.isVisible() and not part.server.isVisible()
    assert {*field_problems(opened.state, PageId.SETTINGS)} >= {"mail.sender", "secrets.mail_api_key"}
    opened.type(part.key.edit, "re_123")
    assert effective_secrets(opened.state).mail_api_key == Secret("re_123")
    choose(part.way, Qt.Key.Key_Up)
    assert effective_secrets(opened.state).mail_api_key is None
