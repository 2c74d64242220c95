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


FEWEST_LINES, MOST_LINES, MOST_OF_A_FUNCTION = 40, 500, 60
#: Modules of fewer lines, and why each is no part of another; any other belongs into the one that it serves.
SMALL = {
    # names that are needed where nothing else may be imported
    "installer/acme/stages.py": "names; the follower of a job needs no ACME",
    "installer/core/installation_files.py": "names, for all layers",
    "installer/core/repair_ids.py": "names; the answers are checked before anything else is imported",
    "installer/core/step_names.py": "names; the first page needs them",
    "installer/https/reverse_proxy/kinds.py": "names; the command line's options list them",
    "ui/panel/containers/grid_columns.py": "names, for the grid's model, words, painting and section",
    # what several modules of a layer share
    "installer/answers/refusal.py": "shared by the readers of answers and secrets and by the checks",
    "installer/core/streams.py": "shared by hosts, Docker, the terminal and image transfer",
    "installer/docker/compose.py": "shared by all who call Compose",
    "installer/docker/versions.py": "shared by checks and repairs; release versions are another syntax",
    "installer/hosts/archive.py": "shared by both hosts",
    "installer/hosts/limits.py": "shared by both hosts",
    "installer/release/source.py": "shared by answers and releases",
    "installer/views/wizard/latest.py": "shared by two parts of the wizard's state",
    "ui/background/clipboard.py": "shared by the program and a widget, which may not import the program",
    "ui/widgets/announce.py": "shared by wizard and panel",
    "ui/widgets/escape.py": "shared by wizard and panel",
    "ui/window/bottom_bar.py": "shared by every page and the window",
    "ui/wizard/settings/https/panel.py": "base class of the panels for the TLS modes",
    # one of its kind in each module
    "installer/answers/tls_modes/letsencrypt.py": "a TLS mode",
    "installer/answers/tls_modes/off.py": "a TLS mode",
    "installer/answers/tls_modes/proxy.py": "a TLS mode",
    "installer/answers/tls_modes/self_signed.py": "a TLS mode",
    "installer/apply/steps/carry.py": "a step of the plan",
    "installer/cli/external.py": "commands; imported when one is given",
    "installer/cli/failures.py": "commands; imported when one is given",
    "installer/cli/known.py": "commands; imported when one is given",
    "installer/cli/webserver.py": "commands; imported when one is given",
    "installer/facts/parsers/login.py": "a section of the probe's answer",
    "installer/facts/parsers/webservers.py": "a section of the probe's answer",
    "installer/preflight/webserver.py": "a subject of the checks",
    "ui/panel/history/section.py": "a section of the panel; its controller is beside it",
    "ui/wizard/review/controller.py": "the controller of a page",
    "ui/wizard/where/controller.py": "the controller of a page",
    # one thing that is done apart from what is beside it
    "installer/apply/readiness/stale_upstream.py": "a workaround, to be taken out in one piece",
    "installer/cli/printing.py": "the only module that writes to a stream",
    "installer/https/renew.py": "runs a command; renewal.py is pure",
    "installer/registry/login.py": "runs a command on the target; the rest asks registries from here",
    "installer/terminal/flood.py": "pure; session.py has threads",
    "installer/views/licences.py": "read for About alone",
    "ui/panel/terminal/colors.py": "a table",
    "ui/widgets/practice.py": "only with a practice server",
}


def test_small_modules_have_a_reason_and_no_module_is_long() -> None:
    root = ROOT.parent
    lines = {
        path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for top in ("installer", "ui")
        for path in (root / top).rglob("*.py")
        if not path.name.startswith("__")
    }
    assert {name for name, count in lines.items() if count < FEWEST_LINES} <= SMALL.keys()
    assert SMALL.keys() <= lines.keys(), "a module that is not there any more"
    assert not [name for name, count in lines.items() if count > MOST_LINES]


def test_no_function_is_long() -> None:
    root = ROOT.parent
    for path in (*ROOT.rglob("*.py"), *(root / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                assert length <= MOST_OF_A_FUNCTION, f"{path}: {node.name}"
