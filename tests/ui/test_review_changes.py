"""Review of a change: what becomes different stands on top, as Settings calls it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import cast

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from installer.answers import Answers, Ports, Site, Stores, Tls
from installer.answers.optional import Capacity
from installer.apply.plan import make_plan
from installer.core.secrets import MASK, Secret
from installer.facts.model import Record
from installer.preflight.check_list import check_list
from installer.state.persisted_answers import KEY, noted
from installer.state.plan_input import Situation
from installer.state.record import record_data
from installer.views.setting_changes import SettingChange, setting_changes
from installer.views.wizard import PageId
from tests.situations import ANSWERS, installed, situation
from tests.ui.audit import shown
from tests.ui.driven import Driven
from tests.ui.page_probe import Probe
from tests.ui.states.review import STATES
from tests.ui.test_flow import NoHost, _obtained, flow, script
from ui.connection.session import Judged, Looked
from ui.wizard.controller import Flow
from ui.wizard.settings.page import SettingsPage

__all__ = ["flow"]  # the fixture


@pytest.fixture
def window(qtbot: QtBot, flow: Flow) -> Iterator[Driven]:
    found = Driven(qtbot, flow)
    yield found
    found.close()


def changed(answers: Answers, there: Situation | None = None) -> tuple[SettingChange, ...]:
    facts = (there or installed()).facts
    return setting_changes(make_plan(situation(facts, answers)))


def labels(probe: Probe) -> list[str]:
    """Texts of the page from the top."""
    QApplication.processEvents()
    found = [w for w in shown(probe.page, QLabel) if isinstance(w, QLabel) and w.text()]
    return [w.text() for w in sorted(found, key=lambda w: w.mapTo(probe.page, w.rect().topLeft()).y())]


def test_the_change_is_on_top(flow: Flow, window: Driven) -> None:
    """Typed on Settings of an installation, read on Review."""
    there = installed()
    script(flow).host = NoHost()  # type: ignore[assignment]
    checks = check_list(there.answers, there.facts, there)
    script(flow).results["look"] = Looked(there.facts, checks, situation=there, obtained=_obtained(there))
    script(flow).results["judge"] = Judged(there, checks)
    flow.change("", None, there.answers)
    window.on(PageId.SETTINGS)
    window.type_into(cast(SettingsPage, window.page).address.http.field.edit, "8080")
    window.on(PageId.SETTINGS)
    script(flow).results["plan"] = make_plan(situation(there.facts, flow.answers()[0]))
    window.next()
    window.on(PageId.REVIEW)
    said = labels(window)
    title = said.index("What changes")
    assert {"HTTP port", "80 → 8080"} == set(said[title + 1 : title + 3])
    assert title < min(said.index(text) for text in said if text.startswith("Copy Dify's files"))


@pytest.mark.parametrize("name", ["new", "plain", "same"])
def test_without_a_change_of_an_installation_there_is_no_such_card(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    assert "What changes" not in probe.said()


def test_many_changes_are_counted(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["change-much"]())
    said = probe.said()
    for text in ("No HTTPS for now → Self-signed, for a test", "none → 443", "Weaviate → Qdrant"):
        assert text in said, text
    assert "Other values that change: " in said


# ------------------------------------------------------------------------ what is found


def test_settings_of_before_are_those_that_the_machine_tells() -> None:
    assert changed(ANSWERS) == ()
    answers = replace(ANSWERS, site=Site("dify.example.jp"), ports=Ports(http=8080))
    assert changed(answers) == (
        SettingChange("site.address", "203.0.113.5", "dify.example.jp"),
        SettingChange("ports.http", "80", "8080"),
    )
    with_https = replace(ANSWERS, tls=Tls(mode="self-signed"), ports=Ports(https=443))
    assert changed(with_https) == (
        SettingChange("tls.mode", "off", "self-signed"),
        SettingChange("ports.https", "", "443"),
    )
    assert SettingChange("stores.vector", "weaviate", "qdrant") in changed(
        replace(ANSWERS, stores=Stores(vector="qdrant"))
    )


def test_what_the_record_keeps_is_no_change() -> None:
    """An answer that only the record tells: the same one again is not told as new."""
    there = installed()
    answers = replace(there.answers, capacity=Capacity("8gb"))
    made = situation(there.facts, answers)
    data = {**record_data(made), "installed": True, KEY: noted(answers)}
    record = there.facts.record
    assert record is not None
    facts = replace(there.facts, env=made.configuration.env_text, record=replace(record, data=data))
    assert changed(answers, replace(there, facts=facts)) == ()
    assert changed(replace(answers, capacity=Capacity("4gb")), replace(there, facts=facts)) == (
        SettingChange("capacity.preset", "8gb", "4gb"),
    )


def test_variables_are_told_by_name_and_secrets_are_hidden() -> None:
    answers = replace(ANSWERS, env=MappingProxyType({"LOG_LEVEL": "DEBUG"}))
    there = installed()
    assert there.facts.env is not None
    text = there.facts.env.reveal() + "MY_PASSWORD=canary-2718\nTHEIRS=https://user:canary-2718@example.jp\n"
    facts = replace(there.facts, env=Secret(text))
    answers = replace(
        answers, env=MappingProxyType({"LOG_LEVEL": "DEBUG", "THEIRS": "https://u:canary-2718@example.com"})
    )
    found = {c.field: c for c in changed(answers, replace(there, facts=facts))}
    assert found["env.LOG_LEVEL"].new == "DEBUG"
    assert found["env.THEIRS"] == SettingChange("env.THEIRS", MASK, MASK)
    assert "canary" not in repr(found)


def test_a_record_that_is_none_tells_nothing() -> None:
    there = installed()
    facts = replace(there.facts, record=Record("99.0.0", "dify", "", 0.0, {}))
    assert changed(replace(ANSWERS, ports=Ports(http=8080)), replace(there, facts=facts)) == ()
