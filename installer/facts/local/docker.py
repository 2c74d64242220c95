"""What Docker's own client says, asked as the probe asks it (``resources/scripts/probe/30-docker.sh``)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.facts.parsers.answer import VOLUMES_END
from installer.hosts.base import Command, Host, Result
from installer.untrusted.json import loads

SECONDS = 15.0
#: The same as in the probe: one line an answer, fields set apart by tabs.
VERSION = (
    "client={{.Client.Version}}\nclient_api={{.Client.APIVersion}}\nserver={{.Server.Version}}\n"
    "api={{.Server.APIVersion}}\napi_min={{.Server.MinAPIVersion}}\nos_type={{.Server.Os}}"
)
_LABEL = '{{.Label "com.docker.compose.%s"}}'
CONTAINERS = "\t".join(
    (
        *("{{.ID}}", "{{.Names}}", "{{.State}}", "{{.Image}}", _LABEL % "project", _LABEL % "service"),
        *(_LABEL % "project.working_dir", "{{.Status}}", "{{.Ports}}", _LABEL % "oneoff"),
        _LABEL % "project.config_files",
    )
)
IMAGES = "{{.Repository}}:{{.Tag}}@{{.Digest}}"
VOLUMES = "\t".join(("{{.Name}}", _LABEL % "project", _LABEL % "volume"))
NETWORKS = "\t".join(
    (
        *("{{.Name}}", "{{.Driver}}", "{{range .IPAM.Config}}{{.Subnet}} {{end}}"),
        '{{with .Labels}}{{index . "com.docker.compose.project"}}{{end}}',
    )
)


class Asker:
    """Sections of the probe's answer, each by at most two commands. A command that fails, hangs or is missing
    gives an empty one."""

    def __init__(self, host: Host, cancel: CancelToken | None) -> None:
        self._host, self._cancel = host, cancel

    def version(self) -> str:
        """``docker``."""
        said = self._run("docker", "--version")
        if said is None or said.exit_code == 127:
            return ""
        lines = ["path=docker", "real=docker"]
        if said.text.startswith("podman"):
            return "\n".join([*lines, "podman=yes", f"error={said.text.strip()}"])
        answer = self._run("docker", "version", "--format", VERSION)
        if answer is None:
            return "\n".join([*lines, "podman=no", "error=no answer in time"])
        if answer.exit_code == 0:
            return "\n".join([*lines, "podman=no", answer.text])
        # without an Engine the template stops half-way: the client's lines are kept, the rest is the reason
        known = [line for line in answer.text.splitlines() if line.startswith("client")]
        said_else = [
            line
            for line in f"{answer.text}\n{answer.errors}".splitlines()
            if line.strip() and not line.startswith(("client=", "client_api=", "server="))
        ]
        return "\n".join([*lines, "podman=no", *known, f"error={' '.join(said_else)}"])

    def info(self) -> str:
        """``info``."""
        return self._text("docker", "info", "--format", "{{json .}}")

    def containers(self) -> str:
        """``containers``."""
        return self._text("docker", "ps", "-a", "--no-trunc", "--format", CONTAINERS)

    def images(self) -> str:
        """``images``."""
        return self._text("docker", "images", "--digests", "--format", IMAGES)

    def volumes(self) -> str:
        """``volumes``."""
        result = self._run("docker", "volume", "ls", "--format", VOLUMES)
        if result is None or result.exit_code != 0:
            return ""
        return result.text.replace("\r\n", "\n") + VOLUMES_END

    def networks(self) -> str:
        """``networks``."""
        ids = self._text("docker", "network", "ls", "-q").split()
        return self._text("docker", "network", "inspect", "--format", NETWORKS, *ids) if ids else ""

    def compose(self) -> str:
        """``compose``: the plugin, else the program of before."""
        if plugin := self._text("docker", "compose", "version", "--short"):
            return f"compose={plugin}"
        alone = self._text("docker-compose", "version", "--short")
        return f"compose_standalone={alone}" if alone else ""

    def _text(self, *argv: str) -> str:
        result = self._run(*argv)
        return result.text.strip("\n").replace("\r\n", "\n") if result and result.exit_code == 0 else ""

    def _run(self, *argv: str) -> Result | None:
        if self._cancel is not None:
            self._cancel.check()
        try:
            return self._host.run(Command(argv), cancel=self._cancel, timeout=SECONDS)
        except InstallError as exc:
            if exc.code is Code.HOST_TIMEOUT:
                return None
            raise


def client_file(host: Host) -> str:
    """``daemon``: what the client's ``config.json`` says of contexts and credentials; never the whole file,
    it holds log-ins of registries."""
    folder = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    known: Any = None
    with suppress(InstallError, ValueError):  # not there, not ours to read, or no JSON: nothing is known
        known = loads(host.read_file(str(Path(folder, "config.json"))) or b"")
    if not isinstance(known, dict):
        return ""
    names = {"context": "currentContext", "creds_store": "credsStore"}
    return "\n".join(f"{name}={known[key]}" for name, key in names.items() if isinstance(known.get(key), str))
