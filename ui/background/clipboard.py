"""Copies text; a secret is taken off the clipboard again."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtGui import QGuiApplication

#: A secret that was copied is taken off the clipboard after this time.
CLIPBOARD_MS = 60_000

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
