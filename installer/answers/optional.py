"""Answers that most people leave alone: external services, first account, size, uploads, language, mail,
the way out, where images come from.

Every default leaves to the release what it states; ``Capacity`` alone fits it to the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

#: Variable of Dify → value; without secrets. Which variables there are is read from the release
#: (``installer.answers.external_services``).
Settings = Mapping[str, str]
NO_SETTINGS: Settings = MappingProxyType({})


#: Sections of the answers file that may name an external service, in its order.
SERVICES: Final = ("stores", "database", "redis", "storage")


def _none() -> Settings:
    return NO_SETTINGS


@dataclass(frozen=True)
class Database:
    """What Dify keeps its own data in, by the name that ``DB_TYPE`` knows (``resources/databases.toml``).
    *external*: an external server, reached by *settings*; else a container beside Dify."""

    kind: str = "postgresql"
    external: bool = False
    settings: Settings = field(default_factory=_none)


@dataclass(frozen=True)
class Redis:
    """Cache and queue of jobs. *external*: an external server, by its address, or by Sentinels that
    know it (*mode*)."""

    external: bool = False
    mode: Literal["single", "sentinel"] = "single"
    settings: Settings = field(default_factory=_none)


@dataclass(frozen=True)
class Storage:
    """Where uploaded files go, by the name that ``STORAGE_TYPE`` knows; empty = as the release or the
    ``.env`` in use has it, which is a folder on the server."""

    kind: str = ""
    settings: Settings = field(default_factory=_none)


@dataclass(frozen=True)
class Admin:
    """The first account. Empty = people make it in the browser."""

    email: str = ""
    name: str = ""


#: As ``[registry] through``.
THIS_COMPUTER: Final = "this-computer"

#: As ``[capacity] preset``: by the machine's memory; as the release has it. Else a name of ``presets.toml``.
AUTOMATIC, AS_RELEASED = "auto", "release"


@dataclass(frozen=True)
class Capacity:
    """How much Dify does at once (``resources/presets.toml``). *workers*: containers that work in the
    background, 0 = as many as there are."""

    preset: str = AUTOMATIC
    workers: int = 0


@dataclass(frozen=True)
class Uploads:
    """The largest files that Dify takes, in MB; 0 = what the release or the ``.env`` in use says."""

    document: int = 0
    image: int = 0
    audio: int = 0
    video: int = 0


@dataclass(frozen=True)
class Locale:
    """*timezone*: an IANA name, empty = the release's. *japanese*: search splits Japanese words."""

    timezone: str = ""
    japanese: bool = False


@dataclass(frozen=True)
class Mail:
    """How Dify sends mail. *security*: ``tls`` from the first byte, ``starttls``, or ``none``; that,
    *server*, *port* and *user* are for ``smtp``; *api* is an address for ``resend``, empty = the
    release's."""

    kind: Literal["", "smtp", "resend", "sendgrid"] = ""
    sender: str = ""
    server: str = ""
    port: int = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    api: str = ""


@dataclass(frozen=True)
class Proxy:
    """The containers' way to the internet, as addresses without login. Empty *https* = as *http*;
    *exceptions*: hosts that are reached without it, beside the services and the site's own address."""

    http: str = ""
    https: str = ""
    user: str = ""
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registry:
    """*mirror*: ``host[:port][/path]`` that Docker Hub's images are taken from, empty = Docker Hub.
    *through*: whether the target downloads images itself, or this computer does and sends them there."""

    mirror: str = ""
    through: Literal["target", "this-computer"] = "target"
