"""What the optional answers change in the override file: proxy, memory limits, images from a mirror."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from installer.answers import Answers
from installer.config.capacity import memory_limits
from installer.config.choices import no_proxy
from installer.core.resources import table
from installer.release.model import ReleaseModel
from installer.release.services import service

_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def proxied(
    answers: Answers, model: ReleaseModel, expected: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Service → environment that leads it through the proxy. The address itself stands in ``.env``.

    In small letters, too: curl reads only those, for good reasons (everything.curl.dev, "Proxy environment
    variables"). A service whose release gives it a proxy already keeps that one.
    """
    if not answers.proxy.http and not answers.proxy.https:
        return
    known = table("choices")["proxy"]
    values = {
        "HTTP_PROXY": f"${{{known['http']}}}",
        "HTTPS_PROXY": f"${{{known['https']}}}",
        "NO_PROXY": no_proxy(answers, expected),
    }
    both = {**values, **{name.lower(): value for name, value in values.items()}}
    for name in expected:
        stated = {key.upper() for key in model.services[name].environment}
        if service(name).get("role") in known["roles"] and "HTTP_PROXY" not in stated:
            yield name, both


def limited(
    answers: Answers, memory: int, model: ReleaseModel, env: Mapping[str, str], expected: tuple[str, ...]
) -> Iterator[tuple[str, int]]:
    """Service → MiB that it may use; what a release says itself stays."""
    limits = memory_limits(answers.capacity.preset, memory, model, env)
    for name in expected:
        raw = model.services[name].raw
        if (role := service(name).get("role")) in limits and "mem_limit" not in raw and "deploy" not in raw:
            yield name, limits[str(role)]


def mirrored(
    answers: Answers, model: ReleaseModel, env: Mapping[str, str], expected: tuple[str, ...]
) -> dict[str, str]:
    """Service → image from the mirror, for those of Docker Hub."""
    mirror = answers.registry.mirror
    images = {name: model.image_of(name, env) for name in expected if mirror}
    return {name: f"{mirror}/{path}" for name, image in images.items() if (path := hub_path(image))}


def hub_path(image: str) -> str:
    """*image* as Docker Hub's own registry names it (``library/nginx:latest``); empty if it is from elsewhere
    (github.com/distribution/reference: a first part with a dot or colon, or localhost, is a registry)."""
    first, slash, rest = image.partition("/")
    if first in _HUB:
        first, slash, rest = rest.partition("/")
    elif slash and ("." in first or ":" in first or first == "localhost"):
        return ""
    name = f"{first}{slash}{rest}"
    return name if slash or not name else f"library/{name}"
