"""The stand-in's own protocol code and what it checks."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer

import pytest

from tests.lab.standin import handler, peers, services
from tests.lab.standin.wire_postgres import _scram_proof, quote


def test_scram_as_in_rfc_7677() -> None:
    first = "n=user,r=rOprNGfwEbeRWgbNEkqO"
    server = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proof = _scram_proof(server, first, "pencil").partition("p=")[2]
    assert proof == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="


def test_quoting() -> None:
    assert quote("o'clock") == "'o''clock'"
    assert quote(None) == "NULL"


def test_checks_follow_the_environment() -> None:
    env = {
        "PLUGIN_DAEMON_URL": "http://plugin_daemon:5002/",
        "PLUGIN_DAEMON_KEY": "k",
        "VECTOR_STORE": "qdrant",
        "QDRANT_API_KEY": "q",
        "AGENT_BACKEND_BASE_URL": "http://agent_backend:5050",
    }
    found = peers.wanted(env)
    assert set(found) == {"plugin_daemon", "vector:qdrant"}
    assert found["plugin_daemon"].headers == {"X-Api-Key": "k"}
    assert found["vector:qdrant"].headers == {"api-key": "q"}


@pytest.mark.parametrize(("key", "status"), [("right", 200), ("wrong", 401), ("", 401)])
def test_weaviate_refuses_other_keys(monkeypatch: pytest.MonkeyPatch, key: str, status: int) -> None:
    monkeypatch.setenv("AUTHENTICATION_APIKEY_ALLOWED_KEYS", "right,other")
    role = type("Role", (handler.Handler,), {"route": staticmethod(services.weaviate)})
    with ThreadingHTTPServer(("127.0.0.1", 0), role) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/v1/schema"
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        assert peers.fetch(peers.Check(url, headers))[0] == status
        server.shutdown()
