"""The answers and the secrets as frozen dataclasses, and what follows from them.

Field names and defaults are the answers file's own (``docs/cli.md``). Nothing here reads a file or
asks a machine, except for the running platform's default folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType

from installer.answers.optional import (
    NO_SETTINGS,
    Admin,
    Capacity,
    Database,
    Locale,
    Mail,
    Proxy,
    Redis,
    Registry,
    Settings,
    Storage,
    Uploads,
)
from installer.answers.tls_modes import Off, TlsMode, mode_named
from installer.core.addresses import bare_host, url_host
from installer.core.paths import pure_path
from installer.core.secrets import Secret
from installer.hosts.kinds import HostKind, SshServer, kind_named
from installer.release.source import Release


def project_name(directory: str) -> str:
    """The Compose project name for *directory*: its last part, made valid.

    The rule is Compose's own: lower case, only ``[a-z0-9_-]``, beginning with a letter or digit
    (compose-spec, "name").
    """
    last = pure_path(directory).name
    return re.sub(r"[^a-z0-9_-]", "", last.lower()).lstrip("_-") or "dify"


@dataclass(frozen=True)
class Target:
    """The machine. An empty *directory* or *project* means the default; ask ``Answers`` for the result."""

    kind: str = SshServer.name
    host: str = ""
    port: int = 22
    user: str = ""
    identity_file: str = ""
    host_key: str = ""
    jump: str = ""
    directory: str = ""
    project: str = ""
    docker: str = ""

    def __post_init__(self) -> None:
        """Name lookups and known_hosts take an IPv6 address without the brackets that people may write."""
        object.__setattr__(self, "host", bare_host(self.host))

    @property
    def host_kind(self) -> HostKind:
        """The kind itself, to be asked what such a machine is and has."""
        return kind_named(self.kind)

    @property
    def counted(self) -> Target:
        """Without the fields that another kind was given."""
        usual, kept = Target(), {"kind", "directory", "project", *self.host_kind.fields}
        other = (f.name for f in fields(Target) if f.name not in kept)
        return replace(self, **{name: getattr(usual, name) for name in other})


@dataclass(frozen=True)
class Repairs:
    """Repairs that may be made without asking.

    *mirror*: a mirror of Docker's registry, *proxy*: a proxy, both for the Engine (``daemon.mirror``,
    ``daemon.proxy``), as addresses without login.
    """

    allow: tuple[str, ...] = ()
    mirror: str = ""
    proxy: str = ""


#: Addresses that only the machine itself reaches.
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Site:
    """The name or address people type, and the address the web server is published on."""

    address: str = ""
    bind: str = "0.0.0.0"  # noqa: S104  (a public web server is the point; Review shows it)

    @property
    def inside_only(self) -> bool:
        """Whether only the machine itself reaches the web server."""
        return self.bind in LOOPBACK


@dataclass(frozen=True)
class Ports:
    """Published ports. *https* 0 = not published."""

    http: int = 80
    https: int = 0
    plugin_debugging: int = 5003
    plugin_debugging_public: bool = False


@dataclass(frozen=True)
class Tls:
    """Encryption. *certificate* and *key* are paths on this computer; *key* is empty for a PFX file.

    *proxy_…* are for ``mode`` = proxy: whether our own file is given to the target's nginx, and the paths *on
    the target* of the certificate that the web server there uses.
    """

    mode: str = Off.name
    certificate: str = ""
    key: str = ""
    email: str = ""
    acme_server: str = ""
    redirect: bool = True
    hsts: bool = False
    proxy_install: bool = False
    proxy_certificate: str = ""
    proxy_key: str = ""

    @property
    def way(self) -> TlsMode:
        """The mode itself, to be asked what it is and needs."""
        return mode_named(self.mode)

    @property
    def counted(self) -> Tls:
        """Without the fields that another mode was given; a redirect stays, as it is on by default."""
        usual, kept = Tls(), {"mode", "redirect", *self.way.fields}
        other = (f.name for f in fields(Tls) if f.name not in kept)
        return replace(self, **{name: getattr(usual, name) for name in other})

    @property
    def on(self) -> bool:
        """Whether our own nginx speaks TLS."""
        return self.way.serves


@dataclass(frozen=True)
class Stores:
    """The vector store, by the name Dify's ``VECTOR_STORE`` knows it. *external*: an external one, reached
    by *settings*; else a container beside Dify."""

    vector: str = "weaviate"
    external: bool = False
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)


@dataclass(frozen=True)
class Answers:
    """The whole answers file."""

    target: Target = field(default_factory=Target)
    release: Release = field(default_factory=Release)
    repairs: Repairs = field(default_factory=Repairs)
    site: Site = field(default_factory=Site)
    ports: Ports = field(default_factory=Ports)
    tls: Tls = field(default_factory=Tls)
    stores: Stores = field(default_factory=Stores)
    database: Database = field(default_factory=Database)
    redis: Redis = field(default_factory=Redis)
    storage: Storage = field(default_factory=Storage)
    admin: Admin = field(default_factory=Admin)
    capacity: Capacity = field(default_factory=Capacity)
    uploads: Uploads = field(default_factory=Uploads)
    locale: Locale = field(default_factory=Locale)
    mail: Mail = field(default_factory=Mail)
    proxy: Proxy = field(default_factory=Proxy)
    registry: Registry = field(default_factory=Registry)
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def directory(self) -> str:
        """The installation's folder on the target, absolute."""
        directory = self.target.directory or self.target.host_kind.default_directory()
        return str(Path(directory).expanduser()) if directory.startswith("~") else directory

    @property
    def docker_folder(self) -> str:
        """The release's tree: compose file, ``.env``, ``volumes``."""
        return str(pure_path(self.directory) / "docker")

    @property
    def state_folder(self) -> str:
        """Our journal, jobs, lock and manifest (mode 0700)."""
        return str(pure_path(self.directory) / ".dify-installer")

    @property
    def project(self) -> str:
        """The Compose project."""
        return self.target.project or project_name(self.directory)

    @property
    def site_address(self) -> str:
        """The name or IP that people type, IPv6 without brackets."""
        fallback = self.target.host if self.target.host_kind.remote else "localhost"
        return bare_host(self.site.address or fallback)

    @property
    def base_url(self) -> str:
        """``scheme://host[:port]`` as people type it, no slash at the end."""
        scheme = "https" if self.tls.on or self.tls.way.in_front else "http"
        return f"{scheme}://{url_host(self.site_address)}{self._shown_port}"

    @property
    def _shown_port(self) -> str:
        if self.tls.way.in_front or (self.tls.on and self.ports.https == 443):
            return ""
        port = self.ports.https if self.tls.on else self.ports.http
        return "" if port == 80 and not self.tls.on else f":{port}"


@dataclass(frozen=True)
class Secrets:
    """What was given; None = not given. *env* holds secret variables of Dify's ``.env``, *external* those
    that log in to external services."""

    ssh_password: Secret | None = None
    ssh_passphrase: Secret | None = None
    sudo_password: Secret | None = None
    admin_password: Secret | None = None
    tls_passphrase: Secret | None = None
    tls_eab_kid: Secret | None = None
    tls_eab_hmac: Secret | None = None
    mail_password: Secret | None = None
    mail_api_key: Secret | None = None
    proxy_password: Secret | None = None
    env: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))
    #: Section (``database``, ``redis``, ``storage``, ``stores``) → variable of Dify → its value.
    external: Mapping[str, Mapping[str, Secret]] = field(default_factory=lambda: MappingProxyType({}))

    def all(self) -> tuple[Secret, ...]:
        """Every value, for the redactor."""
        named = (self.ssh_password, self.ssh_passphrase, self.sudo_password, self.admin_password)
        others = (self.tls_passphrase, self.mail_password, self.mail_api_key, self.proxy_password)
        binding = (self.tls_eab_kid, self.tls_eab_hmac)
        services = (secret for section in self.external.values() for secret in section.values())
        return tuple(s for s in (*named, *others, *binding, *self.env.values(), *services) if s)
