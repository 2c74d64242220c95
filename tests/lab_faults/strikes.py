"""The faults themselves: how each begins, in the middle of what, and how it is taken away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .model import DOCKERS_DISK, Row
from .scene import Scene

Event = dict[str, Any]
Client = subprocess.Popen[str] | None
#: Bytes a second of the pull where it must take a while.
PULL_BPS = 12_000_000
#: Longer than a line may be silent until the client gives it up (``installer.hosts.ssh.watched_transport``).
DEAD_SECONDS = 48.0
DROPPED_SECONDS = 2.0
MOMENT_SECONDS = 6.0
CONFIG = "volumes/sandbox/conf/config.yaml"
LEFTOVER = "volumes/db/data/pgdata/left-over"


@dataclass(frozen=True)
class Fault:
    """*strike* begins it, *mend* takes it away: *after* so many seconds, or once ``apply`` has ended."""

    strike: Callable[[Scene, Client], object]
    mend: Callable[[Scene], object] | None = None
    after: float | None = None

    @property
    def lasting(self) -> bool:
        """It does not pass by itself."""
        return self.mend is not None and self.after is None


def _line(after: float | None, **faults: bool) -> Fault:
    return Fault(
        lambda scene, _: scene.line.switch.set(dict(faults)), lambda scene: scene.line.switch.set({}), after
    )


def _registry(after: float | None = None, **faults: Any) -> Fault:
    return Fault(
        lambda scene, _: scene.lab.registry.switch.add(faults),
        lambda scene: scene.lab.registry.switch.add(
            {"status": {}, "missing": [], "refuse": False, "bps": PULL_BPS, "only": ""}
        ),
        after,
    )


def _disk(scene: Scene) -> str:
    return "/var/lib/docker" if scene.row.step in DOCKERS_DISK else "/mnt/lab-opt"


def _fill(scene: Scene, _: Client) -> None:
    disk = _disk(scene)
    scene.run(
        f"fallocate -l $(df --output=avail -B1 {disk} | tail -n 1) {disk}/full;"
        f" dd if=/dev/zero of={disk}/full2 bs=64k; dd if=/dev/zero of={disk}/full3 bs=512; true"
    )


def _empty(scene: Scene) -> None:
    scene.run(f"rm -f {_disk(scene)}/full*")


def _kill(_: Scene, client: Client) -> None:
    assert client
    os.killpg(client.pid, signal.SIGKILL)


def _crash(scene: Scene, _: Client) -> None:
    """sandbox does not start without its configuration, which is gone."""
    scene.run(f"rm {scene.bench.docker_folder}/{CONFIG}; docker restart -t 0 {scene.container('sandbox')}")


def _paused(service: str) -> Fault:
    """Hangs: it neither answers nor ends."""

    def pause(scene: Scene, _: Client) -> None:
        scene.run(f"docker pause {scene.container(service)}")

    def resume(scene: Scene) -> None:
        scene.run(f"docker unpause {scene.container(service)}")

    return Fault(pause, resume, MOMENT_SECONDS)


def _file(strike: str, mend: str) -> Fault:
    def run(script: str) -> Callable[..., object]:
        return lambda scene, *_: scene.run(f"cd {scene.bench.docker_folder} && {script}")

    return Fault(run(strike), run(mend))


#: Steps that ask the server once, and what is done to it at that moment.
ASKED = ("connect", "facts", "upload", "ready", "admin")
ON_SERVER = ("Docker restarted", "disk full", "container crashing")
REPOSITORY = "langgenius/dify-web"
FAULTS: dict[str, Fault] = {
    "line dropped": _line(DROPPED_SECONDS, cut=True, refuse=True),
    "line stalled": _line(DEAD_SECONDS, stall=True),
    "line stalled for a moment": _line(MOMENT_SECONDS, stall=True),
    "client killed": Fault(_kill),
    "server rebooted": Fault(lambda scene, _: scene.server.restart(0)),
    "Docker restarted": Fault(lambda scene, _: scene.run("systemctl restart docker")),
    "disk full": Fault(_fill, _empty),
    "registry down": _registry(refuse=True),
    "registry down for a moment": _registry(MOMENT_SECONDS / 2, refuse=True),
    "registry slow": _registry(MOMENT_SECONDS, bps=4_000_000),
    "registry 429": _registry(status={REPOSITORY: [429, -1]}),
    "registry 503": _registry(status={REPOSITORY: [503, -1]}),
    "registry 503 for a moment": _registry(MOMENT_SECONDS, status={REPOSITORY: [503, 4]}, only="manifests"),
    "image missing": _registry(missing=[REPOSITORY]),
    "container crashing": Fault(_crash),
    "databases container crashing": _file(
        f"mkdir -p $(dirname {LEFTOVER}) && touch {LEFTOVER}", f"rm {LEFTOVER}"
    ),
    "databases never healthy": _paused("db"),
    "start never healthy": _paused("db"),
    "never healthy": _paused("api"),
    "other password": _file(
        "cp -p .env /root/env && sed -i 's/^DB_PASSWORD=.*/DB_PASSWORD=another/' .env", "cp -p /root/env .env"
    ),
}


def fault_of(row: Row) -> Fault:
    """The nearest one that fits."""
    named = (f"{row.fault} {row.more}", f"{row.step} {row.fault}", row.fault)
    return next(FAULTS[name] for name in named if name in FAULTS)


#: What gives a step something to do that an earlier ``apply`` has done already; data stays.
_IMAGES = "docker images --format '{{.Repository}}:{{.Tag}}' | grep -e dify-web: -e dify-api:"
_REMOVE = "docker ps -aq -f label=com.docker.compose.service="
UNDONE = {
    "upload": "rm -f volumes/sandbox/conf/config.yaml.example",
    "pull": f"{_IMAGES} | xargs -r docker rmi -f",
    "reach": f"{_REMOVE}nginx | xargs -r docker rm -f",
    "databases": f"{_REMOVE}db | xargs -r docker rm -f",
    "admin": 'sed -i \'s/"admin": true/"admin": false/\' ../.dify-installer/installation.json',
    "start": f"{_REMOVE}web | xargs -r docker rm -f",
}


def prepare(scene: Scene) -> None:
    """The step has something to do, and takes long enough to be met in its middle."""
    step = scene.row.step
    scene.line.switch.set({"rtt_ms": 100} if step in ("connect", "facts") else {})
    scene.lab.releases.set({"bps": 1_000_000} if step == "release" else {})
    scene.lab.registry.switch.add({"bps": PULL_BPS if step == "pull" else 0})
    if step == "release":
        shutil.rmtree(scene.bench.cli.home / "cache", ignore_errors=True)
    if step in UNDONE:
        scene.run(f"cd {scene.bench.docker_folder} 2>/dev/null; {UNDONE[step]}")


def in_peace(scene: Scene) -> None:
    """Nothing is slow, and nothing has to be done that was done."""
    scene.line.switch.set({})
    scene.lab.releases.set({})
    scene.lab.registry.switch.add({"bps": 0})


def is_now(row: Row, event: Event) -> bool:
    """Whether *event* of ``apply`` says that the step is in its middle."""
    kind, step = str(event["event"]), str(event.get("step", "")).partition(":")[0]
    if row.fault.startswith(("registry 4", "registry 5", "image")):
        return step == "sizes"  # just before the registry is asked
    if row.id == "databases-container-crashing":
        return step == "upload" and kind == "step_finished"  # before there is a database
    if step != row.step:
        return False
    if step == "repair":
        return kind == "line" and (row.fault == "disk full" or "Unpacking" in str(event["text"]))
    if step == "pull":
        return kind == "step_progress" and int(event["done"]) > 3_000_000
    if step in ("databases", "start"):
        return kind == "line" and "Started" in str(event["text"])
    if step == "ready":
        return kind == ("step_started" if row.fault == "container crashing" else "step_progress")
    return kind == ("step_progress" if step == "release" else "step_started")


def strike(scene: Scene, client: Client) -> threading.Thread | None:
    """Begin; the thread that takes it away again, if time does."""
    fault = fault_of(scene.row)
    line = scene.line.switch
    if scene.row.fault in ON_SERVER and scene.row.step in ASKED:
        # what was asked waits on the line meanwhile: the server must not be quicker than the fault
        line.add({"stall": True})
        fault.strike(scene, client)
        line.add({"stall": False})
    else:
        fault.strike(scene, client)
    if fault.after is None or fault.mend is None:
        return None
    timer = threading.Timer(fault.after, fault.mend, (scene,))
    timer.start()
    return timer
