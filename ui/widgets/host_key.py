"""The server's host key: a card that asks a person to compare it, or warns that it has changed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from installer.core.errors import Code, InstallError
from installer.hosts.ssh.fingerprints import LONGEST, compare, short_type
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, clear, hint, label, mono, picture, row, set_kind
from ui.widgets.copyable import Copyable
from ui.widgets.field import Field

#: ``expected`` of a key that must never be accepted (``installer.hosts.ssh.host_keys``).
REVOKED = "@revoked"
CODES = (Code.SSH_HOST_KEY_UNKNOWN, Code.SSH_HOST_KEY_CHANGED)


def grouped(fingerprint: str) -> str:
    """``SHA256:Qm3x9Rk2…`` as ``SHA256:Qm3x 9Rk2 …``: people compare four letters at a time."""
    kind, colon, digest = fingerprint.rpartition(":")
    return kind + colon + " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))


class HostKeyCard(Card):
    """``accepted`` tells whether the key replaces a known one; ``rejected``; ``copied`` gives a text.

    A fingerprint that is pasted into ``pasted`` is compared. Nothing is accepted by that: one that is equal
    makes the button for it the primary one, one that is not has to be confirmed with ``sure`` first.
    """

    accepted = Signal(bool)
    rejected = Signal()
    copied = Signal(str)

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="warning")
        self._ui = ui
        self._error: InstallError | None = None
        self._length = 0  # of what was in the field before
        self._said = ""
        self.pasted: Field | None = None
        self.fingerprint: QLabel | None = None
        self.command: Copyable | None = None
        self.accept: QPushButton | None = None
        self.reject: QPushButton | None = None
        self.sure: QCheckBox | None = None
        self.hide()

    def show_error(self, error: InstallError | None) -> bool:
        """Show the key of *error*, or nothing; returns whether the card was rebuilt."""
        if error is self._error:
            return False
        self._error = error
        clear(self.body)
        self.accept = self.reject = self.sure = self.command = self.fingerprint = self.pasted = None
        self._length, self._said = 0, ""
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
        head, how = t("login.key_first"), t("login.key_compare", place=_place(error))
        self.fingerprint = self._print(params.get("fingerprint", ""))
        self.accept = button(t("login.key_matches"), lambda: self.accepted.emit(False), "outline")
        self.reject = button(t("login.key_differs"), self.rejected.emit)
        text.addWidget(label(head, bold=True, wrap=True))
        text.addWidget(label(how, "second", wrap=True))
        text.addWidget(self.fingerprint)
        if names := params.get("known_as"):
            text.addWidget(label(t("login.key_known_as", names=names), "second", wrap=True))
        text.addWidget(self._command(params.get("command", "")))
        text.addWidget(self._field(error))
        self.sure = QCheckBox(t("login.key_differs_sure"))
        self.sure.toggled.connect(self.accept.setEnabled)
        self.sure.hide()
        text.addWidget(self.sure)
        text.addLayout(row(self.accept, self.reject, None))
        self.setAccessibleName(head)
        self.setAccessibleDescription(how)

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
        text.addWidget(self._field(error))
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

    # -------------------------------------------------------- a pasted fingerprint

    def _field(self, error: InstallError) -> Field:
        t = self._ui.t
        self.pasted = Field(self._ui, t("login.key_paste"), note=t("login.key_paste_note"))
        self.pasted.edit.setMaxLength(LONGEST)
        self.pasted.typed.connect(lambda text: self._compare(text, error))
        self.pasted.edit.returnPressed.connect(self._lead_on)
        return self.pasted

    def _compare(self, text: str, error: InstallError) -> None:
        params, known = error.params, error.code is Code.SSH_HOST_KEY_CHANGED
        at_once = abs(len(text) - self._length) > 1
        self._length = len(text)
        if self.pasted is None or self.accept is None or self.sure is None or self.reject is None:
            return
        verdict, other = compare(text, params.get("fingerprint", ""), params.get("type", ""))
        said = ""
        if verdict:
            types = {"other": other, "type": short_type(params.get("type", ""))}
            said = self._ui.t(f"login.key_paste_{verdict}", **types)
        equal, differs = verdict == "equal", verdict == "different"
        if equal:
            self.pasted.show_good(said)
        else:
            self.pasted.show_problem(said)
        self.pasted.edit.setAccessibleDescription(said or self._ui.t("login.key_paste_note"))
        self.sure.setChecked(False)
        if not known:
            self.sure.setVisible(differs)
            self.accept.setEnabled(not differs)
            self.accept.setText(self._ui.t("login.key_connect_anyway" if differs else "login.key_matches"))
        set_kind(self.accept, "primary" if equal else "danger" if known or differs else "outline")
        set_kind(self.reject, "outline" if known or differs else "")
        self.accept.setAccessibleDescription(said if equal or differs else "")
        if said != self._said:
            self._said = said
            announce(self, said, urgent=differs)
        if at_once:  # not while a person types: the next key would be for the button
            self._lead_on()

    def _lead_on(self) -> None:
        """From a fingerprint that is equal on to what accepts it; that is for the person to press."""
        if self.accept is None or self.sure is None or self.accept.property("kind") != "primary":
            return
        (self.accept if self.accept.isEnabled() else self.sure).setFocus()

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
