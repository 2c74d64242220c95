"""Ask a target for its facts: one request."""

from __future__ import annotations

import secrets

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.facts import parse
from installer.facts.model import Facts
from installer.hosts.base import Command, Host
from installer.resources import read_text

PROBE_SECONDS = 60.0


def gather(host: Host, directory: str, project: str, *, cancel: CancelToken | None = None) -> Facts:
    """Run the probe on *host* and parse its answer.

    Raises ``InstallError(HOST_PROBE_FAILED)`` if the answer is cut off, and what ``Host.run`` raises.
    """
    mark = f"==={secrets.token_hex(8)}"
    command = Command.script(read_text("scripts/probe.sh"), mark, directory, project)
    result = host.run(command, cancel=cancel, timeout=PROBE_SECONDS)
    facts = parse.facts(result.text, mark)
    if facts is None:
        raise InstallError(Code.HOST_PROBE_FAILED, {"host": host.label}, detail=result.errors.strip())
    return facts
