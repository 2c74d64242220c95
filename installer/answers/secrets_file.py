"""Reads the secrets file (TOML): passwords and keys that the answers file must not hold."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from installer.answers import checks
from installer.answers.acme_problems import eab_problem
from installer.answers.decided import owners
from installer.answers.external_checks import external_secret, secrets_together
from installer.answers.external_services import SECTIONS
from installer.answers.model import Answers, Secrets
from installer.answers.owned import owner_of
from installer.answers.refusal import bad_value, unknown_key
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.core.secrets import Secret

_KEYS: Mapping[str, tuple[str, ...]] = {
    "ssh": ("password", "passphrase"),
    "sudo": ("password",),
    "admin": ("password",),
    "tls": ("passphrase", "eab_kid", "eab_hmac"),
    "mail": ("password", "api_key"),
    "proxy": ("password",),
}
_RESERVED = ("registry",)
_LIMIT = 1 << 20
#: They name files; a list in here would take the place of ours instead of joining it.
_NO_SECRETS = ("COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR")


def load_secrets(path: Path | str | None) -> Secrets:
    """The secrets in the file *path*; none for None.

    Raises ``InstallError``: SECRETS_EXPOSED (POSIX: not a regular file, readable by others, another
    owner), SECRETS_UNREADABLE, ANSWERS_UNKNOWN_KEY, ANSWERS_BAD_VALUE, ANSWERS_RESERVED,
    ANSWERS_OWNED_KEY.
    """
    if path is None:
        return Secrets()
    try:
        text = _read_guarded(Path(path)).decode("utf-8-sig")  # editors on Windows begin files with a mark
    except (OSError, UnicodeDecodeError) as exc:
        detail = exc.strerror if isinstance(exc, OSError) else "UTF-8"
        raise InstallError(Code.SECRETS_UNREADABLE, {"path": str(path)}, detail=detail or "") from exc
    return parse_secrets(text, name=str(path))


def parse_secrets(text: str, *, name: str = "") -> Secrets:
    """As ``load_secrets``, from *text*. The parser's own message stays out: it may quote a secret."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise InstallError(Code.SECRETS_UNREADABLE, {"path": name}, detail="TOML") from None
    values: dict[str, Secret] = {}
    external: dict[str, Mapping[str, Secret]] = {}
    for section, content in tables.items():
        _check_table(section, content)
        if section in SECTIONS:
            external[section] = MappingProxyType(dict(_external(section, content)))
            continue
        for key, value in content.items():
            if section != "env" and (secret := _secret(f"{section}.{key}", value, _KEYS[section])):
                values[f"{section}_{key}"] = secret  # an empty one is not given
    env = {key: _env_secret(key, value) for key, value in tables.get("env", {}).items()}
    if password := values.get("admin_password"):
        _check_admin(password)
    return Secrets(**values, env=MappingProxyType(env), external=MappingProxyType(external))


def check_together(answers: Answers, secrets: Secrets) -> None:
    """What needs both files: an admin account needs its password; a password, the user that it belongs to.

    Raises ``InstallError(ANSWERS_BAD_VALUE)``.
    """
    if answers.admin.email and not secrets.admin_password:
        raise bad_value("admin.password", "", "secrets [admin] password")
    decided = owners(answers)
    for key in secrets.env:
        if key in decided:
            raise InstallError(Code.ANSWERS_OWNED_KEY, {"key": key, "owner": decided[key]}, detail=key)
    if problem := eab_problem(answers, secrets):
        raise problem
    if problem := secrets_together(answers, secrets):
        raise problem
    api = answers.mail.kind in ("resend", "sendgrid")
    if secrets.mail_api_key and not api:
        raise bad_value("mail.kind", answers.mail.kind, "resend | sendgrid (secrets [mail] api_key)")
    for name, user in (("mail", answers.mail.user), ("proxy", answers.proxy.user)):
        if getattr(secrets, f"{name}_password") and not user:
            raise bad_value(f"{name}.user", "", f"secrets [{name}] password")


def _read_guarded(path: Path) -> bytes:
    """The file's bytes, after a look at the *opened* file: no link, no race, never waiting on a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if sys.platform != "win32" and path.is_symlink():
        raise InstallError(Code.SECRETS_EXPOSED, {"path": str(path), "reason": "link"})
    with os.fdopen(os.open(path, flags), "rb") as file:
        if sys.platform != "win32" and (reason := _exposed(os.fstat(file.fileno()))):
            raise InstallError(Code.SECRETS_EXPOSED, {"path": str(path), "reason": reason}, detail=reason)
        return file.read(_LIMIT)


def _exposed(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        return f"owner {status.st_uid}"
    mode = stat.S_IMODE(status.st_mode)
    return f"mode {mode:04o}" if mode & 0o177 else ""


def _check_table(name: str, content: Any) -> None:
    if name in _RESERVED:
        raise InstallError(Code.ANSWERS_RESERVED, {"key": f"secrets [{name}]"}, detail=name)
    if name not in (*_KEYS, *SECTIONS, "env"):
        raise unknown_key(name, [*_KEYS, *SECTIONS, "env"])
    if not isinstance(content, dict):
        raise bad_value(name, "", f"[{name}]")


def _secret(key: str, value: Any, known: tuple[str, ...]) -> Secret:
    section, name = key.split(".", 1)
    if name not in known:
        raise unknown_key(key, [f"{section}.{k}" for k in known])
    if not isinstance(value, str):
        raise bad_value(key, "", '"TEXT"')
    return Secret(value)


def _external(section: str, content: Mapping[str, Any]) -> Iterator[tuple[str, Secret]]:
    """The secret variables of an external service; an empty one is not given."""
    for name, value in content.items():
        if not isinstance(value, str):
            raise bad_value(f"secrets [{section}] {name}", "", '"TEXT"')
        if problem := external_secret(section, name, Secret(value)):
            raise problem
        if value:
            yield name, Secret(value)


def _env_secret(name: str, value: Any) -> Secret:
    if not isinstance(value, str) or any(c in value for c in "\0\r\n"):
        raise bad_value(f"secrets [env] {name}", "", '"TEXT"')
    owner = owner_of(name)
    if name in _NO_SECRETS:
        owner = "[env]"
    if owner not in (None, "secrets"):
        raise InstallError(Code.ANSWERS_OWNED_KEY, {"key": name, "owner": str(owner)}, detail=name)
    for entry in table("secrets")["secret"]:
        if name in entry["keys"] and (expected := checks.dify_secret(value, entry)):
            raise bad_value(f"secrets [env] {name}", "", expected)
    return Secret(value)


def _check_admin(password: Secret) -> None:
    if expected := checks.account_password(password.reveal()):
        raise bad_value("secrets [admin] password", "", expected)
