"""The server's host key: a card that asks a person to compare it, or warns that it has changed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from installer.errors import Code, InstallError
from ui.context import Ui
from ui.theme import SPACE_M, SPACE_S
from ui.widgets.basics import Card, button, clear, hint, label, mono, picture, row
from ui.widgets.copyable import Copyable

#: ``expected`` of a key that must never be accepted (``installer.hosts.host_keys``).
REVOKED = "@revoked"
CODES = (Code.SSH_HOST_KEY_UNKNOWN, Code.SSH_HOST_KEY_CHANGED)


def grouped(fingerprint: str) -> str:
    """``SHA256:Qm3x9Rk2…`` as ``SHA256:Qm3x 9Rk2 …``: people compare four letters at a time."""
    kind, colon, digest = fingerprint.rpartition(":")
    return kind + colon + " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))


class HostKeyCard(Card):
    """``accepted`` tells whether the key replaces a known one; ``rejected``; ``copied`` gives a text."""

    accepted = Signal(bool)
    rejected = Signal()
    copied = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="warning")
        self._ui = ui
        self._error: InstallError | None = None
        self.fingerprint: QLabel | None = None
        self.command: Copyable | None = None
        self.accept: QPushButton | None = None
        self.reject: QPushButton | None = None
        self.sure: QCheckBox | None = None
        self.hide()

    def show_error(self, error: InstallError | None) -> bool:
        """Show the key of *error*, or nothing; whether the card was made anew."""
        if error is self._error:
            return False
        self._error = error
        clear(self.body)
        self.accept = self.reject = self.sure = self.command = self.fingerprint = None
        self.setVisible(error is not None)
        if error is None:
            return True
        changed = error.code is Code.SSH_HOST_KEY_CHANGED
        self.set_tone("stop" if changed else "warning")
        column = self._frame("octagon-alert" if changed else "triangle-alert", stop=changed)
        if changed:
            self._fill_changed(column, error)
        else:
            self._fill_unknown(column, error)
        return True

    def _frame(self, icon: str, *, stop: bool) -> QVBoxLayout:
        colors = self._ui.colors
        mark, text = QVBoxLayout(), QVBoxLayout()
        mark.addWidget(picture(self._ui.pixmap(icon, colors.stop if stop else colors.warning)))
        mark.addStretch(1)
        text.setSpacing(SPACE_S + 2)
        side_by_side = QHBoxLayout()
        side_by_side.setSpacing(10)
        side_by_side.addLayout(mark)
        side_by_side.addLayout(text, 1)
        self.body.addLayout(side_by_side)
        return text

    # ------------------------------------------------------------ first connection

    def _fill_unknown(self, text: QVBoxLayout, error: InstallError) -> None:
        t, params = self._ui.t, error.params
        head, compare = t("login.key_first"), t("login.key_compare", place=_place(error))
        self.fingerprint = self._print(params.get("fingerprint", ""))
        self.accept = button(t("login.key_matches"), lambda: self.accepted.emit(False), "outline")
        self.reject = button(t("login.key_differs"), self.rejected.emit)
        text.addWidget(label(head, bold=True, wrap=True))
        text.addWidget(label(compare, "second", wrap=True))
        text.addWidget(self.fingerprint)
        if names := params.get("known_as"):
            text.addWidget(label(t("login.key_known_as", names=names), "second", wrap=True))
        text.addWidget(self._command(params.get("command", "")))
        text.addLayout(row(self.accept, self.reject, None))
        self.setAccessibleName(head)
        self.setAccessibleDescription(compare)

    # ------------------------------------------------------------------ another key

    def _fill_changed(self, text: QVBoxLayout, error: InstallError) -> None:
        t, expected = self._ui.t, error.params.get("expected", "")
        revoked = expected == REVOKED
        head = t("login.key_revoked" if revoked else "login.key_changed", place=_place(error))
        why = t("login.key_revoked_why" if revoked else "login.key_changed_why")
        text.addWidget(label(head, bold=True, wrap=True))
        text.addWidget(label(why, "second", wrap=True))
        text.addLayout(self._prints("" if revoked else expected, error))
        self.setAccessibleName(head)
        self.setAccessibleDescription(why)
        self.reject = button(t("login.key_do_not_connect"), self.rejected.emit, "outline")
        if revoked:
            text.addLayout(row(self.reject, None))
            return
        text.addWidget(label(t("login.key_reinstalled_how"), "second", wrap=True))
        text.addWidget(self._command(error.params.get("command", "")))
        self.sure = QCheckBox(t("login.key_sure"))
        self.accept = button(t("login.key_use_new"), lambda: self.accepted.emit(True), "danger")
        self.accept.setEnabled(False)
        self.sure.toggled.connect(self.accept.setEnabled)
        text.addWidget(self.sure)
        text.addLayout(row(self.reject, self.accept, None))

    def _prints(self, expected: str, error: InstallError) -> QGridLayout:
        """Both fingerprints, one above the other so that the eye can compare them."""
        t, found = self._ui.t, QGridLayout()
        found.setHorizontalSpacing(SPACE_M)
        found.setVerticalSpacing(SPACE_S - 2)
        kind, _, known = expected.rpartition(" ")
        now = error.params.get("type", ""), error.params.get("fingerprint", "")
        lines = [("login.key_before", kind, known)] if expected else []
        for place, (key, kind, fingerprint) in enumerate([*lines, ("login.key_now", *now)]):
            self.fingerprint = self._print(fingerprint)
            found.addWidget(hint(t(key, type=kind)), place, 0)
            found.addWidget(self.fingerprint, place, 1)
        found.setColumnStretch(1, 1)
        return found

    # ------------------------------------------------------------------------ parts

    def _print(self, fingerprint: str) -> QLabel:
        found = mono(grouped(fingerprint))
        found.setAccessibleName(self._ui.t("login.key_fingerprint", fingerprint=grouped(fingerprint)))
        found.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return found

    def _command(self, command: str) -> QWidget:
        self.command = Copyable(self._ui, command, self._ui.t("common.copy_command"), self.copied.emit)
        return self.command


def _place(error: InstallError) -> str:
    host, port = error.params.get("host", ""), error.params.get("port", "22")
    return host if port == "22" else f"{host}:{port}"
