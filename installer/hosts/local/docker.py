"""A raw connection to this computer's Docker Engine, wherever its context says it is."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.hosts.base import Command, Result
from installer.hosts.local.dial_stdio import DialStream
from installer.hosts.local.programs import find_program
from installer.hosts.tcp import connect_tcp
from installer.untrusted.json import loads

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
        return str(loads(result.text))
    except ValueError as exc:
        raise InstallError(Code.DOCKER_API_FAILED, detail=result.text) from exc


def connect(address: str, env: Mapping[str, str]) -> ByteStream:
    """Connect to *address* (``unix://``, ``npipe://``, ``tcp://`` without TLS); *env*: of Docker's client.

    Raises ``InstallError``: DOCKER_MISSING (no Engine and no client), DOCKER_NOT_RUNNING,
    DOCKER_NO_RIGHTS, HOST_UNSUPPORTED for other addresses.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or 2375
    except ValueError as exc:
        raise InstallError(Code.HOST_UNSUPPORTED, {"address": address}, detail=str(exc)) from exc
    try:
        if parts.scheme == "unix":
            return _unix(parts.path)
        if parts.scheme == "npipe":
            return DialStream(env)
        if parts.scheme == "tcp" and parts.hostname:
            return connect_tcp(parts.hostname, port, _CONNECT_SECONDS, CancelToken())
    except PermissionError as exc:
        raise InstallError(Code.DOCKER_NO_RIGHTS, {"address": address}, detail=str(exc)) from exc
    except OSError as exc:
        code = Code.DOCKER_NOT_RUNNING if find_program("docker", env) else Code.DOCKER_MISSING
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
