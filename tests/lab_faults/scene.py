"""One target, one person, one line between them; what is there, looked at past the program under test."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from tests.lab import Lab, Server, releases
from tests.lab.imageplan import references, split_reference
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import http_status

from .line import Line
from .model import DOCKERS_DISK, Row

ADMIN, PASSWORD = "admin@example.com", "Fault-table-1"


@dataclass(frozen=True)
class Seen:
    """What must outlive a fault. *containers*: service → id; *images*: of this release, by the registry's
    names; *database*: the identity that PostgreSQL gave its data when it made them."""

    env: str
    secrets: frozenset[str]
    containers: dict[str, str]
    images: frozenset[str]
    database: str


@dataclass
class Scene:
    """A row's stage."""

    row: Row
    bench: Bench
    server: Server
    line: Line

    @property
    def lab(self) -> Lab:
        return self.bench.lab

    def run(self, script: str) -> str:
        """As root on the server, past SSH; "" where that fails."""
        return self.server.run(script, check=False).stdout.strip()

    def container(self, service: str) -> str:
        """Id of a service's container."""
        return self.run(f"docker ps -aq --no-trunc -f label=com.docker.compose.service={service}")

    def look(self) -> Seen:
        """All at once: each look costs a process on the server."""
        docker = self.bench.docker_folder
        listed = "docker ps -a --no-trunc --format '{{.Label \"com.docker.compose.service\"}} {{.ID}}'"
        control = f"{docker}/volumes/db/data/pgdata/global/pg_control"
        parts = (
            f"cat {docker}/.env",
            listed,
            "docker images --format '{{.Repository}}:{{.Tag}}'",
            f"[ ! -e {control} ] || head -c 8 {control} | sha256sum",
        )
        said = self.run("; echo @@; ".join(f"{{ {part}; }} 2>/dev/null" for part in parts) + "; true")
        env, containers, images, database = (text.strip() for text in said.split("@@"))
        return Seen(
            hashlib.sha256(env.encode()).hexdigest() if env else "",
            frozenset(re.findall(r"(?m)^\w*(?:KEY|PASSWORD|TOKEN)\w*=.+$", env)),
            dict(line.split() for line in containers.splitlines() if len(line.split()) == 2),
            of_the_release(images.split()),
            database,
        )

    def blobs(self) -> dict[str, int]:
        """Downloads of parts of images so far, by repository."""
        return {n: int(c["blobs"]) for n, c in self.lab.registry.counters()["repositories"].items()}

    def jobs(self) -> list[str]:
        """Jobs that were ever started here."""
        return self.run(f"ls {self.bench.directory}/.dify-installer/jobs 2>/dev/null").split()

    def answers(self) -> int:
        """The web server's, from outside and without our own program."""
        return http_status(f"{self.bench.web}/console/api/setup")

    def peers(self) -> dict[str, object]:
        """How Dify's services get on with each other, as the stand-in says."""
        with urllib.request.urlopen(f"{self.bench.web}/console/api/_lab", timeout=10) as answer:
            checks: dict[str, object] = json.load(answer)["checks"]
            return checks

    def accounts(self) -> str:
        """How many there are: the first administrator once, whatever was repeated."""
        query = "psql -U postgres -d dify -Atc 'select count(*) from accounts'"
        return self.run(f"docker exec {self.container('db')} {query} </dev/null")


def of_the_release(listed: Sequence[str]) -> frozenset[str]:
    """Which of the images *listed* the release of the story needs. The machine may have others of the same
    name: those of another version."""
    release = next(r for r in releases.available() if r.tag == versions()[-1])
    wanted = {split_reference(name) for name in references(release)}
    return frozenset(name for name, tag in map(split_reference, listed) if (name, tag) in wanted)


def set_up(make: Maker, row: Row, line: Line, server: Server, variants: Sequence[str] = ()) -> Scene:
    """A new machine whose images are there already."""
    if row.fault == "disk full" and not variants:
        variants = ["disk=30G" if row.step in DOCKERS_DISK else "optdisk=30G"]
    bench = make(row.target, keep_images=True, variants=variants)
    bench.write(
        target={"host": "127.0.0.1", "port": line.port},
        site={"address": server.ip},
        release={"version": versions()[-1]},
        repairs={"allow": ["docker.install", "docker.restart"]},
        admin={"email": ADMIN, "name": "Admin"},
    )
    assert bench.cli.secrets
    bench.cli.secrets.write_text(f"{bench.cli.secrets.read_text()}\n[admin]\npassword = '{PASSWORD}'\n")
    line.switch.set({})
    return Scene(row, bench, server, line)
