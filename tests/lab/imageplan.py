"""Which images the registry must hold: read from the Compose files of the releases, with what stands in for
each.

The megabytes are compressed sizes as assumed for the real images. ``LAB_PADSCALE`` percent of them are
added as layers of random bytes, so that progress, pauses and full disks are real.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from .releases import Release

DEFAULT_PADSCALE = 5.0


@dataclass(frozen=True)
class Kind:
    """What takes the place of the images whose name matches *pattern*."""

    pattern: str
    raw: str
    role: str
    megabytes: int
    ports: str = ""


def _generic(pattern: str, megabytes: int, ports: str) -> Kind:
    """Something that listens and answers, no more."""
    return Kind(pattern, "standin", "generic", megabytes, ports)


KINDS = (
    Kind(r"langgenius/dify-api", "standin", "api", 1100),
    Kind(r"langgenius/dify-web", "standin", "web", 180),
    Kind(r"langgenius/dify-plugin-daemon", "standin", "plugin_daemon", 450),
    Kind(r"langgenius/dify-sandbox", "standin", "sandbox", 180),
    Kind(r"langgenius/dify-agent-backend", "standin", "agent_backend", 250),
    Kind(r"langgenius/dify-agent-local-sandbox", "standin", "local_sandbox", 500),
    Kind(r"semitechnologies/weaviate", "standin", "weaviate", 50),
    Kind(r"langgenius/qdrant", "standin", "qdrant", 60),
    Kind(r"pgvector/pgvector|pgvecto-rs", "postgres", "", 150),
    Kind(r"^library/postgres$", "postgres", "", 105),
    Kind(r"^library/mysql$", "mariadb", "", 170),
    Kind(r"^library/redis$", "redis", "", 12),
    Kind(r"^library/nginx$", "nginx", "", 70),
    Kind(r"ubuntu/squid", "squid", "", 75),
    Kind(r"^library/busybox$", "busybox", "", 0),
    Kind(r"certbot/certbot", "certbot", "", 50),
    _generic(r"chroma", 150, "8000"),
    _generic(r"milvusdb", 600, "9091,19530"),
    _generic(r"etcd", 60, "2379"),
    _generic(r"minio", 80, "9000,9001"),
    _generic(r"elasticsearch", 600, "9200"),
    _generic(r"kibana|opensearch-dash", 400, "5601"),
    _generic(r"opensearch", 800, "9200"),
    _generic(r"oceanbase|seekdb", 500, "2881"),
    _generic(r"database/free", 900, "1521"),
    _generic(r"myscale", 200, "8123"),
    _generic(r"opengauss|vastbase", 300, "5432"),
    _generic(r"matrixone", 300, "6001"),
    _generic(r"iris", 900, "1972,52773"),
    _generic(r"unstructured", 900, "8000"),
    _generic(r"", 50, "8080"),
)


@dataclass(frozen=True)
class Image:
    """One image under its real name, without the registry's host."""

    repository: str
    tag: str
    raw: str
    megabytes: float
    env: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    entrypoint: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        return f"{self.repository}:{self.tag}"


def padscale() -> float:
    return float(os.environ.get("LAB_PADSCALE") or DEFAULT_PADSCALE)


def split_reference(reference: str) -> tuple[str, str]:
    """``host/name:tag`` → (repository as the registry knows it, tag). One registry answers for all hosts."""
    reference = re.sub(r"\$\{[^}]*?:?-([^}]*)\}", r"\1", reference.strip("\"'"))
    name, _, tag = reference.partition("@")[0].rpartition(":")
    if not name or "/" in tag:
        name, tag = reference, "latest"
    first, _, rest = name.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        name = rest
    return (name if "/" in name else f"library/{name}"), tag


def references(release: Release) -> list[str]:
    return re.findall(r"^\s+image:\s*(\S+)", release.compose_file.read_text(), re.M)


def runs_as_user(release: Release) -> bool:
    """Since 1.10.1, which renamed the database service too, the API image runs as user 1001."""
    return re.search(r"^  db_postgres:", release.compose_file.read_text(), re.M) is not None


def plan(releases: list[Release]) -> list[Image]:
    """Every image of these releases once."""
    found: dict[tuple[str, str], Image] = {}
    for release in releases:
        as_user = runs_as_user(release)
        for repository, tag in map(split_reference, references(release)):
            found.setdefault((repository, tag), _image(repository, tag, as_user))
    return list(found.values())


def _image(repository: str, tag: str, as_user: bool) -> Image:
    kind = next(kind for kind in KINDS if re.search(kind.pattern, repository))
    env: dict[str, str] = {}
    user, entrypoint = None, None
    if kind.raw == "standin":
        env = {"LAB_ROLE": kind.role, "LAB_VERSION": re.sub(r"^v|-local$", "", tag)}
    if kind.role == "api" and as_user:
        user = "1001"  # cannot write what an older release left as root, as in the real image
    if kind.ports:
        env["LAB_PORTS"] = kind.ports
        entrypoint = ("standin",)
    return Image(repository, tag, kind.raw, kind.megabytes, env, user, entrypoint)
