"""Removing Dify with its data and with what repairs added leaves the server as it was before."""

from __future__ import annotations

import difflib

import pytest

from tests.lab_apply.conftest import versions
from tests.lab_apply.test_main_job import http_status
from tests.lab_repairs.conftest import Bench, Maker

pytestmark = [pytest.mark.lab, pytest.mark.timeout(500)]

#: Files with checksums, packages, units, firewall, swap, groups, interfaces. What a package manager always
#: writes down (its caches and histories), and what changes by itself, is none of it.
_SEEN = r"""
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /dev -o -path /var/cache \
    -o -path /var/lib/apt -o -path /var/log -o -path /var/lib/dpkg -o -path /var/tmp -o -path /root \
    -o -path /home \
    -o -path /var/lib/systemd -o -path /var/lib/docker -o -path /var/lib/sudo -o -path /usr/share/man \
    -o -path /mnt -o -name __pycache__ -o -path /etc/ld.so.cache -o -path /var/lib/containerd \) -prune \
    -o \( -type f -o -type l -o -type d \) -print 2>/dev/null | sort
find /etc -xdev -type f ! -name ld.so.cache ! -name '*-' ! -name .updated -exec sha256sum {} + | sort -k2
dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -v '^un'
systemctl list-timers --all --no-legend | awk '{print $NF, $(NF-1)}' | sort
systemctl list-unit-files --no-legend | sort
iptables-save 2>/dev/null | grep -v '^[#*]\|^COMMIT\|^:[A-Z]* ACCEPT ' | sed 's/\[[0-9:]*\]//'
cat /proc/swaps /etc/fstab; getent group; ip -br link | awk '{print $1}'; ls -A /opt /var/lib
"""


def seen(bench: Bench) -> list[str]:
    return bench.run(_SEEN).splitlines()


@pytest.mark.slow
def test_with_its_data_and_all_that_was_added(bench: Maker) -> None:
    b = bench("vps-bare:difyadmin")
    before = seen(b)
    b.write(
        repairs={"allow": ["docker.install", "docker.group"]},
        release={"version": versions()[-1]},
    )
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert http_status(f"{b.web}/console/api/setup") == 200
    b.run(f"echo kept > {b.docker_folder}/volumes/app/storage/document")

    wrong = b.cli.json("remove", "--confirm", "/opt")
    assert wrong.exit_code == 2 and wrong.last["code"] == "undo.name_differs"
    assert http_status(f"{b.web}/console/api/setup") == 200, "nothing was done"

    kept = b.cli.json("remove")
    assert kept.exit_code == 0, kept.stdout[-3000:] + kept.stderr
    plan = next(o for o in kept.objects if o["event"] == "undo_plan")
    assert plan["data"] and [a["repair"] for a in plan["added"]][-1] == "docker.install"
    assert "package docker.io" in plan["added"][-1]["changes"]
    assert b.run(f"cat {b.docker_folder}/volumes/app/storage/document") == "kept\n"
    assert b.run("docker ps -aq").strip() == ""

    again = b.cli.json("apply")
    assert again.exit_code == 0, again.stdout[-3000:] + again.stderr
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run(f"cat {b.docker_folder}/volumes/app/storage/document") == "kept\n"

    gone = b.cli.json("remove", "--confirm", b.directory, "--images", "--added")
    assert gone.exit_code == 0, gone.stdout[-3000:] + gone.stderr
    assert gone.last["left"] == [], gone.last
    after = seen(b)
    changed = [
        line
        for line in difflib.unified_diff(before, after, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == [], "\n".join(changed[:40])
    assert b.cli.json("remove").last["changed"] is False
