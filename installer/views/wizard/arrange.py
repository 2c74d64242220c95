"""Where each row of the checks stands while they come in. Pure.

Rows keep their places until nothing more is awaited; then what needs attention is on top, the worst first.
``awaited`` holds the rows whose result is awaited, ``attention`` the ids of those on top, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from installer.facts.model import Facts
from installer.preflight.check_list import Network, check_list, worst_first
from installer.views.wizard.state import WizardState

if TYPE_CHECKING:
    from installer.preflight.check_list import Check


def awaited(state: WizardState) -> frozenset[str]:
    """The rows that are being checked now; none once no check runs."""
    return state.checks.awaited if state.work.busy is not None or state.network.looking else frozenset()


def arranged(state: WizardState) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """The rows that need attention, and all others."""
    if state.checks.facts is None and not awaited(state):
        return (), ()  # what an earlier look found says nothing any more
    places = {check_id: place for place, check_id in enumerate(state.checks.attention)}
    top = sorted((c for c in state.checks.rows if c.id in places), key=lambda c: places[c.id])
    return tuple(top), tuple(c for c in state.checks.rows if c.id not in places)


def looking(state: WizardState, only: str = "") -> WizardState:
    """*state* when a look begins. All rows are awaited, or just *only* (one look finds out everything, but
    who asked for one row waits for that one). Without rows from before, those that will come stand there."""
    if not state.checks.rows:
        rows = coming(state)
        waiting = frozenset(row.id for row in rows)
        return replace(state, checks=replace(state.checks, rows=rows, awaited=waiting, attention=()))
    ids = frozenset(row.id for row in state.checks.rows)
    return replace(state, checks=replace(state.checks, awaited=ids & {only} or ids))


def coming(state: WizardState) -> tuple[Check, ...]:
    """The rows of a machine of which nothing is known yet."""
    network = Network() if state.network.looking else None
    rows = check_list(state.answers, Facts(), None, network=network)
    return tuple(replace(row, verdict="unknown", problem=None) for row in rows)


def come_in(state: WizardState, checks: Iterable[Check], *, more: bool) -> WizardState:
    """*state* with *checks* as they are known now. *more*: others will follow, for those not known yet."""
    rows = tuple(checks)
    late = {"network"} if state.network.looking else set()
    waiting = (c.id for c in rows if c.verdict == "unknown" and (more or c.group in late))
    new = replace(state, checks=replace(state.checks, rows=rows, awaited=frozenset(waiting)))
    return new if more or new.checks.awaited else settled(new)


def settled(state: WizardState) -> WizardState:
    """*state* once everything is in: what needs attention goes to the top."""
    bad = (c.id for c in worst_first(state.checks.rows) if c.verdict in ("stop", "warning"))
    return replace(state, checks=replace(state.checks, awaited=frozenset(), attention=tuple(bad)))
