"""Pure parser of the network job's answer (``resources/scripts/network.sh``); whose machine it is, by
``resources/providers.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any

from installer.core.resources import table
from installer.facts.lines import bounded
from installer.network.model import Endpoint, Machine, NetworkFacts, Reach, Way
from installer.untrusted.values import decimal, timestamp, whole

#: What the tools say when they fail → a word; the first that fits counts. curl's numbers are its exit codes.
_REASONS = (
    ("not_asked", r"not asked"),
    ("name", r"\(6\)|could(n't| not) resolve|name or service not known|unable to resolve"),
    ("proxy", r"\(5\)|\(97\)|proxy|CONNECT tunnel"),
    ("route", r"unreachable|no route|cannot assign|no address|not available|address family"),
    ("refused", r"refused"),
    ("timeout", r"\(28\)|timed? ?out"),
    ("tls", r"\(35\)|\(60\)|ssl|tls|certificate"),
)
Fields = list[str]


def reason(text: str) -> str:
    """The word for a failure that a tool describes as *text*."""
    for word, pattern in _REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            return word
    return "other"


def network_facts(text: str, mark: str) -> NetworkFacts | None:
    """The whole answer; None if it is cut off."""
    found: dict[str, list[Fields]] = {}
    for line in bounded(text).splitlines():
        head, _, rest = line.partition("\t")
        if head == mark:
            kind, *fields = rest.split("\t")
            found.setdefault(kind, []).append([*fields, *[""] * 8])
    if "end" not in found:
        return None
    machine = _machine(found)
    endpoints = {f[0]: Endpoint(f[0], f[1], proxy=f[2]) for f in found.get("endpoint", ())}
    names = {(f[0], f[1]): f[2].split() for f in found.get("name", ())}
    for fields in found.get("way", ()):
        if fields[0] in endpoints:
            endpoints[fields[0]] = _with_way(endpoints[fields[0]], fields)
    ipv6 = {f[0] for f in found.get("ipv6", ())}
    return NetworkFacts(
        endpoints=tuple(_with_names(e, names) for _, e in sorted(endpoints.items())),
        tool=_first(found, "tool"),
        resolvers=_resolvers(found.get("resolvers", ())),
        mirrors=tuple(_first(found, "mirrors").split()),
        ipv6_address="address" in ipv6,
        ipv6_route="route" in ipv6,
        clock_offset=_offset(found.get("way", ())),
        provider=recognise(machine),
        machine=machine,
    )


def _first(found: dict[str, list[Fields]], kind: str, index: int = 0) -> str:
    return found[kind][0][index].strip() if kind in found else ""


def _resolvers(lists: Iterable[Fields]) -> tuple[str, ...]:
    """Those behind systemd-resolved, else what resolv.conf names."""
    known = {path: tuple(addresses.split()) for path, addresses, *_ in lists}
    return known.get("/run/systemd/resolve/resolv.conf") or known.get("/etc/resolv.conf") or ()


def _machine(found: dict[str, list[Fields]]) -> Machine:
    return Machine(
        dmi={f[0]: f[1].strip() for f in found.get("dmi", ()) if f[1].strip()},
        cloud=_first(found, "cloud"),
        address=_first(found, "reverse", 0),
        reverse=_first(found, "reverse", 1),
        domain=_first(found, "domain"),
    )


def _with_way(endpoint: Endpoint, fields: Fields) -> Endpoint:
    _, family, status, connected, seconds, _, error, *_ = fields
    way = Way(
        reach=_reach(whole(status), connected == "yes", error),
        status=whole(status),
        seconds=decimal(seconds),
    )
    name = {"4": "v4", "6": "v6"}.get(family, "through")
    return replace(endpoint, **{name: way})  # type: ignore[arg-type]


def _reach(status: int, connected: bool, error: str) -> Reach:
    if status == 407:
        return Reach("unknown", "proxy_login", "407")
    if status >= 500:
        return Reach("closed", "status", str(status))
    if status or connected:
        return Reach("open", "")
    if not error:
        return Reach("unknown", "no_answer")
    word = reason(error)
    if word == "not_asked":
        return Reach("unknown", "tool", error)
    return Reach("closed", word, error)


def _with_names(endpoint: Endpoint, names: dict[tuple[str, str], list[str]]) -> Endpoint:
    for family in ("4", "6"):
        found = names.get((endpoint.id, family))
        if found is not None and found != ["unknown"]:
            name = f"v{family}"
            way = replace(getattr(endpoint, name), addresses=tuple(found))
            endpoint = replace(endpoint, **{name: way})
    return endpoint


def _offset(ways: Iterable[Fields]) -> float | None:
    """How far the server's clock is ahead of the HTTP Date headers that it got; the middle one, as a caching
    proxy may repeat an old one."""
    offsets: list[float] = []
    for fields in ways:
        date, server = fields[5], timestamp(fields[7])
        try:
            if server:
                offsets.append(server - parsedate_to_datetime(date).timestamp())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return float(median(offsets)) if offsets else None


def providers() -> Mapping[str, Mapping[str, Any]]:
    """Every provider by its id, in the table's order."""
    found: Mapping[str, Mapping[str, Any]] = table("providers")["provider"]
    return found


def recognise(machine: Machine) -> str:
    """The id of the provider, empty if none is recognised. The reverse name says most: OpenStack and KVM are
    many providers' ``sys_vendor``."""
    for field in ("reverse", "domain", "cloud", "dmi"):
        for provider, entry in providers().items():
            if _fits(entry.get(field, {}), field, machine):
                return provider
    return ""


def _fits(patterns: Any, field: str, machine: Machine) -> bool:
    if field == "dmi":
        return any(
            re.search(pattern, machine.dmi.get(name, ""), re.IGNORECASE) for name, pattern in patterns.items()
        )
    text = str(getattr(machine, field))
    return bool(text) and any(re.search(pattern, text, re.IGNORECASE | re.MULTILINE) for pattern in patterns)
