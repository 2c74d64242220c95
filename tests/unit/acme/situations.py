"""Situations with a certificate from an authority: asked for, there, due, over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from installer.answers import Answers, Secrets
from installer.answers.model import Ports, Site, Tls
from installer.config.acme_awaited import in_force
from installer.config.in_use import InUse
from installer.config.render import render
from installer.facts.model import Certificates, Facts, Issued, Renewal
from installer.state.plan_input import Situation
from tests.releases import model_of, tree_of
from tests.situations import ANSWERS, GOOD, VERSION

NAME = "dify.example.jp"
PUBLIC = "https://acme-v02.api.letsencrypt.org/directory"
DAY = 86_400
NOW = GOOD.machine.clock.now
HERE = replace(GOOD, certificates=Certificates(renewal=Renewal(systemd=True)))


def asked(address: str = NAME, **tls: Any) -> Answers:
    """For a certificate for *address*."""
    wanted = Tls(mode="letsencrypt", **{"email": "admin@example.jp", **tls})
    return replace(ANSWERS, site=Site(address), ports=Ports(https=443), tls=wanted)


def there(
    address: str = NAME, *, left: float = 60 * DAY, lasts: float = 90 * DAY, server: str = PUBLIC
) -> Facts:
    """A certificate for *address* of which so many seconds are left."""
    lineage = address.replace(":", "-")
    issued = Issued(lineage, (address,), NOW + left - lasts, NOW + left, server)
    return replace(HERE, certificates=replace(HERE.certificates, issued=(issued,)))


def made(answers: Answers, facts: Facts = HERE) -> Situation:
    """As the engine makes it."""
    answers = in_force(answers, facts)
    model, tree = model_of(VERSION), tree_of(VERSION)
    existing = facts.env.reveal() if facts.env else None
    configuration = render(answers, Secrets(), tree, model, InUse(existing, pins=True))
    return Situation(answers, facts, tree, model, configuration)
