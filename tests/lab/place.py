"""Where one lab lives: its id, state folder, subnet, interface names and ports.

All follow from the checkout's path (or ``LAB_ID``), so two checkouts never meet. What turns out to be
taken is replaced by the next free choice, which is kept in the state folder: addresses stay the same
from run to run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

ROOT = Path("/var/tmp")  # survives a reboot, is not a small tmpfs
PREFIX = "dify-installer-lab-"
CACHE = ROOT / "dify-installer-lab-cache"
CHECKOUT = Path(__file__).resolve().parents[2]
PORT_NAMES = ("release", "release_admin", "line", "line_admin", "http", "https", "plugin_debugging")


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
    return ROOT / f"{PREFIX}{lab_id}"


def inside(place: Place, address: str) -> bool:
    """Is *address* one of this lab's?"""
    try:
        return IPv4Address(address) in place.network
    except ValueError:
        return False
