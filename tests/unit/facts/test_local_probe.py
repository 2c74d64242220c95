"""This computer's side, with programs that say what the files of ``tests/data/desktop`` hold."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.facts.desktop import Desktop, DesktopState
from installer.facts.local.desktop import Surroundings, desktop
from installer.hosts.base import Command, Result
from tests.fakes.host import Expected, FakeHost
from tests.unit.facts.test_desktop import output, windows

ABSENT = Result(127, b"", b"not found")


def computer(answers: Mapping[str, bytes]) -> FakeHost:
    """Programs by the beginning of their command line; all others are not there."""

    def answer(command: Command) -> Result:
        line = " ".join(command.argv)
        found = next((data for start, data in answers.items() if line.startswith(start)), None)
        return ABSENT if found is None else Result(0, found, b"")

    return FakeHost([Expected(lambda _command: True, answer, times=None)])


def here(system: str, root: Path, release: str = "", user: str = "tanaka") -> Surroundings:
    """A made-up computer whose files are below *root*."""
    return Surroundings(system, release, user, {"ProgramFiles": "programs"}, root)


def _windows_files(root: Path) -> None:
    # on POSIX the backslashes of the place are part of one name
    (root / r"programs\Docker\Docker\Docker Desktop.exe").write_text("")


def test_nothing_installed(tmp_path: Path) -> None:
    """Not there is not the same as not started."""
    for system in ("Linux", "Darwin", "Windows"):
        found = desktop(computer({}), here(system, tmp_path))
        assert (found.system, found.state, found.executable) == (system, DesktopState.ABSENT, "")
        assert found.engine is None and found.memory == -1 and found.contexts == ()


def test_mac_not_started(tmp_path: Path) -> None:
    """Installed with its version, contexts of four others; OrbStack's is used."""
    contents = tmp_path / "Applications" / "Docker.app" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": "4.29.0"}))
    found = desktop(computer({"docker context": output("contexts-mac").encode()}), here("Darwin", tmp_path))
    assert (found.state, found.version) == (DesktopState.STOPPED, "4.29.0")
    assert [c.provider for c in found.contexts if c.current] == ["orbstack"]


def test_mac_running(tmp_path: Path) -> None:
    """Its Engine answers, with too little memory; a damaged Info.plist is no reason to fail."""
    contents = tmp_path / "Applications" / "Docker.app" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_bytes(b"<plist")
    found = desktop(computer({"docker info": output("info-desktop").encode()}), here("Darwin", tmp_path))
    assert (found.state, found.engine, found.memory) == (DesktopState.RUNNING, True, 4113563648)
    assert found.version == ""


def test_windows(tmp_path: Path) -> None:
    """Everything at once: stopped, WSL without virtualization, user not in the group, port 80 kept."""
    _windows_files(tmp_path)
    answers = {
        "wsl.exe --status": windows("wsl-status-no-virtualization"),
        "wsl.exe -l": windows("wsl-list-ja"),
        "wsl.exe --version": windows("wsl-version-ja"),
        "powershell": output("computer-info-off").encode(),
        "net localgroup": windows("docker-users-ja", "cp932"),
        "netsh": windows("excluded-ports", "cp932"),
        "docker context": output("contexts-windows").encode(),
    }
    found = desktop(computer(answers), here("Windows", tmp_path, "10.0.22631", "sato"))
    assert (found.state, found.windows_build, found.virtualization) == (DesktopState.STOPPED, 22631, False)
    assert found.in_docker_users is False and (80, 80) in found.excluded_ports
    assert (found.wsl.problem, found.wsl.version) == ("virtualization", "2.3.24.0")
    assert found.wsl.distributions[0] == ("Ubuntu-22.04", True, 2)


def test_windows_containers(tmp_path: Path) -> None:
    """Desktop's Engine, but for the other kind of containers."""
    _windows_files(tmp_path)
    answers = {
        "docker context": output("contexts-windows").encode(),
        "docker info": output("info-windows-containers").encode(),
    }
    found = desktop(computer(answers), here("Windows", tmp_path))
    assert (found.state, found.os_type) == (DesktopState.RUNNING, "windows")
    assert found.wsl.installed is False and found.in_docker_users is None and found.virtualization is None


def test_programs_that_hang(tmp_path: Path) -> None:
    """A time limit is no answer; a cancel is a cancel."""
    late = InstallError(Code.HOST_TIMEOUT)
    host = FakeHost([Expected(lambda _command: True, late, times=None)])
    assert desktop(host, here("Linux", tmp_path)) == Desktop(system="Linux", state=DesktopState.ABSENT)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        desktop(computer({}), here("Linux", tmp_path), token)
