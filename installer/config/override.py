"""Our ``docker-compose.override.yaml``: what variables cannot say. Same input, same bytes.

Only what is needed is written, because ``!override`` asks for Compose 2.24.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from installer.config.data_volumes import NONE, DataVolumes
from installer.config.store_parts import StorePart, store_parts
from installer.config.values import DEBUGGING_PORT, HTTP_PORT, HTTPS_PORT
from installer.hosts.base import FileContent
from installer.release.compose_file import PortSpec, Service
from installer.release.interpolate import references
from installer.release.model import ReleaseModel
from installer.release.version import Version
from installer.resources import entries, table
from installer.settings import Answers

OVERRIDE_FILE = "docker-compose.override.yaml"
REDIRECT_TEMPLATE = "nginx/https-redirect.conf.template"
_HEADER = """\
# Written by Dify Installer from its settings: changes made here are lost at the next change of settings.
# Compose reads this file after docker-compose.yaml by itself.
"""
_LOOPBACK = "127.0.0.1:"
_NGINX_VARIABLES = ("host", "request_uri", "scheme")


@dataclass(frozen=True)
class Override:
    """The file's *text* and what it changed. With nothing to override the text says so: a file that is not
    written would leave an earlier one in force."""

    text: str
    files: tuple[FileContent, ...]  # that the text speaks of
    ports: Mapping[str, tuple[str, ...]]  # service → port specs that replace the release's
    features: frozenset[str]


def build_override(
    answers: Answers,
    model: ReleaseModel,
    env: Mapping[str, str],
    volumes: DataVolumes = NONE,
    *,
    rotate_logs: bool = True,
) -> Override:
    """The override for the services that start with *env*. *volumes* take the place of data folders;
    *rotate_logs*: nobody else sees to it that logs end."""
    parts: dict[str, list[str]] = {}
    ports: dict[str, tuple[str, ...]] = {}
    expected = model.expected(env)
    for name in expected:
        stated = tuple(spec.text for spec in model.services[name].ports)
        wanted = tuple(_wanted_ports(model.services[name], answers))
        if wanted != stated:
            ports[name] = wanted
            parts.setdefault(name, []).extend(_ports_yaml(wanted))
    for name, lines in (*_networks(answers.stores.vector, model, expected), *_restarts(model, env, expected)):
        parts.setdefault(name, []).extend(lines)
    for name, lines in _relative(model, expected):
        parts.setdefault(name, []).extend(lines)
    if answers.tls.on and answers.tls.redirect:
        parts.setdefault("nginx", []).extend(_redirect_mount())
    store = store_parts(answers.stores.vector, model, env)
    for part in store:
        parts.setdefault(part.service, []).extend(part.lines)
    for name, mounts in _mounts(volumes, store).items():
        parts.setdefault(name, []).extend(["volumes:", *(f"  - {ours}:{target}" for ours, target in mounts)])
    for name in expected if rotate_logs else ():
        if "logging" not in model.services[name].raw:
            parts.setdefault(name, []).extend(_logging())
    text = _HEADER + _yaml(parts) + _volumes_yaml(volumes)
    files = tuple(file for part in store for file in part.files)
    return Override(text, files, ports, frozenset({"override_tag"} if ports else ()))


def _mounts(volumes: DataVolumes, store: tuple[StorePart, ...]) -> dict[str, list[tuple[str, str]]]:
    """Service → (source, target): Compose merges mounts by their target."""
    found = {name: list(mounts) for name, mounts in volumes.mounts.items()}
    for part in store:
        ours = [(f"./{path}", target) for path, target in part.mounts]
        if ours:
            found.setdefault(part.service, []).extend(ours)
    return found


def _yaml(parts: Mapping[str, list[str]]) -> str:
    if not parts:
        return "services: {}\n"
    body = (f"  {name}:\n" + "".join(f"    {line}\n" for line in parts[name]) for name in sorted(parts))
    return "services:\n" + "".join(body)


def _logging() -> list[str]:
    known = table("logging")
    options = [f'    {name}: "{value}"' for name, value in known["options"].items()]
    return ["logging:", f"  driver: {known['driver']}", "  options:", *options]


def _volumes_yaml(volumes: DataVolumes) -> str:
    if not volumes.names:
        return ""
    return "volumes:\n" + "".join(f"  {name}: {{}}\n" for name in volumes.names)


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


def _networks(store: str, model: ReleaseModel, expected: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Joins the services that use the store to its network."""
    for network, services in table("stores")["store"][store].get("attach", {}).items():
        for name in services:
            if name in expected and network in model.compose.networks:
                stated = model.services[name].networks
                yield name, ["networks:", *(f"  - {n}" for n in (*stated, network))]


def _restarts(
    model: ReleaseModel, env: Mapping[str, str], expected: tuple[str, ...]
) -> Iterator[tuple[str, list[str]]]:
    """Services without restart policy would stay down after a reboot of the machine."""
    one_shots = model.one_shots(env)
    for name in expected:
        if model.services[name].restart == "" and name not in one_shots:
            yield name, ["restart: always"]


def _relative(model: ReleaseModel, expected: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    """Addresses that a page takes from where it was opened, see ``urls.toml``."""
    for entry in entries("urls", "relative", Version.parse(model.version)):
        name = entry["service"]
        stated = model.services[name].environment if name in expected else {}
        if keys := [key for key in entry["keys"] if key in stated]:
            yield name, ["environment:", *(f'  {key}: ""' for key in keys)]


def _redirect_mount() -> list[str]:
    """nginx's entry point fills this template instead of the release's; the mount replaces that one.

    WORKAROUND: the entry point lets envsubst replace *every* variable of the template
    (https://github.com/langgenius/dify/blob/main/docker/nginx/docker-entrypoint.sh), also nginx's own;
    in the environment each of these stands for itself.
    """
    itself = [f"  {name}: $${name}" for name in _NGINX_VARIABLES]
    return ["environment:", *itself, "volumes:", f"  - ./{REDIRECT_TEMPLATE}:/etc/nginx/https.conf.template"]


def redirect_template(release_template: str, https_port: int) -> str:
    """The release's https.conf.template, plus: who comes by http is sent to https.

    The text ends up inside of the one ``server`` block that listens on both ports.
    """
    port = "" if https_port == 443 else f":{https_port}"
    rule = f"if ($scheme = http) {{\n    return 301 https://$host{port}$request_uri;\n}}\n"
    return release_template.rstrip("\n") + "\n" + rule
