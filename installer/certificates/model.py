"""What a certificate says, as plain data, and the error that says why one cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from installer.certificates.names import covers
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret

#: Who vouches for it, as far as that can be proved here. ``public``: a root that browsers know. ``unknown``:
#: a company's own CA, or one that this program does not know; computers must be configured to trust it.
Trust = Literal["public", "unknown"]
#: Lines of a key that are short could be part of any other text.
_TELLING = 16


@dataclass(frozen=True)
class Link:
    """One certificate of those that the web server sends. Names are for people; the time is UTC."""

    subject: str
    issuer: str
    not_after: datetime


@dataclass(frozen=True)
class CertificateInfo:
    """What pages and the command line show; holds no secret.

    *names*: addresses that it is for, as certificates write them. *chain*: the site's own first, then each
    issuer, without the root. *key*: kind and size, ``RSA 2048`` or ``EC secp256r1``. *fingerprint*: SHA-256
    as browsers show it, ``AB:CD:…``. Times are UTC; *judged*: when it was looked at.
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    chain: tuple[Link, ...]
    key: str
    self_signed: bool
    trust: Trust
    fingerprint: str
    judged: datetime

    @property
    def days_left(self) -> int:
        """Whole days that it was still valid when it was judged; none are left of one that is over."""
        return max(0, (self.not_after - self.judged).days)

    def covers(self, address: str) -> bool:
        """Whether *address* (name or IP) is one that the certificate is for; ``*.x`` counts one label."""
        return covers(self.names, address)

    def as_json(self) -> Mapping[str, Any]:
        """As the command line prints it; times in ISO 8601."""
        return {
            "names": list(self.names),
            "subject": self.subject,
            "issuer": self.issuer,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "days_left": self.days_left,
            "chain": [
                {"subject": c.subject, "issuer": c.issuer, "not_after": c.not_after.isoformat()}
                for c in self.chain
            ],
            "key": self.key,
            "self_signed": self.self_signed,
            "trust": self.trust,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True)
class Certificate:
    """What is placed on the target. *chain*: PEM, the site's own first. *key*: unencrypted PEM, as nginx
    needs it."""

    chain: bytes
    key: Secret
    info: CertificateInfo

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The key for the redactor, also line by line: that is how text leaves."""
        lines = (line for line in self.key.reveal().splitlines() if not line.startswith("-----"))
        return (self.key, *(Secret(line) for line in lines if len(line) >= _TELLING))

    def check_covers(self, address: str, *, path: str) -> None:
        """Browsers refuse a site whose *address* the certificate (read from *path*) is not for, also an IP.

        Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with the reason ``address``.
        """
        if not self.info.covers(address):
            raise refused(path, "address", address=address, names=", ".join(self.info.names))


class About(TypedDict, total=False):
    """What a certificate is refused for. *subject*: which one; *issuer*: of whom; *aia*: where that one can
    be had; *at*: since or until when; *kind*: of a key or signature."""

    subject: str
    issuer: str
    aia: str
    at: str
    kind: str
    address: str
    names: str


def refused(path: str, reason: str, **about: Unpack[About]) -> InstallError:
    """Why the certificate or key in *path* cannot be used."""
    params = {
        "path": path,
        "reason": reason,
        "subject": about.get("subject", ""),
        "issuer": about.get("issuer", ""),
        "aia": about.get("aia", ""),
        "at": about.get("at", ""),
        "kind": about.get("kind", ""),
        "address": about.get("address", ""),
        "names": about.get("names", ""),
    }
    return InstallError(Code.CERTIFICATE_UNREADABLE, params, detail=_detail(params))


def _detail(params: Mapping[str, str]) -> str:
    more = [f"{k}: {text}" for k, text in params.items() if text and k not in ("path", "reason")]
    return f"{params['reason']} ({', '.join(more)})" if more else params["reason"]
