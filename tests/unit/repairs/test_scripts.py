"""The scripts that can be run here for real, in a folder of their own; the kernel's part is played."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from installer.repairs.script import script_stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts for servers")


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, text: str) -> None:
    """A program that notes how it was called."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{folder}/calls"\n{text}\n')
    path.chmod(0o755)


def calls(folder: Path) -> list[str]:
    file = folder / "calls"
    return file.read_text().splitlines() if file.is_file() else []


def run(folder: Path, template: str, values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    stage = script_stage("x", "y", template, values)
    env = {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(stage.argv, env=env, capture_output=True, text=True, check=False, timeout=60)


# ---------------------------------------------------------------- Compose as one file


def compose_values(tmp_path: Path, content: bytes, checksum: str = "") -> dict[str, str]:
    (tmp_path / "release").write_bytes(content)
    return {
        "NEED": "2.24.4",
        "PATH": f"{tmp_path}/plugins/docker-compose",
        "URL": (tmp_path / "release").as_uri(),
        "SHA256": checksum or hashlib.sha256(content).hexdigest(),
    }


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_compose_is_placed_when_its_checksum_is_right(tmp_path: Path, bin_folder: Path) -> None:
    program(bin_folder, "docker", "[ -e " + f"{tmp_path}/plugins/docker-compose ] && echo v2.40.3 || exit 1")
    values = compose_values(tmp_path, b"compose")
    done = run(bin_folder, "compose-binary", values)
    assert done.returncode == 0, done.stdout + done.stderr
    placed = tmp_path / "plugins" / "docker-compose"
    assert placed.read_bytes() == b"compose" and placed.stat().st_mode & 0o777 == 0o755
    placed.write_bytes(b"mine")
    assert "is there" in run(bin_folder, "compose-binary", values).stdout
    assert placed.read_bytes() == b"mine", "new enough: left alone"


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
@pytest.mark.parametrize("fault", ["checksum", "url"])
def test_compose_is_not_placed_otherwise(tmp_path: Path, bin_folder: Path, fault: str) -> None:
    program(bin_folder, "docker", "exit 1")
    values = compose_values(tmp_path, b"compose", checksum="0" * 64 if fault == "checksum" else "")
    if fault == "url":
        values["URL"] += ".gone"
    assert run(bin_folder, "compose-binary", values).returncode != 0
    assert [p.name for p in (tmp_path / "plugins").iterdir()] == [], "no half file is left"


@pytest.mark.parametrize(
    ("have", "enough"), [("2.24.4", True), ("v2.40.3", True), ("2.9.0", False), ("5.1.0", True)]
)
def test_versions_are_compared_as_versions(tmp_path: Path, bin_folder: Path, have: str, enough: bool) -> None:
    program(bin_folder, "docker", f"echo {have}")
    program(bin_folder, "curl", "exit 22")
    assert (run(bin_folder, "compose-binary", compose_values(tmp_path, b"x")).returncode == 0) is enough


# ---------------------------------------------------------------- swap


def swap_values(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "fstab").write_text("# mine\n")
    return {
        "PATH": f"{tmp_path}/swapfile",
        "FSTAB": f"{tmp_path}/fstab",
        "GIGABYTES": "4",
        "FREE_AFTER": "20",
    }


def machine(folder: Path, *, free_gb: int = 100, kind: str = "ext2/ext3", swapon: str = "exit 0") -> None:
    """Programs of the kernel's side; ``dd`` writes one block instead of 4 GB."""
    program(folder, "df", f"printf 'Filesystem\\n/dev/x 1 1 {free_gb * 1_000_000} 1%% /\\n'")
    program(folder, "stat", f"echo {kind}")
    program(folder, "dd", 'for w in "$@"; do case $w in of=*) echo data >"${w#of=}" ;; esac; done')
    program(folder, "mkswap", "exit 0")
    program(folder, "swapon", swapon)
    program(folder, "swapoff", "exit 0")
    program(folder, "chattr", "exit 0")


def test_swap_is_made_once(tmp_path: Path, bin_folder: Path) -> None:
    machine(bin_folder)
    values = swap_values(tmp_path)
    done = run(bin_folder, "swap", values)
    assert done.returncode == 0, done.stdout + done.stderr
    swapfile = tmp_path / "swapfile"
    assert swapfile.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "fstab").read_text() == f"# mine\n{swapfile} none swap sw 0 0\n"
    assert (tmp_path / "fstab.before-swap").read_text() == "# mine\n"
    order = [c.split()[0] for c in calls(bin_folder)]
    assert order.index("dd") < order.index("mkswap") < order.index("swapon")
    assert f"of={swapfile} bs=1M count=4096" in " ".join(calls(bin_folder))
    again = run(bin_folder, "swap", values)
    assert again.returncode == 1 and "exists already" in again.stdout
    assert (tmp_path / "fstab").read_text().count("swap sw") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"free_gb": 23}, "are free"),
        ({"kind": "zfs"}, "zfs"),
        ({"kind": "overlayfs"}, "overlayfs"),
        ({"swapon": "exit 1"}, ""),
    ],
)
def test_swap_that_cannot_be_leaves_nothing(
    tmp_path: Path, bin_folder: Path, options: dict[str, object], said: str
) -> None:
    machine(bin_folder, **options)  # type: ignore[arg-type]
    done = run(bin_folder, "swap", swap_values(tmp_path))
    assert done.returncode != 0
    assert said in done.stdout
    assert not (tmp_path / "swapfile").exists()
    assert (tmp_path / "fstab").read_text() == "# mine\n"


def test_btrfs_gets_a_file_without_copy_on_write(tmp_path: Path, bin_folder: Path) -> None:
    machine(bin_folder, kind="btrfs")
    assert run(bin_folder, "swap", swap_values(tmp_path)).returncode == 0
    called = calls(bin_folder)
    assert called.index(f"chattr +C {tmp_path}/swapfile") < next(
        n for n, c in enumerate(called) if c.startswith("dd ")
    )


# ---------------------------------------------------------------- every script


@pytest.mark.parametrize("name", sorted(p.name for p in Path("resources/scripts").glob("repair-*.sh")))
def test_scripts_are_posix_shell(name: str, tmp_path: Path) -> None:
    """``sh -n`` with every field filled; with dash where there is one, as on Debian and Ubuntu."""
    text = Path("resources/scripts", name).read_text(encoding="utf-8")
    filled = re.sub(r"@[A-Z0-9_]+@", "x", text)
    assert text.startswith("# "), "the first line says what it does"
    shell = shutil.which("dash") or "sh"
    done = subprocess.run([shell, "-n"], input=filled, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
