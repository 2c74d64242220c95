"""``docker-compose.pins.yaml``: the digest that each image without a version has. Pure.

A release leaves some images at ``latest``: the same file would be another program next month. The digest is
read on the target once the image is there, by the job that downloads it (``pin_parts``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import yaml

from installer.hosts.base import Part
from installer.untrusted.yaml import load

_HEADER = """\
# Written by Dify Installer: Dify's release names these images without a version, so here stands which ones
# this installation has. Compose reads this file because COMPOSE_FILE in .env names it. A digest changed here
# stays; an entry that is taken out is made anew, from the image that the machine has then, or downloads.
"""
_LATEST = "latest"


def unpinned(reference: str) -> bool:
    """Whether an image's *reference* says nothing about which one it is: no tag or ``latest``, no digest."""
    tag = reference.rpartition("/")[2].partition(":")[2]
    return bool(reference) and "@" not in reference and tag in ("", _LATEST)


def tagged(reference: str) -> str:
    """The image as ``docker images`` lists it: with a tag or digest, without Docker Hub's own prefixes."""
    name = reference.removeprefix("docker.io/").removeprefix("library/")
    last = name.rsplit("/", 1)[-1]
    return name if ":" in last or "@" in last else f"{name}:{_LATEST}"


def repository(reference: str) -> str:
    """The image's name without tag and digest, as ``docker images`` lists it."""
    return tagged(reference.partition("@")[0]).rpartition(":")[0]


def by_digest(pin: str) -> str:
    """``nginx@sha256:…`` of ``nginx:latest@sha256:…``: what the Engine looks for."""
    return f"{repository(pin)}@{pin.partition('@')[2]}"


def pins_text(pins: Mapping[str, str]) -> str:
    """The file with *pins* (service → reference with digest)."""
    return _HEADER + ("services:\n" + "".join(_entries(pins)) if pins else "services: {}\n")


def _entries(pins: Mapping[str, str]) -> Iterator[str]:
    return (f"  {service}:\n    image: {pins[service]}\n" for service in sorted(pins))


@lru_cache(maxsize=4)
def read_pins(text: str) -> Mapping[str, str] | None:
    """Service → pinned reference (empty: an entry without one), as the file's *text* says; None if Compose
    would refuse it."""
    try:
        data = load(text)
    except yaml.YAMLError:
        return None
    services = data.get("services") if isinstance(data, dict) else None
    if not isinstance(services, dict) or not all(isinstance(s, dict) for s in services.values()):
        return None
    return MappingProxyType({str(name): str(s.get("image", "")) for name, s in services.items()})


def pin_parts(kept: Mapping[str, str], new: Mapping[str, str]) -> tuple[Part, ...]:
    """What the file is made of on the target: *kept* pins, and those of the services of *new* (service →
    reference) as far as the image there has a digest of a registry. Others get an entry that changes nothing:
    ``services`` without any would be refused."""
    inspect = ("docker", "image", "inspect", "--format")
    asked = (
        Part((*inspect, _template(name, new[name]), new[name]), f"  {name}: {{}}\n") for name in sorted(new)
    )
    head = _HEADER + "services:\n" + "".join(_entries(kept)) if kept or new else pins_text({})
    return (Part(otherwise=head), *asked)


#: What Docker fills for one image. It may have several digests of one repository: each stands for it.
_TEMPLATE = (
    '{{$d := ""}}{{range .RepoDigests}}{{$p := split . "@"}}'
    '{{if and (eq $d "") (eq (index $p 0) "REPOSITORY")}}{{$d = index $p 1}}{{end}}{{end}}'
    '{{if eq $d ""}}  SERVICE: {} # IMAGE has no digest of a registry here: not pinned'
    '{{else}}  SERVICE:{{"\\n"}}    image: IMAGE@{{$d}}{{end}}'
)


def _template(service: str, reference: str) -> str:
    text = _TEMPLATE.replace("REPOSITORY", repository(reference))
    return text.replace("SERVICE", service).replace("IMAGE", reference)
