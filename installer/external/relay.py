"""The container that relays connections: of an image that is there, or the smallest of the release's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import docker.errors
import requests

from installer.core.errors import Code, InstallError
from installer.core.resources import table
from installer.docker.api import translate
from installer.external.dialer import Dialer, RelayDialer, ServerDialer
from installer.hosts.base import Host
from installer.state.plan_input import Situation
from installer.untrusted.values import mapping

if TYPE_CHECKING:
    from docker import APIClient

LABEL = "dify-installer.probe"


@contextmanager
def dialer(host: Host, situation: Situation) -> Iterator[tuple[Dialer, InstallError | None]]:
    """From where services are tried, for the block; and why not from a container, where that is so.

    Raises what losing the host raises.
    """
    if not situation.facts.docker.server:
        yield ServerDialer(host), InstallError(Code.EXTERNAL_UNTESTED, {"reason": "docker"})
        return
    with host.docker() as client:
        try:
            container = _started(client, situation)
        except InstallError as error:
            yield ServerDialer(host), error
            return
        try:
            yield RelayDialer(host, client, container), None
        finally:
            with suppress(InstallError):
                _ask(client, "remove_container", container, force=True)


def _started(client: APIClient, situation: Situation) -> str:
    """The container's id. Raises ``InstallError`` where none can be had."""
    known = table("external")["relay"]
    config: dict[str, Any] = {
        "entrypoint": ["sleep", str(known["seconds"])],
        "labels": {LABEL: situation.answers.project},
        "host_config": client.create_host_config(auto_remove=True, network_mode=_network(situation)),
    }
    made = _ask(client, "create_container", _image(client, situation), **config)
    container = str(mapping(made).get("Id", ""))
    try:
        _ask(client, "start", container)
    except InstallError:
        with suppress(InstallError):
            _ask(client, "remove_container", container, force=True)
        raise
    return container


def _network(situation: Situation) -> str:
    """Dify's own network where it is there already, else the one that every container is in."""
    name = f"{situation.answers.project}_default"
    there = {network.name for network in situation.facts.networks.docker}
    return name if name in there else "bridge"


def _image(client: APIClient, situation: Situation) -> str:
    """An image of the release that is there, else the first one, downloaded."""
    offered = [image for image in _in_order(situation.configuration.service_images) if "@" not in image]
    for image in offered:
        with suppress(InstallError):
            _ask(client, "inspect_image", image)
            return image
    if not offered or situation.carries:
        raise InstallError(Code.EXTERNAL_UNTESTED, {"reason": "image"})
    repository, _, tag = offered[0].rpartition(":")
    if not repository or "/" in tag:
        repository, tag = offered[0], "latest"
    _ask(client, "pull", repository, tag=tag)
    return offered[0]


def _in_order(images: Mapping[str, str]) -> list[str]:
    wanted = table("external")["relay"]["images"]

    def place(image: str) -> int:
        name = image.partition("@")[0]
        name = name[: name.rindex(":")] if ":" in name.rpartition("/")[2] else name
        fits = (n for n, w in enumerate(wanted) if name == w or name.endswith(f"/{w}"))
        return next(fits, len(wanted))

    found = sorted({*images.values()}, key=lambda image: (place(image), image))
    return [image for image in found if place(image) < len(wanted)]


def _ask(client: APIClient, what: str, *args: Any, **options: Any) -> Any:
    """docker-py's *what*, with its errors as ours."""
    try:
        return getattr(client, what)(*args, **options)
    except (docker.errors.DockerException, requests.RequestException) as exc:
        raise translate(exc) from exc
