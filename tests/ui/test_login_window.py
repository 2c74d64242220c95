"""Logging in to a real SSH server through the whole window, with mouse and keyboard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from installer.answers import Target
from installer.appdata.keychain import Keychain
from installer.appdata.known_servers import KnownServer, Servers
from installer.core.app_folder import Home
from installer.core.errors import Code
from installer.core.secrets import Secret
from installer.views.wizard import PageId
from tests.fakes.keyring import MemoryKeyring
from tests.ssh.conftest import MakeUser, User, make_user, sshd
from tests.ssh.sshd import Sshd
from ui.app import servers as app_servers
from ui.app.app import App
from ui.wizard.login.page import LoginPage
from ui.wizard.welcome.page import WelcomePage

__all__ = ["make_user", "sshd"]
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
pytestmark = pytest.mark.skipif(
    not (hasattr(os, "geteuid") and os.geteuid() == 0 and Path("/usr/sbin/sshd").exists()),
    reason="needs root and openssh-server",
)


class Window:
    """The program with one known server, whose passwords are nowhere kept."""

    def __init__(self, bot: QtBot, home: Home, target: Target) -> None:
        self.bot = bot
        Servers(home).remember(KnownServer("a1", "One", target, "", "1.16.1", 30.0, login="password"))
        self.app = App(home, language="en")
        keyring = MemoryKeyring()
        self.app.flow.keychain = Keychain(lambda: keyring)
        self.app.start()
        bot.waitExposed(self.app.shell)
        self.until(lambda: self.on(PageId.WELCOME) and "a1" in self.servers.servers.opening)

    def until(self, there: Callable[[], Any]) -> None:
        self.bot.waitUntil(lambda: bool(there()), timeout=20_000)

    def on(self, page: PageId) -> bool:
        """Whether *page* is shown, and nothing is waited for."""
        view = self.app.wizard_view
        return view is not None and view.state.page is page and view.state.work.busy is None

    def page(self, page: PageId) -> Any:
        view = self.app.wizard_view
        assert view is not None
        return view.pages[page]

    @property
    def servers(self) -> WelcomePage:
        found = self.page(PageId.WELCOME)
        assert isinstance(found, WelcomePage)
        return found

    @property
    def login(self) -> LoginPage:
        found = self.page(PageId.LOGIN)
        assert isinstance(found, LoginPage)
        return found

    def click(self, widget: QWidget | None) -> None:
        assert widget is not None and widget.isVisible() and widget.isEnabled()
        QTest.mouseClick(widget, LEFT)

    def open(self) -> None:
        """The server's button; then the page Log in, whether its key is to be compared or not."""
        self.click(self.servers.servers.opening["a1"])
        self.until(lambda: self.on(PageId.LOGIN))
        self.bot.wait(100)  # what follows by itself
        self.until(lambda: self.on(PageId.LOGIN))

    def accept_key(self) -> None:
        self.until(lambda: self.login.host_key.accept is not None and self.login.host_key.accept.isVisible())
        self.click(self.login.host_key.accept)
        self.until(lambda: self.app.flow.state.login.door is not None and self.on(PageId.LOGIN))

    def type(self, text: str) -> None:
        """Where the keyboard is."""
        QTest.keyClicks(self.app.shell.focusWidget(), text)

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.app.shell.windowHandle(), key)


@pytest.fixture
def user(make_user: MakeUser) -> User:
    return make_user(sudo="nopasswd")


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, sshd: Sshd, user: User, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(app_servers.AppServers, "_connect_alone", lambda _self: None)
    font = qapp.font()
    target = Target(kind="ssh", host="127.0.0.1", port=sshd.port, user=user.name, directory="/opt/none")
    found = Window(qtbot, Home(tmp_path / "home"), target)
    yield found
    found.app.shell.hide()
    assert found.app.close()
    found.app.shell.deleteLater()
    found.app.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setFont(font)


def test_opening_a_server_again_sends_no_empty_password(window: Window) -> None:
    window.open()
    window.accept_key()
    for _ in range(2):
        password = window.login.form.password.edit
        window.until(password.hasFocus)
        assert window.app.flow.state.work.failure is None and not password.text()
        window.click(window.app.shell.bar.back_button)
        window.until(lambda: window.on(PageId.WELCOME))
        window.open()
    assert window.app.flow.state.work.failure is None and not window.login.cause.isVisible()


def test_a_refused_password_is_typed_over(window: Window, user: User) -> None:
    window.open()
    window.accept_key()
    password = window.login.form.password.edit
    window.until(password.hasFocus)
    window.type("not the password")
    window.press(Key.Key_Return)
    window.until(lambda: window.app.flow.state.failed_on(PageId.LOGIN))
    error = window.app.flow.state.failed_on(PageId.LOGIN)
    assert error is not None and error.code is Code.SSH_LOGIN_REFUSED
    window.until(lambda: password.hasFocus() and password.selectedText())
    window.type(user.password)
    assert window.app.flow.state.secrets.ssh_password == Secret(user.password)
    window.press(Key.Key_Return)
    window.until(lambda: window.app.front)  # its control panel


def test_the_login_password_is_offered_for_sudo(window: Window, user: User) -> None:
    """Ticked beforehand, sent once the person presses Connect again."""
    sudoers = Path(f"/etc/sudoers.d/{user.name}")
    sudoers.write_text(f"{user.name} ALL=(ALL) ALL\n")
    window.open()
    window.accept_key()
    window.until(window.login.form.password.edit.hasFocus)
    window.type(user.password)
    window.press(Key.Key_Return)
    window.until(lambda: window.app.flow.state.login.sudo_asked and window.on(PageId.LOGIN))
    card = window.login.form.sudo
    assert card.isVisible() and card.same.isChecked() and not card.password.edit.isEnabled()
    window.until(card.same.hasFocus)
    window.press(Key.Key_Return)
    window.until(lambda: window.app.front)


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_enter_after_a_typed_command_goes_on_with_its_parts(window: Window, user: User, key: Qt.Key) -> None:
    window.open()
    form = window.login.form
    target = window.app.flow.state.answers.target
    window.until(lambda: window.login.host_key.reject is not None)
    window.click(window.login.host_key.reject)
    window.until(lambda: not window.login.host_key.isVisible())
    form.host.edit.setFocus()
    form.host.edit.selectAll()
    window.type(f"ssh nobody@localhost -p {target.port}")
    assert " " in window.app.flow.state.answers.target.host, "it is taken apart by the key alone"
    window.press(key)
    found = window.app.flow.state.answers.target
    assert (found.host, found.user, found.port) == ("localhost", "nobody", target.port)
    window.until(lambda: window.app.flow.state.failed_on(PageId.LOGIN))
    error = window.app.flow.state.failed_on(PageId.LOGIN)
    assert (
        error is not None and error.code is Code.SSH_HOST_KEY_UNKNOWN and error.params["host"] == "localhost"
    )


def test_a_pasted_fingerprint_is_compared(window: Window, user: User) -> None:
    window.open()
    card = window.login.host_key
    window.until(lambda: card.pasted is not None and card.pasted.isVisible())
    error = window.app.flow.state.failed_on(PageId.LOGIN)
    assert error is not None and card.pasted is not None
    QApplication.clipboard().setText(f"256 {error.params['fingerprint']} root@vps (ED25519)")
    card.pasted.edit.setFocus()
    QTest.keyClick(card.pasted.edit, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert card.accept is not None and card.accept.hasFocus()
    window.bot.wait(50)
    assert window.app.flow.state.login.door is None and window.app.flow.state.work.busy is None
    window.press(Key.Key_Return)
    window.until(lambda: window.app.flow.state.login.door is not None and window.on(PageId.LOGIN))
