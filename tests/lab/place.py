"""Where one lab lives: its id, state folder, subnet, interface names and ports.

All follow from the checkout's path (or ``LAB_ID``), so two checkouts never meet. What turns out to be taken is
replaced by the next free choice, which is kept in the state folder: addresses stay the same from run to run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv4Network, ip_network
from pathlib import Path

from .errors import LabUnavailable
from .locks import held

ROOT = Path("/var/tmp")  # survives a reboot, is not a small tmpfs
CACHE = ROOT / "dify-installer-lab-cache"
CHECKOUT = Path(__file__).resolve().parents[2]
PORT_NAMES = ("release", "release_admin", "line", "line_admin", "http", "https", "plugin_debugging")
FIRST_PORT, PORT_BLOCKS, BLOCK = 21000, 500, 10


@dataclass(frozen=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    release: int
    release_admin: int
    line: int
    line_admin: int
    http: int
    https: int
    plugin_debugging: int


@dataclass(frozen=True)
class Place:
    """Addresses and paths of one lab. Creating one starts nothing and writes nothing."""

    id: str
    network: IPv4Network
    ports: Ports
    checkout: Path = CHECKOUT

    @property
    def state(self) -> Path:
        return state_folder(self.id)

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def docker_host(self) -> str:
        return f"unix://{self.socket}"

    @property
    def key_file(self) -> Path:
        return self.run / "id_ed25519"

    @property
    def local_directory(self) -> Path:
        """Where the "local" target installs Dify."""
        return self.state / "local" / "dify"

    def address(self, last: int) -> str:
        """An address of the lab network, which is the first /24."""
        return str(self.network[last])

    @property
    def gateway(self) -> str:
        return self.address(1)

    @property
    def registry_ip(self) -> str:
        return self.address(2)

    @property
    def acme_ip(self) -> str:
        return self.address(3)

    @property
    def vps_ip(self) -> str:
        return self.address(10)

    @property
    def bare_ip(self) -> str:
        return self.address(11)

    @property
    def lab_subnet(self) -> str:
        return f"{self.network[0]}/24"

    @property
    def pool(self) -> str:
        """Networks of Compose projects on the "local" target come from the upper half."""
        return f"{self.network[32768]}/17"

    @property
    def lab_bridge(self) -> str:
        return f"dl{self.short}n"

    @property
    def default_bridge(self) -> str:
        return f"dl{self.short}d"

    @property
    def short(self) -> str:
        """Interface names hold 15 characters."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:10]

    @property
    def docker_network(self) -> str:
        return "labnet"

    @property
    def cgroup(self) -> str:
        return f"dify-lab-{self.id}"

    @property
    def registry_url(self) -> str:
        return f"http://{self.registry_ip}:5000"

    @property
    def registry_admin(self) -> str:
        return f"http://{self.registry_ip}:5001"

    @property
    def release_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.release}"

    @property
    def release_admin(self) -> str:
        return f"http://127.0.0.1:{self.ports.release_admin}"

    @property
    def line_admin(self) -> str:
        return f"http://127.0.0.1:{self.ports.line_admin}"

    @property
    def acme_url(self) -> str:
        return f"https://{self.acme_ip}:14000/dir"


def state_folder(lab_id: str) -> Path:
    return ROOT / f"dify-installer-lab-{lab_id}"


def lab_id() -> str:
    """``LAB_ID``, else a hash of the checkout's path."""
    given = os.environ.get("LAB_ID", "")
    if not given:
        return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
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


def choose(identity: str | None = None) -> Place:
    """The place kept in the state folder; at the first time one that is free, by the hash of the id."""
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
    prefix = "dify-installer-lab-"
    ids = [p.name.removeprefix(prefix) for p in ROOT.glob(prefix + "*") if (p / "place.json").is_file()]
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
    """Networks that this machine already has a way to."""
    text = subprocess.run(["ip", "-j", "-4", "route"], capture_output=True, text=True, check=False).stdout
    found = []
    for route in json.loads(text or "[]"):
        try:
            network = ip_network(str(route.get("dst")), strict=False)
        except ValueError:  # "default"
            continue
        if isinstance(network, IPv4Network):
            found.append(network)
    return found


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def overlaps_lab(place: Place, address: str) -> bool:
    try:
        return IPv4Address(address) in place.network
    except ValueError:
        return False


def remove_cache() -> None:
    """Remove what all labs share; the next ``up`` builds anew."""
    if not others(""):
        shutil.rmtree(CACHE, ignore_errors=True)
