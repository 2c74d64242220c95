"""No secret in any command line, environment, event, log or journal that is ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab_apply.conftest import Bench, Maker, versions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

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

CANARIES = {"ssh": "Canary-ssh-8d1f", "sudo": "Canary-sudo-77aa", "admin": "Canary-admin-42xyz"}


def secrets_of(env: str) -> list[str]:
    """Values in the installed .env that must be secret: what differs from the public defaults by key name."""
    found = re.findall(r"^(?:\w*(?:PASSWORD|SECRET|_KEY|TOKEN|KEYS))=(\S{12,})$", env, re.MULTILINE)
    return sorted({v.strip("'\"") for v in found if not v.startswith(("$", "http", "/"))})


def test_no_secret_is_seen(bench: Maker, tmp_path: Path) -> None:
    b = bench("vps:difyadmin", keep_images=True)
    b.run(f"printf 'difyadmin:%s\\n' '{CANARIES['sudo']}' | chpasswd")
    assert b.cli.secrets
    b.cli.secrets.write_text(
        f"[ssh]\npassword = '{CANARIES['sudo']}'\n[sudo]\npassword = '{CANARIES['sudo']}'\n"
        f"[admin]\npassword = '{CANARIES['admin']}'\n"
    )
    b.write(release={"version": versions()[0]}, admin={"email": "admin@example.com", "name": "Admin"})
    here, there = tmp_path / "seen-here", "/tmp/seen-there"
    script = tmp_path / "watch.py"
    script.write_text(WATCHER)
    b.lab.server("vps").write("/tmp/watch.py", WATCHER)
    b.run("setsid python3 /tmp/watch.py /tmp/seen-there >/dev/null 2>&1 &")
    local = subprocess.Popen([sys.executable, str(script), str(here)])
    try:
        ran = b.cli.json("apply")
        restarted = b.cli.json("restart", "nginx")
        logged = b.cli.run("logs", "--tail", "20")
        planned = b.cli.json("plan")
        facts = b.cli.json("facts")
    finally:
        Path(f"{here}.stop").touch()
        b.run(f"touch {there}.stop")
        local.wait(10)
    assert ran.exit_code == 0, ran.stdout[-2000:]
    assert restarted.exit_code == logged.exit_code == planned.exit_code == facts.exit_code == 0

    env = b.run(f"cat {b.docker_folder}/.env")
    needles = [*secrets_of(env), CANARIES["sudo"], CANARIES["admin"]]
    assert len(needles) > 6
    haystacks = {
        "processes here": here.read_text(errors="replace"),
        "processes there": b.run(f"cat {there}"),
        "events": ran.stdout + ran.stderr + restarted.stdout + restarted.stderr,
        "plan and facts": planned.stdout + facts.stdout + planned.stderr + facts.stderr,
        "our state on the target": b.run(
            f"cd {b.directory}/.dify-installer && find . -type f ! -path './backups/*' | xargs cat"
        ),
        "system log there": b.run("journalctl --no-pager 2>/dev/null | tail -n 20000"),
        "our home": "".join(
            p.read_text(errors="replace") for p in b.cli.home.rglob("*") if p.is_file() and p.suffix != ".gz"
        ),
    }
    assert "sha256sum" in haystacks["processes there"] or "docker compose" in haystacks["processes there"], (
        "the watcher saw nothing of ours"
    )
    leaks = [
        (where, needle[:4] + "…") for where, text in haystacks.items() for needle in needles if needle in text
    ]
    assert not leaks
    private_modes(b)


def private_modes(bench: Bench) -> None:
    """What holds secrets is readable by its owner alone."""
    assert bench.run(f"stat -c %a {bench.docker_folder}/.env").strip() == "600"
    assert bench.run(f"stat -c %a {bench.directory}/.dify-installer").strip() == "700"
