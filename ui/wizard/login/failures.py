"""Which field a failure of logging in is about, and what can be done about it there."""

from __future__ import annotations

from installer.core.errors import Code, InstallError
from installer.views.wizard import PageId, WizardState, field_problems, missing_proof

#: What the page says by asking for it: no card beside the field that has just appeared.
SAID_BY_FIELD = frozenset({Code.SSH_PASSPHRASE_NEEDED, Code.SUDO_PASSWORD_NEEDED})

_FIELDS = {
    Code.SSH_UNREACHABLE: "target.host",
    Code.SSH_NAME_UNKNOWN: "target.host",
    Code.SSH_TIMEOUT: "target.host",
    Code.SSH_REFUSED: "target.port",
    Code.SSH_NOT_SSH: "target.port",
    Code.SSH_KEY_UNREADABLE: "target.identity_file",
    Code.SSH_KEY_IS_PUBLIC: "target.identity_file",
    Code.SSH_TOO_MANY_FAILURES: "target.identity_file",
    Code.SSH_PASSPHRASE_NEEDED: "secrets.ssh_passphrase",
    Code.SSH_PASSPHRASE_WRONG: "secrets.ssh_passphrase",
    Code.SUDO_PASSWORD_NEEDED: "secrets.sudo_password",
    Code.SUDO_PASSWORD_WRONG: "secrets.sudo_password",
    Code.SUDO_NOT_ALLOWED: "target.user",
}

#: Here the same once more gives the same: something has to be entered first.
_NEEDS_INPUT = frozenset(
    {
        Code.SSH_NOT_SSH,
        Code.SSH_NEGOTIATION,
        Code.SSH_LOGIN_REFUSED,
        Code.SSH_TOO_MANY_FAILURES,
        Code.SSH_PASSPHRASE_WRONG,
        Code.SUDO_PASSWORD_WRONG,
    }
)


def field_for(state: WizardState, error: InstallError) -> str:
    """The field to correct, by its name in the answers; empty if there is none."""
    if error.code is Code.SSH_LOGIN_REFUSED:
        return "secrets.ssh_password" if state.login.method == "password" else "target.user"
    return _FIELDS.get(error.code, "")


def actions_for(state: WizardState, error: InstallError) -> tuple[str, ...]:
    """The ways out that the card offers, best first: ``again``, ``key``, ``password``, ``file``,
    ``sibling`` (the private half beside a public one), ``without`` (the keyring), ``anyway`` (few rights)."""
    if not state.answers.target.host_kind.needs_login:
        return ("again",)
    if error.code is Code.SSH_METHOD_NOT_ALLOWED:
        allowed = {name.strip() for name in error.params.get("allowed", "").split(",")}
        ways = (("key", "publickey"), ("password", "password"))
        return tuple(way for way, name in ways if name in allowed and state.login.method != way)
    if error.code is Code.SSH_KEY_UNREADABLE:
        return ("file",)
    if error.code is Code.SSH_KEY_IS_PUBLIC:
        return ("sibling", "file") if error.params.get("private") else ("file",)
    if error.code is Code.SSH_TOO_MANY_FAILURES:
        return ("key",) if state.login.method != "key" else ("file",)
    if error.code is Code.SUDO_NOT_ALLOWED:
        return ("again", "anyway") if state.connected else ("again",)
    if error.code is Code.KEYRING_FAILED:
        return ("again", "without")
    return () if error.code in _NEEDS_INPUT else ("again",)


def first_missing(state: WizardState) -> str:
    """The first field that has to be filled in or corrected, by its name; empty if all are good."""
    target = state.answers.target
    wrong = next(iter(field_problems(state, PageId.LOGIN)), "")
    if wrong and target.host:
        return wrong
    if not target.host or not target.user:
        return "target.user" if target.host else "target.host"
    lacking = missing_proof(state) if state.login.door is not None else []
    return lacking[0].about if lacking else ""
