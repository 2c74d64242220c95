"""Releases of Dify that the lab offers: real ones if their files are at hand, else the tests' synthetic ones.

Real files are looked for in ``DIFY_RELEASES`` or ``<checkout>/../shared/dify`` (folders
``<tag>/docker``). They hold configuration only; scripts that upstream ships beside it are added from
``release_scripts``, our own.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .names import DEFAULT_TAGS
from .place import CHECKOUT

SCRIPTS = Path(__file__).parent / "release_scripts"
MODIFIED = 1_760_000_000  # one time for all members: the same tree gives the same archive

#: path in docker/ → our script, "" for an empty file; added only where the tree lacks it
ADDED = {
    "nginx/docker-entrypoint.sh": "nginx-entrypoint.sh",
    "nginx/ssl/.gitkeep": "",
    "ssrf_proxy/docker-entrypoint.sh": "squid-entrypoint.sh",
    "certbot/docker-entrypoint.sh": "certbot-entrypoint.sh",
    "certbot/update-cert.template.txt": "update-cert.template.txt",
    "elasticsearch/docker-entrypoint.sh": "standin-entrypoint.sh",
    "pgvector/docker-entrypoint.sh": "pgvector-entrypoint.sh",
    "iris/docker-entrypoint.sh": "standin-entrypoint.sh",
    "iris/iris-init.script": "",
    "startupscripts/init.sh": "",
    "startupscripts/init_user.script": "",
    "volumes/oceanbase/init.d/vec_memory.sql": "",
    "volumes/myscale/config/users.d/custom_users_config.xml": "clickhouse.xml",
    "volumes/sandbox/dependencies/python-requirements.txt": "",
}


#: The synthetic release with everything that real ones have, and one that is only read and rendered.
WHOLE, NEVER_RUN = "97.0.0", ("96.0.0",)


@dataclass(frozen=True)
class Release:
    """One tag and where its ``docker`` folder is."""

    tag: str
    folder: Path
    real: bool

    @property
    def compose_file(self) -> Path:
        return self.folder / "docker" / "docker-compose.yaml"

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", self.tag))


def real_folder() -> Path:
    return Path(os.environ.get("DIFY_RELEASES") or CHECKOUT.parent / "shared" / "dify")


def _in(folder: Path, real: bool) -> list[Release]:
    found = (p.parent.parent for p in folder.glob("*/docker/docker-compose.yaml"))
    return sorted((Release(p.name, p, real) for p in found), key=lambda release: release.order)


def available() -> list[Release]:
    """Every release whose archive can be had, oldest first, synthetic ones last."""
    return _in(real_folder(), True) + _in(CHECKOUT / "tests" / "data" / "releases", False)


def with_images() -> list[Release]:
    """Those whose images are in the registry: ``LAB_TAGS`` or a default choice, and the synthetic ones, of
    which the one with all stores only takes the place of a real one."""
    wanted = os.environ.get("LAB_TAGS", "").split() or list(DEFAULT_TAGS)
    found = available()
    left_out = NEVER_RUN if not any(release.real for release in found) else (*NEVER_RUN, WHOLE)
    return [r for r in found if (r.tag in wanted if r.real else r.tag not in left_out)]


def listed() -> list[Release]:
    """What the releases list shows, newest first: synthetic ones only where there is nothing real."""
    releases = with_images()
    real = [release for release in releases if release.real]
    return sorted(real or releases, key=lambda release: release.order, reverse=True)


def tree(release: Release) -> dict[str, tuple[bytes, int]]:
    """Path inside ``docker/`` → (content, mode): unmodified files, and our scripts that real ones lack."""
    base = release.folder / "docker"
    files = {}
    for path in sorted(base.rglob("*")):
        if path.is_file():
            name = path.relative_to(base).as_posix()
            # only git's two modes: a copied tree may have lost its write bits
            executable = path.stat().st_mode & 0o111 or name.endswith(".sh")
            files[name] = (path.read_bytes(), 0o755 if executable else 0o644)
    added = dict(ADDED) if release.real else {}
    if release.real and "ssrf_proxy/squid-agent.conf.template" in files:
        added["ssrf_proxy/docker-agent-entrypoint.sh"] = "squid-entrypoint.sh"
    for name, script in added.items():
        if name not in files:
            content = (SCRIPTS / script).read_bytes() if script else b""
            files[name] = (content, 0o755 if name.endswith(".sh") else 0o644)
    return files


def write_tree(release: Release, folder: Path) -> None:
    """The ``docker`` folder as it comes out of the archive."""
    for name, (content, mode) in tree(release).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)


def archive(release: Release) -> bytes:
    """The tar.gz as GitHub makes it: one top folder ``dify-<tag>``, folders as members, plain modes."""
    top = f"dify-{release.tag}"
    members = {f"{top}/docker/{name}": entry for name, entry in tree(release).items()}
    for extra in ("LICENSE", "README.md"):
        path = release.folder / extra
        if path.is_file():
            members[f"{top}/{extra}"] = (path.read_bytes(), 0o644)
    folders = {f"{top}/docker"} | {parent.as_posix() for name in members for parent in Path(name).parents}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted((folders - {"."}) | set(members)):
            content, mode = members.get(name, (b"", 0o775))
            info = tarfile.TarInfo(name)
            info.type = tarfile.REGTYPE if name in members else tarfile.DIRTYPE
            info.mode, info.size, info.mtime = mode | 0o20, len(content), MODIFIED
            info.uname = info.gname = "root"
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)
