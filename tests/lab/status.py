"""What runs and where, cheaply: for people, for scripts and for tests that compare."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .releases import listed, real_folder, with_images

if TYPE_CHECKING:
    from .lab import Lab


def status(lab: Lab) -> dict[str, Any]:
    place = lab.place
    running = lab.engine.running()
    return {
        "id": place.id,
        "state": str(place.state),
        "running": running,
        "versions": _versions(lab) if running else {},
        "docker_host": place.docker_host,
        "subnet": str(place.network),
        "bridges": [place.lab_bridge, place.default_bridge],
        "ports": asdict(place.ports),
        "containers": _containers(lab) if running else [],
        "key_file": str(place.key_file),
        "registry": {
            "ip": place.registry_ip,
            "admin": place.registry_admin,
            "answers": lab.registry.switch.answers(),
        },
        "acme": {"directory": place.acme_url, "answers": lab.acme.answers() if running else False},
        "releases": {
            "source": place.release_url,
            "admin": place.release_admin,
            "answers": lab.releases.answers(),
            "listed": [release.tag for release in listed()],
            "images": [release.tag for release in with_images()],
            "real": str(real_folder()) if real_folder().is_dir() else None,
        },
        "line": {"port": place.ports.line, "admin": place.line_admin, "answers": lab.line.answers()},
    }


def _versions(lab: Lab) -> dict[str, str]:
    shown = json.loads(lab.engine.docker("version", "-f", "{{json .}}"))
    compose = lab.engine.docker("compose", "version", "--short", check=False)
    return {"engine": shown["Server"]["Version"], "client": shown["Client"]["Version"], "compose": compose}


def _containers(lab: Lab) -> list[dict[str, str]]:
    form = "{{.Names}}\t{{.State}}\t{{.Status}}\t{{.Image}}"
    lines = lab.engine.docker("ps", "-a", "--format", form).splitlines()
    keys = ("name", "state", "status", "image")
    return [dict(zip(keys, line.split("\t"), strict=True)) for line in lines]


def as_text(state: dict[str, Any]) -> str:
    rows = [
        f"lab {state['id']}: {'up' if state['running'] else 'down'}   state {state['state']}",
        f"docker    {state['docker_host']}  {state['versions']}",
        f"network   {state['subnet']} on {', '.join(state['bridges'])}",
    ]
    for name in ("registry", "acme", "releases", "line"):
        part = dict(state[name])
        rows.append(f"{name:9} " + "  ".join(f"{key}={value}" for key, value in part.items()))
    rows.append("ports     " + "  ".join(f"{key}={value}" for key, value in state["ports"].items()))
    rows += [f"  {c['name']:20} {c['status']:28} {c['image']}" for c in state["containers"]]
    return "\n".join(rows)
