"""Which modules of the tests a module imports, itself or through others. Read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def reaches(path: Path, module: str) -> bool:
    """Whether the module in file *path*, or a ``conftest.py`` beside or above it, leads to *module*."""
    here = path.relative_to(CHECKOUT)
    conftests = (folder / "conftest.py" for folder in here.parents[:-2])  # not the one for all tests
    waiting = [_name(here), *(_name(found) for found in conftests if (CHECKOUT / found).is_file())]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imported(name))
    return module in seen


@cache
def _imported(name: str) -> frozenset[str]:
    """The modules under ``tests`` that module *name* imports, anywhere in it."""
    path = _file(name)
    if path is None:
        return frozenset()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(path.read_bytes())
    found = {other for node in ast.walk(tree) for other in _names(node, package)}
    parents = {
        ".".join(parts[:n]) for other in found if (parts := other.split(".")) for n in range(1, len(parts))
    }
    return frozenset(other for other in found | parents if _file(other) is not None)


def _names(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
        module = ".".join(filter(None, (base, node.module)))
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)  # may be modules


@cache
def _file(name: str) -> Path | None:
    """The source of module *name*; none for what is not under ``tests``."""
    if name.split(".", maxsplit=1)[0] != "tests":
        return None
    base = CHECKOUT.joinpath(*name.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)
