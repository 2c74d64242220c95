"""Published ports in Compose's short form."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PORT = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:]+\]|\d+\.\d+\.\d+\.\d+):)?(?:(?P<host>\d*):)?(?P<container>\d+)(?:/(?P<protocol>\w+))?"
)
_ALL = ("0.0.0.0", "::", "")  # noqa: S104


@dataclass(frozen=True)
class PublishedPort:
    """A port of the machine that leads into a container. *host_port* 0 = Docker picks one."""

    address: str
    host_port: int
    container_port: int
    protocol: str
    service: str

    @property
    def open_to_world(self) -> bool:
        """Whether it listens on all of the machine's addresses, or on one that others can reach."""
        return not (self.address.startswith("127.") or self.address == "::1")


def parse_port(text: str, service: str) -> PublishedPort:
    """``[ip:][host:]container[/protocol]``. Raises ``ValueError``, also for ranges."""
    match = _PORT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    address = (match["ip"] or "").strip("[]")
    numbers = int(match["host"] or 0), int(match["container"])
    if max(numbers) > 65535:
        raise ValueError(text)
    everywhere = address in _ALL
    return PublishedPort(_ALL[0] if everywhere else address, *numbers, match["protocol"] or "tcp", service)
