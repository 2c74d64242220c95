"""Ask a target for its facts: one request."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.resources import FOLDER, read_text
from installer.facts import owners
from installer.facts.lines import pairs, sections
from installer.facts.local.probe import gather_native
from installer.facts.machine import Clock
from installer.facts.model import Facts
from installer.facts.parsers import answer
from installer.hosts.base import Command, Host
from installer.untrusted.values import timestamp

PROBE_SECONDS = 60.0


@cache
def script() -> str:
    """The probe: the files of ``resources/scripts/probe`` in the order of their names, joined."""
    names = sorted(path.name for path in (FOLDER / "scripts" / "probe").glob("*.sh"))
    return "".join(
        owners.script() if name == owners.SCRIPT else read_text(f"scripts/probe/{name}") for name in names
    )


def gather(
    host: Host,
    directory: str,
    project: str,
    *,
    cancel: CancelToken | None = None,
    now: Callable[[], float] = time.time,
) -> Facts:
    """Run the probe on *host* and parse its answer, or ask in Python where no scripts run. *now*: our clock.

    Raises ``InstallError(HOST_PROBE_FAILED)`` if the answer is cut off, and what ``Host.run`` raises.
    """
    if not host.kind.runs_scripts:
        return gather_native(host, directory, cancel=cancel)
    mark = f"==={secrets.token_hex(8)}"
    command = Command.script(script(), mark, directory, project)
    before = now()
    result = host.run(command, cancel=cancel, timeout=PROBE_SECONDS)
    after = now()
    facts = answer.facts(result.text, mark, directory)
    if facts is None:
        raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail=result.errors.strip())
    ended = timestamp(pairs(sections(result.text, mark)["end"]).get("now", ""))
    clock = compare(facts.machine.clock, ended, before, after)
    return replace(facts, machine=replace(facts.machine, clock=clock))


def compare(clock: Clock, ended: float, before: float, after: float) -> Clock:
    """*clock* with its offset to ours. *clock.now* and *ended*: the target's whole seconds when the probe
    began and ended, which was between *before* and *after* of our clock."""
    if not clock.now or not ended:
        return clock
    lowest, highest = ended - after, clock.now + 1 - before
    if lowest > highest:  # a clock was set while the probe ran
        return clock
    return replace(clock, offset=(lowest + highest) / 2, uncertainty=(highest - lowest) / 2)
