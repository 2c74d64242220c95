"""The conversation with sudo: when the password may go out, and what a refusal means.

sudo's texts are those of its ``plugins/sudoers`` and ``src/tgetpass.c`` under LC_ALL=C.
"""

from __future__ import annotations

import re

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.framing import new_token

_WRONG = ("incorrect password attempt", "incorrect authentication attempt")
_NEEDED = ("a password is required", "no password was provided", "a terminal is required")


def needs_password(said: str) -> bool:
    """Whether ``sudo -n`` ended because it would have had to ask."""
    return any(part in said for part in _NEEDED)


class SudoDialog:
    """One use of sudo on *host* by *user*.

    *ask* is the prompt it shows (``-p``), random so that nothing else shows it. ``-p`` replaces PAM's own
    prompts too (sudo sets passprompt_override for it), and sudo puts in place of ``%p`` whose password is
    asked for: another's than the user's where ``targetpw``, ``rootpw`` or ``runaspw`` is set.
    *admin_command* is for the text of a refusal.
    """

    def __init__(self, password: Secret | None, host: str, user: str, admin_command: str = "") -> None:
        self._token = f"ASK-{new_token()}"
        self.ask = f"{self._token}:%p:"
        self._prompt = re.compile(re.escape(self._token) + r":(.*?):")
        self._password = password or None
        self._host, self._user, self._command = host, user, admin_command
        self._owner = user
        self._sent = False
        self.password_used = False

    def answer(self, stderr: bytes) -> bytes | None:
        """What to send now, given everything sudo said so far; None: nothing.

        Raises ``InstallError``: SUDO_PASSWORD_NEEDED, SUDO_PASSWORD_WRONG (it asks again).
        """
        asked = self._prompt.findall(stderr.decode("utf-8", "replace"))
        if not asked:
            return None
        self._owner = asked[0] or self._user
        if len(asked) > 1:
            raise self._error(Code.SUDO_PASSWORD_WRONG)
        if self._sent:
            return None
        if self._password is None:
            raise self._error(Code.SUDO_PASSWORD_NEEDED)
        self._sent = self.password_used = True
        return self._password.reveal().encode() + b"\n"

    def refusal(self, stderr: str) -> InstallError:
        """The error when sudo ended without running anything."""
        text = self._prompt.sub("", stderr).strip()
        if any(part in text for part in _WRONG):
            code = Code.SUDO_PASSWORD_WRONG
        elif any(part in text for part in _NEEDED):
            # asked for and given, but not taken: it was wrong, and sudo wanted another (a terminal's end)
            code = Code.SUDO_PASSWORD_WRONG if self._sent else Code.SUDO_PASSWORD_NEEDED
        else:
            params = {"host": self._host, "user": self._user, "command": self._command}
            return InstallError(Code.SUDO_NOT_ALLOWED, params, detail=text)
        return self._error(code, text)

    def _error(self, code: Code, detail: str = "") -> InstallError:
        params = {"host": self._host, "user": self._user, "owner": self._owner}
        return InstallError(code, params, detail=detail)
