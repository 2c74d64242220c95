"""The command ``snippet``: the configuration for a web server that stands in front of Dify."""

from __future__ import annotations

from installer.answers.tls_modes import MODES
from installer.cli.commands import Call
from installer.config import render
from installer.core.errors import Code, InstallError
from installer.https.reverse_proxy.front import snippet_for

COMMANDS = frozenset({"snippet"})


def run_snippet(call: Call) -> int:
    """Print it; contacts no target. Raises ``InstallError(ANSWERS_BAD_VALUE)`` for answers without a
    proxy."""
    kind = call.arguments.kind
    with call.engine() as engine:
        tls = engine.answers.tls
        if not tls.way.in_front:
            expected = " | ".join(mode.name for mode in MODES if mode.in_front)
            params = {"key": "tls.mode", "value": tls.mode, "expected": expected}
            raise InstallError(Code.ANSWERS_BAD_VALUE, params, detail="tls.mode")
        release = engine.release()
        configuration = render(engine.answers, engine.secrets, release.tree, release.model)
    text = snippet_for(kind, engine.answers, configuration.env)
    call.output.result({"kind": kind, "text": text}, text.splitlines())
    return 0
