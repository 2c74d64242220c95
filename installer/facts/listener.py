"""Who listens on a port."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Listener:
    """A TCP port somebody listens on. *process* and *pid* are known to root only (users see their own).

    *unit*: the systemd unit or scope of the process (``nginx.service``); *container*: id of the container
    it runs in (host network only: ports that Docker publishes are ``ContainerFacts.ports``). *v6_only*: an
    IPv6 socket that leaves the same port free on IPv4, None where not known.
    """

    address: str
    port: int
    process: str = ""
    pid: int = 0
    unit: str = ""
    container: str = ""
    v6_only: bool | None = None
