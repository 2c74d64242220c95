"""Settings and the flow with services of one's own: what is told is true, and typing goes on undisturbed."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from installer.answers import Stores
from installer.answers.optional import Storage
from installer.apply.plan import make_plan
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.engine import Blocked
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import PageId, ReleaseState, Trial, edit
from tests.situations import situation
from tests.ui.states import services
from tests.ui.states.settings import obtained, state
from tests.ui.test_flow import Script, flow, script, wait_for
from tests.ui.test_flow_trial import at_settings
from tests.ui.test_services import fields_of, line, redis_of, show_database, storage_of, trial_of
from tests.ui.test_settings import Opened, database_of, row_of
from ui import intents
from ui.connection.session import Session
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.widgets.field import Field
from ui.widgets.pill import Pill
from ui.wizard.controller import Flow
from ui.wizard.login.page import LoginPage
from ui.wizard.review.parts import service_rows
from ui.wizard.settings.page import SettingsPage
from ui.wizard.settings.service_fields import ServiceFields, Switch
from ui.wizard.settings.variables import ORIGIN, VALUE

__all__ = ["at_settings", "flow"]  # fixtures


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    there = Opened(qtbot).show(state())
    there.page.more.fold.open(True)
    return there


# ------------------------------------------------------------------------------- while one types


def test_another_release_comes_while_somebody_types(opened: Opened) -> None:
    opened.space(redis_of(opened).own)
    host = line(opened, "redis.settings.REDIS_HOST")
    opened.type(host.edit, "redis.exa")
    opened.show(replace(opened.state, release=replace(opened.state.release, obtained=None)))
    QTest.keyClicks(host.edit, "mple")
    opened.show(replace(opened.state, release=replace(opened.state.release, obtained=obtained("98.0.0"))))
    made = line(opened, "redis.settings.REDIS_HOST")
    assert made is not host
    now = QApplication.focusWidget()
    assert now is made.edit
    assert isinstance(now, QLineEdit)
    QTest.keyClicks(now, ".jp")
    assert opened.answers.redis.settings["REDIS_HOST"] == "redis.example.jp"


def test_fields_of_another_kind_are_not_shown_for_one_that_nobody_knows_yet(opened: Opened) -> None:
    opened.show(edit(opened.state, answers=replace(opened.answers, storage=Storage("s3"))))
    part = storage_of(opened)
    assert fields_of(part.service).isVisible()
    gone = replace(opened.state, release=replace(opened.state.release, obtained=None))
    opened.show(gone)
    assert fields_of(part.service).isVisible()
    opened.show(edit(gone, answers=replace(gone.answers, storage=Storage("azure-blob"))))
    assert not fields_of(part.service).isVisible()


def test_a_variable_that_a_service_decides_is_locked_in_the_table(opened: Opened) -> None:
    table = opened.page.more.table.model
    index = table.index(row_of(table, "REDIS_USE_SSL"), VALUE)
    assert index.flags() & Qt.ItemFlag.ItemIsEditable
    opened.space(redis_of(opened).own)
    index = table.index(row_of(table, "REDIS_USE_SSL"), VALUE)
    assert not index.flags() & Qt.ItemFlag.ItemIsEditable
    assert index.siblingAtColumn(ORIGIN).data() == "follows “Redis”"
    opened.space(redis_of(opened).own)
    index = table.index(row_of(table, "REDIS_USE_SSL"), VALUE)
    assert index.flags() & Qt.ItemFlag.ItemIsEditable


def test_a_file_under_ones_home_that_cannot_be_read_is_told_at_its_service(qtbot: QtBot) -> None:
    redis = replace(
        services.REDIS,
        settings=services.settings(REDIS_HOST="r.example.jp", REDIS_SSL_CA_CERTS="~/ca.pem"),
    )
    error = InstallError(
        Code.CERTIFICATE_UNREADABLE, {"path": str(Path.home() / "ca.pem"), "reason": "format"}
    )
    shown = services.one(replace(state().answers, redis=redis))
    opened = Opened(qtbot).show(replace(shown, checks=replace(shown.checks, error=error)))
    assert opened.page.more.error is not None and not opened.page.more.error.isHidden()
    assert opened.page.address.error is None or opened.page.address.error.isHidden()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["weaviate", "elasticsearch", "opensearch", "pgvector", "tidb_on_qdrant"])
def test_no_two_lines_are_called_the_same(qtbot: QtBot, kind: str, language: str) -> None:
    opened = Opened(qtbot, language)
    opened.show(services.one(replace(state().answers, stores=Stores(kind, external=True))))
    found = fields_of(opened.page.stores.service)
    names = Counter(
        (c.edit if isinstance(c, Field) else c.box).accessibleName()
        for c in found.controls.values()
        if isinstance(c, Field | Switch)
    )
    assert not [name for name, count in names.items() if count > 1]


def test_where_a_container_is_found_is_no_hint_for_a_store_elsewhere(qtbot: QtBot) -> None:
    opened = Opened(qtbot)
    opened.show(services.one(replace(state().answers, stores=Stores("weaviate", external=True))))
    grpc = line(opened, "stores.settings.WEAVIATE_GRPC_ENDPOINT")
    assert grpc.edit.placeholderText() == ""


# ------------------------------------------------------------------------------------ trying


def test_nobody_counts_seconds_that_nobody_sees(qtbot: QtBot) -> None:
    opened = show_database(qtbot)
    trial = trial_of(database_of(opened).service)
    going = replace(opened.state, trial=Trial(going="database", since=1.0))
    opened.show(going)
    assert trial._timer.isActive()
    opened.page.hide()
    trial._tick()
    assert not trial._timer.isActive()
    opened.page.show()
    opened.show(replace(going, trial=Trial(going="database", since=2.0)))
    assert trial._timer.isActive()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_this_computer_nothing_is_said_of_a_server(qtbot: QtBot, language: str) -> None:
    opened = Opened(qtbot, language).show(services.database(Trial({"database": services.works()})))
    opened.page.more.fold.open(True)
    trial = trial_of(database_of(opened).service)
    server = "サーバー" if language == "ja" else "server"

    def said() -> str:
        return " ".join([*(x.text() for x in trial.found.findChildren(QLabel)), trial.note.text()])

    assert server in said()
    here = replace(opened.answers, target=replace(opened.answers.target, kind="local", host=""))
    opened.show(replace(opened.state, answers=here, trial=Trial()))
    opened.show(replace(opened.state, trial=Trial({"database": services.works()})))
    assert server not in said().replace("メールサーバー", "")
    opened.show(replace(opened.state, trial=Trial(going="database", since=1.0)))
    assert server not in trial.waiting.text()


def test_what_could_not_be_tried_is_not_said_to_work(qtbot: QtBot) -> None:
    nothing = services.works(marks=MappingProxyType({}), address="", version="")
    opened = show_database(qtbot, Trial({"database": nothing}))
    trial = trial_of(database_of(opened).service)
    texts = [x.text() for x in trial.found.findChildren(QLabel)]
    assert "PostgreSQL: nothing could be tried, as no address is known" in texts
    assert trial._said(nothing) == "PostgreSQL: nothing could be tried, as no address is known"
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.setLayout(service_rows(Ui(Texts("en"), Theme("light")), (nothing, services.works())))
    assert [pill.word.text() for pill in holder.findChildren(Pill)] == ["not tried", "works"]


def going_on(flow: Flow) -> threading.Event:
    """Try the database; the result comes once the event is set."""
    go_on = threading.Event()
    script(flow).results["try"] = lambda *_: go_on.wait(5) and (services.works(),)
    flow.ask(intents.CheckService("database"))
    assert flow.state.trial.going == "database"
    return go_on


@pytest.mark.parametrize("what", ["release", "directory"])
def test_what_was_tried_for_another_release_or_folder_is_not_told(
    qtbot: QtBot, at_settings: Flow, what: str
) -> None:
    go_on = going_on(at_settings)
    answers = at_settings.state.answers
    changed = (
        replace(answers, release=replace(answers.release, version="1.10.0"))
        if what == "release"
        else replace(answers, target=replace(answers.target, directory="/srv/dify"))
    )
    script(at_settings).results["release"] = obtained("98.0.0")
    at_settings.edit(lambda s: edit(s, answers=changed))
    assert not at_settings.state.trial.going
    go_on.set()
    qtbot.wait(100)
    assert at_settings.state.trial == Trial()


def test_what_refuses_right_before_the_installation_does_not_work_on_settings(
    qtbot: QtBot, at_settings: Flow
) -> None:
    found: Script = script(at_settings)
    there = situation()
    answers = replace(there.answers, database=services.POSTGRESQL)
    plan = make_plan(replace(there, answers=answers, external=(services.works(),)))
    found.results["plan"] = plan
    at_settings.ask(intents.Next())
    qtbot.waitUntil(lambda: at_settings.state.review.plan is not None)
    refused = make_plan(replace(there, answers=answers, external=(services.refused(),)))
    found.results["install"] = Blocked(refused)
    at_settings.ask(intents.Next())
    wait_for(qtbot, at_settings, PageId.REVIEW)
    assert at_settings.state.trial.found == {"database": services.refused()}


def test_a_service_is_tried_though_another_one_is_not_finished(tmp_path: Path) -> None:
    """The error says that there is no connection in this test, and nothing of the files' keys."""
    from installer.core.cancel import CancelToken

    there = services.database()
    answers = replace(there.answers, storage=Storage("azure-blob"))
    assert there.checks.facts is not None and there.release.obtained is not None
    work = Session(Home(tmp_path)).try_service(
        answers, there.secrets, there.checks.facts, there.release.obtained, "database"
    )
    with pytest.raises(InstallError) as error:
        work(lambda _: None, CancelToken())
    assert error.value.code.startswith("ssh.")


# ------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize("page", [SettingsPage, LoginPage])
def test_a_page_that_is_made_out_of_sight_does_not_come_up_with_the_window(
    qtbot: QtBot, page: type[SettingsPage] | type[LoginPage]
) -> None:
    window, stack = QWidget(), QStackedWidget()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(stack)
    stack.addWidget(QLabel("there"))
    pieces = page.in_pieces(Ui(Texts("en"), Theme("light")), stack)
    made = next(found for found in pieces if found is not None)
    window.show()
    assert stack.isVisible() and not made.isVisible()
    stack.addWidget(made)
    stack.setCurrentWidget(made)
    assert made.isVisible()


def test_a_fields_section_without_a_release_is_empty(qtbot: QtBot) -> None:
    fields = ServiceFields(Ui(Texts("en"), Theme("light")), "database")
    qtbot.addWidget(fields)
    fields.show_service(
        replace(services.database(), release=ReleaseState(), secrets=services.PASSWORDS),
        "mysql",
        {},
    )
    assert not fields.controls
