"""The connection of the window: the open host, how it comes and goes, and the way to Dify through it.

As in ``session``: methods return ``Work`` for ``Jobs``, and what the engine needs is imported inside.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from installer.answers import Answers, Secrets, Target
from installer.connect import connect, look_at_door
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit
from installer.core.secrets import Redactor, Secret
from installer.facts.web import Web
from installer.hosts.kinds import ThisComputer
from installer.hosts.ssh.config import configured_hosts
from installer.hosts.ssh.host_keys import KnownHosts
from installer.network.forward import open_through_ssh

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.hosts.dialogue import Ask
    from installer.hosts.ssh.auth_methods import Door
    from installer.hosts.ssh.config import ConfiguredHost
    from installer.network.forward import Forward


@dataclass
class OpenHost:
    """*host* is None until ``connect``'s work has ended well and ``adopt`` was called."""

    home: Home
    redact: Redactor = field(default_factory=Redactor)
    host: Host | None = None
    rights: str = ""
    forward: Forward | None = None

    def adopt(self, connected: Any) -> None:
        """Keep the connection that ``connect`` made; the former one is closed."""
        self.close()
        self.host, self.rights = connected.host, connected.rights

    def close(self) -> None:
        """Give the connection up (in a thread: closing may wait for the line)."""
        host, self.host, self.rights = self.host, None, ""
        forward, self.forward = self.forward, None
        if host is not None:

            def close() -> None:
                if forward is not None:
                    forward.close()
                host.close()

            threading.Thread(target=close, name="close", daemon=True).start()

    def look_at_door(self, answers: Answers) -> Callable[[Emit, CancelToken], Door]:
        """How the server lets the user in. Nothing but the user's name is sent."""

        def work(emit: Emit, cancel: CancelToken) -> Door:
            return look_at_door(answers, self.home, cancel)

        return work

    def configured_hosts(self) -> Callable[[Emit, CancelToken], tuple[ConfiguredHost, ...]]:
        """The servers of this computer's SSH configuration."""

        def work(emit: Emit, cancel: CancelToken) -> tuple[ConfiguredHost, ...]:
            return configured_hosts()

        return work

    def connect(
        self,
        answers: Answers,
        secrets: Secrets,
        ask: Ask | None = None,
        on_password: Callable[[Secret], None] | None = None,
    ) -> Callable[[Emit, CancelToken], Any]:
        """Log in. The result is for ``adopt``. *on_password* gets a new one that was chosen on the way."""

        def renewed(password: Secret) -> None:
            self.redact.learn(password)
            if on_password is not None:
                on_password(password)

        def work(emit: Emit, cancel: CancelToken) -> Any:
            self.redact.learn(*secrets.all())
            connected = connect(answers, secrets, self.home, cancel, ask, renewed)
            if cancel.cancelled:  # at the last moment: the result will not be used
                connected.host.close()
                cancel.check()
            return connected

        return work

    def accept_key(self, answers: Answers, error: InstallError) -> Callable[[Emit, CancelToken], None]:
        """Write the host key that *error* showed to our known_hosts."""

        def work(emit: Emit, cancel: CancelToken) -> None:
            self.home.make()
            params = error.params
            KnownHosts(self.home.known_hosts).accept(params["host"], int(params["port"]), params["key"])

        return work

    def open_through_ssh(self, answers: Answers) -> Callable[[Emit, CancelToken], Forward]:
        """The way to Dify through SSH: the one that is there, or a new one for ``keep_forward``."""
        host, there = self.host, self.forward

        def work(emit: Emit, cancel: CancelToken) -> Forward:
            if host is None:
                raise InstallError(Code.SSH_CONNECTION_LOST, {"host": answers.target.host})
            name = f"{self.home.client_id()}:{host.label}:{answers.directory}"
            return there or open_through_ssh(host, Web.of(answers), name=name)

        return work

    def keep_forward(self, host: Host | None, forward: Forward) -> Forward | None:
        """Keep the way that was made over *host* until ``close``, and give the one that is kept: the first
        if two were made at once. If *host* is not the connection any more, it is closed; there is none."""
        mine = host is not None and self.host is host
        if mine and self.forward is None:
            self.forward = forward
        if not mine or self.forward is not forward:
            threading.Thread(target=forward.close, name="close", daemon=True).start()
        return self.forward if mine else None

    def local_docker(self, answers: Answers) -> Callable[[Emit, CancelToken], str]:
        """The version of this computer's Docker Engine."""

        def work(emit: Emit, cancel: CancelToken) -> str:
            here = Answers(target=Target(kind=ThisComputer.name, docker=answers.target.docker))
            host = connect(here, Secrets(), self.home, cancel).host
            try:
                with host.docker() as client:
                    return str(client.version()["Version"])
            finally:
                host.close()

        return work


def answers_at(url: str, *, local: bool = False) -> Callable[[Emit, CancelToken], bool]:
    """Whether Dify's web server at *url* answers this computer at all (any status counts, a redirect too).

    The address comes from a server's record: only with *local* may it be this computer's own, and it leads
    nowhere else.
    """

    def work(emit: Emit, cancel: CancelToken) -> bool:
        class Stay(urllib.request.HTTPRedirectHandler):
            """Follows none; a redirect is an answer."""

            def redirect_request(self, *_: Any, **__: Any) -> None:
                return None

        try:
            if not url.startswith(("http://", "https://")) or (not local and _leads_here(url)):
                return False
            with urllib.request.build_opener(Stay()).open(f"{url}/console/api/setup", timeout=4):
                return True
        except urllib.error.HTTPError as exc:
            exc.close()
            return True
        except (OSError, ValueError, http.client.HTTPException):
            return False

    return work


def _leads_here(url: str) -> bool:
    """Whether *url* is an address of this computer alone. Raises ``ValueError``."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname or "", parts.port or 443, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return False  # a proxy may know the name
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return any(a.is_loopback or a.is_link_local or a.is_unspecified for a in addresses)
