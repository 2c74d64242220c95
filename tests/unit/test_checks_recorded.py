"""What people are told about machines whose answers are kept in ``tests/data``, word for word as the probe
and Windows' programs gave them. Most are constructed: the files say from what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from installer.facts.desktop import Desktop, DesktopState
from installer.facts.engine import EngineKind
from installer.facts.model import Facts
from installer.facts.parsers import desktop, docker
from installer.facts.parsers import windows as parse_windows
from installer.preflight.findings import findings
from tests.check_faults import LOCAL, bare, engine, silent
from tests.situations import ANSWERS, situation
from tests.unit.facts.recorded import NAMES, facts_of
from tests.unit.facts.test_desktop import output, windows

#: Every finding of each machine, but that nothing is encrypted.
RECORDED: Mapping[str, tuple[str, ...]] = {
    "almalinux-8": ("memory.no_swap", "firewall.firewalld"),
    "almalinux-9": ("memory.no_swap", "docker.podman", "firewall.firewalld"),
    "alpine-3.20": ("system.retired", "memory.no_swap", "compose.missing", "port.in_use"),
    "amazon-2023": ("memory.no_swap", "compose.missing"),
    "debian-12": ("memory.no_swap",),
    "debian-13": (),
    "debian-13-unprivileged": ("docker.no_rights", "directory.not_writable"),
    "fedora-40": ("system.retired", "kernel.reboot", "memory.no_swap", "docker.not_running"),
    "kvm64-debian-11": (
        *("system.retired", "processor.old", "memory.low", "docker.missing", "filesystem.unsuitable"),
    ),
    "lxc-debian-12": ("virtualization.limited", "memory.low", "docker.missing"),
    "opensuse-leap-15.6": ("system.retired", "memory.no_swap", "packages.busy", "compose.too_old"),
    "openvz-centos-7": (
        *("system.retired", "virtualization.unsuitable", "kernel.old", "kernel.cgroups", "memory.low"),
        "docker.missing",
    ),
    "oracle-9": ("memory.no_swap", "selinux.labels", "firewall.firewalld"),
    "rocky-9": ("memory.no_swap", "packages.busy", "docker.missing"),
    "ubuntu-22.04": ("packages.busy", "docker.snap_folder", "firewall.ufw"),
    "ubuntu-24.04": ("memory.no_swap",),
    "wsl1": (
        *("virtualization.unsuitable", "kernel.old", "kernel.cgroups", "memory.no_swap", "docker.missing"),
    ),
    "wsl2": ("memory.no_swap",),
}


def codes(facts: Facts, *, local: bool = False) -> set[str]:
    there = situation(facts, LOCAL if local else ANSWERS)
    return {p.code.value for p in findings(there)} - {"tls.off"}


def test_every_answer_is_judged() -> None:
    assert set(RECORDED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_recorded_machines(name: str) -> None:
    assert codes(facts_of(name)) == set(RECORDED[name])


def _wsl(status: str) -> Facts:
    base = Desktop("Windows", DesktopState.STOPPED, wsl=parse_windows.wsl(windows(status), None, None))
    return replace(silent(), desktop=base)


def _info(name: str, *, os_type: str = "linux") -> Facts:
    info = docker.info_of(output(name))
    started = Desktop("Darwin", DesktopState.STOPPED)
    made = desktop.with_engine(started, info, os_type, EngineKind.DESKTOP)
    return replace(engine(kind=EngineKind.DESKTOP), desktop=made)


def _off() -> Facts:
    off = parse_windows.virtualization(output("computer-info-off"))
    return replace(bare(), desktop=Desktop("Windows", DesktopState.ABSENT, virtualization=off))


def _outside() -> Facts:
    inside = parse_windows.in_group(windows("docker-users-ja", "cp932"), "PC\\sato")
    return replace(silent(), desktop=Desktop("Windows", DesktopState.RUNNING, in_docker_users=inside))


#: Code → this computer as its programs describe it.
COMPUTER: Mapping[str, Callable[[], Facts]] = {
    "desktop.not_started": lambda: _wsl("wsl-status-ja"),
    "desktop.virtualization": _off,
    "desktop.wsl": lambda: _wsl("wsl-status-kernel"),
    "desktop.memory": lambda: _info("info-desktop"),
    "desktop.group": _outside,
    "port.reserved": lambda: replace(
        bare(),
        desktop=Desktop("Windows", excluded_ports=parse_windows.excluded_ports(output("excluded-ports"))),
    ),
    "docker.windows": lambda: _info("info-windows-containers", os_type="windows"),
}


@pytest.mark.parametrize("code", COMPUTER)
def test_this_computer(code: str) -> None:
    assert code in codes(COMPUTER[code](), local=True)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("wsl-status-en", set()),
        ("wsl-status-ja", set()),
        ("wsl-status-feature", {"desktop.wsl"}),
        ("wsl-status-kernel", {"desktop.wsl"}),
        ("wsl-status-no-virtualization", {"desktop.virtualization"}),
    ],
)
def test_wsl_both_ways(status: str, found: set[str]) -> None:
    assert codes(_wsl(status), local=True) - {"desktop.not_started"} == found


def test_a_computer_whose_virtualization_is_on_is_not_accused() -> None:
    on = parse_windows.virtualization(output("computer-info-hypervisor"))
    facts = replace(bare(), desktop=Desktop("Windows", DesktopState.ABSENT, virtualization=on))
    assert codes(facts, local=True) == {"docker.missing"}
