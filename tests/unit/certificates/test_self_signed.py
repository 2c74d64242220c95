"""The certificate of our own making."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from installer.certificates.model import Certificate
from installer.certificates.self_signed import DAYS, RENEW_DAYS, self_signed
from tests.certificates import NOW, ec_key, issue, key_pem, pem, site

ADDRESS = "dify.example.com"


def text(certificate: Certificate) -> str:
    """As it is read back."""
    return certificate.chain.decode() + certificate.key.reveal()


def parsed(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.chain)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (ADDRESS, x509.DNSName(ADDRESS)),
        ("例え.jp", x509.DNSName("xn--r8jz45g.jp")),
        ("localhost", x509.DNSName("localhost")),
        ("203.0.113.5", x509.IPAddress(ipaddress.ip_address("203.0.113.5"))),
        ("fe80::1%eth0", x509.IPAddress(ipaddress.ip_address("fe80::1"))),
        (f"{'a' * 60}.{'b' * 60}.example", x509.DNSName(f"{'a' * 60}.{'b' * 60}.example")),
    ],
)
def test_what_is_made(address: str, name: x509.GeneralName) -> None:
    made = self_signed(address, "", NOW)
    one, extensions = parsed(made), parsed(made).extensions
    assert [*extensions.get_extension_for_class(x509.SubjectAlternativeName).value] == [name]
    assert made.info.covers(address) and made.info.self_signed and made.info.trust == "unknown"
    assert made.info.key == "EC secp256r1" and made.info.issuer == made.info.subject
    assert one.not_valid_after_utc - one.not_valid_before_utc <= dt.timedelta(days=397)
    assert one.not_valid_before_utc < NOW and made.info.days_left == DAYS - 1
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and not constraints.value.ca
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [*purposes] == [ExtendedKeyUsageOID.SERVER_AUTH]
    own = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own


def test_who_trusts_it_can_connect(tmp_path: Path) -> None:
    """Strictly: what somebody puts into a list of trusted certificates is verified like any other."""
    made = self_signed(ADDRESS, "", NOW)
    (tmp_path / "pair.pem").write_text(text(made))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "pair.pem")
    client = ssl.create_default_context(cadata=made.chain.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert shake_hands(client, server, ADDRESS) == made.info.names
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client, server, "other.example.com")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(ssl.create_default_context(), server, ADDRESS)


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> tuple[str, ...]:
    """The names that the client then knows the server by."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(down, up, server_hostname=name), server.wrap_bio(up, down, server_side=True)]
    for end in ends * 4:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    shown: Any = ends[0].getpeercert()
    return tuple(value for _, value in shown["subjectAltName"])


def test_the_one_in_use_stays() -> None:
    made = self_signed(ADDRESS, "", NOW)
    for later in (0, 1, DAYS - RENEW_DAYS - 2):
        kept = self_signed(ADDRESS, text(made), NOW + dt.timedelta(days=later))
        assert (kept.chain, kept.key) == (made.chain, made.key)
    assert self_signed("DIFY.example.com.", text(made), NOW).chain == made.chain
    assert self_signed(ADDRESS, text(made).replace("\n", "\r\n"), NOW).chain == made.chain


def old(days: int, since: int = 60, names: tuple[str, ...] = (ADDRESS,)) -> str:
    one = issue(ADDRESS, names=names, days=days, since=since)
    return (pem(one) + key_pem(one.key)).decode()


@pytest.mark.parametrize(
    ("in_use", "why"),
    [
        ("", "none is there"),
        ("no certificate at all", "something else"),
        (old(RENEW_DAYS), "it ends soon"),
        (old(-1), "it has ended"),
        (old(90, since=-2), "a clock was wrong"),
        (old(90, names=("other.example.com",)), "the address has changed"),
        (old(90).replace("-----BEGIN PRIVATE", "-----BEGIN DAMAGED"), "the key is damaged"),
        (pem(issue(ADDRESS, names=(ADDRESS,))).decode(), "no key"),
        (key_pem(ec_key()).decode(), "no certificate"),
        (pem(issue(ADDRESS, names=(ADDRESS,))).decode() + key_pem(ec_key()).decode(), "another key"),
        ((pem(site(None)) + key_pem(ec_key()) + b"\xff").decode("latin-1"), "other letters"),
    ],
)
def test_a_new_one_where(in_use: str, why: str) -> None:
    made = self_signed(ADDRESS, in_use, NOW)
    assert made.chain.decode() not in in_use, why
    assert made.info.days_left == DAYS - 1 and made.info.names == (ADDRESS,)


def test_one_that_somebody_else_issued_is_not_kept() -> None:
    root = issue("Root", ca=True)
    one = site(root)
    assert self_signed(ADDRESS, (pem(one) + key_pem(one.key)).decode(), NOW).info.self_signed


def test_each_has_a_key_of_its_own() -> None:
    assert self_signed(ADDRESS, "", NOW).key != self_signed(ADDRESS, "", NOW).key
