"""The lab's own engine: plain pulls, own hosts file, the machine untouched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab import Lab, own_root
from tests.lab.releases import with_images
from tests.lab_selftest.stack import forget_image

pytestmark = pytest.mark.lab


def web_image() -> str:
    return f"langgenius/dify-web:{with_images()[-1].tag}"


def test_a_plain_pull_comes_from_the_lab_registry(calm: Lab) -> None:
    image = web_image()
    forget_image(calm, image)
    calm.registry.faults()
    calm.engine.docker("pull", image)
    pulled = calm.registry.counters()["repositories"]["langgenius/dify-web"]
    assert pulled["blobs"] >= 1  # manifests that it had before Docker keeps, also without the image
    assert pulled["bytes"] > 1_000_000
    calm.registry.faults()
    calm.engine.docker("pull", image)
    assert calm.registry.counters()["bytes"] < 10_000
    calm.engine.docker("rmi", "-f", image)


def test_its_data_is_on_a_disk_of_its_own(lab: Lab) -> None:
    """Where the machine has loop devices, as told by the image that is still there."""
    engine = lab.engine
    mounted = Path(f"/proc/{engine.daemon.pid()}/mountinfo").read_text().splitlines()
    folders = {line.split()[4]: line.split(" - ")[1].split()[1] for line in mounted}
    assert folders.get(str(engine.data_root), "").startswith("/dev/loop") == engine.disk.exists()
    assert f" {engine.data_root} " not in Path("/proc/self/mountinfo").read_text(), "seen on the machine"


def test_other_registries_lead_there_too(calm: Lab) -> None:
    names = calm.registry.counters()
    assert names["requests"] == 0
    shown = calm.server("vps").run("getent hosts ghcr.io quay.io docker.elastic.co").stdout
    assert shown.count(calm.place.registry_ip) == 3


def test_the_machine_knows_nothing_of_it(lab: Lab) -> None:
    assert lab.place.registry_ip not in Path("/etc/hosts").read_text()
    ours = (lab.place.run / "etc/ssl/certs/ca-certificates.crt").read_text().split("-----BEGIN")[-1]
    assert ours not in Path("/etc/ssl/certs/ca-certificates.crt").read_text()
    assert str(lab.place.state) not in Path("/proc/self/mounts").read_text()


def test_statistics_of_a_server_are_not_zero(lab: Lab) -> None:
    usage = lab.engine.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", "vps")
    assert not usage.startswith("0B")


def test_in_a_chroot_who_enters_the_namespace_is_in_the_chroot(tmp_path: Path) -> None:
    script = (
        'mount --rbind / "$1" && mount -t tmpfs tmpfs "$1/mnt" && echo chroot >"$1/mnt/where"\n'
        'exec chroot "$@"'
    )
    enter = ("nsenter", "--mount=/proc/$$/ns/mnt", "cat", "/mnt/where")

    def seen(*starter: str) -> str:
        words = ["unshare", "--mount", "sh", "-e", "-c", script, "sh", str(tmp_path), *starter]
        done = subprocess.run(
            [*words, "sh", "-c", " ".join(enter)], capture_output=True, text=True, check=False
        )
        return done.stdout

    assert seen() == "", "a chroot alone is left"
    assert seen(sys.executable, own_root.__file__) == "chroot\n"
