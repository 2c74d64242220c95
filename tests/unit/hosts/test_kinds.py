"""A kind of host says everything about itself: no other module compares names."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import installer
from installer.answers import Answers, Target
from installer.answers.problems import problems
from installer.core.resources import FOLDER
from installer.hosts.kinds import DESKTOP, KINDS, LINUX, NAMES, SSH, HostKind, kind_named, this_computer
from installer.texts import LANGUAGES, Texts

ROOT = Path(installer.__file__).resolve().parent.parent
HOSTS = ROOT / "installer/hosts"


#: The classes and objects of ``installer/hosts/kinds.py``: a comparison with one asks for a name, too.
KNOWN = frozenset(
    {"SSH", "LINUX", "DESKTOP", "SshServer", "ThisComputer", "LinuxComputer", "DesktopComputer"}
)


def _names_in(node: ast.AST) -> set[str]:
    """Names of kinds among the texts of *node*."""
    texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts & {*NAMES}


def _compares(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    others = " ".join(ast.unparse(side) for side in sides if not _names_in(side)).lower()
    return any(map(_names_in, sides)) and any(word in others for word in ("kind", "target"))


def _knows(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id in KNOWN for n in ast.walk(node))


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "scripts"
    if isinstance(node, ast.Compare):
        return _compares(node) or _knows(node)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) == "isinstance" and _knows(node)
    if isinstance(node, ast.keyword):
        return node.arg == "kind" and bool(_names_in(node.value))
    if isinstance(node, ast.pattern):
        return bool(_names_in(node)) or _knows(node)
    return isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set) and _names_in(node) == {*NAMES}


def asked(source: str) -> Iterator[int]:
    """The lines of *source* that ask which kind a host is, instead of what it is or has."""
    found = (node for node in ast.walk(ast.parse(source)) if _asks(node))
    yield from (getattr(node, "lineno", 0) for node in found)


def test_no_other_module_asks_for_the_kind() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for part in ("installer", "ui")
        for path in sorted((ROOT / part).rglob("*.py"))
        if not path.is_relative_to(HOSTS)
        for line in asked(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "if not host.scripts: pass",
        'answers.target.kind == "ssh"',
        '"local" != target.kind',
        'kind in ("local", "")',
        'Target(kind="local")',
        'words = {"ssh": "server", "local": "computer"}[kind]',
        'match target.kind:\n    case "ssh": pass',
        "match target.host_kind:\n    case SshServer(): pass",
        "host.kind is LINUX",
        "target.kind == SshServer.name",
        "isinstance(target.host_kind, ThisComputer)",
    ],
)
def test_each_way_to_ask_for_it_is_found(line: str) -> None:
    assert list(asked(line))


def test_other_things_are_called_so_too() -> None:
    assert not list(asked('if rights == "local" or database.kind == "mysql" or host.kind.runs_scripts: pass'))
    assert not list(asked("Target(kind=ThisComputer.name); SECRETS = {'ssh': ()}"))


def test_each_capability_is_asked_for() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for part in ("installer", "ui")
        for path in (ROOT / part).rglob("*.py")
        if path != HOSTS / "kinds.py"
    )
    said = {name for name in vars(HostKind) if not name.startswith("_")} | {*HostKind.__annotations__}
    assert {name for name in said if not re.search(rf"\.{name}\b", source)} == set()


# ---------------------------------------------------------------- what a kind says


@pytest.mark.parametrize(("system", "here"), [("linux", LINUX), ("darwin", DESKTOP), ("win32", DESKTOP)])
def test_a_kind_is_found_by_its_name(system: str, here: HostKind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert this_computer() is here
    assert [kind_named(name) for name in ("ssh", "local", "none of them")] == [SSH, here, SSH]
    assert Target(kind="local").host_kind is here and Target().host_kind is SSH


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_a_kind_is_complete(kind: HostKind) -> None:
    assert kind.name in NAMES
    assert kind.fields <= {field.name for field in fields(Target)} - {"kind", "directory", "project"}
    assert {*kind.needed} <= kind.fields
    assert (FOLDER / "icons" / f"{kind.icon}.svg").is_file()
    assert kind.remote == kind.needs_login == ("host" in kind.fields)
    assert not (kind.remote and kind.engine_in_vm)
    assert all(Texts(language).ui(f"server.kind_{kind.text_key}") for language in LANGUAGES)


def test_fields_of_another_kind_do_not_count() -> None:
    filled = Target(
        host="192.0.2.1", port=2222, user="u", identity_file="/k", host_key="SHA256:x", jump="me@gate",
        directory="/srv/dify", project="p", docker="c",
    )  # fmt: skip
    for kind in KINDS:
        mine = Target(**{**{f.name: getattr(filled, f.name) for f in fields(Target)}, "kind": kind.name})
        differing = {f.name for f in fields(Target) if getattr(mine.counted, f.name) != getattr(mine, f.name)}
        assert differing == {f.name for f in fields(Target)} - kind.fields - {"kind", "directory", "project"}


@pytest.mark.parametrize(
    ("target", "key"),
    [
        (Target(), "target.host"),
        (Target(host="192.0.2.1"), "target.user"),
        (Target(host="192.0.2.1", user="u", docker="c"), "target.docker"),
        (Target(host="192.0.2.1", user="u", directory="~/Dify"), "target.directory"),
        (Target(kind="local", host="192.0.2.1"), "target.host"),
        (Target(kind="local", jump="me@gate"), "target.jump"),
        (Target(kind="cloud", host="192.0.2.1", user="u"), "target.kind"),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(target: Target, key: str) -> None:
    assert key in [problem.params["key"] for problem in problems(Answers(target=target))]


def test_where_dify_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.home()
    assert SSH.default_directory() == "/opt/dify"
    assert DESKTOP.default_directory() == str(home / "Dify")
    for user, folder in ((0, "/opt/dify"), (1000, str(home / "Dify"))):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user, raising=False)
        assert sys.platform == "win32" or LINUX.default_directory() == folder
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "home", lambda: Path("/users/Jörg"))
    assert DESKTOP.default_directory() == str(Path("/Dify"))


def test_which_folders_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SSH.fits("/opt/dify") and not SSH.fits("~/Dify") and not SSH.fits("C:\\Dify")
    monkeypatch.setattr(sys, "platform", "win32")
    assert DESKTOP.fits("C:\\Dify") and DESKTOP.fits("~/Dify") and not DESKTOP.fits("/opt/dify")
    monkeypatch.setattr(sys, "platform", "linux")
    assert LINUX.fits("/opt/dify")
