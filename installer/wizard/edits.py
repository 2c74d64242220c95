"""Changing answers: what was derived from the old ones is gone; and which of them count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from installer.settings import Answers, Secrets, Target
from installer.wizard.state import Intent, LoginMethod, WizardState

if TYPE_CHECKING:
    from installer.servers import KnownServer


def edit(
    state: WizardState,
    *,
    answers: Answers | None = None,
    secrets: Secrets | None = None,
    login: LoginMethod | None = None,
) -> WizardState:
    """*state* with changed answers; what was derived from the old ones is gone."""
    new = replace(
        state,
        answers=answers if answers is not None else state.answers,
        secrets=secrets if secrets is not None else state.secrets,
        login=login if login is not None else state.login,
    )
    if new.answers == state.answers and new.secrets == state.secrets and new.login == state.login:
        return state
    old_target, target = _login_of(state), _login_of(new)
    if old_target != target:
        return _elsewhere(state, _forget_machine(new))
    if new.answers != state.answers:
        new = replace(new, plan=None, settings_error=None, resuming=False)
        if (new.answers.directory, new.answers.project) != (state.answers.directory, state.answers.project):
            new = _forget_place(new)
        if new.answers.release != state.answers.release:
            new = replace(new, obtained=None, release_error=None, situation=None)
    failure = new.failure if new.failure and new.failure.page is not state.page else None
    return replace(new, plan=None, failure=failure)


def _forget_machine(state: WizardState) -> WizardState:
    """Another machine or login: nothing that was found out holds."""
    return replace(
        _forget_place(state),
        connected=False,
        rights="",
        plan=None,
        failure=None,
        outcome=None,
    )


def _forget_place(state: WizardState) -> WizardState:
    """Another folder, on whatever machine: another version may be installed there, so the release that was
    read for the old one does not hold either."""
    return replace(
        state,
        facts=None,
        checks=(),
        situation=None,
        obtained=None,
        release_error=None,
        settings_error=None,
        plan=None,
    )


def _elsewhere(old: WizardState, new: WizardState) -> WizardState:
    """*new*; where it names another account than *old*, without that one's sudo password."""
    before, after = old.answers.target, new.answers.target
    if all(getattr(before, name) == getattr(after, name) for name in ("kind", "host", "port", "user")):
        return new
    new = replace(new, resuming=False)
    kept = new.secrets.sudo_password if new.secrets.sudo_password != old.secrets.sudo_password else None
    return replace(new, sudo_asked=False, secrets=replace(new.secrets, sudo_password=kept))


def _login_of(state: WizardState) -> tuple[object, ...]:
    """Everything a connection depends on."""
    secrets, target = state.secrets, state.answers.target
    where: Target = replace(target, directory="", project="")
    return (where, state.login, secrets.ssh_password, secrets.ssh_passphrase, secrets.sudo_password)


def effective(state: WizardState) -> Answers:
    """The answers that count. What was typed for the choice not taken (an address, a key file, a certificate)
    stays in the state, so that changing one's mind back loses nothing."""
    answers = state.answers
    target, tls = answers.target, answers.tls
    if target.kind == "local":
        target = Target(
            kind="local", directory=target.directory, project=target.project, docker=target.docker
        )
    else:
        file = target.identity_file if state.login == "key" else ""
        target = replace(target, docker="", identity_file=file)
    ports = answers.ports
    if tls.mode == "off":
        tls, ports = replace(tls, certificate="", key=""), replace(ports, https=0)
    return replace(answers, target=target, tls=tls, ports=ports)


def effective_secrets(state: WizardState) -> Secrets:
    """The secrets that belong to the choices taken."""
    secrets = state.secrets
    over_ssh = state.answers.target.kind == "ssh"
    return replace(
        secrets,
        ssh_password=secrets.ssh_password if over_ssh and state.login == "password" else None,
        ssh_passphrase=secrets.ssh_passphrase if over_ssh and state.login == "key" else None,
        sudo_password=secrets.sudo_password if over_ssh else None,
        tls_passphrase=secrets.tls_passphrase if state.answers.tls.mode == "own" else None,
    )


def opened(state: WizardState, server: KnownServer, intent: Intent) -> WizardState:
    """*state* with *server* as its target."""
    method: LoginMethod = (
        "key" if server.login == "key" else "agent" if server.login == "agent" else "password"
    )
    answers = replace(Answers(), target=server.target)
    return with_answers(state, answers, method, intent)


def with_answers(
    state: WizardState, answers: Answers, login: LoginMethod, intent: Intent = "install"
) -> WizardState:
    """*state* with all answers from elsewhere: a known server, a file, a draft. What was typed as a secret
    belongs to the old ones and is gone, and so is what was found of another Docker here."""
    new = edit(state, answers=answers, secrets=Secrets(), login=login)
    local = state.local if answers.target.docker == state.answers.target.docker else None
    return replace(new, local=local, intent=intent, sudo_asked=False, resuming=False, failure=None)
