"""What a change of an installation makes different, in terms of the settings that people know. Pure; nothing
that leaves this module holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from installer.answers import Answers
from installer.answers.decided import owners
from installer.answers.owned import owner_of
from installer.config.acme_awaited import as_asked
from installer.config.capacity import presets
from installer.views.review import env_changes, installed
from installer.views.wizard.installed import as_installed

if TYPE_CHECKING:
    from installer.apply.plan import Plan

#: Variables that follow from these answers, which are compared themselves; or that are made once.
_COVERED = (
    "site",
    "ports",
    "tls",
    "stores.vector",
    "target",
    "database.kind",
    "capacity",
    "proxy",
    "generated",
)


@dataclass(frozen=True)
class SettingChange:
    """*field*: of the answers file (``ports.http``), or ``env.NAME`` for a variable that no answer compared
    here decides. *old* and *new* as text; empty = not set; ``yes`` or ``no`` for a switch."""

    field: str
    old: str
    new: str


def setting_changes(plan: Plan) -> tuple[SettingChange, ...]:
    """What becomes different for an installation that is there; nothing for a new one. Settings first, in the
    order of the Settings page, then variables of Dify by name."""
    situation = plan.situation
    if not installed(plan) or situation.facts.env is None:
        return ()
    answers = as_asked(situation.answers)
    fresh = Answers(target=answers.target, release=replace(Answers().release, source=answers.release.source))
    before, after = _compared(as_installed(fresh, situation.facts)), _compared(answers)
    differing = [f for f in after if before[f] != after[f]]
    if "tls.mode" in differing:  # these go with the way of encrypting
        differing = [f for f in differing if f not in ("tls.redirect", "tls.acme_server")]
    decided = {**owners(answers), **(_of_presets() if "capacity.preset" in differing else {})}
    variables = (
        SettingChange(f"env.{c.key}", c.old or "", c.new or "")
        for c in env_changes(plan)
        if not (decided.get(c.key) or owner_of(c.key) or "").startswith(_COVERED)
    )
    return (*(SettingChange(f, before[f], after[f]) for f in differing), *variables)


def _of_presets() -> Mapping[str, str]:
    """Variables that a preset sets."""
    return {key: "capacity.preset" for preset in presets() for key in preset["set"]}


def _compared(answers: Answers) -> Mapping[str, str]:
    """Answers that an installation tells, by field."""
    site, ports, tls = answers.site, answers.ports, answers.tls
    return {
        "site.address": answers.site_address,
        "tls.mode": tls.mode,
        "ports.http": _port(ports.http),
        "ports.https": _port(ports.https),
        "tls.acme_server": tls.acme_server,
        "tls.redirect": _switch(tls.redirect and tls.on),
        "tls.hsts": _switch(tls.hsts),
        "site.bind": site.bind,
        "ports.plugin_debugging": _port(ports.plugin_debugging),
        "ports.plugin_debugging_public": _switch(ports.plugin_debugging_public),
        "database.kind": answers.database.kind,
        "database.external": _switch(answers.database.external),
        "stores.vector": answers.stores.vector,
        "stores.external": _switch(answers.stores.external),
        "redis.external": _switch(answers.redis.external),
        "storage.kind": answers.storage.kind,
        "capacity.preset": answers.capacity.preset,
        "proxy.http": answers.proxy.http,
        "proxy.https": answers.proxy.https,
        "registry.mirror": answers.registry.mirror,
    }


def _port(number: int) -> str:
    return str(number) if number else ""


def _switch(on: bool) -> str:
    return "yes" if on else "no"
