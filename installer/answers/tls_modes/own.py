"""The user's own certificate, from files on this computer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from installer.answers.refusal import bad_value
from installer.answers.tls_modes.base import TlsMode
from installer.core.errors import InstallError
from installer.core.installation_files import OWN

if TYPE_CHECKING:
    from installer.answers.model import Answers, Secrets, Tls
    from installer.certificates.model import Certificate


class Own(TlsMode):
    """Certificate and key, or a PFX file, are read and placed on the target."""

    name = "own"
    icon = "lock"
    position = 2
    explained = False
    fields = frozenset({"certificate", "key", "redirect", "hsts"})
    secrets = frozenset({"passphrase"})
    serves = True
    files = OWN

    def problems(self, answers: Answers) -> Iterator[InstallError]:
        """The certificate has to be named."""
        if not answers.tls.certificate:
            yield bad_value("tls.certificate", "", f'/PATH (tls.mode = "{self.name}")')

    def certificate(
        self, answers: Answers, secrets: Secrets, in_use: str, now: datetime
    ) -> Certificate | None:
        """As read from the user's files."""
        certificate = load_certificate(answers.tls, secrets, now=now)
        certificate.check_covers(answers.site_address, path=answers.tls.certificate)
        return certificate


def load_certificate(tls: Tls, secrets: Secrets, *, now: datetime | None = None) -> Certificate:
    """The user's own certificate, whatever it is for. *now*: aware, for tests.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with params path and reason (``certificates.own``).
    """
    passphrase = secrets.tls_passphrase.reveal().encode() if secrets.tls_passphrase else None
    from installer.certificates.own import read_own

    return read_own(tls.certificate, tls.key, passphrase, now or datetime.now(UTC))
