"""The conversation with sudo: when the password may go out, and what a refusal means.

sudo's texts are those of its ``plugins/sudoers`` and ``src/tgetpass.c`` under LC_ALL=C.
"""

from __future__ import annotations

from collections.abc import Mapping

from installer.errors import Code, InstallError
from installer.hosts.frame import new_token
from installer.secrets import Secret

_WRONG = ("incorrect password attempt", "incorrect authentication attempt")
_NEEDED = ("a password is required", "no password was provided", "a terminal is required")


class SudoDialog:
    """One use of sudo. *ask* is the prompt it was told to show, random so that nothing else shows it."""

    def __init__(self, password: Secret | None, params: Mapping[str, str]) -> None:
        self.ask = f"ASK-{new_token()}"
        self._password = password or None
        self._params = params
        self._sent = False
        self.password_used = False

    def answer(self, stderr: bytes) -> bytes | None:
        """What to send now, given everything sudo said so far; None: nothing.

        Raises ``InstallError``: SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG (it asks again).
        """
        asked = stderr.count(self.ask.encode())
        if asked > 1:
            raise InstallError(Code.SUDO_PASSWORD_WRONG, self._params)
        if asked == 0 or self._sent:
            return None
        if self._password is None:
            raise InstallError(Code.SUDO_PASSWORD_NEEDED, self._params)
        self._sent = self.password_used = True
        return self._password.reveal().encode() + b"\n"

    def refusal(self, stderr: str) -> InstallError:
        """The error when sudo ended without running anything."""
        text = stderr.replace(self.ask, "").strip()
        if any(part in text for part in _WRONG):
            code = Code.SUDO_PASSWORD_WRONG
        elif any(part in text for part in _NEEDED):
            code = Code.SUDO_PASSWORD_NEEDED
        else:
            code = Code.SUDO_NOT_ALLOWED
        return InstallError(code, self._params, detail=text)
