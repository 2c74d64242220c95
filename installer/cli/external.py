"""The command about external services: what is tested, and the results."""

from __future__ import annotations

from installer.apply.plan import finding_json
from installer.cli.commands import Call
from installer.cli.show import external_lines

COMMANDS = frozenset({"external"})
_BLOCKED = 3


def run_external(call: Call) -> int:
    """Try them, and print what was found; 3 where something stops an installation."""
    with call.engine() as engine:
        results = engine.tried(engine.situation()).external
    findings = [finding for tested in results for finding in tested.findings]
    stops = any(finding.weight == "stop" for finding in findings)
    if call.output.as_json:
        found = [finding_json(finding) for finding in findings]
        call.output.json({"services": [tested.as_json() for tested in results], "findings": found})
        return _BLOCKED if stops else 0
    texts = call.output.texts
    for line in external_lines(results, texts):
        call.output.text(line)
    if not results:
        call.output.text(texts.say("external_none"))
    call.output.findings(findings)
    return _BLOCKED if stops else 0
