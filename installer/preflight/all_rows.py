"""All rows of the checks in their order, before they are judged (``check_list`` does that). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from installer.preflight.row import LIMITED_RIGHTS, RIGHTS, Group, Inputs, Row
from installer.preflight.rows_docker import docker_rows
from installer.preflight.rows_external import external_rows
from installer.preflight.rows_network import network_rows, port_rows
from installer.preflight.rows_server import server_rows

__all__ = ["LIMITED_RIGHTS", "RIGHTS", "Group", "Inputs", "Row", "rows"]


def rows(inputs: Inputs) -> Iterator[Row]:
    """Every row, in the order in which they are shown."""
    yield from server_rows(inputs)
    yield from docker_rows(inputs)
    yield from port_rows(inputs)
    yield from network_rows(inputs)
    yield from external_rows(inputs)
