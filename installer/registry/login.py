"""Logs a target's Docker in to a registry: what its client keeps is used by every later download there."""

from __future__ import annotations

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.base import Command, Host

_SECONDS = 60.0
#: What clients say of a login that the registry does not take (docker/cli, moby ``registry/auth.go``).
_REFUSED = ("unauthorized", "incorrect username or password", "denied", "401")


def log_in(host: Host, registry: str, user: str, password: Secret, cancel: CancelToken | None = None) -> None:
    """``docker login`` on *host* for *registry* (empty: Docker Hub). The password goes in by standard input.

    Raises ``InstallError``: REGISTRY_LOGIN_REFUSED, REGISTRY_LOGIN_FAILED, and what ``Host.run`` raises;
    ``Cancelled``.
    """
    words = ("docker", "login", "--username", user, "--password-stdin", *([registry] if registry else []))
    command = Command(words, stdin=password.reveal().encode())
    result = host.run(command, cancel=cancel, timeout=_SECONDS)
    if result.exit_code == 0:
        return
    said = (result.errors or result.text).replace(password.reveal(), "***").strip()
    code = Code.REGISTRY_LOGIN_FAILED
    if any(words in said.lower() for words in _REFUSED):
        code = Code.REGISTRY_LOGIN_REFUSED
    raise InstallError(
        code, {"registry": registry or "Docker Hub", "image": _any_image(registry)}, detail=said
    )


def _any_image(registry: str) -> str:
    """A name in *registry*, by which an error tells whom it is about."""
    return f"{registry}/" if registry else ""
