"""nginx, Apache and Caddy to check configurations with: the machine's own, else Debian's packages, unpacked
into a folder of their own. Nothing of the machine's packages changes, nothing is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Program → the packages of Debian 13 that it needs, which a small machine may not have.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "nginx": ("nginx",),
    "apache2": ("apache2-bin", "libapr1t64", "libaprutil1t64"),
    "caddy": ("caddy",),
}
_SECONDS = 300


@dataclass(frozen=True)
class Program:
    """*path* with the environment it needs."""

    path: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Its exit code and all that it said, as ``stdout``."""
        return subprocess.run(
            [str(self.path), *words],
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )


def find(name: str, folder: Path) -> Program | None:
    """The program *name*; *folder*: for what has to be fetched. None where there is neither it nor its
    package."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    if found := shutil.which(name, path=path):
        return Program(Path(found))
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return None
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", *PACKAGES[name]]
    if (
        subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False).returncode
        != 0
    ):
        return None
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "root")], check=True)
    program = next(p for p in (folder / "root" / "usr").glob(f"*bin/{name}"))
    libraries = os.pathsep.join(str(p.parent) for p in (folder / "root").rglob("libapr*.so.0"))
    return Program(program, {"LD_LIBRARY_PATH": libraries} if libraries else {})
