"""Dify's API as far as an installer sees it: readiness, set-up, first account, log-in. State is in
the database."""

from __future__ import annotations

import base64
import hashlib
import os
import re

from .databases import database
from .handler import Handler
from .peers import CHECKS
from .settings import ENV, NUMBERS, VERSION
from .sql import Connection, quote
from .websocket import talk

HEADERS = (("X-Version", VERSION), ("X-Env", ENV.get("DEPLOY_ENV", "PRODUCTION")))
COOKIE = "session=lab-init"
PASSWORD = re.compile(r"(?=.*[a-zA-Z])(?=.*\d).{8,}")
SOCKET_IO = '0{"sid":"lab","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}'
SECONDS_BETWEEN = 0.7
WITH_DATABASE = ("setup", "init", "login", "system-features")


def route(request: Handler) -> None:
    path = request.only_path.rstrip("/")
    name = path.removeprefix("/console/api/")
    if path == "/health":
        request.out(200, {"pid": os.getpid(), "status": "ok", "version": VERSION}, HEADERS)
    elif path == "/v1":
        body = {"welcome": "Dify OpenAPI", "api_version": "v1", "server_version": VERSION}
        request.out(200, body, HEADERS)
    elif path.startswith("/socket.io") and "websocket" in (request.headers.get("Upgrade") or "").lower():
        talk(request)
    elif path.startswith("/socket.io"):
        request.out(200, SOCKET_IO, HEADERS, "text/plain")
    elif path.startswith("/inner/api"):
        granted = request.headers.get("X-Inner-Api-Key") == ENV.get("INNER_API_KEY_FOR_PLUGIN")
        status, body = (200, {"data": ""}) if granted else (404, {"code": "not_found"})
        request.out(status, body, HEADERS)
    elif name == "ping":
        request.out(200, {"result": "pong"}, HEADERS)
    elif name == "_lab":
        request.out(200, _reply(request), HEADERS)
    elif name == "_lab_stream":
        request.pieces(["one", "two", "three"], SECONDS_BETWEEN)
    elif path.startswith("/console/api/") and name in WITH_DATABASE:
        connection = database()
        try:
            status, answer, more = _console(request, name, connection)
        finally:
            connection.close()
        request.out(status, answer, (*HEADERS, *more))
    else:
        request.out(404, _refusal(404, "not_found", "not found")[1], HEADERS)


def _reply(request: Handler) -> dict[str, object]:
    """What tests ask about: which checks passed, and the request as it arrived here."""
    told = {"checks": CHECKS, "env": _fingerprints()}
    return {**told, "headers": dict(request.headers), "bytes": request.size()}


def _fingerprints() -> dict[str, str]:
    """Which secrets this container has, without telling them."""
    names = (name for name in ENV if re.search("KEY|PASSWORD|TOKEN|SECRET", name))
    return {name: hashlib.sha256(ENV[name].encode()).hexdigest()[:12] for name in names}


Answer = tuple[int, dict[str, object], tuple[tuple[str, str], ...]]


def _refusal(status: int, code: str, message: str) -> Answer:
    return status, {"code": code, "message": message, "status": status}, ()


def _console(request: Handler, name: str, connection: Connection) -> Answer:
    rows = connection.query("select setup_at from dify_setups limit 1")
    done = rows[0][0] if rows else None
    known = COOKIE in (request.headers.get("Cookie") or "")
    validated = bool(done) or not ENV.get("INIT_PASSWORD") or known
    body = request.json()
    post = request.command == "POST"
    if name == "init":
        return _init(body, done, validated) if post else _status(validated)
    if name == "setup":
        return _set_up(body, done, validated, connection) if post else _step(done)
    if name == "login":
        return _log_in(body, connection)
    return 200, {"sso_enforced_for_signin": False, "is_allow_register": False}, ()


def _status(validated: bool) -> Answer:
    return 200, {"status": "finished" if validated else "not_started"}, ()


def _step(done: str | None) -> Answer:
    return 200, {"step": "finished", "setup_at": done} if done else {"step": "not_started"}, ()


def _init(body: dict[str, object], done: str | None, validated: bool) -> Answer:
    if done:
        return _refusal(403, "already_setup", "already set up")
    if body.get("password") != ENV.get("INIT_PASSWORD"):
        return _refusal(401, "init_validate_failed", "wrong init password")
    return 201, {"result": "success"}, (("Set-Cookie", f"{COOKIE}; HttpOnly; Path=/; SameSite=Lax"),)


def _set_up(body: dict[str, object], done: str | None, validated: bool, connection: Connection) -> Answer:
    if done:
        return _refusal(403, "already_setup", "already set up")
    if not validated:
        return _refusal(401, "not_init_validated", "init password first")
    name, email, password = (str(body.get(key) or "") for key in ("name", "email", "password"))
    if not PASSWORD.fullmatch(password) or not email or not name or len(name) > 30:
        return _refusal(400, "invalid_param", "password too weak")
    values = ", ".join(quote(value) for value in (email, name, _hash(password)))
    connection.query(
        f"insert into accounts(email, name, password) values({values});"
        f"insert into dify_setups(version) values({quote(VERSION)})"
    )
    return 201, {"result": "success"}, ()


def _log_in(body: dict[str, object], connection: Connection) -> Answer:
    password = str(body.get("password") or "")
    if NUMBERS >= (1, 12):  # sent in Base64 since then
        try:
            password = base64.b64decode(password, validate=True).decode()
        except ValueError:
            password = ""
    where = f"email={quote(body.get('email'))} and password={quote(_hash(password))}"
    if connection.query(f"select 1 from accounts where {where}"):
        return 200, {"result": "success"}, ()
    return _refusal(401, "authentication_failed", "refused")


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
