"""From answers to a host that can be worked with."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from installer.answers import Answers, Secrets
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Host
from installer.hosts.dialogue import Ask
from installer.hosts.ssh.config import configured_hosts
from installer.hosts.ssh.host_keys import SSH_PORT, KnownHosts
from installer.hosts.ssh.login import SshLogin

if TYPE_CHECKING:
    from installer.hosts.ssh.auth_methods import Door
    from installer.hosts.ssh.host_keys import KnownHosts
    from installer.hosts.ssh.login import SshLogin


#: Where Docker runs Linux containers on the user's own computer.
_SYSTEMS = ("linux", "darwin", "win32")


@dataclass(frozen=True)
class Connected:
    """A host, and what may be done there: ``local``, or a value of ``hosts.ssh.rights.Rights``.

    *password*: the new one, if the old had expired and the person chose another while logging in.
    *admin_command*: what root can type on the server to give the user rights, where they are few.
    """

    host: Host
    rights: str
    password: Secret | None = None
    admin_command: str = ""


def look_at_door(
    answers: Answers,
    home: Home,
    cancel: CancelToken | None = None,
    *,
    secrets: Secrets | None = None,
    ask: Ask | None = None,
) -> Door:
    """What the server allows this user before anything is sent; its host key is checked first.

    *secrets* (a key's passphrase) and *ask* are for jump hosts, which must be logged in on before the server
    is seen. Raises ``InstallError`` with an ``ssh.*`` code (SSH_HOST_KEY_UNKNOWN the first time),
    ``Cancelled``.
    """
    home.make()
    login = _login(answers, secrets or Secrets())
    if not login.jump:  # the key file is not needed yet; an unusable one is reported later
        login = replace(login, identity_file=None)
    from installer.hosts.ssh.connection import Dialer

    return Dialer(login, KnownHosts(home.known_hosts), ask).look(cancel or CancelToken())


def connect(
    answers: Answers,
    secrets: Secrets,
    home: Home,
    cancel: CancelToken | None = None,
    ask: Ask | None = None,
    on_password: Callable[[Secret], None] | None = None,
) -> Connected:
    """Log in (or take this computer) and find out which rights we have there.

    *ask*: who answers what a server asks beyond the password (``hosts.dialogue``), called in this thread;
    without it such a server ends with SSH_PROMPTS_NEEDED. *on_password* gets a new password (see
    ``Connected``) as soon as the server has it, whatever fails afterwards. Raises ``InstallError`` with
    ``ssh.*`` or ``sudo.*`` codes, ``Cancelled``.
    """
    target = answers.target
    if not target.host_kind.needs_login:
        if not sys.platform.startswith(_SYSTEMS):
            raise InstallError(Code.LOCAL_UNSUPPORTED, {"system": platform.system()})
        from installer.hosts.local.host import LocalHost

        return Connected(LocalHost(docker=target.docker), "local")
    home.make()
    way = _Way(KnownHosts(home.known_hosts), cancel or CancelToken(), ask, on_password or (lambda _: None))
    return way.connect(_login(answers, secrets))


@dataclass(frozen=True)
class _Way:
    """What one ``connect`` was given, beside the log-in."""

    known: KnownHosts
    cancel: CancelToken
    ask: Ask | None
    on_password: Callable[[Secret], None]

    def connect(self, login: SshLogin, *, renewed: bool = False) -> Connected:
        """Once more from the beginning after a password had to be changed on the server's terminal."""
        from installer.hosts.ssh.host import SshHost

        host = SshHost.connect(login, self.known, cancel=self.cancel, ask=self.ask)
        try:
            if host.new_password is not None:
                self.on_password(host.new_password)
            with host.under(self.cancel):
                rights = host.detect_rights(cancel=self.cancel)
            return Connected(host, rights.value, host.new_password, host.admin_command)
        except InstallError as exc:
            if exc.code is not Code.SSH_PASSWORD_EXPIRED or self.ask is None or renewed:
                host.close()
                raise
        except BaseException:
            host.close()
            raise
        with closing(host):
            password = host.renew_password(self.ask, cancel=self.cancel)
        self.on_password(password)
        connected = self.connect(_with_password(login, password), renewed=True)
        return replace(connected, password=password)


def _with_password(login: SshLogin, password: Secret) -> SshLogin:
    """The log-in after its password was changed; sudo's was the same one, unless another was given."""
    same = login.sudo_password is not None and login.password in (None, login.sudo_password)
    return replace(
        login,
        password=password if login.password else None,
        sudo_password=password if same else login.sudo_password,
    )


def with_ssh_config(answers: Answers, path: Path | None = None) -> Answers:
    """*answers* with HostName, Port, IdentityFile and ProxyJump of the entry in ``~/.ssh/config`` (or *path*)
    whose alias ``target.host`` is. What the answers name themselves counts first; without an entry they stay
    as they are."""
    target = answers.target
    if not target.host_kind.needs_login or not (path or Path.home() / ".ssh" / "config").is_file():
        return answers
    entry = next((h for h in configured_hosts(path) if h.name.lower() == target.host.lower()), None)
    if entry is None:
        return answers
    key = next((file for file in entry.identity_files if Path(file).is_file()), "")
    described = replace(
        target,
        host=entry.host,
        port=entry.port if target.port == SSH_PORT else target.port,
        identity_file=target.identity_file or key,
        jump=target.jump or entry.jump,
    )
    return replace(answers, target=described)


def _login(answers: Answers, secrets: Secrets) -> SshLogin:
    target = answers.target
    return SshLogin(
        host=target.host,
        port=target.port,
        user=target.user,
        identity_file=str(Path(target.identity_file).expanduser()) if target.identity_file else None,
        passphrase=secrets.ssh_passphrase,
        password=secrets.ssh_password,
        sudo_password=secrets.sudo_password,
        expected_host_key=target.host_key,
        jump=target.jump,
    )
