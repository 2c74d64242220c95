"""Facts about a target, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from installer.core.secrets import Secret
from installer.facts.certificates import Certificates, Issued, Renewal
from installer.facts.desktop import SHARES_ITS_DISK, Desktop
from installer.facts.earlier import Earlier, EarlierSearch
from installer.facts.engine import DaemonFile, DockerSocket, Engine, EngineKind
from installer.facts.machine import Clock, Disk, Machine, WebServers
from installer.facts.network import AccessControl, Firewall, Listener, Login, Networks
from installer.facts.owners import Owners
from installer.facts.packages import CloudInit, PackageLock, Packages, Process, Services
from installer.facts.record_form import project_of, url_of, version_of, well_formed
from installer.untrusted.json import loads
from installer.untrusted.values import mapping, timestamp

__all__ = (
    "AccessControl",
    "Certificates",
    "Clock",
    "CloudInit",
    "ContainerFacts",
    "DaemonFile",
    "Desktop",
    "DirectoryFacts",
    "Disk",
    "DockerFacts",
    "DockerSocket",
    "Earlier",
    "EarlierSearch",
    "Engine",
    "EngineKind",
    "Facts",
    "Firewall",
    "Issued",
    "Listener",
    "Login",
    "Machine",
    "Networks",
    "Owners",
    "PackageLock",
    "Packages",
    "Process",
    "PublishedPort",
    "Record",
    "Renewal",
    "Services",
    "System",
    "WebServers",
)


@dataclass(frozen=True)
class System:
    """The machine. Memory in bytes, 0 where not known. *os_…* are os-release(5)'s ID, ID_LIKE, VERSION_ID,
    VERSION_CODENAME and PRETTY_NAME."""

    user: str = ""
    uid: int = -1
    os_id: str = ""
    os_like: tuple[str, ...] = ()
    os_version: str = ""
    os_codename: str = ""
    os_name: str = ""
    kernel: str = ""
    arch: str = ""
    hostname: str = ""
    cpus: int = 0
    memory: int = 0
    memory_available: int = 0
    swap: int = 0


@dataclass(frozen=True)
class DockerFacts:
    """Docker Engine and Compose as the probe found them; empty strings where absent."""

    path: str = ""
    client: str = ""
    server: str = ""
    root: str = ""
    os_type: str = ""
    error: str = ""
    compose: str = ""
    compose_standalone: str = ""


@dataclass(frozen=True)
class PublishedPort:
    """A container's port on the host."""

    address: str
    port: int
    container_port: int


@dataclass(frozen=True)
class ContainerFacts:
    """A container of any project on the target."""

    id: str
    name: str
    state: str
    image: str
    project: str = ""
    service: str = ""
    working_dir: str = ""
    status: str = ""
    ports: tuple[PublishedPort, ...] = ()
    config_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class DirectoryFacts:
    """The installation folder. Sizes in bytes, -1 where not known. *physical*: its ``docker`` folder
    without symbolic links, as Compose may know it."""

    exists: bool = False
    is_file: bool = False
    writable: bool = False
    free: int = -1
    docker_free: int = -1
    physical: str = ""
    entries: tuple[str, ...] = ()
    docker_entries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """Our own note on the target about what is installed (``installation.json``)."""

    version: str
    project: str
    url: str
    created_at: float
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def uploaded(self) -> bool:
        """Whether an upload was finished and verified."""
        return bool(self.data.get("uploaded"))

    @property
    def installed(self) -> bool:
        """Whether Dify was ever started here: there may be data, so the version stands."""
        return bool(self.data.get("installed"))

    @property
    def pending(self) -> frozenset[str]:
        """Files that an upload was placing when it was interrupted."""
        return frozenset(self.data.get("pending", ()))

    @property
    def named_volumes(self) -> tuple[str, ...]:
        """Names (in the Compose file) of the volumes that hold its data; none where that is in folders."""
        return tuple(self.data.get("named_volumes", ()))

    @property
    def services(self) -> tuple[str, ...]:
        """The services this installation is made of, in the order of the data path."""
        return tuple(self.data.get("services", ()))

    @property
    def former(self) -> tuple[str, ...]:
        """Services that it was made of before: an interrupted change may have left their containers."""
        return tuple(self.data.get("former", ()))

    @property
    def one_shots(self) -> frozenset[str]:
        """Those of them that do their work and end."""
        return frozenset(self.data.get("one_shots", ()))

    @classmethod
    def parse(cls, text: str) -> Record | None:
        """The record, None if the text is not one (``record_form``)."""
        try:
            data = well_formed(mapping(loads(text)))
            return cls(
                version=version_of(data["version"]),
                project=project_of(data["project"]),
                url=url_of(data.get("url")),
                created_at=timestamp(data.get("created_at", 0)),
                data=data,
            )
        except (ValueError, KeyError):
            return None


@dataclass(frozen=True)
class Facts:
    """Everything the plan judges. *env* is the existing ``.env`` (it holds secrets), *jobs* the exit codes of
    our jobs that ended."""

    system: System = System()
    docker: DockerFacts = DockerFacts()
    listeners: tuple[Listener, ...] = ()
    directory: DirectoryFacts = DirectoryFacts()
    #: the same before repairs of ours, which make the folder for their notes; None where there were none
    untouched: DirectoryFacts | None = None
    record: Record | None = None
    lock: str = ""
    env: Secret | None = None
    #: certificate and key (PEM) that we made for the site (``tls.mode`` = self-signed), if there are any
    self_signed: Secret | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[ContainerFacts, ...] = ()
    #: ``nginx:latest``, ``nginx@sha256:…`` and, for an image with both, ``nginx:latest@sha256:…``
    images: frozenset[str] = frozenset()
    #: the text of the installation's pins file, empty if there is none
    pins: str = ""
    #: the text of the override file there, ours or a person's own
    override: str = ""
    jobs: Mapping[str, str] = field(default_factory=dict)
    #: all volumes of the Engine by name; None where it did not tell
    volumes: frozenset[str] | None = None
    machine: Machine = field(default_factory=Machine)
    packages: Packages = field(default_factory=Packages)
    services: Services = field(default_factory=Services)
    engine: Engine = field(default_factory=Engine)
    socket: DockerSocket = field(default_factory=DockerSocket)
    daemon: DaemonFile = field(default_factory=DaemonFile)
    networks: Networks = field(default_factory=Networks)
    firewall: Firewall = field(default_factory=Firewall)
    webservers: WebServers = field(default_factory=WebServers)
    access: AccessControl = field(default_factory=AccessControl)
    login: Login = field(default_factory=Login)
    earlier: EarlierSearch = field(default_factory=EarlierSearch)
    desktop: Desktop | None = None
    certificates: Certificates = field(default_factory=Certificates)
    #: None where it was not asked: on Windows, or what was asked did not end
    owners: Owners | None = None
    #: whether Dify has its first account; None where that is not known
    account: bool | None = None

    @property
    def named_volumes(self) -> bool:
        """Whether Dify's data goes to named volumes: the computer's own disk is only shared into the machine
        that runs the containers (macOS, Windows). Once Dify is installed its data stays where it is, and data
        that was brought in folders stays there, too."""
        if self.record is not None and self.record.installed and "named_volumes" in self.record.data:
            return bool(self.record.named_volumes)
        shared = self.desktop is not None and self.desktop.system in SHARES_ITS_DISK
        return shared and not any(e.selected and e.data_changed for e in self.earlier.found)

    @property
    def logs_grow(self) -> bool:
        """Whether containers' logs grow without end: the Engine has no other driver and no limits."""
        return self.engine.logging_driver == "json-file" and not self.daemon.data.get("log-opts")

    @property
    def containers_memory(self) -> int:
        """Bytes that all containers together may use: of the machine that runs them, 0 = not known."""
        if self.desktop is not None and self.desktop.memory > 0:
            return self.desktop.memory
        if self.desktop is not None and self.desktop.system in SHARES_ITS_DISK:
            return 0  # they run in a virtual machine whose memory is not known
        limit = self.machine.cgroups.memory_limit
        return min(self.system.memory, limit) if limit > 0 else self.system.memory

    @property
    def installed_version(self) -> str:
        """The version that was started here, or an empty string."""
        return self.record.version if self.record and self.record.installed else ""

    def of_project(self, project: str) -> tuple[ContainerFacts, ...]:
        """Containers that Compose made for *project*."""
        return tuple(c for c in self.containers if c.project == project)
