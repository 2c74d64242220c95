"""The engine knows no Qt and no front end, prints only in its command line, and is the one imported."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import installer

ROOT = Path(installer.__file__).resolve().parent

BLOCKED = """
import importlib, sys
for name in ("PySide6", "shiboken6", "ui"):
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
loaded = [m for m in sys.modules if m.partition(".")[0] in ("PySide6", "shiboken6", "ui") and sys.modules[m]]
assert not loaded, loaded
"""


def engine_modules() -> list[str]:
    found = [m.name for m in pkgutil.walk_packages([str(ROOT)], "installer.")]
    return [name for name in found if not name.endswith("__main__")]


def test_every_engine_module_imports_with_qt_blocked() -> None:
    modules = engine_modules()
    assert len(modules) > 60
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKED, *modules], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_installer_imported_is_ours() -> None:
    # PyPI has a package "installer" with the same import name
    assert (ROOT / "engine.py").is_file()
    assert installer.__version__


def test_only_the_command_line_prints_and_nobody_asks() -> None:
    for path in ROOT.rglob("*.py"):
        inside_cli = path.is_relative_to(ROOT / "cli") or path.name == "__main__.py"
        names = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "input" not in names, path
        assert inside_cli or "print" not in names, path


def test_heavy_libraries_are_not_imported_by_the_command_line_itself() -> None:
    code = (
        "import sys, installer.cli.main;"
        "heavy = {'paramiko', 'docker', 'requests', 'cryptography'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_json_of_others_is_read_at_one_place() -> None:
    """``untrusted.json.loads`` has limits; ``json.loads`` has none. Both front ends, too."""
    for path in (*ROOT.rglob("*.py"), *(ROOT.parent / "ui").rglob("*.py")):
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "json"
        }
        assert path.parts[-2:] == ("untrusted", "json.py") or not calls & {"load", "loads", "JSONDecoder"}, (
            path
        )
