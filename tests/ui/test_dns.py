"""A name that does not lead to the server: the records on three pages, and waiting for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from installer.acme.dns import Names
from installer.acme.dns_look import DnsLook
from installer.answers import Site, Tls
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.texts import Texts
from installer.views.wizard import Dns, Failure, PageId, WizardState, edit
from installer.views.wizard.dns import dns_key, dns_problem, last_look
from tests.ui.states import dns
from tests.ui.states.checks import STATES as CHECKS
from tests.ui.states.install import STATES as INSTALL
from tests.ui.states.settings import STATES as SETTINGS
from tests.ui.states.settings import authority
from tests.ui.test_flow import SSH, NoHost, flow, script, wait_for
from ui import intents as i
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.wizard.checks.page import ChecksPage
from ui.wizard.controller import Flow
from ui.wizard.install.page import InstallPage
from ui.wizard.page import Page
from ui.wizard.settings.dns_card import DnsCard
from ui.wizard.settings.page import SettingsPage

__all__ = ["flow"]  # the fixture
LEFT = Qt.MouseButton.LeftButton
RIGHT = Names(("8.8.4.4",))


# ------------------------------------------------------------------------------- the state


@pytest.mark.parametrize(
    ("tls", "address", "asked"),
    [
        (Tls(mode="letsencrypt"), "dify.example.jp", True),
        (Tls(mode="letsencrypt"), "8.8.4.4", False),
        (Tls(mode="letsencrypt"), "dify.internal", False),
        (Tls(mode="letsencrypt", acme_server="https://ca.internal/acme"), "dify.internal", True),
        (Tls(mode="letsencrypt"), "dify example", False),
        (Tls(mode="own", certificate="/a.pem"), "dify.example.jp", False),
        (Tls(), "dify.example.jp", False),
    ],
)
def test_only_a_name_for_an_authority_has_to_lead_here(tls: Tls, address: str, asked: bool) -> None:
    answers = replace(authority().answers, tls=tls, site=Site(address))
    assert (dns_key(WizardState(answers=answers)) is not None) == asked


def test_a_look_at_another_name_says_nothing() -> None:
    made = dns.missing(authority())
    assert dns_problem(made) is not None
    other = replace(made, answers=replace(made.answers, site=Site("other.example.jp")))
    assert last_look(other) is None and dns_problem(other) is None
    assert dns_problem(replace(made, dns=Dns((dns.look(RIGHT),)))) is None


def test_another_server_forgets_what_was_seen() -> None:
    made = dns.missing(authority())
    target = replace(made.answers.target, host="9.9.9.9")
    assert edit(made, answers=replace(made.answers, target=target)).dns == Dns()


def test_on_install_the_error_counts_until_somebody_waits() -> None:
    made = INSTALL["dns-missing"]()
    problem = dns_problem(made)
    assert problem is not None and problem.code is Code.TLS_DNS_MISSING
    seen = dns.look(dns.ELSEWHERE)
    assert dns_problem(replace(made, dns=Dns((seen,)))) is problem
    later = dns_problem(replace(made, dns=Dns((seen,), waiting=1.0)))
    assert later is not None and later.code is Code.TLS_DNS_WRONG
    assert dns_problem(INSTALL["port-closed"]()) is None


# -------------------------------------------------------------------------------- the card


class Shown:
    """A page and what it asked for."""

    def __init__(self, bot: QtBot, kind: Callable[[Ui], Page], state: WizardState, language: str) -> None:
        self.page = kind(Ui(Texts(language), Theme("light")))
        self.asked: list[i.Intent] = []
        self.page.asked.connect(self.asked.append)
        bot.addWidget(self.page)
        self.page.resize(820, 900)
        with bot.waitExposed(self.page):
            self.page.show()
        self.show(state)

    def show(self, state: WizardState) -> None:
        self.page.show_state(state)
        for _ in range(5):
            QApplication.processEvents()  # what was just made is laid out and shown

    def click(self, button: QPushButton) -> None:
        self.page.area.ensureWidgetVisible(button)
        QTest.mouseClick(button, LEFT)

    @property
    def card(self) -> DnsCard:
        (found,) = self.page.findChildren(DnsCard)
        return found

    def texts(self) -> str:
        return "\n".join(x.text() for x in self.card.findChildren(QLabel) if not x.isHidden())


PAGES = [
    (ChecksPage, CHECKS["dns"], CHECKS["dns_waiting"]),
    (SettingsPage, SETTINGS["authority_dns"], SETTINGS["authority_waiting"]),
    (InstallPage, INSTALL["dns-missing"], INSTALL["dns-waiting"]),
]


@pytest.mark.parametrize(("kind", "before", "waiting"), PAGES)
def test_who_waits_sees_it_and_has_the_focus_on_what_ends_it(
    qtbot: QtBot,
    kind: Callable[[Ui], Page],
    before: Callable[[], WizardState],
    waiting: Callable[[], WizardState],
) -> None:
    """In a window that is too small for all of it."""
    there = Shown(qtbot, kind, before(), "en")
    there.page.resize(820, 420)
    there.click(there.card.wait)
    there.show(waiting())
    assert there.page.focusWidget() is there.card.stop
    for part in (there.card.stop, there.card.since):
        assert not part.visibleRegion().isEmpty()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("kind", "before", "waiting"), PAGES)
def test_the_exact_records_and_one_button(
    qtbot: QtBot,
    kind: Callable[[Ui], Page],
    before: Callable[[], WizardState],
    waiting: Callable[[], WizardState],
    language: str,
) -> None:
    there = Shown(qtbot, kind, before(), language)
    for text in ("A", "AAAA", dns.NAME, "8.8.4.4", "2001:4860:4860::8844"):
        assert text in there.texts().split("\n")
    assert there.card.wait.isVisible() and not there.card.stop.isVisible()
    there.click(there.card.wait)
    there.card.copy.setFocus()
    QTest.keyClick(there.card.copy, Qt.Key.Key_Space)
    value = f"A\t{dns.NAME}\t8.8.4.4\nAAAA\t{dns.NAME}\t2001:4860:4860::8844"
    assert there.asked == [i.WaitForDns(), i.CopyText(value)]
    there.show(waiting())
    assert there.card.stop.isVisible() and not there.card.wait.isVisible()
    assert len(there.card.looks.text().split("\n")) == 4 and "8.8.4.4" in there.card.looks.text()
    there.click(there.card.stop)
    assert there.asked[-1] == i.StopWaitingForDns()


def test_on_install_the_records_are_told_once(qtbot: QtBot) -> None:
    """By the card; with a cause that has no card, what to do stands in its sentence."""
    there = Shown(qtbot, InstallPage, INSTALL["dns-missing"](), "en")
    assert isinstance(there.page, InstallPage)

    def said() -> str:
        page = there.page
        assert isinstance(page, InstallPage)
        return "\n".join(x.text() for x in page.cause.findChildren(QLabel))

    assert "leads nowhere" in said() and "8.8.4.4" not in said() + there.page.cause.accessibleName()
    closed = INSTALL["port-closed"]()
    there.show(closed)
    error = closed.failed_on(PageId.INSTALL)
    assert error is not None and there.page.ui.cause(error).do in said()


def test_each_value_can_be_copied_alone(qtbot: QtBot) -> None:
    there = Shown(qtbot, ChecksPage, CHECKS["dns"](), "en")
    for button in there.card.findChildren(QPushButton):
        if button.accessibleName() == "Copy the value 8.8.4.4":
            there.click(button)
    assert there.asked == [i.CopyText("8.8.4.4")]


def test_a_record_that_has_to_go_is_told_apart(qtbot: QtBot) -> None:
    seen = dns.look(Names(("8.8.4.4",), ("2001:db9::1",)))
    state = replace(CHECKS["dns"](), dns=Dns((replace(seen, addresses=("8.8.4.4",)),)))
    there = Shown(qtbot, ChecksPage, state, "en")
    assert "Remove this record:" in there.texts() and "2001:db9::1" in there.texts()


def test_an_address_that_nobody_knows_is_described(qtbot: QtBot) -> None:
    seen = replace(dns.look(), addresses=("10.0.0.5",))
    there = Shown(qtbot, ChecksPage, replace(CHECKS["dns"](), dns=Dns((seen,))), "en")
    assert "reached from outside" in there.texts()


def test_where_nothing_is_wrong_there_is_no_card(qtbot: QtBot) -> None:
    there = Shown(qtbot, ChecksPage, CHECKS["good"](), "en")
    assert there.card.isHidden()
    there.show(CHECKS["dns"]())
    assert there.card.isVisible()
    there.show(CHECKS["good"]())
    assert there.card.isHidden()


def test_why_waiting_ended_is_said(qtbot: QtBot) -> None:
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "8.8.4.4", "port": "22"})
    state = CHECKS["dns"]()
    there = Shown(qtbot, ChecksPage, replace(state, dns=replace(state.dns, error=error)), "en")
    assert there.card.ended.isVisible() and there.card.wait.isVisible()


def test_time_goes_on_and_records_stay_as_they_are(qtbot: QtBot) -> None:
    there = Shown(qtbot, ChecksPage, CHECKS["dns_waiting"](), "en")
    before = there.card.since.text()
    kept = there.card.findChildren(QLabel)
    qtbot.waitUntil(lambda: there.card.since.text() != before, timeout=3000)
    there.show(there.page.state)
    assert there.card.findChildren(QLabel) == kept


# -------------------------------------------------------------------------------- the flow


class Resolver:
    """What the looks see, one after the other; the last one stays."""

    def __init__(self, flow: Flow, *seen: DnsLook) -> None:
        self.seen, self.looks, self.waited = list(seen), 0, threading.Event()
        self.go = threading.Event()
        flow.session.look_at_dns = self.look  # type: ignore[method-assign, assignment]
        flow.session.wait_for_dns = self.wait  # type: ignore[method-assign, assignment]

    def _next(self) -> DnsLook:
        self.looks += 1
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def look(self, _answers: Any) -> Any:
        return lambda _emit, _cancel: self._next()

    def wait(self, _answers: Any) -> Any:
        def work(_emit: Emit, cancel: CancelToken, put: Callable[[Any], None]) -> DnsLook:
            while True:
                seen = self._next()
                put(seen)
                if seen.done:
                    return seen
                self.waited.set()
                while not self.go.wait(0.01):
                    cancel.check()

        return work


@pytest.fixture
def named(flow: Flow) -> Flow:
    """Connected, on Settings, with a name for an authority."""
    script(flow).host = NoHost()  # type: ignore[assignment]
    answers = dns.automatic(SSH)
    state = edit(flow.state, answers=answers)
    looked = script(flow).results["look"]
    flow.set(
        replace(
            state,
            page=PageId.SETTINGS,
            rights="root",
            checks=replace(state.checks, facts=looked.facts, situation=looked.situation, rows=looked.checks),
            release=replace(state.release, obtained=looked.obtained),
        )
    )
    return flow


def test_a_name_is_looked_at_beside_everything_else_and_once(qtbot: QtBot, named: Flow) -> None:
    resolver = Resolver(named, dns.look())
    assert named.state.checks.facts is not None
    named.checks.judge(named.state.checks.facts)
    qtbot.waitUntil(lambda: bool(named.state.dns.looks))
    assert dns_problem(named.state) is not None and named.state.work.busy is None
    named.checks.judge(named.state.checks.facts)
    qtbot.waitUntil(lambda: not named.jobs.running)
    assert resolver.looks == 1
    named.edit(lambda s: edit(s, answers=replace(s.answers, site=Site("other.example.jp"))))
    assert dns_problem(named.state) is None
    qtbot.waitUntil(lambda: resolver.looks == 2)


def test_it_goes_on_by_itself_when_the_name_leads_here(qtbot: QtBot, named: Flow) -> None:
    resolver = Resolver(named, dns.look(), dns.look(RIGHT))
    named.ask(i.WaitForDns())
    named.ask(i.WaitForDns())
    qtbot.waitUntil(lambda: len(named.state.dns.looks) == 1)
    assert named.state.dns.waiting > 0 and named.state.page is PageId.SETTINGS
    resolver.go.set()
    wait_for(qtbot, named, PageId.REVIEW)
    assert named.state.dns.waiting == 0 and resolver.looks == 2


def test_an_installation_goes_on_by_itself(qtbot: QtBot, named: Flow) -> None:
    Resolver(named, dns.look(RIGHT))
    failure = Failure(PageId.INSTALL, dns.problem(dns.look()))
    named.set(replace(named.state, page=PageId.INSTALL, work=replace(named.state.work, failure=failure)))
    named.ask(i.WaitForDns())
    wait_for(qtbot, named, PageId.DONE)


def test_waiting_can_be_given_up(qtbot: QtBot, named: Flow) -> None:
    resolver = Resolver(named, dns.look())
    named.ask(i.WaitForDns())
    qtbot.waitUntil(resolver.waited.is_set)
    named.ask(i.StopWaitingForDns())
    assert named.state.dns.waiting == 0
    qtbot.waitUntil(lambda: not named.jobs.running)
    assert named.state.page is PageId.SETTINGS and named.state.dns.error is None


@pytest.mark.parametrize(
    "leave",
    [
        lambda flow: flow.ask(i.Back()),
        lambda flow: flow.edit(lambda s: edit(s, answers=replace(s.answers, site=Site("b.example.jp")))),
        lambda flow: flow.edit(lambda s: edit(s, answers=replace(s.answers, tls=Tls()))),
    ],
)
def test_nobody_waits_for_what_does_not_count_any_more(
    qtbot: QtBot, named: Flow, leave: Callable[[Flow], None]
) -> None:
    resolver = Resolver(named, dns.look(), dns.look(RIGHT))
    named.ask(i.WaitForDns())
    qtbot.waitUntil(resolver.waited.is_set)
    leave(named)
    assert named.state.dns.waiting == 0
    page = named.state.page
    resolver.go.set()
    qtbot.waitUntil(lambda: not named.jobs.running, timeout=5000)
    assert named.state.page is page


def test_a_broken_line_ends_waiting_and_says_so(qtbot: QtBot, named: Flow) -> None:
    error = InstallError(Code.SSH_CONNECTION_LOST, {"host": "8.8.4.4", "port": "22"})

    def broken(_answers: Any) -> Any:
        def work(*_: Any) -> DnsLook:
            raise error

        return work

    named.session.wait_for_dns = broken  # type: ignore[method-assign, assignment]
    named.ask(i.WaitForDns())
    qtbot.waitUntil(lambda: named.state.dns.error is error)
    assert named.state.dns.waiting == 0 and named.state.work.failure is None


def test_only_the_last_looks_are_kept(qtbot: QtBot, named: Flow) -> None:
    resolver = Resolver(named, *(dns.look(ago=n) for n in range(9)), dns.look(RIGHT))
    resolver.go.set()
    longest = []
    named.changed.connect(lambda state: longest.append(len(state.dns.looks)))
    named.ask(i.WaitForDns())
    wait_for(qtbot, named, PageId.REVIEW)
    assert max(longest) == 5
