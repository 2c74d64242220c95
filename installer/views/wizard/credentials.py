"""Accounts and passwords that the settings still need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from installer.answers import checks
from installer.config.choices import kept_passwords
from installer.core.errors import InstallError
from installer.core.resources import table
from installer.release.envfile import EnvFile
from installer.views.wizard.edits import effective, effective_secrets
from installer.views.wizard.latest import Latest
from installer.views.wizard.state import Missing, WizardState

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.core.secrets import Secret
    from installer.release.envfile import EnvFile


def missing_admin(state: WizardState) -> list[Missing]:
    """An account needs its email and its password. One that exists needs nothing."""
    if state.checks.facts is not None and state.checks.facts.account:
        return []
    admin, password = state.answers.admin, state.secrets.admin_password
    if not admin.email:
        wanted = bool(admin.name or password)
        return [Missing("admin_email", "admin.email")] if wanted else []
    if not password or checks.account_password(password.reveal()):
        return [Missing("admin_password", "secrets.admin_password")]
    return []


def missing_binding(state: WizardState) -> list[Missing]:
    """The key that binds an account is of two halves, and some authorities give nothing without it. An
    account that has a certificate from there is bound already."""
    answers, secrets = effective(state), effective_secrets(state)
    halves = {"tls_eab_kid": secrets.tls_eab_kid, "tls_eab_hmac": secrets.tls_eab_hmac}
    server = answers.tls.acme_server
    issued = state.checks.facts.certificates.issued if state.checks.facts else ()
    bound = any(certificate.server == server for certificate in issued)
    if not server or not (any(halves.values()) or (needs_binding(server) and not bound)):
        return []
    return [Missing("eab", f"secrets.{name}") for name, value in halves.items() if value is None]


def needs_binding(server: str) -> bool:
    """Whether the authority with the directory *server* is known to bind every account to a key."""
    known = table("acme")["authority"]
    return any(a["binds"] for a in known if a["directory"] == server)


def missing_passwords(state: WizardState) -> Iterator[Missing]:
    """A user without password: drafts and files of answers hold none. One in the ``.env`` in use stays."""
    answers, secrets = effective(state), state.secrets
    key = table("choices")["mail_keys"].get(answers.mail.kind)
    if key and not secrets.mail_api_key and not kept_mail_key(state, answers):
        yield Missing("mail_api_key", "secrets.mail_api_key")
    wanted = {"mail": answers.mail.user and not secrets.mail_password}
    wanted["proxy"] = answers.proxy.user and not secrets.proxy_password
    if not any(wanted.values()):
        return
    kept = kept_passwords(answers, _in_use(state))
    for name, user in wanted.items():
        if user and name not in kept:
            yield Missing(f"{name}_password", f"secrets.{name}_password")


def kept_mail_key(state: WizardState, answers: Answers) -> bool:
    """Whether the ``.env`` in use has a key for the service that sends mail. Another address of its API is
    not to get the former one's."""
    key, values = table("choices")["mail_keys"].get(answers.mail.kind, ""), _in_use(state)
    address = table("choices")["mail_api"]["variable"]
    return bool(values.get(key)) and answers.mail.api in ("", values.get(address, ""))


def _in_use(state: WizardState) -> Mapping[str, str]:
    file = env_in_use(state)
    return file.values() if file is not None else {}


_read: Latest[EnvFile | None] = Latest()


def env_in_use(state: WizardState) -> EnvFile | None:
    """The ``.env`` in use, read once: with external services every key press asks for it. None if there
    is none, or none that can be read, which the plan says."""
    env = state.checks.facts.env if state.checks.facts else None
    if env is None:
        _read.forget()
        return None
    return _read.of(env, make=lambda: _parsed(env))


def _parsed(env: Secret) -> EnvFile | None:
    try:
        return EnvFile.parse(env.reveal())
    except InstallError:
        return None
