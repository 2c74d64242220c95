"""Facts about the machine itself: kernel, processor, memory's limit, disks, clock.

Throughout the facts "not known" is different from "no": None, -1 or an empty text. Sizes are bytes, times
seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What each level of the x86-64 psABI needs, as names of ``/proc/cpuinfo`` (System V ABI, AMD64 supplement,
#: table 3.1; ``pni`` is SSE3, ``abm`` has LZCNT).
_LEVELS = (
    frozenset({"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}),
    frozenset({"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}),
    frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)


@dataclass(frozen=True)
class Cpu:
    """The first processor of ``/proc/cpuinfo``. *flags* is empty where not known (not Linux)."""

    model: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def x86_level(self) -> int:
        """1–4 for x86-64-v1 … v4; 0 where the flags are not known or not those of an x86-64."""
        if "lm" not in self.flags:
            return 0
        level = 1
        for wanted in _LEVELS:
            if not wanted <= self.flags:
                break
            level += 1
        return level


@dataclass(frozen=True)
class Kernel:
    """The running kernel. *release* is ``uname -r``.

    *modules*: whether ``/lib/modules/<release>`` is there; None if the machine keeps none at all (a
    container, a kernel without modules). *newer*: kernels whose modules are there although they do not run.
    *veth*: pairs of virtual Ethernet devices can be made (module loaded, built in or installed).
    *nf_tables*: the same. *reboot_required*: the distribution's own note (``/run/reboot-required``) or
    ``modules`` gone. *settings*: values of ``/proc/sys`` by dotted name, e.g. ``net.ipv4.ip_forward``.
    """

    release: str = ""
    modules: bool | None = None
    newer: tuple[str, ...] = ()
    veth: bool | None = None
    nf_tables: bool | None = None
    overlay: bool | None = None
    reboot_required: bool | None = None
    page_size: int = -1
    settings: tuple[tuple[str, str], ...] = ()

    def setting(self, name: str) -> str:
        """A value of ``/proc/sys``, "" where not known."""
        return dict(self.settings).get(name, "")


@dataclass(frozen=True)
class Virtualization:
    """What the machine runs in.

    *vm* and *container* are named as ``systemd-detect-virt`` does (``kvm``, ``vmware``, ``microsoft``…;
    ``openvz``, ``lxc``, ``docker``, ``podman``, ``systemd-nspawn``, ``wsl``…), ``none``, or "" where not
    known. *wsl* is 1 or 2 inside the Windows Subsystem for Linux, 0 elsewhere, -1 where not known. *vendor*
    and *product* are the DMI texts, which name many hosters.
    """

    vm: str = ""
    container: str = ""
    wsl: int = -1
    vendor: str = ""
    product: str = ""

    @property
    def kind(self) -> str:
        """The innermost: the container's kind, else the machine's, ``none`` or ""."""
        return self.container if self.container not in ("", "none") else self.vm or self.container


@dataclass(frozen=True)
class Cgroups:
    """Control groups. *version*: 2, 1 (also hybrid), 0 where none is mounted, -1 not known. *controllers*
    are those that are mounted or available. *memory_limit*: bytes that this machine may use by its
    own control group (a container VPS), -1 where none or not known."""

    version: int = -1
    controllers: frozenset[str] = frozenset()
    memory_limit: int = -1


@dataclass(frozen=True)
class Disk:
    """The file system that a folder is (or would be) on, by ``df -P``; *path* is the folder that was asked,
    *nearest* its nearest existing parent. Bytes and counts, -1 where not known; *inodes_free* is -1 also
    where the file system has no fixed number. *fs* is the type in ``/proc/mounts`` (``ext4``, ``9p``,
    ``nfs4``, ``fuseblk`` …). *read_only*, *noexec*: its mount options."""

    path: str = ""
    nearest: str = ""
    device: str = ""
    mount: str = ""
    fs: str = ""
    size: int = -1
    free: int = -1
    inodes: int = -1
    inodes_free: int = -1
    read_only: bool | None = None
    noexec: bool | None = None


@dataclass(frozen=True)
class Clock:
    """*now*: the target's clock when the probe began, 0.0 where not known. *offset*: seconds that it is
    ahead of ours, None where not known; *uncertainty*: what the round trip and whole seconds may make of it.
    *synchronized*: by the target's own words (timedatectl, chrony, timesyncd). *service*: what keeps it,
    "" where none was seen."""

    now: float = 0.0
    offset: float | None = None
    uncertainty: float = 0.0
    synchronized: bool | None = None
    service: str = ""


@dataclass(frozen=True)
class Machine:
    """All of the above. *init* is the name of process 1 (``systemd``, ``init``, ``openrc-init`` …), "" where
    not known. *systemd*: it manages services here (``/run/systemd/system``)."""

    init: str = ""
    systemd: bool | None = None
    cpu: Cpu = Cpu()
    kernel: Kernel = Kernel()
    virtualization: Virtualization = Virtualization()
    cgroups: Cgroups = Cgroups()
    clock: Clock = Clock()
    #: the installation folder's, Docker's data's (``/var/lib/docker`` before Docker is there), containerd's
    folder_disk: Disk = Disk()
    docker_disk: Disk = Disk()
    containerd_disk: Disk = Disk()


@dataclass(frozen=True)
class WebServers:
    """*nginx*, *apache*, *caddy*: paths of the programs, empty where there is none. *running*: which of these
    names run, not counting containers as far as that is known (nginx by its pid file).

    *includes*: what nginx's main file includes, absolute patterns. *places*: folders and files there that
    hold sites. *ours*: path → SHA-256 of what stands there under the name that our own file has.
    *certificates*: names for which certbot has one; empty for users who may not look.
    """

    nginx: str = ""
    apache: str = ""
    caddy: str = ""
    running: frozenset[str] = frozenset()
    includes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    ours: Mapping[str, str] = field(default_factory=dict)
    certificates: frozenset[str] = frozenset()
