"""One window for each person and configuration folder: a second start brings the first one to the front."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSocketNotifier

from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.core.file_lock import Claim, claim
from ui.background.wakeup import Bell

if TYPE_CHECKING:
    from multiprocessing.connection import Listener

#: How long a second start waits for the first window, which may still be starting; seconds.
ANSWER_SECONDS = 3.0
#: Longest path of a UNIX socket that every system takes (``sun_path`` has 104 bytes on macOS).
_LONGEST_PATH = 100
_SHOW, _SHOWN, _LONGEST_MESSAGE = b"show ", b"shown", 300


class OnlyWindow:
    """What a start holds while its window is open. Without *claimed* (the folder takes no lock) later starts
    open windows of their own."""

    def __init__(self, address: str = "", claimed: Claim | None = None) -> None:
        self._address, self._claimed = address, claimed
        self._asked = ("", "")
        self._listener: Listener | None = None
        self._bell = Bell()
        self._notifier: QSocketNotifier | None = None

    def listen(self, show: Callable[[str], None]) -> None:
        """Call *show* in the GUI thread whenever the program is started again, with the id of the server that
        is to be shown (or an empty text)."""
        if self._claimed is None:
            return
        try:
            if sys.platform != "win32":
                Path(self._address).unlink(missing_ok=True)  # of a window that was killed: the claim is ours
            self._listener = Listener(self._address)
        except OSError:
            return
        self._notifier = QSocketNotifier(self._bell.descriptor, QSocketNotifier.Type.Read)

        def shown() -> None:
            self._bell.hush()
            token, server = self._asked
            if token:
                os.environ["XDG_ACTIVATION_TOKEN"] = token  # Wayland: the right to take the focus
            show(server)

        self._notifier.activated.connect(shown)
        threading.Thread(
            target=self._serve, args=(self._listener,), name="single window", daemon=True
        ).start()

    def _serve(self, listener: Listener) -> None:
        while True:
            try:
                with listener.accept() as connection:
                    message = (
                        connection.recv_bytes(_LONGEST_MESSAGE) if connection.poll(ANSWER_SECONDS) else b""
                    )
                    connection.send_bytes(_SHOWN)
            except (EOFError, ConnectionError):
                continue
            except OSError:
                return  # closed, or a message that is too long for ours
            if message.startswith(_SHOW):
                token, _, server = message[len(_SHOW) :].decode("ascii", "ignore").partition("\n")
                self._asked = (token, server)
                self._bell.ring()

    def close(self) -> None:
        """The next start opens a window again."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        if self._listener is not None:
            with suppress(OSError):
                self._listener.close()
        claimed, self._claimed = self._claimed, None
        if claimed is not None:
            claimed.release()


def claim_window(home: Home, server: str = "") -> OnlyWindow | None:
    """What this start holds; None if another window was brought to the front instead. It then shows the known
    server with the id *server*.

    A window that does not answer, and a folder that cannot be written, are no reason to open none.
    """
    with suppress(OSError, InstallError):
        folder = home.make()
        address = _address(folder)
        end = time.monotonic() + ANSWER_SECONDS
        while address:
            if claimed := claim(folder / "window.lock"):
                return OnlyWindow(address, claimed)
            if _bring_to_front(address, server):
                return None
            if time.monotonic() > end:
                break
            time.sleep(0.1)
    return OnlyWindow()


def _address(folder: Path) -> str:
    """Where the first window listens; empty where no socket can have such a path."""
    if sys.platform == "win32":
        import hashlib  # takes OpenSSL in: not before the first paint of the others

        name = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return rf"\\.\pipe\dify-installer-{name}"
    path = os.fsencode(folder / "window.sock")
    return os.fsdecode(path) if len(path) <= _LONGEST_PATH else ""


def _bring_to_front(address: str, server: str) -> bool:
    """Whether the window at *address* answered."""
    token = os.environ.get("XDG_ACTIVATION_TOKEN", "")[:200]
    try:
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.user32.AllowSetForegroundWindow(-1)  # any process: the right that this start has
        with Client(address) as connection:
            connection.send_bytes(_SHOW + f"{token}\n{server[:60]}".encode("ascii", "ignore"))
            return connection.poll(ANSWER_SECONDS) and connection.recv_bytes(_LONGEST_MESSAGE) == _SHOWN
    except (OSError, EOFError):
        return False
