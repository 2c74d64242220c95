"""What repairs added: noted, listed and taken back by the real scripts, in folders of the test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from installer.resources import read_text
from installer.undo.added import STEP, left_of, parse, undo_stages
from installer.undo.model import Added
from tests.situations import ANSWERS


class Machine:
    """A folder with files, and a package manager that only says what is there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder, folder / "state" / "added" / "swap.add"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.packages = {"bash", "sed"}
        self.tool("dpkg-query", 'cat "$LIST"')
        self.tool("sysctl", 'case $1 in -n) cat "$VALUE";; *) echo "$@" >>"$ASKED"; esac')
        self.tool("getent", "exit 2")
        self.tool("id", "echo me adm")
        for name in ("apt-get", "docker", "systemctl", "ip", "iptables-save", "gpasswd", "groupdel"):
            self.tool(name, f'echo {name} "$@" >>"$ASKED"')
        (folder / "value").write_text("65530\n")

    def tool(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, script: str, *args: str, stdin: str = "") -> str:
        (self.folder / "list").write_text("".join(f"ii  {p}\n" for p in sorted(self.packages)))
        env = {
            "PATH": f"{self.bin}:/usr/bin:/bin:/usr/sbin:/sbin",
            "LIST": str(self.folder / "list"),
            "VALUE": str(self.folder / "value"),
            "ASKED": str(self.folder / "asked"),
        }
        words = ["sh", "-c", read_text(f"scripts/{script}.sh"), "sh", *args]
        ran = subprocess.run(words, input=stdin, env=env, capture_output=True, text=True, check=True)
        return ran.stdout

    def note(self, when: str, *changes: str) -> None:
        self.run("added-note", str(self.notes), when, stdin="".join(f"{c}\n" for c in changes))

    def undo(self, data: str = "no") -> tuple[str, ...]:
        return left_of(self.run("added-undo", str(self.notes), data).splitlines())

    @property
    def asked(self) -> str:
        path = self.folder / "asked"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_files_come_back_as_they_were(machine: Machine) -> None:
    new, old = machine.folder / "new.conf", machine.folder / "old file.json"
    old.write_text("before\n")
    old.chmod(0o640)
    machine.note("before", str(new), str(old), "vm.max_map_count", "service docker.service")
    new.write_text("ours\n")
    old.write_text("ours\n")
    machine.note("after", str(new), str(old), "vm.max_map_count")
    assert machine.notes.stat().st_mode & 0o777 == 0o700
    found = parse(machine.run("added-look", str(machine.notes.parent)).splitlines())
    assert found == (Added("swap.add", (str(new), str(old), "vm.max_map_count", "service docker.service")),)
    assert machine.undo() == ()
    assert not new.exists() and old.read_text() == "before\n" and old.stat().st_mode & 0o777 == 0o640
    assert "-q -w vm.max_map_count=65530" in machine.asked
    assert not machine.notes.exists(), "once is enough"
    assert machine.undo() == ()


def test_what_somebody_changed_since_stays(machine: Machine) -> None:
    new, old = machine.folder / "new.conf", machine.folder / "old.json"
    old.write_text("before\n")
    machine.note("before", str(new), str(old))
    for path in (new, old):
        path.write_text("ours\n")
    machine.note("after")
    for path in (new, old):
        path.write_text("theirs\n")
    assert machine.undo() == (str(new), str(old))
    assert new.read_text() == old.read_text() == "theirs\n"


def test_a_repair_that_was_repeated_goes_back_to_the_beginning(machine: Machine) -> None:
    path = machine.folder / "conf"
    machine.note("before", str(path))
    path.write_text("half\n")
    machine.note("after")
    machine.note("before", str(path))
    path.write_text("whole\n")
    machine.note("after")
    assert machine.undo() == () and not path.exists()


def test_packages_that_came_with_it_go_and_later_ones_stay(machine: Machine) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io", "runc"}
    machine.note("after")
    machine.packages |= {"mine"}
    look = machine.run("added-look", str(machine.notes.parent))
    assert "change package runc" in look and "mine" not in look
    assert machine.undo() == ()
    purged = [line for line in machine.asked.splitlines() if line.startswith("apt-get purge -y")]
    assert len(purged) == 1 and purged[0].endswith("docker.io runc")


def test_docker_stays_while_something_of_others_is_there(machine: Machine) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("docker", '[ "$1" != volume ] || echo theirs')
    assert machine.undo("yes") == ("Docker: containers, images or volumes are still there",)
    assert "purge" not in machine.asked and machine.notes.exists()


def test_packages_that_others_need_by_now_stay(machine: Machine) -> None:
    machine.note("before")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool(
        "apt-get",
        "case $* in *simulate*) echo 'Purg docker.io [1]'; echo 'Purg theirs [1]';; *) exit 9;; esac",
    )
    assert machine.undo() == ("packages that others need: theirs ",)


def test_swap_is_given_back(machine: Machine, tmp_path: Path) -> None:
    """The lines for /etc/fstab and /proc/swaps are the machine's own: only that no other file is touched."""
    swap = tmp_path / "swapfile"
    machine.note("before", str(swap), "/etc/fstab")
    swap.write_text("swap")
    machine.note("after")
    fstab = Path("/etc/fstab").read_bytes() if Path("/etc/fstab").exists() else b""
    assert machine.undo() == () and not swap.exists()
    assert (Path("/etc/fstab").read_bytes() if Path("/etc/fstab").exists() else b"") == fstab


def test_docker_itself_comes_last() -> None:
    lines = [
        "id docker.install",
        "change package docker-ce",
        "change /var/lib/docker",
        "id swap.add",
        "change /swap",
    ]
    found = parse(lines)
    assert found == (Added("swap.add", ("/swap",)), Added("docker.install", ("package docker-ce",)))
    stages = undo_stages(ANSWERS, found, data=True)
    assert [s.name for s in stages] == [f"{STEP}:swap.add", f"{STEP}:docker.install"]
    assert all(s.whole and s.argv[-1] == "yes" for s in stages)
