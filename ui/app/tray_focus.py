"""On X11: a tray that tells its icons that they have the keyboard focus must not take it from the window.

Some trays (stalonetray) send XEMBED_FOCUS_IN to every icon that docks. Qt believes it: from then on it hands
all keys to the icon, although the X server's input focus never left the program's window. As that focus does
not change, no event ever corrects it. The message is therefore dropped before Qt sees it.

XEmbed protocol, version 0: https://specifications.freedesktop.org/xembed-spec/latest/
"""

from __future__ import annotations

import ctypes
import struct

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray
from PySide6.QtWidgets import QApplication
from shiboken6 import VoidPtr

#: Type of the event, format, number, window, type of the message, its five values (``XClientMessageEvent`` as
#: it comes over the wire: 32 bytes, byte order of this computer).
_CLIENT_MESSAGE = struct.Struct("=BBHII5I")
_SENT_BY_CLIENT, _IS_CLIENT_MESSAGE = 0x80, 33
_XEMBED_FOCUS_IN = 4


class FocusGuard(QAbstractNativeEventFilter):
    """Drops XEMBED_FOCUS_IN to the program's tray icon; does nothing on other platforms than X11."""

    def install(self) -> None:
        """See the program's events, where they are those of an X server."""
        if QApplication.platformName() == "xcb":
            QApplication.instance().installNativeEventFilter(self)  # type: ignore[union-attr]

    def remove(self) -> None:
        """Let them pass."""
        QApplication.instance().removeNativeEventFilter(self)  # type: ignore[union-attr]

    def nativeEventFilter(  # noqa: N802
        self, kind: QByteArray | bytes | bytearray | memoryview, message: VoidPtr | int
    ) -> tuple[bool, int]:
        return kind == b"xcb_generic_event_t" and tells_icon_of_focus(int(message)), 0  # type: ignore[arg-type]


def tells_icon_of_focus(address: int) -> bool:
    """Whether the X event at *address* is XEMBED_FOCUS_IN to a tray icon of this program."""
    event = ctypes.string_at(address, _CLIENT_MESSAGE.size)
    if event[0] & ~_SENT_BY_CLIENT != _IS_CLIENT_MESSAGE:  # nearly all of them
        return False
    _kind, _format, _number, window, _type, _time, message, *_ = _CLIENT_MESSAGE.unpack(event)
    return message == _XEMBED_FOCUS_IN and window in _icons()


def _icons() -> set[int]:
    """X windows of this program's tray icons; Qt makes another one when the tray was started again."""
    widgets = QApplication.topLevelWidgets()
    return {int(w.winId()) for w in widgets if w.inherits("QSystemTrayIconSys")}
