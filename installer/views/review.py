"""What the Review page unfolds: the values that become different, the files, and what others have there.

Pure. Nothing that leaves this module holds a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from installer.apply.plan import Plan
from installer.config.in_use import Change, changes
from installer.config.render import Port
from installer.core.finding import Finding
from installer.core.installation_files import OVERRIDE_FILE
from installer.core.secrets import Redactor
from installer.views.progress import TRANSFERS

Sign = Literal["-", "+", " "]


@dataclass(frozen=True)
class FileRow:
    """A file that is written. *size* in bytes, *mode* as ``0644``."""

    path: str
    size: int
    mode: str


@dataclass(frozen=True)
class DiffLine:
    """A line of the comparison; the sign says what colour alone must not say."""

    sign: Sign
    text: str


def installed(plan: Plan) -> bool:
    """Whether Dify was started there before."""
    record = plan.situation.facts.record
    return bool(record and record.installed)


def warnings_left(plan: Plan) -> tuple[Finding, ...]:
    """What one should know, without what a chosen repair takes away."""
    solved = {code for repair in plan.to_repair for code in repair.solves}
    return tuple(p for p in plan.warnings if p.code.value not in solved)


def upload_bytes(plan: Plan) -> int:
    """Bytes of the files that are copied."""
    return sum(len(file.data) for action in plan.actions for file in action.files)


def images_to_pull(plan: Plan) -> int:
    """How many images are downloaded. Their size is known to the registry only."""
    return sum(int(action.params.get("images", "0")) for action in plan.actions if action.step in TRANSFERS)


def written_files(plan: Plan) -> tuple[FileRow, ...]:
    """What is placed under the docker folder, by path."""
    files = (file for action in plan.actions for file in action.files)
    return tuple(sorted((FileRow(f.path, len(f.data), f"{f.mode:04o}") for f in files), key=lambda r: r.path))


def removed_files(plan: Plan) -> tuple[str, ...]:
    """Files of ours that are taken away."""
    return tuple(path for action in plan.actions for path in action.remove)


def compared_with_release(plan: Plan) -> bool:
    """Whether there is no ``.env`` in use, so that values are compared with the release's own."""
    return plan.situation.facts.env is None


def env_changes(plan: Plan) -> tuple[Change, ...]:
    """Variables of the new ``.env`` that differ from the one in use, or from the release's own."""
    situation = plan.situation
    config = situation.configuration
    redact = Redactor(config.secrets)
    found = config.changes
    if compared_with_release(plan):
        found = changes(situation.model.env_file.values(), config.env)
    # no known secret under any other name either
    return tuple(Change(c.key, c.old and redact(c.old), c.new and redact(c.new)) for c in found)


def env_diff(plan: Plan) -> tuple[DiffLine, ...]:
    """The changes of ``.env`` as lines to take away and lines to add."""
    return tuple(line for change in env_changes(plan) for line in _lines(change))


def _lines(change: Change) -> Iterator[DiffLine]:
    if change.old is not None:
        yield DiffLine("-", f"{change.key}={change.old}")
    if change.new is not None:
        yield DiffLine("+", f"{change.key}={change.new}")


def override_diff(plan: Plan) -> tuple[DiffLine, ...]:
    """The override file, line by line against the one that an earlier run of ours placed; without one all of
    it is new."""
    situation = plan.situation
    redact = Redactor(situation.configuration.secrets)
    new = redact(situation.configuration.override_text).splitlines()
    if not any(row.path == OVERRIDE_FILE for row in written_files(plan)):
        return tuple(DiffLine(" ", line) for line in new)
    old = redact(situation.facts.override).splitlines() if situation.uploaded else []
    return tuple(_compared(old, new))


def _compared(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (DiffLine(" ", line) for line in new[c:d])
        else:
            yield from (DiffLine("-", line) for line in old[a:b])
            yield from (DiffLine("+", line) for line in new[c:d])


def ports_by_reach(plan: Plan) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Published ports that others can reach, and those for the machine itself."""
    ports = plan.situation.configuration.ports
    return tuple(p for p in ports if p.open_to_world), tuple(p for p in ports if not p.open_to_world)


def other_containers(plan: Plan) -> tuple[str, ...]:
    """What else runs in this Docker: Compose projects, and containers of none, by name."""
    answers = plan.situation.answers
    others = (c for c in plan.situation.facts.containers if c.project != answers.project)
    return tuple(sorted({c.project or c.name for c in others}))
