"""A docker-py client over our streams, with its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from installer.docker.dial import OpenStream, StreamAdapter
from installer.errors import Code, InstallError

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
    import docker
    import docker.errors
    import requests

    versions = {} if versions is None else versions
    adapter = StreamAdapter(open_stream, TIMEOUT_SECONDS)
    # a version given: no connection is made here
    client = docker.APIClient(base_url="tcp://127.0.0.1:1", version=_ANY_VERSION, timeout=TIMEOUT_SECONDS)
    client.trust_env = False  # a proxy from the environment is not for this
    client.mount(_PREFIX, adapter)
    client.base_url = _BASE_URL
    try:
        if "api" not in versions:
            versions["api"] = str(client.version(api_version=False)["ApiVersion"])
        client._version = versions["api"]  # type: ignore[attr-defined]
        yield client
    except (docker.errors.DockerException, requests.RequestException) as exc:
        raise translate(exc) from exc
    finally:
        client.close()
        adapter.close()


def translate(exc: Exception) -> InstallError:
    """The error for one of docker-py or requests; an ``InstallError`` among its causes wins."""
    import docker.errors

    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, InstallError):
            return cause
        cause = cause.__cause__ or cause.__context__
    status = ""
    if isinstance(exc, docker.errors.APIError) and exc.response is not None:
        status = str(exc.response.status_code)
    return InstallError(Code.DOCKER_API_FAILED, {"status": status}, detail=str(exc))
