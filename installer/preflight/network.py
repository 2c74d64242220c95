"""Judges what the network lets through, and the rows that show it. Pure.

A registry that is not reached only stops an installation that has images to fetch and no mirror; nothing that
is merely a guess stops one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from installer.core.errors import Code
from installer.core.finding import finding
from installer.core.resources import table
from installer.network.model import Endpoint, NetworkFacts
from installer.network.outside import Seen
from installer.preflight.findings import Finding, Way
from installer.preflight.row import Inputs, Row
from installer.state.desired import missing_images

_REGISTRY = ("registry", "registry_login", "registry_data")
_CODES: Mapping[str, frozenset[Code]] = {
    "registry": frozenset({Code.NETWORK_REGISTRY_CLOSED, Code.NETWORK_NAME_UNKNOWN}),
    "mirrors": frozenset({Code.NETWORK_MIRROR_REFUSES}),
    "ipv6": frozenset({Code.NETWORK_IPV6_HALF}),
    "web_clock": frozenset({Code.NETWORK_CLOCK_OFF}),
    "docker_site": frozenset({Code.NETWORK_DOCKER_SITE_CLOSED}),
    "marketplace": frozenset({Code.NETWORK_MARKETPLACE_CLOSED}),
}
#: Statuses with which a mirror says that it will not give this image; 401 asks for a token and is no answer.
_REFUSALS = frozenset({403, 404, 410, 429})


def judge_network(facts: NetworkFacts, *, docker: bool = True) -> Iterator[Finding]:
    """Everything found. *docker*: whether Docker is installed (else its package repository matters)."""
    yield from judge_registry(facts)
    yield from judge_mirrors(facts)
    yield from judge_ipv6(facts)
    yield from judge_clock(facts)
    if not docker:
        yield from judge_docker_site(facts)
    yield from judge_marketplace(facts)


def _closed(endpoint: Endpoint) -> bool:
    return endpoint.reach.state == "closed"


def judge_registry(facts: NetworkFacts) -> Iterator[Finding]:
    """Docker Hub: a name that does not resolve, or no way to it. One finding: the first is the cause."""
    for name in _REGISTRY:
        endpoint = facts.endpoint(name)
        reach = endpoint.reach
        if not _closed(endpoint) or (name == "registry_data" and reach.reason == "name"):
            continue  # the hosts that keep the layers change their names from time to time
        if reach.reason == "name":
            params = {"host": endpoint.host, "resolvers": ", ".join(facts.resolvers), "reason": "name"}
            yield Finding(Code.NETWORK_NAME_UNKNOWN, params, detail=reach.detail)
        else:
            params = {"host": endpoint.host, "proxy": endpoint.proxy, "reason": reach.reason}
            yield finding(Code.NETWORK_REGISTRY_CLOSED, params, detail=reach.detail)
        return


def judge_mirrors(facts: NetworkFacts) -> Iterator[Finding]:
    """Mirrors of Docker's settings that do not answer or refuse."""
    for endpoint in facts.mirror_endpoints:
        refused = endpoint.status in _REFUSALS
        if refused or _closed(endpoint):
            reason = "status" if refused else endpoint.reach.reason
            answer = str(endpoint.status) if endpoint.status else ""
            params = {"mirror": endpoint.host, "answer": answer, "reason": reason}
            yield finding(Code.NETWORK_MIRROR_REFUSES, params, detail=endpoint.reach.detail)


def judge_ipv6(facts: NetworkFacts) -> Iterator[Finding]:
    """IPv6 that is set up and leads nowhere, while IPv4 works: programs may try it first."""
    if not (facts.ipv6_address or facts.ipv6_route):
        return
    for endpoint in facts.endpoints:
        v4, v6 = endpoint.v4, endpoint.v6
        if v4.reach.open and v6.reach.state == "closed" and v6.addresses:
            params = {"host": endpoint.host, "reason": v6.reach.reason}
            yield Finding(Code.NETWORK_IPV6_HALF, params, detail=v6.reach.detail)
            return


def judge_clock(facts: NetworkFacts) -> Iterator[Finding]:
    """A clock far from that of the web's servers."""
    offset = facts.clock_offset
    if offset is not None and abs(offset) > table("network")["clock"]["warn"]:
        yield Finding(Code.NETWORK_CLOCK_OFF, {"seconds": f"{abs(offset):.0f}", "reason": _way(offset)})


def _way(offset: float) -> Literal["ahead", "behind"]:
    return "ahead" if offset > 0 else "behind"


def judge_docker_site(facts: NetworkFacts) -> Iterator[Finding]:
    """Docker's package repository, for a server that is to get Docker."""
    endpoint = facts.endpoint("docker_site")
    if _closed(endpoint):
        params = {"host": endpoint.host, "proxy": endpoint.proxy, "reason": endpoint.reach.reason}
        yield Finding(Code.NETWORK_DOCKER_SITE_CLOSED, params, detail=endpoint.reach.detail)


def judge_marketplace(facts: NetworkFacts) -> Iterator[Finding]:
    """Dify's marketplace, where its plugins come from."""
    endpoint = facts.endpoint("marketplace")
    if _closed(endpoint):
        params = {"host": endpoint.host, "reason": endpoint.reach.reason}
        yield Finding(Code.NETWORK_MARKETPLACE_CLOSED, params, detail=endpoint.reach.detail)


def judge_reach(seen: Seen) -> Finding | None:
    """A port that is known to be closed from outside."""
    if seen.reach.state != "closed":
        return None
    params = {"url": seen.url, "port": str(seen.port), "reason": seen.reach.reason}
    return Finding(Code.REACH_CLOSED, params, detail=seen.reach.detail)


def stops(problem: Finding, facts: NetworkFacts, inputs: Inputs) -> bool:
    """Whether *problem* stops the installation: the registry is closed, there is no mirror, and images are
    missing for sure."""
    if problem.code not in _CODES["registry"]:
        return False
    situation = inputs.situation
    if problem.params.get("host") != facts.endpoint("registry").host or facts.mirrors:
        return False
    if situation is None or situation.carries:
        return False
    return bool(missing_images(situation))


def network_findings(
    facts: NetworkFacts | None, inputs: Inputs
) -> Iterator[tuple[Literal["stop", "warning"], Finding]]:
    """Each finding with its verdict, for the list of checks; nothing before the job's answer is in."""
    if facts is None:
        return
    for found in judge_network(facts, docker=bool(inputs.facts.docker.path)):
        if found.code in _CODES["registry"] and inputs.answers.target.host_kind.takes_images:
            found = replace(found, ways=(Way("images.carry"),))
        yield ("stop" if stops(found, facts, inputs) else "warning"), found


# ------------------------------------------------------------------------------ rows


def network_rows(facts: NetworkFacts | None, inputs: Inputs) -> Iterator[Row]:
    """The rows of the second job; *facts* None: it is still asking. Their ids stay the same."""
    found = facts or NetworkFacts()
    asked = "asking" if facts is None else "tool" if not found.tool else "asked"
    yield _registry_row(found, asked)
    if mirrors := [endpoint.host for endpoint in found.mirror_endpoints]:
        yield Row("mirrors", "network", {"mirrors": ", ".join(mirrors)}, _CODES["mirrors"])
    yield _ipv6_row(found, asked)
    offset = found.clock_offset
    shown = {"seconds": f"{abs(offset or 0):.0f}", "variant": asked}
    yield Row("web_clock", "network", shown, _CODES["web_clock"], known=offset is not None)
    if not inputs.facts.docker.path:
        yield _endpoint_row("docker_site", found, asked)
    yield _endpoint_row("marketplace", found, asked)
    if not inputs.answers.release.is_archive:
        yield _release_row(found, asked)


def _endpoint_row(name: str, facts: NetworkFacts, asked: str) -> Row:
    endpoint = facts.endpoint(name)
    variant = asked if asked != "asked" else "proxy" if endpoint.proxy else "direct"
    params = {"host": endpoint.host, "proxy": endpoint.proxy, "variant": variant}
    return Row(name, "network", params, _CODES.get(name, frozenset()), known=endpoint.reach.open)


def _registry_row(facts: NetworkFacts, asked: str) -> Row:
    row = _endpoint_row("registry", facts, asked)
    known = all(facts.endpoint(name).reach.open for name in _REGISTRY[:2])
    return Row(row.id, row.group, row.params, row.codes, known=known)


def _ipv6_row(facts: NetworkFacts, asked: str) -> Row:
    """Fine without IPv6 at all, and where it works."""
    has = facts.ipv6_address or facts.ipv6_route
    works = any(endpoint.v6.reach.open for endpoint in facts.endpoints)
    variant = asked if asked != "asked" else "works" if works else "none"
    known = asked == "asked" and (works or not has)
    return Row("ipv6", "network", {"variant": variant}, _CODES["ipv6"], known=known)


def _release_row(facts: NetworkFacts, asked: str) -> Row:
    """Not needed: the release goes from this computer to the server. Never a finding."""
    endpoint = facts.endpoint("release")
    reached = "reached" if endpoint.reach.open else "not_reached"
    known = asked == "asked" and endpoint.reach.state != "unknown"
    params = {"host": endpoint.host, "variant": reached if known else asked}
    return Row("release_site", "network", params, known=known)


def reach_row(inputs: Inputs, seen: Seen | None = None) -> Row:
    """Whether Dify's port is open from outside; *seen* None: not checked yet."""
    answers = inputs.answers
    why = "other" if inputs.docker_ready else "docker"
    if answers.site.inside_only:
        why = "loopback"
    if not answers.target.host_kind.seen_from_outside:
        why = "local"
    params = {"variant": why, "url": seen.url if seen else answers.base_url}
    known = seen is not None and seen.reach.open
    return Row("reach", "network", params, frozenset({Code.REACH_CLOSED}), known=known)
