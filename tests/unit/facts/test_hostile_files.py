"""The probe where other people and containers have put FIFOs, links and names with line feeds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer.facts.gather import script
from installer.facts.lines import sections
from tests.shells import SHELLS

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for servers")

MARK = "===mark"


def parts(shell: str, folder: Path, call: str, path: str = os.environ["PATH"]) -> str:
    """What *call* prints after all functions of the probe, within twenty seconds."""
    text = script().partition("# In the order of how long they take")[0]
    setting = f'dir="{folder}/dify" project=dify work="{folder}/scratch"\n'
    done = subprocess.run(
        [*SHELLS[shell], "-c", f"{text}\n{setting}{call}", "sh", MARK, f"{folder}/dify", "dify"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": path},
        check=False,
        timeout=20,
    )
    return done.stdout


@pytest.fixture
def there(tmp_path: Path) -> Path:
    for name in ("scratch", "home/u/x", "dify/docker/nginx/ssl", "etc"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "home/u/x/docker-compose.yaml").write_text("image: langgenius/dify-api:1.0\n")
    (tmp_path / "scratch/search").write_text(f"{tmp_path}/home/u/x/docker-compose.yaml\ncomplete=yes\n")
    (tmp_path / "scratch/containers").write_text("")
    (tmp_path / "etc/shadow").write_text("root:secret\n")
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["compose.yml", ".env", "docker-compose.yml"])
def test_a_fifo_of_another_user_holds_up_nothing(there: Path, shell: str, name: str) -> None:
    os.mkfifo(there / "home/u/x" / name)
    said = parts(shell, there, "part_dify")
    assert "image=1.0" in said and "complete=yes" in said


@pytest.mark.parametrize("shell", SHELLS)
def test_many_files_of_another_user_are_not_all_read(there: Path, shell: str) -> None:
    for number in range(50):
        (there / f"home/u/x/compose.y{number}ml").write_text("x")
    parts(shell, there, 'head_bytes() { echo "$1" >>"$dir/read"; }; part_dify')
    assert len((there / "dify/read").read_text().splitlines()) <= 4


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_our_own_files_are_no_fifo_and_no_link(there: Path, shell: str, kind: str) -> None:
    place = there / "dify/docker/nginx/ssl/self-signed.key"
    if kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(there / "etc/shadow")
    (place.parent / "self-signed.crt").write_text("ours\n")
    said = parts(
        shell,
        there,
        'for end in crt key; do own_bytes "$dir/docker/nginx/ssl/self-signed.$end"; done',
    )
    assert said == "ours\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_certbots_folder_gives_certificates_alone(there: Path, shell: str) -> None:
    conf = there / "dify/docker/volumes/certbot/conf"
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for name, target in (("good", "../../archive/good/cert1.pem"), ("bad", str(there / "etc/shadow"))):
        for folder in ("live", "archive"):
            (conf / folder / name).mkdir(parents=True)
        (conf / "archive" / name / "cert1.pem").write_text(f"root:secret\n{pem}")
        (conf / "live" / name / "cert.pem").symlink_to(target)
    (conf / "renewal").mkdir()
    os.mkfifo(conf / "renewal/good.conf")
    (conf / "renewal/bad.conf").symlink_to(there / "etc/shadow")
    (conf / "live/x\nname=y").mkdir()
    (conf / "live/x\nname=y/cert.pem").write_text(pem)
    said = parts(shell, there, "part_certificates")
    assert "secret" not in said and "name=y" not in said
    assert f"name=good\n{pem}" in said


def test_the_whole_probe_reads_its_files_so(there: Path) -> None:
    (there / "dify/docker/nginx/ssl/self-signed.key").symlink_to(there / "etc/shadow")
    words = ["sh", "-s", "--", MARK, f"{there}/dify", "dify"]
    done = subprocess.run(words, input=script(), capture_output=True, text=True, check=False, timeout=25)
    assert sections(done.stdout, MARK)["self_signed"].strip() == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_directory_service_that_does_not_answer_holds_up_nothing(there: Path, shell: str) -> None:
    for name, real in (("getent", ""), ("id", "case $1 in -u) exec /usr/bin/id -u ;; esac")):
        (there / name).write_text(f"#!/bin/sh\n{real}\nsleep 60\n")
        (there / name).chmod(0o755)
    said = parts(shell, there, "part_login; part_system | head -n 3", path=f"{there}:{os.environ['PATH']}")
    assert "uid=" in said and "kernel=" in said


@pytest.mark.parametrize("shell", SHELLS)
def test_a_label_with_line_feeds_names_no_other_container(there: Path, shell: str) -> None:
    docker = there / "docker"
    row = "\\t".join(
        ["a" * 64, "x", "running", "i", "dify\\ngitlab\\tdify-api-1\\trunning\\ti\\tdify", "api"]
    )
    docker.write_text(f"#!/bin/sh\nprintf '{row}\\n'\n")
    docker.chmod(0o755)
    call = f"PATH={there}:$PATH; docker_path={docker} podman=no; part_containers"
    assert [line.split("\t")[0] for line in parts(shell, there, call).splitlines()] == ["a" * 64]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_line_with_line_feeds_is_one_process(there: Path, shell: str) -> None:
    program = there / "dnf"
    shutil.copy(shutil.which("dash") or "/bin/sh", program)
    words = [str(program), "-c", "read x", "sh", "\n1\tgitlab\tother"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as running:
        try:
            rows = parts(shell, there, "part_processes").splitlines()
        finally:
            running.kill()
    assert any(row.startswith(f"{running.pid}\t") for row in rows)
    assert not any("gitlab" in row and not row.startswith(f"{running.pid}\t") for row in rows)
    assert all(row.count("\t") == 2 for row in rows)


#: All files of ours that the look prints or reads.
OURS = (
    ".dify-installer/installation.json",
    ".dify-installer/lock",
    ".dify-installer/manifest",
    ".dify-installer/jobs/j1/exit",
    ".dify-installer/renewal/status",
    ".dify-installer/renewal/x.server",
    "docker/docker-compose.pins.yaml",
    "docker/docker-compose.override.yaml",
    "docker/.env",
)


def whole(folder: Path, words: tuple[str, ...] = ("sh",)) -> dict[str, str]:
    """The sections of the whole look at *folder*."""
    argv = [*words, "-s", "--", MARK, f"{folder}/dify", "dify"]
    done = subprocess.run(argv, input=script(), capture_output=True, text=True, check=False, timeout=25)
    return sections(done.stdout, MARK)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other users")
@pytest.mark.parametrize("kind", ["fifo", "link", "link to nowhere"])
def test_none_of_our_files_is_a_fifo_or_another_users_link(there: Path, kind: str) -> None:
    (there / "dify/docker/volumes/certbot/conf/live").mkdir(parents=True)
    (there / "dify/.dify-installer/renewal").mkdir(parents=True)
    (there / "dify/.dify-installer/renewal/renew.sh").write_text("x\n")
    (there / "dify/.dify-installer/jobs/j1").mkdir(parents=True)
    for name in OURS:
        place = there / "dify" / name
        if kind == "fifo":
            os.mkfifo(place)
        else:
            place.symlink_to(there / ("etc/shadow" if kind == "link" else "none"))
            os.chown(place, 61002, 61002, follow_symlinks=False)
    found = whole(there)
    assert "end" in found and "secret" not in str(found)
    assert not any(found[name].strip() for name in ("record", "lock", "pins", "override", "env", "jobs"))


def test_an_administrators_env_elsewhere_is_read_as_a_whole(there: Path) -> None:
    text = "A='" + "x" * 100_000 + "'\nB=2\n"
    (there / "etc/env").write_text(text)
    (there / "dify/docker/.env").symlink_to(there / "etc/env")
    assert whole(there)["env"] == text


def test_a_file_that_is_too_long_is_no_answer(there: Path) -> None:
    """Half a .env would be written back as the whole."""
    (there / "dify/docker/.env").write_text("A=1\n" * 300_000)
    assert "end" not in whole(there)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_job_is_one_line(there: Path, shell: str) -> None:
    for name, said in (("j1", "0\nj2=0\n"), ("x\nj3=0", "0\n")):
        (there / "dify/.dify-installer/jobs" / name).mkdir(parents=True)
        (there / "dify/.dify-installer/jobs" / name / "exit").write_text(said)
    assert parts(shell, there, "part_jobs") == "j1=0\n"
