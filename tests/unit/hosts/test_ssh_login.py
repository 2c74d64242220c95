"""Which proofs are offered to a server, in which order, and which never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import paramiko
import pytest

from installer.core.cancel import Cancelled
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Ask, Question
from installer.hosts.ssh.authentication import Credentials
from installer.hosts.ssh.keyboard_interactive import Answerer
from installer.hosts.ssh.login import SshLogin


class FakeTransport:
    """A server that allows *allowed* and accepts *accepted*; notes what it was offered."""

    def __init__(self, allowed: list[str], accepted: str = "", further: list[str] | None = None) -> None:
        self.allowed, self.accepted, self.further = allowed, accepted, further
        self.offered: list[str] = []
        self.logged_in = False
        self.auth_timeout: float | None = 30.0

    def auth_none(self, _user: str) -> list[str]:
        raise paramiko.BadAuthenticationType("none", self.allowed)

    def auth_password(self, _user: str, _password: str, fallback: bool = True) -> list[str]:
        assert not fallback
        return self._answer("password")

    def auth_publickey(self, _user: str, _key: object) -> list[str]:
        return self._answer("publickey")

    def auth_interactive(self, _user: str, handler: Callable[..., list[str]]) -> list[str]:
        assert handler("", "", [("Password: ", False)]) == ["pw"]
        return self._answer("keyboard-interactive")

    def is_authenticated(self) -> bool:
        return self.logged_in

    def is_active(self) -> bool:
        return True

    def get_banner(self) -> None:
        return None

    def close(self) -> None:
        return None

    def _answer(self, method: str) -> list[str]:
        self.offered.append(method)
        if method != self.accepted:
            raise paramiko.AuthenticationException
        if self.further:
            self.accepted, further = self.further[0], self.further
            self.further = None
            return further
        self.logged_in = True
        return []


def _log_in(transport: FakeTransport, **login: Any) -> None:
    given = SshLogin("h", **{"password": Secret("pw"), **login})
    Credentials(given).authenticate(cast(paramiko.Transport, transport), given)


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_password(method: str) -> None:
    """By either way."""
    transport = FakeTransport(["publickey", method], method)
    _log_in(transport)
    assert transport.logged_in and transport.offered == [method]


def test_password_is_offered_once() -> None:
    """Not a second time by the other way: it would count as another failure."""
    transport = FakeTransport(["password", "keyboard-interactive"])
    with pytest.raises(InstallError) as caught:
        _log_in(transport)
    assert caught.value.code is Code.SSH_LOGIN_REFUSED and transport.offered == ["keyboard-interactive"]


@pytest.mark.parametrize("allowed", [["publickey"], ["gssapi-with-mic", "hostbased"]])
def test_password_stays_here_where_it_cannot_work(allowed: list[str]) -> None:
    """The server never sees it."""
    transport = FakeTransport(allowed)
    with pytest.raises(InstallError) as caught:
        _log_in(transport)
    assert caught.value.code is Code.SSH_METHOD_NOT_ALLOWED and transport.offered == []
    assert caught.value.params["allowed"] == ", ".join(sorted(allowed))


def test_key_then_password(tmp_path: Any) -> None:
    """A refused key leaves the password; both in turn where the server wants both."""
    path = tmp_path / "key"
    path.write_text(_key_text())
    refused = FakeTransport(["publickey", "password"], "password")
    _log_in(refused, identity_file=str(path))
    assert refused.offered == ["publickey", "password"]
    both = FakeTransport(["publickey"], "publickey", ["password"])
    _log_in(both, identity_file=str(path))
    assert both.offered == ["publickey", "password"] and both.logged_in


def _answerer(ask: Ask | None = None) -> Answerer:
    return Answerer(SshLogin("h", user="u"), Secret("pw"), ask)


@pytest.mark.parametrize(
    "prompts",
    [
        [("Verification code: ", True)],
        [("OTP: ", False)],
        [("One-time password: ", False)],
        [("Password: ", False), ("Token: ", False)],
        [("New password: ", False)],
        [("Password: ", True)],
        [("What is your quest? ", False)],
    ],
)
def test_what_is_not_clearly_the_password(prompts: list[tuple[str, bool]]) -> None:
    """The password stays here; the person is asked, and without one the error says what the server asks."""
    seen: list[Question] = []

    def ask(question: Question) -> tuple[Secret, ...]:
        seen.append(question)
        return tuple(Secret(f"answer {n}") for n in range(len(question.prompts)))

    assert _answerer(ask)("Title ", "Please\n", prompts) == [f"answer {n}" for n in range(len(prompts))]
    assert [(p.text, p.echo) for p in seen[0].prompts] == prompts
    assert (seen[0].title, seen[0].instructions, seen[0].host, seen[0].user) == ("Title", "Please", "h", "u")
    with pytest.raises(InstallError) as caught:
        _answerer()("", "", prompts)
    if "New" in prompts[0][0]:
        assert caught.value.code is Code.SSH_PASSWORD_EXPIRED
    else:
        assert caught.value.code is Code.SSH_PROMPTS_NEEDED
        assert caught.value.params["asks"].startswith(prompts[0][0].rstrip(": "))


@pytest.mark.parametrize("prompt", ["(user) Password: ", "パスワード: ", "user@h's password:", "Passwort: "])
def test_the_password_is_given_once(prompt: str) -> None:
    """A second question for it is the person's."""
    answer = _answerer()
    assert answer("", "", []) == []
    assert answer("", "", [(prompt, False)]) == ["pw"] and answer.password_used
    with pytest.raises(InstallError):
        answer("", "", [(prompt, False)])


def test_expired_password() -> None:
    """The old one is known; the new one is asked for and remembered, not its repetition."""
    kinds: list[str] = []

    def ask(question: Question) -> tuple[Secret, ...]:
        kinds.append(question.kind)
        return (Secret("brand new"),)

    answer = _answerer(ask)
    assert answer("", "", [("Password: ", False)]) == ["pw"]
    told = "You are required to change your password immediately (administrator enforced)."
    assert answer("", told, []) == []
    assert answer("", "", [("Current password: ", False)]) == ["pw"]
    assert answer("", "", [("New password: ", False)]) == ["brand new"]
    assert answer("", "", [("Retype new password: ", False)]) == ["brand new"]
    assert kinds == ["password_expired"] * 2
    assert answer.new_password == Secret("brand new")


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize(
    "prompt", ["Enter a new passcode: ", "New PIN: ", "Enter the new one-time password: ", "New token code: "]
)
def test_a_code_is_no_new_password(prompt: str, expired: bool) -> None:
    """It would be kept as the password, and also given to sudo."""
    answer = _answerer(lambda _: (Secret("123456"),))
    told = "Your password has expired" if expired else ""
    assert answer("", told, [(prompt, False)]) == ["123456"]
    assert answer.new_password is None and not answer.password_used


def test_a_new_password_only_where_one_expired() -> None:
    answer = _answerer(lambda _: (Secret("x"),))
    answer("", "", [("What is new? ", False)])
    assert answer.new_password is None
    answer("", "", [("(current) UNIX password: ", False)])
    answer("", "", [("Retype new password: ", False)])
    assert answer.new_password is None
    answer("", "", [("Enter new UNIX password: ", False)])
    assert answer.new_password == Secret("x")


def _hop_in(transport: FakeTransport, ask: Ask | None = None) -> Credentials:
    """The log-in on a jump host."""
    login = SshLogin("h", password=Secret("target's"), sudo_password=Secret("s"), jump="me@gate")
    hop = login.hops()[0]
    assert (hop.password, hop.sudo_password) == (None, None)
    means = Credentials(login, ask).for_hop()
    means.authenticate(cast(paramiko.Transport, transport), hop)
    return means


def test_a_jump_host_does_not_get_the_target_s_password() -> None:
    """Nobody to ask: the error names the jump host, and nothing was sent."""
    for method in ("password", "keyboard-interactive"):
        transport = FakeTransport([method], method)
        with pytest.raises(InstallError) as caught:
            _hop_in(transport)
        assert caught.value.code is Code.SSH_METHOD_NOT_ALLOWED and transport.offered == []
        assert (caught.value.params["host"], caught.value.params["user"]) == ("gate", "me")


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_jump_host_s_own_password_is_asked_for(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[Question] = []

    def ask(question: Question) -> tuple[Secret, ...]:
        questions.append(question)
        return (Secret("pw"),)

    transport = FakeTransport([method], method)
    sent: list[str] = []

    def take(_user: str, password: str, fallback: bool = True) -> list[str]:
        assert not fallback
        sent.append(password)
        return transport._answer("password")

    monkeypatch.setattr(transport, "auth_password", take)
    means = _hop_in(transport, ask)
    assert transport.logged_in and sent == (["pw"] if method == "password" else [])
    assert [(q.host, q.user, q.kind) for q in questions] == [("gate", "me", "factor")]
    if method == "password":  # a further connection asks nobody
        means.authenticate(
            cast(paramiko.Transport, FakeTransport([method], method)), SshLogin("gate", user="me")
        )
        assert len(questions) == 1


def test_what_a_jump_host_learns_stays_there() -> None:
    means = Credentials(SshLogin("h", password=Secret("old")))
    hop = means.for_hop()
    hop.password, hop.asked = Secret("the gate's new one"), True
    assert means.password == Secret("old") and not means.asked


def test_password_change_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """SSH's own message 60 to a password (RFC 4252, 8), as paramiko's own handler answers it."""
    from paramiko.auth_handler import AuthHandler

    handler = AuthHandler.__new__(AuthHandler)
    handler.auth_method = "password"
    transport = FakeTransport(["password"])

    def auth_password(_user: str, _password: str, fallback: bool = True) -> list[str]:
        handler._parse_userauth_info_request(paramiko.Message())  # type: ignore[attr-defined]
        raise AssertionError

    monkeypatch.setattr(transport, "auth_password", auth_password)
    with pytest.raises(InstallError) as caught:
        _log_in(transport, user="u")
    assert caught.value.code is Code.SSH_PASSWORD_EXPIRED and caught.value.params["user"] == "u"


def test_giving_up() -> None:
    """Is a cancellation, not an error."""
    with pytest.raises(Cancelled):
        _answerer(lambda _: None)("", "", [("Code: ", False)])


def test_hops() -> None:
    """Users, ports and IPv6 addresses of jump hosts; only the target's key is pinned."""
    login = SshLogin(
        "target", user="me", expected_host_key="ssh-rsa x", jump="a, you@b:2222,[fe80::1]:22 ,c@[::1]"
    )
    hops = login.hops()
    assert [(h.user, h.host, h.port) for h in hops] == [
        ("me", "a", 22),
        ("you", "b", 2222),
        ("me", "fe80::1", 22),
        ("c", "::1", 22),
        ("me", "target", 22),
    ]
    assert [h.expected_host_key for h in hops] == ["", "", "", "", "ssh-rsa x"]
    with pytest.raises(InstallError):
        SshLogin("t", jump="a:b:c").hops()


def test_no_secret_shows() -> None:
    """In the dataclass's own text."""
    login = SshLogin(
        "h", password=Secret("hidden1"), sudo_password=Secret("hidden2"), passphrase=Secret("hidden3")
    )
    assert "hidden" not in repr(login)


def _key_text() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    data = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return data.decode()
