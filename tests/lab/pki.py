"""The lab's own certificate authority and the certificates of its registry and ACME server.

The authority is shared by all labs of a machine (it is part of the images); its key never leaves the
cache.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .locks import held
from .place import CACHE
from .procs import run

MACHINE_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def ca_certificate() -> Path:
    """The authority's certificate; made at the first call."""
    folder = CACHE / "ca"
    certificate, key = folder / "ca.crt", folder / "ca.key"
    with held(CACHE / "ca.lock"):
        if not (certificate.is_file() and key.is_file()):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Python 3.13 refuses an authority without keyUsage
            usage = ("basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign")
            extensions = [word for text in usage for word in ("-addext", text)]
            subject = ["-days", "3650", "-subj", "/CN=Dify Installer Lab CA"]
            files = ["-keyout", str(key), "-out", str(certificate)]
            run(["openssl", "req", "-x509", *CURVE, *subject, *extensions, *files])
            key.chmod(0o600)
    return certificate


def issue(folder: Path, name: str, names: Sequence[str], addresses: Sequence[str]) -> tuple[Path, Path]:
    """A server certificate (``<name>.crt``, ``<name>.key`` in *folder*) for these names and addresses."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    wanted = ",".join([f"DNS:{n}" for n in names] + [f"IP:{a}" for a in addresses])
    authority = ca_certificate()
    stamp = folder / f"{name}.for"
    content = wanted + "\n" + authority.read_text()
    if certificate.is_file() and stamp.is_file() and stamp.read_text() == content:
        return certificate, key
    with tempfile.TemporaryDirectory() as scratch:
        request, extensions = Path(scratch, "csr"), Path(scratch, "ext")
        run(["openssl", "req", *CURVE, "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request])
        # … and a leaf without key identifiers
        extensions.write_text(
            f"subjectAltName={wanted}\nextendedKeyUsage=serverAuth\n"
            "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
        )
        serial = "0x" + secrets.token_hex(8)
        signer = ["-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-set_serial", serial]
        more = ["-days", "3000", "-extfile", str(extensions)]
        run(["openssl", "x509", "-req", "-in", request, *signer, *more, "-out", certificate])
    key.chmod(0o644)  # read by a process in a container that is not root there
    stamp.write_text(content)
    return certificate, key


def bundle() -> str:
    """This machine's authorities and ours."""
    machine = MACHINE_BUNDLE.read_text() if MACHINE_BUNDLE.is_file() else ""
    return machine.rstrip("\n") + "\n" + ca_certificate().read_text()
