"""Answers of a target right after a failure, made from a few words about its containers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MARK = "===0123"
GB = 1 << 20  # in kB


def container(service: str, state: str = "running", **more: Any) -> dict[str, Any]:
    labels = {"com.docker.compose.service": service, "com.docker.compose.oneoff": "False"}
    return {
        "id": f"id{service}",
        "labels": labels,
        "state": state,
        "exit_code": 0,
        "oom": False,
        "restarts": 0,
        "error": "",
        "health": None,
        **more,
    }


def answer(  # noqa: PLR0913  (each test names the one or two that it is about)
    *containers: dict[str, Any],
    logs: Mapping[str, str] | None = None,
    free: int = 30 * GB,
    inodes_free: int = 1000,
    memory: int = 2 * GB,
    kernel: str = "",
    env: str = "",
    web: str = "",
    mark: str = MARK,
) -> str:
    """*free*, *memory* in kB; *logs*: service → text."""
    sections = {
        "count": str(len(containers)),
        "containers": "\n".join(json.dumps(c) for c in containers),
        "memory": f"MemTotal: {4 * GB} kB\nMemAvailable: {memory} kB\nSwapTotal: 0 kB\nSwapFree: 0 kB",
        "env": env,
        **{f"log_id{service}": text for service, text in (logs or {}).items()},
        "disks": (
            f"folder_kb=/dev/a {40 * GB} 1 {free} 1% /\nfolder_inodes=/dev/a 2000 1 {inodes_free} 1% /\n"
            f"docker_kb=/dev/a {40 * GB} 1 {free} 1% /\ndocker_inodes=/dev/a 2000 1 {inodes_free} 1% /"
        ),
        "kernel": kernel,
        "web": web,
        "end": "",
    }
    return "\n".join(f"\n{mark} {name}\n{body}" for name, body in sections.items())
