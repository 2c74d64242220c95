"""More settings: size, time zone, uploads, mail, the way out; and where the variables' values come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from installer.answers import Stores, Target
from installer.answers.optional import Capacity, Mail, Proxy, Registry, Uploads
from installer.appdata.draft import Draft, load_draft, save_draft
from installer.core.app_folder import Home
from installer.core.secrets import MASK, Secret
from installer.views.wizard import PageId, effective, field_problems
from installer.views.wizard.edits import effective_secrets
from tests.situations import installed, situation
from tests.ui.states.settings import STATES, state
from tests.ui.test_settings import Opened, row_of
from ui.wizard.settings.further import CapacityGroup, LocaleGroup, UploadsGroup
from ui.wizard.settings.mail import MailGroup, WayOutGroup
from ui.wizard.settings.variable_values import Values, Variable, values_of
from ui.wizard.settings.variables import DEFAULT, ORIGIN, VALUE


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    there = Opened(qtbot).show(state())
    there.page.more.fold.open(True)
    return there


def choose(there: Opened, field: str, key: Qt.Key) -> None:
    """By keyboard, in the list of *field*."""
    control = there.page.more.control(field)
    assert control is not None
    target = control.focusProxy() or control
    target.setFocus()
    QTest.keyClick(target, key)


def group(there: Opened, kind: type) -> object:
    return next(g for g in there.page.more.groups if isinstance(g, kind))


def test_the_size(opened: Opened) -> None:
    part = group(opened, CapacityGroup)
    assert isinstance(part, CapacityGroup)
    names = [part.preset.list.itemText(n) for n in range(part.preset.list.count())]
    assert names[0] == "Automatic: 8 GB of memory" and names[-2:] == [
        "16 GB and more of memory",
        "As Dify ships it, without limits",
    ]
    choose(opened, "capacity.preset", Qt.Key.Key_Down)
    assert opened.answers.capacity == Capacity("2gb")
    opened.show(state(checks={"facts": None}))
    assert part.preset.list.itemText(0) == "Automatic, by the machine's memory"


def test_the_time_zone(opened: Opened) -> None:
    part = group(opened, LocaleGroup)
    assert isinstance(part, LocaleGroup)
    assert part.timezone.list.currentText() == "As Dify ships it (UTC)"
    assert part.timezone.list.findData("Asia/Tokyo") > 0
    choose(opened, "locale.timezone", Qt.Key.Key_Down)
    assert opened.answers.locale.timezone
    opened.show(STATES["further"]())
    assert part.timezone.list.currentData() == "Asia/Tokyo"


def test_japanese_documents_where_the_store_can_be_told(opened: Opened) -> None:
    part = group(opened, LocaleGroup)
    assert isinstance(part, LocaleGroup)
    assert not part.japanese.isVisible()  # the small release's store cannot
    opened.show(STATES["further"]())
    assert part.japanese.isVisible()
    opened.space(part.japanese)
    assert opened.answers.locale.japanese
    opened.show(replace(opened.state, answers=replace(opened.answers, stores=Stores("qdrant"))))
    assert not part.japanese.isVisible() and opened.answers.locale.japanese


def test_uploads(opened: Opened) -> None:
    part = group(opened, UploadsGroup)
    assert isinstance(part, UploadsGroup)
    assert part.sizes["document"].edit.placeholderText() == "15"
    opened.type(part.sizes["document"].edit, "200")
    assert opened.answers.uploads == Uploads(document=200)
    opened.type(part.sizes["document"].edit, "20000")
    assert part.sizes["document"].below.text() == "Largest files: a number of MB up to 10240"
    opened.type(part.sizes["document"].edit, "1,000")
    assert opened.answers.uploads == Uploads(document=1000)  # a comma is not typed, and empties nothing
    opened.type(part.sizes["document"].edit, "")
    assert opened.answers.uploads == Uploads()


def test_mail(opened: Opened) -> None:
    part = group(opened, MailGroup)
    assert isinstance(part, MailGroup)
    assert not part.lines.isVisible() and not field_problems(opened.state, PageId.SETTINGS)
    opened.space(part.wanted)
    assert part.lines.isVisible() and opened.answers.mail.kind == "smtp"
    assert {"mail.server", "mail.sender"} == {*field_problems(opened.state, PageId.SETTINGS)}
    for name, text in (("server", "smtp.example.jp"), ("sender", "dify@example.jp"), ("user", "dify")):
        control = part.controls[f"mail.{name}"].focusProxy()
        assert control is not None
        opened.type(control, text)  # type: ignore[arg-type]
    assert {*field_problems(opened.state, PageId.SETTINGS)} == {"secrets.mail_password"}
    password = part.controls["secrets.mail_password"].focusProxy()
    opened.type(password, "secret words")  # type: ignore[arg-type]
    choose(opened, "mail.security", Qt.Key.Key_Down)
    assert opened.answers.mail == Mail("smtp", "dify@example.jp", "smtp.example.jp", 587, "starttls", "dify")
    assert effective_secrets(opened.state).mail_password == Secret("secret words")
    assert not field_problems(opened.state, PageId.SETTINGS)
    opened.type(part.port.field.edit, "2525")
    choose(opened, "mail.security", Qt.Key.Key_Up)
    assert opened.answers.mail.port == 2525  # a port of one's own stays
    opened.space(part.wanted)
    assert effective(opened.state).mail == Mail()
    assert effective_secrets(opened.state).mail_password is None
    assert opened.answers.mail.server == "smtp.example.jp"  # and comes back with the choice


def test_fields_of_mail_that_are_not_there_lead_to_the_switch(opened: Opened) -> None:
    part = group(opened, MailGroup)
    assert isinstance(part, MailGroup)
    assert opened.page.more.control("mail.server") is part.wanted
    opened.space(part.wanted)
    assert opened.page.more.control("mail.server") is part.controls["mail.server"]


def test_proxy_and_mirror(opened: Opened) -> None:
    part = group(opened, WayOutGroup)
    assert isinstance(part, WayOutGroup)
    assert not part.login.isVisible()
    opened.type(part.controls["proxy.http"].focusProxy(), "http://proxy.example.jp:3128")  # type: ignore[arg-type]
    assert part.login.isVisible()
    opened.type(part.exceptions.edit, ".example.jp, 10.0.0.1,")
    assert part.exceptions.edit.text() == ".example.jp, 10.0.0.1,"  # the comma just typed stays
    assert opened.answers.proxy.exceptions == (".example.jp", "10.0.0.1")
    opened.type(part.mirror.edit, "mirror.example.jp:5000")
    assert opened.answers.registry.mirror == "mirror.example.jp:5000"
    part.exceptions.typed.emit("a.example、b.example， c.example")  # as a Japanese keyboard writes them
    assert [*opened.answers.proxy.exceptions] == ["a.example", "b.example", "c.example"]
    opened.type(part.mirror.edit, "http://mirror")
    assert part.mirror.below.text() == "Mirror of Docker Hub: host or host:port, without http://"
    opened.type(part.controls["proxy.http"].focusProxy(), "")  # type: ignore[arg-type]
    assert effective(opened.state).proxy == Proxy()


def test_images_through_this_computer_are_for_servers(opened: Opened) -> None:
    part = group(opened, WayOutGroup)
    assert isinstance(part, WayOutGroup) and part.through.isVisible()
    choose(opened, "registry.through", Qt.Key.Key_Down)
    assert opened.answers.registry == Registry(through="this-computer")
    local = replace(opened.answers, target=Target(kind="local"))
    opened.show(replace(opened.state, answers=local))
    assert not part.through.isVisible() and effective(opened.state).registry == Registry()


def test_a_proxy_for_https_alone_is_seen_and_goes_with_the_other(opened: Opened) -> None:
    part = group(opened, WayOutGroup)
    assert isinstance(part, WayOutGroup)
    assert not part.https.isVisible()
    both = Proxy("http://one.example.jp:1", "http://two.example.jp:2")
    opened.show(replace(opened.state, answers=replace(opened.answers, proxy=both)))
    assert part.https.isVisible() and part.https.edit.text() == "http://two.example.jp:2"
    opened.type(part.controls["proxy.http"].focusProxy(), "")  # type: ignore[arg-type]
    assert opened.answers.proxy == Proxy()


def test_a_password_in_use_is_not_asked_for_again(opened: Opened) -> None:
    """Neither drafts nor files of answers hold one."""
    answers = replace(opened.answers, mail=Mail("smtp", "a@example.jp", "smtp.example.jp", user="dify"))
    asked = replace(opened.state, answers=answers)
    assert "secrets.mail_password" in field_problems(asked, PageId.SETTINGS)
    assert asked.checks.facts is not None
    text = "SMTP_USERNAME=dify\nSMTP_SERVER=smtp.example.jp\nSMTP_PASSWORD=canary\n"
    there = replace(asked, checks=replace(asked.checks, facts=replace(asked.checks.facts, env=Secret(text))))
    assert "secrets.mail_password" not in field_problems(there, PageId.SETTINGS)
    for mail in (replace(answers.mail, user="somebody"), replace(answers.mail, server="smtp.other.jp")):
        other = replace(there, answers=replace(answers, mail=mail))
        assert "secrets.mail_password" in field_problems(other, PageId.SETTINGS)


def test_a_variable_that_an_answer_decides_later_does_not_block(opened: Opened) -> None:
    """It stays, and counts again once the answer is taken back."""
    env = MappingProxyType({"UPLOAD_FILE_SIZE_LIMIT": "50"})
    opened.show(replace(opened.state, answers=replace(opened.answers, env=env)))
    part = group(opened, UploadsGroup)
    assert isinstance(part, UploadsGroup)
    opened.type(part.sizes["document"].edit, "20")
    assert not field_problems(opened.state, PageId.SETTINGS)
    assert "UPLOAD_FILE_SIZE_LIMIT" not in effective(opened.state).env
    opened.type(part.sizes["document"].edit, "")
    assert effective(opened.state).env == env


def test_what_is_wrong_is_said_where_it_is(opened: Opened) -> None:
    opened.show(STATES["further_wrong"]())
    said = {x.text() for x in opened.page.more.findChildren(QLabel) if x.isVisible()}
    assert {
        "Largest files: a number of MB up to 10240",
        "A port is a number from 1 to 65535",
        "Enter the sender's mail address, such as dify@example.com",
        "Proxy: enter it as http://host:port",
        "Mirror of Docker Hub: host or host:port, without http://",
    } <= said
    assert any(text.startswith("Reached without the proxy: names") for text in said)
    wrong = field_problems(opened.state, PageId.SETTINGS)
    assert all(opened.page.more.control(name) for name in wrong)


def test_unfinished_answers_are_kept(tmp_path: Path) -> None:
    answers = effective(STATES["further"]())
    save_draft(Home(tmp_path), Draft(answers, "settings", "password", 1.0))
    found = load_draft(Home(tmp_path))
    assert found is not None and found.answers == answers
    half = replace(answers, mail=replace(answers.mail, sender="dify@"))
    save_draft(Home(tmp_path), Draft(half, "settings", "password", 1.0))
    found = load_draft(Home(tmp_path))
    assert found is not None and found.answers.mail == replace(answers.mail, sender="")


# --------------------------------------------------------------------------------- variables


def test_where_a_value_comes_from(opened: Opened) -> None:
    table = opened.page.more.table.model
    values = Values(
        in_use={"LOG_LEVEL": "WARNING"}, coming={"LOG_LEVEL": "WARNING", "CELERY_WORKER_AMOUNT": "2"}
    )
    table.show_values(values)
    shown = {
        name: tuple(table.index(row_of(table, name), column).data() for column in (VALUE, ORIGIN, DEFAULT))
        for name in ("LOG_LEVEL", "CELERY_WORKER_AMOUNT", "DEPLOY_ENV")
    }
    assert shown == {
        "LOG_LEVEL": ("WARNING", "edited on the machine", "INFO"),
        "CELERY_WORKER_AMOUNT": ("2", "fitted by this program", ""),
        "DEPLOY_ENV": ("PRODUCTION", "Dify", "PRODUCTION"),
    }


def test_back_to_the_default_whoever_changed_it() -> None:
    level = Variable("LOG_LEVEL", "INFO")
    by_hand = Values(in_use={"LOG_LEVEL": "DEBUG"}, coming={"LOG_LEVEL": "DEBUG"})
    assert by_hand.put_back(level) == "INFO"  # no answer would leave what stands there
    answered = replace(by_hand, answered={"LOG_LEVEL": "ERROR"})
    assert answered.put_back(level) == "INFO"
    new = Values(answered={"LOG_LEVEL": "DEBUG"}, coming={"LOG_LEVEL": "DEBUG"})
    assert new.put_back(level) is None
    address = Variable("INTERNAL_FILES_URL", "")
    fitted = {"INTERNAL_FILES_URL": "http://api:5001"}
    program = Values(fitted=fitted, coming=fitted)
    assert program.put_back(address) == ""  # without an answer the program's value would count
    assert replace(program, answered={"INTERNAL_FILES_URL": "x"}).put_back(address) == ""


def test_at_the_default_there_is_nothing_to_put_back(opened: Opened) -> None:
    model = opened.page.more.table.model
    fitted = {"INTERNAL_FILES_URL": "http://api:5001"}
    address = model.variable(row_of(model, "INTERNAL_FILES_URL"))
    assert address is not None
    model.show_values(Values(fitted=fitted, coming=fitted))
    assert model.can_reset(address)
    model.show_values(Values(answered={"INTERNAL_FILES_URL": ""}, fitted=fitted, coming={}))
    assert not model.can_reset(address)


def test_a_value_edited_on_the_machine_is_put_back_by_keyboard(opened: Opened) -> None:
    more = opened.page.more
    opened.space(more.open_table)
    more.table.model.show_values(Values(in_use={"LOG_LEVEL": "DEBUG"}, coming={"LOG_LEVEL": "DEBUG"}))
    QTest.keyClicks(more.table.search, "log_level")
    QTest.keyClick(more.table.search, Qt.Key.Key_Return)
    assert more.table.reset.isEnabled()
    QTest.keyClick(more.table.table, Qt.Key.Key_Delete)
    assert dict(opened.answers.env) == {"LOG_LEVEL": "INFO"}


def test_variables_that_an_answer_decides_are_not_edited(opened: Opened) -> None:
    model = opened.page.more.table.model
    server = row_of(model, "SMTP_SERVER")
    assert model.flags(model.index(server, VALUE)) & Qt.ItemFlag.ItemIsEditable
    opened.show(replace(STATES["further"](), release=state().release))
    index = model.index(row_of(model, "SMTP_SERVER"), VALUE)
    assert not model.flags(index) & Qt.ItemFlag.ItemIsEditable
    assert index.siblingAtColumn(ORIGIN).data() == "follows “E-mail”"


def test_no_secret_among_the_values() -> None:
    there = installed()
    values = values_of(there)
    secrets = {s.reveal() for s in there.configuration.secrets}
    assert secrets and not secrets & {*values.in_use.values(), *values.coming.values()}
    assert values.coming["CELERY_BROKER_URL"] == MASK
    assert not any(secret in text for secret in secrets for text in values.coming.values())
    assert values_of(situation()).in_use == {}
