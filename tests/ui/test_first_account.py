"""The first account in the window: a form while there is none, a fact once it exists; on Overview the
password that Dify asks for before it is created."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from installer.answers import Admin, Answers
from installer.apply.plan import make_plan
from installer.core.secrets import MASK
from installer.engine import Outcome
from installer.facts.web import Web
from installer.hosts.http import Answer
from installer.preflight.check_list import check_list
from installer.views.wizard import PageId
from tests.situations import installed
from tests.ui.driven import Driven
from tests.ui.panel_host import ANSWERS, RECORD
from tests.ui.test_flow import NoHost, _obtained, flow, script
from tests.ui.test_open_servers import ONE, Bench, World, bench, world
from ui.app import servers
from ui.connection.session import Judged, Looked
from ui.panel.overview import controller
from ui.panel.overview.section import OverviewSection
from ui.wizard.controller import Flow
from ui.wizard.settings.page import SettingsPage

__all__ = ["bench", "flow", "world"]  # the fixtures

LEFT = Qt.MouseButton.LeftButton
EMAIL = "akari@example.jp"


@pytest.fixture
def window(qtbot: QtBot, flow: Flow) -> Iterator[Driven]:
    found = Driven(qtbot, flow)
    yield found
    found.close()


def installed_with(flow: Flow, account: bool | None) -> Answers:
    """Connected to an installation as the panel knows it after it was set up with an account."""
    there = installed(account=account)
    script(flow).host = NoHost()  # type: ignore[assignment]
    checks = check_list(there.answers, there.facts, there)
    looked = Looked(there.facts, checks, situation=there, obtained=_obtained(there))
    script(flow).results["look"] = looked
    script(flow).results["judge"] = Judged(there, checks)
    script(flow).results["plan"] = make_plan(there)
    script(flow).results["install"] = Outcome("http://203.0.113.5", "99.0.0", changed=True)
    return replace(there.answers, admin=Admin(EMAIL, "Akari"))


def change(flow: Flow, window: Driven, account: bool | None) -> SettingsPage:
    """Press "Change settings" in the panel."""
    flow.change("", None, installed_with(flow, account))
    window.on(PageId.SETTINGS)
    return cast(SettingsPage, window.page)


def test_settings_of_an_installation_with_an_account_can_be_changed(flow: Flow, window: Driven) -> None:
    page = change(flow, window, account=True)
    assert "The first account exists" in window.said()
    assert not page.admin.password.isVisible() and not page.admin.email.isVisible()
    assert window.shell.bar.primary_button.isEnabled()
    window.type_into(page.address.http.field.edit, "8080")
    window.on(PageId.SETTINGS)
    window.next()
    window.on(PageId.REVIEW)
    asked = [given[0] for name, given in script(flow).asked if name == "plan"]
    assert asked[-1].ports.http == 8080 and asked[-1].admin == Admin()
    window.next()
    window.on(PageId.DONE)
    assert "Log in to Dify with your account" in window.said()
    assert "the password you chose" not in window.said() and EMAIL not in window.said()


@pytest.mark.parametrize("account", [False, None])
def test_what_is_not_known_to_exist_can_be_named_and_is_not_required(
    flow: Flow, window: Driven, account: bool | None
) -> None:
    page = change(flow, window, account=account)
    assert page.admin.email.isVisible() and page.admin.email.edit.text() == ""
    assert window.shell.bar.primary_button.isEnabled()
    window.type_into(page.admin.email.edit, EMAIL)
    assert not window.shell.bar.primary_button.isEnabled()
    window.type_into(page.admin.name.edit, "Akari")
    window.type_into(page.admin.password.edit, "correct horse 1")
    assert window.shell.bar.primary_button.isEnabled()


def test_an_account_that_comes_up_meanwhile_takes_its_password_along(flow: Flow, window: Driven) -> None:
    page = change(flow, window, account=False)
    window.type_into(page.admin.password.edit, "correct horse 1")
    assert flow.state.checks.facts is not None
    flow.set(
        replace(
            flow.state,
            checks=replace(flow.state.checks, facts=replace(flow.state.checks.facts, account=True)),
        )
    )
    assert page.admin.password.edit.text() == "" and not page.admin.password.isVisible()
    assert flow.answers()[1].admin_password is None


GUARD = "canary-Gu4rdP9vQ7mZ2"
WEB = {"address": "127.0.0.1", "port": 80, "name": "dify.example.jp", "tls": False}


def test_the_password_for_the_first_account_is_on_overview_until_it_was_used(
    bench: Bench,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opened later by the list of servers: masked, shown and copied by its buttons, gone with the account."""
    step, copied, opened = ["not_started"], list[tuple[str, bool]](), list[str]()
    monkeypatch.setattr(
        Web, "ask", lambda *_, **__: Answer(200, {}, json.dumps({"step": step[0]}).encode(), "")
    )
    monkeypatch.setattr(servers, "copy_to_clipboard", lambda text, secret: copied.append((text, secret)))

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(servers, "browse", browse)
    monkeypatch.setattr(controller, "table", lambda _: {"look": {"seconds": 300, "account_seconds": 0.1}})
    host = world.host(ONE.target.host)
    host.write_file(f"{ANSWERS.state_folder}/installation.json", json.dumps({**RECORD, "web": WEB}).encode())
    host.write_file(f"{ANSWERS.docker_folder}/.env", f"INIT_PASSWORD={GUARD}\n".encode())

    panel = bench.open(ONE).panel
    assert bench.app.panel_view is not None
    section = cast(OverviewSection, bench.app.panel_view.current)
    bench.until(lambda: section.general.whole and section.general.guard_row.isVisible())
    rows, line = section.general, section.general.guard
    assert "asks for the password below" in rows.account.text.text() and not rows.account.mark
    assert line.value.text() == MASK
    QTest.mouseClick(line.show_button, LEFT)
    assert line.value.text() == GUARD
    QTest.mouseClick(line.show_button, LEFT)
    assert line.value.text() == MASK
    line.copy_button.setFocus()
    QTest.keyClick(line.copy_button, Qt.Key.Key_Space)
    assert copied == [(GUARD, True)] and line.copied.isVisible()
    QTest.mouseClick(rows.create, LEFT)
    assert opened == ["http://203.0.113.5/install"]
    assert GUARD not in repr(panel.state) and GUARD not in panel.session.redact(f"password {GUARD}")
    step[0] = "finished"
    bench.until(lambda: not rows.guard_row.isVisible())
    assert rows.account.text.text() == "Created" and not rows.create.isVisible()


def test_without_such_a_password_it_is_said_that_the_account_is_open(
    bench: Bench,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Web, "ask", lambda *_, **__: Answer(200, {}, b'{"step": "not_started"}', ""))
    host = world.host(ONE.target.host)
    host.write_file(f"{ANSWERS.state_folder}/installation.json", json.dumps({**RECORD, "web": WEB}).encode())
    host.write_file(f"{ANSWERS.docker_folder}/.env", b"INIT_PASSWORD=\n")
    bench.open(ONE)
    assert bench.app.panel_view is not None
    section = cast(OverviewSection, bench.app.panel_view.current)
    bench.until(lambda: section.general.whole and section.general.create.isVisible())
    assert "becomes the administrator" in section.general.account.text.text()
    assert not section.general.guard_row.isVisible()
