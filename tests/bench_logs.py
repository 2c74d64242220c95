"""Measures logs in bulk beside plain ways: ``bench/logs`` (needs the lab, and ripgrep for the search).

- reading: a container's million lines into our store, beside a paramiko exec of ``docker logs`` that is read
  in 1 MiB pieces and thrown away; pairs in alternating order, over SSH to a server of the lab;
- searching: ours over all of them beside ripgrep on the same text, both ignoring case and telling numbers of
  lines;
- the window while it reads and searches them: how late its event loop is, and the process's memory;
- twenty services with 200 lines a second each, followed live in the window: processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from installer.core.cancel import CancelToken
from installer.docker.containers import Container
from installer.logs.follow import follow
from installer.logs.log_buffer import LogBuffer
from installer.logs.search import Query, Search
from tests.bench_probe import Place, machine
from tests.lab import Lab, Server

PAIRS, LINES, RUNS = 5, 1_000_000, 5
SERVICES, RATE, SECONDS = 20, 200, 30.0
IMAGE = "langgenius/dify-api:1.4.3"

#: Lines as Dify's services write them; one in a thousand holds the rare word.
_MILLION = """
import random, sys
random.seed(7)
forms = (
    'INFO:     127.0.0.1:%d - "GET /console/api/apps?page=%d&limit=30 HTTP/1.1" 200 OK',
    '2026-11-26 09:%02d:%02d.%03d INFO [Thread-%d] [dataset_retrieval.py:421] - retrieved %d documents of %d',
    '{"level":"info","msg":"batch insert %d objects in %dms","time":"2026-11-26T09:00:%02dZ"}',
    '[2026-11-26 09:00:%02d,%03d: INFO/MainProcess] Task tasks.mail.send[%d] received',
    '172.18.0.%d - - [26/Nov/2026:09:00:%02d +0000] "POST /v1/chat-messages HTTP/1.1" 200 %d "-" "httpx"',
    '2026-11-26 09:00:%02d.%03d UTC [%d] LOG:  checkpoint complete: wrote %d buffers',
)
for n in range(int(sys.argv[1])):
    form = forms[n % len(forms)]
    line = form % tuple(random.randrange(60) for _ in range(form.count('%')))
    if n % 1000 == 500:
        line = 'ERROR httpx.ConnectTimeout: timed out (api.example.com:443) attempt %d' % n
    sys.stdout.write(line + chr(10))
"""
_STEADY = """
import sys, time
at, n = time.monotonic(), 0
while True:
    n += 1
    sys.stdout.write('INFO request %d finished app=support-bot tokens=812 in 1204 ms' % n + chr(10))
    sys.stdout.flush()
    at += 1 / RATE
    time.sleep(max(0.0, at - time.monotonic()))
"""


@dataclass
class Figures:
    """*pairs*: seconds of ours and of the plain way; *searches*: by words, seconds of ours and of ripgrep."""

    lines: int = 0
    pairs: list[tuple[float, float]] = field(default_factory=list)
    searches: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    judging: float = 0.0
    window: dict[str, Any] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """How much of the plain way's speed is ours, median of the pairs."""
        return statistics.median(plain / ours for ours, plain in self.pairs)


@contextmanager
def bench_server() -> Iterator[tuple[Server, Place]]:
    """A server of the lab with a million lines in a container's log, and twenty containers that wait."""
    lab = Lab.open()
    server = lab.new_server("bench-logs")
    try:
        server.wait_ready()
        server.run(f"docker pull -q {IMAGE}")
        for name, text in (("million", _MILLION), ("steady", _STEADY.replace("RATE", str(RATE)))):
            server.write(f"/root/{name}.py", text.encode())
        python = f"--network none -v /root:/w:ro --entrypoint python3 {IMAGE} -u"
        server.run(f"docker run -d --name million {python.replace(' -u', '')} /w/million.py {LINES}")
        server.run("docker wait million")
        for n in range(SERVICES):
            server.run(f"docker create --name steady{n} {python} /w/steady.py")
        place = Place(
            server.ip, server.port, str(lab.place.key_file), server.host_key_fingerprint(), sessions=lambda: 0
        )
        yield server, place
    finally:
        server.remove()


def container(server: Server, name: str) -> Container:
    """A container of the server as a service of that name."""
    found = server.run(f"docker inspect -f '{{{{.Id}}}}' {name}").stdout.strip()
    return Container(found, name, name, "running", "", 0, "", (), "2026-01-01T00:00:00Z", 0)


# ------------------------------------------------------------------- reading


def plain(place: Place) -> float:
    """Seconds of a paramiko exec that is read and thrown away."""
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(place.host, place.port, "root", key_filename=place.identity, allow_agent=False)
    try:
        begin = time.perf_counter()
        transport = client.get_transport()
        assert transport is not None
        channel = transport.open_session()
        channel.exec_command("docker logs million")
        while channel.recv(1 << 20):
            pass
        return time.perf_counter() - begin
    finally:
        client.close()


def ours(place: Place, million: Container) -> tuple[float, LogBuffer]:
    """Seconds until all lines are in a buffer, and that."""
    with place.connect() as host:
        host.elevation = "none"
        begin = time.perf_counter()
        buffer = LogBuffer()
        follow(host, [million], buffer, cancel=CancelToken(), live=False)
        return time.perf_counter() - begin, buffer


def reading(place: Place, million: Container, pairs: int, figures: Figures) -> LogBuffer:
    """Pairs in alternating order; the last buffer."""
    kept = LogBuffer()
    for n in range(pairs):
        other = plain(place) if n % 2 else 0.0
        took, buffer = ours(place, million)
        other = other or plain(place)
        figures.pairs.append((took, other))
        kept.close()
        kept = buffer
        print(f"pair {n + 1}: ours {took:.2f} s, plain {other:.2f} s", file=sys.stderr)
    figures.lines = len(kept.store)
    return kept


# ----------------------------------------------------------------- searching


def best(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds, median, and what it found."""
    spent, found = [], 0
    for _ in range(RUNS):
        begin = time.perf_counter()
        found = work()
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent), found


def searching(buffer: LogBuffer, figures: Figures) -> None:
    """Words that are rare, usual and nowhere; a pattern; a level (which ripgrep does not know)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text"
        with file.open("wb") as out:
            for block in buffer.store.blocks():
                out.write(block.texts())

        def mine(query: Query) -> int:
            search = Search(query)
            return sum(len(hits) for hits in search.find(buffer, 0, buffer.store.end, CancelToken()))

        def theirs(*words: str) -> int:
            line = ["rg", "--no-config", "-i", "-n", *words, str(file)]
            return subprocess.run(line, stdout=subprocess.PIPE, check=False).stdout.count(b"\n")

        for words in ("ConnectTimeout", "checkpoint complete", "GET", "nowhere at all"):
            took, found = best(lambda words=words: mine(Query(words)))  # type: ignore[misc]
            other, same = best(lambda words=words: theirs("-F", words))  # type: ignore[misc]
            assert found == same, (words, found, same)
            figures.searches[words] = took, other, found
        pattern = r"attempt \d+5\d\d$"
        took, found = best(lambda: mine(Query(pattern, regex=True)))
        other, same = best(lambda: theirs(pattern))
        assert found == same, (pattern, found, same)
        figures.searches[f"pattern {pattern}"] = took, other, found
        begin = time.perf_counter()
        while buffer.judge(8):
            pass
        figures.judging = time.perf_counter() - begin
        took, found = best(lambda: mine(Query(level="error")))
        figures.searches["errors only"] = took, 0.0, found


# -------------------------------------------------------------------- window


def window(place: Place, what: str, containers: list[Container]) -> dict[str, Any]:
    """What the window in its own process tells."""
    given = {
        "place": {
            "host": place.host,
            "port": place.port,
            "identity": place.identity,
            "host_key": place.host_key,
        },
        "containers": [{"id": c.id, "service": c.service} for c in containers],
        **{"what": what, "seconds": SECONDS},
    }
    line = [sys.executable, "-m", "tests.bench_log_window", json.dumps(given)]
    done = subprocess.run(line, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(pairs: int) -> Figures:
    """Everything."""
    figures = Figures()
    with bench_server() as (server, place):
        million = container(server, "million")
        buffer = reading(place, million, pairs, figures)
        searching(buffer, figures)
        buffer.close()
        figures.window = window(place, "ingest", [million])
        steady = [container(server, f"steady{n}") for n in range(SERVICES)]
        server.run("docker start " + " ".join(c.service for c in steady))
        figures.live = window(place, "live", steady)
    return figures


def table(f: Figures) -> Iterator[str]:
    """Lines of Markdown."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    yield f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}, {machine()}"
    yield ""
    yield f"Reading {f.lines:,} lines:"
    yield ""
    yield "| pair | ours | `docker logs` thrown away | of its speed |"
    yield "|---|---|---|---|"
    for n, (mine, other) in enumerate(f.pairs, 1):
        yield f"| {n} | {mine:.2f} s | {other:.2f} s | {other / mine:.2f} |"
    yield f"| median | | | **{f.ratio:.2f}** (wanted: at least 0.8) |"
    yield ""
    yield "| searched for | hits | ours | ripgrep -i | ratio (wanted: at most 3) |"
    yield "|---|---|---|---|---|"
    for words, (mine, other, hits) in f.searches.items():
        ratio = f"{mine / other:.1f}" if other else "—"
        yield f"| {words} | {hits:,} | {mine * 1000:.0f} ms | {other * 1000:.0f} ms | {ratio} |"
    w, live = f.window, f.live
    yield ""
    yield f"Levels of all lines, worked out beforehand: {f.judging * 1000:.0f} ms."
    yield ""
    yield "| how late (p99, longest) | by the clock | without waiting for a processor | our own work |"
    yield "|---|---|---|---|"
    loops = {
        **{"idle": w["idle"], "while reading": w["reading"], "while searching": w["searching"]},
        "while following": live["loop"],
    }
    for name, loop in loops.items():
        parts = (f"{loop[k]['p99']:.1f}, {loop[k]['max']:.0f} ms" for k in ("late", "own", "work"))
        yield f"| event loop {name} | {' | '.join(parts)} |"
    yield ""
    yield "| the window's process | measured | wanted |"
    yield "|---|---|---|"
    yield f"| all lines in the window | {w['seconds']:.1f} s | |"
    yield f"| memory, with no lines | {w['memory_before']:.0f} MB | |"
    yield f"| memory, with all lines and hits | {w['memory']:.0f} MB, peak {w['peak']:.0f} MB | 250 MB |"
    rate = live["lines"] / live["seconds"]
    yield f"| {SERVICES} services followed, {rate:,.0f} lines/s | {live['cpu']:.1%} of a core | 25 % |"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args(arguments)
    figures = measure(options.pairs)
    print(json.dumps(asdict(figures)) if options.json else "\n".join(table(figures)))
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main())
