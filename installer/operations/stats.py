"""What containers use: the Engine's raw counters, and what they say per second.

The formulas are those of Docker's client (docker/cli, ``cli/command/container/stats_helpers.go``), on
counters that we read twice instead of the pair that a stream gives. Asking with ``one-shot`` (Engine API
1.41) for all containers at once over one connection costs a small part of a stream for each: see
docs/performance.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from installer.core.cancel import CancelToken
from installer.docker.short_forms import docker_time
from installer.docker.wire import Wire
from installer.hosts.base import Host
from installer.hosts.cancel_scope import stoppable
from installer.untrusted.values import integer, items, mapping

#: Between rounds, and after a round with a container of which no rate is known yet.
EACH_SECONDS, FIRST_SECONDS = 2.0, 1.0


@dataclass(frozen=True)
class Sample:
    """Counters of a container at *read* (seconds by the server's clock). *cpu* and *system*: nanoseconds of
    processor time, of it and of all processors together (0 if not reported); *cpus* how many there are.
    *memory* without what the kernel can take back, and *limit*, in bytes; the rest are sums of bytes since
    its start."""

    id: str
    read: float
    cpu: int
    system: int
    cpus: int
    memory: int
    limit: int
    received: int = 0
    sent: int = 0
    from_disk: int = 0
    to_disk: int = 0


def parse_stats(container_id: str, data: Mapping[str, Any]) -> Sample | None:
    """The Engine's object → ``Sample``; None for a container that does not run (its ``read`` is "never")."""
    read = docker_time(str(data.get("read", "")))
    cpu, memory = mapping(data.get("cpu_stats")), mapping(data.get("memory_stats"))
    usage = mapping(cpu.get("cpu_usage"))
    # a container that ended a moment ago gives zeros
    if read is None or not integer(usage.get("total_usage")) or "usage" not in memory:
        return None
    networks = [mapping(one) for one in mapping(data.get("networks")).values()]
    written = mapping(data.get("blkio_stats")).get("io_service_bytes_recursive")
    blocks = [mapping(one) for one in items(written)]
    return Sample(
        container_id,
        read,
        cpu=integer(usage["total_usage"]),
        system=integer(cpu.get("system_cpu_usage")),
        cpus=integer(cpu.get("online_cpus")) or len(items(usage.get("percpu_usage"))) or 1,
        memory=_memory(memory),
        limit=integer(memory.get("limit")),
        received=sum(integer(n.get("rx_bytes")) for n in networks),
        sent=sum(integer(n.get("tx_bytes")) for n in networks),
        from_disk=_blocks(blocks, "read"),
        to_disk=_blocks(blocks, "write"),
    )


def _memory(memory: Mapping[str, Any]) -> int:
    """Without the inactive page cache: it is reclaimed when memory is needed. cgroup v1 reports
    ``total_inactive_file``, v1 and v2 report ``inactive_file``."""
    usage, stats = integer(memory["usage"]), mapping(memory.get("stats"))
    cache = integer(stats.get("total_inactive_file", stats.get("inactive_file")))
    return usage - cache if cache < usage else usage


def _blocks(entries: Iterable[Mapping[str, Any]], operation: str) -> int:
    """``Read`` or ``read``: control groups of version 1 or 2."""
    return sum(integer(e.get("value")) for e in entries if str(e.get("op", "")).lower() == operation)


def cpu_percent(before: Sample, now: Sample) -> float:
    """Of one processor: 200 is two of them. Without the system's counter (Windows) by the clock."""
    used = now.cpu - before.cpu
    system = now.system - before.system
    if now.system and before.system:
        return used / system * now.cpus * 100 if system > 0 and used > 0 else 0.0
    passed = now.read - before.read
    return used / 1e9 / passed * 100 if passed > 0 and used > 0 else 0.0


class Wanted:
    """Whose counters are asked for; changed by one thread, read by another."""

    def __init__(self) -> None:
        self._ids: tuple[str, ...] = ()
        self._changed = threading.Event()

    @property
    def ids(self) -> tuple[str, ...]:
        """Of containers."""
        return self._ids

    def set(self, ids: tuple[str, ...]) -> None:
        """From now on these."""
        new = set(ids) - set(self._ids)
        self._ids = ids
        if new:
            self._changed.set()

    def wake(self) -> None:
        """End a wait."""
        self._changed.set()

    def wait(self, seconds: float) -> None:
        """At most so long; less if others are wanted."""
        self._changed.wait(seconds)
        self._changed.clear()


def follow(
    host: Host, wanted: Wanted, put: Callable[[tuple[Sample, ...]], object], cancel: CancelToken
) -> None:
    """*put* the samples of *wanted* again and again, until cancelled or the line breaks.

    Never returns. Raises ``Cancelled`` and what losing the host or its Docker raises.
    """
    with stoppable(host, cancel), cancel.on_cancel(wanted.wake), Wire(host.docker_stream()) as wire:
        known: frozenset[str] = frozenset()
        while True:
            began = time.monotonic()
            ids = wanted.ids
            found = ask(wire, ids)
            cancel.check()
            if found:
                put(found)
            there = frozenset(sample.id for sample in found)
            pause = FIRST_SECONDS if there - known else EACH_SECONDS
            known = there
            wanted.wait(max(0.1, pause - (time.monotonic() - began)))
            cancel.check()


def ask(wire: Wire, ids: Iterable[str]) -> tuple[Sample, ...]:
    """One sample of each of *ids* that runs."""
    wanted = tuple(ids)
    paths = [f"/containers/{quote(one, safe='')}/stats?stream=false&one-shot=true" for one in wanted]
    found = []
    for one, answer in zip(wanted, wire.ask(paths), strict=True):
        sample = parse_stats(one, mapping(answer.json())) if answer.status == 200 else None
        if sample is not None:
            found.append(sample)
    return tuple(found)
