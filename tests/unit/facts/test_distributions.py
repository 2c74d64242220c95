"""Answers of the probe from many distributions, and what is made of them."""

from __future__ import annotations

import pytest

from installer.facts.model import CloudInit, EngineKind, Facts
from installer.facts.parsers import answer
from tests.unit.facts.recorded import NAMES, facts_of, text_of

#: name → id, version, manager, engine, server, Compose, SELinux
TABLE = {
    "debian-12": ("debian", "12", "apt", EngineKind.DOCKER_CE, "27.3.1", "2.29.7", "disabled"),
    "debian-13": ("debian", "13", "apt", EngineKind.DISTRIBUTION, "26.1.5+dfsg1", "2.26.1-4", "disabled"),
    "ubuntu-22.04": ("ubuntu", "22.04", "apt", EngineKind.SNAP, "27.5.1", "2.29.1", "disabled"),
    "ubuntu-24.04": ("ubuntu", "24.04", "apt", EngineKind.DOCKER_CE, "29.1.3", "2.40.3", "disabled"),
    "almalinux-8": ("almalinux", "8.10", "dnf", EngineKind.DOCKER_CE, "26.1.3", "2.27.0", "enforcing"),
    "almalinux-9": ("almalinux", "9.4", "dnf", EngineKind.PODMAN, "", "", "enforcing"),
    "rocky-9": ("rocky", "9.4", "dnf", EngineKind.NONE, "", "", "permissive"),
    "oracle-9": ("ol", "9.4", "dnf", EngineKind.DOCKER_CE, "27.3.1", "2.29.7", "enforcing"),
    "fedora-40": ("fedora", "40", "dnf", EngineKind.DISTRIBUTION, "", "2.29.2", "enforcing"),
    "opensuse-leap-15.6": (
        "opensuse-leap",
        "15.6",
        "zypper",
        EngineKind.DISTRIBUTION,
        "25.0.6-ce",
        "2.14.2",
        "disabled",
    ),
    "amazon-2023": ("amzn", "2023", "dnf", EngineKind.DISTRIBUTION, "25.0.6", "", "permissive"),
    "alpine-3.20": ("alpine", "3.20.3", "apk", EngineKind.DISTRIBUTION, "26.1.5", "", "disabled"),
    "wsl2": ("ubuntu", "22.04", "apt", EngineKind.DESKTOP, "27.2.0", "2.29.2-desktop.2", "disabled"),
}


@pytest.mark.parametrize("name", TABLE)
def test_system_and_engine(name: str) -> None:
    """The distribution, its package manager, its Docker."""
    facts = facts_of(name)
    found = (
        facts.system.os_id,
        facts.system.os_version,
        facts.packages.manager,
        facts.engine.kind,
        facts.docker.server,
        facts.docker.compose,
        facts.access.selinux,
    )
    assert found == TABLE[name]
    assert bool(facts.docker.path) is (facts.engine.kind is not EngineKind.NONE)


@pytest.mark.parametrize("name", NAMES)
def test_says_where_it_comes_from(name: str) -> None:
    """Nobody takes a constructed answer for a recorded one."""
    first = text_of(name).split("\n", 1)[0]
    assert first.startswith(("# recorded: ", "# constructed: ")) and len(first) > 20


@pytest.mark.parametrize("name", NAMES)
def test_through_a_terminal(name: str) -> None:
    """Banners before it and CR LF at every line make no difference."""
    noisy = "Welcome!\r\n*** AUTHORISED ONLY ***\r\n" + text_of(name).replace("\n", "\r\n")
    assert answer.facts(noisy, "===abc", "/opt/dify") == facts_of(name)


@pytest.mark.parametrize("name", NAMES)
def test_cut_off_at_every_section(name: str) -> None:
    """An answer that is not whole is none."""
    text = text_of(name)
    parts = text.split("===abc ")
    for count in range(1, len(parts)):
        assert answer.facts("===abc ".join(parts[:count]), "===abc") is None


def _engine_details(facts: Facts) -> None:
    engine = facts.engine
    assert engine.containerd_images is True and engine.storage_driver == "overlayfs"
    assert (engine.api, engine.api_min) == ("1.52", "1.44")
    assert engine.mirrors == ("https://mirror.example/",)
    assert engine.proxies == {"https": "http://***@proxy.example:3128/"}
    assert engine.pools == ("172.17.0.0/12/20",) and engine.live_restore is True
    assert engine.warnings == ("WARNING: No swap limit support",)
    assert facts.daemon.texts("registry-mirrors") == ("https://mirror.example",) and not facts.daemon.problem
    assert facts.packages.cloud_init is CloudInit.DONE
    assert facts.machine.kernel.reboot_required is True


def test_engine_details() -> None:
    """Docker 29 with a mirror, a proxy, containerd's images."""
    _engine_details(facts_of("ubuntu-24.04"))


def test_who_is_busy() -> None:
    """Locks with their holders; the helper that waits for the shutdown is not work."""
    ubuntu, rocky, suse = (
        facts_of(name).packages for name in ("ubuntu-22.04", "rocky-9", "opensuse-leap-15.6")
    )
    assert [(x.path, x.holder and x.holder.pid) for x in ubuntu.locks] == [
        ("/var/lib/dpkg/lock-frontend", 2313)
    ]
    assert [p.pid for p in ubuntu.busy] == [2313] and ubuntu.upgrading == ubuntu.busy
    assert ubuntu.cloud_init is CloudInit.RUNNING and ubuntu.interrupted is False
    assert [p.name for p in rocky.busy] == ["dnf"] and rocky.interrupted is None
    assert [x.holder.name for x in suse.locks if x.holder] == ["zypper"]
    assert facts_of("debian-12").packages.locks == () == facts_of("debian-12").packages.busy


def test_firewalls() -> None:
    """ufw on, firewalld on and off, none."""
    ufw = facts_of("ubuntu-22.04").firewall.ufw
    assert (ufw.installed, ufw.active, ufw.incoming) == (True, True, "DROP")
    assert ufw.rules == ("allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in",)
    alma = facts_of("almalinux-9").firewall.firewalld
    assert (alma.active, alma.zone, alma.opened) == (True, "public", ("ssh", "cockpit", "10022/tcp"))
    assert facts_of("rocky-9").firewall.firewalld.active is False
    none = facts_of("debian-12").firewall
    assert (none.ufw.active, none.firewalld.active, none.foreign_drop) == (False, False, None)


def test_stopped_engine() -> None:
    """Why it does not answer is in its unit, its journal, the kernel's modules."""
    facts = facts_of("fedora-40")
    assert facts.docker.client == "24.0.5" and "Cannot connect" in facts.docker.error
    assert facts.services.active("docker.service") is False
    assert facts.services.units["docker.service"].active == "failed"
    assert any("NAT chain DOCKER" in line for line in facts.services.journal)
    kernel = facts.machine.kernel
    assert kernel.modules is False and kernel.newer == ("6.10.12-200.fc40.x86_64",)
    assert kernel.reboot_required is True and kernel.veth is None
    assert (
        facts.engine.memory == -1 and facts.engine.rootless is None and facts.engine.containers_running == -1
    )


def test_virtualization() -> None:
    """What the machine runs in."""
    kinds = {name: facts_of(name).machine.virtualization for name in NAMES}
    assert kinds["openvz-centos-7"].kind == "openvz"
    assert kinds["lxc-debian-12"].kind == "lxc"
    assert (kinds["wsl1"].kind, kinds["wsl1"].wsl) == ("wsl", 1)
    assert (kinds["wsl2"].kind, kinds["wsl2"].wsl) == ("wsl", 2)
    assert (kinds["debian-12"].kind, kinds["debian-12"].wsl) == ("kvm", 0)
    assert (kinds["amazon-2023"].kind, kinds["amazon-2023"].vendor) == ("amazon", "Amazon EC2")
    assert kinds["alpine-3.20"].kind == ""


def test_control_groups() -> None:
    """Version 2, 1, none; a limit of the machine's own."""
    found = {name: facts_of(name).machine.cgroups for name in NAMES}
    assert (found["debian-12"].version, found["debian-12"].memory_limit) == (2, -1)
    assert found["almalinux-8"].version == 1 and {"memory", "devices"} <= found["almalinux-8"].controllers
    assert found["openvz-centos-7"].version == 0 == found["wsl1"].version
    assert found["lxc-debian-12"].memory_limit == 2 << 30


def test_processor_clock_disk() -> None:
    """A virtual processor of old, a clock that is wrong, a disk that is full and not local."""
    old, good = facts_of("kvm64-debian-11").machine, facts_of("debian-12").machine
    assert (old.cpu.x86_level, good.cpu.x86_level, facts_of("oracle-9").machine.cpu.x86_level) == (1, 3, 0)
    assert old.clock.synchronized is False and good.clock.synchronized is True
    assert facts_of("rocky-9").machine.clock.service == "chrony"
    assert facts_of("rocky-9").machine.clock.synchronized is False
    disk = old.docker_disk
    assert (disk.fs, disk.free, disk.read_only, disk.noexec) == ("9p", 310000 * 1024, True, True)
    assert (good.folder_disk.fs, good.folder_disk.inodes_free) == ("ext4", 3777584)


def test_listeners_without_ss() -> None:
    """``/proc/net/tcp`` with owners found by their open files."""
    found = [(x.address, x.port, x.process, x.pid) for x in facts_of("alpine-3.20").listeners]
    assert found == [("0.0.0.0", 22, "sshd", 2001), ("127.0.0.1", 8080, "", 0), ("::", 80, "nginx", 2100)]


def test_listeners_of_old_ss() -> None:
    """``*`` for every address, no control groups."""
    found = [(x.address, x.port, x.v6_only) for x in facts_of("openvz-centos-7").listeners]
    assert found == [("*", 22, None), ("::", 22, True)]


def test_an_ordinary_user() -> None:
    """Recorded as a user without any rights: what may not be seen is not known, never "no"."""
    facts, root = facts_of("debian-13-unprivileged"), facts_of("debian-13")
    assert facts.login.user == "plain" and facts.socket.exists and facts.socket.usable is False
    assert "permission denied" in facts.docker.error and facts.docker.client == root.docker.client
    assert facts.engine.kind is root.engine.kind and facts.engine.rootless is None
    assert facts.packages == root.packages and facts.machine.docker_disk.free > 0
    assert facts.firewall.foreign_drop is None and facts.firewall.ufw.active is False
    held = {x.port: (x.process, x.unit) for x in facts.listeners}
    assert held[22] == ("", "ssh.service")
    assert {x.port: (x.process, x.unit) for x in root.listeners}[22] == ("sshd", "ssh.service")
