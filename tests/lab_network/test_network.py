"""The network job on servers that lack something: names, the registry, half of IPv6, the right time."""

from __future__ import annotations

import time

import pytest

from installer.core.errors import Code
from installer.network.gather import ASK_SECONDS
from installer.preflight.network import judge_mirrors, judge_network
from tests.lab_network.conftest import Make, Place

#: The lab answers for Docker Hub only.
NOT_IN_THE_LAB = {Code.NETWORK_MARKETPLACE_CLOSED, Code.NETWORK_DOCKER_SITE_CLOSED}


def test_a_healthy_server(plain: Place) -> None:
    began = time.monotonic()
    facts = plain.ask(version="1.16.1")
    assert time.monotonic() - began < ASK_SECONDS
    registry = facts.endpoint("registry")
    assert registry.reach.open and registry.v4.status in (200, 401)
    assert registry.v4.addresses == (plain.lab.place.registry_ip,)
    assert facts.tool == "curl" and facts.resolvers and facts.machine.address == plain.server.ip
    assert facts.clock_offset is not None and abs(facts.clock_offset) < 30
    assert plain.codes(docker=False) <= NOT_IN_THE_LAB


def test_the_registry_is_blocked(plain: Place) -> None:
    """Packets vanish, as in countries and companies that block it: one finding, after the time limit."""
    rule = f"OUTPUT -p tcp -d {plain.lab.place.registry_ip} --dport 443 -j DROP"
    plain.server.run(f"iptables -I {rule}")
    try:
        began = time.monotonic()
        facts = plain.ask()
        assert time.monotonic() - began < ASK_SECONDS + 8
    finally:
        plain.server.run(f"iptables -D {rule}")
    reach = facts.endpoint("registry").reach
    assert (reach.state, reach.reason) == ("closed", "timeout")
    found = [p for p in judge_network(facts) if p.code not in NOT_IN_THE_LAB]
    assert [p.code for p in found] == [Code.NETWORK_REGISTRY_CLOSED]
    assert found[0].params["host"] == "registry-1.docker.io" and found[0].params["reason"] == "timeout"


@pytest.mark.slow
def test_the_registry_refuses(plain: Place) -> None:
    rule = f"OUTPUT -p tcp -d {plain.lab.place.registry_ip} --dport 443 -j REJECT --reject-with tcp-reset"
    plain.server.run(f"iptables -I {rule}")
    try:
        assert Code.NETWORK_REGISTRY_CLOSED in plain.codes()
    finally:
        plain.server.run(f"iptables -D {rule}")


@pytest.mark.slow
def test_names_do_not_resolve(place: Make) -> None:
    """An empty resolv.conf and no hosts file: PULL-05, once, naming the resolver."""
    broken = place()
    broken.server.run(
        "sed '/docker.io/d;/docker.com/d' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts;"
        "echo 'nameserver 192.0.2.53' >/tmp/resolv; cat /tmp/resolv >/etc/resolv.conf"
    )
    facts = broken.ask()
    assert facts.resolvers == ("192.0.2.53",)
    assert facts.endpoint("registry").reach.reason in ("name", "timeout")
    assert broken.codes() & {Code.NETWORK_NAME_UNKNOWN, Code.NETWORK_REGISTRY_CLOSED}


@pytest.mark.slow
def test_half_of_ipv6(plain: Place) -> None:
    """A global address and a name with an AAAA record, and no way out."""
    server = plain.server
    if server.run("ip -6 address add 2001:db8:5::2/64 dev eth0 nodad", check=False).returncode:
        pytest.skip("this kernel has no IPv6")
    server.run("echo '2001:db8:99::1 registry-1.docker.io' >>/etc/hosts")
    try:
        facts = plain.ask()
        assert facts.ipv6_address and facts.endpoint("registry").v6.addresses == ("2001:db8:99::1",)
        assert Code.NETWORK_IPV6_HALF in plain.codes()
    finally:
        server.run(
            "sed '/2001:db8:99::1/d' /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts;"
            "ip -6 address del 2001:db8:5::2/64 dev eth0"
        )
    assert Code.NETWORK_IPV6_HALF not in plain.codes()


@pytest.mark.slow
def test_mirrors_of_the_daemon_are_asked_for_an_image(place: Make) -> None:
    """One that has it, one that answers and refuses, one that is not there."""
    refusing = "mkdir -p /srv/mirror && cd /srv/mirror && (python3 -m http.server 5050 >/dev/null 2>&1 &)"
    mirrored = place(boot=(refusing,))
    server, lab = mirrored.server, mirrored.lab
    mirrors = f'"{lab.place.registry_url}", "http://127.0.0.1:5050", "http://127.0.0.1:5051"'
    server.write("/etc/docker/daemon.json", f'{{"registry-mirrors": [{mirrors}]}}')
    server.run("systemctl restart docker")
    server.wait_ready()
    facts = mirrored.ask(version="1.16.1")
    assert len(facts.mirrors) == 3
    good, refuses, gone = facts.mirror_endpoints
    assert good.reach.open and good.status == 200
    assert refuses.status == 404
    assert gone.reach.state == "closed"
    assert [p.params["mirror"] for p in judge_mirrors(facts)] == ["127.0.0.1:5050", "127.0.0.1:5051"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hidden", "tool"),
    [(("curl",), "python3"), (("curl", "python3"), "wget"), (("curl", "python3", "wget"), "bash")],
)
def test_whatever_program_is_there_asks(place: Make, hidden: tuple[str, ...], tool: str) -> None:
    hide = "".join(f"p=$(command -v {name}) && mv $p $p.gone; " for name in hidden) + "true"
    there = place()
    there.server.run(hide)
    if tool == "wget" and there.server.run("command -v wget", check=False).returncode:
        pytest.skip("the lab's server has no wget")
    facts = there.ask()
    assert facts.tool == tool and facts.endpoint("registry").reach.open


@pytest.mark.slow
def test_a_server_without_docker_and_a_proxy_in_its_environment(place: Make) -> None:
    """The proxy of ``/etc/environment`` is found although sudo drops it; nobody listens there."""
    bare = place(image="vps-bare")
    bare.server.write("/etc/environment", "https_proxy=http://me:geheim@127.0.0.1:3128\nno_proxy=localhost\n")
    facts = bare.ask()
    site = facts.endpoint("docker_site")
    assert site.proxy == "http://***@127.0.0.1:3128" and site.reach.state == "closed"
    assert "geheim" not in repr(facts)
    assert Code.NETWORK_DOCKER_SITE_CLOSED in bare.codes(docker=False)
