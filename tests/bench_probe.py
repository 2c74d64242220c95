"""Measures what finding out all facts about a server takes, beside OpenSSH's ``ssh host true``:
``bench/probe``.

Against an sshd of its own on this machine (needs root and openssh-server), or with ``--lab`` against the
lab's ``vps``, which has a Docker that answers; both as they are and through a line with 200 ms for a round
trip.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from installer.facts.gather import gather
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import HostKey, KnownHosts
from installer.hosts.ssh.login import SshLogin
from tests.ssh.sshd import free_port, start_sshd

SLOW_MS = 200
RUNS = 5


@dataclass(frozen=True)
class Place:
    """A server where root logs in with the key *identity*. *host_key*: ``type SHA256:…``. *sessions*: how
    many commands its sshd has started so far."""

    host: str
    port: int
    identity: str
    host_key: str
    sessions: Callable[[], int]

    def connect(self) -> SshHost:
        """Log in, remembering nothing."""
        login = SshLogin(
            self.host, self.port, "root", identity_file=self.identity, expected_host_key=self.host_key
        )
        with tempfile.TemporaryDirectory() as folder:
            return SshHost.connect(login, KnownHosts(Path(folder) / "known", user_file=Path(folder) / "none"))


@dataclass(frozen=True)
class Figures:
    """Seconds, medians. *requests*: exec requests after the log-in, *facts*: log-in, rights and all facts."""

    line: str
    ssh_true: float
    facts: float
    requests: int

    @property
    def more(self) -> float:
        """What the facts take beyond a bare log-in."""
        return self.facts - self.ssh_true


def ask_everything(place: Place) -> int:
    """Log in, find out rights and facts; the number of exec requests by the server's own log."""
    before = place.sessions()
    with place.connect() as host:
        host.detect_rights()
        gather(host, "/opt/dify", "dify")
    return place.sessions() - before


def ssh_true(place: Place) -> None:
    """OpenSSH's own client runs the shortest command."""
    options = ["-F", "none", "-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    where = ["-i", place.identity, "-p", str(place.port), f"root@{place.host}", "true"]
    subprocess.run(["ssh", *options, *where], check=True, stdin=subprocess.DEVNULL)


def measure(place: Place, line: str, runs: int = RUNS) -> Figures:
    """Medians of *runs*."""
    bare, whole, requests = [], [], 0
    for _ in range(runs):
        start = time.perf_counter()
        ssh_true(place)
        bare.append(time.perf_counter() - start)
        start = time.perf_counter()
        requests = ask_everything(place)
        whole.append(time.perf_counter() - start)
    return Figures(line, statistics.median(bare), statistics.median(whole), requests)


@contextmanager
def slow_line(host: str, port: int) -> Iterator[int]:
    """A port of this machine that leads there with a round trip of ``SLOW_MS``."""
    listen, admin = free_port(), free_port()
    words = [sys.executable, "-m", "tests.lab.line_proxy", str(listen), host, str(port), str(admin)]
    with subprocess.Popen(words) as process:
        try:
            _switch(admin, {"rtt_ms": SLOW_MS})
            yield listen
        finally:
            process.terminate()


def _switch(admin: int, faults: dict[str, int]) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{admin}/", json.dumps(faults).encode(), {"Content-Type": "application/json"}
    )
    for _ in range(100):
        try:
            urllib.request.urlopen(request, timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the line does not answer")


#: what sshd logs for an exec request at LogLevel VERBOSE (session.c)
_SESSION = "Starting session: command"


@contextmanager
def own_server() -> Iterator[Place]:
    """An sshd of our own on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_sshd(Path(folder) / "sshd", ["LogLevel VERBOSE"])
        log = server.folder / "sshd.log"
        try:
            key = HostKey.parse(server.host_key("ed25519"))
            name = f"{key.type} {key.fingerprint}"
            yield Place(
                "127.0.0.1", server.port, server.identity, name, lambda: log.read_text().count(_SESSION)
            )
        finally:
            server.stop()


@contextmanager
def lab_server() -> Iterator[Place]:
    """A server of the lab, with a Docker that answers."""
    from tests.lab import Lab

    lab = Lab.open()
    server = lab.new_server(
        "bench", (), "vps", ("echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/00-a-log.conf",)
    )
    try:
        server.wait_ready()

        def sessions() -> int:
            return server.run("journalctl --no-pager -o cat -t sshd-session -t sshd").stdout.count(_SESSION)

        name = server.host_key_fingerprint()
        yield Place(server.ip, server.port, str(lab.place.key_file), name, sessions)
    finally:
        server.remove()


def all_figures(place: Place, runs: int = RUNS) -> list[Figures]:
    """As it is, and through the slow line."""
    with slow_line(place.host, place.port) as port:
        through = replace(place, host="127.0.0.1", port=port)
        return [measure(place, "direct", runs), measure(through, f"{SLOW_MS} ms round trip", runs)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", action="store_true", help="the lab's vps instead of an sshd of our own")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    with lab_server() if options.lab else own_server() as place:
        figures = all_figures(place, options.runs)
    if options.json:
        print(json.dumps([asdict(f) for f in figures]))
        return 0
    for line in table(figures):
        print(line)
    return 0


def table(figures: list[Figures]) -> Iterator[str]:
    """Lines of Markdown."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    yield f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}, {machine()}"
    yield ""
    yield "| line | `ssh host true` | log-in, rights and all facts | more | exec requests |"
    yield "|---|---|---|---|---|"
    for f in figures:
        yield f"| {f.line} | {f.ssh_true:.2f} s | {f.facts:.2f} s | {f.more:.2f} s | {f.requests} |"


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
