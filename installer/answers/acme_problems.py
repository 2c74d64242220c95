"""What an ACME authority asks of names, ports and accounts. Pure."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from installer.answers.refusal import bad_value

if TYPE_CHECKING:
    from installer.answers.model import Answers, Secrets
    from installer.core.errors import InstallError

#: The port on which every ACME server asks for the proof (RFC 8555, 8.3).
HTTP_PORT = 80
#: Names that are no public ones whatever stands in the DNS (RFC 6761, 6762, 8375; ICANN's "internal").
_INSIDE = ("localhost", "local", "internal", "home.arpa", "test", "example", "invalid", "lan", "home", "corp")


def eab_problem(answers: Answers, secrets: Secrets) -> InstallError | None:
    """What is wrong with the key that binds an account of an ACME server: both halves, and only for a server
    that is named."""
    given = {"eab_kid": secrets.tls_eab_kid, "eab_hmac": secrets.tls_eab_hmac}
    if not any(given.values()):
        return None
    for name, value in given.items():
        if value is None:
            return bad_value(f"secrets [tls] {name}", "", "eab_kid + eab_hmac")
    if not answers.tls.way.acme or not answers.tls.acme_server:
        return bad_value(
            "tls.acme_server", answers.tls.acme_server, "https://HOST/PATH (secrets [tls] eab_kid)"
        )
    return None


def is_public(address: str) -> bool:
    """Whether *address* can be a name or an IP address of the public internet."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        labels = address.rstrip(".").lower().split(".")
        name = ".".join(labels)
        return len(labels) > 1 and not any(name == n or name.endswith(f".{n}") for n in _INSIDE)
