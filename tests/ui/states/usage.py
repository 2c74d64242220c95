"""What the invented containers use: the same in every picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from installer.docker.containers import Container
from installer.operations.stats import Sample
from installer.operations.usage import KEPT, Point, Usage

#: service: percent of a processor, MB of memory, kB/s over the network and to the disk
_USED: Mapping[str, tuple[float, int, float, float]] = {
    "nginx": (0.2, 11, 84.0, 0.0),
    "web": (0.8, 184, 22.0, 0.0),
    "api": (4.1, 612, 61.0, 4.0),
    "api_websocket": (0.3, 240, 3.0, 0.0),
    "worker": (38.0, 1420, 240.0, 120.0),
    "worker_beat": (0.1, 96, 0.4, 0.0),
    "plugin_daemon": (1.0, 233, 8.0, 2.0),
    "agent_backend": (0.2, 148, 1.0, 0.0),
    "local_sandbox": (0.0, 72, 0.0, 0.0),
    "sandbox": (0.0, 64, 0.0, 0.0),
    "ssrf_proxy": (0.0, 24, 0.2, 0.0),
    "redis": (0.4, 18, 30.0, 1.0),
    "db_postgres": (0.9, 142, 12.0, 310.0),
    "weaviate": (0.6, 508, 6.0, 45.0),
}
_LIMIT = 8_200_000_000


def _wave(value: float, n: int, seed: int) -> float:
    """Up and down around *value*, never below zero."""
    return value * (1 + 0.25 * math.sin(n * 0.7 + seed) + 0.2 * math.sin(n * 1.9 + 2 * seed))


def usage_of(container: Container, seed: int) -> Usage:
    """Two minutes of it."""
    cpu, memory, network, disk = _USED[container.service]
    history = tuple(
        Point(
            _wave(cpu, n, seed),
            round(memory * 1_000_000 * (1 - (KEPT - n) * 0.002)),
            _wave(network * 1000, n, seed + 1),
            _wave(disk * 1000, n, seed + 2),
        )
        for n in range(KEPT)
    )
    sample = Sample(container.id, 0.0, 1, 1, 4, memory * 1_000_000, _LIMIT)
    return Usage(sample, cpu, network * 700, network * 300, disk * 100, disk * 900, history)


def usage(containers: Iterable[Container]) -> dict[str, Usage]:
    """Of those that run."""
    running = [c for c in containers if c.state == "running" and c.service in _USED]
    return {c.id: usage_of(c, n) for n, c in enumerate(running)}
