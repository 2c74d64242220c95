"""The lab registry: Debian's docker-registry behind a TLS front that can be made to fail.

``front.py`` runs beside it in one container, answers for all registry names and counts what is fetched.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from .engine import Engine
from .errors import LabError
from .names import REGISTRY_HOSTS
from .packages import find_program
from .pki import issue
from .procs import wait_until
from .switch import Switch

FRONT = Path(__file__).parent / "registry_front.py"
CONTAINER = "lab-registry"
BASE = "dify-lab/base"


class LabRegistry:
    """Start, faults and counters of the registry."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.place = engine, engine.place
        self.switch = Switch(self.place.registry_admin)

    def start(self, data: Path, base_tar: Path) -> None:
        """Run it over the cache folder *data*; again only if something about it changed."""
        folder = self.place.run / "registry"
        folder.mkdir(parents=True, exist_ok=True)
        certificate, _ = issue(folder, "registry", REGISTRY_HOSTS, [self.place.registry_ip, "127.0.0.1"])
        shutil.copy(FRONT, folder / "front.py")
        (folder / "config.yml").write_text(json.dumps(_config()))
        stamp = f"{data}\0{FRONT.read_text()}\0{certificate.read_text()}\0{_config()}"
        key = hashlib.sha256(stamp.encode()).hexdigest()[:12]
        if not self._runs_with(key):
            self.engine.docker("rm", "-f", CONTAINER, check=False)
            if self.engine.docker("images", "-q", BASE) == "":
                self.engine.docker("import", "-c", 'CMD ["bash"]', base_tar, BASE)
            self._run(folder, data, key)
        if not wait_until(self.switch.answers, 20):
            raise LabError("registry does not answer:\n" + self.engine.docker("logs", CONTAINER, check=False))

    def _runs_with(self, key: str) -> bool:
        words = ["inspect", "-f", "{{.State.Running}} {{.Config.Labels.key}}", CONTAINER]
        return self.engine.docker(*words, check=False) == f"true {key}"

    def _run(self, folder: Path, data: Path, key: str) -> None:
        binary = find_program("docker-registry")
        mounts = [f"{binary}:/usr/bin/docker-registry:ro", f"{folder}:/lab:ro", f"{data}:/registry:ro"]
        options = ["--name", CONTAINER, "--label", f"key={key}", "--restart", "unless-stopped"]
        options += ["--network", self.place.docker_network, "--ip", self.place.registry_ip]
        options += ["--stop-signal", "SIGKILL", "-e", "PYTHONUNBUFFERED=1"]
        options += [word for mount in mounts for word in ("-v", mount)]
        script = "docker-registry serve /lab/config.yml & exec python3 /lab/front.py"
        self.engine.docker("run", "-d", *options, BASE, "sh", "-c", script)

    def faults(self, **faults: Any) -> dict[str, Any]:
        """Set exactly these faults (none: all off); counters start anew."""
        return self.switch.set(faults)

    def counters(self) -> dict[str, Any]:
        """requests, bytes, faulted, log, repositories: {name: {manifests, blobs, bytes}}."""
        return self.switch.state()

    def pulls(self) -> dict[str, int]:
        """GET requests for manifests and blobs of each repository since the counters were reset."""
        repositories = self.counters()["repositories"]
        return {name: int(c["manifests"]) + int(c["blobs"]) for name, c in repositories.items()}


def _config() -> dict[str, object]:
    return {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": "/registry"},
            "maintenance": {"readonly": {"enabled": True}},
            "cache": {"blobdescriptor": "inmemory"},
        },
        "http": {"addr": "0.0.0.0:5000"},
    }
