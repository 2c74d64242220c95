"""Who logs in and how: what a person gives. The log-in itself is in ``ssh_auth``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.ssh.host_keys import SSH_PORT
from installer.untrusted.values import port as port_of


@dataclass(frozen=True)
class SshLogin:
    """A way onto a server.

    *identity_file* empty or None: the agent's keys, then the password. *expected_host_key*:
    ``"ssh-ed25519 SHA256:…"`` or empty. *jump*: ``[user@]host[:port]``, several by commas, nearest
    first; *password* is never given to one of them: it belongs to *host* alone. *sudo_password* is only ever
    given to sudo; the log-in's *password* never is.
    """

    host: str
    port: int = SSH_PORT
    user: str = "root"
    identity_file: str | None = None
    passphrase: Secret | None = None
    password: Secret | None = None
    sudo_password: Secret | None = None
    expected_host_key: str = ""
    jump: str = ""

    def hops(self) -> list[SshLogin]:
        """The jump hosts in order, each with this login's key, and at last this login itself."""
        jumps = [self._jump(text.strip()) for text in self.jump.split(",") if text.strip()]
        return [*jumps, self]

    def _jump(self, text: str) -> SshLogin:
        user, _, place = text.rpartition("@")
        match = re.fullmatch(r"(?:\[(?P<six>[^]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?", place)
        port = port_of(match["port"] or str(SSH_PORT)) if match else 0
        if match is None or not port:
            raise InstallError(Code.SSH_NAME_UNKNOWN, {"host": text, "port": ""})
        return replace(
            self,
            host=match["six"] or match["host"],
            port=port,
            user=user or self.user,
            password=None,
            sudo_password=None,
            expected_host_key="",
            jump="",
        )
