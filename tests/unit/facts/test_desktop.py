"""What Docker's client and Windows' programs say about a person's own computer. Most outputs are
constructed: each file of ``tests/data/desktop`` says from what."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer.facts.desktop import Desktop, DesktopState, Wsl
from installer.facts.engine import EngineKind
from installer.facts.parsers import desktop, docker
from installer.facts.parsers import windows as parse_windows

FOLDER = Path(__file__).parents[2] / "data" / "desktop"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def output(name: str) -> str:
    """The file without its heading."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n", 1)[1]


def windows(name: str, encoding: str = "utf-16-le") -> bytes:
    """The same as Windows writes it."""
    return output(name).replace("\n", "\r\n").encode(encoding)


@pytest.mark.parametrize("name", NAMES)
def test_says_where_it_comes_from(name: str) -> None:
    """Nobody takes a constructed output for a recorded one."""
    first = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith(("# recorded: ", "# constructed: ")) and len(first) > 20


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "contexts-mac",
            [
                ("colima", False, "colima"),
                ("default", False, "engine"),
                ("desktop-linux", False, "desktop"),
                ("orbstack", True, "orbstack"),
                ("rancher-desktop", False, "rancher"),
            ],
        ),
        (
            "contexts-windows",
            [("default", False, "engine"), ("desktop-linux", True, "desktop"), ("far", False, "remote")],
        ),
        ("contexts-linux", [("default", True, "engine")]),
    ],
)
def test_contexts(name: str, expected: list[tuple[str, bool, str]]) -> None:
    """Whose they are, and which one is used."""
    found = [(c.name, c.current, c.provider) for c in desktop.contexts(output(name))]
    assert found == expected


def test_context_with_an_error() -> None:
    """What the client says of one that cannot be used."""
    assert desktop.contexts(output("contexts-windows"))[2].error == "cannot connect"
    assert desktop.contexts("nonsense\n[1]\n{}") == ()
    assert desktop.contexts("") == ()


@pytest.mark.parametrize(
    ("status", "default", "problem"),
    [
        ("wsl-status-en", 2, ""),
        ("wsl-status-ja", 2, ""),
        ("wsl-status-no-virtualization", 2, "virtualization"),
        ("wsl-status-feature", 0, "feature"),
        ("wsl-status-kernel", 2, "kernel"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8"])
def test_wsl_status(status: str, default: int, problem: str, encoding: str) -> None:
    """In two languages, also as UTF-8 (WSL_UTF8=1)."""
    found = parse_windows.wsl(windows(status, encoding), None, None)
    assert (found.installed, found.default_version, found.problem) == (True, default, problem)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "wsl-list-en",
            (("Ubuntu", False, 1), ("docker-desktop", True, 2), ("docker-desktop-data", True, 2)),
        ),
        ("wsl-list-ja", (("Ubuntu-22.04", True, 2), ("docker-desktop", False, 2))),
    ],
)
def test_wsl_distributions(name: str, expected: tuple[tuple[str, bool, int], ...]) -> None:
    """Name, whether it runs, version."""
    found = parse_windows.wsl(b"", windows(name), windows("wsl-version-ja"))
    assert found.distributions == expected and found.version == "2.3.24.0"
    marked = parse_windows.wsl(b"", b"\xff\xfe" + windows(name), None)
    assert marked.distributions == expected and marked.version == ""


def test_no_wsl() -> None:
    """Asked, but not there, is not the same as not asked."""
    assert parse_windows.wsl(None, None, None) == Wsl(installed=False)
    assert Wsl().installed is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (output("computer-info-hypervisor"), True),
        (output("computer-info-off"), False),
        ('{"HyperVisorPresent": false, "HyperVRequirementVirtualizationFirmwareEnabled": true}', True),
        ('{"HyperVisorPresent": false}', None),
        ("[]", None),
        ("Get-ComputerInfo: not found", None),
    ],
)
def test_virtualization(text: str, expected: bool | None) -> None:
    """A running hypervisor needs it; nonsense is not known."""
    assert parse_windows.virtualization(text) is expected


@pytest.mark.parametrize(
    ("user", "expected"),
    [("CORP\\Tanaka", True), ("tanaka", True), ("山田", True), ("PC\\sato", False), ("コマンド", False)],
)
def test_docker_users(user: str, expected: bool) -> None:
    """Members in the console's code page of Japan."""
    assert parse_windows.in_group(windows("docker-users-ja", "cp932"), user) is expected


def test_no_docker_users() -> None:
    """No such group: not known, and nothing to be in."""
    assert parse_windows.in_group(windows("docker-users-missing", "cp932"), "tanaka") is None
    assert parse_windows.in_group(None, "tanaka") is None


def test_excluded_ports() -> None:
    """Ranges that Windows keeps."""
    found = parse_windows.excluded_ports(windows("excluded-ports", "cp932").decode("cp932"))
    assert found == ((80, 80), (5357, 5357), (50000, 50059))


def test_desktop_engine() -> None:
    """Too little memory, Windows containers, not started, somebody else's Engine."""
    stopped = Desktop(system="Darwin", state=DesktopState.STOPPED, executable="/Applications/Docker.app")
    info = docker.info_of(output("info-desktop"))
    running = desktop.with_engine(stopped, info, "", EngineKind.DESKTOP)
    assert running.state is DesktopState.RUNNING and running.engine is True
    assert (running.os_type, running.memory, running.cpus) == ("linux", 4113563648, 8)
    info = docker.info_of(output("info-windows-containers"))
    assert desktop.with_engine(stopped, info, "windows", EngineKind.UNKNOWN).os_type == "windows"
    silent = desktop.with_engine(stopped, {}, "", EngineKind.UNKNOWN)
    assert silent.state is DesktopState.STOPPED and silent.engine is None and silent.memory == -1
    other = desktop.with_engine(stopped, {"ServerVersion": "27"}, "linux", EngineKind.DISTRIBUTION)
    assert other.state is DesktopState.STOPPED and other.engine is False
