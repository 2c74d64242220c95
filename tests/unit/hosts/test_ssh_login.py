"""Which proofs are offered to a server, in which order, and which never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import paramiko
import pytest

from installer.errors import Code, InstallError
from installer.hosts.ssh_login import Credentials, SshLogin, _Answers
from installer.secrets import Secret


class FakeTransport:
    """A server that allows *allowed* and accepts *accepted*; notes what it was offered."""

    def __init__(self, allowed: list[str], accepted: str = "", further: list[str] | None = None) -> None:
        self.allowed, self.accepted, self.further = allowed, accepted, further
        self.offered: list[str] = []
        self.logged_in = False

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
    assert caught.value.code is Code.SSH_LOGIN_REFUSED and transport.offered == ["password"]


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


def test_one_time_codes_are_not_passwords() -> None:
    """Nor are second questions or several at once."""
    for prompts in (
        [("Verification code: ", True)],
        [("OTP: ", False)],
        [("Password: ", False), ("Again: ", False)],
    ):
        assert _Answers("pw")("", "", prompts) == [""] * len(prompts)
    answers = _Answers("pw")
    assert answers("", "", []) == []
    assert answers("", "", [("(user) Password: ", False)]) == ["pw"]
    assert answers("", "", [("Password: ", False)]) == [""]


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
