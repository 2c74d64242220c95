"""Servers of the lab whose names lead somewhere: the command line gets a hosts file of its own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli_runner import Cli
from tests.lab import Lab
from tests.lab.fixtures import lab
from tests.lab.pki import ca_certificate
from tests.lab_apply.conftest import Bench, Maker, benches

__all__ = ["Named", "Names", "bench", "lab"]

#: In a mount name space of its own, so that the machine's hosts file is never written.
_WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


@dataclass
class Named(Cli):
    """A command line that finds the names in *hosts*."""

    hosts: Path = Path()

    def command(self, *words: str) -> list[str]:
        inner = super().command(*words)
        return [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            _WITH_HOSTS,
            "sh",
            str(self.hosts),
            *inner,
        ]


@dataclass
class Names:
    """Who finds what: the authority by its own DNS, the person at the command line by a hosts file."""

    lab: Lab
    hosts: Path

    def lead(self, name: str, *addresses: str) -> None:
        """*name* leads to *addresses* for everybody; to none without any."""
        lines = [x for x in self.hosts.read_text().splitlines() if not x.endswith(f" {name}")]
        self.hosts.write_text("\n".join([*lines, *(f"{a} {name}" for a in addresses)]) + "\n")
        self.authority(name, *addresses)

    def authority(self, name: str, *addresses: str) -> None:
        """The same for the authority alone."""
        for kind in ("a", "aaaa"):
            self.lab.acme.dns(f"clear-{kind}", {"host": f"{name}."})
            fitting = [x for x in addresses if (":" in x) == (kind == "aaaa")]
            if fitting:
                self.lab.acme.dns(f"add-{kind}", {"host": f"{name}.", "addresses": fitting})


@pytest.fixture
def bench(lab: Lab, tmp_path: Path) -> Iterator[Maker]:
    """As in ``lab_apply``."""
    yield from benches(lab, tmp_path)


@pytest.fixture
def names(lab: Lab, tmp_path: Path) -> Iterator[Names]:
    """The names of one test; the authority as it was."""
    hosts = tmp_path / "hosts"
    hosts.write_text(Path("/etc/hosts").read_text())
    lab.acme.start()
    yield Names(lab, hosts)
    lab.acme.start()


def named(bench: Bench, names: Names, address: str, **tls: object) -> Bench:
    """*bench* with a certificate for *address* asked for."""
    cli = bench.cli
    bench.cli = Named(cli.home, cli.answers, cli.secrets, cli.environment, names.hosts)
    server = {"acme_server": bench.lab.place.acme_url, "mode": "letsencrypt", "email": "admin@example.jp"}
    bench.write(site={"address": address}, tls={**server, **tls})
    return bench


def served(host: str, name: str) -> dict[str, object]:
    """The certificate that *host* shows to somebody who asks for *name*, not judged."""
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        contextlib.closing(socket.create_connection((host, 443), timeout=10)) as raw,
        context.wrap_socket(raw, server_hostname=name) as tls,
    ):
        certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {
        "names": [str(n.value) for n in names],
        "serial": certificate.serial_number,
        "ends": certificate.not_valid_after_utc.timestamp(),
    }


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def status(url: str, name: str = "") -> tuple[int, str]:
    """The status of *url* asked with *name* in the Host header, and where it redirects to. 0: no answer."""
    context = ssl.create_default_context(cafile=str(ca_certificate()))
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _Stay
    )
    request = urllib.request.Request(url, headers={"Host": name} if name else {})
    try:
        with opener.open(request, timeout=10) as answer:
            return int(answer.status), ""
    except urllib.error.HTTPError as error:
        return int(error.code), str(error.headers.get("Location", ""))
    except OSError:
        return 0, ""


Asked = Callable[..., Bench]
