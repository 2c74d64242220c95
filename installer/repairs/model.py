"""A repair as pure data, and which repairs could help.

Nothing is done here. What a repair runs is in its stages; ``commands`` is made from the very same stages, so
what is shown is what is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from installer.core.repair_ids import IDS
from installer.hosts.base import Stage

if TYPE_CHECKING:
    from installer.answers import Answers
    from installer.facts.model import Facts
    from installer.preflight.findings import Finding

__all__ = ["IDS", "Repair", "offered", "solving"]

#: Values of ``hosts.ssh.rights.Rights`` with which a command runs as root.
ADMIN_RIGHTS = frozenset({"root", "sudo", "sudo_password"})


@dataclass(frozen=True)
class Repair:
    """What we offer to do about a finding.

    *id*: one of ``IDS``; *params* fill its texts (``resources/texts/*/repairs.toml``). *at_once*: may act
    as soon as it is asked for; the others become steps of the plan. *without_lock*: as a
    step, too, it runs before the installation's lock is taken. *commands*: the lines that are run, word
    for word (only the base64 lines of a key are left out). *changes*: for people: files, packages (``package
    NAME``), services (``service NAME``) and users that it changes. *stages*: what runs, in a detached job or
    one after the other. *solves*: values of ``Code`` that it takes away. *renews*: the rights that it gives
    count for new connections only. *daemon_json*: JSON of what is merged into the Engine's ``daemon.json``
    first (``daemon_file.prepare``), empty if nothing is.
    """

    id: str
    params: Mapping[str, str] = field(default_factory=dict)
    at_once: bool = False
    without_lock: bool = False
    commands: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    solves: frozenset[str] = frozenset()
    renews: bool = False
    daemon_json: str = ""


def offered(facts: Facts, rights: str, answers: Answers, findings: Iterable[Finding]) -> tuple[Repair, ...]:
    """The repairs that could take away one of *findings* on this machine, in the order of ``IDS``. Pure.

    *rights*: a value of ``hosts.ssh.rights.Rights`` or ``local``; empty: judged by the probe's own user, who
    is root wherever we have sudo. Nothing is offered that these rights cannot do.
    """
    from installer.repairs.catalogue import Inputs, all_repairs

    admin = rights in ADMIN_RIGHTS if rights not in ("", "local") else facts.system.uid == 0
    return all_repairs(Inputs(facts, answers, tuple(findings), admin))


def solving(finding: Finding, repairs: Iterable[Repair]) -> tuple[str, ...]:
    """Ids of those of *repairs* that take *finding* away."""
    return tuple(r.id for r in repairs if finding.code.value in r.solves)
