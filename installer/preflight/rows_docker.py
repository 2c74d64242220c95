"""Rows about Docker: the Engine, what it is, how it is set up, Compose, Docker Desktop."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code
from installer.core.thresholds import gigabytes, threshold
from installer.facts.model import EngineKind
from installer.preflight.firewall_selinux import free_ranges
from installer.preflight.machine import answers_now
from installer.preflight.row import Inputs, Row, codes

_ENGINE = codes(
    *(Code.DOCKER_MISSING, Code.DOCKER_PODMAN, Code.DOCKER_NOT_RUNNING, Code.DOCKER_NO_RIGHTS),
    *(Code.DOCKER_MASKED,),
    *(Code.DOCKER_SESSION, Code.DOCKER_CLIENT_OLD, Code.DOCKER_TOO_OLD, Code.DOCKER_OLD),
    *(Code.DOCKER_WINDOWS, Code.DAEMON_BROKEN, Code.DESKTOP_NOT_STARTED),
)
_COMPOSE = codes(Code.COMPOSE_MISSING, Code.COMPOSE_ONE, Code.COMPOSE_TOO_OLD)


def docker_rows(inputs: Inputs) -> Iterator[Row]:
    """In the order in which they are shown."""
    facts = inputs.facts
    yield Row("docker", "docker", {"version": facts.docker.server}, _ENGINE, repeats=True)
    yield _origin(inputs)
    if facts.desktop is None:
        yield _restart(inputs)
        yield _settings(inputs)
    yield _compose(inputs)
    yield _ranges(inputs)
    if not inputs.answers.target.host_kind.personal:
        yield _profile(inputs)
    if facts.desktop is not None:
        yield from _desktop(inputs)


def _origin(inputs: Inputs) -> Row:
    """Only an Engine that answers tells what it is."""
    engine = inputs.facts.engine
    variant = "rootless" if engine.rootless else engine.kind.value or "unknown"
    mine = codes(Code.DOCKER_SNAP, Code.DOCKER_SNAP_FOLDER, Code.DOCKER_ROOTLESS)
    known = answers_now(inputs.facts) and engine.kind not in (EngineKind.NONE, EngineKind.UNKNOWN)
    ports_known = inputs.situation is not None or not engine.rootless
    params = {"variant": variant, "package": engine.package or engine.kind.value}
    return Row("origin", "docker", params, mine, known=known and ports_known, repeats=True)


def _restart(inputs: Inputs) -> Row:
    """Whether it comes back by itself after the machine was restarted."""
    units = inputs.facts.services.units
    states = {units[name].enabled for name in ("docker.service", "docker.socket") if name in units}
    known = answers_now(inputs.facts) and bool(states & {"enabled", "enabled-runtime", "static", "alias"})
    return Row("restart", "docker", {}, codes(Code.DOCKER_NOT_ENABLED, Code.DOCKER_MASKED_LATER), known=known)


def _settings(inputs: Inputs) -> Row:
    daemon = inputs.facts.daemon
    params = {"variant": "there" if daemon.exists else "none", "path": daemon.path}
    mine = codes(Code.DAEMON_BROKEN_LATER, Code.DAEMON_IPTABLES, Code.DOCKER_CREDENTIALS)
    known = daemon.exists is False or bool(daemon.exists and daemon.readable and not daemon.problem)
    return Row("settings", "docker", params, mine, known=known, repeats=True)


def _compose(inputs: Inputs) -> Row:
    ready, situation = inputs.docker_ready, inputs.situation
    params = {
        "variant": "early" if ready else "docker",
        "have": inputs.facts.docker.compose,
        "need": situation.configuration.needed_compose.version if situation else "",
    }
    return Row("compose", "docker", params, _COMPOSE, known=ready and situation is not None)


def _ranges(inputs: Inputs) -> Row:
    free = free_ranges(inputs.facts)
    params = {"variant": "ours" if inputs.installed else "free", "free": str(free or 0)}
    return Row("ranges", "docker", params, codes(Code.NETWORK_POOL), known=free is not None)


def _profile(inputs: Inputs) -> Row:
    known = bool(inputs.facts.login.answered)
    return Row("profile", "docker", {}, codes(Code.PROFILE_VARIABLES), known=known)


def _desktop(inputs: Inputs) -> Iterator[Row]:
    desktop = inputs.facts.desktop
    if desktop is None:
        return
    if desktop.system == "Windows":
        mine = codes(Code.DESKTOP_VIRTUALIZATION, Code.DESKTOP_WSL, Code.DESKTOP_GROUP)
        works = answers_now(inputs.facts)
        known = works or (desktop.virtualization is True and desktop.wsl.installed is True)
        yield Row("wsl", "docker", {}, mine, known=known, repeats=True)
    if desktop.version:
        yield Row("desktop", "docker", {"version": desktop.version}, codes(Code.DESKTOP_OLD))
    if not inputs.linux:
        memory = {
            "have": gigabytes(max(desktop.memory, 0)),
            "need": str(threshold("desktop_memory", "asked")),
        }
        yield Row("vm", "docker", memory, codes(Code.DESKTOP_MEMORY), known=desktop.memory > 0)
    current = next((context for context in desktop.contexts if context.current), None)
    if current is not None:
        variant = current.provider or "other"
        yield Row("context", "docker", {"variant": variant, "context": current.name})
    if inputs.facts.engine.kind is EngineKind.DESKTOP or desktop.engine:
        yield Row("licence", "docker")
