"""A docker-py client over our streams, with its errors as ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import docker.errors
import requests
from docker import APIClient

from installer.core.errors import Code, InstallError
from installer.docker.dial import OpenStream, StreamAdapter
from installer.untrusted.json import loads
from installer.untrusted.values import mapping

if TYPE_CHECKING:
    from docker import APIClient

TIMEOUT_SECONDS = 60
#: docker-py treats exec and attach specially for addresses that begin so (api/client.py)
_BASE_URL = "http+docker://ssh"
_PREFIX = "http+docker://"
#: only to make the client without a connection; the first request asks the server for its own
_ANY_VERSION = "1.44"


@contextmanager
def api_client(
    open_stream: OpenStream, versions: MutableMapping[str, str] | None = None
) -> Iterator[APIClient]:
    """An ``APIClient`` on streams from *open_stream*; all of them are closed at the end of the block.

    *versions* remembers the server's API version (key ``api``) from one block to the next. Errors of
    docker-py and requests that leave the block become ``InstallError``: DOCKER_MISSING,
    DOCKER_NOT_RUNNING, DOCKER_NO_RIGHTS, DOCKER_API_FAILED.
    """
    versions = {} if versions is None else versions
    adapter = StreamAdapter(open_stream, TIMEOUT_SECONDS)
    # a version given: no connection is made here
    client = _client_class()(base_url="tcp://127.0.0.1:1", version=_ANY_VERSION, timeout=TIMEOUT_SECONDS)
    client.trust_env = False  # a proxy from the environment is not for this
    client.mount(_PREFIX, adapter)
    client.base_url = _BASE_URL
    try:
        if "api" not in versions:
            versions["api"] = _version(client.version(api_version=False))
        client._version = versions["api"]  # type: ignore[attr-defined]
        yield client
    except (docker.errors.DockerException, requests.RequestException) as exc:
        raise translate(exc) from exc
    finally:
        client.close()
        adapter.close()


def _version(version: object) -> str:
    """The API's version in *version*; it becomes a part of every path."""
    found = str(mapping(version).get("ApiVersion", ""))
    if not re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", found):
        raise InstallError(Code.DOCKER_API_FAILED, {"status": ""}, detail=f"API version {found[:40]!r}")
    return found


@cache
def _client_class() -> type[APIClient]:
    """docker-py's client, made late. It reads JSON by ``foreign.loads``."""

    class Client(APIClient):
        def _result(self, response: Any, json: bool = False, binary: bool = False) -> Any:
            self._raise_for_status(response)
            if not json:
                return response.content if binary else response.text
            try:
                return loads(response.content)
            except ValueError as exc:
                raise _failed(response, f"{exc}: {response.content[:200]!r}") from exc

        def _raise_for_status(self, response: Any) -> None:
            try:
                super()._raise_for_status(response)  # type: ignore[misc]
            except (KeyError, TypeError, AttributeError, RecursionError) as exc:  # a body of another form
                raise _failed(response, repr(response.content[:200])) from exc

    return Client


def _failed(response: Any, detail: str) -> InstallError:
    return InstallError(Code.DOCKER_API_FAILED, {"status": str(response.status_code)}, detail=detail)


def translate(exc: Exception) -> InstallError:
    """The error for one of docker-py or requests; an ``InstallError`` among its causes wins."""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, InstallError):
            return cause
        cause = cause.__cause__ or cause.__context__
    status = ""
    if isinstance(exc, docker.errors.APIError) and exc.response is not None:
        status = str(exc.response.status_code)
    return InstallError(Code.DOCKER_API_FAILED, {"status": status}, detail=str(exc))
