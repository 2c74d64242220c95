"""The repairs by id, apart from packages: small commands and scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from installer.core.errors import Code
from installer.docker.versions import older
from installer.facts.packages import DOCKER_UNITS
from installer.hosts.base import Stage
from installer.preflight.kernel_settings import kernel_settings
from installer.repairs import packages
from installer.repairs.catalogue import Builder, Draft, Inputs, knowledge
from installer.repairs.daemon_file import NO_PROXY, joined_hosts
from installer.repairs.script import command_stage, script_stage

DAEMON_FILE = "/etc/docker/daemon.json"


def wait(inputs: Inputs) -> Draft:
    """``packages.wait``: looks and waits, nothing else."""
    stage = script_stage("packages.wait", "wait", "wait", packages.common_values(inputs, "packages.wait"))
    return Draft((stage,), (), {"holder": inputs.param("packages.wait", "holder")})


def protect(inputs: Inputs) -> Draft | None:
    """``directory.protect``: owner and write permission of what others own in the folder, or may write. None
    where a folder above, or a link, belongs to another user: taking it away would harm that user, and where
    the link should point is unknown. Without root only the user's own."""
    owners, root = inputs.facts.owners, inputs.facts.system.uid == 0
    if owners is None or not owners.complete:
        return None
    others, found = owners.others(), owners.open()
    mine = root or all(entry.uid == inputs.facts.system.uid for entry in found)
    unknown = any(entry.path == "?" for entry in (*others, *found))
    if unknown or not mine or (others and not root) or any(e.is_link or not e.inside for e in others):
        return None
    paths = [entry.path for entry in owners.entries if entry in (*others, *found)]
    values = {"OWNED": "\n".join(entry.path for entry in others), "PATHS": "\n".join(paths)}
    stage = script_stage("directory.protect", "protect", "protect", values)
    directory = {"directory": inputs.answers.directory}
    return Draft((stage,), tuple(paths), directory, needs_admin=root)


def start(inputs: Inputs) -> Draft:
    """``docker.start``: now and at every boot. Docker Desktop by its own command, which the person may run
    (docs.docker.com/desktop/features/desktop-cli; ends when it runs)."""
    if inputs.facts.desktop is not None and any(p.code is Code.DESKTOP_NOT_STARTED for p in inputs.findings):
        desktop = command_stage("docker.start", "start", "docker", "desktop", "start")
        return Draft((desktop,), ("Docker Desktop",), {"variant": "desktop"}, needs_admin=False)
    stage = script_stage("docker.start", "start", "start", packages.common_values(inputs, "docker.start"))
    return Draft((stage,), ("service docker.service",), {})


def unmask(inputs: Inputs) -> Draft:
    """``docker.unmask``: takes the mask off Docker's units, then does what ``docker.start`` does."""
    units = inputs.facts.services.masked(*DOCKER_UNITS)
    values = {**packages.common_values(inputs, "docker.unmask"), "UNITS": " ".join(units)}
    stage = script_stage("docker.unmask", "unmask", "unmask", values)
    return Draft((stage,), ("service docker.service",), {"units": ", ".join(units)})


def restart(inputs: Inputs) -> Draft:
    """``docker.restart``: for ports that Docker holds without a container. Never ended half-way: containers
    that were stopped for it would stay so."""
    ports = sorted({p.params["port"] for p in inputs.findings if p.code is Code.PORT_LEFT}, key=int)
    values = {**packages.common_values(inputs, "docker.restart"), "PORTS": " ".join(ports)}
    stage = script_stage("docker.restart", "restart", "restart", values, whole=True)
    return Draft((stage,), ("service docker.service",), {"ports": ", ".join(ports)})


def group(inputs: Inputs) -> Draft | None:
    """``docker.group``: for the user who logs in, never for root. None if it is so already."""
    user = inputs.answers.target.user or inputs.facts.login.user
    if not user or user == "root" or inputs.facts.login.docker_listed:
        return None
    stages = (command_stage("docker.group", "group", "usermod", "-aG", "docker", user),)
    return Draft(stages, (f"user {user}",), {"user": user})


def swap(inputs: Inputs) -> Draft | None:
    """``swap.add``: only where there is no swap at all."""
    if inputs.facts.system.swap > 0:
        return None
    known = knowledge()["swap"]
    values = {
        "PATH": known["path"],
        "FSTAB": known["fstab"],
        "GIGABYTES": str(known["gigabytes"]),
        "FREE_AFTER": str(known["free_after"]),
    }
    stage = script_stage("swap.add", "file", "swap", values, whole=True)
    changes = (known["path"], known["fstab"])
    return Draft((stage,), changes, {"path": known["path"], "gigabytes": values["GIGABYTES"]})


def kernel(inputs: Inputs) -> Draft | None:
    """``kernel.settings``: those that the chosen vector store asks for and that are too low."""
    low = [found for found in kernel_settings(inputs.answers, inputs.facts) if found.low]
    if not low:
        return None
    path = str(knowledge()["kernel"]["path"])
    lines = "\n".join(f"{found.name} {found.need}" for found in low)
    values = {"FILE": path, "SETTINGS": lines}
    stage = script_stage("kernel.settings", "settings", "sysctl", values, whole=True)
    params = {"path": path, "settings": ", ".join(f"{found.name} {found.need}" for found in low)}
    return Draft((stage,), (path, *(found.name for found in low)), params)


def labels(inputs: Inputs) -> Draft | None:
    """``selinux.labels``: for Dify's folder only; nothing on a system without SELinux."""
    if inputs.facts.access.selinux not in ("enforcing", "permissive"):
        return None
    folder = inputs.answers.directory
    stage = script_stage(
        "selinux.labels", "labels", "labels", {"FOLDER": folder, "PATTERN": _pattern(folder)}
    )
    return Draft((stage,), (folder,), {"directory": folder})


def _pattern(folder: str) -> str:
    """*folder* and everything below as the regular expression that semanage takes."""
    special = "".join(f"\\{c}" if c in r"\.[](){}*+?|^$" else c for c in folder)
    return f"{special}(/.*)?"


def daemon_back(_inputs: Inputs) -> Draft:
    """``daemon.repair``: the newest earlier file that is valid; never a guess."""
    stage = script_stage("daemon.repair", "file", "daemon-back", {}, whole=True)
    return Draft((stage,), (DAEMON_FILE, "service docker.service"), {"path": DAEMON_FILE})


def mirror(inputs: Inputs) -> Draft | None:
    """``daemon.mirror``: with the address in the answers (``repairs.mirror``); we know none to
    propose. None if it is set already."""
    address = inputs.answers.repairs.mirror
    there = {*inputs.facts.engine.mirrors, *inputs.facts.daemon.texts("registry-mirrors")}
    if not address or address.rstrip("/") in {entry.rstrip("/") for entry in there}:
        return None
    stage = _daemon_stage("daemon.mirror", "reload-or-restart", address)
    return _daemon(stage, {"registry-mirrors": [address]}, {"address": address})


def proxy(inputs: Inputs) -> Draft | None:
    """``daemon.proxy``: with the address in the answers (``repairs.proxy``). None if it is set already, or if
    the Engine is too old to know the setting."""
    address, engine = inputs.answers.repairs.proxy, inputs.facts.engine
    known = knowledge()["proxy"]
    if not address or address == engine.proxies.get("http") == engine.proxies.get("https"):
        return None
    if older(inputs.facts.docker.server, known["engine"]):
        return None
    # what the Engine excepts now may come from its unit, which the file's setting replaces
    without = joined_hosts(engine.proxies.get("no", ""), known["without"])
    value = {"http-proxy": address, "https-proxy": address, NO_PROXY: without}
    return _daemon(
        _daemon_stage("daemon.proxy", "restart", address),
        {"proxies": value},
        {"address": address},
    )


def _daemon_stage(repair_id: str, verb: str, address: str) -> Stage:
    values = {"VERB": verb, "ADDRESS": address}
    return script_stage(repair_id, "file", "daemon", values, whole=True)


def _daemon(stage: Stage, values: Mapping[str, Any], params: Mapping[str, str]) -> Draft:
    text = json.dumps(values, sort_keys=True)
    changes = (f"{DAEMON_FILE}: {text}", "service docker.service")
    return Draft((stage,), changes, params, daemon_json=text)


BUILDERS: Mapping[str, Builder] = {
    "packages.wait": wait,
    "directory.protect": protect,
    "docker.install": packages.install,
    "compose.update": packages.update_compose,
    "daemon.repair": daemon_back,
    "daemon.mirror": mirror,
    "daemon.proxy": proxy,
    "selinux.labels": labels,
    "kernel.settings": kernel,
    "docker.unmask": unmask,
    "docker.start": start,
    "docker.restart": restart,
    "docker.group": group,
    "swap.add": swap,
}
