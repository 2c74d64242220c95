"""A line of its own to any server of the lab, which can be made bad."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.lab import Server
from tests.lab.procs import wait_until
from tests.lab.switch import Switch
from tests.ssh.sshd import free_port


@dataclass(frozen=True)
class Line:
    """*port* of 127.0.0.1 leads to the server; *switch* sets the faults (``tests.lab.line_proxy``)."""

    port: int
    switch: Switch


@contextmanager
def line_to(server: Server) -> Iterator[Line]:
    """As long as the context lasts."""
    port, admin = free_port(), free_port()
    words = [sys.executable, "-m", "tests.lab.line_proxy", str(port), server.ip, "22", str(admin)]
    switch = Switch(f"http://127.0.0.1:{admin}")
    with subprocess.Popen(words) as process:
        try:
            assert wait_until(switch.answers, 10), "the line does not answer"
            yield Line(port, switch)
        finally:
            process.terminate()
