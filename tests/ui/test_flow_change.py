"""From the control panel to one of the installation's settings, and what a new installation gets proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from installer.answers import Ports, Site, Target, Tls
from installer.appdata.draft import load_draft
from installer.core.errors import Code, InstallError
from installer.facts.certificates import Certificates, Renewal
from installer.preflight.check_list import check_list
from installer.state.persisted_answers import KEY, noted
from installer.state.plan_input import Situation
from installer.views.wizard import InstallState, PageId, edit
from tests.situations import installed, situation
from tests.ui.test_flow import PASSWORD, SSH, NoHost, _obtained, flow, script, wait_for
from ui import intents
from ui.connection.session import Judged, Looked
from ui.wizard.controller import Flow

__all__ = ["flow"]  # the fixture


def connected(flow: Flow) -> None:
    """As the panel leaves it: opened, and never looked at."""
    script(flow).host, script(flow).rights = NoHost(), "root"  # type: ignore[assignment]
    there = installed()
    checks = check_list(SSH, there.facts, there)
    script(flow).results["look"] = Looked(there.facts, checks, situation=there, obtained=_obtained(there))
    script(flow).results["judge"] = Judged(there, checks)
    flow.set(replace(flow.state, intent="open", rights="root"))


@pytest.mark.parametrize("field", ["tls.mode", ""])
def test_settings_are_reached_over_the_same_connection(qtbot: QtBot, flow: Flow, field: str) -> None:
    connected(flow)
    host = flow.session.host
    fields: list[str] = []
    flow.field.connect(fields.append)
    flow.change(field)
    assert flow.state.page is PageId.CHECKS
    wait_for(qtbot, flow, PageId.SETTINGS)
    assert flow.session.host is host and fields == [field] * bool(field)
    assert "connect" not in [name for name, _ in script(flow).asked]
    assert flow.state.intent == "install" and flow.state.secrets == flow.state.secrets
    flow.ask(intents.Back())
    assert flow.state.page is PageId.CHECKS


def encrypted() -> tuple[Situation, Tls]:
    """An installation with a certificate of a company's own authority."""
    tls = Tls(mode="letsencrypt", email="a@example.jp", acme_server="https://ca.example.jp/d", hsts=True)
    there = installed()
    record = there.facts.record
    assert record is not None
    answers = replace(there.answers, tls=tls)
    data = {**record.data, KEY: noted(answers)}
    record = replace(record, url="https://dify.example.jp", data=data)
    return replace(there, facts=replace(there.facts, record=record)), tls


def look_finds(flow: Flow, there: Situation) -> None:
    checks = check_list(SSH, there.facts, there)
    script(flow).results["look"] = Looked(there.facts, checks, situation=there, obtained=_obtained(there))
    script(flow).results["judge"] = Judged(there, checks)


def test_what_is_installed_is_read_back(qtbot: QtBot, flow: Flow) -> None:
    connected(flow)
    there, tls = encrypted()
    look_finds(flow, there)
    flow.change("tls.mode")
    wait_for(qtbot, flow, PageId.SETTINGS)
    assert (flow.state.answers.tls, flow.state.answers.site) == (tls, Site("dify.example.jp"))


@pytest.mark.parametrize("resuming", [False, True])
def test_who_comes_through_the_wizard_switches_nothing_off(qtbot: QtBot, flow: Flow, resuming: bool) -> None:
    """But an installation that is gone on with has the answers with which it was begun."""
    there, tls = encrypted()
    look_finds(flow, there)
    script(flow).host = NoHost()  # type: ignore[assignment]
    state = replace(
        edit(flow.state, answers=SSH),
        page=PageId.CHECKS,
        rights="root",
        install=InstallState(resuming=resuming),
    )
    flow.set(state)
    flow.checks.look()
    qtbot.waitUntil(lambda: flow.state.work.busy is None and flow.state.checks.facts is not None)
    assert flow.state.answers.tls == (Tls() if resuming else tls)


def test_what_has_to_be_put_right_first_is_shown_first(qtbot: QtBot, flow: Flow) -> None:
    connected(flow)
    there = installed()
    error = InstallError(Code.RELEASE_DOWNLOAD_FAILED, {"version": "99.0.0", "url": "https://github.com"})
    looked = Looked(there.facts, check_list(SSH, there.facts, None), release_error=error)
    script(flow).results["look"] = looked
    flow.change("tls.mode")
    qtbot.waitUntil(lambda: flow.state.work.busy is None and bool(flow.state.checks.rows))
    assert flow.state.page is PageId.CHECKS
    flow.ask(intents.CheckAgain())
    wait_for(qtbot, flow, PageId.CHECKS)


@pytest.mark.parametrize(
    ("host", "mode"), [("8.8.4.4", "letsencrypt"), ("10.0.0.5", "off"), ("203.0.113.5", "off")]
)
def test_a_server_on_the_internet_gets_https_proposed(qtbot: QtBot, flow: Flow, host: str, mode: str) -> None:
    flow.set(edit(flow.state, answers=replace(SSH, target=Target(kind="ssh", host=host, user="root"))))
    flow.set(edit(flow.state, secrets=PASSWORD))
    there = situation()
    facts = replace(there.facts, certificates=Certificates(renewal=Renewal(systemd=True)))
    script(flow).results["look"] = Looked(facts, check_list(SSH, facts, there), situation=there)
    flow.ask(intents.Next())
    wait_for(qtbot, flow, PageId.CHECKS)
    answers = flow.state.answers
    assert (answers.tls, answers.ports) == (Tls(mode=mode), Ports(https=443 if mode != "off" else 0))
    assert answers.site == Site()


def test_what_was_typed_for_another_server_stays_its_draft(flow: Flow) -> None:
    connected(flow)
    flow.set(replace(flow.state, intent="install", page=PageId.LOGIN))
    typed = replace(flow.state.answers, target=Target(kind="ssh", host="new.example.com"))
    flow.edit(lambda state: edit(state, answers=typed))
    flow.change("", None, SSH)
    flow.drafts.flush()
    draft = load_draft(flow.home)
    assert draft is not None and draft.answers.target.host == "new.example.com"
