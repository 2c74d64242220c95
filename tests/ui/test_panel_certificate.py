"""Certificate: what the section shows and asks for, and what the controller does about it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.https.https_now import judge
from installer.views.panel import Https, PanelState
from tests.certificates import issue, pem, site
from tests.fakes.host import Expected, failed, ok
from tests.ui.panel_host import ANSWERS, RECORD
from tests.ui.states import panel as states
from tests.ui.test_panel_controller import Bench as Machine
from tests.ui.test_panel_controller import make
from ui import intents as i
from ui.panel import intents as pi
from ui.panel.https.section import CertificateSection

LEFT = Qt.MouseButton.LeftButton
SCRIPT = f"{ANSWERS.state_folder}/renewal/renew.sh"
ROOT = issue("Company Root", ca=True, days=4000)

__all__ = ["make"]  # the fixture


class Bench:
    """The section in a window, and what it asked for."""

    def __init__(self, bot: QtBot) -> None:
        self.window = states.panel_window(states.running(section="certificate"), "en", "light")
        bot.addWidget(self.window)
        self.view = self.window.view
        self.asked: list[i.Intent] = []
        self.view.asked.connect(self.asked.append)
        with bot.waitExposed(self.window):
            self.window.show()

    def show(self, state: PanelState) -> CertificateSection:
        self.view.show_state(replace(state, section="certificate"))
        assert isinstance(self.view.current, CertificateSection)
        return self.view.current

    def named(self, name: str) -> CertificateSection:
        return self.show(states.STATES["certificate"][name].make())


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot)
    yield made
    made.view.stop()


def texts(shown: CertificateSection) -> str:
    QApplication.processEvents()  # what was just made is laid out and shown
    return "\n".join(x.text() for x in shown.findChildren(QLabel) if x.isVisible())


def test_everything_about_one_that_the_machine_renews(bench: Bench) -> None:
    shown = bench.named("automatic")
    assert shown.word.text() == "All is well"
    for text in ("dify.example.jp", "R13", "days left: 61", "ISRG Root X1", "not time yet", "Next run"):
        assert text in texts(shown)
    QTest.mouseClick(shown.renew, LEFT)
    shown.change.setFocus()
    QTest.keyClick(shown.change, Qt.Key.Key_Space)
    QTest.mouseClick(shown.again, LEFT)
    assert bench.asked == [pi.RenewCertificate(), pi.ChangeSettings("tls.mode"), pi.RefreshCertificate()]


def test_what_has_ended_has_no_days_left(bench: Bench) -> None:
    shown = bench.named("over")
    until = next(w for w in shown.card.findChildren(QLabel) if w.accessibleName().startswith("Valid until"))
    assert "days left" not in until.text()
    assert "Change HTTPS settings" in shown.about.text(), "nothing renews it by itself"


@pytest.mark.parametrize(
    ("name", "word", "renew"),
    [
        ("own", "All is well", False),
        ("own-soon", "The certificate ends soon", False),
        ("self-signed", "Encrypted, but browsers warn", False),
        ("over", "The certificate has ended", False),
        ("off", "Dify is not encrypted", False),
        ("front", "A web server in front encrypts", False),
        ("failed", "The last renewal failed", True),
        ("idle", "The renewal did not run for some time", True),
        ("late", "The certificate should have been renewed", True),
    ],
)
def test_each_has_its_word_and_only_what_helps(bench: Bench, name: str, word: str, renew: bool) -> None:
    shown = bench.named(name)
    assert (shown.word.text(), shown.renew.isVisible()) == (word, renew)
    assert shown.change.isVisible()


def test_while_it_looks_for_the_first_time_there_is_nothing_else(bench: Bench) -> None:
    shown = bench.named("loading")
    assert "Looking at the certificate" in shown.doing.text() and shown.busy.isVisible()
    assert not shown.verdict.isVisible() and not shown.card.isVisible() and not shown.stop.isVisible()


def test_a_look_that_failed_can_be_tried_again(bench: Bench) -> None:
    shown = bench.named("error")
    assert shown.cause.isVisible()
    QTest.mouseClick(shown.cause.ways[0], LEFT)
    assert bench.asked == [pi.RefreshCertificate()]


def test_renewing_can_be_given_up_and_what_is_there_stays(bench: Bench) -> None:
    shown = bench.named("renewing")
    assert "(12 s)" in shown.doing.text() and shown.card.isVisible()
    assert not shown.renew.isEnabled() and not shown.change.isEnabled()
    QTest.mouseClick(shown.stop, LEFT)
    assert bench.asked == [pi.StopRenewal()]


@pytest.mark.parametrize(("name", "said"), [("kept", "not time yet"), ("renewed", "was renewed")])
def test_how_the_wish_ended(bench: Bench, name: str, said: str) -> None:
    assert said in bench.named(name).wish.text()


def test_why_it_could_not_be_renewed(bench: Bench) -> None:
    shown = bench.named("failed")
    assert "too many were asked for" in texts(shown) and not shown.cause.ways
    assert not bench.named("automatic").cause.isVisible()


def test_a_broken_line_leaves_what_was_seen(bench: Bench) -> None:
    shown = bench.named("lost")
    assert shown.card.isVisible() and not shown.renew.isEnabled()


def test_rows_are_made_anew_only_for_something_new(bench: Bench) -> None:
    there = states.STATES["certificate"]["automatic"].make()
    rows = bench.show(there).card.findChildren(QLabel)
    assert bench.show(replace(there, seen_at=time.time())).card.findChildren(QLabel) == rows


# -------------------------------------------------------------------------------- controller


def machine(make: Callable[..., Machine]) -> Machine:
    """With a certificate that it renews."""
    bench = make()
    web = {"address": "127.0.0.1", "port": 443, "name": "dify.example.com", "tls": True}
    renewal = {"lineage": "dify.example.com", "unit": "u", "scheduler": "cron"}
    record = {**RECORD, "url": "https://dify.example.com", "web": web, "renewal": renewal}
    host = bench.host
    put(bench, f"{ANSWERS.state_folder}/installation.json", json.dumps(record).encode())
    now = int(time.time())
    status = f"at={now - 60}\nresult=kept\nnext={now + 43_140}\n".encode()
    put(bench, f"{ANSWERS.state_folder}/renewal/status", status)
    new_certificate(bench)
    assert host.expected == []
    return bench


def put(bench: Machine, path: str, data: bytes) -> None:
    bench.host.write_file(path, data)


def new_certificate(bench: Machine) -> None:
    put(bench, f"{ANSWERS.state_folder}/renewal/dify.example.com.pem", pem(site(ROOT), ROOT))


def looked_at(bench: Machine) -> Https:
    bench.controller.ask(pi.ShowSection("certificate"))
    bench.until(lambda: bench.state.https.now and not bench.state.https.busy)
    return bench.state.https


def test_it_is_looked_at_when_the_section_comes_up(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    found = looked_at(bench).now
    assert found is not None and found.certificate is not None
    assert judge(found.certificate, datetime.now(UTC)) == "fine"


def test_one_without_a_subject_is_called_by_its_name(make: Callable[..., Machine]) -> None:
    """As they come from Let's Encrypt for an IP address, and from others."""
    bench = machine(make)
    made = issue("", ROOT, names=("dify.example.com",))
    put(bench, f"{ANSWERS.state_folder}/renewal/dify.example.com.pem", pem(made, ROOT))
    found = looked_at(bench).now
    assert found is not None and found.certificate is not None
    info = found.certificate.info
    links = [link.subject for link in info.chain]
    assert (info.subject, links) == ("dify.example.com", ["dify.example.com", "Company Root"])


def test_a_wish_that_comes_too_early_changes_nothing(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    looked_at(bench)
    bench.host.expected.append(Expected(("/bin/sh", SCRIPT), ok()))
    bench.controller.ask(pi.RenewCertificate())
    bench.controller.ask(pi.RenewCertificate())
    bench.until(lambda: bench.state.https.wish)
    assert bench.state.https.wish == "kept"


def test_a_renewed_certificate_is_seen(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    before = looked_at(bench).now

    def renew(_: object) -> object:
        new_certificate(bench)
        return ok()

    bench.host.expected.append(Expected(("/bin/sh", SCRIPT), renew))  # type: ignore[arg-type]
    bench.controller.ask(pi.RenewCertificate())
    bench.until(lambda: bench.state.https.wish == "renewed")
    assert bench.state.https.now != before


def test_a_renewal_that_failed_is_told_and_looked_at(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    looked_at(bench)

    def fail(_: object) -> object:
        put(bench, f"{ANSWERS.state_folder}/renewal/status", b"at=1\nresult=failed\nnext=2\n")
        return failed(1, stdout="no words that are known")

    bench.host.expected.append(Expected(("/bin/sh", SCRIPT), fail))  # type: ignore[arg-type]
    bench.controller.ask(pi.RenewCertificate())
    bench.until(lambda: bench.state.https.error and not bench.state.https.busy)
    error, now = bench.state.https.error, bench.state.https.now
    assert error is not None and error.code is Code.TLS_RENEWAL_FAILED
    assert now is not None and now.certificate is not None and now.certificate.renewal is not None
    assert now.certificate.renewal.result == "failed"


def test_a_renewal_can_be_stopped(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    looked_at(bench)
    bench.host.expected.append(Expected(("/bin/sh", SCRIPT), Cancelled()))
    bench.controller.ask(pi.RenewCertificate())
    bench.controller.ask(pi.StopRenewal())
    bench.until(lambda: bench.state.https.wish == "stopped")
    assert not bench.state.https.busy


def test_a_look_at_a_machine_that_is_gone_says_so(make: Callable[..., Machine], tmp_path: Path) -> None:
    bench = machine(make)
    lost = InstallError(Code.SSH_CONNECTION_LOST, {"host": "203.0.113.5", "port": "22"})

    def read(*_: object, **__: object) -> bytes:
        raise lost

    bench.host.read_file = read  # type: ignore[method-assign]
    bench.controller.ask(pi.RefreshCertificate())
    bench.until(lambda: bench.state.https.error is lost)
    assert not bench.state.https.busy


def test_settings_are_asked_for_by_field(make: Callable[..., Machine]) -> None:
    bench = machine(make)
    asked: list[str] = []
    bench.controller.settings.connect(asked.append)
    bench.controller.ask(pi.ChangeSettings("tls.mode"))
    assert asked == ["tls.mode"]
