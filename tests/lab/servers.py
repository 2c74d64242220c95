"""Servers as rented from a hoster: systemd, OpenSSH, sudo, with or without Docker, each with its own address.

A server is a privileged container; inside it systemd, sshd and Docker's own Engine are the real ones.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .engine import Engine
from .errors import LabError
from .names import INSTALL_HOSTS, LOGINS, REGISTRY_HOSTS, Login
from .procs import run, wait_until
from .variants import boot_scripts

FIRST_FREE = 20  # the lab's own servers have fixed addresses below
#: For a first start beside a whole test run; the disk is written to by everything at once then.
_START_SECONDS = 180.0
#: variants whose Docker does not answer
WITHOUT_DOCKER = {"dockerstopped", "dockeroff", "noiptables", "brokendaemonjson", "podman"}
SSH_OPTIONS = [
    "-q",
    "-o",
    "BatchMode=yes",
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "ConnectTimeout=2",
]


class Server:
    """One server of the lab, running or not."""

    def __init__(self, engine: Engine, name: str, ip: str, image: str) -> None:
        self.engine, self.place = engine, engine.place
        self.name, self.ip, self.image = name, ip, image
        self.port, self.other_port = 22, 10022

    @property
    def folder(self) -> Path:
        return self.place.run / "servers" / self.name

    @property
    def has_docker(self) -> bool:
        return self.image == "vps"

    # -- life ---------------------------------------------------------------------------------------------

    def start(self, variants: Sequence[str] = (), boot: Sequence[str] = ()) -> None:
        """Make it anew with *variants* and further boot scripts; its volumes are kept if they exist."""
        scripts = boot_scripts(variants, boot)
        self.engine.docker("rm", "-f", self.name, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "boot.d").mkdir(parents=True)
        shutil.copy(self.place.key_file.with_suffix(".pub"), self.folder / "authorized_keys")
        for file, text in scripts.items():
            (self.folder / "boot.d" / file).write_text(text)
        hosts = [f"{host}:{self.place.registry_ip}" for host in (*REGISTRY_HOSTS, *INSTALL_HOSTS)]
        options = [
            "--name",
            self.name,
            "--hostname",
            self.name,
            "--privileged",
            "--restart",
            "unless-stopped",
        ]
        options += ["--network", self.place.docker_network, "--ip", self.ip]
        options += [word for folder in ("/run", "/run/lock", "/tmp") for word in ("--tmpfs", folder)]
        options += [word for host in hosts for word in ("--add-host", host)]
        options += ["-v", f"{self.folder}:/lab:ro", "-v", f"{self.name}-home:/home"]
        if not any(variant.startswith(("disk=", "fewinodes")) for variant in variants):
            options += ["-v", f"{self.name}-docker:/var/lib/docker"]
        options += ["--label", f"lab.image={self.image}", "--label", f"lab.variants={' '.join(variants)}"]
        self.engine.docker("run", "-d", *options, f"dify-lab/{self.image}")
        self.wait_ready(
            docker=not boot and not WITHOUT_DOCKER & {variant.partition("=")[0] for variant in variants}
        )

    def reset(
        self, keep_images: bool = False, variants: Sequence[str] = (), boot: Sequence[str] = ()
    ) -> None:
        """Back to the state of a new machine; *keep_images* leaves what its Docker has pulled."""
        kept = keep_images and self.has_docker and self._empty_docker()
        self.engine.docker("rm", "-f", self.name, check=False)
        for volume in ("home",) if kept else ("home", "docker"):
            self.engine.docker("volume", "rm", "-f", f"{self.name}-{volume}", check=False)
        self.start(variants, boot)

    def _empty_docker(self) -> bool:
        """Remove containers, networks, volumes; False if its Docker does not answer."""
        script = (
            "docker ps -aq | xargs -r docker rm -f >/dev/null && docker volume prune -af >/dev/null"
            " && docker network prune -f >/dev/null"
        )
        return self.run(script, check=False).returncode == 0

    def prune_images(self) -> None:
        """Remove what no container uses, images too."""
        self.run("docker system prune -af >/dev/null")

    def remove(self) -> None:
        """With its volumes; a server of the same name starts as a new machine."""
        self.engine.docker("rm", "-f", self.name, check=False)
        for volume in ("home", "docker"):
            self.engine.docker("volume", "rm", "-f", f"{self.name}-{volume}", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def exists(self) -> bool:
        return self.engine.docker("ps", "-aq", "-f", f"name=^{self.name}$", check=False) != ""

    def is_current(self) -> bool:
        """Was it made from the image that its name means now?"""
        made_from = self.engine.docker("inspect", "-f", "{{.Image}}", self.name, check=False)
        now = self.engine.docker("image", "inspect", "-f", "{{.Id}}", f"dify-lab/{self.image}", check=False)
        return made_from == now

    def running(self) -> bool:
        return self.engine.docker("inspect", "-f", "{{.State.Running}}", self.name, check=False) == "true"

    def stop(self, seconds: int = 60) -> None:
        """Shut down; ``seconds=0`` is a power cut."""
        self.engine.docker("stop", "-t", str(seconds), self.name)

    def power_on(self) -> None:
        self.engine.docker("start", self.name)
        self.wait_ready(docker=False)

    def restart(self, seconds: int = 60) -> None:
        """Reboot; ``seconds=0`` is a power cut. Returns when sshd answers again."""
        self.engine.docker("restart", "-t", str(seconds), self.name)
        self.wait_ready(docker=False)

    def disconnect(self) -> None:
        """Pull the network cable."""
        self.engine.docker("network", "disconnect", self.place.docker_network, self.name)

    def connect(self) -> None:
        self.engine.docker("network", "connect", "--ip", self.ip, self.place.docker_network, self.name)

    def wait_ready(self, docker: bool = True) -> None:
        """Until sshd greets (it starts after the boot scripts), and Docker answers if there is one."""
        if not wait_until(self._greets, _START_SECONDS):
            raise LabError(f"{self.name}: no sshd after {_START_SECONDS:.0f} s")
        if docker and self.has_docker:
            answers = ["exec", self.name, "docker", "info", "-f", "{{.ServerVersion}}"]
            if not wait_until(lambda: self.engine.docker(*answers, check=False) != "", _START_SECONDS, 0.1):
                raise LabError(f"{self.name}: its Docker does not answer")
            done = ["exec", self.name, "sh", "-c", 'echo "left:$(ls /run/lab-pending 2>/dev/null)"']
            if not wait_until(lambda: self.engine.docker(*done, check=False) == "left:", 60, 0.1):
                raise LabError(f"{self.name}: a variant did not come to its end")

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.ip, self.port), 1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    # -- use ----------------------------------------------------------------------------------------------

    def run(
        self, script: str, *, check: bool = True, stdin: bytes | str = b"", timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        """Run shell text in it as root, past SSH: for arranging and looking, not for what is under test."""
        words = ["docker", "exec", "-i", self.name, "sh", "-c", script]
        return run(words, check=check, stdin=stdin, env=self.engine.environment(), timeout=timeout)

    def read(self, path: str) -> bytes:
        return base64.b64decode(self.run(f"base64 '{path}'").stdout)

    def write(self, path: str, content: bytes | str) -> None:
        self.run(f"mkdir -p \"$(dirname '{path}')\"; cat >'{path}'", stdin=content)

    def ssh(
        self,
        command: str,
        user: str = "root",
        *,
        check: bool = True,
        stdin: bytes | str = b"",
        timeout: float = 600,
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* by OpenSSH with the lab's key."""
        words: list[str | Path] = [
            "ssh",
            *SSH_OPTIONS,
            "-i",
            self.place.key_file,
            "-p",
            str(self.port),
            f"{user}@{self.ip}",
            command,
        ]
        return run(words, check=check, stdin=stdin, timeout=timeout)

    def login(self, user: str) -> Login:
        return LOGINS[user]

    def host_key_line(self, kind: str = "ed25519") -> str:
        """``ssh-ed25519 AAAA…`` as sshd shows it, "" if none answers."""
        found = run(["ssh-keyscan", "-T", "1", "-t", kind, self.ip], check=False).stdout.split("\n")
        return next((line.partition(" ")[2] for line in found if line.startswith(self.ip)), "")

    def host_key_fingerprint(self, kind: str = "ed25519") -> str:
        """``ssh-ed25519 SHA256:…``."""
        line = self.host_key_line(kind)
        if not line:
            raise LabError(f"{self.name}: no {kind} host key")
        name, _, blob = line.partition(" ")
        digest = hashlib.sha256(base64.b64decode(blob)).digest()
        return f"{name} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def next_free_ip(engine: Engine) -> str:
    """An address that no container of the lab has, running or not."""
    names = engine.docker("ps", "-aq").split()
    fixed = "{{with .IPAMConfig}}{{.IPv4Address}}{{end}}"
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}} " + fixed + " {{end}}"
    taken = set(engine.docker("inspect", "-f", form, *names).split()) if names else set()
    candidates = (engine.place.address(last) for last in range(FIRST_FREE, 255))
    return next(address for address in candidates if address not in taken)


def existing_ip(engine: Engine, name: str) -> str:
    """The fixed address of a container, "" if there is none of that name."""
    form = "{{range .NetworkSettings.Networks}}{{with .IPAMConfig}}{{.IPv4Address}}{{end}}{{end}}"
    return engine.docker("inspect", "-f", form, name, check=False)
