"""The commands about the network: what the server reaches, whether it is reached, and the way through SSH."""

from __future__ import annotations

import dataclasses
import threading

from installer.apply.plan import finding_json
from installer.apply.readiness.from_outside import look_now
from installer.cli.commands import CANCELLED, Call
from installer.core.errors import InstallError
from installer.core.formatting import plain_data
from installer.facts.web import Web
from installer.network.forward import open_through_ssh
from installer.network.gather import gather_network
from installer.preflight.network import network_findings, network_rows
from installer.preflight.row import Inputs

COMMANDS = frozenset({"network", "reach", "forward"})


def run_network(call: Call) -> int:
    """Print what the server reaches, and what is wrong with it."""
    with call.engine() as engine:
        facts = engine.facts()
        found = gather_network(engine.host, engine.answers, call.cancel)
    inputs = Inputs(engine.answers, facts, None, "")
    findings = [finding for _, finding in network_findings(found, inputs)]
    if call.output.as_json:
        data = plain_data(dataclasses.asdict(found))
        call.output.json({**data, "findings": [finding_json(finding) for finding in findings]})
        return 0
    texts = call.output.texts
    for row in network_rows(found, inputs):
        finding = next((f for f in findings if row.takes(f)), None)
        verdict = "warning" if finding else "ok" if row.known else "unknown"
        params = {**(finding.params if finding else {}), **row.params}
        name, evidence = texts.check_name(row.id, params), texts.check_evidence(row.id, verdict, params)
        call.output.text(f"{name}: {evidence}")
    call.output.findings(findings)
    return 0


def run_reach(call: Call) -> int:
    """Print whether this computer reaches Dify's ports."""
    with call.engine() as engine:
        found = look_now(engine.host, engine.situation(), call.emit, call.cancel)
    if call.output.as_json:
        hidden = ("step", "at")
        ports = [{k: v for k, v in dataclasses.asdict(e).items() if k not in hidden} for e in found]
        call.output.json({"ports": ports})
    return 0


def run_forward(call: Call) -> int:
    """Open Dify on this computer through SSH, until interrupted."""
    stop = threading.Event()

    def failed(error: InstallError) -> None:
        call.output.note(call.output.texts.explain(error.code, error.params).what)

    with call.engine() as engine:
        name = f"{engine.home.client_id()}:{engine.host.label}:{engine.answers.directory}"
        web = Web.of(engine.answers)
        with (
            open_through_ssh(engine.host, web, name=name, on_error=failed) as way,
            call.cancel.on_cancel(stop.set),
        ):
            if call.output.as_json:
                call.output.json({"url": way.url, "by_program": way.by_program})
            else:
                call.output.text(way.url)
                call.output.note(call.output.texts.say("forwarding"))
            stop.wait()
    return CANCELLED
