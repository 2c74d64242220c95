"""The columns of the grid of containers, and their graphs."""

from __future__ import annotations

COLUMNS = ("service", "state", "cpu", "memory", "network", "disk", "ports", "up", "restarts", "tag")
SERVICE, STATE, CPU, MEMORY, NETWORK, DISK, PORTS, UP, RESTARTS, TAG = range(10)
#: Columns with a small graph, and what is drawn in each.
GRAPHS = {CPU: "cpu", MEMORY: "memory", NETWORK: "network", DISK: "disk"}
#: A graph that is lower than this at its top is not stretched: it would make mountains of nothing.
FLOORS = {"cpu": 10.0, "memory": 1.0, "network": 20_000.0, "disk": 200_000.0}
