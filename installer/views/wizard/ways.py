"""The ways of logging in that a server takes, and what is filled in for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.answers import Target
from installer.views.wizard.state import LoginMethod, WizardState

if TYPE_CHECKING:
    from installer.appdata.keychain import Kept
    from installer.core.secrets import Secret
    from installer.hosts.ssh.auth_methods import Door
    from installer.hosts.ssh.config import ConfiguredHost

#: What is assumed of a server that cannot be asked beforehand.
_USUAL = ("publickey", "password", "keyboard-interactive")


def unseen_door(target: Target) -> Door:
    """For a server behind a jump host: it is seen only after a login there, which needs the proofs first."""
    from installer.hosts.ssh.auth_methods import Door

    return Door(target.host, target.port, "", "", _USUAL)


def ways(door: Door, *, agent: bool = True) -> tuple[LoginMethod, ...]:
    """The ways that can work there, the most usual first; none if this program knows none of the server's.
    *agent*: whether one runs on this computer.

    Where only the server's own prompts are allowed, a password can be given beforehand for the prompt that
    asks for it; all others need a user to answer them.
    """
    found: list[LoginMethod] = []
    if door.takes_password:
        found.append("password")
    if door.takes_key:
        found += ["key", "agent"] if agent else ["key"]
    if door.asks and "password" not in door.methods:
        found.append("ask")
    return tuple(found)


def with_door(state: WizardState, door: Door, *, agent: bool = True) -> WizardState:
    """*state* with what the server said; a way that cannot work gives place to one that can."""
    can = ways(door, agent=agent)
    method = state.login.method if state.login.method in can or not can else can[0]
    return replace(state, login=replace(state.login, door=door, method=method))


def with_kept(state: WizardState, kept: Kept) -> WizardState:
    """*state* with the secrets that the keyring holds for this login. What the user typed already stays, and
    a passphrase is for its own key file alone."""
    if not kept:
        return state
    given = state.secrets
    same_key = kept.identity_file == state.answers.target.identity_file
    preset = (None, given.ssh_password) if kept.sudo_password else ()  # not what the user typed for sudo
    secrets = replace(
        given,
        ssh_password=given.ssh_password or kept.password,
        ssh_passphrase=given.ssh_passphrase or (kept.passphrase if same_key else None),
        sudo_password=kept.sudo_password if given.sudo_password in preset else given.sudo_password,
    )
    return replace(state, secrets=secrets, keeping=replace(state.keeping, wanted=True, kept=True))


def with_same_for_sudo(state: WizardState, owner: str) -> WizardState:
    """*state* with the login password for sudo, too, if none was given and sudo asks for that account's
    (*owner*; "": it did not say): it mostly is the same. Nothing is sent before the person says so."""
    secrets = state.secrets
    same = state.login.method == "password" and owner in ("", state.answers.target.user)
    if not same or secrets.sudo_password or not secrets.ssh_password:
        return state
    return replace(state, secrets=replace(secrets, sudo_password=secrets.ssh_password))


def with_password(state: WizardState, password: Secret) -> WizardState:
    """*state* with the login password that has taken the old one's place, also where that served for sudo.
    The connection that it came up on holds."""
    old = state.secrets
    same = old.ssh_password is not None and old.sudo_password == old.ssh_password
    secrets = replace(old, ssh_password=password, sudo_password=password if same else old.sudo_password)
    return replace(state, secrets=secrets)


def taken_over(state: WizardState, host: ConfiguredHost) -> WizardState:
    """*state* with a server of the SSH configuration; a user that it does not name stays as it was."""
    from installer.views.wizard.edits import edit

    target = state.answers.target
    key = host.identity_files[0] if host.identity_files else ""
    new = replace(
        target,
        host=host.host,
        port=host.port,
        user=host.user or target.user,
        identity_file=key,
        jump=host.jump,
        host_key="",
    )
    answers = replace(state.answers, target=new)
    return edit(state, answers=answers, method="key" if key else state.login.method)
