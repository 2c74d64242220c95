"""Evidence → pieces of text for the diagnosis: logs as they are, states in words of our own. Pure.

The words of states are what the patterns ``states`` and ``hints`` of ``resources/diagnosis.toml`` look for,
and what people read as proof; they are the same in every language, like the lines of a log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from installer.core.resources import table
from installer.diagnosis import Piece
from installer.root_cause.evidence import Evidence, Memory, Room, Seen

_MB = 1 << 20


def knowledge() -> Mapping[str, Any]:
    """Table ``evidence`` of ``resources/diagnosis.toml``: stages of the pieces, and what counts as short."""
    found: Mapping[str, Any] = table("diagnosis")["evidence"]
    return found


def pieces(found: Evidence, expected: Collection[str] | None = ()) -> Iterator[Piece]:
    """What *found* says. *expected*: the services that should be there; None where they were not all started
    yet, so that neither one that is coming up nor a web server without an answer explains anything.

    What the web server says counts only while everything behind it is well: else it is but the consequence.
    """
    known = knowledge()
    stages = known["stages"]
    for container in found.containers:
        if expected is not None or not container.rising:
            yield from _container(container, stages)
    if found.containers and found.whole:
        there = {c.service for c in found.containers}
        for service in sorted(set(expected or ()) - there):
            yield Piece(f"container {service}: absent", services=(service,), state=True)
    machine = [line for room in found.rooms for line in room_lines(room, known)]
    if found.memory:
        machine.append(memory_line(found.memory, known))
    yield Piece("\n".join(machine), state=True)
    yield Piece("\n".join(found.kernel), stages["kernel"])
    if expected is not None and found.status and found.whole and all(c.well for c in found.containers):
        yield Piece(f"web server: {found.status}", state=True)
        if not found.status.startswith("200"):
            yield Piece(found.web, stages["web"])


def _container(seen: Seen, stages: Mapping[str, str]) -> Iterator[Piece]:
    services = (seen.service,)
    if not seen.well:
        yield Piece(container_line(seen), services=services, state=True)
        yield Piece(seen.error, stages["docker"], services)
        if seen.health != "healthy":
            yield Piece(seen.health_output, stages["log"], services)
    yield Piece(seen.log, stages["log"], services)


def container_line(seen: Seen) -> str:
    """``container api: exited, exit code 137, OOM killed, restarted 4 times``."""
    words = [seen.state]
    if seen.state != "running" or seen.exit_code:
        words.append(f"exit code {seen.exit_code}")
    if seen.oom:
        words.append("OOM killed")
    if seen.restarts:
        words.append(f"restarted {seen.restarts} times")
    if seen.health:
        words.append(f"health: {seen.health}")
    return f"container {seen.service}: {', '.join(words)}"


def room_lines(room: Room, known: Mapping[str, Any]) -> Iterator[str]:
    """``disk /var/lib/docker: 12 MB of 20480 MB free (full)``."""
    full = " (full)" if room.size and room.free < known["full_mb"] * _MB else ""
    yield f"disk {room.path}: {room.free // _MB} MB of {room.size // _MB} MB free{full}"
    if room.inodes and room.inodes_free < known["full_inodes"]:
        yield f"disk {room.path}: {room.inodes_free} of {room.inodes} inodes free (full)"


def memory_line(memory: Memory, known: Mapping[str, Any]) -> str:
    """``memory: 40 MB of 1978 MB free, no swap (short)``."""
    swap = f"swap: {memory.swap_free // _MB} of {memory.swap // _MB} MB free" if memory.swap else "no swap"
    short = " (short)" if memory.available + memory.swap_free < known["short_mb"] * _MB else ""
    return f"memory: {memory.available // _MB} of {memory.total // _MB} MB free, {swap}{short}"
