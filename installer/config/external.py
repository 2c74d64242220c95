"""What external services change in ``.env``, and which containers are then not started. Pure, but for the
files that the answers name.

What an answer does not say stays as the ``.env`` in use has it, as long as that speaks of the same place;
what stood there about another place means nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from installer.answers import Answers, Secrets
from installer.answers.external_services import (
    SECTIONS,
    Chosen,
    belongs,
    chosen,
    entry_of,
    field_of,
    is_placeholder,
    is_secret,
    kinds,
)
from installer.answers.external_services import known as known_variable
from installer.core.addresses import url_host
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.hosts.base import FileContent
from installer.release.envfile import EnvFile
from installer.release.model import ReleaseModel
from installer.release.services import service as known_service

#: Our own variable: the sections that we have written, so that they can be taken back.
MARK = "DIFY_INSTALLER_EXTERNAL"
_LARGEST = 1 << 20


def check_external(answers: Answers, model: ReleaseModel) -> None:
    """Whether the release can use what *answers* name.

    Raises ``InstallError``: STORE_UNKNOWN, DATABASE_UNKNOWN, STORAGE_UNKNOWN, EXTERNAL_FIELD_UNKNOWN,
    ANSWERS_BAD_VALUE for what only this release asks for.
    """
    for service in chosen(answers):
        if service.kind not in (offered := kinds(model, service.section)):
            raise _unknown(service, model.version, ", ".join(offered))
        settings = getattr(answers, service.section).settings
        for name in settings:
            if not model.knows(name):
                params = {"key": f"{service.section}.settings.{name}", "version": model.version}
                raise InstallError(Code.EXTERNAL_FIELD_UNKNOWN, params, detail=name)


def _unknown(service: Chosen, version: str, known: str) -> InstallError:
    if service.section == "stores":
        params = {"store": service.kind, "version": version, "known": known}
        return InstallError(Code.STORE_UNKNOWN, params)
    if service.section == "database":
        return InstallError(Code.DATABASE_UNKNOWN, {"kind": service.kind, "version": version, "known": known})
    return InstallError(Code.STORAGE_UNKNOWN, {"kind": service.kind, "version": version, "known": known})


def elsewhere(answers: Answers, model: ReleaseModel) -> tuple[str, ...]:
    """The services of the release whose work is done elsewhere, sorted: their containers are not started."""
    found: set[str] = set()
    for service in chosen(answers):
        roles = table("external")["roles"].get(service.section, ())
        found |= {name for name in model.services if known_service(name).get("role") in roles}
        if service.section == "stores":
            found |= {name for name, s in model.services.items() if service.kind in s.profiles}
    return tuple(sorted(found))


# --------------------------------------------------------------------------------- .env in use


def of_another_place(answers: Answers, existing: EnvFile) -> EnvFile:
    """*existing* without what it says about a service that is (or no longer is) somewhere else now."""
    values = existing.values()
    written = set(filter(None, values.get(MARK, "").split(",")))
    named = {service.section: service for service in chosen(answers)}
    gone: set[str] = {MARK}
    for section in SECTIONS:
        service = named.get(section)
        if (service is None and section in written) or (
            service is not None and not _same_place(service, answers, values, section in written)
        ):
            gone |= _names_of(section, values)
    if "redis" in named or "redis" in written:
        gone |= {*table("external")["redis_urls"], *table("external")["redis_follows"]}
    return EnvFile(tuple(line for line in existing.lines if line.key not in gone))


def _names_of(section: str, values: Mapping[str, str]) -> set[str]:
    entries = [entry_of(section, kind) for kind in table("external")["kind"][section]]
    fixed = {name for entry in entries for name in entry.get("set", {})}
    extra = {"storage": {"STORAGE_TYPE"}, "stores": {"VECTOR_STORE"}}.get(section, set())
    return {name for name in values if known_variable(section, name)} | fixed | extra


def _same_place(service: Chosen, answers: Answers, values: Mapping[str, str], written: bool) -> bool:
    """Whether ``.env`` speaks of the address that the answers name. Where they leave that to the provider
    (S3 at Amazon), it is the same as long as it is the same provider, of whom we have *written* there."""
    settings, entry = getattr(answers, service.section).settings, service.entry
    address, default = entry.get("address", {}), entry.get("default", {})
    names = [name for key, name in address.items() if key in ("host", "port", "url", "hosts")]
    known = [name for name in names if name in settings]
    if any(settings[name] != values.get(name) for name in known):
        return False
    left = [name for name in names if name not in settings and values.get(name)]
    if any(values[name] != default.get(name, values[name]) for name in left):
        return False  # there it is another one than the one that counts without an answer
    kind = values.get({"storage": "STORAGE_TYPE", "stores": "VECTOR_STORE"}.get(service.section, ""))
    return bool(known) or (written and not left and kind == service.kind)


# -------------------------------------------------------------------------------------- values


def external_values(answers: Answers, model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    """Key → value, without those that hold a secret."""
    found: dict[str, str] = {}
    for service in chosen(answers):
        entry, settings = service.entry, getattr(answers, service.section).settings
        wanted = {**entry.get("set", {}), **entry.get("default", {}), **_unfit(entry, model, existing)}
        wanted |= _grpc(entry, settings, existing)
        wanted |= {name: value for name, value in settings.items() if value}
        wanted |= {name: _in_container(service, name) for name in files_of(service, settings)}
        found |= {name: value for name, value in wanted.items() if model.knows(name)}
        if service.section == "storage":
            found["STORAGE_TYPE"] = service.kind
    if answers.redis.external:
        fields = _redis_fields(answers, {})
        follows: Mapping[str, str] = table("external")["redis_follows"]
        plain = {name: text for name, text in follows.items() if not is_secret(name)}
        found |= {name: text.format(**fields) for name, text in plain.items() if model.knows(name)}
    if found:
        found[MARK] = ",".join(service.section for service in chosen(answers))
    return found


def _unfit(entry: Mapping[str, Any], model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    """Variables whose default only shows what a value looks like: nothing instead of it."""
    names = (n for n in model.env_keys if belongs(entry, n) and not is_secret(n) and n not in existing)
    return {name: "" for name in names if is_placeholder(model.env_keys[name].default)}


def _grpc(
    entry: Mapping[str, Any], settings: Mapping[str, str], existing: Mapping[str, str]
) -> dict[str, str]:
    """Where the second door of a store is that has one: at the same host, unless ``.env`` sets it. The
    release's own value is its container's, and an empty one stands for that, too."""
    known: Mapping[str, str] = entry.get("grpc", {})
    url = settings.get(known.get("of", ""), "")
    if not known or not url or existing.get(known["variable"]):
        return {}
    parts = urlsplit(url if "://" in url else f"//{url}")
    scheme = "grpcs" if parts.scheme == "https" else "grpc"
    return {known["variable"]: f"{scheme}://{url_host(parts.hostname or '')}:{known[scheme]}"}


def external_secrets(
    answers: Answers, secrets: Secrets, model: ReleaseModel, existing: Mapping[str, str]
) -> dict[str, str]:
    """Key → value that holds a secret: given, else in use for the same place, else empty: the release's own
    password belongs to its container. Raises ``InstallError(ANSWERS_BAD_VALUE)`` for one that is needed."""
    found: dict[str, str] = {}
    for service in chosen(answers):
        given = secrets.external.get(service.section, {})
        names = [name for name in model.env_keys if belongs(service.entry, name) and is_secret(name)]
        for name in sorted(names):
            found[name] = given[name].reveal() if name in given else existing.get(name, "")
            if not found[name] and name in service.entry.get("required", ()):
                key = f"secrets [{service.section}] {name}"
                params = {"key": key, "value": "", "expected": '"TEXT"'}
                raise InstallError(Code.ANSWERS_BAD_VALUE, params, detail=key)
    if answers.redis.external:
        ca = existing.get("REDIS_SSL_CA_CERTS", "")
        found |= _redis_urls(answers, model, {"REDIS_SSL_CA_CERTS": ca, **found})
    return found


def owned(answers: Answers, model: ReleaseModel) -> frozenset[str]:
    """Variables whose secrets nothing else decides."""
    names = {n for s in chosen(answers) for n in model.env_keys if belongs(s.entry, n)}
    return frozenset(names | (set(table("external")["redis_urls"]) if answers.redis.external else set()))


def _redis_urls(answers: Answers, model: ReleaseModel, found: Mapping[str, str]) -> dict[str, str]:
    known = table("external")
    values: dict[str, str] = {}
    for name, entry in known["redis_urls"].items():
        template = entry.get(answers.redis.mode)
        if template and model.knows(name):
            number = _number(model.env_keys[name].default) or entry["number"]
            fields = _redis_fields(answers, found, number)
            values[name] = template.format(**fields)
    fields = _redis_fields(answers, found)
    for name, text in known["redis_follows"].items():
        if is_secret(name) and model.knows(name):
            values[name] = text.format(**fields)
    return values


def _redis_fields(answers: Answers, found: Mapping[str, str], number: str = "") -> dict[str, str]:
    """What the templates of ``[redis_urls]`` and ``[redis_follows]`` may name."""
    settings, entry = answers.redis.settings, entry_of("redis", answers.redis.mode)

    def value(name: str) -> str:
        return settings.get(name) or found.get(name) or entry.get("default", {}).get(name, "")

    user, password = quote(value("REDIS_USERNAME"), safe=""), quote(found.get("REDIS_PASSWORD", ""), safe="")
    login = f"{user}:{password}@" if user or password else ""
    encrypted = value("REDIS_USE_SSL").lower() == "true"
    checked = value("REDIS_SSL_CERT_REQS") or "CERT_NONE"
    ca = _in_container(Chosen("redis", answers.redis.mode), "REDIS_SSL_CA_CERTS")
    named = settings.get("REDIS_SSL_CA_CERTS") or found.get("REDIS_SSL_CA_CERTS") == ca
    more = f"&ssl_ca_certs={ca}" if named else ""
    sentinels = [part.strip() for part in value("REDIS_SENTINELS").split(",") if part.strip()]
    return {
        "scheme": "rediss" if encrypted else "redis",
        "encrypted": str(encrypted).lower(),
        "login": login,
        "address": f"{url_host(value('REDIS_HOST'))}:{value('REDIS_PORT')}",
        "number": number,
        "celery_query": f"?ssl_cert_reqs={checked}{more}" if encrypted else "",
        # redis-py's own words (redis/connection.py)
        "client_query": f"?ssl_cert_reqs={checked.removeprefix('CERT_').lower()}{more}" if encrypted else "",
        "sentinels": ";".join(f"sentinel://{login}{s}/{number}" for s in sentinels),
        "master": value("REDIS_SENTINEL_SERVICE_NAME"),
        "sentinel_password": found.get("REDIS_SENTINEL_PASSWORD", ""),
    }


def _number(url: str) -> str:
    """The database's number in the release's own URL."""
    match = re.search(r"://[^/\s]+/(\d+)", url)
    return match[1] if match else ""


# --------------------------------------------------------------------------------------- files


def files_of(service: Chosen, settings: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that name a file of this computer."""
    named = (name for name, value in settings.items() if value)
    return tuple(sorted(n for n in named if field_of(n, service.entry).type == "file"))


def external_files(answers: Answers) -> tuple[FileContent, ...]:
    """The files that the answers name, as they are placed.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)``.
    """
    folder = table("external")["files"]["folder"]
    found = []
    for service in chosen(answers):
        settings = getattr(answers, service.section).settings
        for name in files_of(service, settings):
            # certificates of authorities, no keys: readable for the containers' users
            data = _read(Path(settings[name]).expanduser())
            found.append(FileContent(f"{folder}/{_place(service, name)}", data, 0o644))
    return tuple(found)


def placed(answers: Answers, env: Mapping[str, str], section: str = "") -> tuple[str, ...]:
    """The paths in ``docker/`` of the files that *env* names, for *section* or all: also those that these
    answers do not name again, as the installation was made on another computer."""
    folder = table("external")["files"]["folder"]
    services = (s for s in chosen(answers) if section in ("", s.section))
    named = ((s, n) for s in services for n in env if belongs(s.entry, n) and env[n] == _in_container(s, n))
    return tuple(sorted(f"{folder}/{_place(service, name)}" for service, name in named))


def kept_files(answers: Answers, env: Mapping[str, str]) -> tuple[str, ...]:
    """Those of ``placed`` that the answers do not name."""
    folder = table("external")["files"]["folder"]
    given = {
        f"{folder}/{_place(s, n)}"
        for s in chosen(answers)
        for n in files_of(s, getattr(answers, s.section).settings)
    }
    return tuple(path for path in placed(answers, env) if path not in given)


def external_mounts(
    answers: Answers, env: Mapping[str, str], expected: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Service → (folder of those files in ``docker/``, where it is in the container)."""
    known = table("external")["files"]
    if placed(answers, env):
        for name in expected:
            if known_service(name).get("role") in known["roles"]:
                yield name, (f"./{known['folder']}", f"{known['mount']}:ro")


def external_environment(
    answers: Answers, env: Mapping[str, str], expected: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Service → environment that makes it trust the authority of Redis' certificate."""
    known = table("external")["files"]
    if placed(answers, env, "redis"):
        for name in expected:
            if known_service(name).get("role") in known["go_roles"]:
                yield name, {known["go_variable"]: known["go_value"]}


def _in_container(service: Chosen, name: str) -> str:
    return f"{table('external')['files']['mount']}/{_place(service, name)}"


def _place(service: Chosen, name: str) -> str:
    return f"{service.section}/{name.lower()}.pem"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
    except OSError as exc:
        params = {"path": str(path), "reason": "unreadable"}
        raise InstallError(Code.CERTIFICATE_UNREADABLE, params, detail=exc.strerror or "") from exc
    if b"-----BEGIN " not in data:
        raise InstallError(Code.CERTIFICATE_UNREADABLE, {"path": str(path), "reason": "format"})
    return data
