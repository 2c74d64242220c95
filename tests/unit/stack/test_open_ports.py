"""Open ports, and what the firewall thinks of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.facts.model import ContainerFacts, Facts, PublishedPort
from installer.facts.network import Firewall, Ufw
from installer.operations.open_ports import open_ports


def facts(ufw: Ufw, *containers: ContainerFacts) -> Facts:
    return replace(Facts(), firewall=Firewall(ufw=ufw), containers=containers)


def container(
    service: str, *ports: PublishedPort, project: str = "dify", state: str = "running"
) -> ContainerFacts:
    return ContainerFacts(service, f"{project}-{service}-1", state, "i", project, service, ports=ports)


WEB = container("nginx", PublishedPort("0.0.0.0", 80, 80), PublishedPort("::", 80, 80))
DEBUG = container("plugin_daemon", PublishedPort("127.0.0.1", 5003, 5003))
STORE = container("weaviate", PublishedPort("0.0.0.0", 8080, 8080))
THEIRS = container("db", PublishedPort("10.0.0.5", 5432, 5432), project="shop")
STRICT = Ufw(installed=True, active=True, incoming="DROP", rules=("allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in",))


def test_open_against_the_firewall_comes_first() -> None:
    found = open_ports(facts(STRICT, WEB, DEBUG, STORE, THEIRS), "dify")
    assert [(p.port, p.verdict, p.purpose, p.ours) for p in found] == [
        (8080, "bypasses", "store", True),
        (5432, "bypasses", "other", False),
        (80, "open", "web", True),
        (5003, "inside", "debugging", True),
    ]
    assert found[0].address == "" and found[1].address == "10.0.0.5"


@pytest.mark.parametrize(
    ("rule", "allows"),
    [
        ("allow any 8080 0.0.0.0/0 any 0.0.0.0/0 in", True),
        ("allow tcp 8000:9000 0.0.0.0/0 any 0.0.0.0/0 in", True),
        ("limit tcp 22,8080 0.0.0.0/0 any 0.0.0.0/0 in", True),
        ("allow udp 8080 0.0.0.0/0 any 0.0.0.0/0 in", False),
        ("deny tcp 8080 0.0.0.0/0 any 0.0.0.0/0 in", False),
        ("allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in", False),
        ("nonsense", False),
    ],
)
def test_rules_of_ufw(rule: str, allows: bool) -> None:
    (found,) = open_ports(facts(replace(STRICT, rules=(rule,)), STORE), "dify")
    assert found.verdict == ("open" if allows else "bypasses")


def test_without_ufw_nothing_is_said_about_a_firewall() -> None:
    (found,) = open_ports(facts(Ufw(), STORE), "dify")
    assert found.verdict == "unknown"
    (found,) = open_ports(facts(replace(STRICT, incoming="ACCEPT"), STORE), "dify")
    assert found.verdict == "open"
    assert open_ports(facts(STRICT, replace(STORE, state="exited")), "dify") == ()
