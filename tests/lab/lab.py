"""The whole lab: what ``up``, ``down`` and ``status`` do, and what tests use."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import answers, cache, netrules, places, releases
from .acme import Acme
from .build import ensure_raw, raw_folder
from .engine import Engine
from .errors import LabError
from .locks import held
from .packages import install_missing, require_machine
from .place import CACHE, CHECKOUT, Place
from .procs import Daemon, run, wait_until
from .registry import LabRegistry
from .servers import Server, existing_ip, next_free_ip
from .switch import Switch

SOURCES = ("line_proxy.py", "release_server.py", "releases.py")
MACHINE = CACHE / "ip_forward.before"


class Lab:
    """One lab. ``Lab.open()`` gives a running one, ``Lab()`` only looks."""

    def __init__(self, where: Place | None = None) -> None:
        self.place = where or places.planned()
        self.engine = Engine(self.place)
        self.registry = LabRegistry(self.engine)
        self.acme = Acme(self.engine)
        self.releases = Switch(self.place.release_admin)
        self.line = Switch(self.place.line_admin)
        self.times: dict[str, float] = {}

    @classmethod
    def open(cls) -> Lab:
        """The lab of this checkout (or of ``LAB_ID``), started as far as it does not run."""
        require_machine()
        lab = cls(places.choose())
        lab.up()
        return lab

    # -- life ---------------------------------------------------------------------------------------------

    def up(self) -> None:
        """Idempotent; safe to call from several processes at once."""
        require_machine()
        with held(self._lock), self._timed("all"):
            with self._timed("packages"):
                install_missing()
            for folder in (self.place.run, self.place.log, self.place.local_directory):
                folder.mkdir(parents=True, exist_ok=True)
            self._make_key()
            with self._timed("engine"):
                self._forward()
                fresh_engine = self.engine.start()
            with self._timed("images"):
                data = self._images()
            with self._timed("registry"):
                self.registry.start(data / "data", raw_folder() / "base.tar")
            with self._timed("own images"):
                self._pull_own(data.name)
            with self._timed("acme"):
                self.acme.start()
            with self._timed("servers"):
                self._servers(fresh_engine)
            with self._timed("line and releases"):
                self._daemons()

    def _make_key(self) -> None:
        if not self.place.key_file.is_file():
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", self.place.key_file])

    def _forward(self) -> None:
        """Containers reach the world only while the kernel forwards; the last lab puts back what was."""
        with held(CACHE / "machine.lock"):
            if not MACHINE.is_file():
                MACHINE.write_text(netrules.forwarding())
            netrules.set_forwarding("1")

    def _images(self) -> Path:
        """The registry's data folder in the cache, made now if need be."""
        ensure_raw(self.engine)
        data = cache.ensure_registry(releases.with_images())
        os.utime(raw_folder())
        return data

    def _pull_own(self, key: str) -> None:
        """The images that the lab itself runs, by a plain pull: the way every other image goes."""
        stamp = self.place.run / cache.STAMP
        names = [f"dify-lab/{name}" for name in cache.OWN]
        have = self.engine.docker("images", "--format", "{{.Repository}}").split()
        if stamp.is_file() and stamp.read_text() == key and set(names) <= set(have):
            return
        for name in names:
            self.engine.docker("pull", "-q", name)
        for name, ip, image in self._fixed_servers():
            server = Server(self.engine, name, ip, image)
            if server.exists() and not server.is_current():
                server.remove()
        stamp.write_text(key)

    def _servers(self, fresh_engine: bool) -> None:
        for name, ip, image in self._fixed_servers():
            server = Server(self.engine, name, ip, image)
            if not server.exists():
                server.start()
            elif not server.running():
                server.power_on()
            elif fresh_engine:  # came up with its engine
                server.wait_ready(docker=False)

    def _fixed_servers(self) -> list[tuple[str, str, str]]:
        return [("vps", self.place.vps_ip, "vps"), ("vps-bare", self.place.bare_ip, "vps-bare")]

    def _daemons(self) -> None:
        ports = self.place.ports
        line = [str(ports.line), self.place.vps_ip, "22", str(ports.line_admin)]
        self._daemon("line_proxy", line, self.line.answers)
        served = [str(ports.release), str(ports.release_admin)]
        self._daemon("release_server", served, self.releases.answers)

    def _daemon(self, module: str, words: list[str], answers: Callable[[], bool]) -> None:
        daemon = Daemon(self.place.run / f"{module}.json", self.place.log / f"{module}.log", self.place.id)
        folder = Path(__file__).parent
        stamp = "\0".join([*words, sys.executable, *((folder / name).read_text() for name in SOURCES)])
        stamp += str([(release.tag, _newest(release.folder)) for release in releases.available()])
        stamp += str([release.tag for release in releases.listed()])
        key = hashlib.sha256(stamp.encode()).hexdigest()[:12]
        if daemon.pid() is not None and daemon.key() == key and answers():
            return
        daemon.stop(2)
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
        daemon.start([sys.executable, "-m", f"tests.lab.{module}", *words], key, env)
        if not wait_until(lambda: answers() or daemon.pid() is None, 15) or not answers():
            raise LabError(
                f"{module} does not start:\n" + daemon.log_file.read_text(errors="replace")[-1000:]
            )

    def down(self, keep_state: bool = False) -> None:
        """Stop everything this lab started and leave the machine as it was; the cache stays."""
        require_machine()
        with held(self._lock):
            for module in ("line_proxy", "release_server"):
                Daemon(
                    self.place.run / f"{module}.json", self.place.log / f"{module}.log", self.place.id
                ).stop(2)
            self.engine.stop()
            if not keep_state:
                shutil.rmtree(self.place.state, ignore_errors=True)
                cache.prune()
            self._forward_as_before()
            self._lock.unlink()

    @property
    def _lock(self) -> Path:
        return CACHE / f"lab-{self.place.id}.lock"

    def _forward_as_before(self) -> None:
        with held(CACHE / "machine.lock"):
            others = [
                other for other in places.others(self.place.id) if Engine(other).daemon.pid() is not None
            ]
            if others or not MACHINE.is_file():
                return
            before = MACHINE.read_text()
            MACHINE.unlink()
            if not _other_engines():
                netrules.set_forwarding(before)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.times[what] = round(time.monotonic() - start, 2)

    # -- use ----------------------------------------------------------------------------------------------

    def server(self, name: str, image: str = "") -> Server:
        """A server by name, running or not. New names get the next free address; *image*: vps or vps-bare."""
        fixed = {fixed_name: (ip, kind) for fixed_name, ip, kind in self._fixed_servers()}
        if name in fixed:
            return Server(self.engine, name, *fixed[name])
        label = '{{index .Config.Labels "lab.image"}}'
        known = self.engine.docker("inspect", "-f", label, name, check=False)
        ip = existing_ip(self.engine, name) or next_free_ip(self.engine)
        return Server(self.engine, name, ip, image or known or "vps")

    def new_server(
        self, name: str, variants: Sequence[str] = (), image: str = "vps", boot: Sequence[str] = ()
    ) -> Server:
        """A fresh server that no test has seen; ``remove()`` it afterwards."""
        server = self.server(name, image)
        server.remove()
        server.start(variants, boot)
        return server

    def calm(self) -> None:
        """All faults off, all counters at zero."""
        for switch in (self.registry.switch, self.releases, self.line):
            switch.set({})

    def answers(self, name: str, folder: Path) -> tuple[Path, Path]:
        """Write ``answers.toml`` and ``secrets.toml`` for ``local`` or any server."""
        return answers.write(self.place, name, folder, None if name == "local" else self.server(name))

    def status(self) -> dict[str, Any]:
        from .status import status

        return status(self)


def _newest(folder: Path) -> float:
    return max((path.stat().st_mtime for path in folder.rglob("*")), default=0.0)


def _other_engines() -> bool:
    """Does any dockerd run on this machine? Then forwarding is its business too."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == "dockerd":
                return True
        except OSError:
            continue
    return False
