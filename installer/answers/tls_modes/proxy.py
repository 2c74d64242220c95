"""Behind a web server that is there already and speaks TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from installer.answers.refusal import bad_value
from installer.answers.tls_modes.base import TlsMode
from installer.core.errors import InstallError

if TYPE_CHECKING:
    from installer.answers.model import Answers


class Proxy(TlsMode):
    """Dify is published on the target itself; the other web server can be given our file."""

    name = "proxy"
    icon = "server"
    position = 4
    further = True
    fields = frozenset({"proxy_install", "proxy_certificate", "proxy_key", "redirect", "hsts"})
    in_front = True

    def problems(self, answers: Answers) -> Iterator[InstallError]:
        """What does not go with it."""
        tls, mode = answers.tls, f'tls.mode = "{self.name}"'
        if answers.ports.https:
            yield bad_value("ports.https", answers.ports.https, f"0 ({mode})")
        if "%" in answers.site.bind:
            yield bad_value("site.bind", answers.site.bind, f"IPv4 | IPv6 ({mode})")
        if bool(tls.proxy_certificate) != bool(tls.proxy_key):
            missing = "key" if tls.proxy_certificate else "certificate"
            yield bad_value(f"tls.proxy_{missing}", "", "tls.proxy_certificate + tls.proxy_key")
