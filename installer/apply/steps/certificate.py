"""HTTPS by ACME: first a look whether the authority would find the server, then the certificate, then HTTPS.

Dify runs, on HTTP or with its former certificate, until the new one is there; whatever fails before leaves it
so. HTTPS is switched on by a plan of its own, made after a new look at the machine (``Engine``).
"""

from __future__ import annotations

from installer.acme.certificates import address_of, due, server_name
from installer.acme.preflight import judge, look
from installer.acme.stages import STEP
from installer.apply.steps.base import Action, Context
from installer.config.acme_awaited import as_asked
from installer.https.acme_commands import binding_path, issue_stages
from installer.state.plan_input import Situation


def wanted(situation: Situation) -> bool:
    """Whether a certificate has to be asked for."""
    answers = situation.answers
    return answers.tls.way.acme and due(answers, situation.facts)


class CheckAddress:
    """Looks whether the address leads here on port 80; a mistake is found before it counts anywhere."""

    id = "address"

    def plan(self, situation: Situation) -> Action | None:
        """Planned with the certificate."""
        return Action(self.id, {"address": address_of(situation.answers)}) if wanted(situation) else None

    def apply(self, action: Action, context: Context) -> None:
        """Raises ``InstallError``: TLS_DNS_MISSING, TLS_DNS_WRONG, TLS_PORT_CLOSED, TLS_CHALLENGE_OTHER,
        TLS_CHALLENGE_BROKEN."""
        situation = context.situation
        if problem := judge(look(context.host, situation.answers, context.cancel)):
            raise problem
        _place_binding(context)


def _place_binding(context: Context) -> None:
    """The key that binds an account, for certbot alone: as a file, never in a command."""
    kid, key = context.secrets.tls_eab_kid, context.secrets.tls_eab_hmac
    if not context.situation.answers.tls.acme_server:
        return
    text = f"eab-kid = {kid.reveal()}\neab-hmac-key = {key.reveal()}\n" if kid and key else "\n"
    context.host.write_file(binding_path(context.situation), text.encode())


class Certificate:
    """Asks the authority, as a detached job."""

    id = STEP

    def plan(self, situation: Situation) -> Action | None:
        """None while the one that is there will do."""
        if not wanted(situation):
            return None
        params = {"address": address_of(situation.answers), "server": server_name(situation.answers)}
        return Action(self.id, params, stages=issue_stages(situation))

    def apply(self, action: Action, context: Context) -> None:
        """It runs as a job."""
        raise AssertionError(f"{action.step} runs as a job")


class SwitchOn:
    """Stands in a plan for what follows once the certificate is there; the engine plans that again."""

    id = "https"

    def plan(self, situation: Situation) -> Action | None:
        """Only where HTTPS waits for its certificate, or the web server for a new one."""
        if not wanted(situation):
            return None
        return Action(self.id, {"url": as_asked(situation.answers).base_url})

    def apply(self, action: Action, context: Context) -> None:
        """The engine does it."""
        raise AssertionError(f"{action.step} is planned again")
