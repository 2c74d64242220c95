"""The newest Docker Compose that Debian unstable offers, fetched with apt into a folder of its own.

For tests that compare with ``docker compose config``; nothing of the machine's own packages or lists changes.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_KEYS = "/usr/share/keyrings/debian-archive-keyring.pgp"
_SOURCE = f"deb [signed-by={_KEYS}] http://deb.debian.org/debian sid main\n"
_SECONDS = 300


def fetch(folder: Path) -> Path | None:
    """The program, which also works without Docker's client; None where there is no apt or no network."""
    if shutil.which("apt-get") is None or not Path(_KEYS).exists():
        return None
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text(_SOURCE)
    options = [
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    for words in (("update",), ("download", "docker-compose")):
        done = subprocess.run(
            ["apt-get", "-qq", *options, *words],
            cwd=folder,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            return None
    package = next(folder.glob("docker-compose_*.deb"))
    subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "x")], check=True)
    return next((folder / "x").rglob("docker-compose"))
