"""Whether a published port is open from outside, on servers where it is and where it is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from installer.apply.steps.reach import report
from installer.core.cancel import Cancelled, CancelToken
from installer.core.events import Event, ReachFound
from installer.hosts.base import Command, Stream
from installer.network.model import Reach
from installer.network.outside import LABEL, Seen, Target, look
from tests.lab_network.conftest import IMAGE, Place

#: Before everything else on the server, as a hoster's packet filter is; its own connections are not touched.
FILTER = "iptables -t raw {} PREROUTING -p tcp --dport {} ! -i lo -s {} -j {}"


def target(place: Place, port: int, word: str = "5ecd1e0c77aa42d8a6a3a1b94d1e9f00") -> Target:
    ip = place.server.ip
    return Target("dify", IMAGE, "0.0.0.0", (port,), ip, ip, word)


def tried(place: Place, port: int) -> tuple[Seen, ...]:
    """As on demand: the container answers, and its first line starts the look."""
    there, seen = target(place, port), list[Seen]()

    def on_line(stream: Stream, text: str) -> None:
        if text.strip() == there.marker:
            seen.extend(look(place.host, there, CancelToken()))

    place.host.run(Command(there.argv), timeout=90, on_line=on_line)
    return tuple(seen)


def left(place: Place) -> str:
    """Containers of ours that are still there."""
    return place.server.run(f"docker ps -aq --filter label={LABEL}").stdout.strip()


@contextmanager
def filtered(place: Place, port: int, verdict: str = "DROP") -> Iterator[None]:
    gateway = place.lab.place.gateway
    place.server.run(FILTER.format("-I", port, gateway, verdict))
    yield
    place.server.run(FILTER.format("-D", port, gateway, verdict))


def test_open_and_closed(plain: Place) -> None:
    (seen,) = tried(plain, 8080)
    assert seen.reach == Reach("open", "") and not left(plain)
    with filtered(plain, 8081):
        (seen,) = tried(plain, 8081)
    assert (seen.reach.state, seen.reach.reason) == ("closed", "timeout")
    assert seen.url == f"http://{plain.server.ip}:8081" and not left(plain)
    found: list[Event] = []
    report(plain.host, (seen,), found.append, CancelToken())
    (event,) = found
    assert isinstance(event, ReachFound) and event.code == "reach.closed"


@pytest.mark.slow
def test_a_host_firewall_does_not_hold_up_published_ports(plain: Place) -> None:
    """What ufw does: nothing comes in through INPUT but SSH and answers. A program of the host is not reached
    there, a published port is; so the verdict is "open"."""
    rules = (
        "iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT;"
        "iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -A INPUT -p tcp --dport 8085 -j DROP;"
        "iptables -A INPUT -p tcp --dport 8086 -j DROP"
    )
    plain.server.run(rules)
    try:
        (seen,) = tried(plain, 8085)
        assert seen.reach.open
        plain.server.run("(python3 -m http.server 8086 >/dev/null 2>&1 & echo $! >/run/web.pid); sleep 1")
        outside = target(plain, 8086)
        (of_host,) = look(plain.host, outside, CancelToken(), seconds=3)
        assert not of_host.reach.open
    finally:
        plain.server.run("kill $(cat /run/web.pid) 2>/dev/null; iptables -F INPUT", check=False)


@pytest.mark.slow
def test_somebody_holds_the_port(plain: Place) -> None:
    """Docker cannot publish it: nothing is claimed, and nothing stays behind."""
    plain.server.run("docker run -d --rm --name holder -p 8082:80 nginx:latest")
    try:
        assert tried(plain, 8082) == ()
        assert not left(plain)
    finally:
        plain.server.run("docker rm -f holder")


@pytest.mark.slow
def test_it_ends_by_itself_when_nobody_looks(plain: Place) -> None:
    """A client that went away during the job costs it half a minute, not more."""
    there = target(plain, 8083)
    began = time.monotonic()
    result = plain.host.run(Command(there.argv), timeout=90)
    assert result.exit_code == 0 and there.marker in result.text
    assert time.monotonic() - began < 45 and not left(plain)


@pytest.mark.slow
def test_a_cancelled_look_leaves_nothing(plain: Place) -> None:
    there, cancel = target(plain, 8084), CancelToken()

    def on_line(stream: Stream, text: str) -> None:
        if text.strip() == there.marker:
            cancel.cancel()

    with pytest.raises(Cancelled):
        plain.host.run(Command(there.argv), timeout=90, cancel=cancel, on_line=on_line)
    end = time.monotonic() + 40
    while left(plain) and time.monotonic() < end:
        time.sleep(1)
    assert not left(plain)
