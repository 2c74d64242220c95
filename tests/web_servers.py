"""nginx, Apache and Caddy to check configurations with: the machine's own, else Debian's packages, unpacked
into a folder of their own. Nothing of the machine's packages changes, nothing is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from installer.https.reverse_proxy.front import Front
from tests.lab.pki import CURVE

#: Program → the packages of Debian 13 that it needs, which a small machine may not have.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "nginx": ("nginx",),
    "apache2": ("apache2-bin", "libapr1t64", "libaprutil1t64"),
    "caddy": ("caddy",),
}
#: What our text for Apache needs, and what any Apache needs.
_MODULES = ("mpm_event", "authz_core", "alias", "socache_shmcb", "ssl", "headers", "rewrite")
_PROXY_MODULES = ("proxy", "proxy_http", "proxy_wstunnel")
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


def needed(programs: Mapping[str, Program | None], name: str) -> Program:
    """The program *name*; the test is skipped, and says so, where there is none."""
    program = programs[name]
    if program is None:
        pytest.skip(f"NOT TESTED: there is no {name} here, nor could its package be fetched")
    return program


def apache_modules(apache: Program) -> str:
    """The lines that load them."""
    folder = apache.path.parents[1] / "lib" / "apache2" / "modules"
    names = (*_MODULES, *_PROXY_MODULES)
    return "".join(f'LoadModule {name}_module "{folder}/mod_{name}.so"\n' for name in names)


def encrypted(front: Front, folder: Path, *, tls: bool = True) -> Front:
    """*front* with a certificate for its name that is really there."""
    if not tls:
        return front
    certificate, key = folder / "x.crt", folder / "x.key"
    files = ("-keyout", str(key), "-out", str(certificate))
    words = ("openssl", "req", "-x509", *CURVE, "-subj", "/CN=x", "-days", "9", *files)
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    return replace(front, certificate=str(certificate), key=str(key))
