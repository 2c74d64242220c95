"""About names everything that is bundled."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from installer.core.resources import table
from installer.views.licences import bundled

ROOT = Path(__file__).resolve().parents[2]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def brought_by_requirements() -> set[str]:
    """The program's own requirements and what they require here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [re.split(r"[^A-Za-z0-9_.-]", r)[0] for r in project["dependencies"]]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if normal(name) in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        found.add(normal(name))
        waiting += [re.split(r"[^A-Za-z0-9_.-]", r)[0] for r in package.requires or () if "extra ==" not in r]
    return found


def test_every_required_package_is_listed() -> None:
    listed = {normal(part["name"]) for part in table("licences")["part"] if part.get("package")}
    assert brought_by_requirements() <= listed


def test_every_part_says_its_licence_and_home() -> None:
    parts = bundled()
    assert all(p.licence and p.home.startswith("https://") for p in parts)
    assert {p.name: p.version for p in parts}["paramiko"]
    assert len({p.name for p in parts}) == len(parts)
