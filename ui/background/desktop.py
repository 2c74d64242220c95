"""The desktop around the window: the browser, and what is loaded while the window is idle."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

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


def browse(url: str) -> bool:
    """Show *url* in the person's browser; False if there is none to start, or *url* is no web address."""
    return url.startswith(("http://", "https://")) and QDesktopServices.openUrl(QUrl(url))
