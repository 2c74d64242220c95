"""Settings: what each control changes, by mouse and by keyboard, and what the page says."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from installer.answers import Admin, Answers, Ports, Release
from installer.answers.optional import Database
from installer.core.secrets import Secret
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import PageId, WizardState, effective
from tests.releases import model_of
from tests.ui.states.checks import ANSWERS
from tests.ui.states.settings import RELEASES, STATES, newest, own_certificate, released, state
from ui.intents import Intent, Retry
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.wizard.settings.database import DatabaseGroup
from ui.wizard.settings.https.own import OwnPanel
from ui.wizard.settings.page import SettingsPage
from ui.wizard.settings.variable_values import variables_of
from ui.wizard.settings.variables import NAME, ORIGIN, VALUE, VariableModel

CHOSEN = "/home/akari/chosen.pem"


def own_panel(opened: Opened) -> OwnPanel:
    panel = opened.page.address.panels["certificate"]
    assert isinstance(panel, OwnPanel)
    return panel


def database_of(opened: Opened) -> DatabaseGroup:
    return next(group for group in opened.page.more.groups if isinstance(group, DatabaseGroup))


class Opened:
    """The page with a state behind it, as the flow keeps it."""

    def __init__(self, qtbot: QtBot, language: str = "en") -> None:
        self.qtbot = qtbot
        self.page = SettingsPage(Ui(Texts(language), Theme("light")), lambda *_: CHOSEN)
        self.state = WizardState()
        self.edits = 0
        self.asked: list[Intent] = []
        self.page.edited.connect(self._edit)
        self.page.asked.connect(self.asked.append)
        qtbot.addWidget(self.page)
        self.page.resize(820, 640)
        self.page.show()

    def _edit(self, change: Callable[[WizardState], WizardState]) -> None:
        self.edits += 1
        self.state = change(self.state)
        self.page.show_state(self.state)

    def show(self, shown: WizardState) -> Opened:
        self.state = shown
        self.page.show_state(shown)
        QApplication.processEvents()  # what was just made is laid out and shown
        return self

    @property
    def answers(self) -> Answers:
        return self.state.answers

    def click(self, widget: QWidget) -> None:
        """Where a check box and a radio button have their sign, too."""
        where = QPoint(12, widget.height() // 2)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)

    def space(self, widget: QWidget) -> None:
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Space)

    def type(self, edit: QLineEdit, text: str) -> None:
        edit.setFocus()
        edit.selectAll()
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        QTest.keyClicks(edit, text)


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    return Opened(qtbot).show(state())


@pytest.mark.parametrize(  # the texts of all languages have the same parameters
    "language", [pytest.param(x, marks=[] if x == "en" else [pytest.mark.slow]) for x in LANGUAGES]
)
@pytest.mark.parametrize("name", STATES)
def test_every_state_shows_and_emits_nothing(qtbot: QtBot, name: str, language: str) -> None:
    there = Opened(qtbot, language).show(STATES[name]())
    there.show(newest()).show(STATES[name]())
    assert (there.edits, there.asked) == (0, [])
    labels = [x.text() for x in there.page.findChildren(QLabel) if x.isVisibleTo(there.page)]
    assert not [text for text in labels if "{" in text]


# ---------------------------------------------------------------------------------- version


def test_the_version_is_described(opened: Opened) -> None:
    version = opened.page.version
    assert version.number.text() == "99.0.0"
    assert version.about.text() == "latest stable · 28 July 2026 · 10 images"
    opened.click(version.news)
    assert version.notes.isVisible()
    assert "<b>Not markup</b>" in version.notes.text.toPlainText()
    opened.click(version.news)
    assert not version.notes.isVisible()


def test_another_version_by_keyboard_and_back_to_the_latest(opened: Opened) -> None:
    choice = opened.page.version.choice
    opened.click(opened.page.version.other)
    assert [choice.itemText(n) for n in range(choice.count())] == [
        "Latest stable (99.0.0)",
        "100.0.0-rc1 · 3 August 2026 · pre-release, for trying out",
        "99.0.0 · 28 July 2026",
        "98.0.0 · 11 May 2026",
    ]
    QTest.keyClick(choice, Qt.Key.Key_End)
    assert opened.answers.release.version == "98.0.0"
    assert opened.state.release.obtained is None
    QTest.keyClick(choice, Qt.Key.Key_Home)
    assert opened.answers.release.version == "latest"


def test_an_archive_can_be_taken_as_whatever_version_it_is(opened: Opened) -> None:
    release = Release("98.0.0", "/srv/dify.tar.gz")
    opened.show(replace(opened.state, answers=replace(opened.answers, release=release)))
    opened.page.focus_field("release.version")
    choice = opened.page.version.choice
    assert choice.isVisible()
    assert [choice.itemText(n) for n in range(choice.count())] == [
        "The version that the file holds",
        "98.0.0",
    ]
    QTest.keyClick(choice, Qt.Key.Key_Home)
    assert opened.answers.release == Release("latest", "/srv/dify.tar.gz")
    assert not opened.page.version.other.isVisible()


def test_the_wheel_does_not_choose_a_version(opened: Opened) -> None:
    opened.click(opened.page.version.other)
    choice, none = opened.page.version.choice, Qt.KeyboardModifier.NoModifier
    where, down = QPointF(5, 5), QPoint(0, -120)
    begin, buttons = Qt.ScrollPhase.NoScrollPhase, Qt.MouseButton.NoButton
    QApplication.sendEvent(choice, QWheelEvent(where, where, down, down, buttons, none, begin, False))
    assert opened.edits == 0


def test_a_version_that_is_set_up_stays(opened: Opened) -> None:
    opened.show(STATES["installed"]())
    assert not opened.page.version.other.isVisible()
    assert "Its version stays" in opened.page.version.fixed.text()


def test_without_a_list_there_is_nothing_to_choose(opened: Opened) -> None:
    opened.show(STATES["archive"]())
    version = opened.page.version
    assert not version.other.isVisible() and not version.news.isVisible()
    assert "from the file /home/akari/dify-99.0.0.tar.gz" in version.about.text()


def test_what_is_fetched_is_said_in_the_row_and_in_the_bar(opened: Opened) -> None:
    opened.show(STATES["fetching"]())
    assert opened.page.version.waiting.isVisible()
    bar = opened.page.bar(opened.state)
    assert bar.note == "Getting Dify's release and checking that it is complete…"
    assert not bar.enabled


# ------------------------------------------------------------------------ address and HTTPS


def test_the_address(opened: Opened) -> None:
    section = opened.page.address
    assert section.address.edit.placeholderText() == "203.0.113.24"
    opened.type(section.address.edit, "dify.example.jp")
    assert opened.answers.site.address == "dify.example.jp"
    opened.type(section.address.edit, "dify example")
    assert section.address.below.text() == "Enter a domain name or an IP address"
    assert section.address.edit.property("wrong") == "true"


def test_https_by_mouse_and_off_again_by_keyboard(opened: Opened) -> None:
    section = opened.page.address
    assert not section.https.isVisible() and not section.panels
    opened.click(section.mode.cards["own"])
    assert (opened.answers.tls.mode, opened.answers.ports.https) == ("own", 443)
    assert section.https.isVisible() and own_panel(opened).certificate.isVisible()
    section.mode.cards["own"].setFocus()
    QTest.keyClick(section.mode.cards["own"], Qt.Key.Key_Right)
    assert opened.answers.tls.mode == "off"
    assert not own_panel(opened).isVisible() and not section.https.isVisible()
    assert effective(WizardState(answers=opened.answers)).ports.https == 0


def test_a_port_of_ones_own_stays_when_https_is_chosen(opened: Opened) -> None:
    opened.show(state(replace(ANSWERS, ports=Ports(https=8443)), judged=False))
    opened.click(opened.page.address.mode.cards["own"])
    assert opened.answers.ports.https == 8443


def test_the_files_come_back_with_the_choice(opened: Opened) -> None:
    opened.show(own_certificate())
    cards = opened.page.address.mode.cards
    opened.click(cards["off"])
    assert effective(opened.state).tls.certificate == ""
    assert opened.page.bar(opened.state).enabled
    opened.click(cards["own"])
    assert opened.answers.tls.certificate == "/home/akari/dify.pem"
    assert opened.state.secrets.tls_passphrase == Secret("open sesame")


def test_files_are_typed_or_chosen(opened: Opened) -> None:
    section = opened.page.address
    opened.click(section.mode.cards["own"])
    panel = own_panel(opened)
    assert panel.certificate.edit.property("wrong") == "false"  # nothing typed yet: only the bar says it
    assert opened.page.bar(opened.state).note == "Choose the certificate file"
    opened.type(panel.certificate.edit, "dify.pem")
    assert panel.certificate.below.text() == "Enter the file's whole path, or choose it"
    opened.click(panel.certificate.choose)
    assert opened.answers.tls.certificate == CHOSEN
    opened.space(panel.key.choose)
    assert opened.answers.tls.key == CHOSEN
    assert panel.key.choose.accessibleName() == "Choose the key file"


def test_a_dialog_that_is_left_changes_nothing(opened: Opened) -> None:
    opened.show(own_certificate())
    panel = own_panel(opened)
    panel.choose_file = lambda *_: ""
    opened.click(panel.certificate.choose)
    assert opened.edits == 0


def test_passphrase_and_redirect(opened: Opened) -> None:
    section = opened.page.address
    opened.click(section.mode.cards["own"])
    given, panel = [], own_panel(opened)
    for text in ("sesame", ""):
        opened.type(panel.passphrase.edit, text)
        given.append(opened.state.secrets.tls_passphrase)
    assert given == [Secret("sesame"), None]
    told = []
    for press in (opened.click, opened.space):
        press(section.browsers.redirect)
        told.append(opened.answers.tls.redirect)
    assert told == [False, True]


def test_a_taken_port_offers_a_free_one(opened: Opened) -> None:
    opened.show(STATES["port"]())
    http = opened.page.address.http
    assert http.field.below.text() == "Used by nginx (pid 812) · 8080 is free"
    assert http.use.accessibleName() == "Use port 8080 instead of 80"
    opened.click(http.use)
    assert opened.answers.ports.http == 8080
    assert not http.use.isVisible()


def test_ports_are_judged_as_typed(opened: Opened) -> None:
    section = opened.page.address
    opened.type(section.http.field.edit, "5003")
    assert opened.answers.ports.http == 5003
    assert section.http.field.below.text() == "Port 5003 is used twice here"
    opened.type(section.http.field.edit, "")
    assert section.http.field.below.text() == "A port is a number from 1 to 65535"
    opened.click(section.mode.cards["own"])
    opened.type(section.https.field.edit, "8443")
    assert opened.answers.ports.https == 8443


def test_typing_in_the_middle_does_not_move_the_cursor(opened: Opened) -> None:
    opened.type(opened.page.address.address.edit, "difyexample.jp")
    opened.page.address.address.edit.setCursorPosition(4)
    QTest.keyClicks(opened.page.address.address.edit, ".")
    assert opened.answers.site.address == "dify.example.jp"
    assert opened.page.address.address.edit.cursorPosition() == 5


def test_spaces_inside_a_path_can_be_typed(opened: Opened) -> None:
    opened.click(opened.page.address.mode.cards["own"])
    opened.type(own_panel(opened).certificate.edit, "/home/a b/c.pem ")
    assert opened.answers.tls.certificate == "/home/a b/c.pem"


# ---------------------------------------------------------------------------- administrator


def test_the_administrator(opened: Opened) -> None:
    section = opened.page.admin
    opened.type(section.name.edit, "Akari")
    assert opened.page.bar(opened.state).note.startswith("Enter the administrator's mail address")
    opened.type(section.email.edit, "akari@example.jp")
    opened.type(section.password.edit, "short")
    assert section.password.edit.property("wrong") == "true"
    opened.type(section.password.edit, "long enough 1")
    assert section.password.edit.property("wrong") == "false"
    assert opened.answers.admin == Admin("akari@example.jp", "Akari")
    assert opened.state.secrets.admin_password == Secret("long enough 1")
    assert opened.page.bar(opened.state).enabled


# ----------------------------------------------------------------------------------- stores


def test_the_usual_stores_by_mouse_and_keyboard(opened: Opened) -> None:
    stores = opened.page.stores.stores
    assert list(stores.cards) == ["weaviate", "qdrant", "pgvector"]
    assert stores.cards["weaviate"].isChecked()
    opened.click(stores.cards["pgvector"])
    assert opened.answers.stores.vector == "pgvector"
    stores.cards["pgvector"].setFocus()
    QTest.keyClick(stores.cards["pgvector"], Qt.Key.Key_Left)
    assert opened.answers.stores.vector == "qdrant"
    assert not opened.page.stores.more.isVisible()


def test_more_stores_unfold(opened: Opened) -> None:
    opened.show(newest())
    section = opened.page.stores
    hidden = [name for name, card in section.stores.cards.items() if not card.isVisibleTo(section)]
    assert section.more.text() == f"{len(hidden)} more stores" and "milvus" in hidden
    opened.space(section.more)
    assert section.stores.cards["milvus"].isVisibleTo(section)
    opened.click(section.stores.cards["milvus"])
    assert opened.answers.stores.vector == "milvus"
    there = newest()
    stores = replace(there.answers.stores, vector="chroma")
    again = Opened(opened.qtbot).show(replace(there, answers=replace(there.answers, stores=stores)))
    assert again.page.stores.stores.cards["chroma"].isVisibleTo(again.page)  # what is chosen is seen


def test_the_database_where_there_is_a_choice(opened: Opened) -> None:
    there = STATES["preset"]()
    assert there.release.obtained is not None
    old = replace(there.release.obtained, model=model_of("98.0.0"))  # knows one alone
    alone = Opened(opened.qtbot).show(replace(there, release=replace(there.release, obtained=old)))
    alone.page.more.fold.open(True)
    assert not database_of(alone).kinds.isVisibleTo(alone.page)
    more = opened.page.more
    more.fold.open(True)
    choices = database_of(opened).choices
    assert choices["postgresql"].isChecked() and choices["mysql"].isVisibleTo(opened.page)
    opened.click(choices["mysql"])
    assert opened.answers.database.kind == "mysql"
    assert more.control("database.kind") is choices["mysql"]
    answers = replace(there.answers, database=Database("mysql"))
    alone.show(replace(there, release=replace(there.release, obtained=old), answers=answers))
    assert database_of(alone).kinds.isVisibleTo(alone.page)  # what was chosen is seen, and can be changed


def test_the_stores_stay_while_a_release_is_fetched(opened: Opened) -> None:
    before = opened.page.stores.stores
    opened.show(STATES["fetching"]())
    assert opened.page.stores.stores is before


# ----------------------------------------------------------------------------- more settings


def test_more_settings_unfold(opened: Opened) -> None:
    more = opened.page.more
    assert not more.folder.isVisible()
    opened.space(more.fold.toggle)
    assert more.folder.isVisible() and more.fold.toggle.isChecked()
    assert more.folder.edit.placeholderText() == "/opt/dify"
    assert more.project.edit.placeholderText() == "dify"
    opened.click(more.fold.toggle)
    assert not more.folder.isVisible() and not more.fold.toggle.isChecked()


def test_folder_and_project(opened: Opened) -> None:
    more = opened.page.more
    opened.click(more.fold.toggle)
    opened.type(more.project.edit, "Dify")
    assert more.project.below.text().startswith("Small letters")
    opened.type(more.project.edit, "dify2")
    assert opened.answers.target.project == "dify2"
    opened.type(more.folder.edit, "/srv/dify")
    assert opened.answers.target.directory == "/srv/dify"
    assert opened.state.checks.facts is None  # another folder is to be looked at


def test_who_can_reach_it(opened: Opened) -> None:
    more = opened.page.more
    opened.click(more.fold.toggle)
    assert more.everyone.isChecked() and not more.other.isVisible()
    opened.click(more.itself)
    assert opened.answers.site.bind == "127.0.0.1"
    more.itself.setFocus()
    QTest.keyClick(more.itself, Qt.Key.Key_Up)
    assert opened.answers.site.bind == "0.0.0.0"
    opened.show(STATES["long"]())
    assert more.other.isChecked() and more.other.text() == "Only through the address 10.20.30.40"


def test_plugin_debugging(opened: Opened) -> None:
    more = opened.page.more
    opened.click(more.fold.toggle)
    opened.type(more.debugging.field.edit, "5999")
    opened.click(more.public)
    assert opened.answers.ports == Ports(plugin_debugging=5999, plugin_debugging_public=True)
    opened.space(more.public)
    assert not opened.answers.ports.plugin_debugging_public


# --------------------------------------------------------------------------------- variables


def row_of(model: VariableModel, name: str) -> int:
    return next(n for n in range(model.rowCount()) if model.index(n, NAME).data() == name)


def test_a_value_is_found_edited_and_put_back_by_keyboard(opened: Opened) -> None:
    more = opened.page.more
    opened.click(more.fold.toggle)
    opened.space(more.open_table)
    table = more.table
    QTest.keyClicks(table.search, "log_level")
    assert table.model.rowCount() == 1
    QTest.keyClick(table.search, Qt.Key.Key_Return)
    assert table.table.currentIndex().data(Qt.ItemDataRole.EditRole) == "INFO"
    QTest.keyClick(table.table, Qt.Key.Key_Return)
    editor = table.table.findChild(QLineEdit)
    assert editor is not None
    editor.setText("DEBUG")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()  # Qt takes the value once the key is done
    assert dict(opened.answers.env) == {"LOG_LEVEL": "DEBUG"}
    assert more.count.text().endswith("changed by you: 1")
    assert table.reset.isEnabled()
    assert table.reset.accessibleName() == "Use the default of LOG_LEVEL again"
    QTest.keyClick(table.table, Qt.Key.Key_Delete)
    assert dict(opened.answers.env) == {}
    assert not table.reset.isEnabled()


def test_the_default_typed_is_the_default(opened: Opened) -> None:
    model = opened.page.more.table.model
    place = model.index(row_of(model, "LOG_LEVEL"), VALUE)
    assert model.setData(place, "DEBUG")
    assert model.setData(place, "INFO")
    assert dict(opened.answers.env) == {}
    edits = opened.edits
    assert model.setData(place, "INFO")
    assert not model.setData(place, "two\nlines")
    assert opened.edits == edits


def test_what_is_decided_elsewhere_is_shown_but_not_edited(opened: Opened) -> None:
    model = opened.page.more.table.model
    said = {
        "EXPOSE_NGINX_PORT": "follows “HTTP port”",
        "SECRET_KEY": "made by this program",
        "VECTOR_STORE": "follows “Vector store”",
        "DB_HOST": "follows “Database”",
        "REDIS_HOST": "follows “Redis”",
    }
    for name, text in said.items():
        index = model.index(row_of(model, name), VALUE)
        assert index.siblingAtColumn(ORIGIN).data() == text
        assert not index.flags() & Qt.ItemFlag.ItemIsEditable
        assert index.data(Qt.ItemDataRole.ToolTipRole).startswith("<p>T")
        assert not model.setData(index, "x")


def test_no_secret_is_in_the_table(opened: Opened) -> None:
    model = opened.page.more.table.model
    for place in range(model.rowCount()):
        variable = model.variable(place)
        if variable is not None and variable.hidden and variable.default:
            for column in range(model.columnCount()):
                shown = str(model.index(place, column).data())
                tip = str(model.index(place, column).data(Qt.ItemDataRole.ToolTipRole))
                assert variable.default not in (shown, tip)


def test_a_comment_of_the_release_is_not_markup(qtbot: QtBot) -> None:
    model = VariableModel(Ui(Texts("en"), Theme("light")))
    release = newest().release.obtained
    assert release is not None
    known = variables_of(release.model, {"MINE": "x"})
    odd = replace(known[0], name="ODD", comment="<img src=x>", owner="")
    model.show_variables((odd, known[-1]))
    assert "&lt;img" in model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert known[-1].name == "MINE"


def test_hundreds_of_rows_do_not_slow_typing(opened: Opened) -> None:
    opened.show(newest())
    more = opened.page.more
    more.fold.open(True)
    more.open_table.click()
    begun = time.perf_counter()
    for number in range(20):
        opened.show(
            replace(opened.state, answers=replace(opened.answers, admin=Admin(email=f"a{number}@b.jp")))
        )
    assert (time.perf_counter() - begun) / 20 < 0.05
    begun = time.perf_counter()
    more.table.search.setText("port")
    assert time.perf_counter() - begun < 0.2


def test_an_unchanged_table_is_left_alone(opened: Opened) -> None:
    signals: list[Any] = []
    model = opened.page.more.table.model
    model.modelReset.connect(lambda: signals.append("reset"))
    model.dataChanged.connect(lambda *_: signals.append("changed"))
    opened.type(opened.page.address.address.edit, "dify.example.jp")
    assert signals == []


# ------------------------------------------------------------------------- errors and focus


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("certificate_error", "address"),
        ("store_error", "stores"),
        ("env_error", "more"),
        ("release_error", "version"),
    ],
)
def test_an_error_stands_at_what_it_is_about(opened: Opened, name: str, section: str) -> None:
    opened.show(STATES[name]())
    shown = [s for s in opened.page.sections if s.error is not None and s.error.isVisible()]
    assert shown == [getattr(opened.page, section)]
    opened.show(state())
    assert not [s for s in opened.page.sections if s.error is not None and s.error.isVisible()]


def test_a_failed_download_can_be_tried_again(opened: Opened) -> None:
    opened.show(STATES["release_error"]())
    error = opened.page.version.error
    assert error is not None
    opened.click(error.ways[0])
    assert opened.asked == [Retry()]


def test_an_error_does_not_blink_while_one_types(opened: Opened) -> None:
    opened.show(STATES["certificate_error"]())
    opened.type(own_panel(opened).key.edit, "/home/akari/other.key")
    error = opened.page.address.error
    assert opened.state.checks.error is None
    assert error is not None and error.isVisible()


@pytest.mark.parametrize(
    ("field", "find"),
    [
        ("ports.http", lambda page: page.address.http.field.edit),
        ("site.address", lambda page: page.address.address.edit),
        ("tls.certificate", lambda page: page.address.panels["certificate"].certificate.edit),
        ("ports.https", lambda page: page.address.https.field.edit),
        ("admin.email", lambda page: page.admin.email.edit),
        ("secrets.admin_password", lambda page: page.admin.password.edit),
        ("stores.vector", lambda page: page.stores.stores.cards["weaviate"]),
        ("target.directory", lambda page: page.more.folder.edit),
        ("target.project", lambda page: page.more.project.edit),
        ("ports.plugin_debugging", lambda page: page.more.debugging.field.edit),
        ("site.bind", lambda page: page.more.everyone),
        ("env", lambda page: page.more.table.search),
        ("env.LOG_LEVEL", lambda page: page.more.table.search),
        ("release.version", lambda page: page.version.choice),
        ("release.source", lambda page: page.version.by_hand.source.edit),
    ],
)
def test_a_field_that_is_asked_for_gets_the_focus(
    opened: Opened, field: str, find: Callable[[SettingsPage], QWidget]
) -> None:
    page = opened.show(own_certificate()).page
    page.activateWindow()
    opened.qtbot.waitUntil(page.isActiveWindow)
    page.focus_field(field)
    wanted = find(page)
    assert wanted.isVisible()
    assert wanted.hasFocus()
    opened.qtbot.waitUntil(lambda: not wanted.visibleRegion().isEmpty())
    assert opened.edits == 0


def test_without_a_certificate_the_choice_gets_the_focus(opened: Opened) -> None:
    page = opened.page
    page.activateWindow()
    opened.qtbot.waitUntil(page.isActiveWindow)
    page.focus_field("tls.certificate")
    assert page.address.mode.cards["off"].hasFocus()
    page.focus_field("no.such")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_is_used_twice(qtbot: QtBot, language: str) -> None:
    there = Opened(qtbot, language).show(own_certificate())
    there.page.more.fold.open(True)
    texts = [x.text() for x in there.page.findChildren(QLabel)]
    texts += [x.text() for x in there.page.findChildren(QAbstractButton)]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert sorted(letters) == sorted({*letters})
    assert not {"n", "b"} & {*letters}  # the shell's own


def test_the_list_may_come_later(opened: Opened) -> None:
    opened.show(state(release=released(listed=())))
    assert not opened.page.version.other.isVisible()
    opened.show(state(release=released(listed=RELEASES)))
    assert opened.page.version.other.isVisible()
    assert opened.page.page is PageId.SETTINGS
