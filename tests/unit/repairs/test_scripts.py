"""The scripts that can be run here for real, in a folder of their own; the kernel's part is played."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.core.resources import FOLDER
from installer.repairs.script import BEGINS_WITH, script_stage

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


def run(folder: Path, template: str, values: dict[str, str], **more: str) -> subprocess.CompletedProcess[str]:
    stage = script_stage("x", "y", template, values)
    env = {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin", **more}
    return subprocess.run(stage.argv, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_a_script_begins_with_every_function_that_it_calls() -> None:
    """Else it fails on the server, after everything before it was done."""
    texts = {
        file.stem.removeprefix("repair-"): file.read_text()
        for file in (FOLDER / "scripts").glob("repair-*.sh")
    }
    defined = {name: re.findall(r"(?m)^(\w+)\(\)", text) for name, text in texts.items()}
    called = r"(?m)(^|[;&|{(]|then |else |do )\s*%s\b"
    missing = [
        (name, function)
        for name, text in texts.items()
        for other, functions in defined.items()
        for function in functions
        if other not in (name, *BEGINS_WITH.get(name, ())) and function not in defined[name]
        if re.search(called % function, text)
    ]
    assert not missing
    assert {name for names in BEGINS_WITH.values() for name in names} <= texts.keys()
    assert any("answers" in functions for functions in defined.values())


# ---------------------------------------------------------------- what was interrupted is ended

HALF = "reinstreq runc\\nok tini\\nreinstreq libc6:amd64"


@pytest.mark.parametrize("half", [HALF, "ok tini"])
def test_what_was_unpacked_half_way_is_taken_anew(bin_folder: Path, half: str) -> None:
    """``dpkg --configure -a`` alone ends with "very bad inconsistent state"; seen after a power cut."""
    anew = f"{bin_folder}/anew"
    program(bin_folder, "dpkg-query", f'[ -e "{anew}" ] && echo ok tini || printf "{half}\\n"')
    program(bin_folder, "dpkg", f'case "{half}" in *reinst*) [ -e "{anew}" ];; esac')
    program(bin_folder, "apt-get", f'touch "{anew}"')
    done = run(bin_folder, "apt-finish", {"WAIT": "5"})
    assert done.returncode == 0, done.stderr
    apt = [call for call in calls(bin_folder) if call.startswith("apt-get")]
    assert [call.split()[-2:] for call in apt] == ([["runc", "libc6:amd64"]] if half == HALF else [])
    assert all("--reinstall" in call and "confold" in call for call in apt)
    assert calls(bin_folder)[-1].startswith("dpkg --configure -a")


def test_what_cannot_be_taken_anew_is_said(bin_folder: Path) -> None:
    program(bin_folder, "dpkg-query", "echo reinstreq runc")
    program(bin_folder, "dpkg", "exit 1")
    program(bin_folder, "apt-get", "echo no archive for it >&2; exit 100")
    done = run(bin_folder, "apt-finish", {"WAIT": "5"})
    assert done.returncode == 100 and "no archive" in done.stderr


# ---------------------------------------------------------------- Docker is restarted


def restarted(folder: Path, port: int, docker: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What the script says for *port*, and the commands that it ran."""
    program(folder, "docker", docker)
    program(folder, "systemctl", "exit 0")
    return run(folder, "restart", {"PORTS": str(port), "START": "5", "HELD": "1"}), calls(folder)


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port that a program of this test listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_docker_is_not_restarted_for_nothing(bin_folder: Path, held_port: int) -> None:
    done, ran = restarted(bin_folder, held_port, "echo 0123")  # a container publishes it
    assert done.returncode == 0 and "No port is held" in done.stdout
    assert not any(call.startswith("systemctl") for call in ran)
    (bin_folder / "calls").unlink()
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = int(server.getsockname()[1])
    done, ran = restarted(bin_folder, free, "exit 0")
    assert done.returncode == 0 and ran == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net")
def test_what_ran_is_started_again_and_a_port_still_held_is_told(bin_folder: Path, held_port: int) -> None:
    docker = 'case "$*" in *filter*) ;; "ps "*) echo c1; echo c2 ;; start*c2) exit 1 ;; esac'
    done, ran = restarted(bin_folder, held_port, docker)
    order = [call for call in ran if call.startswith(("systemctl", "docker start"))]
    assert order == ["systemctl restart docker.service", "docker start c1", "docker start c2"]
    assert "did not start again: c2" in done.stdout
    assert done.returncode == 1, "the restart did not free it"


# ---------------------------------------------------------------- Compose as one file


def compose_values(tmp_path: Path, content: bytes, checksum: str = "") -> dict[str, str]:
    (tmp_path / "release").write_bytes(content)
    return {
        "NEED": "2.24.4",
        "PATH": f"{tmp_path}/plugins/docker-compose",
        "URL": (tmp_path / "release").as_uri(),
        "SHA256": checksum or hashlib.sha256(content).hexdigest(),
        "ENVIRONMENT": f"{tmp_path}/environment",
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


@pytest.mark.parametrize("quote", ["", '"'])
def test_compose_comes_through_the_system_s_proxy(tmp_path: Path, bin_folder: Path, quote: str) -> None:
    """A job has no environment of a log-in; the password in the address is in no command line."""
    program(bin_folder, "docker", "exit 1")
    program(bin_folder, "curl", f'echo "$https_proxy|$no_proxy|$HTTP_PROXY" >>"{tmp_path}/seen"; exit 22')
    proxy = "http://me:hunter2@proxy.example:3128"
    (tmp_path / "environment").write_text(
        f"PATH=/bin\nexport https_proxy={quote}{proxy}{quote}\nno_proxy=.inside.example\n"
    )
    run(bin_folder, "compose-binary", compose_values(tmp_path, b"x"))
    assert (tmp_path / "seen").read_text() == f"{proxy}|.inside.example|\n"
    assert "hunter2" not in "".join(calls(bin_folder))


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
    assert f"of={swapfile}.dify-installer bs=1M count=4096" in " ".join(calls(bin_folder))
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
    assert not list(tmp_path.glob("swapfile*"))
    assert (tmp_path / "fstab").read_text() == "# mine\n"


def test_an_interrupted_swap_file_is_in_nobodys_way(tmp_path: Path, bin_folder: Path) -> None:
    machine(bin_folder)
    program(
        bin_folder, "dd", 'for w in "$@"; do case $w in of=*) echo x >"${w#of=}"; kill -9 $PPID ;; esac; done'
    )
    values = swap_values(tmp_path)
    assert run(bin_folder, "swap", values).returncode == -9
    assert not (tmp_path / "swapfile").exists(), "half a file has not the name of a whole one"
    machine(bin_folder)
    done = run(bin_folder, "swap", values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [p.name for p in tmp_path.glob("swapfile*")] == ["swapfile"]


def test_a_last_line_without_its_end_stays_a_line_of_its_own(tmp_path: Path, bin_folder: Path) -> None:
    machine(bin_folder)
    values = swap_values(tmp_path)
    (tmp_path / "fstab").write_text("/dev/sda1 / ext4 defaults 0 1")
    assert run(bin_folder, "swap", values).returncode == 0
    assert (tmp_path / "fstab").read_text().splitlines() == [
        "/dev/sda1 / ext4 defaults 0 1",
        f"{tmp_path}/swapfile none swap sw 0 0",
    ]


def test_btrfs_gets_a_file_without_copy_on_write(tmp_path: Path, bin_folder: Path) -> None:
    machine(bin_folder, kind="btrfs")
    assert run(bin_folder, "swap", swap_values(tmp_path)).returncode == 0
    called = calls(bin_folder)
    assert called.index(f"chattr +C {tmp_path}/swapfile.dify-installer") < next(
        n for n, c in enumerate(called) if c.startswith("dd ")
    )


# ---------------------------------------------------------------- Docker's own repository

PLACE = "https://download.docker.example/linux/debian"


def source_values(tmp_path: Path, source: str) -> dict[str, str]:
    (tmp_path / "sources").mkdir()
    return {
        "REPOSITORY": f"{PLACE}/$releasever/stable" if source.endswith(".repo") else PLACE,
        "PLACE": f"{PLACE}/",
        "SUITE": "trixie",
        "KEY": "KEY",
        "SOURCE": f"{tmp_path}/sources/{source}",
        "KEYRING": f"{tmp_path}/sources/dify-installer-docker.asc",
        "ANSWER": "3",
        "NEED": "2.24.4",
        "COMPOSE_PACKAGE": "docker-compose",
    }


def apt(folder: Path, *, there: str = "", answers: bool = False) -> None:
    """apt's programs: *there* is a source of somebody else; *answers*: ours has docker-ce."""
    uris = f"echo \"'{there}/dists/trixie/InRelease' x 0\"" if there else ":"
    program(folder, "apt-get", f'case "$*" in *--print-uris*) {uris} ;; esac')
    ours = folder.parent / "sources" / "dify-installer-docker.sources"
    found = f'[ "$2" = docker-ce ] && [ -e {ours} ]' if answers else "false"
    program(folder, "apt-cache", f"{found} && echo '  Candidate: 5:28.0' || echo '  Candidate: (none)'")
    program(folder, "dpkg", 'if [ "$1" = --print-architecture ]; then echo amd64; else exit 1; fi')


def administrators(tmp_path: Path) -> dict[str, str]:
    """Files as Docker's instructions name them, which are not ours."""
    for name in ("docker.asc", "docker.sources", "docker-ce.repo"):
        (tmp_path / "sources" / name).write_text(f"# {name} of the administrator\n")
    return contents(tmp_path)


def contents(tmp_path: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in (tmp_path / "sources").iterdir()}


def test_a_source_of_our_own_is_added_beside_others(tmp_path: Path, bin_folder: Path) -> None:
    values = source_values(tmp_path, "dify-installer-docker.sources")
    before = administrators(tmp_path)
    apt(bin_folder, answers=True)
    done = run(bin_folder, "apt-source", values)
    assert done.returncode == 0, done.stdout + done.stderr
    after = contents(tmp_path)
    assert after.keys() - before.keys() == {"dify-installer-docker.sources", "dify-installer-docker.asc"}
    assert {name: after[name] for name in before} == before
    assert f"URIs: {PLACE}\n" in after["dify-installer-docker.sources"]
    assert f"Signed-By: {values['KEYRING']}\n" in after["dify-installer-docker.sources"]


def test_a_source_that_does_not_answer_goes_and_others_stay(tmp_path: Path, bin_folder: Path) -> None:
    values = source_values(tmp_path, "dify-installer-docker.sources")
    before = administrators(tmp_path)
    apt(bin_folder, there="http://deb.example/debian")
    done = run(bin_folder, "apt-source", values)
    assert done.returncode == 1 and "did not answer" in done.stdout
    assert contents(tmp_path) == before


def test_no_second_source_for_the_same_place(tmp_path: Path, bin_folder: Path) -> None:
    """apt would refuse both: each names a key of its own. A rest of ours does not count as somebody's."""
    values = source_values(tmp_path, "dify-installer-docker.sources")
    before = administrators(tmp_path)
    (tmp_path / "sources" / "dify-installer-docker.sources").write_text("half")
    apt(bin_folder, there=PLACE)
    done = run(bin_folder, "apt-source", values)
    assert done.returncode == 1 and "set up here already" in done.stdout
    assert contents(tmp_path) == before
    assert not any("sourcelist" in call for call in calls(bin_folder))


@pytest.mark.skipif(not Path("/usr/bin/apt-get").exists(), reason="no apt")
@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("docker.list", "deb [arch=amd64] {place} trixie stable\n", True),
        ("docker.list", "deb [arch=amd64] {place}/ trixie stable\n", True),
        ("docker.list", "# deb {place} trixie stable\n", False),
        ("docker.list", "deb {place}-other trixie stable\n", False),
        ("docker.sources", "Types: deb\nURIs: {place}\nSuites: trixie\nComponents: stable\n", True),
        (
            "docker.sources",
            "Enabled: no\nTypes: deb\nURIs: {place}\nSuites: trixie\nComponents: stable\n",
            False,
        ),
    ],
)
def test_the_real_apt_tells_whose_sources_there_are(
    tmp_path: Path, bin_folder: Path, name: str, text: str, there: bool
) -> None:
    place = "http://127.0.0.1:1/linux/debian"  # nobody answers there
    values = {**source_values(tmp_path, "dify-installer-docker.sources"), "REPOSITORY": place}
    (tmp_path / "sources" / name).write_text(text.format(place=place))
    before = contents(tmp_path)
    settings = tmp_path / "apt.conf"
    for folder in ("lists/partial", "cache/archives/partial"):
        (tmp_path / folder).mkdir(parents=True)
    settings.write_text(
        f'Dir::Etc::sourcelist "/none"; Dir::Etc::sourceparts "{tmp_path}/sources";'
        f'Dir::State::lists "{tmp_path}/lists"; Dir::Cache "{tmp_path}/cache";\n'
    )
    done = run(bin_folder, "apt-source", values, APT_CONFIG=str(settings))
    assert ("set up here already" in done.stdout) is there, done.stdout + done.stderr
    assert ("did not answer" in done.stdout) is not there
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("theirs", "second"),
    [
        (f"[docker-ce-stable]\nbaseurl={PLACE}/9/x86_64/stable\nenabled=1\n", False),
        (f"[docker-ce-stable]\nbaseurl={PLACE}/9/x86_64/stable\n\n[other]\nenabled=0\n", False),
        (f"[docker-ce-stable]\nenabled=0\nbaseurl={PLACE}/9/x86_64/stable\n", True),
        (f"[other]\nenabled=1\nbaseurl=https://x.example/\n[d]\nbaseurl={PLACE}/9\nenabled = 0\n", True),
    ],
)
def test_dnf_gets_no_second_source_either(
    tmp_path: Path, bin_folder: Path, theirs: str, second: bool
) -> None:
    values = source_values(tmp_path, "dify-installer-docker.repo")
    administrators(tmp_path)
    (tmp_path / "sources" / "docker-ce.repo").write_text(theirs)
    before = contents(tmp_path)
    program(bin_folder, "dnf", 'case "$*" in *--enablerepo=dify-installer-docker*) echo docker-ce ;; esac')
    done = run(bin_folder, "dnf-source", values)
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    new = {"dify-installer-docker.repo", "dify-installer-docker.asc"} if second else set()
    assert after.keys() - before.keys() == new, done.stdout + done.stderr
    assert (done.returncode == 0) is second


def test_dnf_source_that_does_not_answer_goes(tmp_path: Path, bin_folder: Path) -> None:
    values = source_values(tmp_path, "dify-installer-docker.repo")
    before = administrators(tmp_path)
    program(bin_folder, "dnf", 'case "$*" in *version*) echo 2.30.0 ;; esac')
    done = run(bin_folder, "dnf-source", values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "did not answer" in done.stdout and contents(tmp_path) == before


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


# ---------------------------------------------------------------- settings of the kernel


def kernel_plays(folder: Path, tmp_path: Path, *, refuses: bool = False) -> None:
    """``sysctl`` on files in place of /proc/sys: the real values belong to the whole machine."""
    (tmp_path / "vm.max_map_count").write_text("65530\n")
    (tmp_path / "fs.aio-max-nr").write_text("2000000\n")
    write = "echo denied >&2; exit 255" if refuses else f'echo "${{2#*=}}" >"{tmp_path}/${{2%%=*}}"'
    program(folder, "sysctl", f'if [ "$1" = -n ]; then cat "{tmp_path}/$2"; else {write}; fi')


def kernel_values(tmp_path: Path) -> dict[str, str]:
    settings = "vm.max_map_count 262144\nfs.aio-max-nr 1048576"
    return {"FILE": f"{tmp_path}/sysctl.d/90-dify.conf", "SETTINGS": settings}


def test_kernel_settings_are_raised_and_none_is_lowered(tmp_path: Path, bin_folder: Path) -> None:
    kernel_plays(bin_folder, tmp_path)
    values = kernel_values(tmp_path)
    file = Path(values["FILE"])
    for _ in range(2):
        done = run(bin_folder, "sysctl", values)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "vm.max_map_count").read_text() == "262144\n"
        assert file.read_text().splitlines()[1:] == ["vm.max_map_count = 262144"]
        assert file.stat().st_mode & 0o777 == 0o644
    assert [c for c in calls(bin_folder) if "-w" in c] == ["sysctl -w vm.max_map_count=262144"]
    assert "fs.aio-max-nr is 2000000 already." in done.stdout
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_other_lines_of_the_file_stay(tmp_path: Path, bin_folder: Path) -> None:
    kernel_plays(bin_folder, tmp_path)
    values = kernel_values(tmp_path)
    file = Path(values["FILE"])
    file.parent.mkdir()
    file.write_text("# mine\nvm.max_map_count_other = 1\nvm.max_map_count=100000\nvm.swappiness = 10\n")
    assert run(bin_folder, "sysctl", values).returncode == 0
    lines = ["# mine", "vm.max_map_count_other = 1", "vm.swappiness = 10", "vm.max_map_count = 262144"]
    assert file.read_text().splitlines() == lines


def test_a_kernel_that_refuses_ends_the_repair(tmp_path: Path, bin_folder: Path) -> None:
    """An LXC container, for one: nothing that does not count now is written down for later."""
    kernel_plays(bin_folder, tmp_path, refuses=True)
    done = run(bin_folder, "sysctl", kernel_values(tmp_path))
    assert done.returncode != 0 and "denied" in done.stderr
    assert "262144" not in Path(kernel_values(tmp_path)["FILE"]).read_text()
