"""Rows about the machine itself and the folder."""

from __future__ import annotations

from collections.abc import Iterator

from installer.core.errors import Code
from installer.core.thresholds import disk_needed, disk_wanted, gigabytes, memory_asked, threshold
from installer.preflight.kernel_settings import kernel_settings
from installer.preflight.machine import ARCHITECTURES, judge_memory, judge_packages, memory_of
from installer.preflight.row import LIMITED_RIGHTS, RIGHTS, Inputs, Row, codes
from installer.preflight.target_folder import changed, others
from installer.state.desired import missing_images

#: What stands in the row about the installation.
_INSTALLATION = (
    *(Code.PROJECT_CLASH, Code.PROJECT_OTHER, Code.VOLUMES_LEFT, Code.VOLUMES_MISSING, Code.ENV_MISSING),
    *(Code.DATABASE_DIFFERS, Code.DATABASE_ELSEWHERE, Code.STORE_DIFFERS, Code.STORAGE_DIFFERS),
)


def server_rows(inputs: Inputs) -> Iterator[Row]:
    """In the order in which they are shown."""
    yield _rights(inputs)
    yield _system(inputs)
    yield _processor(inputs)
    if inputs.linux:
        yield _virtualization(inputs)
        yield _kernel(inputs)
    yield from _kernel_settings(inputs)
    yield _memory(inputs)
    if inputs.linux:
        yield _clock(inputs)
        yield _packages(inputs)
    yield _disk(inputs)
    yield _filesystem(inputs)
    if inputs.linux:
        yield _selinux(inputs)
    yield _folder(inputs)
    yield _installation(inputs)
    yield from _others(inputs)


def _rights(inputs: Inputs) -> Row:
    """With limited rights it is they why the folder cannot be written."""
    answers, rights = inputs.answers, inputs.rights
    user = (answers.target.user if answers.target.host_kind.needs_login else "") or inputs.facts.system.user
    mine = codes(Code.DIRECTORY_NOT_WRITABLE) if rights in LIMITED_RIGHTS else codes()
    params = {"variant": rights, "user": user, "directory": answers.directory}
    enough = rights not in LIMITED_RIGHTS or inputs.facts.directory.writable
    return Row("rights", "server", params, mine, known=rights in RIGHTS and enough)


def _system(inputs: Inputs) -> Row:
    system = inputs.facts.system
    name = system.os_name or system.kernel
    mine = codes(Code.SYSTEM_RETIRED, Code.SYSTEM_UNKNOWN)
    params = {"name": name, "kernel": system.kernel}
    return Row("system", "server", params, mine, known=bool(name), repeats=True)


def _processor(inputs: Inputs) -> Row:
    system = inputs.facts.system
    arch = ARCHITECTURES.get(system.arch, system.arch)
    mine = codes(
        *(Code.PROCESSOR_UNSUPPORTED, Code.PROCESSOR_OLD, Code.PROCESSOR_FEW),
        *(Code.PROCESSOR_PAGES, Code.PROCESSOR_PARTS),
    )
    params = {"count": str(system.cpus), "architecture": arch}
    return Row("processor", "server", params, mine, known=bool(system.cpus and arch), repeats=True)


def _virtualization(inputs: Inputs) -> Row:
    seen = inputs.facts.machine.virtualization
    kind = seen.kind
    variant = "real" if kind == "none" else "container" if kind == seen.container else "vm"
    if seen.wsl > 0:
        variant, kind = "wsl", f"WSL {seen.wsl}"
    mine = codes(Code.VIRTUALIZATION_UNSUITABLE, Code.VIRTUALIZATION_LIMITED)
    return Row("virtualization", "server", {"variant": variant, "kind": kind}, mine, known=bool(kind))


def _kernel(inputs: Inputs) -> Row:
    kernel = inputs.facts.machine.kernel
    params = {"variant": "restart" if kernel.reboot_required else "plain", "release": kernel.release}
    mine = codes(Code.KERNEL_OLD, Code.KERNEL_REBOOT, Code.KERNEL_CGROUPS)
    return Row("kernel", "server", params, mine, known=bool(kernel.release), repeats=True)


def _kernel_settings(inputs: Inputs) -> Iterator[Row]:
    """Only those that the chosen vector store asks for."""
    for found in kernel_settings(inputs.answers, inputs.facts):
        params = {"setting": found.name, "have": str(found.have), "need": str(found.need)}
        known = found.have >= found.need
        mine = codes(Code.KERNEL_SETTING)
        yield Row(f"kernel_setting:{found.name}", "server", params, mine, known, match=("setting",))


def _memory(inputs: Inputs) -> Row:
    system, have = inputs.facts.system, memory_of(inputs.facts)
    tight = any(p.code is Code.MEMORY_NO_SWAP for p in judge_memory(inputs.facts))
    params = {
        "variant": "tight" if tight else "swap" if system.swap else "no_swap",
        "have": gigabytes(have),
        "need": memory_asked(),
        "swap": gigabytes(system.swap),
    }
    return Row("memory", "server", params, codes(Code.MEMORY_LOW, Code.MEMORY_NO_SWAP), known=have > 0)


def _clock(inputs: Inputs) -> Row:
    offset = inputs.facts.machine.clock.offset
    return Row("clock", "server", {}, codes(Code.CLOCK_WRONG, Code.CLOCK_OFF), known=offset is not None)


def _packages(inputs: Inputs) -> Row:
    packages = inputs.facts.packages
    found = next(judge_packages(inputs.facts), None)
    variant = "" if found is None else found.params.get("reason", "interrupted")
    if variant == "lock" and found is not None and not found.params["holder"]:
        variant = "unknown"
    params = {"variant": variant, "manager": packages.manager}
    mine = codes(Code.PACKAGES_BUSY, Code.PACKAGES_INTERRUPTED)
    return Row("packages", "server", params, mine, known=bool(packages.manager))


def _disk(inputs: Inputs) -> Row:
    """Where Docker keeps its data; as long as that is not known, the folder's disk is shown."""
    there, situation = inputs.facts.directory, inputs.situation
    free = there.docker_free if there.docker_free >= 0 else there.free
    need = disk_needed() if free < disk_needed() else disk_wanted()
    params = {"free": gigabytes(max(free, 0)), "need": gigabytes(need)}
    downloads = situation is None or bool(missing_images(situation))
    if there.docker_free < 0:
        known, variant = False, "folder" if free >= 0 else "nothing"
    elif situation is None:
        files = inputs.facts.machine.docker_disk.inodes_free
        known = free >= disk_wanted() and not 0 <= files < threshold("inodes", "wanted")
        variant = "new" if known else "early"
    else:
        known, variant = free >= disk_needed() or not downloads, "new" if downloads else "there"
    mine = codes(Code.DISK_TOO_SMALL, Code.DISK_LOW, Code.DISK_INODES)
    return Row("disk", "server", {**params, "variant": variant}, mine, known=known, repeats=True)


def _filesystem(inputs: Inputs) -> Row:
    disk = inputs.facts.machine.folder_disk
    mine = codes(Code.FILESYSTEM_UNSUITABLE, Code.FILESYSTEM_REMOTE)
    params = {"type": disk.fs, "path": inputs.answers.directory}
    return Row("filesystem", "server", params, mine, known=bool(disk.fs))


def _selinux(inputs: Inputs) -> Row:
    mode = inputs.facts.access.selinux
    used = "selinux" in inputs.facts.engine.security
    variant = ("used" if used else "unused") if mode == "enforcing" else mode
    return Row("selinux", "server", {"variant": variant}, codes(Code.SELINUX_LABELS), known=bool(mode))


def _folder(inputs: Inputs) -> Row:
    there = inputs.facts.directory
    variant = "file" if there.is_file else "used" if there.entries else "new"
    params = {"variant": variant, "directory": inputs.answers.directory}
    mine = codes(
        *(Code.DIRECTORY_NOT_WRITABLE, Code.DIRECTORY_NOT_EMPTY, Code.DIRECTORY_FOREIGN),
        *(Code.DIRECTORY_PROTECTED, Code.DIRECTORY_OF_OTHERS, Code.DIRECTORY_OPEN, Code.DIRECTORY_UNCHECKED),
    )
    return Row("folder", "server", params, mine, known=there.writable)


def _installation(inputs: Inputs) -> Row:
    record = inputs.facts.record
    variant = "new" if record is None else "installed" if record.installed else "unfinished"
    params = {"variant": variant, "version": record.version if record else ""}
    return Row("installation", "server", params, codes(*_INSTALLATION))


def _others(inputs: Inputs) -> Iterator[Row]:
    """One row for each other Dify; one that says so if there is none."""
    found = others(inputs.answers, inputs.facts)
    complete = inputs.facts.earlier.complete
    if not found:
        yield Row("elsewhere", "server", {"variant": "all" if complete else "some"}, known=bool(complete))
    for number, earlier in enumerate(found, 1):
        day = changed(earlier)
        variant = {(True, True): "full", (True, False): "version", (False, True): "data"}
        params = {
            "variant": variant.get((bool(earlier.version), bool(day)), "place"),
            "directory": earlier.directory or earlier.project,
            "version": earlier.version,
            "changed": day,
        }
        name = "elsewhere" if number == 1 else f"elsewhere:{number}"
        yield Row(
            name, "server", params, codes(Code.DIFY_ELSEWHERE, Code.DIFY_OF_OTHERS), match=("directory",)
        )
