"""From answers to a host that can be worked with."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.home import Home
from installer.hosts.base import Host
from installer.settings import Answers, Secrets


@dataclass(frozen=True)
class Connected:
    """A host, and what may be done there: ``local``, or a value of ``hosts.ssh_rights.Rights``."""

    host: Host
    rights: str


def connect(answers: Answers, secrets: Secrets, home: Home, cancel: CancelToken | None = None) -> Connected:
    """Log in (or take this computer) and find out which rights we have there.

    Raises ``InstallError`` with ``ssh.*`` or ``sudo.*`` codes.
    """
    target = answers.target
    if target.kind == "local":
        # the probe, the logs and the check of checksums are POSIX scripts until they have a Python twin
        if not sys.platform.startswith("linux"):
            raise InstallError(Code.LOCAL_UNSUPPORTED, {"system": platform.system()})
        from installer.hosts.local import LocalHost

        return Connected(LocalHost(docker=target.docker), "local")
    from installer.hosts.host_keys import KnownHosts
    from installer.hosts.ssh import SshHost
    from installer.hosts.ssh_login import SshLogin

    home.make()
    login = SshLogin(
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
    host = SshHost.connect(login, KnownHosts(home.known_hosts), cancel=cancel or CancelToken())
    try:
        rights = host.detect_rights(cancel=cancel)
    except BaseException:
        host.close()
        raise
    return Connected(host, rights.value)
