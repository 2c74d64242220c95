"""Changing answers: what was derived from the old ones is gone; and which of them count."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from installer.answers import Admin, Answers, Secrets, Target
from installer.answers.decided import owners
from installer.answers.optional import SERVICES, Mail, Proxy
from installer.config.acme_awaited import as_asked
from installer.views.wizard.state import (
    ChecksState,
    Dns,
    Intent,
    LoginMethod,
    NetworkState,
    ReviewState,
    Trial,
    TunnelState,
    WizardState,
)

if TYPE_CHECKING:
    from installer.appdata.known_servers import KnownServer


def edit(
    state: WizardState,
    *,
    answers: Answers | None = None,
    secrets: Secrets | None = None,
    method: LoginMethod | None = None,
) -> WizardState:
    """*state* with changed answers; what was derived from the old ones is gone."""
    new = replace(
        state,
        answers=answers if answers is not None else state.answers,
        secrets=secrets if secrets is not None else state.secrets,
        login=replace(state.login, method=method or state.login.method),
    )
    if new.answers == state.answers and new.secrets == state.secrets and new.login == state.login:
        return state
    old_target, target = _login_of(state), _login_of(new)
    if old_target != target:
        return _elsewhere(state, _forget_machine(new))
    if new.answers != state.answers:
        checks, install = replace(new.checks, error=None), replace(new.install, resuming=False)
        new = replace(new, checks=checks, install=install)
        if (new.answers.directory, new.answers.project) != (state.answers.directory, state.answers.project):
            new = _forget_place(new)
        if new.answers.release != state.answers.release:
            new = replace(new, release=replace(new.release, obtained=None, error=None))
            new = replace(new, checks=replace(new.checks, situation=None))
        if new.answers.release.source != state.answers.release.source:
            new = replace(new, release=replace(new.release, listed=(), listed_at=0.0, list_error=None))
    if new.trial.found or new.trial.errors:
        from installer.views.wizard.external import (  # not before the window is there
            for_this_place,
            still_true,
        )

        new = replace(new, secrets=for_this_place(state, new))
        new = replace(new, trial=still_true(state, new))
    failure = new.work.failure if new.work.failure and new.work.failure.page is not state.page else None
    return replace(new, review=replace(new.review, plan=None), work=replace(new.work, failure=failure))


def _forget_machine(state: WizardState) -> WizardState:
    """Another machine or login: nothing that was found out holds."""
    state = _forget_place(state)
    return replace(
        state,
        network=NetworkState(),
        rights="",
        dns=Dns(),
        review=ReviewState(),
        work=replace(state.work, failure=None),
        install=replace(state.install, outcome=None),
        tunnel=TunnelState(),
    )


def _forget_place(state: WizardState) -> WizardState:
    """Another folder, on whatever machine: another version may be installed there, so the release that was
    read for the old one does not hold either; and passwords in use there are other ones."""
    return replace(
        state,
        trial=Trial(),
        checks=ChecksState(),
        release=replace(state.release, obtained=None, error=None),
        review=replace(state.review, plan=None),
    )


def _elsewhere(old: WizardState, new: WizardState) -> WizardState:
    """*new*; where it names another account than *old*, without what belongs to that one: its door, its
    pinned host key, and its passwords, which the other server must not get. Another way there is another
    door, too, and the server on the way must not get what was given for a way without it."""
    before, after = old.answers.target, new.answers.target
    moved = any(getattr(before, name) != getattr(after, name) for name in ("host", "port", "user"))
    if moved or (before.kind, before.jump, before.host_key) != (after.kind, after.jump, after.host_key):
        new = replace(new, login=replace(new.login, door=None))
    kept = ("ssh_password", *(["ssh_passphrase"] if old.keeping.kept else []))
    if before.jump != after.jump:
        new = replace(_without(old, new, *kept), keeping=replace(new.keeping, kept=False))
    if not moved and before.kind == after.kind:
        return new
    new = _without(old, new, "sudo_password", *(kept if moved else ()))
    keeping = replace(new.keeping, wanted=False, kept=False) if moved else new.keeping
    answers = _of_another_machine(old.answers, new.answers)
    login, repair = replace(new.login, sudo_asked=False), replace(new.repair, changed=False)
    new = replace(new, install=replace(new.install, resuming=False))
    return replace(new, answers=answers, login=login, repair=repair, keeping=keeping)


def _without(old: WizardState, new: WizardState, *names: str) -> WizardState:
    """*new* without those of the secrets *names* that are still *old*'s."""
    gone = {name: None for name in names if getattr(new.secrets, name) == getattr(old.secrets, name)}
    return replace(new, secrets=replace(new.secrets, **gone))  # type: ignore[arg-type]


def _of_another_machine(old: Answers, new: Answers) -> Answers:
    """*new* without what was said about *old*'s machine alone: the repairs chosen for it, and its host key.
    The addresses that repairs use are of the network, and stay."""
    if new.repairs.allow == old.repairs.allow:
        new = replace(new, repairs=replace(new.repairs, allow=()))
    target = new.target
    server = old.target.host, old.target.port
    if server != (target.host, target.port) and target.host_key == old.target.host_key:
        new = replace(new, target=replace(target, host_key=""))
    return new


def _login_of(state: WizardState) -> tuple[object, ...]:
    """Everything a connection depends on."""
    secrets, target = state.secrets, state.answers.target
    where: Target = replace(target, directory="", project="")
    return (where, state.login.method, secrets.ssh_password, secrets.ssh_passphrase, secrets.sudo_password)


def is_current(state: WizardState) -> bool:
    """Whether the situation at hand belongs to the answers as they are now."""
    if state.checks.situation is None:
        return False
    return as_asked(state.checks.situation.answers) == effective(state)


def effective(state: WizardState) -> Answers:
    """The answers that count. What was typed for the choice not taken (an address, a key file, a certificate)
    stays in the state, so that changing one's mind back loses nothing."""
    answers = state.answers
    target, tls = answers.target, answers.tls
    kind = target.host_kind
    if not kind.fits(target.directory):
        target = replace(target, directory="")
    if state.login.method != "key":
        target = replace(target, identity_file="")
    target = target.counted
    ports = answers.ports
    if not tls.way.serves:
        ports = replace(ports, https=0)
    tls = tls.counted
    mail = _counted_mail(answers.mail)
    proxy = answers.proxy if answers.proxy.http or answers.proxy.https else Proxy()
    registry = answers.registry if kind.takes_images else replace(answers.registry, through="target")
    answers = replace(answers, target=target, tls=tls, ports=ports, mail=mail, proxy=proxy, registry=registry)
    if state.checks.facts is not None and state.checks.facts.account:
        answers = replace(answers, admin=Admin())
    if any(getattr(answers, section).settings for section in SERVICES):
        from installer.views.wizard.external import counted  # not before the window is there

        answers = counted(answers, state.release.model)
    decided = owners(answers)
    env = {key: value for key, value in answers.env.items() if key not in decided}
    return answers if len(env) == len(answers.env) else replace(answers, env=MappingProxyType(env))


def _counted_mail(mail: Mail) -> Mail:
    """What belongs to the chosen way of sending mail."""
    if not mail.kind:
        return Mail()
    if mail.kind == "smtp":
        return replace(mail, api="")
    api = mail.api if mail.kind == "resend" else ""
    return Mail(mail.kind, mail.sender, api=api)


def effective_secrets(state: WizardState) -> Secrets:
    """The secrets that belong to the choices taken."""
    secrets = state.secrets
    over_ssh, answers = state.answers.target.host_kind.needs_login, effective(state)
    bound = bool(answers.tls.acme_server)
    external = secrets.external
    if any(external.values()):
        from installer.views.wizard.external import counted_secrets  # not before the window is there

        external = counted_secrets(answers, secrets, state.release.model)
    by_key = answers.mail.kind not in ("", "smtp")
    return replace(
        secrets,
        ssh_password=secrets.ssh_password if over_ssh and state.login.method == "password" else None,
        ssh_passphrase=secrets.ssh_passphrase if over_ssh and state.login.method == "key" else None,
        sudo_password=secrets.sudo_password if over_ssh else None,
        admin_password=secrets.admin_password if answers.admin.email else None,
        tls_passphrase=secrets.tls_passphrase if "passphrase" in answers.tls.way.secrets else None,
        tls_eab_kid=secrets.tls_eab_kid if bound else None,
        tls_eab_hmac=secrets.tls_eab_hmac if bound else None,
        mail_password=secrets.mail_password if answers.mail.user else None,
        mail_api_key=secrets.mail_api_key if by_key else None,
        proxy_password=secrets.proxy_password if answers.proxy.user else None,
        external=external,
    )


def method_of(text: str) -> LoginMethod:
    """The way of logging in that a file names; the most usual one if it names none that is known."""
    method: LoginMethod
    for method in ("key", "agent", "ask"):
        if text == method:
            return method
    return "password"


def opened(state: WizardState, server: KnownServer, intent: Intent) -> WizardState:
    """*state* with *server* as its target."""
    method = method_of(server.login)
    answers = replace(Answers(), target=server.target)
    return with_answers(state, answers, method, intent)


def with_answers(
    state: WizardState, answers: Answers, method: LoginMethod, intent: Intent = "install"
) -> WizardState:
    """*state* with all answers from elsewhere: a known server, a file, a draft. What was typed as a secret
    belongs to the old ones and is gone, and so is what was found of another Docker here."""
    new = edit(state, answers=answers, secrets=Secrets(), method=method)
    local = state.local if answers.target.docker == state.answers.target.docker else None
    keeping = replace(new.keeping, wanted=False, kept=False)
    new = replace(new, answers=answers, local=local, intent=intent, keeping=keeping)
    login, work = replace(new.login, sudo_asked=False), replace(new.work, question=None, failure=None)
    return replace(new, login=login, work=work, install=replace(new.install, resuming=False))
