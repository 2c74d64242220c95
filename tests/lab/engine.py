"""A Docker Engine of the lab's own, in a mount name space of its own.

There /etc/hosts sends the registries' names to the lab registry and the CA bundle holds the lab's
authority, so a plain ``docker pull langgenius/dify-api:1.16.1`` works, while the machine's files are
never written. All its container mounts live and die in that name space.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cgroups, netrules, own_root
from .errors import LabError
from .names import REGISTRY_HOSTS
from .packages import find_program
from .pki import MACHINE_BUNDLE, bundle
from .place import Place
from .procs import Daemon, belonging, run, terminate, wait_until

#: Of the disk image, which is sparse.
DISK_SIZE = "24G"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


class Engine:
    """The lab's dockerd: the "local" target, and home of the lab's own containers."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.daemon = Daemon(place.run / "dockerd.json", place.log / "dockerd.log", place.id)

    def environment(self) -> dict[str, str]:
        """What a ``docker`` command needs to talk to this engine and to nothing else."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("DOCKER_", "COMPOSE_"))}
        folder = self.place.run / "docker-config"
        return {
            **env,
            "DOCKER_HOST": self.place.docker_host,
            "DOCKER_CONFIG": str(folder),
            "DOCKER_BUILDKIT": "0",
        }

    def docker(
        self, *words: str | Path, check: bool = True, stdin: str | bytes | None = None, timeout: float = 600
    ) -> str:
        """Run ``docker …``; its standard output without the last line end."""
        result = run(["docker", *words], check=check, stdin=stdin, env=self.environment(), timeout=timeout)
        return result.stdout.rstrip("\n")

    def popen(self, words: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        """``docker …`` in the background, for things done at the same time."""
        command = ["docker", *(str(word) for word in words)]
        return subprocess.Popen(
            command,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def answers(self) -> bool:
        command = ["docker", "version", "-f", "{{.Server.Version}}"]
        return run(command, check=False, env=self.environment(), timeout=20).returncode == 0

    def running(self) -> bool:
        return self.daemon.pid() is not None and self.answers()

    def _finds_registry(self) -> bool:
        """Whether its view of the hosts file is still ours."""
        try:
            seen = Path(f"/proc/{self.daemon.pid()}/root/etc/hosts").read_text()
        except OSError:
            return False
        return f"{self.place.registry_ip} {REGISTRY_HOSTS[0]}" in seen

    def start(self) -> bool:
        """True if it did not run. Whatever an earlier daemon that died left behind is cleared away first."""
        if self.running() and self._finds_registry():
            return False
        self.stop()
        self._write_files()
        netrules.make_default_bridge(self.place)
        netrules.add_rules(self.place)
        if not self._launch():
            # a data folder that was torn by a power cut: images come back from the cache
            self.clear_remains()
            shutil.rmtree(self.data_root, ignore_errors=True)
            self.disk.unlink(missing_ok=True)
            netrules.make_default_bridge(self.place)
            if not self._launch():
                log = self.daemon.log_file.read_text(errors="replace")
                raise LabError("dockerd does not start:\n" + "\n".join(log.splitlines()[-15:]))
        self._make_network()
        return True

    @property
    def data_root(self) -> Path:
        return self.place.state / "docker"

    @property
    def disk(self) -> Path:
        """The image of the disk that is mounted there, in the daemon's name space."""
        return self.place.state / "disk.img"

    @property
    def exec_root(self) -> Path:
        return self.place.run / "exec"

    def _launch(self) -> bool:
        command: list[str | Path] = [
            sys.executable,
            Path(own_root.__file__),
            "sh",
            "-e",
            self.place.run / "dockerd.sh",
        ]
        env = {
            k: v for k, v in os.environ.items() if k.lower() not in PROXIES and not k.startswith("DOCKER_")
        }
        env["SSL_CERT_FILE"] = str(MACHINE_BUNDLE)
        env["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        self.daemon.start(command, key="", env=env)
        return wait_until(lambda: self.answers() or self.daemon.pid() is None, 60, 0.1) and self.answers()

    def _write_files(self) -> None:
        run_folder = self.place.run
        (run_folder / "docker-config").mkdir(parents=True, exist_ok=True)
        lines = [Path("/etc/hosts").read_text().rstrip("\n")]
        for host in REGISTRY_HOSTS:
            # the first line for a name wins, so ours stand before the machine's
            lines.insert(0, f"{self.place.registry_ip} {host}")
        over = run_folder / "etc"
        certificates = over / MACHINE_BUNDLE.relative_to("/etc")
        certificates.parent.mkdir(parents=True, exist_ok=True)
        (over / "hosts").write_text("\n".join(lines) + "\n")
        certificates.write_text(bundle())
        (run_folder / "daemon.json").write_text(json.dumps(self._options(), indent=1))
        (run_folder / "dockerd.sh").write_text(self._script())

    def _options(self) -> dict[str, object]:
        place = self.place
        return {
            "hosts": [place.docker_host],
            "data-root": str(self.data_root),
            "exec-root": str(self.exec_root),
            "pidfile": str(place.run / "dockerd.pid"),
            "bridge": place.default_bridge,
            "iptables": False,
            "ip6tables": False,
            "ip-forward": False,
            "ip-masq": False,
            "cgroup-parent": "/" + place.cgroup,
            "default-address-pools": [{"base": place.pool, "size": 24}],
            # without it a dockerd with address pools deletes docker0 at its second start, whoever owns it
            "live-restore": True,
            "log-level": "warn",
            "shutdown-timeout": 5,
        }

    def _script(self) -> str:
        run_folder = shlex.quote(str(self.place.run))
        return (
            f"cd {run_folder}\n"
            # a bind mount over a file ends as soon as anybody on the machine replaces that file
            f"mount -t overlay overlay -o lowerdir={run_folder}/etc:/etc /etc\n"
            # hides a containerd of the machine, which dockerd would use
            "resolv=$(readlink -f /etc/resolv.conf); cp /etc/resolv.conf resolv.conf\n"
            "mount -t tmpfs -o mode=755 tmpfs /run\n"
            'case $resolv in /run/*) mkdir -p "$(dirname "$resolv")"; cp resolv.conf "$resolv";; esac\n'
            + cgroups.mount_script()
            + disk_script(self.disk, self.data_root)
            + f"exec {find_program('dockerd')} --config-file {run_folder}/daemon.json\n"
        )

    def _make_network(self) -> None:
        name = self.place.docker_network
        if run(["docker", "network", "inspect", name], check=False, env=self.environment()).returncode == 0:
            return
        bridge = f"com.docker.network.bridge.name={self.place.lab_bridge}"
        subnet = ["--subnet", self.place.lab_subnet, "--gateway", self.place.gateway]
        self.docker("network", "create", *subnet, "-o", bridge, name)

    def stop(self) -> None:
        """End all containers at once, then the daemon, then whatever is left of it."""
        if self.running():
            names = self.docker("ps", "-q", check=False).split()
            if names:
                self.docker("kill", *names, check=False, timeout=60)
        self.daemon.stop(30)
        self.clear_remains()

    def clear_remains(self) -> None:
        """Kill what still belongs to this lab's engine; remove its links, rules, sockets, control groups."""
        keep = self._other_daemons()
        terminate([p for p in belonging(self.place.id, self.place.cgroup) if p not in keep], 1)
        netrules.remove_links(self.place)
        netrules.remove_rules(self.place)
        for name in ("docker.sock", "dockerd.pid", "dockerd.json"):
            (self.place.run / name).unlink(missing_ok=True)
        shutil.rmtree(self.exec_root, ignore_errors=True)
        wait_until(lambda: cgroups.remove(self.place.cgroup), 3)
        if self.disk.exists():  # the kernel unmounts it once the last process of the name space is gone
            wait_until(lambda: run(["losetup", "-j", self.disk]).stdout == "", 10)

    def _other_daemons(self) -> set[int]:
        """Our daemons beside the engine (release server, line proxy), and this very command."""
        notes = [
            Daemon(p, p, self.place.id) for p in self.place.run.glob("*.json") if p.name != "dockerd.json"
        ]
        return {pid for note in notes if (pid := note.pid()) is not None} | {os.getpid(), os.getppid()}


def disk_script(disk: Path, folder: Path) -> str:
    """Shell text that mounts the image *disk* on *folder*; made anew if it is missing or was not unmounted.

    Without journal, flushes and discards: where the machine's disk is mounted with ``discard``, deleting one
    server's images takes 8 to 35 s, on this one 1 s. Without loop devices *folder* is used as it is.
    """
    clean = f"dumpe2fs -h {disk} 2>/dev/null | grep -q '^Filesystem state: *clean$'"
    make = (
        f"rm -f {disk}; truncate -s {DISK_SIZE} {disk}; mkfs.ext4 -q -F -m 0 -i 65536 -O ^has_journal {disk}"
    )
    options = "loop,noatime,nobarrier,noinit_itable"
    return (
        f"mkdir -p {folder}; {{ {clean}; }} || {{ {make}; }}\n"
        f"mount -o {options} {disk} {folder} || rm -f {disk}\n"
    )
