"""Reads a Compose file into plain dataclasses, variables not replaced.

What is not understood is collected, never guessed: keys of services that this module does not know are
listed, forms that it cannot read raise ``InstallError(RELEASE_LAYOUT_UNKNOWN)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import yaml

from installer.core.errors import Code, InstallError
from installer.untrusted.yaml import load

Condition = Literal["service_started", "service_healthy", "service_completed_successfully"]

#: Keys of a service that decide nothing for us but are known (compose-spec, "services").
_KNOWN_TEXT = """
build cap_add cap_drop cgroup command configs container_name cpu_count cpus deploy depends_on
devices dns dns_opt dns_search entrypoint env_file environment expose extends external_links
extra_hosts group_add healthcheck hostname image init ipc isolation labels links logging mac_address
mem_limit mem_reservation memswap_limit network_mode networks oom_kill_disable oom_score_adj pid
pids_limit platform ports privileged profiles pull_policy read_only restart runtime scale secrets
security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits
user userns_mode uts volumes volumes_from working_dir
"""
_KNOWN = frozenset(_KNOWN_TEXT.split())


@dataclass(frozen=True)
class PortSpec:
    """A published port as written: *text* in the short form (``[ip:]host:container[/protocol]``)."""

    text: str


@dataclass(frozen=True)
class Mount:
    """A volume: *bind* with a path of the host, else a named volume (empty *source*: anonymous)."""

    source: str
    target: str
    bind: bool


@dataclass(frozen=True)
class Dependency:
    """A service that must be there first."""

    service: str
    condition: Condition
    required: bool


@dataclass(frozen=True)
class Service:
    """A service as the file states it; texts may hold variables."""

    name: str
    image: str
    built: bool
    profiles: tuple[str, ...]
    ports: tuple[PortSpec, ...]
    mounts: tuple[Mount, ...]
    networks: tuple[str, ...]
    environment: Mapping[str, str | None]
    restart: str
    depends_on: tuple[Dependency, ...]
    container_name: str
    raw: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class ComposeFile:
    """The services by name, and what was not understood (as ``services.x.key``)."""

    services: Mapping[str, Service]
    networks: Mapping[str, Any]
    volumes: Mapping[str, Any]
    not_understood: tuple[str, ...]
    raw: Mapping[str, Any] = field(repr=False, compare=False)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars, as Compose reads them: ``22:22`` is no number, ``no`` is no bool."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def read_compose(text: str, *, version: str) -> ComposeFile:
    """Raises ``InstallError(RELEASE_LAYOUT_UNKNOWN)``; *version* is for the error only."""
    try:
        raw = load(text, _Loader)
        _demand(_is_table(raw) and _is_table(raw.get("services")), "services")
        for part in ("networks", "volumes"):
            _demand(raw.get(part) is None or _is_table(raw[part]), part)
        services = {name: _service(name, body) for name, body in raw["services"].items()}
    except yaml.YAMLError as exc:
        raise _unknown(version, "docker-compose.yaml", str(exc)) from exc
    except _NotUnderstoodError as exc:
        raise _unknown(version, str(exc), "") from exc
    odd = tuple(f"services.{s.name}.{key}" for s in services.values() for key in s.raw if not _is_known(key))
    top = tuple(
        k for k in raw if k not in ("services", "networks", "volumes", "name", "version") and not _is_known(k)
    )
    return ComposeFile(services, raw.get("networks") or {}, raw.get("volumes") or {}, (*top, *odd), raw)


class _NotUnderstoodError(Exception):
    """The message says where."""


def _unknown(version: str, what: str, detail: str) -> InstallError:
    return InstallError(
        Code.RELEASE_LAYOUT_UNKNOWN, {"version": version, "what": what}, detail=detail or what
    )


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise _NotUnderstoodError(what)


def _is_table(value: object) -> bool:
    """Whether it is a mapping of names: Compose takes no other keys."""
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _is_known(key: object) -> bool:
    return key in _KNOWN or str(key).startswith("x-")


def _service(name: str, body: Any) -> Service:
    _demand(_is_table(body), f"services.{name}")
    where = f"services.{name}"
    return Service(
        name=name,
        image=str(body.get("image", "")),
        built="build" in body,
        profiles=_texts(body.get("profiles"), f"{where}.profiles"),
        ports=tuple(_ports(body.get("ports") or [], f"{where}.ports")),
        mounts=tuple(_mounts(body.get("volumes") or [], f"{where}.volumes")),
        networks=_texts(body.get("networks"), f"{where}.networks") or ("default",),
        environment=_environment(body.get("environment") or {}, f"{where}.environment"),
        restart=str(body.get("restart", "")),
        depends_on=tuple(_dependencies(body.get("depends_on") or [], f"{where}.depends_on")),
        container_name=str(body.get("container_name", "")),
        raw=body,
    )


def _texts(value: Any, where: str) -> tuple[str, ...]:
    """A list of texts, or the keys of a mapping."""
    _demand(value is None or isinstance(value, (list, dict)), where)
    return tuple(str(v) for v in value or ())


def _scalar(value: Any) -> str:
    """A scalar as Compose puts it into an environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ports(value: Any, where: str) -> Iterator[PortSpec]:
    _demand(isinstance(value, list), where)
    for port in value:
        if isinstance(port, dict):
            _demand("target" in port and port.get("mode", "host") in ("host", "ingress"), where)
            parts = [str(port[k]) for k in ("host_ip", "published", "target") if k in port]
            yield PortSpec(":".join(parts) + f"/{port.get('protocol', 'tcp')}")
        else:
            yield PortSpec(str(port))


def _mounts(value: Any, where: str) -> Iterator[Mount]:
    _demand(isinstance(value, list), where)
    for mount in value:
        if isinstance(mount, dict):
            _demand("target" in mount, where)
            yield Mount(str(mount.get("source", "")), str(mount["target"]), mount.get("type") == "bind")
            continue
        source, target = _split_mount(str(mount))
        yield Mount(source, target, bind=source.startswith((".", "/", "~", "${")))


def _split_mount(text: str) -> tuple[str, str]:
    """Source and target of ``source:target[:options]``; colons inside of ``${…}`` do not count."""
    parts, depth = [""], 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])


def _environment(value: Any, where: str) -> Mapping[str, str | None]:
    if isinstance(value, list):
        pairs = (str(item).partition("=") for item in value)
        return {key: text if equals else None for key, equals, text in pairs}
    _demand(isinstance(value, dict), where)
    return {str(key): None if text is None else _scalar(text) for key, text in value.items()}


def _dependencies(value: Any, where: str) -> Iterator[Dependency]:
    if isinstance(value, list):
        yield from (Dependency(str(name), "service_started", True) for name in value)
        return
    _demand(isinstance(value, dict), where)
    known = ("service_started", "service_healthy", "service_completed_successfully")
    for name, body in value.items():
        _demand(body is None or isinstance(body, dict), f"{where}.{name}")
        condition = str((body or {}).get("condition", "service_started"))
        _demand(condition in known, f"{where}.{name}")
        yield Dependency(str(name), cast("Condition", condition), bool((body or {}).get("required", True)))
