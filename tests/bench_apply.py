"""Measures a whole installation beside the plain way: ``bench/apply --lab``.

Ours is ``python -m installer apply``. The plain way is what somebody types who has the very same files on
this computer: ``scp`` of the rendered folder, ``docker compose pull``, ``docker compose up -d``, and looking
at the page until it answers. Both as root with a key, on the same server of the lab, each time a new machine
without images; both end when ``/console/api/setup`` is 200 as seen from this computer, ours when the command
has ended besides. Pairs in alternating order.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench_probe import machine
from tests.cli_runner import Cli, events
from tests.lab import Lab, Server
from tests.lab.servers import SSH_OPTIONS

PAIRS = 5
VERSION = "1.4.3"
SECONDS = 600.0


@dataclass(frozen=True)
class Pair:
    """Seconds. *first*: which was measured first. *steps*: where ours went, by step."""

    ours: float
    plain: float
    first: str
    steps: dict[str, float] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.ours / self.plain


@dataclass(frozen=True)
class Bench:
    """A server, and what both ways need on this computer: *folder* rendered, *home* with the release."""

    lab: Lab
    server: Server
    folder: Path
    home: Path
    answers: Path

    @property
    def page(self) -> str:
        return f"http://{self.server.ip}/console/api/setup"

    def new_machine(self) -> None:
        """The same state for both: no container, no image, no file."""
        self.server.reset()
        self.lab.calm()
        write_answers(self.lab, self.server, self.answers.parent)  # its host key is new, too

    def ours(self) -> tuple[float, dict[str, float]]:
        """The whole, and each step's part."""
        home = self.home.with_name("home-now")
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home)
        start = time.perf_counter()
        process = Cli(home, self.answers).start("apply")
        steps: dict[str, float] = {}
        began: dict[str, float] = {}
        event: dict[str, Any] = {}
        for event in events(process):
            if event["event"] == "step_started":
                began[event["step"]] = time.perf_counter()
            elif event["event"] == "step_finished":
                step = event["step"]
                steps[step] = steps.get(step, 0) + time.perf_counter() - began[step]
        if process.wait(30) != 0:
            raise RuntimeError(f"apply failed: {event}")
        wait_for(self.page)
        return time.perf_counter() - start, {s: round(v, 2) for s, v in steps.items()}

    def plain(self) -> tuple[float, dict[str, float]]:
        """The same by hand."""
        parts: dict[str, float] = {}
        start = time.perf_counter()

        def part(name: str, do: Callable[[], object]) -> None:
            began = time.perf_counter()
            do()
            parts[name] = round(time.perf_counter() - began, 2)

        compose = "cd /opt/dify/docker && docker compose"
        key = ["-i", str(self.lab.place.key_file)]
        copy = ["scp", *SSH_OPTIONS, *key, "-r", "-p", str(self.folder), f"root@{self.server.ip}:/opt/dify"]
        part("scp", lambda: subprocess.run(copy, check=True, stdin=subprocess.DEVNULL))
        part("pull", lambda: self.server.ssh(f"{compose} pull -q"))
        part("up", lambda: self.server.ssh(f"{compose} up -d"))
        part("wait", lambda: wait_for(self.page))
        return time.perf_counter() - start, parts


def wait_for(page: str) -> None:
    """Until it is 200, looked at five times a second."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            with opener.open(page, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.HTTPError):
            pass
        time.sleep(0.2)
    raise TimeoutError(page)


def write_answers(lab: Lab, server: Server, folder: Path) -> Path:
    """For root with the lab's key."""
    answers, _ = lab.answers(server.name, folder)
    words = answers.read_text().replace('"difyadmin"', '"root"')
    words = words.replace("[target]", f'[target]\nidentity_file = "{lab.place.key_file}"')
    answers.write_text(words.replace('version = "latest"', f'version = "{VERSION}"'))
    return answers


def prepare(lab: Lab, server: Server, folder: Path) -> Bench:
    """Answers for root with the lab's key; the release is fetched and rendered before anything is timed."""
    answers = write_answers(lab, server, folder / "files")
    home, out = folder / "home", folder / "dify"
    ran = Cli(home, answers).run("render", "--out", str(out))
    if ran.exit_code != 0:
        raise RuntimeError(ran.stderr)
    return Bench(lab, server, out, home, answers)


def measure(bench: Bench, number: int) -> Pair:
    """One pair; every second one the other way round."""

    def ours() -> tuple[float, dict[str, float]]:
        bench.new_machine()
        return bench.ours()

    def plain() -> tuple[float, dict[str, float]]:
        bench.new_machine()
        return bench.plain()

    if number % 2 == 0:
        (mine, steps), (theirs, parts) = ours(), plain()
    else:
        (theirs, parts), (mine, steps) = plain(), ours()
    return Pair(round(mine, 2), round(theirs, 2), ("ours", "plain")[number % 2], steps, parts)


def median_ratio(pairs: Sequence[Pair]) -> float:
    """Of the ratios of each pair."""
    return statistics.median(p.ratio for p in pairs)


def table(pairs: Sequence[Pair]) -> Iterator[str]:
    """Lines of Markdown."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    yield f"{time.strftime('%Y-%m-%d')}, commit {commit or '?'}, Dify {VERSION}, {machine()}"
    yield ""
    yield "| pair | first | `apply` | by hand | ratio |"
    yield "|---|---|---|---|---|"
    for number, p in enumerate(pairs, 1):
        yield f"| {number} | {p.first} | {p.ours:.1f} s | {p.plain:.1f} s | {p.ratio:.2f} |"
    yield ""
    yield f"Median of the ratios: {median_ratio(pairs):.2f}"
    yield "Ours, medians: " + _medians([p.steps for p in pairs])
    yield "By hand, medians: " + _medians([p.parts for p in pairs])


def _medians(each: Sequence[dict[str, float]]) -> str:
    names = dict.fromkeys(name for one in each for name in one)
    return ", ".join(f"{n} {statistics.median(one.get(n, 0.0) for one in each):.1f} s" for n in names)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--lab", action="store_true", required=True, help="on the lab's vps: there is no other place"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args(arguments)
    lab = Lab.open()
    with tempfile.TemporaryDirectory() as folder:
        bench = prepare(lab, lab.server("vps"), Path(folder))
        pairs = [measure(bench, number) for number in range(options.pairs)]
    if options.json:
        print(json.dumps({"ratio": median_ratio(pairs), "pairs": [asdict(p) for p in pairs]}))
        return 0
    for line in table(pairs):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
