"""The containers of an installation, read from Docker Engine's API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from installer.untrusted.text import safe_text
from installer.untrusted.values import integer, items, mapping

if TYPE_CHECKING:
    from docker import APIClient

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ONEOFF_LABEL = "com.docker.compose.oneoff"

StackState = Literal["running", "degraded", "stopped", "absent"]

#: So much of what a check printed is kept, from its end: there stands why it failed.
_OUTPUT_LINES, _OUTPUT_WIDTH = 6, 200


@dataclass(frozen=True)
class Container:
    """One container. *health* is empty without a health check; times are ISO 8601 as Docker gives them;
    *addresses* are those in Docker's own networks. *health_output*: the last lines of what the last check
    printed; *health_fails*: checks that failed in a row. *oom*: the kernel ended it for want of memory;
    *error*: why Docker could not start it. *memory_limit*: bytes, 0 for none of its own."""

    id: str
    service: str
    name: str
    state: str
    health: str
    exit_code: int
    image: str
    ports: tuple[str, ...]
    started_at: str
    restarts: int
    addresses: tuple[str, ...] = ()
    finished_at: str = ""
    health_output: str = ""
    health_fails: int = 0
    oom: bool = False
    error: str = ""
    memory_limit: int = 0

    @property
    def running(self) -> bool:
        """Up and not reported unhealthy."""
        return self.state == "running" and self.health != "unhealthy"

    @property
    def ended_well(self) -> bool:
        """A one-shot that did its work."""
        return self.state == "exited" and self.exit_code == 0


def read_containers(client: APIClient, project: str, services: Collection[str] = ()) -> tuple[Container, ...]:
    """The containers of *project* for *services* (none: for any), also stopped ones, by service name."""
    listed = client.containers(all=True, filters={"label": f"{PROJECT_LABEL}={project}"})
    found: list[Container] = []
    for entry in map(mapping, items(listed)):
        if mapping(entry.get("Labels")).get(ONEOFF_LABEL, "False") == "True":
            continue
        container = _inspect(client, str(entry.get("Id", "")))
        if container and (not services or container.service in services):
            found.append(container)
    return tuple(sorted(found, key=lambda c: (c.service, c.name)))


def _inspect(client: APIClient, container_id: str) -> Container | None:
    from docker.errors import NotFound

    try:
        return parse_inspect(mapping(client.inspect_container(container_id)))
    except NotFound:
        return None  # removed between the list and the look at it


def parse_inspect(data: Mapping[str, Any]) -> Container:
    """``docker inspect``'s object → ``Container``."""
    state, config = mapping(data.get("State")), mapping(data.get("Config"))
    health = mapping(state.get("Health"))
    return Container(
        id=str(data.get("Id", "")),
        service=str(mapping(config.get("Labels")).get(SERVICE_LABEL, "")),
        name=str(data.get("Name", "")).lstrip("/"),
        state=str(state.get("Status", "")),
        health=_health(health),
        exit_code=integer(state.get("ExitCode")),
        image=str(config.get("Image", "")),
        ports=tuple(_ports(data)),
        started_at=str(state.get("StartedAt", "")),
        restarts=integer(data.get("RestartCount")),
        addresses=tuple(_addresses(data)),
        finished_at=str(state.get("FinishedAt", "")),
        health_output=_last_output(health),
        health_fails=integer(health.get("FailingStreak")),
        oom=bool(state.get("OOMKilled", False)),
        error=safe_text(str(state.get("Error") or "")),
        memory_limit=integer(mapping(data.get("HostConfig")).get("Memory")),
    )


def _health(health: Mapping[str, Any]) -> str:
    """``none`` is what a check that was switched off gives (Compose's ``disable: true``)."""
    status = str(health.get("Status", ""))
    return "" if status == "none" else status


def _last_output(health: Mapping[str, Any]) -> str:
    """The end of what the last check printed. Docker keeps the last five checks, 4096 bytes of each."""
    log = items(health.get("Log"))
    output = str(mapping(log[-1]).get("Output") or "") if log else ""
    # a progress meter writes its line again and again
    lines = [line.rpartition("\r")[2].rstrip() for line in output.replace("\r\n", "\n").split("\n")]
    kept = [safe_text(line)[:_OUTPUT_WIDTH] for line in lines if line.strip()]
    return "\n".join(kept[-_OUTPUT_LINES:])


def _addresses(data: Mapping[str, Any]) -> Iterable[str]:
    networks = mapping(mapping(data.get("NetworkSettings")).get("Networks"))
    for _, network in sorted(networks.items()):
        if address := mapping(network).get("IPAddress"):
            yield str(address)


def _ports(data: Mapping[str, Any]) -> Iterable[str]:
    published = mapping(mapping(data.get("HostConfig")).get("PortBindings"))
    for inner, bindings in sorted(published.items()):
        for binding in map(mapping, items(bindings)):
            address = str(binding.get("HostIp") or "0.0.0.0")  # noqa: S104
            shown = f"[{address}]" if ":" in address else address
            yield f"{shown}:{binding.get('HostPort', '')}->{inner}"


def stack_state(
    containers: Iterable[Container], services: Iterable[str], one_shots: frozenset[str]
) -> StackState:
    """The one word for an installation made of *services*.

    running: every long-running one is there, up and not unhealthy; stopped: none is up; degraded: between.
    """
    lasting = [c for c in containers if c.service not in one_shots]
    if not any(c.state in ("running", "restarting", "paused") for c in lasting):
        return "stopped"
    missing = set(services) - one_shots - {c.service for c in lasting}
    return "running" if not missing and all(c.running for c in lasting) else "degraded"
