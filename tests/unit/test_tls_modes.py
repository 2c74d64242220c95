"""A TLS mode says everything about itself: no other module compares names, and its texts are there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import installer
from installer.answers import Secrets, Tls
from installer.answers.tls_modes import MODES, Off, TlsMode, mode_named, mode_of_file
from installer.core.resources import FOLDER
from installer.texts import LANGUAGES, Texts

ROOT = Path(installer.__file__).resolve().parent.parent
MODULES = ROOT / "installer/answers/tls_modes"
NAMES = frozenset(mode.name for mode in MODES)
#: Words that also name other things: they count where a mode is compared or given.
COMMON = frozenset({"off", "own", "proxy"})
#: What a mode is called where it is compared.
ABOUT_MODES = ("mode", "tls", "way", "kind")


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _names_in(node: ast.AST) -> set[str]:
    texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts & NAMES


def named(source: str) -> Iterator[int]:
    """The lines of *source* that name a TLS mode."""
    tree = ast.parse(source)
    docstrings = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            others = " ".join(ast.unparse(side) for side in sides if not _names_in(side)).lower()
            if any(map(_names_in, sides)) and any(word in others for word in ABOUT_MODES):
                yield node.lineno
        elif isinstance(node, ast.keyword):
            if node.arg == "mode" and _names_in(node.value):
                yield node.lineno
        elif isinstance(node, ast.match_case):
            if _names_in(node.pattern):
                yield node.pattern.lineno
        elif isinstance(node, ast.Constant) and node not in docstrings and node.value in NAMES - COMMON:
            yield node.lineno


def test_no_other_module_names_a_mode() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for part in ("installer", "ui")
        for path in sorted((ROOT / part).rglob("*.py"))
        if not path.is_relative_to(MODULES)
        for line in named(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'answers.tls.mode == "proxy"',
        '"own" != tls.mode',
        'tls.mode in ("off", "proxy")',
        'state.kind == "own"',
        'Tls(mode="off")',
        'ICONS = {"letsencrypt": "lock"}',
        'x = "self-signed"',
        'match mode:\n    case "own": pass',
    ],
)
def test_each_way_to_name_one_is_found(line: str) -> None:
    assert list(named(line))


def test_other_things_are_called_so_too() -> None:
    assert not list(named('if log.phase == "off" or role == "proxy" or entry.get("own"): pass'))


# ---------------------------------------------------------------- what a mode says


def test_names_files_and_positions_are_there_once() -> None:
    files = [mode.files for mode in MODES if mode.files]
    assert len(NAMES) == len(MODES) == len({mode.position for mode in MODES})
    assert len({name for pair in files for name in pair}) == 2 * len(files)


def test_a_mode_is_found_by_its_name_and_by_its_file() -> None:
    assert [mode_named(mode.name) for mode in MODES] == list(MODES)
    assert isinstance(mode_named("none of them"), Off) and isinstance(mode_named([]), Off)
    assert all(mode_of_file(mode.files[0]) is mode for mode in MODES if mode.files)
    assert mode_of_file("fullchain.pem") is None


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_a_mode_is_complete(mode: TlsMode) -> None:
    assert mode.fields <= {field.name for field in fields(Tls)} - {"mode"}
    assert {f"tls_{name}" for name in mode.secrets} <= {field.name for field in fields(Secrets)}
    assert (FOLDER / "icons" / f"{mode.icon}.svg").is_file()
    assert not (mode.serves and mode.in_front)
    assert mode.serves == (mode.acme or mode.files is not None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_a_mode_has_its_texts(mode: TlsMode, language: str) -> None:
    texts, key = Texts(language), mode.text_key
    wanted = [f"settings.https_{key}", f"settings.https_{key}_text", f"review.encryption_{key}"]
    wanted += [f"settings.https_{key}_about"] if mode.explained else []
    wanted += [f"certificate.kind_{key}"] if mode.serves else []
    assert all(texts.ui(name) for name in wanted)


def test_fields_of_another_mode_do_not_count() -> None:
    filled = Tls(
        certificate="/a", key="/b", email="a@b.example", acme_server="https://ca", redirect=False, hsts=True,
        proxy_install=True, proxy_certificate="/c", proxy_key="/d",
    )  # fmt: skip
    for mode in MODES:
        mine = Tls(**{**{f.name: getattr(filled, f.name) for f in fields(Tls)}, "mode": mode.name})
        differing = {f.name for f in fields(Tls) if getattr(mine.counted, f.name) != getattr(mine, f.name)}
        assert differing == {f.name for f in fields(Tls)} - mode.fields - {"mode", "redirect"}
