"""A person's own certificate: read, matched with its key, put in order, proved fit for a site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from installer.certificates.chain import in_order, is_self_signed, issued
from installer.certificates.files import read_pair
from installer.certificates.fitness import check_site
from installer.certificates.keys import kind_of
from installer.certificates.model import Certificate, CertificateInfo, Link, Trust, refused
from installer.certificates.reading import called, damages, is_ca, names_of, title
from installer.certificates.roots import is_public, roots_named
from installer.core.secrets import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate as CertificateX509


def read_own(certificate: str, key: str, passphrase: bytes | None, now: datetime) -> Certificate:
    """The certificate in the file *certificate* with its key in the file *key* (empty: both in the first).

    Raises ``InstallError(CERTIFICATE_UNREADABLE)`` with the reason in its params; each has its sentences in
    ``resources/texts``.
    """
    given, keys = read_pair(certificate, key, passphrase)
    try:
        site, own = _match(given, keys, certificate, now)
        check_site(site, certificate, now, self_signed=is_self_signed(site))
        chain = in_order(site, given, certificate, now)
        trust: Trust = "public" if is_public(chain.links, chain.roots, now) else "unknown"
        return put_together(chain.links, own, trust, now)
    except UnsupportedAlgorithm as exc:
        raise refused(certificate, "algorithm") from exc
    except damages() as exc:  # parts of a certificate are read only when they are needed
        raise refused(certificate, "damaged") from exc


def put_together(
    links: tuple[CertificateX509, ...], key: PrivateKeyTypes, trust: Trust, now: datetime
) -> Certificate:
    """What is placed on the target, with what it says."""
    chain = b"".join(c.public_bytes(Encoding.PEM) for c in links)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(chain, Secret(private.decode()), _info(links, trust, now))


def described(pem: bytes, now: datetime) -> CertificateInfo | None:
    """What a web server shows that sends the certificates in *pem*, in this order; None if there is none that
    can be read. Nothing is judged but who vouches for it."""
    try:
        links = tuple(x509.load_pem_x509_certificates(pem))
        if not names_of(links[0]):
            return None
        roots = [root for link in links for root in roots_named(link.issuer) if issued(root, link)]
        return _info(links, "public" if is_public(links, roots, now) else "unknown", now)
    except damages(UnsupportedAlgorithm, IndexError):
        return None


def _info(links: tuple[CertificateX509, ...], trust: Trust, now: datetime) -> CertificateInfo:
    site = links[0]
    return CertificateInfo(
        names=names_of(site),
        subject=called(site),
        issuer=title(site.issuer),
        not_before=site.not_valid_before_utc,
        not_after=site.not_valid_after_utc,
        chain=tuple(Link(called(c), title(c.issuer), c.not_valid_after_utc) for c in links),
        key=kind_of(site.public_key()),
        self_signed=is_self_signed(site),
        trust=trust,
        fingerprint=site.fingerprint(SHA256()).hex(":").upper(),
        judged=now,
    )


def _match(
    given: Iterable[CertificateX509], keys: Iterable[PrivateKeyTypes], path: str, now: datetime
) -> tuple[CertificateX509, PrivateKeyTypes]:
    """The certificate of one of *keys*; of several (it was renewed for the same key) the one that is valid,
    and longest."""
    given = [*given]
    pairs = [(c, key) for key in keys for c in given if public_bytes(c) == public_bytes(key)]
    if not pairs:
        sites = [c for c in given if not is_ca(c)]
        raise refused(path, "mismatch", subject=called((sites or given)[0]))
    return max(pairs, key=lambda pair: (pair[0].not_valid_before_utc <= now, pair[0].not_valid_after_utc))


def public_bytes(owner: CertificateX509 | PrivateKeyTypes) -> bytes:
    """The public key, DER. Raises ``UnsupportedAlgorithm``."""
    return owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
