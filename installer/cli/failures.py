"""The command ``diagnose``: known failures in a log. Contacts no server and needs no answers file."""

from __future__ import annotations

import sys
from pathlib import Path

from installer.cli.commands import Call
from installer.diagnosis import decoded, diagnose

COMMANDS = frozenset({"diagnose"})
_USAGE = 2


def run_diagnose(call: Call) -> int:
    """Print the known failures that the log shows, root causes first."""
    arguments, output = call.arguments, call.output
    try:
        log = decoded(_read(arguments.file))
    except OSError as e:
        reason = e.strerror or type(e).__name__
        output.note(output.texts.say("log_unreadable", path=arguments.file, reason=reason))
        return _USAGE
    services = [name.strip() for name in arguments.service.split(",") if name.strip()]
    findings = diagnose(log, arguments.stage, services)
    if output.as_json:
        output.json([{"code": f.code, "lines": list(f.lines)} for f in findings])
    elif not findings:
        output.text(output.texts.say("nothing_known"))
    for n, finding in enumerate(() if output.as_json else findings):
        if n:
            output.text()
        output.known_failure(finding, note=False)
    return 0


def _read(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
