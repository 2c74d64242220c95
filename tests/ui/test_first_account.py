"""The first account in the window: a form while there is none, a fact once it exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from installer.check_list import check_list
from installer.engine import Outcome
from installer.plan import make_plan
from installer.settings import Admin, Answers
from installer.wizard import PageId
from tests.situations import installed
from tests.ui.driven import Driven
from tests.ui.test_flow import NoHost, _obtained, flow, script
from ui.flow import Flow
from ui.pages.settings import SettingsPage
from ui.session import Judged, Looked

__all__ = ["flow"]  # the fixture

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
    assert flow.state.facts is not None
    flow.set(replace(flow.state, facts=replace(flow.state.facts, account=True)))
    assert page.admin.password.edit.text() == "" and not page.admin.password.isVisible()
    assert flow._answers()[1].admin_password is None
