"""Who answers where PostgreSQL should be: what is told, and what nobody gets who did not prove who they are.

The double speaks TLS with a certificate of its own authority, and asks for the password in three ways.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct
from pathlib import Path

import certifi
import pytest

from installer.external import asking
from installer.state import external_report
from tests.certificates import issue, key_pem, pem
from tests.unit.external import doubles
from tests.unit.external.doubles import Talk, attempt, codes, pg

PASSWORD = "correct horse"
ROUNDS = 4096
UNPROVED = ("external.unproved", "name")


class Server:
    """What one PostgreSQL has heard; *way*: ``clear``, ``scram``, ``scram-of-nobody``, ``scram-cut``."""

    def __init__(self, folder: Path, way: str, name: str = "127.0.0.1", *, encrypted: bool = True) -> None:
        self.authority = issue("Authority of a company", ca=True)
        made = issue("db", self.authority, names=[name])
        self.file, key = folder / "chain.pem", folder / "key.pem"
        self.file.write_bytes(pem(made, self.authority))
        key.write_bytes(key_pem(made.key))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.file, key)
        self.way, self.encrypted = way, encrypted
        self.passwords: list[bytes] = []

    def talk(self, link: socket.socket) -> None:
        link.recv(8)
        link.sendall(b"S" if self.encrypted else b"N")
        if not self.encrypted:
            self._inside(link)
            return
        with self.context.wrap_socket(link, server_side=True) as inside:
            self._inside(inside)

    def _inside(self, link: socket.socket) -> None:
        if not link.recv(4096):
            return
        if self.way == "clear":
            link.sendall(pg(b"R", struct.pack("!I", 3)))
            self.passwords.append(link.recv(4096)[5:])
        elif not self._scram(link):
            return
        ready = pg(b"Z", b"I")
        link.sendall(pg(b"R", struct.pack("!I", 0)) + pg(b"S", b"server_version\x0017.6\0") + ready)
        while link.recv(4096):
            link.sendall(pg(b"C", b"OK\0") + ready)

    def _scram(self, link: socket.socket) -> bool:
        link.sendall(pg(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0"))
        first = link.recv(4096)[5:].split(b"n,,", 1)[1].decode()
        salt = os.urandom(16)
        said = f"{first.split('r=')[1]}server"
        challenge = f"r={said},s={base64.b64encode(salt).decode()},i={ROUNDS}"
        link.sendall(pg(b"R", struct.pack("!I", 11) + challenge.encode()))
        final = link.recv(4096)[5:].decode()
        self.passwords.append(final.encode())
        if self.way == "scram-cut":
            return True  # lets in without its proof
        password = PASSWORD if self.way == "scram" else "something else"
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
        key = hmac.digest(salted, b"Server Key", "sha256")
        signed = f"{first},{challenge},{final.rsplit(',p=', 1)[0]}".encode()
        proof = base64.b64encode(hmac.digest(key, signed, "sha256"))
        link.sendall(pg(b"R", struct.pack("!I", 12) + b"v=" + proof))
        return True


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "SECONDS", 5.0)


def tried(talk: Talk) -> external_report.Tested:
    with doubles.talking(talk) as port:
        values = {
            "DB_HOST": "127.0.0.1",
            "DB_USERNAME": "dify",
            "DB_PASSWORD": PASSWORD,
            "DB_DATABASE": "dify",
        }
        return attempt("database", "postgresql", {**values, "DB_PORT": str(port)})


def reasons(tested: external_report.Tested) -> list[tuple[str, str]]:
    return [(p.code.value, p.params.get("reason", "")) for p in tested.findings]


def test_a_certificate_that_proves_nothing_is_told(tmp_path: Path) -> None:
    server = Server(tmp_path, "scram")
    tested = tried(server.talk)
    assert reasons(tested) == [("external.unproved", "unknown_issuer")]
    assert (tested.marks["tls"], tested.marks["login"]) == ("warning", "ok")


@pytest.mark.parametrize(("name", "found"), [("127.0.0.1", []), ("127.0.0.9", [UNPROVED])])
def test_one_of_a_public_authority_is_looked_at_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, found: list[tuple[str, str]]
) -> None:
    server = Server(tmp_path, "scram", name)
    monkeypatch.setattr(certifi, "where", lambda: str(server.file))
    assert reasons(tried(server.talk)) == found


def test_the_password_in_clear_text_is_for_those_who_proved_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encrypted in (True, False):
        server = Server(tmp_path, "clear", encrypted=encrypted)
        assert reasons(tried(server.talk))[-1] == ("external.login_refused", "clear")
        assert not [p for p in server.passwords if PASSWORD.encode() in p]
    server = Server(tmp_path, "clear")
    monkeypatch.setattr(certifi, "where", lambda: str(server.file))
    assert codes(tried(server.talk)) == [] and server.passwords == [PASSWORD.encode() + b"\0"]


@pytest.mark.parametrize("way", ["scram-of-nobody", "scram-cut"])
def test_a_server_that_does_not_know_the_password_is_not_believed(tmp_path: Path, way: str) -> None:
    server = Server(tmp_path, way, encrypted=False)
    tested = tried(server.talk)
    assert reasons(tested) == [("external.login_refused", "unproved")] and tested.marks["login"] == "stop"
