"""Host certificates: a server's key signed by an authority that known_hosts trusts (``@cert-authority``).

Format and rules: OpenSSH, PROTOCOL.certkeys; what sshconnect.c, ``check_host_cert`` asks of one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)

from installer.core.errors import Code, InstallError
from installer.hosts.ssh.host_keys import HostKey

SUFFIX = "-cert-v01@openssh.com"


def blob_type(blob: bytes) -> str:
    """The type that a key's wire form names itself; empty if it is none."""
    length = int.from_bytes(blob[:4])
    return blob[4 : 4 + min(length, 100)].decode("ascii", "replace")


def plain_key(certificate: HostKey) -> HostKey:
    """The key inside a certificate. ``InstallError(SSH_NEGOTIATION)`` for one that cannot be read."""
    try:
        return _key_of(_load(certificate).public_key())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise InstallError(Code.SSH_NEGOTIATION, {"host": "", "port": ""}, detail=str(exc)) from exc


def vouched_for(certificate: HostKey, authorities: Sequence[HostKey], host: str) -> bool:
    """Whether one of *authorities* signed *certificate* for *host* and it is valid now."""
    try:
        read = _load(certificate)
        if _key_of(read.signature_key()) not in authorities:
            return False
        read.verify_cert_signature()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False
    names = {name.decode("utf-8", "replace").lower() for name in read.valid_principals}
    return (
        read.type is SSHCertificateType.HOST
        and read.valid_after <= time.time() < read.valid_before
        and not read.critical_options
        and host.lower() in names  # OpenSSH, too, takes no host certificate without names
    )


def _load(certificate: HostKey) -> SSHCertificate:
    read = load_ssh_public_identity(certificate.text.encode())
    if not isinstance(read, SSHCertificate):
        raise ValueError("no certificate")
    return read


def _key_of(public: object) -> HostKey:
    return HostKey.parse(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode())  # type: ignore[attr-defined]
