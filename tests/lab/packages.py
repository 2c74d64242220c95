"""Debian packages that the lab's own machinery needs, and real programs that tests compare with; installed
when one is missing."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from .errors import LabUnavailable
from .names import DEBIAN_CODENAME
from .procs import run

PACKAGES = (
    "docker.io",
    "docker-cli",
    "docker-compose",
    "docker-registry",
    "openssh-client",
    "sshpass",
    "mmdebstrap",
    "iptables",
    "iproute2",
    "openssl",
    "procps",
    "util-linux",
    "mount",
    "ca-certificates",
    "nginx",
    "gettext-base",  # envsubst, with which the release's image fills nginx's templates
    "netcat-openbsd",
)
PROGRAMS = (
    "dockerd",
    "docker",
    "docker-registry",
    "ssh-keygen",
    "sshpass",
    "mmdebstrap",
    "iptables",
    "ip",
    "mount",
)
COMPARED = ("nginx", "envsubst", "nc")
POLICY = Path("/usr/sbin/policy-rc.d")


def require_machine() -> None:
    """LabUnavailable unless this is root on the Debian release that the images are made for."""
    if platform.system() != "Linux":
        raise LabUnavailable(f"the lab needs Linux, this is {platform.system()}")
    if os.geteuid() != 0:
        raise LabUnavailable("the lab needs root: it starts a Docker Engine and makes network bridges")
    release = Path("/etc/os-release")
    text = release.read_text() if release.is_file() else ""
    if f"VERSION_CODENAME={DEBIAN_CODENAME}" not in text.replace('"', ""):
        raise LabUnavailable(f"the lab needs Debian {DEBIAN_CODENAME}: its images are made from that suite")


def install_missing() -> bool:
    """True if something had to be installed."""
    if all(find_program(name) for name in (*PROGRAMS, *COMPARED)) and compose_plugin() is not None:
        return False
    before = POLICY.read_bytes() if POLICY.is_file() else None
    mode = POLICY.stat().st_mode if before is not None else 0
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        POLICY.write_text("#!/bin/sh\nexit 101\n")  # Debian's way to install daemons without starting them
        POLICY.chmod(0o755)
        run(["apt-get", "update", "-qq"], env=env)
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], env=env)
    finally:
        if before is None:
            POLICY.unlink(missing_ok=True)
        else:
            POLICY.write_bytes(before)
            POLICY.chmod(mode & 0o7777)
    return True


def find_program(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")


def compose_plugin() -> Path | None:
    """Debian's Compose, as the Docker CLI finds it."""
    folders = ("/usr/libexec/docker/cli-plugins", "/usr/lib/docker/cli-plugins")
    return next((p for p in (Path(f) / "docker-compose" for f in folders) if p.is_file()), None)
