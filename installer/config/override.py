"""Our ``docker-compose.override.yaml``: what variables cannot say. Same input, same bytes.

Only what is needed is written, because ``!override`` asks for Compose 2.24.4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from installer.answers import Answers
from installer.config.acme import acme_services
from installer.config.data_volumes import NONE, DataVolumes
from installer.config.elsewhere import Away
from installer.config.external import external_environment, external_mounts
from installer.config.https import HTTPS_TEMPLATE, changes_https, forwarded_mounts, nginx_variables
from installer.config.in_use import NOTHING, InUse
from installer.config.override_choices import limited, mirrored, proxied
from installer.config.scale import with_scale
from installer.config.store_parts import StorePart, store_parts
from installer.config.values import DEBUGGING_PORT, HTTP_PORT, HTTPS_PORT
from installer.core.resources import entries, table
from installer.core.version import Version
from installer.hosts.base import FileContent
from installer.release.compose_file import PortSpec, Service
from installer.release.interpolate import references
from installer.release.model import ReleaseModel
from installer.release.services import copies

_HEADER = """\
# Written by Dify Installer from its settings: changes made here are lost at the next change of settings.
# Compose reads this file after docker-compose.yaml by itself.
"""
_LOOPBACK = "127.0.0.1:"
#: Of a service that states one of these there cannot be several containers, or it says how many.
_ALONE = frozenset({"container_name", "deploy", "scale", "ports"})
#: All of the release's services are here.
HERE = Away()
#: A service, and lines of its part of the file.
_Part = tuple[str, list[str]]


@dataclass(frozen=True)
class Override:
    """The file's *text* and what it changed. With nothing to override the text says so: a file that is not
    written would leave an earlier one in force."""

    text: str
    files: tuple[FileContent, ...]  # that the text speaks of
    ports: Mapping[str, tuple[str, ...]]  # service → port specs that replace the release's
    images: Mapping[str, str]  # service → image that replaces the release's
    features: frozenset[str]


def build_override(
    answers: Answers,
    model: ReleaseModel,
    env: Mapping[str, str],
    in_use: InUse = NOTHING,
    volumes: DataVolumes = NONE,
    away: Away = HERE,
) -> Override:
    """The override for the services that start with *env*. *volumes* take the place of data folders;
    *away*: for the services of the release that *model* is without."""
    expected = model.expected(env)
    ports = dict(_ports(answers, model, expected))
    images = mirrored(answers, model, env, (*expected, *acme_services(answers)))
    bundled = "" if answers.stores.external else answers.stores.vector
    store = store_parts(bundled, model, env) if bundled else ()
    added = (
        ((name, _ports_yaml(specs)) for name, specs in ports.items()),
        _networks(bundled, model, expected) if bundled else (),
        _restarts(model, env, expected),
        _environment(answers, model, env, expected),
        ((name, [f"image: {_quoted(image)}"]) for name, image in images.items()),
        (
            (name, [f"mem_limit: {mib}m"])
            for name, mib in limited(answers, in_use.memory, model, env, expected)
        ),
        ((part.service, list(part.lines)) for part in store),
        _mounts(answers, volumes, store, env, expected),
        ((name, list(lines)) for name, lines in away.parts),
        _logging(model, expected) if in_use.rotate_logs else (),
    )
    parts: dict[str, list[str]] = {}
    for name, lines in chain.from_iterable(added):
        parts.setdefault(name, []).extend(lines)
    text = _scaled(_HEADER + _yaml(parts) + _volumes_yaml(volumes), answers, model, expected)
    files = tuple(file for part in store for file in part.files)
    tags = {"override_tag"} if ports else set()
    return Override(text, files, ports, images, frozenset(tags | away.features))


def _scaled(text: str, answers: Answers, model: ReleaseModel, expected: tuple[str, ...]) -> str:
    """*text* with as many workers as wanted, where the release lets there be several."""
    for name in copies():
        if name in expected and not _ALONE & model.services[name].raw.keys():
            text = with_scale(text, name, answers.capacity.workers) or text
    return text


def _yaml(parts: Mapping[str, list[str]]) -> str:
    if not parts:
        return "services: {}\n"
    body = (f"  {name}:\n" + "".join(f"    {line}\n" for line in parts[name]) for name in sorted(parts))
    return "services:\n" + "".join(body)


def _logging(model: ReleaseModel, expected: tuple[str, ...]) -> Iterator[_Part]:
    known = table("logging")
    options = [f'    {name}: "{value}"' for name, value in known["options"].items()]
    for name in expected:
        if "logging" not in model.services[name].raw:
            yield name, ["logging:", f"  driver: {known['driver']}", "  options:", *options]


def _volumes_yaml(volumes: DataVolumes) -> str:
    if not volumes.names:
        return ""
    return "volumes:\n" + "".join(f"  {name}: {{}}\n" for name in volumes.names)


def _ports(
    answers: Answers, model: ReleaseModel, expected: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Service → its ports, where they are not the release's."""
    for name in expected:
        stated = tuple(spec.text for spec in model.services[name].ports)
        wanted = tuple(_wanted_ports(model.services[name], answers))
        if wanted != stated:
            yield name, wanted


def _wanted_ports(service: Service, answers: Answers) -> Iterator[str]:
    """The release's ports, without HTTPS if it is off; those for developers and stores on loopback."""
    for spec in service.ports:
        keys = {ref.name for ref in references(spec.text)}
        if HTTPS_PORT in keys and not answers.ports.https:
            continue
        public = {HTTP_PORT, HTTPS_PORT} | (
            {DEBUGGING_PORT} if answers.ports.plugin_debugging_public else set()
        )
        yield spec.text if keys & public else _on_loopback(spec)


def _on_loopback(spec: PortSpec) -> str:
    """*spec* on 127.0.0.1: Docker's published ports pass by host firewalls such as ufw."""
    return spec.text if spec.text.startswith(("127.", "[")) else _LOOPBACK + spec.text


def _ports_yaml(specs: tuple[str, ...]) -> list[str]:
    if not specs:
        return ["ports: !override []"]
    return ["ports: !override", *(f'  - "{spec}"' for spec in specs)]


def _networks(store: str, model: ReleaseModel, expected: tuple[str, ...]) -> Iterator[_Part]:
    """Joins the services that use the store to its network."""
    for network, services in table("stores")["store"][store].get("attach", {}).items():
        for name in services:
            if name in expected and network in model.compose.networks:
                stated = model.services[name].networks
                yield name, ["networks:", *(f"  - {n}" for n in (*stated, network))]


def _restarts(model: ReleaseModel, env: Mapping[str, str], expected: tuple[str, ...]) -> Iterator[_Part]:
    """Services without restart policy would stay down after a reboot of the machine."""
    one_shots = model.one_shots(env)
    for name in expected:
        if model.services[name].restart == "" and name not in one_shots:
            yield name, ["restart: always"]


def _environment(
    answers: Answers, model: ReleaseModel, env: Mapping[str, str], expected: tuple[str, ...]
) -> Iterator[_Part]:
    """What a service's environment gets besides, or instead."""
    found: dict[str, dict[str, str]] = {}
    added = [*_relative(model, expected), *proxied(answers, model, expected)]
    added += external_environment(answers, env, expected)
    if changes_https(answers):
        # WORKAROUND: the entry point lets envsubst replace *every* variable of a template, also nginx's own:
        # these stand for themselves (github.com/langgenius/dify/blob/main/docker/nginx/docker-entrypoint.sh)
        added.append(("nginx", {name: f"$${name}" for name in nginx_variables(answers)}))
    for name, environment in added:
        found.setdefault(name, {}).update(environment)
    for name, environment in found.items():
        yield name, ["environment:", *(f"  {key}: {_quoted(value)}" for key, value in environment.items())]


def _relative(model: ReleaseModel, expected: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Addresses that a page takes from where it was opened, see ``urls.toml``."""
    for entry in entries("urls", "relative", Version.of_release(model.version)):
        name = entry["service"]
        stated = model.services[name].environment if name in expected else {}
        if keys := [key for key in entry["keys"] if key in stated]:
            yield name, dict.fromkeys(keys, "")


def _quoted(text: str) -> str:
    """*text* as YAML, which takes JSON's texts."""
    return json.dumps(text)


def _mounts(
    answers: Answers,
    volumes: DataVolumes,
    store: tuple[StorePart, ...],
    env: Mapping[str, str],
    expected: tuple[str, ...],
) -> Iterator[_Part]:
    """What takes the place of a release's mounts: Compose merges them by their target."""
    found = {name: list(mounts) for name, mounts in volumes.mounts.items()}
    for part in store:
        if part.mounts:
            found.setdefault(part.service, []).extend((f"./{path}", target) for path, target in part.mounts)
    if changes_https(answers):
        found.setdefault("nginx", []).append((f"./{HTTPS_TEMPLATE}", "/etc/nginx/https.conf.template"))
    for name, mount in external_mounts(answers, env, expected):
        found.setdefault(name, []).append(mount)
    if behind := forwarded_mounts(answers):
        found.setdefault("nginx", []).extend(behind)
    for name, mounts in found.items():
        yield name, ["volumes:", *(f"  - {source}:{target}" for source, target in mounts)]
