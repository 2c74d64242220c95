"""Facts about the Docker that is there: what it is, where it came from, how it is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EngineKind(StrEnum):
    """Where ``docker`` comes from. Rootless is a property of its own (``Engine.rootless``)."""

    UNKNOWN = ""  # a docker is there, its origin is not known
    NONE = "none"
    DOCKER_CE = "docker-ce"  # Docker's own packages
    DISTRIBUTION = "distribution"  # docker.io, docker (Amazon, Alpine, SUSE), moby-engine
    SNAP = "snap"
    PODMAN = "podman"  # podman's shim called docker
    DESKTOP = "desktop"  # Docker Desktop's Engine
    BINARIES = "binaries"  # files that no package owns


@dataclass(frozen=True)
class Engine:
    """``docker version`` and ``docker info``, and what the files around them say. Everything that comes
    from the Engine is empty or -1 unless it answered (``DockerFacts.server``).

    *package*: name of the package that owns it. *real_path*: ``docker`` without symbolic links. *api*,
    *api_min*: versions of the API that the Engine speaks; *client_api*: the client's. *compose_path*: the
    plugin's file. *compose_v1*: version of the Python ``docker-compose`` (1.x), if that is installed.
    *context*: the client's current context, "" for the default one. *creds_store*: the credential helper in
    the client's configuration (may fail without a desktop session). *security*: names of the Engine's
    SecurityOptions (``apparmor``, ``seccomp``, ``selinux``, ``rootless``, ``cgroupns``). *mirrors*,
    *proxies* (``http``, ``https``, ``no``; without credentials): what the Engine uses. *pools*: default
    address pools as ``base/size`` texts, empty for built-in ones. *memory*, *cpus*: of the machine the
    Engine runs on (a VM for Docker Desktop). *warnings*: the Engine's own.
    """

    kind: EngineKind = EngineKind.NONE
    package: str = ""
    real_path: str = ""
    api: str = ""
    api_min: str = ""
    client_api: str = ""
    compose_path: str = ""
    compose_v1: str = ""
    buildx: str = ""
    context: str = ""
    creds_store: str = ""
    operating_system: str = ""
    rootless: bool | None = None
    security: frozenset[str] = frozenset()
    storage_driver: str = ""
    containerd_images: bool | None = None
    logging_driver: str = ""
    cgroup_driver: str = ""
    cgroup_version: str = ""
    mirrors: tuple[str, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[str, ...] = ()
    live_restore: bool | None = None
    memory: int = -1
    cpus: int = -1
    containers_running: int = -1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class DockerSocket:
    """``/var/run/docker.sock``. *group*, *mode* (octal text) as ``ls`` shows them. *usable*: the login's
    user may write to it in this session; None where not known."""

    exists: bool | None = None
    group: str = ""
    mode: str = ""
    usable: bool | None = None
    #: the socket of an Engine that the user runs without root, "" if there is none
    rootless: str = ""


@dataclass(frozen=True)
class DaemonFile:
    """The Engine's ``daemon.json``. *exists* None: cannot be looked at. *problem*: why it is not JSON, as
    Python says it, "" if it is fine or absent. *data*: its content, credentials in addresses masked.
    *drop_ins*: lines ``Environment=…`` and ``ExecStart=…`` of systemd drop-ins, masked too."""

    path: str = ""
    exists: bool | None = None
    readable: bool = False
    problem: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    drop_ins: tuple[str, ...] = ()

    def text(self, key: str) -> str:
        """A value that is a text, "" otherwise."""
        value = self.data.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A value that is a list of texts, () otherwise."""
        value = self.data.get(key)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
