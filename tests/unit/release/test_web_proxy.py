"""Our own downloads go through the person's proxy and believe the system's certificate authorities.

Everything is real: an authority of our own in ``SSL_CERT_FILE``, an HTTPS server with its certificate, a
proxy that wants a password.
"""

from __future__ import annotations

import base64
import datetime
import http.server
import ipaddress
import select
import socket
import ssl
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from installer.core.errors import InstallError
from installer.release.catalogue import fetch_releases
from installer.release.download import fetch_archive
from installer.release.web import get
from tests.unit.release.web_server import serving

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PASSWORD = "ge:heim@99"  # as people have them: percent-encoded in the URL


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# ------------------------------------------------------------------------------ an authority and its server


@dataclass(frozen=True)
class Authority:
    certificate: Path
    chain: Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    key, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Company Root")])
    now = datetime.datetime.now(datetime.UTC)

    def certificate(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool
    ) -> x509.CertificateBuilder:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        return builder.add_extension(usage, critical=True)

    root = certificate(name, key.public_key(), ca=True).sign(key, hashes.SHA256())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "releases.test")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("releases.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    server = (
        certificate(subject, leaf.public_key(), ca=False)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    plain = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "chain.pem").write_bytes(server.public_bytes(pem) + plain)
    return Authority(folder / "root.pem", folder / "chain.pem")


class _Https(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that does not believe the certificate hangs up; that is its answer."""


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"[]" if "releases" in self.path else b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def https(authority: Authority) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.chain)
    with _Https(("127.0.0.1", 0), _Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


# ------------------------------------------------------------------------------ a proxy


@dataclass
class Proxy:
    """What it was asked for. Every name leads to 127.0.0.1, as only the proxy may know names."""

    port: int
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxy(password: str = "") -> Iterator[Proxy]:
    wanted = "Basic " + base64.b64encode(f"me:{password}".encode()).decode()

    class Asked(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if not self._welcome():
                return
            port = int(self.path.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), 5) as server:
                self.send_response(200)
                self.end_headers()
                _pump(self.connection, server)
            self.close_connection = True

        def do_GET(self) -> None:
            if self._welcome():
                port = urlsplit(self.path).port or 80
                path = urlsplit(self.path).path
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                    f"http://127.0.0.1:{port}{path}", timeout=5
                ) as answer:
                    body = answer.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def _welcome(self) -> bool:
            known.asked.append(self.path)
            if not password or self.headers.get("Proxy-Authorization") == wanted:
                return True
            self.send_response(407)
            self.send_header("Proxy-Authenticate", "Basic realm=x")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def log_message(self, *_: object) -> None:
            pass

    with _Https(("127.0.0.1", 0), Asked) as server:
        known = Proxy(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield known
        server.shutdown()
        thread.join()


def _pump(one: socket.socket, two: socket.socket) -> None:
    while readable := select.select([one, two], [], [], 5)[0]:
        for ready in readable:
            data = ready.recv(65536)
            if not data:
                return
            (two if ready is one else one).sendall(data)


def read(url: str) -> bytes:
    with get(url) as response:
        return bytes(response.read())


# ------------------------------------------------------------------------------ tests


def test_http_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda h: h.send(200, b"hello")) as server, proxy() as between:
        url = server.url.replace("127.0.0.1", "releases.test")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{between.port}")
        assert read(f"{url}/x") == b"hello"
        assert between.asked == [f"{url}/x"]


def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda h: h.send(200, b"hello")) as server, proxy() as between:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{between.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1,.example")
        assert read(server.url) == b"hello"
        assert between.asked == []


def test_the_system_s_proxies_count_where_the_environment_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows keeps them in its registry, macOS in its network settings: ``urllib`` reads both."""
    with serving(lambda h: h.send(200, b"hello")) as server, proxy() as between:
        url = server.url.replace("127.0.0.1", "releases.test")
        system = {"http": f"http://127.0.0.1:{between.port}"}
        monkeypatch.setattr(urllib.request, "getproxies", lambda: system)
        assert read(url) == b"hello"
        assert len(between.asked) == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="those ask their own store, not a file")
class TestOwnAuthority:
    def test_the_system_s_authorities_are_believed(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with https(authority) as port:
            with pytest.raises(urllib.error.URLError) as failure:
                read(f"https://127.0.0.1:{port}/")
            assert "CERTIFICATE_VERIFY_FAILED" in str(failure.value)
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
            assert read(f"https://127.0.0.1:{port}/") == b"hello"

    def test_another_name_is_refused(self, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        with https(authority) as port, proxy() as between:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{between.port}")
            with pytest.raises(urllib.error.URLError) as failure:
                read(f"https://elsewhere.test:{port}/")
            assert "CERTIFICATE_VERIFY_FAILED" in str(failure.value)

    def test_https_through_a_proxy_that_wants_a_password(
        self, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        with https(authority) as port, proxy(PASSWORD) as between:
            url = f"https://releases.test:{port}"
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:ge%3Aheim%4099@127.0.0.1:{between.port}")
            assert read(f"{url}/x") == b"hello"
            assert between.asked == [f"releases.test:{port}"]
            assert fetch_releases(url) == ()

    def test_a_refusing_proxy_is_an_error_without_its_password(
        self, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with https(authority) as port, proxy(PASSWORD) as between:
            monkeypatch.setenv("https_proxy", f"http://me:wrong-one@127.0.0.1:{between.port}")
            with pytest.raises(InstallError) as failure:
                fetch_archive("99.0.0", f"https://releases.test:{port}", tmp_path, first_wait=0.001)
            assert "407" in failure.value.detail
            assert "wrong-one" not in repr((failure.value.detail, dict(failure.value.params)))
