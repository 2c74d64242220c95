"""Known secrets in an installation, and every place where they must not be seen."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cli_runner import Ran
from tests.lab_apply.conftest import Bench

# Looks at every process outside containers (those are Dify's business), as often as it can.
WATCHER = r"""
import glob, os, sys, time
seen, own = set(), os.readlink("/proc/self/ns/pid")
out = open(sys.argv[1], "ab", buffering=0)
while not os.path.exists(sys.argv[1] + ".stop"):
    for p in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(p + "/ns/pid") != own:
                continue
            text = open(p + "/cmdline", "rb").read() + b"\n" + open(p + "/environ", "rb").read()
        except OSError:
            continue
        if text not in seen:
            seen.add(text)
            out.write(text.replace(b"\0", b" ") + b"\n")
    time.sleep(0.003)
"""
#: The login's and sudo's password (one for both, as on most servers), and the first administrator's.
PASSWORD, ADMIN = "Canary-sudo-77aa", "Canary-admin-42xyz"
THERE = "/tmp/seen-there"


def secrets_of(env: str) -> list[str]:
    """Values in the installed .env that must be secret: what differs from the public defaults by key name."""
    found = re.findall(r"^(?:\w*(?:PASSWORD|SECRET|_KEY|TOKEN|KEYS))=(\S{12,})$", env, re.MULTILINE)
    return sorted({v.strip("'\"") for v in found if not v.startswith(("$", "http", "/"))})


class Watch:
    """While it is entered, processes are watched here and on the server of *bench*, whose user has PASSWORD;
    the first administrator has ADMIN."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self._bench, self._here = bench, folder / "seen-here"
        self._script = folder / "watch.py"
        self._script.write_text(WATCHER)
        user = bench.name.partition(":")[2]
        bench.run(f"printf '{user}:%s\\n' '{PASSWORD}' | chpasswd")
        assert bench.cli.secrets
        bench.cli.secrets.write_text(
            f"[ssh]\npassword = '{PASSWORD}'\n[sudo]\npassword = '{PASSWORD}'\n"
            f"[admin]\npassword = '{ADMIN}'\n"
        )
        bench.write(admin={"email": "admin@example.com", "name": "Admin"})

    def give_back(self) -> None:
        """The user has the password again that others know."""
        user = self._bench.name.partition(":")[2]
        password = self._bench.lab.server("vps").login(user).password
        self._bench.run(f"printf '{user}:%s\\n' '{password}' | chpasswd")

    def __enter__(self) -> Watch:
        self._bench.lab.server("vps").write("/tmp/watch.py", WATCHER)
        self._bench.run(f"setsid python3 /tmp/watch.py {THERE} >/dev/null 2>&1 &")
        self._local = subprocess.Popen([sys.executable, str(self._script), str(self._here)])
        return self

    def __exit__(self, *_: object) -> None:
        Path(f"{self._here}.stop").touch()
        self._bench.run(f"touch {THERE}.stop")
        self._local.wait(10)

    def leaks(self, ran: Sequence[Ran]) -> list[tuple[str, str]]:
        """Where a secret was seen, and how it begins; *ran*: our own commands."""
        b = self._bench
        needles = [*secrets_of(b.run(f"cat {b.docker_folder}/.env")), PASSWORD, ADMIN]
        assert len(needles) > 6
        haystacks = {
            "processes here": self._here.read_text(errors="replace"),
            "processes there": b.run(f"cat {THERE}"),
            "output": "".join(r.stdout + r.stderr for r in ran),
            "our state on the target": b.run(
                f"cd {b.directory}/.dify-installer && find . -type f ! -path './backups/*' | xargs cat"
            ),
            "system log there": b.run("journalctl --no-pager 2>/dev/null | tail -n 20000"),
            "our home": "".join(
                p.read_text(errors="replace")
                for p in b.cli.home.rglob("*")
                if p.is_file() and p.suffix != ".gz"
            ),
        }
        there = haystacks["processes there"]
        assert "sha256sum" in there or "docker compose" in there, "the watcher saw nothing of ours"
        return [
            (where, needle[:4] + "…")
            for where, text in haystacks.items()
            for needle in needles
            if needle in text
        ]


def private_modes(bench: Bench) -> None:
    """What holds secrets is readable by its owner alone."""
    assert bench.run(f"stat -c %a {bench.docker_folder}/.env").strip() == "600"
    assert bench.run(f"stat -c %a {bench.directory}/.dify-installer").strip() == "700"
