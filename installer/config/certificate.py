"""The certificate that a configuration places: a person's own, or one that is made here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from installer.answers import Answers, Secrets, Tls
from installer.core.installation_files import OWN, SELF_SIGNED

if TYPE_CHECKING:
    from installer.certificates.model import Certificate


def certificate_files(tls: Tls) -> tuple[str, str]:
    """The names of certificate and key in ``CERTIFICATE_FOLDER``."""
    return SELF_SIGNED if tls.mode == "self-signed" else OWN


def load_certificate(tls: Tls, secrets: Secrets, *, now: datetime | None = None) -> Certificate:
    """The person's own certificate. *now*: aware, for tests.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with params path and reason (``certificates.own``).
    """
    from installer.certificates.own import read_own

    passphrase = secrets.tls_passphrase.reveal().encode() if secrets.tls_passphrase else None
    return read_own(tls.certificate, tls.key, passphrase, now or datetime.now(UTC))


def site_certificate(
    answers: Answers, secrets: Secrets, in_use: str = "", *, now: datetime | None = None
) -> Certificate | None:
    """The certificate to place, for the site's address for sure; None where none of ours is placed. *in_use*:
    the self-signed one that is there, with its key.

    Raises ``InstallError(CERTIFICATE_UNREADABLE)``.
    """
    if answers.tls.mode == "self-signed":
        from installer.certificates.self_signed import self_signed

        return self_signed(answers.site_address, in_use, now or datetime.now(UTC))
    if answers.tls.mode != "own":
        return None
    certificate = load_certificate(answers.tls, secrets, now=now)
    certificate.check_covers(answers.site_address, path=answers.tls.certificate)
    return certificate
