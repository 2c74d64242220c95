"""HTTPS in the real window, with the lab's authority: a name that does not lead to the server yet, a
certificate until it is in use, and what the control panel says and does about it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit

from installer.answers import load_answers, load_secrets
from installer.core.errors import Code
from installer.views.panel import Https
from installer.views.wizard import PageId, WizardState
from tests.lab import Lab
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_tls.conftest import Names, named, served, status
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver
from tests.lab_ui.test_whole_way import all_up, log_in, to_settings_over_ssh
from ui.panel.https.section import CertificateSection

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

NAME = "dify.window.example.jp"
SETUP = "/console/api/setup"


@dataclass
class Domain(Names):
    """… and the server itself, by its own hosts file."""

    def lead_to(self, bench: Bench) -> None:
        """Somebody makes the record, and everybody sees it."""
        host = str(bench.tables["target"]["host"])
        self.lead(NAME, host)
        bench.run(f"echo '{host} {NAME}' >>/etc/hosts")


@pytest.fixture
def domain(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domain]:
    """A name without any record. The window, which is this process, asks the hosts file that the command line
    has for its own."""
    hosts = tmp_path / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text())
    resolver = socket.getaddrinfo

    def look_up(host: Any, *words: Any, **more: Any) -> Any:
        if host != NAME:
            return resolver(host, *words, **more)
        lines = [line.split() for line in hosts.read_text().splitlines()]
        found = next((words[0] for words in lines if NAME in words[1:]), None)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolver(found, *words, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    lab.acme.start()
    yield Domain(lab, hosts)
    lab.acme.start()


def said(driver: Driver) -> list[str]:
    """What the window shows, without the signs that let long names go on in the next line."""
    shell = driver.app.shell
    found = [x.text() for x in shell.findChildren(QLabel) if x.isVisibleTo(shell)]
    return [text.replace("\u200b", "") for text in found]


def settings(b: Bench, window: MakeDriver) -> Driver:
    """On Settings; on Log in everything was filled in already."""
    answers, secrets = load_answers(b.cli.answers), load_secrets(b.cli.secrets)
    driver = window(b, b.cli.home, WizardState(page=PageId.LOGIN, answers=answers, secrets=secrets))
    driver.click(driver.t("login.connect"))
    driver.wait_page(PageId.CHECKS)
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.SETTINGS)
    return driver


def ask_for_a_certificate(driver: Driver, b: Bench) -> None:
    """By mouse: the automatic way, the name, and the lab's own authority."""
    t = driver.t
    driver.click(t("settings.https_letsencrypt"))
    driver.enter(t("settings.address"), NAME)
    driver.click(t("settings.authority_more"))
    QTest.keyClick(authority(driver), Qt.Key.Key_End)
    driver.enter(t("settings.acme_server"), b.lab.place.acme_url)


def authority(driver: Driver) -> QComboBox:
    """To a screen reader on Linux a list's name is its value."""
    name = driver.t("settings.authority")
    return next(w for w in driver.controls() if isinstance(w, QComboBox) and w.accessibleName() == name)


def see_the_record(driver: Driver, b: Bench) -> None:
    """The exact record is there to be copied."""
    host = str(b.tables["target"]["host"])
    driver.wait(lambda: {"A", NAME, host} <= {*said(driver)})
    driver.click(driver.t("dns.copy_all"))
    assert QApplication.clipboard().text() == f"A\t{NAME}\t{host}"


def wait_for_it(driver: Driver) -> None:
    """Press the one button; a look is shown, in which nobody sees an address."""
    driver.click(driver.t("dns.wait"))
    nothing = driver.t("dns.nothing")
    driver.wait(lambda: any(text.count(nothing) >= 2 for text in said(driver)))
    stop = driver.find(driver.t("dns.stop"))
    driver.wait(lambda: driver.app.shell.focusWidget() is stop and not stop.visibleRegion().isEmpty())


def to_certificate(driver: Driver) -> CertificateSection:
    """The control panel's section, once it has looked."""
    driver.wait(lambda: all_up(driver), 60)
    driver.click(driver.t("shell.section_certificate"))
    driver.wait(lambda: https(driver).now is not None and not https(driver).busy)
    view = driver.app.panel_view
    assert view is not None and isinstance(view.current, CertificateSection)
    return view.current


def https(driver: Driver) -> Https:
    return driver.panel.state.https


def renew(driver: Driver) -> Https:
    """Press the button; what came of it."""
    driver.click(driver.t("certificate.renew"))
    assert https(driver).busy == "renew"
    driver.wait(lambda: not https(driver).busy, 120)
    return https(driver)


def change(driver: Driver) -> None:
    """To Settings, over the same connection; the way that is chosen has the focus."""
    driver.click(driver.t("certificate.change"))
    driver.wait_page(PageId.SETTINGS)
    chosen = driver.find(driver.t("settings.https_letsencrypt"))
    driver.wait(lambda: driver.app.shell.focusWidget() is chosen)
    assert driver.find(driver.t("settings.address"), QLineEdit).text() == NAME  # type: ignore[attr-defined]


def review(driver: Driver) -> list[str]:
    """The steps of the plan."""
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.REVIEW)
    plan = driver.app.flow.state.review.plan
    assert plan is not None and not plan.blockers
    return [action.step for action in plan.actions]


def test_the_window_goes_on_by_itself_when_the_name_leads_here(
    bench: Maker, window: MakeDriver, domain: Domain
) -> None:
    b = bench("vps:root", keep_images=True)
    b.write(release={"version": versions()[0]})
    driver = settings(b, window)
    ask_for_a_certificate(driver, b)
    see_the_record(driver, b)
    wait_for_it(driver)
    driver.aside(lambda: domain.lead_to(b))
    driver.wait_page(PageId.REVIEW, 40)
    plan = driver.app.flow.state.review.plan
    assert plan is not None and not plan.blockers
    assert {"address", "certificate", "https", "renewal"} <= {action.step for action in plan.actions}
    driver.click(driver.t("shell.back"))
    driver.wait_page(PageId.SETTINGS)
    assert driver.t("dns.how") not in said(driver)


@pytest.mark.slow
def test_from_no_record_to_https_and_its_section(bench: Maker, window: MakeDriver, domain: Domain) -> None:
    """Somebody goes on without the record: Dify is there by HTTP, the installation waits for the name and
    ends with HTTPS. All by mouse, with sudo."""
    b = bench("vps")
    host = str(b.tables["target"]["host"])
    driver = window(b)
    to_settings_over_ssh(driver, b)
    ask_for_a_certificate(driver, b)
    see_the_record(driver, b)
    review(driver)
    driver.click(driver.t("review.install"))

    driver.wait(lambda: driver.app.flow.state.work.failure is not None, 250)
    error = driver.app.flow.state.failed_on(PageId.INSTALL)
    assert error is not None and error.code is Code.TLS_DNS_MISSING
    assert driver.aside(lambda: status(f"http://{host}{SETUP}", NAME)) == (200, "")
    see_the_record(driver, b)
    wait_for_it(driver)
    driver.aside(lambda: domain.lead_to(b))
    driver.wait(lambda: driver.app.flow.state.page is PageId.DONE, 200)

    outcome = driver.app.flow.state.install.outcome
    assert outcome is not None and outcome.url == f"https://{NAME}" and outcome.init_password is not None
    assert f"https://{NAME}" in said(driver)
    assert driver.t("done.insecure") not in said(driver)
    assert driver.aside(lambda: served(host, NAME))["names"] == [NAME]

    driver.click(driver.t("done.panel"))
    shown = to_certificate(driver)
    assert shown.word.text() == driver.t("certificate.word_fine")
    now = https(driver).now
    assert now is not None and now.certificate is not None
    info = now.certificate.info
    assert info.names == (NAME,) and "Pebble" in info.issuer and 85 < info.days_left < 91
    text = "\n".join(said(driver))
    chain = f"{NAME} → {info.issuer} → "
    for part in (NAME, info.issuer, chain, str(info.days_left), info.fingerprint[:40]):
        assert part in text
    assert renew(driver).wish == "kept"
    assert driver.t("certificate.wish_kept") in said(driver)

    change(driver)
    review(driver)
    assert driver.t("review.heading_same") in said(driver)


@pytest.mark.slow
def test_a_certificate_that_is_there_already(bench: Maker, window: MakeDriver, domain: Domain) -> None:
    """Installed by somebody else's command line: renewed at a wish, not renewed and why, and changed."""
    b = named(bench("vps:difyadmin"), domain, NAME)
    b.write(release={"version": versions()[0]})
    host = str(b.tables["target"]["host"])
    domain.lead_to(b)
    first = b.cli.json("apply")
    assert first.exit_code == 0, first.stdout[-3000:] + first.stderr
    driver = window(b)
    driver.click(driver.t("welcome.open"))
    driver.click(driver.t("welcome.start"))
    driver.wait_page(PageId.LOGIN)
    log_in(driver, b)
    driver.wait(lambda: driver.app.panel is not None)
    shown = to_certificate(driver)
    assert shown.word.text() == driver.t("certificate.word_fine")

    before = driver.aside(lambda: served(host, NAME))
    conf = f"{b.docker_folder}/volumes/certbot/conf/renewal/{NAME}.conf"
    driver.aside(lambda: b.run(f"sed -i '1i renew_before_expiry = 100 days' {conf}"))
    assert renew(driver).wish == "renewed"
    assert driver.t("certificate.wish_renewed") in said(driver)
    driver.wait(lambda: driver.aside(lambda: served(host, NAME))["serial"] != before["serial"], 10)
    now = https(driver).now
    assert now is not None and now.certificate is not None and now.certificate.renewal is not None
    assert now.certificate.renewal.result == "renewed"

    driver.aside(lambda: b.lab.engine.docker("stop", "-t", "0", "lab-acme"))
    error = renew(driver).error
    driver.aside(b.lab.acme.start)
    assert error is not None and error.code is Code.TLS_SERVER_UNREACHABLE
    assert shown.cause.isVisible() and shown.word.text() == driver.t("certificate.word_failed")
    assert driver.aside(lambda: status(f"https://{host}{SETUP}", NAME))[0] == 200

    change(driver)
    tls = driver.app.flow.state.answers.tls
    assert (tls.mode, tls.acme_server) == ("letsencrypt", b.lab.place.acme_url)
    review(driver)
    assert driver.t("review.heading_same") in said(driver)
    driver.click(driver.t("shell.back"))
    driver.wait_page(PageId.SETTINGS)
    driver.click(driver.t("settings.https_off"))
    assert "renewal_off" in review(driver)
