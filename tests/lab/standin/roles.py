"""Start of each role: first what it cannot do without, then its port."""

from __future__ import annotations

import base64
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import api, services
from .databases import FIRST_DATABASE, KIND, make_database
from .handler import listen, serve
from .needs import (
    migrate,
    need_broker,
    need_database,
    need_redis,
    need_secret_key,
    need_storage,
    shown_broker,
)
from .peers import CHECKS, Check, check_peers
from .settings import ENV, MODE, ROLE, START_DELAY, STRICT, die, log
from .sql import DatabaseError
from .wire_redis import Redis, RedisError, as_go


def api_role() -> None:
    """One image for api, worker, beat and websocket, told apart by MODE."""
    need_secret_key()
    if MODE != "api":
        worker()
    if ENV.get("MIGRATION_ENABLED", "true").lower() == "true":
        migrate()
    kind = ENV.get("SERVER_WORKER_CLASS", "")
    if (
        kind == "gevent" or "gevent" not in kind
    ):  # api_websocket has a class of its own and no storage mounted
        need_storage()
    need_database().close()
    CHECKS[f"database:{KIND}"] = "ok"
    need_redis()
    need_broker()
    threading.Thread(target=check_peers, daemon=True).start()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    print(f"[{stamp} +0000] [1] [INFO] Starting gunicorn 23.0.0", flush=True)
    print(f"[{stamp} +0000] [1] [INFO] Listening at: http://0.0.0.0:5001 (1)", flush=True)
    serve(ENV.get("DIFY_PORT", "5001"), api.route)


def worker() -> None:
    need_database().close()
    need_redis()
    broker = need_broker(fatal=STRICT)
    log("INFO", "mixins.py:226", f"Connected to {shown_broker()}")
    log(
        "INFO",
        "base.py:1",
        "beat: Starting..." if MODE == "beat" else f"celery@{socket.gethostname()} ready.",
    )
    while True:
        time.sleep(5)
        try:
            broker.command("PING")
        except RedisError as error:
            text = "consumer: Connection to broker lost. Trying to re-establish the connection..."
            log("WARNING", "consumer.py:391", f"{text} {error}")
            broker = need_broker(fatal=False)


def plugin_daemon() -> None:
    try:
        make_database(ENV.get("DB_DATABASE", "dify_plugin"))
    except DatabaseError as error:
        user = ENV.get("DB_USERNAME")
        panic = "[PANIC]failed to init dify plugin db"
        die(
            f"{panic}: failed to connect to `user={user} database={FIRST_DATABASE}`: {error}\npanic: {panic}",
            "log.go:25",
        )
    try:
        context = as_go() if ENV.get("REDIS_USE_SSL", "false").lower() == "true" else None
        where = ENV.get("REDIS_HOST", "redis"), ENV.get("REDIS_PORT", "6379")
        Redis(*where, ENV.get("REDIS_PASSWORD", ""), context=context)
    except RedisError as error:
        panic = "[PANIC]init redis client failed"
        die(f"{panic}: {error}\npanic: {panic}", "log.go:25")
    threading.Thread(target=_ask_inner_api, daemon=True).start()
    listen(ENV.get("PLUGIN_REMOTE_INSTALLING_PORT", "5003"))
    log("INFO", "server.go:1", "start plugin manager daemon...")
    serve(ENV.get("SERVER_PORT", "5002"), services.plugin_daemon)


def _ask_inner_api() -> None:
    """The other direction: the daemon's key for the API."""
    key = {"X-Inner-Api-Key": ENV.get("DIFY_INNER_API_KEY", "")}
    check = Check(ENV.get("DIFY_INNER_API_URL", "") + "/inner/api/lab", key)
    for _ in range(120):
        status, text = check.ask()
        if status:
            log(
                "INFO" if status == 200 else "ERROR", "inner.go:1", f"dify inner api: {status} {text.strip()}"
            )
            if status != 200 and STRICT:
                die("dify inner api refused the key")
            return
        time.sleep(1)


def sandbox() -> None:
    if not Path("/conf/config.yaml").exists():
        text = "panic: failed to init config: open conf/config.yaml: no such file or directory"
        die(f"{text}\ngoroutine 1 [running]:", "main.go:1")
    log("INFO", "server.go:1", "config init success")
    serve(ENV.get("SANDBOX_PORT", "8194"), services.sandbox)


def weaviate() -> None:
    keys = services.listed("AUTHENTICATION_APIKEY_ALLOWED_KEYS")
    users = services.listed("AUTHENTICATION_APIKEY_USERS")
    text = ""
    if not keys:
        text = "need at least one valid allowed key"
    elif "" in keys:
        text = "keys cannot have length 0"
    elif len(users) not in (1, len(keys)):
        text = "length of users and keys must match, alternatively provide single user for all keys"
    if text and services.switched_on("AUTHENTICATION_APIKEY_ENABLED"):
        die(f'{{"action":"startup","level":"fatal","msg":"invalid config: auth: apikey: {text}"}}')
    _leave_a_trace(ENV.get("PERSISTENCE_DATA_PATH", "/var/lib/weaviate"))
    listen("50051")
    serve("8080", services.weaviate)


def qdrant() -> None:
    _leave_a_trace("/qdrant/storage")
    listen("6334")
    serve("6333", services.qdrant)


def _leave_a_trace(folder: str) -> None:
    """Grows at every start: a lost or swapped volume can be seen."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    with (path / "lab.db").open("a") as file:
        file.write("x")


def agent_backend() -> None:
    key = ENV.get("DIFY_AGENT_SERVER_SECRET_KEY", "")
    try:
        padded = key + "=" * (-len(key) % 4)
        right = "=" not in key and len(base64.b64decode(padded, altchars=b"-_", validate=True)) == 32
    except ValueError:
        right = False
    if not right:
        die(
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for AgentStubSettings\n"
            "server_secret_key\n  Value error, must be unpadded base64url of exactly 32 bytes"
        )
    try:
        Redis.from_url(ENV.get("DIFY_AGENT_REDIS_URL", ""))
    except RedisError as error:
        die(f"redis.exceptions.AuthenticationError: {error}")
    serve("5050", services.agent_backend)


def local_sandbox() -> None:
    serve("5004", services.local_sandbox)


def web() -> None:
    print("   ▲ Next.js 15.5.0\n   - Local:        http://localhost:3000\n ✓ Ready in 0ms", flush=True)
    serve("3000", services.web)


def generic() -> None:
    first, *rest = ENV.get("LAB_PORTS", "8080").split(",")
    for port in rest:
        listen(port)
    serve(first, services.generic)


ROLES: dict[str, Callable[[], None]] = {
    "api": api_role,
    "plugin_daemon": plugin_daemon,
    "sandbox": sandbox,
    "weaviate": weaviate,
    "qdrant": qdrant,
    "agent_backend": agent_backend,
    "local_sandbox": local_sandbox,
    "web": web,
}


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    time.sleep(START_DELAY)
    ROLES.get(ROLE, generic)()
