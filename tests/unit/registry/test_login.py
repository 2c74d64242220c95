"""Logging in to a registry: the password by standard input alone."""

from __future__ import annotations

import pytest

from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command
from installer.registry.login import log_in
from tests.fakes.host import Expected, FakeHost, failed, ok


@pytest.mark.parametrize(("registry", "words"), [("", ()), ("ghcr.io", ("ghcr.io",))])
def test_the_password_is_no_argument(registry: str, words: tuple[str, ...]) -> None:
    seen: list[Command] = []

    def login(command: Command) -> bool:
        seen.append(command)
        return command.argv == ("docker", "login", "--username", "me", "--password-stdin", *words)

    with FakeHost([Expected(login, ok("Login Succeeded"))]) as host:
        log_in(host, registry, "me", Secret("hunter2"))
    assert seen[-1].stdin == b"hunter2" and not seen[-1].env


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            "Error response from daemon: Get x: unauthorized: incorrect username or password",
            Code.REGISTRY_LOGIN_REFUSED,
        ),
        ("Error response from daemon: Get x: dial tcp: i/o timeout", Code.REGISTRY_LOGIN_FAILED),
        ("error storing credentials hunter2", Code.REGISTRY_LOGIN_FAILED),
    ],
)
def test_what_goes_wrong(said: str, code: Code) -> None:
    host = FakeHost([Expected(lambda c: c.argv[1] == "login", failed(1, said))])
    with pytest.raises(InstallError) as caught:
        log_in(host, "ghcr.io", "me", Secret("hunter2"))
    assert caught.value.code is code and caught.value.params["registry"] == "ghcr.io"
    assert "hunter2" not in caught.value.detail
