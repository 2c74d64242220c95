"""Logs from a real Docker over SSH: order, long lines, terminals, containers that go, a broken line."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.docker.containers import Container
from installer.hosts.base import Host
from installer.hosts.local.host import LocalHost
from installer.logs.export import export
from installer.logs.follow import follow
from installer.logs.log_buffer import LogBuffer
from tests.lab import Lab, Server
from tests.lab_hosts.conftest import Connect

RUN = "docker run -d --network none --name"
#: a number every 5 ms, on both streams in turn
COUNT = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; i=$((i+1)); echo $i >&2; usleep 5000; done"


def container(server: Server, name: str) -> Container:
    found = server.run(f"docker inspect -f '{{{{.Id}}}} {{{{.State.StartedAt}}}}' {name}").stdout.split()
    return Container(found[0], name, name, "running", "", 0, "", (), found[1], 0)


def told(buffer: LogBuffer) -> list[str]:
    found = [buffer.line(n) for n in range(buffer.store.first, buffer.store.end)]
    return [f"<{x.text.decode()}>" if x.mark else x.text.decode() for x in found]


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@contextmanager
def following(host: Host, buffer: LogBuffer, *containers: Container) -> Iterator[threading.Event]:
    """In the block the buffer grows; the event tells when it has caught up."""
    token, caught = CancelToken(), threading.Event()

    def work() -> None:
        with suppress(Cancelled, InstallError):  # its line may be cut
            follow(host, containers, buffer, cancel=token, on_caught_up=caught.set)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield caught
    finally:
        token.cancel()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def server(own_server: Server) -> Iterator[Server]:
    yield own_server
    own_server.run("docker rm -f one two three >/dev/null 2>&1")


@pytest.mark.parametrize("user", ["root", "difyadmin"])
def test_streams_long_lines_and_terminals(server: Server, connect: Connect, user: str) -> None:
    server.run(
        f"{RUN} one busybox sh -c 'for i in 1 2 3; do"
        " echo out$i; usleep 50000; echo err$i >&2; usleep 50000; done;"
        ' head -c 40000 /dev/zero | tr "\\\\0" x; echo end\''
    )
    server.run(f"{RUN} two -t busybox sh -c 'echo terminal; echo colours'")
    server.run("docker wait one two")
    buffer = LogBuffer()
    host = connect(server, user)
    follow(host, [container(server, "one")], buffer, cancel=CancelToken(), live=False)
    follow(host, [container(server, "two")], buffer, cancel=CancelToken(), live=False)
    lines = told(buffer)
    assert lines[:6] == ["out1", "err1", "out2", "err2", "out3", "err3"]
    assert lines[6] == "x" * 40000 + "end"
    assert lines[7:] == ["terminal", "colours"]
    assert [buffer.line(n).error for n in range(3)] == [False, True, False]
    buffer.close()


def test_nothing_twice_and_nothing_missing(server: Server, connect: Connect) -> None:
    """Two that write on both streams, followed in four pieces, one of which ends with its connection."""
    for name in ("one", "two"):
        server.run(f"{RUN} {name} busybox sh -c '{COUNT}'")
    both = container(server, "one"), container(server, "two")
    buffer = LogBuffer()
    for n in range(3):
        with following(connect(server), buffer, *both) as caught:
            caught.wait(30)
            before = len(buffer.store)
            until(lambda before=before: len(buffer.store) > before + 200)  # type: ignore[misc]
            if n == 1:
                server.run("pkill -f '[s]shd.*difyadmin'")
                time.sleep(0.5)
    server.run("docker wait one two")
    follow(connect(server), both, buffer, cancel=CancelToken(), live=False)
    for service in ("one", "two"):
        lines = [buffer.line(n) for n in range(buffer.store.end)]
        numbers = [int(x.text) for x in lines if x.service == service]
        assert sorted(numbers) == list(range(1, 3001))
    times = [buffer.line(n).at for n in range(buffer.store.end)]
    late = sum(b < a for a, b in pairwise(times))
    assert late < 60, "by time, but for a few at the joints"
    buffer.close()


def test_stopped_started_and_made_anew(server: Server, connect: Connect) -> None:
    server.run(f"{RUN} one busybox sh -c 'echo first run; sleep 100'")
    buffer = LogBuffer()
    host = connect(server)
    with following(host, buffer, container(server, "one")) as caught:
        caught.wait(30)
        server.run("docker restart -t 0 one")
        until(lambda: told(buffer) == ["first run"] * 2)
    server.run(f"docker rm -f one; {RUN} one busybox sh -c 'echo second life; sleep 100'")
    with following(host, buffer, container(server, "one")) as caught:
        caught.wait(30)
        until(lambda: told(buffer) == ["first run"] * 2 + ["<recreated one>", "second life"])
    buffer.close()


def test_a_whole_log_into_a_file(server: Server, connect: Connect, tmp_path: Path) -> None:
    server.run(f"{RUN} one busybox sh -c 'seq 1 50000'")
    server.run("docker wait one")
    path = tmp_path / "one.log.gz"
    told_: list[int] = []
    one = container(server, "one")
    assert export(connect(server), [one], path, None, told_.append, CancelToken()) == 50_000
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [str(n) for n in range(1, 50_001)]
    assert told_[-1] == 50_000


def test_on_this_computer(lab: Lab) -> None:
    """The same from the lab's own Engine."""
    script = "echo out; sleep 1; echo late; sleep 9"
    lab.engine.docker("run", "-d", "--name", "one", "busybox", "sh", "-c", script)
    try:
        found = lab.engine.docker("inspect", "-f", "{{.Id}}", "one")
        one = Container(found, "one", "one", "running", "", 0, "", (), "2026-01-01T00:00:00Z", 0)
        buffer = LogBuffer()
        with following(LocalHost(f"unix://{lab.place.socket}"), buffer, one) as caught:
            caught.wait(30)
            until(lambda: told(buffer) == ["out", "late"])
        buffer.close()
    finally:
        lab.engine.docker("rm", "-f", "one")
