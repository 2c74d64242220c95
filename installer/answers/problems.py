"""What is wrong with a set of answers, and the errors that say so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from installer.answers import checks, optional_checks
from installer.answers.checks import Check, optional
from installer.answers.decided import owners
from installer.answers.external_checks import external_problems
from installer.answers.model import Answers, Target
from installer.answers.optional import THIS_COMPUTER, Mail
from installer.answers.owned import env_problem
from installer.answers.refusal import bad_value
from installer.answers.tls_modes import MODES
from installer.core.addresses import is_address
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.core.version import is_label
from installer.hosts.kinds import NAMES
from installer.release.source import source_problem

CHECKS: Mapping[str, Check] = {
    "target.kind": checks.one_of(*NAMES),
    "target.host": optional(checks.host),
    "target.port": checks.port,
    "target.user": optional(checks.user),
    "target.identity_file": optional(checks.local_path),
    "target.host_key": optional(checks.host_key),
    "target.jump": optional(checks.jump),
    "target.directory": optional(checks.directory),
    "target.project": optional(checks.project),
    "target.docker": optional(checks.docker),
    "release.version": checks.version,
    "release.source": source_problem,
    "repairs.allow": checks.repairs,
    "repairs.mirror": optional(checks.web_address),
    "repairs.proxy": optional(checks.web_address),
    "site.address": optional(checks.host),
    "site.bind": checks.address,
    "ports.http": checks.port,
    "ports.https": checks.port_or_none,
    "ports.plugin_debugging": checks.port,
    "tls.mode": checks.one_of(*(mode.name for mode in MODES)),
    "tls.certificate": optional(checks.local_path),
    "tls.key": optional(checks.local_path),
    "tls.proxy_certificate": optional(checks.plain_path),
    "tls.proxy_key": optional(checks.plain_path),
    "tls.email": optional(checks.email),
    "tls.acme_server": optional(checks.url),
    "stores.vector": checks.store,
    "database.kind": checks.database,
    "admin.email": optional(checks.email),
    "admin.name": optional(checks.account_name),
    "capacity.preset": optional_checks.preset,
    "capacity.workers": optional_checks.workers,
    "uploads.document": optional_checks.upload_size,
    "uploads.image": optional_checks.upload_size,
    "uploads.audio": optional_checks.upload_size,
    "uploads.video": optional_checks.upload_size,
    "locale.timezone": optional(optional_checks.timezone),
    "redis.mode": checks.one_of("single", "sentinel"),
    "storage.kind": optional(checks.store),
    "mail.kind": checks.one_of("", "smtp", "resend", "sendgrid"),
    "mail.sender": optional(optional_checks.sender),
    "mail.server": optional(optional_checks.mail_server),
    "mail.port": checks.port,
    "mail.security": checks.one_of("tls", "starttls", "none"),
    "mail.user": optional_checks.proxy_user,
    "mail.api": optional(checks.web_address),
    "proxy.http": optional(checks.web_address),
    "proxy.https": optional(checks.web_address),
    "proxy.user": optional_checks.proxy_user,
    "proxy.exceptions": optional_checks.hosts,
    "registry.mirror": optional(optional_checks.mirror),
    "registry.through": checks.one_of("target", THIS_COMPUTER),
}


def problems(answers: Answers) -> Iterator[InstallError]:
    """Everything wrong with *answers*, in the file's order."""
    for key, check in CHECKS.items():
        value = _get(answers, key)
        expected = check(value)
        labelled = key == "release.version" and answers.release.is_archive and is_label(value)
        if expected is not None and not labelled:
            yield bad_value(key, value, expected)
    yield from _target_problems(answers.target)
    yield from _site_problems(answers)
    yield from _tls_problems(answers)
    yield from _database_problems(answers)
    yield from external_problems(answers)
    yield from _mail_problems(answers.mail)
    yield from _optional_problems(answers)
    for name, text in answers.env.items():
        if problem := env_problem(name, text):
            yield problem


def _database_problems(answers: Answers) -> Iterator[InstallError]:
    """What the chosen database fixes beyond the variables that ``fields.toml`` names."""
    if answers.database.external:
        return
    fixed = table("databases")["database"].get(answers.database.kind, {"set": {}})["set"]
    for name, text in answers.env.items():
        if text != fixed.get(name, text):
            params = {"key": name, "owner": "database.kind"}
            yield InstallError(Code.ANSWERS_OWNED_KEY, params, detail=name)


def _mail_problems(mail: Mail) -> Iterator[InstallError]:
    """What a way of sending mail needs; fields that would be ignored."""
    needed = {"": (), "smtp": ("server", "sender")}.get(mail.kind, ("sender",))
    used = {"": (), "smtp": ("server", "sender", "user"), "resend": ("sender", "api")}.get(mail.kind, needed)
    for name in needed:
        if not getattr(mail, name):
            yield bad_value(f"mail.{name}", "", f'"TEXT" (mail.kind = "{mail.kind}")')
    for name in ("server", "sender", "user", "api"):
        if name not in used and getattr(mail, name):
            yield bad_value(f"mail.{name}", getattr(mail, name), f'"" (mail.kind = "{mail.kind}")')


def _optional_problems(answers: Answers) -> Iterator[InstallError]:
    """Variables of ``[env]`` that an optional answer decides; a login without the proxy that it is for."""
    fixed = owners(answers)
    for name in answers.env:
        if name in fixed:
            yield InstallError(Code.ANSWERS_OWNED_KEY, {"key": name, "owner": fixed[name]}, detail=name)
    if answers.proxy.user and not (answers.proxy.http or answers.proxy.https):
        yield bad_value("proxy.user", answers.proxy.user, '"" (proxy.http = "")')
    if answers.registry.through == THIS_COMPUTER and not answers.target.host_kind.takes_images:
        yield bad_value("registry.through", THIS_COMPUTER, f'target (target.kind = "{answers.target.kind}")')


def _target_problems(target: Target) -> Iterator[InstallError]:
    """What does not fit the kind of target: a value that would be ignored is refused."""
    kind = target.host_kind
    for name in kind.needed:
        if not getattr(target, name):
            yield bad_value(f"target.{name}", "", f'"TEXT" (kind = "{kind.name}")')
    for name in ("host", "identity_file", "host_key", "jump", "docker"):
        if name not in kind.fields and getattr(target, name):
            yield bad_value(f"target.{name}", getattr(target, name), f'"" (kind = "{kind.name}")')
    if kind.remote and not kind.fits(target.directory):
        yield bad_value("target.directory", target.directory, "/PATH")


def _site_problems(answers: Answers) -> Iterator[InstallError]:
    ports, tls = answers.ports, answers.tls
    used: dict[int, str] = {}
    for name in ("http", "https", "plugin_debugging"):
        number = getattr(ports, name)
        if number and number in used:
            yield bad_value(f"ports.{name}", number, f"≠ ports.{used[number]}")
        used.setdefault(number, name)
    if tls.on and not ports.https:
        yield bad_value("ports.https", 0, "1..65535 (tls.mode)")
    if bool(answers.admin.email) != bool(answers.admin.name):
        missing = "name" if answers.admin.email else "email"
        yield bad_value(f"admin.{missing}", "", "admin.email + admin.name")


def _tls_problems(answers: Answers) -> Iterator[InstallError]:
    """What the mode needs; fields of ``[tls]`` that it would ignore."""
    tls, counted = answers.tls, answers.tls.counted
    yield from tls.way.problems(answers)
    for field in fields(tls):
        value, usual = getattr(tls, field.name), getattr(counted, field.name)
        if value != usual and field.name != "hsts":
            yield bad_value(f"tls.{field.name}", value, f'{toml_text(usual)} (tls.mode = "{tls.mode}")')
    if tls.hsts and (why := _no_hsts(answers)):
        yield bad_value("tls.hsts", tls.hsts, f"false ({why})")


def _no_hsts(answers: Answers) -> str:
    """Why Strict-Transport-Security makes no sense; empty where it does.

    With it no user can pass the warning that a self-signed certificate gets. It makes browsers ask
    https://NAME on port 443 (RFC 6797, 8.3) and is for names (8.1.1); for localhost it would concern every
    program of the computer.
    """
    if not answers.tls.way.trusted:
        return f'tls.mode = "{answers.tls.mode}"'
    if answers.tls.way.serves and answers.ports.https != 443:
        return f"ports.https = {answers.ports.https}"
    address = answers.site_address
    return f'site.address = "{address}"' if is_address(address) or address == "localhost" else ""


def _get(answers: Answers, key: str) -> Any:
    section, name = key.split(".")
    return getattr(getattr(answers, section), name)


def toml_text(value: Any) -> str:
    """*value* as TOML. JSON's string escapes are TOML's, except that DEL must be escaped, too."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_text(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
