"""When the stages of a job began and ended, for a client that follows later."""

from __future__ import annotations

import time

from installer.hosts.base import Command, Host
from installer.hosts.jobs.log import TIMES
from installer.untrusted.values import timestamp

SECONDS = 30.0


def stage_times(host: Host, folder: str) -> tuple[tuple[str, float], ...]:
    """When the stages of the job in *folder* began and ended, by this computer's clock (seconds since the
    epoch); empty if it noted none."""
    if host.kind.runs_scripts:
        words = ("sh", "-c", 'date +%s; cat -- "$1"', "sh", f"{folder}/{TIMES}")
        text = host.run(Command(words), timeout=SECONDS).text
    else:
        noted = host.read_file(f"{folder}/{TIMES}") or b""
        text = f"{int(time.time())}\n{noted.decode('utf-8', 'replace')}"
    now, _, rest = text.partition("\n")
    clock = timestamp(now)
    offset = time.time() - clock if clock else 0.0
    pairs = (line.partition(" ") for line in rest.splitlines())
    return tuple((word, found + offset) for word, _, at in pairs if (found := timestamp(at)))
