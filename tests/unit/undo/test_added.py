"""What repairs added: noted, listed and taken back by the real scripts, in folders of the test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from installer.core.resources import read_text
from installer.repairs.added import STEP, Added, left_of, parse, undo_stages


class Machine:
    """A folder with files, and a package manager that only says what is there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder, folder / "dify-installer" / "added" / "swap.add"
        self.services: dict[str, tuple[str, str]] = {}
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.packages = {"bash", "sed"}
        self.tool("dpkg-query", 'cat "$LIST"')
        self.tool("sysctl", 'case $1 in -n) cat "$VALUE";; *) echo "$@" >>"$ASKED"; esac')
        self.tool("getent", "exit 2")
        self.tool("id", "echo me adm")
        self.tool("ip", 'case $2 in show) [ -e "$BRIDGE" ];; *) echo ip "$@" >>"$ASKED"; esac')
        for name in ("apt-get", "docker", "iptables-save", "ip6tables-save", "gpasswd", "groupdel"):
            self.tool(name, f'echo {name} "$@" >>"$ASKED"')
        state = 'sed -n "s/^$2 $1 //p" "$SERVICES"'
        self.tool("systemctl", f'case $1 in is-*) {state};; *) echo systemctl "$@" >>"$ASKED"; esac')
        (folder / "value").write_text("65530\n")

    def tool(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, script: str, *args: str, stdin: str = "") -> str:
        (self.folder / "list").write_text("".join(f"ii  {p}\n" for p in sorted(self.packages)))
        (self.folder / "services").write_text(
            "".join(f"{u} is-enabled {b}\n{u} is-active {r}\n" for u, (b, r) in self.services.items())
        )
        env = {
            "BRIDGE": str(self.folder / "bridge"),
            "SERVICES": str(self.folder / "services"),
            "PATH": f"{self.bin}:/usr/bin:/bin:/usr/sbin:/sbin",
            "LIST": str(self.folder / "list"),
            "VALUE": str(self.folder / "value"),
            "ASKED": str(self.folder / "asked"),
        }
        words = ["sh", "-c", read_text(f"scripts/{script}.sh"), "sh", *args]
        ran = subprocess.run(words, input=stdin, env=env, capture_output=True, text=True, check=True)
        return ran.stdout

    def note(self, when: str, *changes: str, by: str = "/opt/dify") -> None:
        self.run("added-note", str(self.notes), when, by, stdin="".join(f"{c}\n" for c in changes))

    def listed(self, directory: str = "/opt/dify") -> tuple[Added, ...]:
        return parse(self.run("added-look", str(self.notes.parent), directory).splitlines())

    def undo(self, data: str = "no") -> tuple[str, ...]:
        return left_of(self.run("added-undo", str(self.notes), data).splitlines())

    @property
    def asked(self) -> str:
        path = self.folder / "asked"
        return path.read_text() if path.exists() else ""


#: Says what goes along with Docker, and notes what is asked of it.
APT = (
    "case $* in *simulate*) echo 'Purg docker.io [1]'; echo 'Remv @ALONG@ [1]';;"
    ' *) echo apt-get "$@" >>"$ASKED";; esac'
)


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
    assert machine.listed() == (
        Added("swap.add", (str(new), str(old), "vm.max_map_count", "service docker.service")),
    )
    assert machine.undo() == ()
    assert not new.exists() and old.read_text() == "before\n" and old.stat().st_mode & 0o777 == 0o640
    assert "-q -w vm.max_map_count=65530" in machine.asked
    assert not machine.notes.parent.parent.exists(), "once is enough, and no folder of ours is left"
    assert machine.undo() == ()


def test_a_file_changed_since_the_repair_stays(machine: Machine) -> None:
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


def test_a_file_deleted_since_the_repair_stays_deleted(machine: Machine) -> None:
    old = machine.folder / "old.json"
    old.write_text("before\n")
    machine.note("before", str(old))
    old.write_text("ours\n")
    machine.note("after")
    old.unlink()
    assert machine.undo() == (str(old),)
    assert not old.exists()


def test_what_went_with_a_package_comes_back(machine: Machine) -> None:
    """Deleted by the undo itself: nobody wanted it to go."""
    old = machine.folder / "old.json"
    old.write_text("before\n")
    machine.note("before", str(old), "package docker.io")
    old.write_text("ours\n")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("apt-get", f"case $* in *simulate*) echo 'Purg docker.io [1]';; *) rm -f '{old}';; esac")
    assert machine.undo() == () and old.read_text() == "before\n"


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
    machine.tool("apt-get", APT.replace("@ALONG@", "runc"))
    (found,) = machine.listed()
    assert "package runc" in found.changes and "package mine" not in found.changes
    assert machine.undo() == ()
    purged = [line for line in machine.asked.splitlines() if line.startswith("apt-get purge -y")]
    assert len(purged) == 1 and purged[0].endswith("docker.io runc")


def test_docker_stays_while_something_of_others_is_there(machine: Machine) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("docker", '[ "$1" != volume ] || echo theirs')
    assert machine.undo("yes") == ("Docker: containers, images or volumes are still there",)
    assert "purge -y" not in machine.asked and machine.notes.exists()


def test_packages_that_others_need_by_now_stay(machine: Machine) -> None:
    machine.note("before", "package docker.io")
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
        "id docker.start",
        "change service docker.service",
    ]
    found = parse(lines)
    assert found == (
        Added("swap.add", ("/swap",)),
        Added("docker.start", ("service docker.service",)),
        Added("docker.install", ("package docker-ce",)),
    )
    stages = undo_stages(found, data=True)
    assert [s.name.removeprefix(f"{STEP}:") for s in stages] == ["swap.add", "docker.start", "docker.install"]
    assert all(s.whole and s.argv[-1] == "yes" for s in stages)


def test_what_was_repaired_for_no_installation_is_taken_over_by_any(machine: Machine) -> None:
    here, other = machine.folder / "here", machine.folder / "other"
    machine.note("before", "/etc/nothing.conf", by=str(other))
    assert machine.listed(str(here)) == machine.listed(str(other)) != ()
    record = other / ".dify-installer" / "installation.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert machine.listed(str(here)) == (), "it is the other installation's"
    assert machine.listed(str(other)) != ()
    record.unlink()
    assert machine.listed(str(here)) != (), "that one went without taking it back"


DOCKER = ("docker.socket", "docker.service", "containerd.service")


def test_docker_that_was_started_is_stopped_again(machine: Machine) -> None:
    machine.services = dict.fromkeys(DOCKER, ("disabled", "inactive"))
    machine.note("before", "service docker.service")
    machine.services["docker.service"] = ("enabled", "active")
    machine.services["docker.socket"] = ("disabled", "active")
    machine.note("after")
    (machine.folder / "bridge").touch()
    assert machine.listed() == (Added("swap.add", ("service docker.service",)),)
    machine.tool("docker", "")
    assert machine.undo() == ()
    asked = machine.asked.splitlines()
    units = [line for line in asked if line.startswith("systemctl")]
    assert units == [
        "systemctl stop docker.socket",
        "systemctl disable -q docker.service",
        "systemctl stop docker.service",
    ]
    assert "ip link delete docker0" in asked, "no bridge was there before"


@pytest.mark.parametrize(("boot", "options"), [("masked", "-q"), ("masked-runtime", "-q --runtime")])
def test_a_mask_that_was_removed_is_set_again(machine: Machine, boot: str, options: str) -> None:
    machine.services = dict.fromkeys(DOCKER, ("enabled", "inactive"))
    machine.services["docker.service"] = (boot, "inactive")
    machine.note("before", "service docker.service")
    machine.services["docker.service"] = ("enabled", "active")
    machine.note("after")
    machine.tool("docker", "")
    assert machine.undo() == ()
    assert f"systemctl mask {options} docker.service" in machine.asked.splitlines()
    assert "systemctl stop docker.service" in machine.asked.splitlines()


def test_docker_goes_on_where_others_use_it_by_now(machine: Machine) -> None:
    machine.services = dict.fromkeys(DOCKER, ("disabled", "inactive"))
    machine.note("before", "service docker.service")
    machine.services = dict.fromkeys(DOCKER, ("enabled", "active"))
    machine.tool("docker", "echo theirs")
    assert machine.undo() == ("service docker.service",)
    assert machine.asked == ""


def test_a_docker_that_ran_before_is_left_alone(machine: Machine) -> None:
    machine.services = dict.fromkeys(DOCKER, ("enabled", "active"))
    machine.note("before", "service docker.service")
    machine.tool("docker", "echo theirs")
    assert machine.undo() == () and machine.asked == ""


def test_docker_that_does_not_answer_is_judged_by_its_folders(machine: Machine) -> None:
    """None of its data is here: then it may go; it was asked after a try to start it."""
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("docker", "exit 1")
    if [*Path("/var/lib/docker").glob("containers/*"), *Path("/var/lib/docker").glob("volumes/*/")]:
        pytest.skip("this machine has containers of its own")
    assert machine.undo() == ()
    asked = machine.asked.splitlines()
    assert asked.index("systemctl start docker.service") < next(
        n for n, line in enumerate(asked) if line.startswith("apt-get purge -y")
    )


def test_what_came_at_the_same_time_is_not_ours(machine: Machine) -> None:
    """An update that went on meanwhile, and what a person installed between two attempts."""
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io", "runc", "linux-image-6.8", "postgresql"}
    machine.note("after")
    machine.tool("apt-get", APT.replace("@ALONG@", "runc"))
    assert machine.undo() == ("packages that came at the same time: linux-image-6.8 postgresql ",)
    (purged,) = [line for line in machine.asked.splitlines() if "purge -y" in line]
    assert purged.endswith(" docker.io runc")


@pytest.mark.parametrize("lost", ["packages.before", "packages.after"])
def test_a_list_that_was_cut_off_removes_nothing(machine: Machine, lost: str) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    (machine.notes / lost).write_text("")
    machine.undo()
    assert "purge" not in machine.asked


def test_a_repair_that_installs_nothing_removes_nothing(machine: Machine) -> None:
    machine.note("before", "vm.max_map_count")
    machine.packages |= {"theirs"}
    machine.note("after")
    assert machine.listed() == (Added("swap.add", ("vm.max_map_count",)),)
    machine.undo()
    assert "purge" not in machine.asked


def test_a_question_that_docker_does_not_answer_counts_as_something(machine: Machine) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("docker", '[ "$1" = version ]')
    assert machine.undo("yes") == ("Docker: containers, images or volumes are still there",)


def test_packages_stay_with_their_notes_where_they_cannot_be_removed(machine: Machine) -> None:
    machine.note("before", "package docker.io")
    machine.packages |= {"docker.io"}
    machine.note("after")
    machine.tool("apt-get", "case $* in *simulate*) echo 'Purg docker.io [1]';; *) exit 1;; esac")
    assert machine.undo() == ("packages",) and machine.notes.exists()


def test_the_systems_own_packages_are_known_by_name_too(machine: Machine) -> None:
    """Where Docker's own source is not to be had."""
    machine.note("before", "package docker-ce", "maybe package docker.io")
    machine.packages |= {"docker.io", "runc"}
    machine.note("after")
    machine.tool("apt-get", APT.replace("@ALONG@", "runc"))
    (found,) = machine.listed()
    assert "package docker.io" in found.changes and "maybe package docker.io" not in found.changes
    assert machine.undo() == ()
    (purged,) = [line for line in machine.asked.splitlines() if "purge -y" in line]
    assert purged.endswith(" docker.io runc")


@pytest.mark.skipif(Path("/etc/docker/daemon.json").exists(), reason="this machine's own Docker has one")
@pytest.mark.parametrize("valid", [True, False])
def test_a_file_that_docker_cannot_read_does_not_come_back(machine: Machine, valid: bool) -> None:
    """It was repaired: with it nobody's containers would run."""
    machine.note("before", "service docker.service")
    machine.note("after")
    (machine.notes / "paths").write_text("kept 1 /etc/docker/daemon.json\n")
    (machine.notes / "files" / "1").write_text("{}")
    machine.tool("dockerd", f'case $1 in --help) echo " --validate";; *) exit {0 if valid else 1};; esac')
    machine.tool("cp", 'echo cp "$@" >>"$ASKED"; exit 1')  # nothing of this machine's is written
    assert machine.undo() == ("/etc/docker/daemon.json",)
    assert ("cp -p -- files/1" in machine.asked) is valid
