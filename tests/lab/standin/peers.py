"""What the real API meets only on use (a plugin, a code node, indexing) is done at its start here.

So a key that does not match is seen at once: the answer 401 or 403 ends the process, Compose starts it
again.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .settings import ENV, STRICT, die, log
from .sql import DatabaseError
from .wire_postgres import Postgres

CHECKS: dict[str, str] = {}
SANDBOX_JOB = b'{"language":"python3","code":"print(1)"}'
#: As the client library does it: is it there, who am I to it; then what needs a right of its own.
WEAVIATE_PATHS = ("/v1/.well-known/ready", "/v1/meta", "/v1/schema")
PGVECTOR_QUERY = "select '[1,2,3]'::vector <-> '[1,2,5]'::vector"


class Question(Protocol):
    """What a peer answers for the right key alone; its text is the question without the key."""

    def ask(self) -> tuple[int, str]:
        """(status as in HTTP, text); status 0 = no answer."""


@dataclass(frozen=True)
class Check:
    """A request over HTTP."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url}"

    def ask(self) -> tuple[int, str]:
        request = urllib.request.Request(self.url, self.body, self.headers, method=self.method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, ValueError) as error:
            return 0, str(error)


@dataclass(frozen=True)
class PgVector:
    """A log-in to PostgreSQL, its extension made, and a distance that only the extension can tell."""

    host: str
    port: str
    user: str
    password: str
    database: str

    def __str__(self) -> str:
        return f"{PGVECTOR_QUERY} on {self.host}:{self.port}"

    def ask(self) -> tuple[int, str]:
        try:
            connection = Postgres(self.host, self.port, self.user, self.password, self.database)
            connection.query("create extension if not exists vector")
            rows = connection.query(PGVECTOR_QUERY)
            connection.close()
        except DatabaseError as error:
            return (401 if error.refused else 0), str(error)
        return (200 if rows == [["2"]] else 500), str(rows)


def wanted(env: Mapping[str, str] = ENV) -> dict[str, Question]:
    """The checks that this environment asks for."""
    todo: dict[str, Question] = {}
    if env.get("PLUGIN_DAEMON_URL"):
        url = env["PLUGIN_DAEMON_URL"].rstrip("/") + "/plugin/lab/management/list"
        todo["plugin_daemon"] = Check(url, {"X-Api-Key": env.get("PLUGIN_DAEMON_KEY", "")})
    if env.get("CODE_EXECUTION_ENDPOINT"):
        url = env["CODE_EXECUTION_ENDPOINT"].rstrip("/") + "/v1/sandbox/run"
        key = {"X-Api-Key": env.get("CODE_EXECUTION_API_KEY", ""), "Content-Type": "application/json"}
        todo["sandbox"] = Check(url, key, "POST", SANDBOX_JOB)
    store = env.get("VECTOR_STORE", "")
    if store == "weaviate":
        key = {"Authorization": "Bearer " + env.get("WEAVIATE_API_KEY", "")}
        for path in WEAVIATE_PATHS:
            todo["vector:weaviate" + path] = Check(env.get("WEAVIATE_ENDPOINT", "") + path, key)
    if store == "qdrant":
        key = {"api-key": env.get("QDRANT_API_KEY", "")}
        todo["vector:qdrant"] = Check(env.get("QDRANT_URL", "") + "/collections", key)
    if store == "pgvector":
        names = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE")
        todo["vector:pgvector"] = PgVector(*(env.get("PGVECTOR_" + name, "") for name in names))
    # api_websocket of 1.16.1 is not given the token
    if env.get("AGENT_BACKEND_BASE_URL") and "AGENT_BACKEND_API_TOKEN" in env:
        key = {"Authorization": "Bearer " + env["AGENT_BACKEND_API_TOKEN"]}
        todo["agent_backend"] = Check(env["AGENT_BACKEND_BASE_URL"] + "/runs", key)
    return todo


def check_peers(patience: float = 120) -> None:
    """Until every peer has answered, or for *patience* seconds."""
    todo = wanted()
    CHECKS.update(dict.fromkeys(todo, "waiting"))
    end = time.time() + patience
    while todo and time.time() < end:
        for name, check in list(todo.items()):
            if _settle(name, check):
                del todo[name]
        if todo:
            time.sleep(1)
    for name in todo:
        log("ERROR", "lab_checks.py:2", f"{name}: {CHECKS[name]}")
    log("INFO", "lab_checks.py:3", f"peer checks: {CHECKS}")


def _settle(name: str, check: Question) -> bool:
    """One try; True when no further one is needed."""
    status, text = check.ask()
    if status in (200, 201):
        CHECKS[name] = "ok"
        return True
    if status not in (401, 403):
        CHECKS[name] = f"no answer ({status} {text[:60]})"
        return False
    CHECKS[name] = f"refused {status}"
    log("ERROR", "lab_checks.py:1", f"{name}: {check} -> {status} {text.strip()}")
    if STRICT:
        plugin = name == "plugin_daemon"
        die(
            f"PluginDaemonUnauthorizedError: {text.strip()}"
            if plugin
            else f"{name}: unauthorized: {text.strip()}"
        )
    return True
