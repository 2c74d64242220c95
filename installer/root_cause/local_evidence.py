"""The evidence where no scripts run (this computer on macOS and Windows): twin of ``evidence.sh``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
from docker.errors import NotFound

from installer.docker.containers import PROJECT_LABEL, SERVICE_LABEL
from installer.facts.local.machine import disk_of
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Host
from installer.untrusted.values import items, mapping

if TYPE_CHECKING:
    from docker import APIClient

    from installer.root_cause.explain import Scene

Put = Callable[[str], None]
_KB = 1024


def ask(host: Host, scene: Scene, mark: str, service: str, since: int, put: Put) -> None:
    """The same sections and lines, each given to *put* as soon as it is known. Raises like ``Host``."""
    directory, web = scene.directory, scene.web

    def section(name: str, body: str) -> None:
        put(f"{mark} {name}")
        put(body)

    disk = disk_of(directory)
    blocks = f"- {disk.size // _KB} {(disk.size - disk.free) // _KB} {disk.free // _KB} - {disk.mount or '/'}"
    section("disks", f"folder_kb={blocks}")
    section("memory", _memory())
    with host.docker() as client:
        found = _inspected(client, scene.project)
        section("count", str(len(found)))
        section("containers", "\n".join(json.dumps(_entry(data)) for data in found))
        data = host.read_file(f"{directory}/docker/.env")
        section("env", (data or b"").decode("utf-8", "replace"))
        bad = [d for d in found if not _well(d)]
        for one in bad or [d for d in found if _service(d) == service]:
            section(f"log_{one['Id']}", _log(client, one, 60, since))
        status = _ask_web(host, web, section)
        if web is not None and not bad and status != 200:
            for one in found:
                section(f"log_{one['Id']}", _log(client, one, 30, since))


def _ask_web(host: Host, web: Web | None, section: Callable[[str, str], None]) -> int:
    if web is None:
        return 0
    answer = web.ask(host, SETUP_PATH, timeout=2)
    if answer.status:
        body = answer.body[:1500].decode("utf-8", "replace")
        section("web", f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}\n{body}")
    return answer.status


#: Only those that rules know by name.
_REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


def _inspected(client: APIClient, project: str) -> list[dict[str, Any]]:
    found = []
    listed = items(client.containers(all=True, filters={"label": f"{PROJECT_LABEL}={project}"}))
    for ident in filter(None, (str(mapping(entry).get("Id", "")) for entry in listed)):
        with suppress(NotFound):  # removed meanwhile
            found.append({**mapping(client.inspect_container(ident)), "Id": ident})
    return found


def _service(data: dict[str, Any]) -> str:
    return str(_labels(data).get(SERVICE_LABEL, ""))


def _labels(data: dict[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(data.get("Config")).get("Labels"))


def _entry(data: dict[str, Any]) -> dict[str, Any]:
    state = mapping(data.get("State"))
    return {
        "id": str(data.get("Id", "")),
        "labels": dict(_labels(data)),
        "state": state.get("Status", ""),
        "exit_code": state.get("ExitCode", 0),
        "oom": state.get("OOMKilled", False),
        "restarts": data.get("RestartCount", 0),
        "error": state.get("Error", ""),
        "health": state.get("Health"),
    }


def _well(data: dict[str, Any]) -> bool:
    state = mapping(data.get("State"))
    if state.get("Status") == "exited":
        return not state.get("ExitCode", 0)
    if state.get("Status") != "running" or data.get("RestartCount", 0):
        return False
    return mapping(state.get("Health")).get("Status", "") in ("", "none", "healthy")


def _log(client: APIClient, data: dict[str, Any], lines: int, since: int) -> str:
    newer: Any = {"since": int(time.time()) - since} if since else {}
    said: bytes = client.logs(data["Id"], tail=lines, **newer)
    return said[-12000:].decode("utf-8", "replace")


def _memory() -> str:
    memory = psutil.virtual_memory()
    swap, swap_free = 0, 0
    with suppress(RuntimeError, OSError):  # Windows' performance counters may be switched off
        counted = psutil.swap_memory()
        swap, swap_free = counted.total, counted.free
    rows = (
        ("MemTotal", memory.total),
        ("MemAvailable", memory.available),
        ("SwapTotal", swap),
        ("SwapFree", swap_free),
    )
    return "\n".join(f"{name}: {value // _KB} kB" for name, value in rows)
