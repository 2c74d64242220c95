"""What the services beside the API answer, each with its own way to refuse a wrong key."""

from __future__ import annotations

import re
from pathlib import Path

from .handler import Handler
from .settings import ENV, ROLE, VERSION


def web(request: Handler) -> None:
    page = (
        "<!DOCTYPE html><html><head><title>Dify</title></head>"
        f"<body data-version='{VERSION}' data-api='{ENV.get('CONSOLE_API_URL', '')}'>"
        f"lab web {request.only_path}</body></html>"
    )
    request.out(200, page, [("X-Powered-By", "Next.js")], "text/html; charset=utf-8")


def plugin_daemon(request: Handler) -> None:
    if request.only_path in ("/health/check", "/health"):
        state = {
            "status": "ok",
            "pool_status": {},
            "version": VERSION,
            "build_time": "lab",
            "platform": "local",
        }
        request.out(200, state)
    elif request.only_path.startswith("/e/"):
        request.out(404, {"error": "endpoint not found"})
    elif request.headers.get("X-Api-Key") != ENV.get("SERVER_KEY"):
        request.out(401, {"code": 401, "message": "unauthorized", "data": None})
    else:
        request.out(200, {"code": 0, "message": "success", "data": []})


def sandbox_key() -> str:
    """API_KEY from the environment, else the one in the mounted file."""
    if ENV.get("API_KEY"):
        return ENV["API_KEY"]
    found = re.search(r"^\s*key:\s*(\S+)", Path("/conf/config.yaml").read_text(), re.M)
    return found[1] if found else ""


def sandbox(request: Handler) -> None:
    if request.only_path == "/health":
        request.out(200, '"ok"')
    elif request.headers.get("X-Api-Key") != sandbox_key():
        request.out(401, {"code": -401, "message": "Unauthorized", "data": None})
    else:
        request.out(200, {"code": 0, "message": "success", "data": {"error": "", "stdout": "1\n"}})


def weaviate(request: Handler) -> None:
    path = request.only_path
    if path.startswith("/v1/.well-known/"):  # without OpenID Connect there is no configuration of it
        request.out(200 if path.endswith(("/ready", "/live")) else 404, "")
        return
    user, refusal = _weaviate_user(request.headers.get("Authorization", ""))
    if refusal:
        request.out(401, {"code": 401, "message": refusal})
    elif path == "/v1/meta":
        request.out(200, {"hostname": "http://[::]:8080", "version": VERSION, "modules": {}})
    elif switched_on("AUTHORIZATION_ADMINLIST_ENABLED") and user not in listed(
        "AUTHORIZATION_ADMINLIST_USERS"
    ):
        text = f"forbidden: user '{user}' has insufficient permissions to list schema/*"
        request.out(403, {"error": [{"message": text}]})
    else:
        request.out(200, {"classes": []})


def switched_on(name: str) -> bool:
    """As Weaviate reads its switches."""
    return ENV.get(name, "").lower() in ("on", "enabled", "1", "true")


def listed(name: str) -> list[str]:
    """The parts of a list with commas; none for an empty or missing variable."""
    return ENV[name].split(",") if ENV.get(name) else []


def _weaviate_user(given: str) -> tuple[str, str]:
    """(user, why not): who the key belongs to."""
    keys, users = listed("AUTHENTICATION_APIKEY_ALLOWED_KEYS"), listed("AUTHENTICATION_APIKEY_USERS")
    key = given.removeprefix("Bearer ")
    if not given:
        anonymous = switched_on("AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED")
        text = "anonymous access not enabled, please provide an auth scheme such as OIDC"
        return "anonymous", "" if anonymous else text
    if not switched_on("AUTHENTICATION_APIKEY_ENABLED"):
        return "", "apikey auth is not configured, please try another auth scheme"
    if key not in keys:
        return "", "unauthorized: invalid api key, please provide a valid api key"
    return users[0] if len(users) == 1 else users[keys.index(key)], ""


def qdrant(request: Handler) -> None:
    if request.only_path in ("/healthz", "/readyz", "/livez"):
        request.out(200, "healthz check passed")
        return
    key = ENV.get("QDRANT_API_KEY") or ENV.get("QDRANT__SERVICE__API_KEY")
    if key and request.headers.get("api-key") != key:
        request.out(403, "Invalid api-key", kind="text/plain")
    else:
        request.out(200, {"result": {"collections": []}, "status": "ok", "time": 0.0})


def agent_backend(request: Handler) -> None:
    if request.only_path.startswith("/health"):
        request.out(200, {"status": "ok"})
    elif request.headers.get("Authorization") != "Bearer " + ENV.get("DIFY_AGENT_API_TOKEN", ""):
        request.out(401, {"detail": "invalid token"})
    else:
        request.out(200, {"runs": []})


def local_sandbox(request: Handler) -> None:
    token = ENV.get("SHELLCTL_AUTH_TOKEN", "")
    if request.only_path == "/healthz":
        request.out(200, {"status": "ok"})
    elif token and request.headers.get("Authorization") != "Bearer " + token:
        request.out(401, {"detail": "unauthorized"})
    else:
        request.out(200, {})


def generic(request: Handler) -> None:
    request.out(200, {"status": "green", "lab": ROLE})
