"""What an ACME authority (``tls.mode = "letsencrypt"``) asks of the answers. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from installer.answers.model import Answers, Secrets
from installer.core.errors import Code, InstallError

#: The port on which every ACME server asks for the proof (RFC 8555, 8.3).
HTTP_PORT = 80
#: Names that are no public ones whatever stands in the DNS (RFC 6761, 6762, 8375; ICANN's "internal").
_INSIDE = ("localhost", "local", "internal", "home.arpa", "test", "example", "invalid", "lan", "home", "corp")


def acme_problems(answers: Answers) -> Iterator[InstallError]:
    """What is wrong with the answers of ``[tls]`` that belong to ACME."""
    tls = answers.tls
    if tls.mode != "letsencrypt":
        for name in ("email", "acme_server"):
            if value := getattr(tls, name):
                yield _bad(f"tls.{name}", value, f'"" (tls.mode = "{tls.mode}")')
        return
    if answers.ports.http != HTTP_PORT or answers.site.inside_only:
        params = {"key": "ports.http", "port": str(answers.ports.http), "bind": answers.site.bind}
        yield InstallError(Code.TLS_PORT_NEEDED, params, detail="ports.http")
    if not tls.acme_server and not is_public(answers.site_address):
        params = {"key": "site.address", "address": answers.site_address}
        yield InstallError(Code.TLS_ADDRESS_NOT_PUBLIC, params, detail="site.address")


def eab_problem(answers: Answers, secrets: Secrets) -> InstallError | None:
    """What is wrong with the key that binds an account of an ACME server: both halves, and only for a server
    that is named."""
    given = {"eab_kid": secrets.tls_eab_kid, "eab_hmac": secrets.tls_eab_hmac}
    if not any(given.values()):
        return None
    for name, value in given.items():
        if value is None:
            return _bad(f"secrets [tls] {name}", "", "eab_kid + eab_hmac")
    if answers.tls.mode != "letsencrypt" or not answers.tls.acme_server:
        return _bad("tls.acme_server", answers.tls.acme_server, "https://HOST/PATH (secrets [tls] eab_kid)")
    return None


def is_public(address: str) -> bool:
    """Whether *address* can be a name or an IP address of the public internet."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        labels = address.rstrip(".").lower().split(".")
        name = ".".join(labels)
        return len(labels) > 1 and not any(name == n or name.endswith(f".{n}") for n in _INSIDE)


def _bad(key: str, value: str, expected: str) -> InstallError:
    params = {"key": key, "value": value[:100], "expected": expected}
    return InstallError(Code.ANSWERS_BAD_VALUE, params, detail=key)
