"""Targets of the lab, each brought back to the state of a new machine."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli_runner import Cli
from tests.lab import Lab, Server, releases
from tests.lab.fixtures import lab
from tests.lab.names import DEFAULT_TAGS

__all__ = ["Bench", "Maker", "lab"]


@dataclass
class Bench:
    """One target and the person at it."""

    lab: Lab
    name: str
    cli: Cli
    tables: dict[str, Any]
    run: Callable[[str], str]
    files: tuple[Path, ...] = field(default=())

    @property
    def directory(self) -> str:
        return str(self.tables["target"]["directory"])

    @property
    def docker_folder(self) -> str:
        return f"{self.directory}/docker"

    @property
    def web(self) -> str:
        """Where Dify must answer, as a person would type it."""
        address = self.tables.get("site", {}).get("address") or self.tables["target"]["host"]
        return f"http://{address}:{self.tables.get('ports', {}).get('http', 80)}"

    def write(self, **changes: dict[str, Any]) -> None:
        """Change tables of the answers file."""
        for table, values in changes.items():
            self.tables.setdefault(table, {}).update(values)
        self.cli.answers.write_text(toml(self.tables))


def toml(tables: dict[str, Any]) -> str:
    def value(v: Any) -> str:
        if isinstance(v, bool):
            return str(v).lower()
        if isinstance(v, list):
            return "[" + ", ".join(value(x) for x in v) + "]"
        return str(v) if isinstance(v, int) else f"'{v}'"

    lines = []
    for name, values in tables.items():
        lines += [f"[{name}]", *(f"{k} = {value(v)}" for k, v in values.items())]
    return "\n".join(lines) + "\n"


def versions() -> list[str]:
    """Releases to install, the newest first: real ones as far as their files are at hand, else synthetic ones
    with as much in them."""
    real = [r.tag for r in releases.available() if r.real]
    return [v for v in DEFAULT_TAGS if v in real] or [releases.WHOLE, "99.0.0", "98.0.0"]


Maker = Callable[..., Bench]


@pytest.fixture
def bench(lab: Lab, tmp_path: Path) -> Iterator[Maker]:
    """``bench("vps")``, ``bench("vps:root")``, ``bench("local")``: new machines, new homes."""
    yield from benches(lab, tmp_path)


@pytest.fixture(scope="module")
def module_bench(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """The same for one installation that several tests look at."""
    yield from benches(lab, tmp_path_factory.mktemp("bench"))


#: What is left of an installation stays, but its containers do not run beside other tests: health checks
#: start processes every second. Killed containers are not started again by their restart policy.
KILL = """ids=$(docker ps -q --filter label=com.docker.compose.project 2>/dev/null)
[ -z "$ids" ] || docker kill $ids >/dev/null 2>&1 || true"""


def benches(lab: Lab, folder: Path) -> Iterator[Maker]:
    lab.registry.faults()
    lab.releases.set({})
    used: list[Callable[[str], object]] = []

    def make(
        name: str, *, reset: bool = True, keep_images: bool = False, variants: Sequence[str] = ()
    ) -> Bench:
        where, _, user = name.partition(":")
        server = None if where == "local" else lab.server(where)
        if server and reset:
            server.reset(keep_images, variants)
        answers, secrets = lab.answers(where, folder / "files")
        tables = tomllib.loads(answers.read_text())
        if server is None:
            run = local_shell(lab)
            used.append(run)
            if reset:
                reset_local(run, tables["target"]["directory"], keep_images)
        else:
            run = _server_shell(server)
            used.append(partial(server.run, check=False))
        if user and server:
            tables["target"]["user"] = user
            password = server.login(user).password
            secrets.write_text(f"[ssh]\npassword = '{password}'\n[sudo]\npassword = '{password}'\n")
            secrets.chmod(0o600)
        made = Bench(lab, name, Cli(folder / "home", answers, secrets if server else None), tables, run)
        made.write()
        return made

    yield make
    for shell in used:
        shell(KILL)
    lab.registry.faults()
    lab.releases.set({})


def _server_shell(server: Server) -> Callable[[str], str]:
    return lambda script: server.run(script).stdout


def local_shell(lab: Lab) -> Callable[[str], str]:
    def run(script: str) -> str:
        done = subprocess.run(
            ["sh", "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"DOCKER_HOST": lab.place.docker_host, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        return done.stdout

    return run


def reset_local(run: Callable[[str], str], directory: str, keep_images: bool) -> None:
    """Only what installations made there: the lab's own containers share that engine."""
    run(
        "docker ps -aq --filter label=com.docker.compose.project | xargs -r docker rm -f -v >/dev/null;"
        "docker network ls -q --filter label=com.docker.compose.project"
        " | xargs -r docker network rm >/dev/null;"
        "docker volume ls -q --filter label=com.docker.compose.project"
        " | xargs -r docker volume rm >/dev/null"
    )
    if not keep_images:
        run(
            "docker images --format '{{.Repository}}:{{.Tag}}' | grep -v '^dify-lab/'"
            " | grep -v '<none>' | xargs -r docker rmi -f >/dev/null 2>&1 || true"
        )
    shutil.rmtree(directory, ignore_errors=True)
