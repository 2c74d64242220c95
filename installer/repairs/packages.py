"""Docker and Compose from packages: which ones for which system (``resources/repairs.toml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installer.core.resources import read_text
from installer.facts.model import Facts, Packages, System
from installer.hosts.base import Stage
from installer.repairs.catalogue import Draft, Inputs, knowledge, needed_compose
from installer.repairs.script import command_stage, script_stage

#: Where our source and its key go: names of our own, as those of Docker's instructions may be in use.
_FILES = {
    "apt": (
        "/etc/apt/sources.list.d/dify-installer-docker.sources",
        "/etc/apt/keyrings/dify-installer-docker.asc",
    ),
    "dnf": (
        "/etc/yum.repos.d/dify-installer-docker.repo",
        "/etc/pki/rpm-gpg/RPM-GPG-KEY-dify-installer-docker",
    ),
    "zypper": ("", ""),
}


def system_entry(system: System) -> Mapping[str, Any] | None:
    """What is known about this system's packages, None if nothing is."""
    entries: list[Mapping[str, Any]] = knowledge()["system"]
    major = system.os_version.partition(".")[0]
    for entry in entries:
        versions = entry.get("versions")
        if system.os_id in entry["id"] and (not versions or {system.os_version, major} & {*versions}):
            # Debian names its suites only; a rolling or unnamed system has none
            return entry if entry["manager"] != "apt" or system.os_codename else None
    return None


def install(inputs: Inputs) -> Draft | None:
    """``docker.install``: None on a system that we know no packages for."""
    entry = system_entry(inputs.facts.system)
    if entry is None:
        return None
    values = _values(entry, inputs)
    gone = installed_conflicts(entry, inputs.facts)
    stages = (
        *_package_stages("docker.install", entry["manager"], values, gone, inputs.facts.packages),
        *_compose_stages(entry, values),
    )
    start = script_stage("docker.install", "start", "start", values)
    return Draft((*stages, start), _install_changes(entry, gone), _params(inputs, entry))


def _package_stages(
    repair_id: str, manager: str, values: Mapping[str, str], gone: tuple[str, ...], there: Packages
) -> tuple[Stage, ...]:
    parts = [script_stage(repair_id, "wait", "wait", values)]
    if manager == "apt":
        parts += _finish_stages(repair_id, there, values)
        parts.append(script_stage(repair_id, "lists", "apt-lists", values))
        parts.append(script_stage(repair_id, "certificates", "apt-certificates", values, whole=True))
    if manager != "zypper":
        parts.append(script_stage(repair_id, "source", f"{manager}-source", values))
    parts.append(script_stage(repair_id, "download", f"{manager}-download", values))
    if gone and manager != "apt":
        # rpm's managers refuse a conflict; apt takes them away in the same transaction. rpm itself refuses to
        # take away what something else needs, where its managers would take that, too
        parts.append(command_stage(repair_id, "remove", "rpm", "-e", *gone, whole=True))
    parts.append(script_stage(repair_id, "packages", f"{manager}-install", values, whole=True))
    return tuple(parts)


def _finish_stages(repair_id: str, there: Packages, values: Mapping[str, str]) -> list[Stage]:
    """apt refuses to install anything where an installation was cut off, as by a restart in ours."""
    if not there.interrupted:
        return []
    return [script_stage(repair_id, "finish", "apt-finish", values, whole=True)]


def _compose_stages(entry: Mapping[str, Any], values: Mapping[str, str]) -> tuple[Stage, ...]:
    if not entry.get("compose_binary") or not values["SHA256"]:
        return ()
    return (script_stage("docker.install", "compose", "compose-binary", values, whole=True),)


def installed_conflicts(entry: Mapping[str, Any], facts: Facts) -> tuple[str, ...]:
    """Packages that are there and that Docker's own cannot live with."""
    return tuple(name for name in entry.get("conflicts", ()) if facts.packages.version(name))


def _values(entry: Mapping[str, Any], inputs: Inputs) -> dict[str, str]:
    known, system = knowledge(), inputs.facts.system
    kind = "apt" if entry["manager"] == "apt" else "rpm"
    gone = installed_conflicts(entry, inputs.facts)
    repository = _repository(entry, system)
    source, keyring = _FILES[entry["manager"]]
    return {
        **common_values(inputs, "docker.install"),
        "REPOSITORY": repository,
        "PLACE": repository.partition("$")[0],
        "SOURCE": source,
        "KEYRING": keyring,
        "SUITE": system.os_codename,
        "KEY": read_text(known["key"][kind]["file"]).strip(),
        "OWN": " ".join((*entry.get("own", ()), *(f"{name}-" for name in gone if kind == "apt"))),
        "THEIRS": " ".join(entry.get("theirs", ())),
        "COMPOSE_PACKAGE": entry.get("compose_package", ""),
        "GONE": " ".join(gone),
    }


def common_values(inputs: Inputs, repair_id: str) -> dict[str, str]:
    """Fields of the scripts of *repair_id* that hold for every system."""
    known = knowledge()
    limits, compose, arch = known["limits"], known["compose"], inputs.facts.system.arch
    url = compose["url"].replace("@VERSION@", compose["version"]).replace("@ARCH@", arch)
    return {
        "WAIT": str(limits["wait_seconds"]),
        "ANSWER": str(limits["answer_seconds"]),
        "START": str(limits["start_seconds"]),
        "HELD": str(limits["held_seconds"]),
        "NEED": needed_compose(inputs, repair_id),
        "URL": url,
        "PATH": compose["path"],
        "SHA256": compose["sha256"].get(arch, ""),
        "ENVIRONMENT": compose["environment"],
    }


def _repository(entry: Mapping[str, Any], system: System) -> str:
    return str(entry.get("repository", "")).replace("@MAJOR@", system.os_version.partition(".")[0])


def _params(inputs: Inputs, entry: Mapping[str, Any]) -> dict[str, str]:
    system = inputs.facts.system
    return {
        "system": system.os_name or system.os_id,
        "need": needed_compose(inputs, "docker.install"),
        "source": _repository(entry, system),
    }


def _install_changes(entry: Mapping[str, Any], gone: tuple[str, ...]) -> tuple[str, ...]:
    names = entry.get("own") or entry["theirs"]
    files = _FILES[entry["manager"]] if entry.get("own") else ()
    compose = (knowledge()["compose"]["path"],) if entry.get("compose_binary") else ()
    removed = (f"- package {name}" for name in gone)
    return (*removed, *(f"package {name}" for name in names), *files, *compose, "service docker.service")


def update_compose(inputs: Inputs) -> Draft | None:
    """``compose.update``: the package where one is new enough, else the release's file, checked."""
    values = common_values(inputs, "compose.update")
    manager = inputs.facts.packages.manager or (system_entry(inputs.facts.system) or {}).get("manager", "")
    stages: list[Stage] = []
    if manager in ("apt", "dnf"):
        stages.append(script_stage("compose.update", "wait", "wait", values))
        if manager == "apt":
            stages += _finish_stages("compose.update", inputs.facts.packages, values)
        stages.append(script_stage("compose.update", "packages", f"compose-{manager}", values, whole=True))
    if values["SHA256"]:
        stages.append(script_stage("compose.update", "file", "compose-binary", values, whole=True))
    if not stages:
        return None
    changes = (*(("package docker-compose-plugin",) if manager in ("apt", "dnf") else ()), values["PATH"])
    return Draft(
        tuple(stages), changes, {"need": values["NEED"], "version": knowledge()["compose"]["version"]}
    )
