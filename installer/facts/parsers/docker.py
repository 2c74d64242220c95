"""Pure parsers of what the probe says about Docker: client, Engine, its files and socket."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from installer.facts.engine import DaemonFile, DockerSocket, Engine, EngineKind
from installer.facts.lines import LONGEST_VALUE, flag, lists, pairs
from installer.facts.network import Login
from installer.facts.packages import Packages
from installer.untrusted.json import loads
from installer.untrusted.values import integer, items, mapping

#: Of a list in what Docker says.
_MOST_ITEMS = 1000
_CREDENTIALS = re.compile(r"://[^/\s]+@")
#: Packages that own a ``docker`` program, with what they make of it.
_PACKAGES = {
    "docker-ce": EngineKind.DOCKER_CE,
    "docker-ce-cli": EngineKind.DOCKER_CE,
    "docker.io": EngineKind.DISTRIBUTION,
    "moby-engine": EngineKind.DISTRIBUTION,
    "docker-engine": EngineKind.DISTRIBUTION,
    "docker": EngineKind.DISTRIBUTION,
    "docker-cli": EngineKind.DISTRIBUTION,
    "moby-cli": EngineKind.DISTRIBUTION,
}


def info_of(body: str) -> dict[str, Any]:
    """``docker info --format '{{json .}}'``; empty if it is not that."""
    try:
        data = loads(body.strip() or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _texts(value: object) -> list[str]:
    """The first ones of a list of JSON as texts, without longer ones."""
    texts = (str(item) for item in items(value)[:_MOST_ITEMS])
    return [text for text in texts if len(text) <= LONGEST_VALUE]


def _plugin(info: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    for plugin in items(mapping(info.get("ClientInfo")).get("Plugins")):
        if isinstance(plugin, dict) and plugin.get("Name") == name and not plugin.get("Err"):
            return plugin
    return {}


def compose_version(info: Mapping[str, Any]) -> str:
    """The version of the Compose plugin by the client's own list, "" if it has none that works."""
    return str(_plugin(info, "compose").get("Version", "")).removeprefix("v")


def _kind(v: Mapping[str, str], info: Mapping[str, Any], packages: Packages) -> tuple[EngineKind, str]:
    if not v.get("path"):
        return EngineKind.NONE, ""
    real = v.get("real", "")
    if v.get("podman") == "yes":
        return EngineKind.PODMAN, "podman-docker" if packages.version("podman-docker") else ""
    if real.startswith("/snap/") or real.endswith("/snap") or v["path"].startswith("/snap/"):
        return EngineKind.SNAP, "snap:docker"
    if "Docker Desktop" in str(info.get("OperatingSystem", "")):
        return EngineKind.DESKTOP, ""
    for name, kind in _PACKAGES.items():
        if packages.version(name):
            return kind, name
    return (EngineKind.UNKNOWN if packages.installed is None else EngineKind.BINARIES), ""


def _security(info: Mapping[str, Any]) -> frozenset[str]:
    # "name=seccomp,profile=builtin"
    texts = _texts(info.get("SecurityOptions"))
    return frozenset(m[1] for text in texts if (m := re.search(r"name=([^,]+)", text)))


def _text(info: Mapping[str, Any], key: str) -> str:
    value = info.get(key)
    return _CREDENTIALS.sub("://***@", str(value)) if value else ""


def _count(info: Mapping[str, Any], key: str) -> int:
    value = integer(info.get(key))
    return value if value > 0 else -1


def _answers(info: Mapping[str, Any], v: Mapping[str, str]) -> dict[str, Any]:
    """What only an Engine that answered can tell."""
    security = _security(info)
    mirrors = _texts(mapping(info.get("RegistryConfig")).get("Mirrors"))
    pools = [mapping(p) for p in items(info.get("DefaultAddressPools"))[:_MOST_ITEMS]]
    status = json.dumps(info.get("DriverStatus") or [])
    names = {"http": "HttpProxy", "https": "HttpsProxy", "no": "NoProxy"}
    return {
        "api": v.get("api", ""),
        "api_min": v.get("api_min", ""),
        "operating_system": _text(info, "OperatingSystem"),
        "rootless": "rootless" in security,
        "security": security,
        "storage_driver": _text(info, "Driver"),
        "containerd_images": "io.containerd.snapshotter" in status,
        "logging_driver": _text(info, "LoggingDriver"),
        "cgroup_driver": _text(info, "CgroupDriver"),
        "cgroup_version": _text(info, "CgroupVersion"),
        "mirrors": tuple(_CREDENTIALS.sub("://***@", m) for m in mirrors),
        "proxies": {name: text for name, key in names.items() if (text := _text(info, key))},
        "pools": tuple(f"{p.get('Base')}/{p.get('Size')}" for p in pools),
        "live_restore": bool(info.get("LiveRestoreEnabled")),
        "memory": _count(info, "MemTotal"),
        "cpus": _count(info, "NCPU"),
        "containers_running": integer(info.get("ContainersRunning")),
        "warnings": tuple(_texts(info.get("Warnings"))),
    }


def engine(s: Mapping[str, str], packages: Packages) -> Engine:
    """``docker version``, ``docker info``, and where the program comes from."""
    v, info = pairs(s.get("docker", "")), info_of(s.get("info", ""))
    files = pairs(s.get("daemon", ""))
    kind, package = _kind(v, info, packages)
    standalone = pairs(s.get("compose", "")).get("compose_standalone", "").removeprefix("v")
    client = info.get("ClientInfo")
    context = str(mapping(client).get("Context", "")) if client else files.get("context", "")
    answers = _answers(info, v) if info.get("ServerVersion") else {}
    return Engine(
        kind=kind,
        package=package,
        real_path=v.get("real", ""),
        client_api=v.get("client_api", ""),
        compose_path=str(_plugin(info, "compose").get("Path", "")),
        compose_v1=standalone if standalone.startswith("1.") else "",
        buildx=str(_plugin(info, "buildx").get("Version", "")).removeprefix("v"),
        context="" if context == "default" else context,
        creds_store=files.get("creds_store", ""),
        **answers,
    )


def socket(body: str, login: Login, probe_uid: int) -> DockerSocket:
    """``ls -l`` of the socket: ``srw-rw---- 1 root docker 0 Nov 25 10:39 /var/run/docker.sock``.
    *probe_uid*: whom the probe ran as (root through sudo, perhaps)."""
    v = pairs(body)
    fields = v.get("socket", "").split()
    if len(fields) < 4:
        return DockerSocket(exists=False if body.strip() else None, rootless=v.get("rootless", ""))
    if probe_uid == login.uid:
        usable: bool | None = v.get("socket_writable") == "yes"
    else:
        usable = login.docker_in_session if fields[3] == "docker" else None
    return DockerSocket(True, fields[3], fields[0], usable, v.get("rootless", ""))


def daemon(body: str) -> DaemonFile:
    """``daemon.json`` as lines ``json=…`` (blanks at the ends of lines do not matter in JSON)."""
    v, many = pairs(body), lists(body)
    drop_ins = tuple(many.get("drop_in", ()))
    if not v.get("path"):
        return DaemonFile(exists=False if v.get("looked") == "yes" else None, drop_ins=drop_ins)
    readable = flag(v, "readable") is True
    text = "\n".join(line.removeprefix("json=") for line in body.split("\n") if line.startswith("json="))
    data, problem = _json(text) if readable else ({}, "")
    return DaemonFile(v["path"], True, readable, problem, data, drop_ins)


def _json(text: str) -> tuple[dict[str, Any], str]:
    """Content and problem. An empty file is what dockerd accepts as well (config.go reads it as no
    settings)."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return {}, ""
    try:
        data = loads(text)
    except ValueError as exc:
        return {}, str(exc)
    return (data, "") if isinstance(data, dict) else ({}, "not an object")
