"""Rows about ports, the firewall, the release and encryption."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code
from installer.facts.port_holders import port_holder
from installer.preflight.findings import web_ports
from installer.preflight.row import Inputs, Row, codes


def port_rows(inputs: Inputs) -> Iterator[Row]:
    """One row for each port and purpose; the same one on several addresses is one row."""
    facts, project = inputs.facts, inputs.answers.project
    ours = {p.port for container in facts.of_project(project) for p in container.ports}
    holders: dict[tuple[int, str], str | None] = {}
    for address, port, purpose in _published(inputs):
        holder = port_holder(facts, address, port, project)
        if holders.get((port, purpose)) is None:
            holders[port, purpose] = holder
    seen: set[int] = set()
    for (port, purpose), holder in holders.items():
        free = "ours" if port in ours else purpose
        variant = free if holder is None else "held" if holder else "taken"
        params = {"variant": variant, "port": str(port), "purpose": purpose, "holder": holder or ""}
        name = f"port:{port}:{purpose}" if port in seen else f"port:{port}"
        seen.add(port)
        mine = codes(Code.PORT_IN_USE, Code.PORT_LEFT, Code.PORT_RESERVED)
        yield Row(name, "ports", params, mine, match=("port", "purpose"))


def _published(inputs: Inputs) -> tuple[tuple[str, int, str], ...]:
    """Address, port number and purpose (``Port.purpose``) of what will be published, as far as known."""
    if inputs.situation is None:
        return web_ports(inputs.answers)
    return tuple((p.address, p.host_port, p.purpose) for p in inputs.situation.configuration.ports)


def network_rows(inputs: Inputs) -> Iterator[Row]:
    """What stands between Dify and people."""
    if inputs.linux:
        yield _firewall(inputs)
    yield _release(inputs)
    yield _encryption(inputs)


def _firewall(inputs: Inputs) -> Row:
    """Fine only if the firewall was checked; which ports matter is known with the release."""
    firewall = inputs.facts.firewall
    looked = firewall.readable or firewall.ufw.active is not None or firewall.firewalld.active is not None
    mine = codes(Code.FIREWALL_UFW, Code.FIREWALL_FIREWALLD, Code.FIREWALL_OWN)
    known = looked and inputs.situation is not None
    return Row("firewall", "network", {"variant": "early" if looked else ""}, mine, known=known, repeats=True)


def _release(inputs: Inputs) -> Row:
    version = inputs.situation.model.version if inputs.situation else ""
    mine = codes(Code.RELEASE_DIFFERS, Code.RELEASE_LIST_OLD, Code.RELEASE_PARTLY_UNKNOWN)
    return Row("release", "network", {"version": version}, mine, known=bool(version))


def _encryption(inputs: Inputs) -> Row:
    tls = inputs.answers.tls
    variant = "https" if tls.on else "proxy" if tls.way.in_front else "loopback"
    params = {"variant": variant, "url": inputs.answers.base_url}
    mine = codes(
        Code.TLS_OFF,
        Code.TLS_SYSTEM_CANNOT,
        Code.TLS_RENEWAL_NONE,
        Code.TLS_EXPIRING,
        Code.CERTIFICATE_EXPIRES,
    )
    return Row("encryption", "network", params, mine)
