"""The desktop around the window: clipboard, browser, and what is loaded while the window is idle."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from installer import texts
from installer.core import resources
from installer.core.resources import FOLDER

if TYPE_CHECKING:
    from installer.core.cancel import CancelToken
    from installer.core.events import Emit
    from ui.background.jobs import Work

#: Imported in a thread after the first paint, in the order of need.
_LATER = (
    *("ui.wizard.where.page", "ui.wizard.login.page", "paramiko", "installer.connect", "installer.engine"),
    *(
        "installer.preflight.check_list",
        "docker",
        "ui.wizard.checks.page",
        "ui.wizard.settings.page",
        "ui.wizard.review.page",
    ),
    *(
        "ui.wizard.install.page",
        "ui.wizard.done.page",
        "installer.hosts.ssh.host",
        "ui.panel.controller",
        "ui.panel.view",
    ),
    "installer.operations.actions",
)
#: Large, and read by few.
_SELDOM = ("licences",)
#: Qt's enumerations with many members, which are made when they are first asked for.
_ENUMS = ("InputMethodHint", "Key")
#: A secret that was copied is taken off the clipboard after this time.
CLIPBOARD_MS = 60_000


def load_first(emit: Emit, cancel: CancelToken) -> None:
    """Import what the first click needs."""
    import_module("ui.wizard.controller")


def load_rest(language: str) -> Work:
    """Import and read what later pages need, with texts of *language*, so that they open without delay."""

    def work(emit: Emit, cancel: CancelToken) -> None:
        for name in _LATER:
            cancel.check()
            import_module(name)
        for enum in _ENUMS:
            getattr(QtCore.Qt, enum)
        for file in FOLDER.glob("*.toml"):
            cancel.check()
            if file.stem not in _SELDOM:
                resources.table(file.stem)
        for file in (FOLDER / "texts" / language).glob("*.toml"):
            cancel.check()
            texts.table(language, file.stem)

    return work


_copied_secret = ""


def copy_to_clipboard(text: str, secret: bool) -> None:
    """Put *text* on the clipboard; a secret is taken off again after a minute, or when the program ends,
    if it is still there. Programs that keep what was copied are asked not to keep it."""
    global _copied_secret  # noqa: PLW0603  (there is one clipboard)
    clipboard = QGuiApplication.clipboard()
    if not secret:
        # data that Python made would be there after the end of Python: where Qt itself is the clipboard
        # (offscreen), the process then dies of it
        clipboard.setText(text)
        return
    from PySide6.QtCore import QMimeData

    data = QMimeData()
    data.setText(text)
    data.setData("x-kde-passwordManagerHint", b"secret")
    data.setData('application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"', b"1")
    _copied_secret = text
    QTimer.singleShot(CLIPBOARD_MS, clipboard, forget_copied_secret)
    clipboard.setMimeData(data)


def forget_copied_secret() -> None:
    """Take the secret off the clipboard, if it is there."""
    clipboard = QGuiApplication.clipboard()
    if _copied_secret and clipboard.text() == _copied_secret:
        clipboard.clear()


def browse(url: str) -> bool:
    """Show *url* in the person's browser; False if there is none to start, or *url* is no web address."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    return url.startswith(("http://", "https://")) and QDesktopServices.openUrl(QUrl(url))
