"""The stand-in's own protocol code and what it checks."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import pytest

from tests.lab.standin import handler, peers, services
from tests.lab.standin.sql import quote
from tests.lab.standin.wire_mysql import MySql, MySqlError, native_password
from tests.lab.standin.wire_postgres import _scram_proof


def test_scram_as_in_rfc_7677() -> None:
    first = "n=user,r=rOprNGfwEbeRWgbNEkqO"
    server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = _scram_proof(server, first, "pencil").partition("p=")[2]
    assert proof == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="


def test_quoting() -> None:
    assert quote("o'clock") == "'o''clock'"
    assert quote(None) == "NULL"


NONCE = b"abcdefghijklmnopqrst"


class MySqlServer(socketserver.StreamRequestHandler):
    """Lets the password ``right`` in, answers every query with two results."""

    def packet(self, number: int, body: bytes) -> None:
        self.wfile.write(struct.pack("<I", len(body))[:3] + bytes([number]) + body)

    def read(self) -> bytes:
        head = self.rfile.read(4)
        return self.rfile.read(int.from_bytes(head[:3], "little"))

    def handle(self) -> None:
        greeting = b"\n8.0.0\0" + bytes(4) + NONCE[:8] + bytes(19) + NONCE[8:] + b"\0mysql_native_password\0"
        self.packet(0, greeting)
        if native_password("right", NONCE) not in self.read():
            self.packet(2, b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied for user 'u'@'h'")
            return
        self.packet(2, b"\0\0\0\2\0\0\0")
        while self.read():
            self.packet(1, b"\0\1\0" + struct.pack("<HH", 10, 0))  # done, more follows
            for number, body in enumerate((b"\2", b"column", b"column", b"\xfe\0\0\2\0"), 2):
                self.packet(number, body)
            self.packet(6, b"\2ab\xfb")
            self.packet(7, b"\xfc\x2c\1" + b"x" * 300 + b"\0")
            self.packet(8, b"\xfe\0\0\2\0")


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def test_mysql_rows_of_all_results() -> None:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), MySqlServer)) as port:
        connection = MySql("127.0.0.1", str(port), "u", "right", "d")
        assert connection.query("select 1; select 2") == [["ab", None], ["x" * 300, ""]]
        connection.close()


def test_mysql_tells_a_wrong_password_from_a_server_that_is_away() -> None:
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), MySqlServer)) as port:
        with pytest.raises(MySqlError, match=r"1045.*Access denied") as caught:
            MySql("127.0.0.1", str(port), "u", "wrong", "d")
        assert caught.value.refused
    with pytest.raises(MySqlError, match="2003") as caught:
        MySql("127.0.0.1", str(port), "u", "right", "d")
    assert not caught.value.refused


def test_checks_follow_the_environment() -> None:
    env = {
        "PLUGIN_DAEMON_URL": "http://plugin_daemon:5002/",
        "PLUGIN_DAEMON_KEY": "k",
        "VECTOR_STORE": "qdrant",
        "QDRANT_URL": "http://q:1",
        "QDRANT_API_KEY": "q",
        "AGENT_BACKEND_BASE_URL": "http://agent_backend:5050",
    }
    assert peers.wanted(env) == {
        "plugin_daemon": peers.Check(
            "http://plugin_daemon:5002/plugin/lab/management/list", {"X-Api-Key": "k"}
        ),
        "vector:qdrant": peers.Check("http://q:1/collections", {"api-key": "q"}),
    }
    names = {"HOST": "h", "PORT": "1", "USER": "u", "PASSWORD": "p", "DATABASE": "d"}
    env = {"VECTOR_STORE": "pgvector", **{"PGVECTOR_" + name: value for name, value in names.items()}}
    assert peers.wanted(env) == {"vector:pgvector": peers.PgVector("h", "1", "u", "p", "d")}


Asking = Callable[[str, dict[str, str]], int]


@pytest.fixture
def asking(request: pytest.FixtureRequest) -> Iterator[Asking]:
    """Status of a path with headers, from the service of the parameter."""
    role = type("Role", (handler.Handler,), {"route": staticmethod(request.param)})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), role)) as port:
        yield lambda path, headers: peers.Check(f"http://127.0.0.1:{port}{path}", headers).ask()[0]


@pytest.mark.parametrize("asking", [services.weaviate], indirect=True)
def test_weaviate_refuses_other_keys(monkeypatch: pytest.MonkeyPatch, asking: Asking) -> None:
    def status(path: str, key: str = "") -> int:
        return asking(path, {"Authorization": f"Bearer {key}"} if key else {})

    monkeypatch.setenv("AUTHENTICATION_APIKEY_ENABLED", "true")
    monkeypatch.setenv("AUTHENTICATION_APIKEY_ALLOWED_KEYS", "right,other")
    monkeypatch.setenv("AUTHENTICATION_APIKEY_USERS", "admin,guest")
    assert status("/v1/.well-known/ready") == 200
    assert status("/v1/.well-known/openid-configuration") == 404
    assert [status("/v1/meta", key) for key in ("right", "other", "wrong", "")] == [200, 200, 401, 401]
    monkeypatch.setenv("AUTHORIZATION_ADMINLIST_ENABLED", "true")
    monkeypatch.setenv("AUTHORIZATION_ADMINLIST_USERS", "admin")
    assert [status("/v1/schema", key) for key in ("right", "other", "")] == [200, 403, 401]
    monkeypatch.setenv("AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", "true")
    assert (status("/v1/meta"), status("/v1/meta", "wrong")) == (200, 401)
    monkeypatch.setenv("AUTHENTICATION_APIKEY_ENABLED", "false")
    assert status("/v1/meta", "right") == 401


@pytest.mark.parametrize("asking", [services.qdrant], indirect=True)
def test_qdrant_refuses_other_keys(monkeypatch: pytest.MonkeyPatch, asking: Asking) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", "right")
    found = [asking("/collections", headers) for headers in ({"api-key": "right"}, {"api-key": "no"}, {})]
    assert found == [200, 403, 403]
    assert asking("/readyz", {}) == 200
