"""The log-in itself on an open transport: which proofs are offered, in which order, and which never."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import paramiko

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Ask
from installer.hosts.ssh.agent import AnotherConnection, Offers, agent_keys, holds
from installer.hosts.ssh.auth_methods import ask_methods
from installer.hosts.ssh.keyboard_interactive import Answerer, converse
from installer.hosts.ssh.login import SshLogin
from installer.hosts.ssh.private_keys import load_key
from installer.hosts.ssh.public_key import public_blob

if TYPE_CHECKING:
    import paramiko

#: after so long (seconds) a closed line means that the answer came too late, not that it was wrong
_LATE = 25.0
#: what paramiko says when an agent does not sign
_CANNOT_SIGN = re.compile(r"cannot be used for signing|lost ssh-agent", re.IGNORECASE)
_PASSWORD_METHODS = {"password", "keyboard-interactive"}

Attempt = tuple[str, Callable[[], list[str]]]


class Credentials:
    """What a person can prove themselves with; the identity file is read once, before connecting.

    *password* becomes the new one when it had expired and was changed. *asked*: the server asked the person,
    so that every further connection would ask again. *of_hop*: for a jump host.
    """

    def __init__(self, login: SshLogin, ask: Ask | None = None) -> None:
        self.password = login.password or None
        self.ask = ask
        self.asked = False
        self.key: paramiko.PKey | None = None
        self.agent_key: bytes | None = None
        if login.identity_file:
            self._take_identity(login.identity_file, login.passphrase)
        self.use_agent = not login.identity_file or self.agent_key is not None
        self.of_hop = False

    def for_hop(self) -> Credentials:
        """What a jump host may get: the keys, and what the person answers when it asks, but not the password,
        which is the target's. What it learns from there stays there."""
        other = copy.copy(self)
        other.password, other.asked, other.of_hop = None, False, True
        return other

    def offers(self) -> Offers:
        """What a server may be offered of the agent."""
        return Offers(self.agent_key)

    def authenticate(
        self,
        transport: paramiko.Transport,
        login: SshLogin,
        offers: Offers | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Log in as ``login.user``.

        Asks the server first which methods it allows, so that nothing is sent where it cannot work. Raises
        ``InstallError``: SSH_METHOD_NOT_ALLOWED (params allowed), SSH_LOGIN_REFUSED,
        SSH_TOO_MANY_FAILURES, SSH_PROMPTS_NEEDED, SSH_PASSWORD_EXPIRED, SSH_ANSWER_LATE;
        ``AnotherConnection`` when further keys of the agent want a new transport (*offers* remembers);
        ``Cancelled``; lets paramiko's transport errors through.
        """
        _LogIn(transport, login, self, offers or self.offers(), cancel or CancelToken()).run()

    def _take_identity(self, path: str, passphrase: Secret | None) -> None:
        """A key that is locked here, or only its public half, may be open in the agent."""
        try:
            self.key = load_key(path, passphrase)
        except InstallError as exc:
            if exc.code not in {Code.SSH_PASSPHRASE_NEEDED, Code.SSH_KEY_IS_PUBLIC}:
                raise
            public = public_blob(path)
            if public is None or not holds(public):
                raise
            self.agent_key = public


class _LogIn:
    """One log-in on one transport. *tried*: methods that the server refused, once for each refusal."""

    def __init__(
        self,
        transport: paramiko.Transport,
        login: SshLogin,
        means: Credentials,
        offers: Offers,
        cancel: CancelToken,
    ) -> None:
        self._transport, self._login, self._means = transport, login, means
        self._offers, self._cancel = offers, cancel
        self._answerer = Answerer(login, means.password, means.ask)
        self._tried: list[str] = []
        self._last_refusal = ""
        self._unsigned = False

    def run(self) -> None:
        allowed, _banner = ask_methods(self._transport, self._login.user)
        while not self._transport.is_authenticated():
            further = self._step(allowed)
            if further is None:
                self._retry_or_raise(allowed)
                return
            allowed = tuple(further)  # part of a log-in with several factors
        self._means.asked = self._means.asked or self._answerer.asked
        self._means.password = self._answerer.new_password or self._means.password

    def _step(self, allowed: Sequence[str]) -> list[str] | None:
        """One factor: the methods still asked for (none = logged in), None if nothing worked."""
        for method, attempt in self._attempts(allowed):
            try:
                return list(attempt())
            except paramiko.BadAuthenticationType:
                continue
            except paramiko.AuthenticationException as exc:
                self._tried.append(method)
                self._last_refusal = str(exc)
                if not self._transport.is_active():
                    return None
            except paramiko.SSHException as exc:
                if not _CANNOT_SIGN.search(str(exc)):
                    raise
                # the agent refuses (a person said no, a token is missing); paramiko then hangs up
                self._tried.append(method)
                self._last_refusal, self._unsigned = str(exc), True
                return None
        return None

    def _attempts(self, allowed: Sequence[str]) -> Iterator[Attempt]:
        """What can be tried, in order; agent keys are asked for only when their turn comes.

        Prompts go before the plain password method: they ask the same, and all that it cannot (a second
        factor, a new password). A password that one of them refused is not given to the other.
        """
        if "publickey" in allowed and "publickey" not in self._tried:
            yield from self._key_attempts()
        if (
            "keyboard-interactive" in allowed
            and "keyboard-interactive" not in self._tried
            and self._can_answer
        ):
            yield "keyboard-interactive", self._converse
        if "password" in allowed and self._has_password and not self._password_refused:
            yield "password", self._send_password

    @property
    def _can_answer(self) -> bool:
        return self._means.password is not None or self._means.ask is not None

    @property
    def _has_password(self) -> bool:
        """Given, or to be asked for: a jump host's own, unless the person was asked by its prompts."""
        to_ask = self._means.of_hop and self._means.ask is not None
        return self._means.password is not None or (to_ask and "keyboard-interactive" not in self._tried)

    @property
    def _password_refused(self) -> bool:
        return "password" in self._tried or (
            "keyboard-interactive" in self._tried and self._answerer.password_used
        )

    def _key_attempts(self) -> Iterator[Attempt]:
        user, key = self._login.user, self._means.key
        if key is not None:
            yield "publickey", lambda: self._transport.auth_publickey(user, key)
        if not self._means.use_agent:
            return
        with agent_keys() as keys:
            for one in self._offers.next_batch(keys):
                self._offers.note(one)
                yield "publickey", lambda one=one: self._transport.auth_publickey(user, one)  # type: ignore[misc]

    def _converse(self) -> list[str]:
        return converse(self._transport, self._login.user, self._answerer, self._cancel)

    def _send_password(self) -> list[str]:
        """The plain method. A server may want a new password at once (RFC 4252, 8), which paramiko takes for
        a question out of place."""
        user, password = self._login.user, self._means.password
        if password is None:
            (reply,) = self._answerer("", "", [("Password: ", False)])
            password = Secret(reply)
        try:
            further = self._transport.auth_password(user, password.reveal(), fallback=False)
            self._means.password = password
            return further
        except paramiko.SSHException as exc:
            if "Illegal info request" not in str(exc):
                raise
            params = {"host": self._login.host, "port": str(self._login.port), "user": user}
            raise InstallError(Code.SSH_PASSWORD_EXPIRED, params, detail=str(exc)) from exc

    def _retry_or_raise(self, allowed: Sequence[str]) -> None:
        """Over a new connection where only keys of the agent were refused and something is left."""
        cut = not self._transport.is_active() and not self._unsigned
        only_keys = set(self._tried) <= {"publickey"}
        if self._means.use_agent and only_keys and self._tried:
            with agent_keys() as keys:
                keys_left = bool(self._offers.left(keys))
            others_left = bool(_PASSWORD_METHODS & set(allowed)) and self._can_answer
            if (keys_left or ((cut or self._unsigned) and others_left)) and self._offers.another(cut=cut):
                raise AnotherConnection
        raise self._refused(allowed, cut=cut)

    def _refused(self, allowed: Sequence[str], *, cut: bool) -> InstallError:
        params = {
            "host": self._login.host,
            "port": str(self._login.port),
            "user": self._login.user,
            "allowed": ", ".join(sorted(allowed)),
        }
        farewell = getattr(self._transport, "farewell", "")
        if self._tried or not (self._has_means or self._means.of_hop):
            code = Code.SSH_LOGIN_REFUSED
            if cut:
                code = self._cut_off(farewell)
        else:
            code = Code.SSH_METHOD_NOT_ALLOWED
        return InstallError(code, params, detail=farewell or self._last_refusal)

    def _cut_off(self, farewell: str) -> Code:
        """Why a server hangs up in the middle of a log-in. It says so itself, unless the line broke."""
        if not farewell and self._answerer.last_wait > _LATE:
            return Code.SSH_ANSWER_LATE
        if self._tried[-1:] not in ([], ["publickey"]):
            return Code.SSH_LOGIN_REFUSED if farewell or len(self._tried) > 1 else Code.SSH_CONNECTION_LOST
        if len(self._tried) > 1:
            return Code.SSH_TOO_MANY_FAILURES if "too many" in farewell.lower() else Code.SSH_LOGIN_REFUSED
        return Code.SSH_LOGIN_REFUSED if farewell else Code.SSH_CONNECTION_LOST

    @property
    def _has_means(self) -> bool:
        means = self._means
        return means.password is not None or means.key is not None or means.agent_key is not None
