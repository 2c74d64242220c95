"""Stages from the templates in ``resources/scripts/repair-*.sh``, and the lines of them that are shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from installer.core.resources import read_text, script
from installer.core.step_names import repair_step
from installer.hosts.base import Stage

_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{4,}$|$")
#: The part of a repair that only waits for the package manager.
WAIT = "wait"
#: What a script begins with: functions of another file that it calls.
BEGINS_WITH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"start": ("answers",), "unmask": ("answers",), "restart": ("answers",)}
)


def script_stage(
    repair_id: str, part: str, template: str, values: Mapping[str, str], *, whole: bool = False
) -> Stage:
    """A stage that runs ``repair-<template>.sh`` with its fields filled and what it begins with.
    ``KeyError`` if a field is not given."""
    files = (*BEGINS_WITH.get(template, ()), template)
    text = "".join(read_text(f"scripts/repair-{name}.sh") for name in files)
    text = script(text, values)
    return Stage(f"{repair_step(repair_id)}:{part}", ("sh", "-c", text), whole=whole)


def command_stage(repair_id: str, part: str, *argv: str, whole: bool = False) -> Stage:
    """A stage that is one command."""
    return Stage(f"{repair_step(repair_id)}:{part}", argv, whole=whole)


def shown(stages: Iterable[Stage]) -> tuple[str, ...]:
    """The lines that are run, word for word. Left out: the lines of a key, and how ``wait`` looks who uses
    the package manager, as it changes nothing."""
    return tuple(line for stage in stages for line in _lines(stage))


def _lines(stage: Stage) -> Iterator[str]:
    if stage.writes:
        commands = [shlex.join(part.argv) for part in stage.parts if part.argv]
        yield f"{'; '.join(commands) or ':'} >{stage.writes}"
        return
    if stage.pulls:
        yield from (f"docker pull {image.name}" for image in stage.pulls)
        return
    if stage.argv[:2] != ("sh", "-c"):
        yield shlex.join(stage.argv)
        return
    lines = stage.argv[2].rstrip("\n").split("\n")
    if stage.name.endswith(f":{WAIT}"):
        yield lines[0]
        return
    inside_key = False
    for line in lines:
        if inside_key and _KEY_LINE.match(line):
            continue
        yield line
        if "-----BEGIN PGP" in line:
            inside_key = True
            yield "…"
        elif line.startswith("-----END PGP"):
            inside_key = False
