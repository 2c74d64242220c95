"""Reads the tables in ``resources/*.toml``: knowledge about Dify that no release states itself.

An entry may carry ``from`` and ``until``: the first release it holds for, and the first one it
holds for no longer. Both are optional; nothing in the code compares versions elsewhere.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import resources

if TYPE_CHECKING:
    from installer.core.version import Version

#: Also in a frozen program, which keeps them as files (``importlib.resources`` would do, but takes a tenth of
#: the time until the first paint).
FOLDER = Path(str(resources.__file__)).parent

#: The one form of a field in a script. ``tests/unit/test_scripts.py`` holds every script to it.
_FIELD = re.compile(r"^([a-z][a-z0-9_]*=)@([A-Z][A-Z0-9_]*)@$", re.MULTILINE)


@cache
def table(name: str) -> Mapping[str, Any]:
    """The parsed ``resources/<name>.toml``. Shared: do not change it."""
    return tomllib.loads(read_text(f"{name}.toml"))


def holds(entry: Mapping[str, Any], version: Version) -> bool:
    """Whether *entry*'s range (``from`` ≤ version < ``until``) contains *version*."""
    from installer.core.version import Version

    first, end = entry.get("from"), entry.get("until")
    if first is not None and version < Version.parse(first):
        return False
    return end is None or version < Version.parse(end)


def entries(name: str, section: str, version: Version) -> tuple[Mapping[str, Any], ...]:
    """The entries of the list *section* in table *name* that hold for *version*, in file order."""
    found: Iterable[Mapping[str, Any]] = table(name).get(section, ())
    return tuple(entry for entry in found if holds(entry, version))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The template *text* with each ``@NAME@`` replaced by its value. ``KeyError`` if one is not given."""
    return re.sub(r"@([A-Z][A-Z0-9_]*)@", lambda m: values[m[1]], text)


def script(text: str, values: Mapping[str, str]) -> str:
    """The shell script *text* with the field of each line ``name=@FIELD@`` replaced by its value, quoted for
    the shell. A field stands nowhere else: what is a word of its own on one line is a variable afterwards, so
    that no value is ever read as shell. ``KeyError`` if one is not given."""
    return _FIELD.sub(lambda m: f"{m[1]}{shlex.quote(values[m[2]])}", text)


def read_text(path: str) -> str:
    """The text of ``resources/<path>``."""
    return (FOLDER / path).read_text(encoding="utf-8")
