"""Passwords and passphrases that a person wants to keep: in the system's own keyring and nowhere else.

macOS' Keychain, Windows' Credential Manager, or on Linux the Secret Service (GNOME Keyring, KWallet,
KeePassXC). Other stores that the library ``keyring`` knows are not used, also if a person's configuration
names them: some of them write passwords into plain files. Everything here may wait for a person who is asked
to unlock the keyring, so it belongs beside the window.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from installer.answers import Secrets, Target
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.untrusted.json import loads

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: The name that the system's own tool shows the entries under.
SERVICE = "Dify Installer"
#: Of a backend: from here on its makers recommend it (``keyring.backend.KeyringBackend.priority``).
_RECOMMENDED = 1


@dataclass(frozen=True)
class Kept:
    """What is kept for one login. A passphrase belongs to the key file *identity_file*."""

    password: Secret | None = None
    passphrase: Secret | None = None
    identity_file: str = ""
    sudo_password: Secret | None = None

    @classmethod
    def of(cls, target: Target, secrets: Secrets) -> Kept:
        """What of *secrets* is for logging in to *target*."""
        return cls(secrets.ssh_password, secrets.ssh_passphrase, target.identity_file, secrets.sudo_password)

    def __bool__(self) -> bool:
        return any((self.password, self.passphrase, self.sudo_password))


def account(target: Target) -> str:
    """The name of a login's entry: ``user@host:port``, and the jump hosts: 10.0.0.5 behind one of them is
    another machine than behind another. Two folders on one server share it."""
    name = f"{target.user}@{target.host.rstrip('.').casefold()}:{target.port}"
    jump = "".join(target.jump.split()).casefold()
    return f"{name} via {jump}" if jump else name


def system_backend() -> KeyringBackend | None:
    """This system's own keyring, None where there is none that answers."""

    kind: type[KeyringBackend]
    if sys.platform == "darwin":
        from keyring.backends.macOS import Keyring as kind  # noqa: N813  (a class under a name of ours)
    elif sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as kind  # noqa: N813
    else:
        from keyring.backends.SecretService import Keyring as kind  # noqa: N813  (a class under a name of ours)
    return kind() if kind.viable else None


class Keychain:
    """One entry a login. *find* gives the backend; it is asked once."""

    def __init__(self, find: Callable[[], KeyringBackend | None] = system_backend) -> None:
        self._find = find
        self._found: list[KeyringBackend | None] = []

    def available(self) -> bool:
        """Whether there is a keyring that can be used. Never raises."""
        try:
            with _translated():
                return self._backend() is not None
        except InstallError:
            return False

    def get(self, target: Target) -> Kept:
        """What is kept for *target*'s login; empty if nothing is. Raises ``InstallError(KEYRING_FAILED)``."""
        with _translated():
            backend = self._backend()
            text = backend.get_password(SERVICE, account(target)) if backend else None
        return _parsed(text) if text else Kept()

    def put(self, target: Target, kept: Kept) -> None:
        """Keep *kept*, instead of what was kept before. Raises ``InstallError(KEYRING_FAILED)``."""
        with _translated():
            backend = self._backend()
            if backend is None:
                raise InstallError(Code.KEYRING_FAILED)
            backend.set_password(SERVICE, account(target), _text(kept))

    def forget(self, target: Target) -> None:
        """Keep nothing for *target*'s login. Raises ``InstallError(KEYRING_FAILED)``."""
        with _translated():
            backend = self._backend()
            # asked first: what a backend says about an entry that is not there differs
            if backend is not None and backend.get_password(SERVICE, account(target)) is not None:
                backend.delete_password(SERVICE, account(target))

    def _backend(self) -> KeyringBackend | None:
        if not self._found:
            found = self._find()
            self._found = [found if found is not None and found.priority >= _RECOMMENDED else None]
        return self._found[0]


@contextmanager
def _translated() -> Iterator[None]:
    """Backends let the errors of D-Bus, Windows and macOS through besides the library's own."""
    try:
        yield
    except InstallError:
        raise
    except Exception as exc:
        raise InstallError(Code.KEYRING_FAILED, detail=f"{type(exc).__name__}: {exc}") from exc


_SECRETS = ("password", "passphrase", "sudo_password")


def _text(kept: Kept) -> str:
    """As short as it can be: Windows takes 1280 letters."""
    given = {name: secret.reveal() for name in _SECRETS if (secret := getattr(kept, name))}
    if kept.passphrase:
        given["identity_file"] = kept.identity_file
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def _parsed(text: str) -> Kept:
    """An entry that another program wrote under our name counts as none."""
    try:
        given: Any = loads(text)
    except ValueError:
        return Kept()
    if not isinstance(given, dict):
        return Kept()
    texts = {k: v for k, v in given.items() if isinstance(v, str) and v}
    found = {name: Secret(texts[name]) for name in _SECRETS if name in texts}
    return Kept(**found, identity_file=texts.get("identity_file", ""))
