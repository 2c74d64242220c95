"""Choosing how HTTPS is made: what goes with each way, and the one that suits a new installation. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from installer.answers import Answers, Ports, Site, Tls
from installer.answers.acme_problems import HTTP_PORT, is_public
from installer.answers.model import LOOPBACK
from installer.answers.tls_modes import LetsEncrypt, mode_named
from installer.https.renewal import scheduler_of
from installer.preflight.findings import port_holder
from installer.views.wizard.edits import edit
from installer.views.wizard.missing import free_port
from installer.views.wizard.state import WizardState

if TYPE_CHECKING:
    from installer.facts.model import Facts

#: The default port of HTTPS in browsers.
HTTPS_PORT = 443


@dataclass(frozen=True)
class Reach:
    """Where the web server is published: the address it listens on, and its port for HTTP."""

    bind: str
    http: int

    @classmethod
    def of(cls, answers: Answers) -> Reach:
        """As *answers* say."""
        return cls(answers.site.bind, answers.ports.http)

    def put(self, answers: Answers) -> Answers:
        """*answers* with this one."""
        site, ports = replace(answers.site, bind=self.bind), replace(answers.ports, http=self.http)
        return replace(answers, site=site, ports=ports)


def choose_https(state: WizardState, mode: str, reach: Reach | None = None) -> WizardState:
    """*state* with HTTPS made in the way *mode*, and with the port and *reach* that go with it. Files, names
    and ports that were typed for another way stay: they count again when that is chosen again.

    An unknown *mode* changes nothing.
    """
    way = mode_named(mode)
    if way.name != mode:
        return state
    answers = reach.put(state.answers) if reach is not None else state.answers
    https = answers.ports.https or HTTPS_PORT if way.serves else answers.ports.https
    tls = replace(answers.tls, mode=mode)
    return edit(state, answers=replace(answers, tls=tls, ports=replace(answers.ports, https=https)))


def behind(state: WizardState) -> Reach:
    """Where Dify waits for a web server in front of it: on the machine itself, and not on the port that the
    one in front has."""
    answers = state.answers
    bind = LOOPBACK[0] if answers.site.bind in ("0.0.0.0", "::") else answers.site.bind  # noqa: S104
    http = free_port(state, HTTP_PORT) if answers.ports.http == HTTP_PORT else answers.ports.http
    return Reach(bind, http)


def open_to_all(state: WizardState) -> WizardState:
    """*state* with a web server that is reached from everywhere; its port stays."""
    answers = state.answers
    return edit(state, answers=replace(answers, site=replace(answers.site, bind=Site().bind)))


def fitting_https(answers: Answers, facts: Facts) -> Answers:
    """*answers* of a new installation with a certificate of Let's Encrypt where nothing known stands in its
    way: the address is one of the internet, the ports are ours to have, and the machine can renew it. Else,
    and where a choice was made already, as they are."""
    if answers.tls != Tls() or not answers.target.host_kind.public_by_default or answers.site.inside_only:
        return answers
    if Ports(http=answers.ports.http) != Ports() or not is_public(answers.site_address):
        return answers
    if not scheduler_of(facts):
        return answers
    for port in (HTTP_PORT, HTTPS_PORT):
        if port_holder(facts, answers.site.bind, port, answers.project) is not None:
            return answers
    ports = replace(answers.ports, https=HTTPS_PORT)
    return replace(answers, tls=Tls(mode=LetsEncrypt.name), ports=ports)
