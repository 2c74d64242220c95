"""Looks at a site's name, for the states of several pages."""

from __future__ import annotations

import time
from dataclasses import replace

from installer.acme.dns import Names
from installer.acme.dns_look import DnsLook
from installer.answers import Answers, Ports, Site, Target, Tls
from installer.core.errors import InstallError
from installer.views.wizard import Dns, WizardState

NAME = "dify.example.jp"
SERVER = ("203.0.113.24", "8.8.4.4", "2001:4860:4860::8844")
NOBODY = Names()
ELSEWHERE = Names(("198.51.100.7", "1.1.1.1"))
WAITED = 80.0


def automatic(answers: Answers, name: str = NAME) -> Answers:
    """*answers* with a certificate of an authority."""
    target = replace(answers.target, host="8.8.4.4") if answers.target.kind == "ssh" else Target(kind="local")
    tls, site = Tls(mode="letsencrypt"), Site(name)
    return replace(answers, target=target, tls=tls, site=site, ports=Ports(https=443))


def look(here: Names = NOBODY, server: Names | None = None, *, name: str = NAME, ago: float = 0.0) -> DnsLook:
    """What was seen *ago* seconds before."""
    return DnsLook(name, here, here if server is None else server, SERVER[1:], True, time.time() - ago)


def problem(seen: DnsLook) -> InstallError:
    """What is wrong by *seen*."""
    found = seen.problem
    assert found is not None
    return found


def missing(state: WizardState) -> WizardState:
    """Nobody knows the name yet."""
    return replace(state, dns=Dns((look(),)))


def wrong(state: WizardState) -> WizardState:
    """It leads to others, and to one that has to go."""
    return replace(state, dns=Dns((look(ELSEWHERE),)))


def waiting(state: WizardState) -> WizardState:
    """Somebody waits since a while; the server's resolver knows already."""
    right = Names(("8.8.4.4",))
    seen = (look(ago=75), look(ago=60), look(NOBODY, right, ago=45), look(NOBODY, right, ago=15))
    return replace(state, dns=Dns(seen, time.time() - WAITED))
