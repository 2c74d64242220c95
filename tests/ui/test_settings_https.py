"""Settings: each way of making HTTPS, by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog
from pytestqt.qtbot import QtBot

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.texts import Texts
from installer.views.wizard import Failure, PageId, WorkState, effective
from tests.ui.states.settings import STATES, own_read, state
from tests.ui.test_settings import CHOSEN, Opened
from ui.intents import CopyText, SaveText
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.wizard.settings.address import AddressSection
from ui.wizard.settings.https.authority import AuthorityPanel
from ui.wizard.settings.https.front import FrontPanel
from ui.wizard.settings.https.own import OwnPanel

SAVED = "/home/akari/dify.conf"


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    return Opened(qtbot).show(state())


def authority(there: Opened) -> AuthorityPanel:
    panel = there.page.address.panels["acme_server"]
    assert isinstance(panel, AuthorityPanel)
    return panel


def front(there: Opened) -> FrontPanel:
    panel = there.page.address.panels["proxy_install"]
    assert isinstance(panel, FrontPanel)
    panel._ask_path = lambda *_: SAVED
    return panel


def test_only_what_nine_of_ten_need_is_there_at_first(opened: Opened) -> None:
    section = opened.page.address
    shown = [mode for mode, card in section.mode.cards.items() if card.isVisible()]
    assert shown == ["letsencrypt", "own", "off"]
    assert not section.panels and not section.browsers.isVisible()
    opened.click(section.more)
    assert all(card.isVisible() for card in section.mode.cards.values())
    opened.space(section.more)
    assert not section.mode.cards["proxy"].isVisible()


def test_a_way_that_is_chosen_is_never_hidden(opened: Opened) -> None:
    opened.show(STATES["front"]())
    assert opened.page.address.mode.cards["proxy"].isVisible()
    assert not opened.page.address.more.isVisible()


def test_arrow_keys_go_through_all_ways_and_leave_no_trace(opened: Opened) -> None:
    """Who only passes by a web server in front does not stay where only the machine reaches Dify."""
    section, before = opened.page.address, opened.answers
    section._unfold(True)
    opened.click(section.mode.cards["own"])
    at, seen = "own", {}
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(section.mode.cards[at], key)
        at = opened.answers.tls.mode
        seen[at] = opened.answers.site.bind, opened.answers.ports.http
    assert seen == {
        "self-signed": ("0.0.0.0", 80),
        "proxy": ("127.0.0.1", 8080),
        "letsencrypt": ("0.0.0.0", 80),
    }
    assert opened.answers.site == before.site


def test_what_was_changed_behind_a_web_server_stays(opened: Opened) -> None:
    section = opened.page.address
    section._unfold(True)
    opened.click(section.mode.cards["proxy"])
    opened.type(section.http.field.edit, "9000")
    opened.click(section.mode.cards["off"])
    assert (opened.answers.site.bind, opened.answers.ports.http) == ("127.0.0.1", 9000)
    assert section.inside.isVisible()
    opened.click(section.open_up)
    assert (opened.answers.site.bind, section.inside.isVisible()) == ("0.0.0.0", False)


# ------------------------------------------------------------------------------------- own


def test_what_was_read_is_shown(opened: Opened) -> None:
    opened.show(own_read())
    panel = opened.page.address.panels["certificate"]
    assert isinstance(panel, OwnPanel) and panel.card.isVisible()
    assert panel.card.lines["names"] == "dify.example.jp, www.dify.example.jp"
    assert panel.card.lines["until"].endswith("days left: 61")
    assert panel.card.lines["chain"] == "dify.example.jp → Example Issuing CA 3 → Example Root CA"
    assert "Example Issuing CA 3" in panel.card.accessibleDescription()


def test_what_was_read_stays_until_the_next_is_read(opened: Opened) -> None:
    opened.show(own_read())
    panel = opened.page.address.panels["certificate"]
    assert isinstance(panel, OwnPanel)
    opened.type(panel.passphrase.edit, "sesame")
    assert panel.card.isVisible()
    opened.type(panel.certificate.edit, "")
    assert not panel.card.isVisible()


def test_what_was_read_goes_with_an_error(opened: Opened) -> None:
    opened.show(own_read()).show(STATES["certificate_error"]())
    panel = opened.page.address.panels["certificate"]
    assert isinstance(panel, OwnPanel) and not panel.card.isVisible()
    error = opened.page.address.error
    assert error is not None and error.isVisible()


# ------------------------------------------------------------------------------- authority


def test_lets_encrypt_asks_nothing(opened: Opened) -> None:
    opened.show(STATES["authority"]())
    assert opened.page.bar(opened.state).enabled
    assert authority(opened).fold.content.isHidden()
    assert "port 80" in opened.page.address.about.text()


def test_an_authority_by_keyboard(opened: Opened) -> None:
    opened.show(STATES["authority"]())
    panel = authority(opened)
    panel.fold.open(True)
    chosen = panel.authority.list
    chosen.setFocus()
    servers = []
    for _ in range(3):
        QTest.keyClick(chosen, Qt.Key.Key_Down)
        servers.append(opened.answers.tls.acme_server)
    assert servers == [
        "https://acme-staging-v02.api.letsencrypt.org/directory",
        "https://acme.zerossl.com/v2/DV90",
        "https://",
    ]
    assert panel.server.isVisible() and panel.binding.isVisible()
    assert opened.page.bar(opened.state).note.startswith("Enter the ACME server's address")
    opened.type(panel.server.edit, "https://ca.example.jp/acme")
    assert opened.page.bar(opened.state).enabled
    QTest.keyClick(chosen, Qt.Key.Key_Home)
    assert opened.answers.tls.acme_server == "" and not panel.server.isVisible()


def test_an_account_that_is_bound_to_a_key(opened: Opened) -> None:
    opened.show(STATES["authority_bound"]())
    panel = authority(opened)
    assert panel.fold.content.isVisible() and panel.binding.isVisible()
    assert opened.page.bar(opened.state).note == "Enter both keys of your account (EAB)"
    opened.page.focus_field("secrets.tls_eab_kid")
    for field, text in ((panel.kid, "kid"), (panel.hmac, "hmac")):
        opened.type(field.edit, text)
    assert opened.state.secrets.tls_eab_hmac == Secret("hmac")
    assert opened.page.bar(opened.state).enabled
    assert panel.binding.isVisible()


def test_the_mail_address_of_an_account(opened: Opened) -> None:
    opened.show(STATES["authority"]())
    opened.page.focus_field("tls.email")
    opened.type(authority(opened).email.edit, "akari")
    assert "mail address" in authority(opened).email.below.text()
    opened.type(authority(opened).email.edit, "akari@example.jp")
    assert opened.answers.tls.email == "akari@example.jp"


def test_the_way_out_where_no_authority_gets_in(opened: Opened) -> None:
    opened.show(STATES["authority_closed"]())
    section = opened.page.address
    assert "port 80" in section.http.field.below.text()
    assert "Let's Encrypt needs a name" in section.address.below.text()
    opened.click(section.open_up)
    assert (opened.answers.ports.http, opened.answers.site.bind) == (8080, "0.0.0.0"), "only what it says"
    assert not section.open_up.isVisible() and "port 80" in section.http.field.below.text()
    assert section.http.use.text() == "Use 80"
    opened.click(section.http.use)
    assert (opened.answers.ports.http, opened.answers.site.bind) == (80, "0.0.0.0")
    assert not section.http.use.isVisible() and not section.http.field.below.text()


# ----------------------------------------------------------------------------------- front


def test_the_text_for_the_web_server_follows_what_is_typed(opened: Opened) -> None:
    opened.show(STATES["front"]())
    panel = front(opened)
    assert "server_name dify.example.jp;" in panel.text.toPlainText()
    assert "127.0.0.1:8080" in panel.text.toPlainText()
    opened.type(opened.page.address.address.edit, "ai.example.jp")
    assert "server_name ai.example.jp;" in panel.text.toPlainText()
    opened.type(opened.page.address.address.edit, "ai example")
    assert not panel.copy.isEnabled() and not panel.save.isEnabled()


def test_each_kind_of_web_server(opened: Opened) -> None:
    opened.show(STATES["front"]())
    panel = front(opened)
    panel.kind.list.setFocus()
    QTest.keyClick(panel.kind.list, Qt.Key.Key_Down)
    assert "<VirtualHost" in panel.text.toPlainText() and not panel.install.isVisible()
    QTest.keyClick(panel.kind.list, Qt.Key.Key_Down)
    assert "reverse_proxy" in panel.text.toPlainText() and not panel.files.isVisible()
    opened.type(opened.page.address.http.field.edit, "8090")
    assert "reverse_proxy" in panel.text.toPlainText()


def test_the_text_is_copied_and_saved(opened: Opened) -> None:
    opened.show(STATES["front"]())
    panel = front(opened)
    text = panel.text.toPlainText()
    opened.click(panel.copy)
    assert panel.about.text().startswith("Copied")
    opened.space(panel.save)
    assert opened.asked == [CopyText(text), SaveText(Path(SAVED), text)]
    assert SAVED in panel.about.text()


def test_a_text_that_cannot_be_saved_is_said_here(opened: Opened) -> None:
    error = InstallError(Code.HOST_FILE_FAILED, {"path": SAVED}, detail="read-only")
    shown = replace(STATES["front"](), work=WorkState(failure=Failure(PageId.SETTINGS, error)))
    opened.show(shown)
    card = opened.page.address.error
    assert card is not None and card.isVisible() and not card.ways


def test_our_file_for_nginx_is_asked_for(opened: Opened) -> None:
    opened.show(STATES["front"]())
    panel = front(opened)
    opened.click(panel.install)
    assert effective(opened.state).tls.proxy_install
    panel.kind.list.setFocus()
    QTest.keyClick(panel.kind.list, Qt.Key.Key_Down)
    assert not opened.answers.tls.proxy_install


def test_why_our_file_cannot_be_put_there(opened: Opened) -> None:
    opened.show(STATES["front_cannot"]())
    panel = front(opened)
    assert not panel.install.isEnabled()
    assert panel.install_note.text() == "No nginx was found on the server."
    opened.show(STATES["front_wrong"]())
    assert panel.certificate.edit.property("wrong") == "true"
    assert panel.bind.edit.property("wrong") == "true"


def test_the_address_to_wait_on_belongs_to_the_way_that_is_chosen(opened: Opened) -> None:
    opened.show(STATES["front"]())
    page = opened.page
    assert page.address.control("site.bind") is front(opened).bind
    opened.type(front(opened).bind.edit, "10.0.0.5")
    assert opened.answers.site.bind == "10.0.0.5"
    opened.show(state())
    assert page.address.control("site.bind") is None


# -------------------------------------------------------------------------------- browsers


def test_hsts_says_what_it_means_and_where_it_makes_no_sense(opened: Opened) -> None:
    opened.show(STATES["front"]())
    browsers = opened.page.address.browsers
    assert browsers.about.isVisible() and "refuses to open Dify" in browsers.about.text()
    for press in (opened.click, opened.space):
        press(browsers.hsts)
    assert opened.answers.tls.hsts
    opened.type(opened.page.address.address.edit, "203.0.113.24")
    assert browsers.wrong.isVisible() and not opened.page.bar(opened.state).enabled
    opened.click(browsers.hsts)
    assert not browsers.wrong.isVisible()


def test_nobody_is_offered_hsts_with_a_certificate_that_nobody_trusts(opened: Opened) -> None:
    opened.show(STATES["self_signed"]())
    browsers = opened.page.address.browsers
    visible = [box for box in browsers.findChildren(QCheckBox) if box.isVisible()]
    assert visible == [browsers.redirect]


def test_a_section_by_itself_has_the_desktops_dialogs(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def answer(*given: object) -> tuple[str, str]:
        asked.append(given)
        return CHOSEN, ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    section = AddressSection(Ui(Texts("en"), Theme("light")))
    qtbot.addWidget(section)
    section.show_state(own_read(), {})
    panel = section.panels["certificate"]
    assert isinstance(panel, OwnPanel)
    assert panel.choose_file(panel, "Title", "/before.pem") == CHOSEN
    assert asked[0][:3] == (panel, "Title", "/before.pem") and "*.pfx" in str(asked[0][3])
