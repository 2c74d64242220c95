"""A certificate by ACME: from Let's Encrypt, or from the authority that is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from installer.answers.acme_problems import HTTP_PORT, is_public
from installer.answers.tls_modes.base import TlsMode
from installer.core.errors import Code, InstallError

if TYPE_CHECKING:
    from installer.answers.model import Answers


class LetsEncrypt(TlsMode):
    """certbot on the target asks for it and renews it; what it writes stays there."""

    name = "letsencrypt"
    icon = "shield-check"
    position = 1
    fields = frozenset({"email", "acme_server", "redirect", "hsts"})
    secrets = frozenset({"eab_kid", "eab_hmac"})
    serves = True
    acme = True
    renewer = "machine"

    def problems(self, answers: Answers) -> Iterator[InstallError]:
        """The authority asks on port 80; Let's Encrypt knows public names only."""
        if answers.ports.http != HTTP_PORT or answers.site.inside_only:
            params = {"key": "ports.http", "port": str(answers.ports.http), "bind": answers.site.bind}
            yield InstallError(Code.TLS_PORT_NEEDED, params, detail="ports.http")
        if not answers.tls.acme_server and not is_public(answers.site_address):
            params = {"key": "site.address", "address": answers.site_address}
            yield InstallError(Code.TLS_ADDRESS_NOT_PUBLIC, params, detail="site.address")
