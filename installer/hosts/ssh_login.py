"""Who logs in and how: what a person gives, and the log-in itself on an open transport."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from installer.errors import Code, InstallError
from installer.hosts.host_keys import SSH_PORT
from installer.hosts.ssh_keys import load_key
from installer.secrets import Secret

if TYPE_CHECKING:
    import paramiko

#: sshd gives up after MaxAuthTries (6 by default) refused keys; leave room for the password
_AGENT_KEYS = 4
_ONE_TIME_CODE = re.compile(r"code|otp|token|verif|passcode|\bpin\b", re.IGNORECASE)


@dataclass(frozen=True)
class SshLogin:
    """A way onto a server.

    *identity_file* empty or None: the agent's keys, then the password. *expected_host_key*:
    ``"ssh-ed25519 SHA256:…"`` or empty. *jump*: ``[user@]host[:port]``, several by commas, nearest
    first. *sudo_password* is only ever given to sudo; the log-in's *password* never is.
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
        """The jump hosts in order, each with this login's means, and at last this login itself."""
        jumps = [self._jump(text.strip()) for text in self.jump.split(",") if text.strip()]
        return [*jumps, self]

    def _jump(self, text: str) -> SshLogin:
        user, _, place = text.rpartition("@")
        match = re.fullmatch(r"(?:\[(?P<six>[^]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?", place)
        if match is None:
            raise InstallError(Code.SSH_NAME_UNKNOWN, {"host": text, "port": ""})
        return replace(
            self,
            host=match["six"] or match["host"],
            port=int(match["port"] or SSH_PORT),
            user=user or self.user,
            expected_host_key="",
            jump="",
        )


class Credentials:
    """What the login can prove itself with; the identity file is read once, before connecting."""

    def __init__(self, login: SshLogin) -> None:
        self._password = login.password or None
        self._key = load_key(login.identity_file, login.passphrase) if login.identity_file else None
        self._use_agent = not login.identity_file

    def authenticate(self, transport: paramiko.Transport, login: SshLogin) -> None:
        """Log in as ``login.user``.

        Asks the server first which methods it allows, so that a password is not sent where it cannot
        work. Raises ``InstallError``: SSH_METHOD_NOT_ALLOWED (params allowed), SSH_LOGIN_REFUSED; lets
        paramiko's transport errors through.
        """
        import paramiko

        try:
            transport.auth_none(login.user)
            return
        except paramiko.BadAuthenticationType as exc:
            allowed = list(exc.allowed_types)
        tried: list[str] = []
        while not transport.is_authenticated():
            further = self._step(transport, login.user, allowed, tried)
            if further is None:
                raise self._refused(login, allowed, tried)
            allowed = further  # part of a log-in with several factors

    def _step(
        self, transport: paramiko.Transport, user: str, allowed: Sequence[str], tried: list[str]
    ) -> list[str] | None:
        """One factor: the methods still asked for (none = logged in), None if nothing worked."""
        import paramiko

        for method, attempt in self._attempts(transport, user, allowed, tried):
            try:
                return list(attempt())
            except paramiko.BadAuthenticationType:
                continue
            except paramiko.AuthenticationException:
                tried.append(method)
                if not transport.is_active():
                    return None
        return None

    def _attempts(
        self, transport: paramiko.Transport, user: str, allowed: Sequence[str], tried: Sequence[str]
    ) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        """What can be tried, in order; agent keys are asked for only when their turn comes."""
        if "publickey" in allowed and "publickey" not in tried:
            if self._key is not None:
                key = self._key
                yield "publickey", lambda: transport.auth_publickey(user, key)
            if self._use_agent:
                yield from self._agent_attempts(transport, user)
        if self._password is None:
            return
        password = self._password.reveal()
        if "password" in allowed and "password" not in tried:
            yield "password", lambda: transport.auth_password(user, password, fallback=False)
        if "keyboard-interactive" in allowed and not {"password", "keyboard-interactive"} & set(tried):
            answer = _Answers(password)
            yield "keyboard-interactive", lambda: transport.auth_interactive(user, answer)

    def _agent_attempts(
        self, transport: paramiko.Transport, user: str
    ) -> Iterator[tuple[str, Callable[[], list[str]]]]:
        import paramiko

        try:
            agent = paramiko.Agent()
        except (paramiko.SSHException, OSError):
            return  # an agent that does not answer is no agent
        try:
            for key in agent.get_keys()[:_AGENT_KEYS]:
                yield "publickey", lambda key=key: transport.auth_publickey(user, key)  # type: ignore[misc]
        finally:
            agent.close()

    def _refused(self, login: SshLogin, allowed: Sequence[str], tried: Sequence[str]) -> InstallError:
        params = {
            "host": login.host,
            "port": str(login.port),
            "user": login.user,
            "allowed": ", ".join(sorted(allowed)),
        }
        has_means = self._password is not None or self._key is not None
        if has_means and not tried:
            return InstallError(Code.SSH_METHOD_NOT_ALLOWED, params)
        return InstallError(Code.SSH_LOGIN_REFUSED, params)


class _Answers:
    """Answers a single keyboard-interactive prompt with the password, once; never a one-time code."""

    def __init__(self, password: str) -> None:
        self._password: str | None = password

    def __call__(self, _title: str, _text: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
        """The answers; empty ones where the password has no business (the server then refuses)."""
        if len(prompts) == 1 and self._password is not None and not _ONE_TIME_CODE.search(prompts[0][0]):
            answer, self._password = self._password, None
            return [answer]
        return [""] * len(prompts)
