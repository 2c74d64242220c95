"""Choosing a lab's place: by the hash of its id, or the next one that is free; kept in the state folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import sys
from dataclasses import asdict
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from .errors import LabUnavailable
from .locks import held
from .place import CACHE, CHECKOUT, PORT_NAMES, PREFIX, ROOT, Place, Ports, state_folder

FIRST_PORT, PORT_BLOCKS, BLOCK = 21000, 500, 10


def lab_id() -> str:
    """``LAB_ID``, else a hash of the checkout's path; further workers of a parallel test run have labs of
    their own."""
    given = os.environ.get("LAB_ID", "")
    if not given:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
        checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
        return checkout if worker == "gw0" else f"{checkout}-{worker}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,19}", given) or given == "cache":
        raise LabUnavailable(f"LAB_ID {given!r}: 1 to 20 of a-z, 0-9, -, and not 'cache'")
    return given


def find(identity: str | None = None) -> Place | None:
    """The place chosen earlier, or None."""
    identity = identity or lab_id()
    try:
        kept = json.loads((state_folder(identity) / "place.json").read_text())
        return Place(identity, IPv4Network(kept["network"]), Ports(**kept["ports"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def planned(identity: str | None = None) -> Place:
    """The place kept, or the one that would be chosen now; writes nothing."""
    identity = identity or lab_id()
    return find(identity) or _free_place(identity)


def choose(identity: str | None = None) -> Place:
    """The place kept in the state folder; at the first time one that is free."""
    identity = identity or lab_id()
    CACHE.mkdir(parents=True, exist_ok=True)
    with held(CACHE / "places.lock"):
        kept = find(identity)
        if kept is not None:
            return kept
        place = _free_place(identity)
        place.state.mkdir(parents=True, exist_ok=True)
        (place.state / "place.json").write_text(
            json.dumps({"network": str(place.network), "ports": asdict(place.ports)}, indent=1)
        )
        return place


def others(identity: str) -> list[Place]:
    """The places of the other labs of this machine."""
    ids = [p.name.removeprefix(PREFIX) for p in ROOT.glob(PREFIX + "*") if (p / "place.json").is_file()]
    found = [find(other) for other in ids if other != identity]
    return [place for place in found if place is not None]


def _free_place(identity: str) -> Place:
    seed = int(hashlib.sha256(identity.encode()).hexdigest()[:8], 16)
    taken = [place.network for place in others(identity)] + _routes()
    candidates = [IPv4Network(f"10.{64 + (seed + i) % 128}.0.0/16") for i in range(128)]
    network = next((n for n in candidates if not any(n.overlaps(t) for t in taken)), None)
    if network is None:
        raise LabUnavailable("no free subnet among 10.64.0.0/16 … 10.191.0.0/16")
    reserved = {port for place in others(identity) for port in asdict(place.ports).values()}
    for i in range(PORT_BLOCKS):
        first = FIRST_PORT + (seed + i) % PORT_BLOCKS * BLOCK
        block = list(range(first, first + len(PORT_NAMES)))
        if not reserved.intersection(block) and all(port_is_free(port) for port in block):
            return Place(identity, network, Ports(**dict(zip(PORT_NAMES, block, strict=True))))
    raise LabUnavailable(f"no free ports from {FIRST_PORT} on")


def _routes() -> list[IPv4Network]:
    """Networks that this machine already has a route to. From the kernel: ``ip`` may not be installed yet."""
    found = []
    for line in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        address, mask = (int.from_bytes(bytes.fromhex(fields[n]), sys.byteorder) for n in (1, 7))
        if mask:  # not the default route
            found.append(IPv4Network((address, IPv4Address(mask).exploded)))
    return found


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def remove_cache() -> None:
    """Remove what all labs share; the next ``up`` builds anew."""
    if not others(""):
        shutil.rmtree(CACHE, ignore_errors=True)
