"""Answers and secrets files for the lab's targets, in the command line's format."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import LabError
from .names import LOGINS
from .place import Place
from .servers import Server

Table = dict[str, str | int]


def write(place: Place, name: str, folder: Path, server: Server | None = None) -> tuple[Path, Path]:
    """``answers.toml`` and ``secrets.toml`` in *folder*, for ``local`` or for *server*."""
    tables = for_local(place) if server is None else for_server(place, server)
    secrets: dict[str, Table] = {}
    if server is not None:
        password = LOGINS[str(tables["target"]["user"])].password
        secrets = {"ssh": {"password": password}, "sudo": {"password": password}}
    elif name != "local":
        raise LabError(f"unknown target {name!r}")
    folder.mkdir(parents=True, exist_ok=True)
    answers_file, secrets_file = folder / "answers.toml", folder / "secrets.toml"
    answers_file.write_text(toml(tables))
    secrets_file.unlink(missing_ok=True)
    with os.fdopen(os.open(secrets_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(toml(secrets))
    return answers_file, secrets_file


def for_server(place: Place, server: Server, user: str = "difyadmin", port: int = 22) -> dict[str, Table]:
    """By password and sudo with a password, with the host key known."""
    return {
        "target": {
            "kind": "ssh",
            "host": server.ip,
            "port": port,
            "user": user,
            "host_key": server.host_key_fingerprint(),
            "directory": "/opt/dify",
        },
        "release": {"version": "latest", "source": place.release_url},
    }


def for_local(place: Place) -> dict[str, Table]:
    """The lab's own engine, everything on 127.0.0.1 and on the lab's ports."""
    return {
        "target": {
            "kind": "local",
            "directory": str(place.local_directory),
            "docker": place.docker_host,
        },
        "release": {"version": "latest", "source": place.release_url},
        "site": {"address": "127.0.0.1", "bind": "127.0.0.1"},
        "ports": {
            "http": place.ports.http,
            "https": 0,
            "plugin_debugging": place.ports.plugin_debugging,
        },
    }


def toml(tables: dict[str, Table]) -> str:
    """Enough TOML for strings and numbers."""
    lines: list[str] = []
    for table, values in tables.items():
        lines += ["", f"[{table}]"]
        for key, value in values.items():
            text = value.replace("\\", "\\\\").replace('"', '\\"') if isinstance(value, str) else ""
            lines.append(f'{key} = "{text}"' if isinstance(value, str) else f"{key} = {value}")
    return "\n".join(lines).strip() + "\n"
