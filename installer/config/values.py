"""The values of ``.env`` that follow from the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from installer.answers import Answers
from installer.config.acme import acme_values, no_acme_values
from installer.config.addresses import address_values
from installer.config.choices import choice_values
from installer.config.external import check_external, external_values
from installer.config.japanese import japanese_values
from installer.core.addresses import url_host
from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.release.model import COMPOSE_FILE, ENV_EXAMPLE, ReleaseModel

HTTP_PORT = "EXPOSE_NGINX_PORT"
HTTPS_PORT = "EXPOSE_NGINX_SSL_PORT"
DEBUGGING_PORT = "EXPOSE_PLUGIN_DEBUGGING_PORT"


def own_values(
    answers: Answers,
    model: ReleaseModel,
    existing: Mapping[str, str] = MappingProxyType({}),
    memory: int = 0,
) -> dict[str, str]:
    """Key → value, in the order in which new ones are appended. *existing*: the ``.env`` in use; *memory*:
    bytes of the machine that runs the containers, 0 = not known.

    Raises ``InstallError``: STORE_UNKNOWN, DATABASE_UNKNOWN, RELEASE_LAYOUT_UNKNOWN, and what
    ``check_external`` raises.
    """
    values = {"COMPOSE_PROJECT_NAME": answers.project}
    values |= dict(_ports(answers, model))
    values |= dict(address_values(answers, model, existing))
    values |= _tls(answers, model, existing)
    check_external(answers, model)
    if answers.stores.external:
        values["VECTOR_STORE"] = answers.stores.vector
    else:
        values |= _store(answers.stores.vector, model, existing)
        if answers.locale.japanese:
            values |= japanese_values(answers.stores.vector, model, existing)
    if not answers.database.external:
        values |= _database(answers.database.kind, model, existing)
    values |= external_values(answers, model, existing)
    values |= choice_values(answers, model, existing, memory)
    return values


def _ports(answers: Answers, model: ReleaseModel) -> Iterator[tuple[str, str]]:
    """The published ports, with the address to listen on in front of the web server's.

    Only those can carry one: the debugging port's variable is also read as a number by the API.
    """
    bind = answers.site.bind
    prefix = "" if bind in ("0.0.0.0", "::") else f"{url_host(bind)}:"  # noqa: S104
    needed = {HTTP_PORT: f"{prefix}{answers.ports.http}"}
    if answers.ports.https:
        needed[HTTPS_PORT] = f"{prefix}{answers.ports.https}"
    for key, value in needed.items():
        if not model.knows(key):
            raise InstallError(Code.RELEASE_LAYOUT_UNKNOWN, {"version": model.version, "what": key})
        yield key, value
    if model.knows(DEBUGGING_PORT):
        yield DEBUGGING_PORT, str(answers.ports.plugin_debugging)


def _tls(answers: Answers, model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    if answers.tls.way.acme:
        return acme_values(answers, model)
    values = no_acme_values(model, existing)
    files = answers.tls.way.files
    if not answers.tls.on or files is None:
        return {**values, "NGINX_HTTPS_ENABLED": "false"}
    certificate, key = files
    return {
        **values,
        "NGINX_HTTPS_ENABLED": "true",
        "NGINX_SSL_CERT_FILENAME": certificate,
        "NGINX_SSL_CERT_KEY_FILENAME": key,
    }


def _database(kind: str, model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    """What chooses it, as long as the ``.env`` in use does not say so already: what stands there besides (a
    separate server) was written by a person. What another choice had set is taken back, if all of it stands
    there unchanged."""
    if kind not in model.databases:
        params = {"kind": kind, "version": model.version, "known": ", ".join(model.databases)}
        raise InstallError(Code.DATABASE_UNKNOWN, params)
    known: Mapping[str, Mapping[str, Mapping[str, str]]] = table("databases")["database"]
    defaults = model.env_file.values()
    before = existing.get("DB_TYPE", "")
    wanted = {k: v for k, v in known[kind]["set"].items() if model.knows(k)}
    if before == kind:
        return {k: v for k, v in wanted.items() if k not in existing}
    earlier = known[before]["set"] if before in known else {}
    ours = all(existing.get(k) == v for k, v in earlier.items())
    back = {k: defaults[k] for k in earlier if k in defaults} if ours else {}
    return {**back, **wanted}


def _store(store: str, model: ReleaseModel, existing: Mapping[str, str]) -> dict[str, str]:
    """VECTOR_STORE, the store's variables that only templates hold (as *existing* has them, if it does), and
    the known corrections."""
    if store not in model.stores:
        known = ", ".join(model.stores)
        raise InstallError(Code.STORE_UNKNOWN, {"store": store, "version": model.version, "known": known})
    entry: Mapping[str, Mapping[str, str]] = table("stores")["store"][store]
    prefixes = tuple(entry["prefixes"])
    in_templates = {
        name: existing.get(name, key.default)
        for name, key in model.env_keys.items()
        if name.startswith(prefixes) and key.file not in (ENV_EXAMPLE, COMPOSE_FILE)
    }
    corrections = {k: v for k, v in entry.get("set", {}).items() if model.knows(k)}
    return {"VECTOR_STORE": store, **in_templates, **corrections}
