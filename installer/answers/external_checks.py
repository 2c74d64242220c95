"""What the answers about external services must look like, as far as no release is needed. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from installer.answers import checks
from installer.answers.external_services import Chosen, Field, belongs, chosen, field_of, is_secret, known
from installer.answers.model import Answers, Secrets
from installer.core.addresses import bare_host
from installer.core.errors import Code, InstallError
from installer.untrusted.values import port, whole

if TYPE_CHECKING:
    from installer.core.secrets import Secret

_SECTIONS: Mapping[str, str] = {
    "stores": "stores.external = true",
    "database": "database.external = true",
    "redis": "redis.external = true",
    "storage": 'storage.kind = "…"',
}


def external_problems(answers: Answers) -> Iterator[InstallError]:
    """Everything wrong with the external services that *answers* name."""
    named = {service.section: service for service in chosen(answers)}
    for section, needed in _SECTIONS.items():
        settings = getattr(answers, section).settings
        service = named.get(section)
        if service is None:
            if settings:
                yield _bad(f"{section}.settings", ", ".join(settings), f"{{}} ({needed})")
            continue
        if not service.entry:
            continue  # reported once the release is there: it may know the name
        yield from _settings_problems(service, settings)


def _settings_problems(service: Chosen, settings: Mapping[str, str]) -> Iterator[InstallError]:
    for name in service.entry.get("required", ()):
        if not settings.get(name) and not is_secret(name) and not _asked_by_release(service, name):
            yield _bad(f"{service.section}.settings.{name}", "", '"TEXT"')
    for name, value in settings.items():
        key = f"{service.section}.settings.{name}"
        if not belongs(service.entry, name):
            yield InstallError(Code.ANSWERS_UNKNOWN_KEY, {"key": key, "suggestion": ""}, detail=key)
        elif is_secret(name):
            owner = f"secrets [{service.section}]"
            yield InstallError(Code.ANSWERS_OWNED_KEY, {"key": name, "owner": owner}, detail=name)
        elif value and (expected := value_problem(field_of(name, service.entry), value)):
            yield _bad(key, _LOGIN.sub("://…@", value), expected)
        elif where := loopback(field_of(name, service.entry), value):
            params = {"key": key, "address": where, "service": service.name}
            yield InstallError(Code.EXTERNAL_LOOPBACK, params, detail=key)


def _asked_by_release(service: Chosen, name: str) -> bool:
    """A variable that not every release knows is asked for where it does (``config.external``)."""
    return (service.section, name) == ("redis", "DIFY_AGENT_REDIS_URL")


#: A login in an address: answers hold no secret.
_LOGIN = re.compile(r"://[^/?#\s]*@")


def holds_login(value: str) -> bool:
    """Whether *value* is an address with a login in it, which has its own variables in the secrets file."""
    return _LOGIN.search(value) is not None


def value_problem(field: Field, value: str) -> str | None:
    """None, or what was expected of *field* instead of *value*."""
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "one line"
    if holds_login(value):
        return "://HOST (no USER:PASSWORD@)"
    if field.choices:
        return checks.one_of(*field.choices)(value)
    if field.type == "port":
        return None if port(value) else "1..65535"
    if field.type == "number":
        return None if whole(value, -1) >= 0 else "NUMBER"
    if field.type == "switch":
        return None if value.lower() in ("true", "false") else "true | false"
    if field.type == "host":
        return checks.host(value)
    if field.type == "file":
        return checks.local_path(value)
    if field.type == "url":
        return None if _readable(value) else "https://HOST"
    return None


def _readable(url: str) -> bool:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def loopback(field: Field, value: str) -> str:
    """The host in *value* if in a container it would be the container itself; else empty."""
    if field.type == "host":
        host = bare_host(value)
    elif field.type == "url" and "://" in value:
        try:
            host = urlsplit(value).hostname or ""
        except ValueError:
            return ""
    elif field.meaning in ("sentinels", "addresses"):
        hosts = (part.strip().rpartition("://")[2].rpartition(":")[0] for part in value.split(","))
        return next((h for h in hosts if _is_loopback(h)), "")
    else:
        return ""
    return host if _is_loopback(host) else ""


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    return address.is_loopback or address.is_unspecified


# ----------------------------------------------------------------------------------- secrets


def external_secret(section: str, name: str, value: Secret) -> InstallError | None:
    """What is wrong with ``[section] name`` of the secrets file, whatever the answers say."""
    if not known(section, name):
        return InstallError(Code.ANSWERS_UNKNOWN_KEY, {"key": f"{section}.{name}", "suggestion": ""})
    if re.search(r"[\x00-\x1f\x7f]", value.reveal()):
        return _bad(f"secrets [{section}] {name}", "", "one line")
    return None


def secrets_together(answers: Answers, secrets: Secrets) -> InstallError | None:
    """What is wrong with the secrets of external services that *answers* name, or do not name."""
    named = {service.section: service for service in chosen(answers)}
    for section, values in secrets.external.items():
        service = named.get(section)
        for name in values:
            if service is None or not belongs(service.entry, name):
                return _bad(f"secrets [{section}] {name}", "", f"{_SECTIONS[section]}")
    for name in secrets.env:
        for service in named.values():
            if belongs(service.entry, name):
                params = {"key": name, "owner": f"secrets [{service.section}]"}
                return InstallError(Code.ANSWERS_OWNED_KEY, params, detail=name)
    for service in named.values():
        for name, value in secrets.external.get(service.section, {}).items():
            if expected := secret_problem(service, name, value):
                return _bad(f"secrets [{service.section}] {name}", "", expected)
    return None


def secret_problem(service: Chosen, name: str, value: Secret) -> str | None:
    """None, or what was expected of the secret variable *name* of *service* instead of *value*."""
    if (service.section, service.kind, name) != ("database", "postgresql", "DB_PASSWORD"):
        return None
    # plugin daemon 0.6.3 internal/db/pg/pg.go: password=%s, unquoted
    return "no space, ' or \\" if re.search(r"[\s'\\]", value.reveal()) else None


def _bad(key: str, value: Any, expected: str) -> InstallError:
    params = {"key": key, "value": str(value)[:100], "expected": expected}
    return InstallError(Code.ANSWERS_BAD_VALUE, params, detail=key)
