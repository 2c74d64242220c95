"""What a server is made of, to be compared before and after Dify was there."""

from __future__ import annotations

import difflib

from tests.lab_apply.conftest import Bench, versions
from tests.lab_apply.test_main_job import http_status

#: Files with checksums, packages, units, timers, firewall, swap, groups, users, interfaces. Left out is what
#: is nobody's work: memory (/proc, /run, /tmp), what package managers always write down (lists, caches,
#: histories), logs, log-ins, systemd's and sudo's own notes, manuals (the lab's dpkg omits them), the
#: lab's own disks. /var/lib/docker's content is Docker's: whether it is there is seen in /var/lib.
_SEEN = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev -o -path /var/cache \
    -o -path /var/lib/apt -o -path /var/log -o -path /var/lib/dpkg -o -path /var/tmp \
    -o -path /var/lib/systemd -o -path /var/lib/docker -o -path /var/lib/sudo -o -path /usr/share/man \
    -o -path /mnt -o -name .sudo_as_admin_successful -o -name __pycache__ \
    -o -path /etc/ld.so.cache -o -path /var/lib/containerd \) -prune \
    -o \( -type f -o -type l -o -type d \) -printf '%M %u:%g %p %l\n' 2>/dev/null | sort -k3
find /etc /usr/local /root /home -xdev -type f ! -name ld.so.cache ! -name '*-' ! -name .updated \
    ! -name .sudo_as_admin_successful -exec sha256sum {} + | sort -k2
dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' | grep -v '^un'
apt-mark showmanual | sed 's/^/manual /'
systemctl list-timers --all --no-legend | awk '{print $NF, $(NF-1)}' | sort
systemctl list-unit-files --no-legend | grep -v '^session-.*\.scope' | sort
systemctl list-units --all --plain --no-legend --type=service,socket,timer \
    | awk '/docker|containerd|dify/' | sort
iptables-save 2>/dev/null | grep -v '^[#*]\|^COMMIT\|^:[A-Z]* ACCEPT ' | sed 's/\[[0-9:]*\]//; s/^/4 /'
ip6tables-save 2>/dev/null | grep -v '^[#*]\|^COMMIT\|^:[A-Z]* ACCEPT ' | sed 's/\[[0-9:]*\]//; s/^/6 /'
sysctl -n net.ipv4.ip_forward vm.max_map_count vm.overcommit_memory
cat /proc/swaps /etc/fstab; getent group; getent passwd; ip -br link | awk '{print $1}'; ls -A /opt /var/lib
"""


def seen(bench: Bench) -> list[str]:
    """All of it, a line each."""
    return bench.run(_SEEN).splitlines()


def changed(before: list[str], after: list[str]) -> list[str]:
    """Lines that came (``+``) and went (``-``)."""
    found = difflib.unified_diff(before, after, lineterm="", n=0)
    return [line for line in found if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def with_docker_of_ours(b: Bench) -> None:
    """Dify on a server without Docker: a repair installs that."""
    b.write(
        repairs={"allow": ["docker.install", "docker.group"]},
        release={"version": versions()[-1]},
    )
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert http_status(f"{b.web}/console/api/setup") == 200
