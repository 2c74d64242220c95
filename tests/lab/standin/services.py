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
    if request.only_path.startswith("/v1/.well-known"):
        request.out(200, "")
        return
    anonymous = ENV.get("AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", "false") == "true"
    keys = [key for key in ENV.get("AUTHENTICATION_APIKEY_ALLOWED_KEYS", "").split(",") if key]
    given = request.headers.get("Authorization", "")
    if given and given.removeprefix("Bearer ") not in keys:
        text = "unauthorized: invalid api key, please provide a valid api key"
        request.out(401, {"code": 401, "message": text})
    elif not given and not anonymous:
        text = "anonymous access not enabled, please provide an auth scheme such as OIDC"
        request.out(401, {"code": 401, "message": text})
    elif request.only_path == "/v1/meta":
        request.out(200, {"hostname": "http://[::]:8080", "version": VERSION, "modules": {}})
    else:
        request.out(200, {"classes": []})


def qdrant(request: Handler) -> None:
    if request.only_path in ("/healthz", "/readyz", "/livez"):
        request.out(200, "healthz check passed")
        return
    key = ENV.get("QDRANT_API_KEY") or ENV.get("QDRANT__SERVICE__API_KEY")
    given = request.headers.get("api-key")
    if key and given != key:
        missing = "Must provide an API key or an Authorization bearer token"
        request.out(401, "Invalid api-key" if given else missing)
    else:
        request.out(200, {"result": {"collections": []}, "status": "ok", "time": 0.0, "version": VERSION})


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
