"""Secrets that everybody knows, looked for in what Compose makes of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from installer.core.resources import table

_SERVERS = ("database", "cache", "vector_store", "vector_store_part")
_SECRET = re.compile(r"(?:KEYS?|PASSWORD|PASSWD|PASS|PWD|TOKEN|SECRET|CREDENTIALS)$", re.IGNORECASE)
#: A password given to a program: -u USER:…, -p…, -a …, --requirepass …, SCHEME://USER:…@
_GIVEN = re.compile(
    r"(?:(?<![\w-])-u\s*[\"']?[^\s:\"']+:|(?<![\w-])-p(?!\s)|(?<![\w-])-a\s+|--requirepass\s+|--password[=\s]"
    r"|\w://[^/@\s:]*:(?=[^\s/]*@))([^\s\"'@]+)"
)


def public_defaults(seen: Any, own: Iterable[str]) -> set[tuple[str, str]]:
    """(service, variable) for every variable of *seen* (``docker compose config``) that holds a secret by its
    name and has a value that is none of our *own*; (service, command) and the like for one that is given to a
    program in there. A client's variables count only where the secret is one of a service of ours: what is
    left of others is for servers that do not run here."""
    ours = {*own, ""}
    return {
        (name, where)
        for name, body in seen["services"].items()
        for where in (*_variables(body, _is_client(name), ours), *_texts(body, ours))
    }


def _is_client(service: str) -> bool:
    """Those get all variables of Dify, whether they use them or not."""
    return table("services")["service"][service]["role"] not in _SERVERS


def _variables(body: Mapping[str, Any], client: bool, ours: set[str]) -> Iterator[str]:
    known = {key for entry in table("secrets")["secret"] for key in entry["keys"]}
    for key, value in (body.get("environment") or {}).items():
        if (key in known if client else _SECRET.search(key)) and str(value or "") not in ours:
            yield key


def _texts(body: Mapping[str, Any], ours: set[str]) -> Iterator[str]:
    health = (body.get("healthcheck") or {}).get("test")
    for where, part in (*((k, body.get(k)) for k in ("command", "entrypoint")), ("healthcheck", health)):
        text = " ".join(part) if isinstance(part, list) else str(part or "")
        if any(not given.startswith("$") and given not in ours for given in _GIVEN.findall(text)):
            yield where
