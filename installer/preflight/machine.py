"""The machine itself: system, processor, virtualization, kernel, memory, clock, package manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.core.resources import table
from installer.core.thresholds import GB, gigabytes, memory_asked, memory_wanted, threshold
from installer.docker.versions import older
from installer.facts.model import CloudInit, Facts
from installer.state.plan_input import Situation

ARCHITECTURES: Mapping[str, str] = {
    "x86_64": "x86-64",
    "amd64": "x86-64",
    "aarch64": "ARM64",
    "arm64": "ARM64",
}
_X86 = "x86-64"


def answers_now(facts: Facts) -> bool:
    """Whether a Docker Engine answers: then what Docker needs is there, whatever else is said."""
    return bool(facts.docker.server) and not facts.docker.error


def engine_runs(facts: Facts) -> bool:
    """Whether an Engine runs, also if it may not be asked."""
    return answers_now(facts) or bool(facts.services.active("docker.service"))


def judge_machine(facts: Facts) -> Iterator[Finding]:
    """All that needs no release."""
    yield from judge_system(facts)
    yield from judge_processor(facts)
    yield from judge_virtualization(facts)
    yield from judge_kernel(facts)
    yield from judge_memory(facts)
    yield from judge_clock(facts)


# ------------------------------------------------------------------------------ system


def judge_system(facts: Facts) -> Iterator[Finding]:
    """Is it one that is still maintained, and that we could install Docker on?"""
    system = facts.system
    name = system.os_name or system.os_id
    end, today = retired(facts), _today(facts)
    if end is not None and today is not None and today > end:
        yield finding(Code.SYSTEM_RETIRED, {"name": name, "since": end.isoformat()})
    families = {system.os_id, *system.os_like} - {""}
    if families and not facts.docker.path and not families & set(table("checks")["system"]["families"]):
        yield finding(Code.SYSTEM_UNKNOWN, {"name": name})


def retired(facts: Facts) -> date | None:
    """The last day on which the system got security updates; None where it is not known."""
    return next((entry["until"] for entry in table("checks")["support"] if _is(facts, entry)), None)


def _is(facts: Facts, entry: Mapping[str, Any]) -> bool:
    """Versions are compared up to the length that the table gives: ``8`` is also ``8.10``."""
    system = facts.system
    if system.os_id not in entry["ids"] or entry.get("name", "") not in system.os_name:
        return False
    wanted = str(entry["version"])
    return system.os_version == wanted or system.os_version.startswith(f"{wanted}.")


def _today(facts: Facts) -> date | None:
    """By our clock if both are known, else by the machine's."""
    clock = facts.machine.clock
    if clock.now <= 0:
        return None
    return datetime.fromtimestamp(clock.now - (clock.offset or 0), UTC).date()


# --------------------------------------------------------------------------- processor


def judge_processor(facts: Facts) -> Iterator[Finding]:
    """Do Dify's programs run on it?"""
    system, cpu = facts.system, facts.machine.cpu
    architecture = ARCHITECTURES.get(system.arch, system.arch)
    if system.arch and system.arch not in ARCHITECTURES:
        yield finding(Code.PROCESSOR_UNSUPPORTED, {"architecture": architecture})
    elif architecture == _X86 and cpu.x86_level == 1:
        yield finding(Code.PROCESSOR_OLD)
    least = int(threshold("processors", "least"))
    if 0 < system.cpus < least:
        yield finding(Code.PROCESSOR_FEW, {"have": str(system.cpus), "need": str(least)})


def judge_parts(situation: Situation) -> Iterator[Finding]:
    """Those parts of the chosen configuration that not every processor can run."""
    facts, services = situation.facts, situation.configuration.services
    pages = facts.machine.kernel.page_size
    if "qdrant" in services and pages > 0 and pages != 4096:
        yield finding(Code.PROCESSOR_PAGES, {"size": str(pages)})
    architecture = ARCHITECTURES.get(facts.system.arch, "")
    if architecture in ("", _X86):
        return
    unsure = [s for s in services if s in table("checks")["architecture"]["unsure"]]
    if unsure:
        yield finding(Code.PROCESSOR_PARTS, {"architecture": architecture, "parts": ", ".join(unsure)})


# ---------------------------------------------------------------- virtualization, kernel


def judge_virtualization(facts: Facts) -> Iterator[Finding]:
    """Container-type machines. Where an Engine runs nothing stops: it proves that it can."""
    seen, works = facts.machine.virtualization, engine_runs(facts)
    known = table("checks")["virtualization"]
    wsl_one = seen.wsl == 1
    params = {"kind": "WSL 1" if wsl_one else seen.container}
    container = seen.container not in ("", "none", "wsl")
    if (wsl_one or seen.container in known["unsuitable"]) and not works:
        yield finding(Code.VIRTUALIZATION_UNSUITABLE, params)
    elif wsl_one or (container and (not works or seen.container in known["doubtful"])):
        yield finding(Code.VIRTUALIZATION_LIMITED, params)


def judge_kernel(facts: Facts) -> Iterator[Finding]:
    """New enough, whole, and with what Docker needs?"""
    kernel, least = facts.machine.kernel, str(threshold("kernel", "least"))
    if older(kernel.release, least):
        yield finding(Code.KERNEL_OLD, {"have": kernel.release, "need": least})
    elif kernel.modules is False and kernel.veth is not True:
        yield finding(Code.KERNEL_REBOOT, {"kernel": kernel.release})
    if facts.machine.cgroups.version == 0 and not engine_runs(facts):
        yield finding(Code.KERNEL_CGROUPS)


# ------------------------------------------------------------------------ memory, clock


def memory_of(facts: Facts) -> int:
    """Bytes that the machine may use: what is built in, or less by its own control group. 0: not known."""
    limit = facts.machine.cgroups.memory_limit
    return min(facts.system.memory, limit) if limit > 0 else facts.system.memory


def judge_memory(facts: Facts) -> Iterator[Finding]:
    """Less than Dify asks for, or nothing to fall back on?"""
    have, params = memory_of(facts), {"have": gigabytes(memory_of(facts))}
    if 0 < have < memory_wanted():
        yield finding(Code.MEMORY_LOW, {**params, "need": memory_asked()})
    elif 0 < have < threshold("swap", "below") * GB and not facts.system.swap and _linux(facts):
        yield finding(Code.MEMORY_NO_SWAP, params)


def _linux(facts: Facts) -> bool:
    """Whether the figures of swap are the machine's: other systems make it as they need it."""
    return facts.desktop is None or facts.desktop.system == "Linux"


def judge_clock(facts: Facts) -> Iterator[Finding]:
    """Compared with ours, which may be the wrong one: a clock that its machine vouches for, or that something
    there synchronises and nothing calls wrong, stops nothing."""
    clock = facts.machine.clock
    if clock.offset is None:
        return
    apart = abs(clock.offset) - clock.uncertainty
    params = {"seconds": f"{abs(clock.offset):.0f}"}
    loose = clock.synchronized is False or (clock.synchronized is None and not clock.service)
    if apart > threshold("clock", "stop") and loose:
        yield finding(Code.CLOCK_WRONG, params)
    elif apart > threshold("clock", "warn"):
        yield finding(Code.CLOCK_OFF, params)


def judge_packages(facts: Facts) -> Iterator[Finding]:
    """Only what really holds a lock counts: some updaters run all the time and wait."""
    packages = facts.packages
    if packages.locks:
        held = next((lock.holder for lock in packages.locks if lock.holder), None)
        holder = f"{held.name} (pid {held.pid})" if held else ""
        yield finding(Code.PACKAGES_BUSY, {"reason": "lock", "holder": holder})
    elif packages.cloud_init is CloudInit.RUNNING:
        yield finding(Code.PACKAGES_BUSY, {"reason": "cloud_init", "holder": ""})
    elif packages.interrupted and packages.manager == "apt":
        yield finding(Code.PACKAGES_INTERRUPTED, {"command": "sudo dpkg --configure -a"})
