"""Which program is started: never one from the current folder."""

from __future__ import annotations

import ast
import ntpath
import os
from pathlib import Path

import pytest

import installer
from installer.hosts.local import programs
from installer.hosts.local.environment import environment
from installer.hosts.local.programs import find_program, finish, start, system_program

ROOT = Path(installer.__file__).resolve().parent


def program(folder: Path, name: str = "docker") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\necho decoy\n")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.mark.parametrize("entries", [":", ".", "", "./", "here", "here/../here", "::"])
def test_the_current_folder_holds_no_program(
    entries: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path), program(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    right = program(tmp_path / "right")
    assert find_program("docker", {"PATH": entries}) is None
    assert find_program("docker", {}) is None
    assert find_program("docker", {"PATH": f"{entries}:{right.parent}"}) == str(right)


def test_a_path_is_absolute_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert find_program("./docker", {"PATH": str(tmp_path)}) is None
    assert find_program(str(made), {}) == str(made)
    made.chmod(0o644)
    assert find_program(str(made), {}) is None or (os.geteuid() == 0 and os.access(made, os.X_OK))


def test_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {r"C:\D\docker.EXE", "docker.EXE", r".\docker.EXE", r"\bin\docker.EXE", r"C:bin\docker.EXE"}
    monkeypatch.setattr(os.path, "isfile", files.__contains__)
    monkeypatch.setattr(os, "access", lambda *_: True)
    for entries in ("", ".", r"\bin", "C:bin", ";.;"):
        assert find_program("docker", {"PATH": entries}, platform="win32") is None
    env = {"PATH": r';.;\bin;C:bin;"C:\D"', "PATHEXT": ".EXE"}
    assert find_program("docker", env, platform="win32") == r"C:\D\docker.EXE"
    assert find_program("docker.EXE", env, platform="win32") == r"C:\D\docker.EXE"
    assert find_program(r".\docker", env, platform="win32") is None
    assert environment(base={}, frozen=False, platform="win32")["NoDefaultCurrentDirectoryInExePath"] == "1"


@pytest.mark.parametrize("argv", [["docker"], ["./docker"], ["bin/docker"], [r"\docker.exe"]])
def test_only_what_has_a_place_is_started(argv: list[str]) -> None:
    for begin in (start, finish):
        with pytest.raises(OSError, match="absolute"):
            begin(argv)


def test_programs_of_windows_are_taken_from_its_own_folder() -> None:
    assert ntpath.isabs(system_program("icacls.exe")) and system_program("x").lower().endswith("system32\\x")


WAYS = ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")
#: What starts a program, by module.
STARTS = {
    "subprocess": {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "os": {"system", "popen", "startfile", "posix_spawn", "posix_spawnp"}
    | {f"{kind}{how}" for kind in ("exec", "spawn") for how in WAYS},
    "shutil": {"which"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
}  # fmt: skip


def test_programs_are_found_and_started_at_one_place() -> None:
    for path in (*ROOT.rglob("*.py"), *(ROOT.parent / "ui").rglob("*.py")):
        if path == Path(programs.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                module = getattr(node.func.value, "id", "")
                assert node.func.attr not in STARTS.get(module, ()), f"{path}:{node.lineno}"
            elif isinstance(node, ast.ImportFrom) and node.module in STARTS:
                assert not {alias.name for alias in node.names} & STARTS[node.module], path
