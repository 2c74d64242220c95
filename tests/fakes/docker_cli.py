"""What ``docker stats`` would show for an object of the Engine's stream, as the measure for ours.

Written from docker/cli, ``cli/command/container/stats_helpers.go`` (calculateCPUPercentUnix,
calculateMemUsageUnixNoCache, calculateMemPercentUnixNoCache, calculateNetwork, calculateBlockIO).
"""

from __future__ import annotations

from typing import Any


def cpu_percent(v: dict[str, Any]) -> float:
    """The column CPU %."""
    now, before = v["cpu_stats"], v["precpu_stats"]
    cpu_delta = float(now["cpu_usage"]["total_usage"]) - float(before["cpu_usage"]["total_usage"])
    system_delta = float(now.get("system_cpu_usage", 0)) - float(before.get("system_cpu_usage", 0))
    online = float(now.get("online_cpus", 0)) or float(len(now["cpu_usage"].get("percpu_usage") or ()))
    if system_delta > 0.0 and cpu_delta > 0.0:
        return cpu_delta / system_delta * online * 100.0
    return 0.0


def memory_used(v: dict[str, Any]) -> float:
    """The first half of the column MEM USAGE / LIMIT."""
    memory = v["memory_stats"]
    stats, usage = memory["stats"], float(memory["usage"])
    if "total_inactive_file" in stats and stats["total_inactive_file"] < usage:
        return usage - float(stats["total_inactive_file"])
    if stats.get("inactive_file", 0) < usage:
        return usage - float(stats.get("inactive_file", 0))
    return usage


def memory_percent(v: dict[str, Any]) -> float:
    """The column MEM %."""
    limit = float(v["memory_stats"]["limit"])
    return memory_used(v) / limit * 100.0 if limit != 0 else 0.0


def network(v: dict[str, Any]) -> tuple[float, float]:
    """The column NET I/O."""
    found = list((v.get("networks") or {}).values())
    return sum(float(n["rx_bytes"]) for n in found), sum(float(n["tx_bytes"]) for n in found)


def blocks(v: dict[str, Any]) -> tuple[float, float]:
    """The column BLOCK I/O."""
    read = write = 0.0
    for entry in v["blkio_stats"]["io_service_bytes_recursive"] or ():
        if entry["op"][:1] in ("r", "R"):
            read += entry["value"]
        elif entry["op"][:1] in ("w", "W"):
            write += entry["value"]
    return read, write
