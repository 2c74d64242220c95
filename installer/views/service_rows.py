"""The rows of Containers: one per service, and how many of them are how. Pure: no window, no waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from installer.docker.containers import Container
from installer.docker.short_forms import docker_time, short_ports, tag_of
from installer.operations.actions import ActionName
from installer.operations.usage import Usage
from installer.release.services import by_data_path, group_of
from installer.views.panel import ALL, Acting, PanelState, Tone, run_mark

#: How ``compose stop`` ends a program: by itself, or by a signal (128 + its number).
_STOPPED_CODES = frozenset({0, 130, 137, 143})
#: (state word, health) → word and tone, where the container's own word is enough.
_WORDS: Mapping[tuple[str, str], tuple[str, Tone]] = MappingProxyType(
    {
        ("running", ""): ("running", "ok"),
        ("running", "healthy"): ("healthy", "ok"),
        ("running", "starting"): ("starting", "warning"),
        ("running", "unhealthy"): ("unhealthy", "stop"),
        ("restarting", ""): ("restarting", "stop"),
        ("paused", ""): ("paused", "warning"),
        ("created", ""): ("created", "warning"),
    }
)
_MAKE: frozenset[ActionName] = frozenset({"recreate"})
_GROUPS: Mapping[str, str] = MappingProxyType({"healthy": "running", "running": "running"})


@dataclass(frozen=True)
class Row:
    """One service. *word* is a key of the texts, *seconds* and *code* fill it; *up* is seconds since the
    start, None if it does not run; *back* the seconds an action took; *may* what can be done with it;
    *copies*: how many containers of it there are, of which the one that tells most is shown.
    *group*: where on the data path (a key of the texts). *usage*: None if it is not known now."""

    service: str
    word: str
    tone: Tone
    seconds: float = 0.0
    code: int = 0
    image: str = ""
    tag: str = ""
    ports: str = ""
    up: float | None = None
    restarts: int = 0
    one_shot: bool = False
    back: float | None = None
    may: frozenset[ActionName] = frozenset()
    group: str = "other"
    container: Container | None = None
    usage: Usage | None = None
    copies: int = 1


@dataclass(frozen=True)
class Count:
    """A pill: how many rows are in *group*."""

    group: str
    tone: Tone
    number: int


def rows(state: PanelState, now: float) -> tuple[Row, ...]:
    """One row per service, in the order a request takes."""
    if state.status is None:
        return ()
    found: dict[str, Container] = {}
    for container in state.status.containers:
        # of several containers of a service the one that tells most: one that does not run
        if container.service not in found or not container.running:
            found[container.service] = container
    names = by_data_path({*found, *state.status.services})
    numbers = Counter(container.service for container in state.status.containers)
    shown = (_row(state, name, found.get(name), now) for name in names)
    return tuple(replace(row, copies=numbers[row.service] or 1) for row in shown)


def _row(state: PanelState, service: str, container: Container | None, now: float) -> Row:
    one_shot = state.status is not None and service in state.status.one_shots
    if container is None:
        return _absent(state, service, now, one_shot=one_shot)
    up = _up(state, container, now)
    shown, tone = _word(state, container, one_shot=one_shot)
    acting = _acting(state, container, one_shot=one_shot)
    if acting:
        shown, tone = f"act_{acting.action}", "accent"
    back = container.state == "running" and not acting and not state.lost
    return Row(
        service,
        shown,
        tone,
        seconds=max(0.0, now - acting.since) if acting else up or 0.0,
        code=container.exit_code,
        image=container.image,
        tag=tag_of(container.image),
        ports=short_ports(container.ports),
        up=up,
        restarts=container.restarts,
        one_shot=one_shot,
        back=state.back.get(service) if back else None,
        may=_may(state, container, one_shot=one_shot),
        group=group_of(service),
        container=container,
        usage=None if state.lost or up is None else state.usage.get(container.id),
    )


def _absent(state: PanelState, service: str, now: float, *, one_shot: bool) -> Row:
    """Without a container: it can be made."""
    word: tuple[str, Tone] = ("unknown", "neutral") if state.lost else ("missing", "stop")
    acting = state.acting.get(service)
    if acting is not None and acting.action == "recreate" and not state.lost:
        seconds = max(0.0, now - acting.since)
        return Row(service, "act_recreate", "accent", seconds, one_shot=one_shot, group=group_of(service))
    may: frozenset[ActionName] = frozenset() if one_shot or state.acting or state.lost else _MAKE
    return Row(service, *word, one_shot=one_shot, group=group_of(service), may=may)


def _up(state: PanelState, container: Container, now: float) -> float | None:
    since = docker_time(container.started_at)
    if container.state != "running" or since is None or state.lost:
        return None
    return max(0.0, now - since)


def _word(state: PanelState, container: Container, *, one_shot: bool) -> tuple[str, Tone]:
    if state.lost:
        return "unknown", "neutral"
    if container.state in ("exited", "dead", "removing"):
        return _ended(state, container, one_shot=one_shot)
    health = container.health if container.state == "running" else ""
    return _WORDS.get((container.state, health)) or ("running" if container.running else "unknown", "neutral")


def _ended(state: PanelState, container: Container, *, one_shot: bool) -> tuple[str, Tone]:
    whole = state.status is not None and state.status.state == "stopped"
    if container.oom and container.exit_code:
        return "oom", "neutral" if whole else "stop"
    if one_shot:
        return ("done", "neutral") if container.exit_code == 0 else ("ended", "stop")
    if container.exit_code in _STOPPED_CODES:
        return "stopped", "neutral" if whole else "warning"
    return "ended", "neutral" if whole else "stop"


def _acting(state: PanelState, container: Container, *, one_shot: bool) -> Acting | None:
    """The action that this container has still before it."""
    acting = state.acting.get(container.service) or (None if one_shot else state.acting.get(ALL))
    if acting is None or state.lost:
        return None
    if acting.action == "scale":
        return acting
    if acting.action == "stop":
        return acting if container.state == "running" else None
    if acting.action == "start" and container.state == "running":
        return None
    return acting if acting.before.get(container.service) == run_mark(container) else None


def _may(state: PanelState, container: Container, *, one_shot: bool) -> frozenset[ActionName]:
    if one_shot or state.acting or state.lost:
        return frozenset()
    if container.state in ("running", "restarting", "paused"):
        return frozenset({"restart", "stop", "recreate"})
    return frozenset({"start", "recreate"})


def counts(found: Sequence[Row]) -> tuple[Count, ...]:
    """How many rows are how, the good ones first. One-shots that did their work are not counted."""
    numbers: Counter[tuple[str, Tone]] = Counter()
    for row in found:
        if row.word == "done":
            continue
        group = "changing" if row.word.startswith("act_") else _GROUPS.get(row.word, row.word)
        if group in ("unhealthy", "restarting", "ended", "oom", "missing", "paused", "created"):
            group = "trouble" if row.tone != "neutral" else "stopped"
        numbers[group, row.tone] += 1
    order = ("running", "changing", "starting", "stopped", "trouble", "unknown")
    listed = sorted(numbers.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    return tuple(Count(group, tone, number) for (group, tone), number in listed)
