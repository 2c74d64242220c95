"""A raw connection to this computer's Docker Engine, wherever its context says it is."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.hosts.base import ByteStream, Command, Result
from installer.hosts.local_env import find_program
from installer.hosts.tcp import connect_tcp

_CONNECT_SECONDS = 10.0
_DEFAULT = "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"


def endpoint(env: Mapping[str, str], run: Callable[[Command], Result]) -> str:
    """Address of the Engine that *env* chooses: DOCKER_HOST, else the context's, else the platform's own.

    Raises ``InstallError(DOCKER_API_FAILED)`` for a context that is not there.
    """
    if env.get("DOCKER_HOST"):
        return env["DOCKER_HOST"]
    if find_program("docker", env) is None:
        return _DEFAULT
    result = run(Command(("docker", "context", "inspect", "--format", "{{json .Endpoints.docker.Host}}")))
    result.check(Code.DOCKER_API_FAILED)
    try:
        return str(json.loads(result.text))
    except ValueError as exc:
        raise InstallError(Code.DOCKER_API_FAILED, detail=result.text) from exc


def connect(address: str, *, has_client: bool) -> ByteStream:
    """Connect to *address* (``unix://``, ``npipe://``, ``tcp://`` without TLS).

    Raises ``InstallError``: DOCKER_MISSING (no Engine and no *has_client*), DOCKER_NOT_RUNNING,
    DOCKER_NO_RIGHTS, HOST_UNSUPPORTED for other addresses.
    """
    parts = urlsplit(address)
    try:
        if parts.scheme == "unix":
            return _unix(parts.path)
        if parts.scheme == "npipe":
            return _pipe(address.removeprefix("npipe://"))
        if parts.scheme == "tcp" and parts.hostname:
            return connect_tcp(parts.hostname, parts.port or 2375, _CONNECT_SECONDS, CancelToken())
    except PermissionError as exc:
        raise InstallError(Code.DOCKER_NO_RIGHTS, {"address": address}, detail=str(exc)) from exc
    except OSError as exc:
        code = Code.DOCKER_NOT_RUNNING if has_client else Code.DOCKER_MISSING
        raise InstallError(code, {"address": address}, detail=str(exc)) from exc
    raise InstallError(Code.HOST_UNSUPPORTED, {"address": address}, detail=f"Docker at {address}")


def _unix(path: str) -> socket.socket:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise OSError("this Python knows no Unix sockets")
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock


def _pipe(path: str) -> ByteStream:
    """A Windows named pipe by docker-py's own class."""
    import docker.transport

    pipe: Any = cast(Any, docker.transport).NpipeSocket()
    pipe.connect(path)
    return cast(ByteStream, pipe)
