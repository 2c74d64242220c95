"""A real certificate, from the file that was chosen to what the page says of it, as the window reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from pytestqt.qtbot import QtBot

from installer.answers import Ports, Secrets, Site, Tls
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.secrets import Secret
from installer.views.wizard import WizardState, effective, effective_secrets
from tests.certificates import SITE_NAME, issue, key_pem, pem, site
from tests.ui.states.checks import ANSWERS, FACTS
from tests.ui.states.settings import state
from tests.ui.test_flow import flow
from tests.ui.test_settings import Opened
from ui import intents
from ui.connection.session import Session
from ui.wizard.controller import Flow
from ui.wizard.settings.https.own import OwnPanel

__all__ = ["flow"]  # the fixture
ROOT = issue("Company Root", ca=True, days=4000)
MIDDLE = issue("Company Issuing", ROOT, ca=True, days=4000)
SITE = site(MIDDLE)


def chosen(certificate: Path, key: Path | None = None, passphrase: str = "") -> WizardState:
    """Settings with these files."""
    tls = Tls(mode="own", certificate=str(certificate), key=str(key) if key else "")
    answers = replace(ANSWERS, site=Site(SITE_NAME), ports=Ports(https=443), tls=tls)
    given = Secrets(tls_passphrase=Secret(passphrase) if passphrase else None)
    return state(answers, judged=False, secrets=given)


def read(there: WizardState, home: Path) -> WizardState:
    """As the flow judges what was typed, beside the window."""
    work = Session(Home(home)).judge(
        effective(there), effective_secrets(there), FACTS, there.release.obtained, None
    )
    found = work(lambda _event: None, CancelToken())
    return replace(there, checks=replace(there.checks, situation=found.situation, error=found.error))


def panel(opened: Opened) -> OwnPanel:
    found = opened.page.address.panels["certificate"]
    assert isinstance(found, OwnPanel)
    return found


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    return Opened(qtbot)


def test_a_chain_in_the_wrong_order_is_shown_in_the_right_one(opened: Opened, tmp_path: Path) -> None:
    certificate, key = tmp_path / "site.pem", tmp_path / "site.key"
    certificate.write_bytes(pem(ROOT, MIDDLE, SITE))
    key.write_bytes(key_pem(SITE.key))
    opened.show(read(chosen(certificate, key), tmp_path))
    lines = panel(opened).card.lines
    assert panel(opened).card.isVisible()
    assert SITE_NAME in lines["names"] and lines["issuer"] == "Company Issuing"
    assert lines["chain"] == f"{SITE_NAME} → Company Issuing → Company Root"
    assert "days left: " in lines["until"]


def test_a_pfx_file_with_its_passphrase_and_without(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "site.pfx"
    file.write_bytes(
        serialize_key_and_certificates(
            b"site",
            SITE.key,  # type: ignore[arg-type]
            SITE.certificate,
            [MIDDLE.certificate, ROOT.certificate],
            BestAvailableEncryption(b"sesame"),
        )
    )
    opened.show(read(chosen(file), tmp_path))
    error = opened.page.address.error
    assert error is not None and error.isVisible() and not panel(opened).card.isVisible()
    opened.show(read(chosen(file, passphrase="sesame"), tmp_path))
    assert panel(opened).card.isVisible() and not error.isVisible()


def test_one_for_another_address_says_for_which_it_is(opened: Opened, tmp_path: Path) -> None:
    certificate, key = tmp_path / "site.pem", tmp_path / "site.key"
    certificate.write_bytes(pem(SITE, MIDDLE, ROOT))
    key.write_bytes(key_pem(SITE.key))
    there = chosen(certificate, key)
    other = replace(there, answers=replace(there.answers, site=Site("other.example.jp")))
    opened.show(read(other, tmp_path))
    error = opened.page.address.error
    assert error is not None and SITE_NAME in error.accessibleName()


def test_the_text_for_a_web_server_is_written(qtbot: QtBot, flow: Flow, tmp_path: Path) -> None:
    file = tmp_path / "dify.conf"
    flow.ask(intents.SaveText(file, "server {}\n"))
    qtbot.waitUntil(file.exists)
    assert file.read_text() == "server {}\n"
    flow.ask(intents.SaveText(tmp_path / "no" / "such.conf", "x"))
    qtbot.waitUntil(lambda: flow.state.work.failure is not None)
