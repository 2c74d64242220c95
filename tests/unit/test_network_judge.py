"""What the network's facts mean: each finding both ways, a row and a text for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

import pytest

from installer.answers import Answers
from installer.answers.model import Site, Target
from installer.answers.optional import Registry
from installer.core.errors import CATALOGUE, Code
from installer.core.finding import repairs_for
from installer.core.repair_ids import IDS
from installer.facts.model import DockerFacts, Facts
from installer.network.model import Endpoint, NetworkFacts, Reach, Way
from installer.network.outside import Seen
from installer.preflight.network import judge_network, judge_reach, network_findings, network_rows, reach_row
from installer.preflight.row import Inputs
from installer.release.source import Release
from installer.texts import LANGUAGES, Texts, table
from tests.situations import ANSWERS, GOOD, installed, situation

OPEN = Way(Reach("open", ""), ("198.51.100.1",), 200, 0.1)
NO_V6 = Way(Reach("closed", "name"), ())
REFUSED = Way(Reach("closed", "timeout", "(28) timed out"), ("198.51.100.1",))


def endpoint(name: str, v4: Way = OPEN, v6: Way = NO_V6, **more: str) -> Endpoint:
    return Endpoint(name, f"https://{name}.example/v2/", v4=v4, v6=v6, **more)  # type: ignore[arg-type]


NETWORK = {
    *("NETWORK_REGISTRY_CLOSED", "NETWORK_NAME_UNKNOWN", "NETWORK_MIRROR_REFUSES", "NETWORK_IPV6_HALF"),
    *("NETWORK_CLOCK_OFF", "NETWORK_DOCKER_SITE_CLOSED", "NETWORK_MARKETPLACE_CLOSED"),
}
NAMES = ("registry", "registry_login", "registry_data", "docker_site", "marketplace", "release")
HEALTHY = NetworkFacts(
    endpoints=tuple(endpoint(name) for name in NAMES),
    tool="curl",
    resolvers=("192.0.2.53",),
    clock_offset=0.4,
)


def with_endpoint(changed: Endpoint, facts: NetworkFacts = HEALTHY) -> NetworkFacts:
    return replace(facts, endpoints=(*(e for e in facts.endpoints if e.id != changed.id), changed))


def codes(facts: NetworkFacts, *, docker: bool = True) -> list[Code]:
    return [problem.code for problem in judge_network(facts, docker=docker)]


def test_a_healthy_network_has_no_findings() -> None:
    assert codes(HEALTHY) == codes(HEALTHY, docker=False) == []


def test_nothing_is_claimed_without_a_tool() -> None:
    unknown = Way(Reach("unknown", "tool"))
    silent = tuple(endpoint(name, unknown, unknown) for name in NAMES)
    assert codes(replace(HEALTHY, endpoints=silent, tool="", clock_offset=None), docker=False) == []
    assert codes(NetworkFacts()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (endpoint("registry", REFUSED), Code.NETWORK_REGISTRY_CLOSED),
        (endpoint("registry", NO_V6), Code.NETWORK_NAME_UNKNOWN),
        (endpoint("registry_login", REFUSED), Code.NETWORK_REGISTRY_CLOSED),
        (endpoint("registry_data", REFUSED), Code.NETWORK_REGISTRY_CLOSED),
        (endpoint("mirror1", REFUSED), Code.NETWORK_MIRROR_REFUSES),
        (endpoint("mirror1", replace(OPEN, status=403)), Code.NETWORK_MIRROR_REFUSES),
        (endpoint("mirror1", replace(OPEN, status=404)), Code.NETWORK_MIRROR_REFUSES),
        (endpoint("docker_site", REFUSED), Code.NETWORK_DOCKER_SITE_CLOSED),
        (endpoint("marketplace", REFUSED), Code.NETWORK_MARKETPLACE_CLOSED),
    ],
)
def test_what_is_closed_is_one_finding(changed: Endpoint, code: Code) -> None:
    assert codes(with_endpoint(changed), docker=False) == [code]


@pytest.mark.parametrize(
    "changed",
    [
        endpoint("registry", replace(OPEN, status=401)),
        endpoint("registry", REFUSED, OPEN),  # IPv6 is enough
        endpoint("registry_data", NO_V6),  # its names change from time to time
        endpoint("mirror1", replace(OPEN, status=401)),  # wants a token: not a refusal
        endpoint("registry", REFUSED, proxy="http://p.example", through=OPEN),  # type: ignore[arg-type]
        endpoint("release", REFUSED),  # this computer copies the files there
    ],
)
def test_what_is_good_enough(changed: Endpoint) -> None:
    assert codes(with_endpoint(changed)) == []


def test_docker_s_packages_matter_only_without_docker() -> None:
    facts = with_endpoint(endpoint("docker_site", REFUSED))
    assert codes(facts) == [] and codes(facts, docker=False) == [Code.NETWORK_DOCKER_SITE_CLOSED]


def test_the_repairs_are_those_of_the_catalogue() -> None:
    facts = replace(HEALTHY, endpoints=(endpoint("registry", REFUSED), endpoint("mirror1", REFUSED)))
    found = {problem.code: problem.repairs for problem in judge_network(facts)}
    assert found[Code.NETWORK_REGISTRY_CLOSED] == ("daemon.mirror", "daemon.proxy")
    for code, repairs in found.items():
        assert repairs == repairs_for(code) and set(repairs) <= set(IDS)


def test_all_of_the_registry_closed_is_one_finding() -> None:
    facts = HEALTHY
    for name in NAMES[:3]:
        facts = with_endpoint(endpoint(name, REFUSED), facts)
    assert codes(facts) == [Code.NETWORK_REGISTRY_CLOSED]


def test_half_of_ipv6() -> None:
    half = with_endpoint(endpoint("registry", OPEN, Way(Reach("closed", "timeout"), ("2001:db8::1",))))
    assert codes(half) == []  # the server has none, and nothing tries it
    assert codes(replace(half, ipv6_route=True)) == [Code.NETWORK_IPV6_HALF]
    assert codes(replace(half, ipv6_address=True)) == [Code.NETWORK_IPV6_HALF]
    nameless = with_endpoint(endpoint("registry", OPEN, NO_V6))
    assert (
        codes(replace(nameless, ipv6_address=True)) == []
    )  # GitHub has no IPv6; that is not the server's fault


@pytest.mark.parametrize(
    ("offset", "found"), [(59.0, False), (-59.0, False), (61.0, True), (-86400.0, True), (None, False)]
)
def test_clocks(offset: float | None, found: bool) -> None:
    assert bool(codes(replace(HEALTHY, clock_offset=offset))) == found


# ------------------------------------------------------------------------------ verdicts


def verdicts(facts: NetworkFacts, inputs: Inputs) -> list[str]:
    return [verdict for verdict, _ in network_findings(facts, inputs)]


def test_a_registry_stops_only_when_images_are_missing_and_there_is_no_mirror() -> None:
    closed = with_endpoint(endpoint("registry", REFUSED))
    first, there = situation(), installed()
    assert verdicts(closed, Inputs(ANSWERS, GOOD, first, "root")) == ["stop"]
    assert verdicts(closed, Inputs(ANSWERS, there.facts, there, "root")) == ["warning"]
    assert verdicts(closed, Inputs(ANSWERS, GOOD, None, "root")) == ["warning"]
    mirrored = replace(closed, mirrors=("https://mirror.example/",))
    assert verdicts(mirrored, Inputs(ANSWERS, GOOD, first, "root")) == ["warning"]
    carried = replace(ANSWERS, registry=Registry(through="this-computer"))
    assert verdicts(closed, Inputs(carried, GOOD, situation(GOOD, carried), "root")) == ["warning"]
    login = with_endpoint(endpoint("registry_login", REFUSED))
    assert verdicts(login, Inputs(ANSWERS, GOOD, first, "root")) == ["warning"]


def test_a_closed_registry_has_a_way_through_this_computer_for_servers() -> None:
    for closed in (REFUSED, Way(Reach("closed", "name"))):
        facts = with_endpoint(endpoint("registry", closed))
        ((_, found),) = network_findings(facts, Inputs(ANSWERS, GOOD, situation(), "root"))
        assert [way.id for way in found.ways] == ["images.carry"]
        local = replace(ANSWERS, target=Target(kind="local"))
        ((_, found),) = network_findings(facts, Inputs(local, GOOD, None, "root"))
        assert found.ways == ()


def test_before_the_answer_is_in_nothing_is_found_and_the_rows_stand_already() -> None:
    inputs = Inputs(ANSWERS, GOOD, None, "root")
    assert list(network_findings(None, inputs)) == []
    asking, there = list(network_rows(None, inputs)), list(network_rows(HEALTHY, inputs))
    assert [row.id for row in asking] == [row.id for row in there]
    assert not any(row.known for row in asking)


# ------------------------------------------------------------------------------ rows and texts


def cases() -> Iterator[tuple[NetworkFacts | None, Inputs]]:
    bare = replace(GOOD, docker=DockerFacts())
    for facts in (GOOD, bare):
        for found in (None, HEALTHY, NetworkFacts(), NetworkFacts(tool="curl")):
            yield found, Inputs(ANSWERS, facts, None, "root")
    inputs = Inputs(ANSWERS, bare, situation(), "root")
    proxied = [endpoint(n, proxy="http://p.example", through=OPEN) for n in NAMES]  # type: ignore[arg-type]
    yield replace(HEALTHY, endpoints=tuple(proxied)), inputs
    mirrored = replace(HEALTHY, mirrors=("https://mirror1.example/",))
    for changed in (
        *(endpoint(name, REFUSED) for name in (*NAMES, "mirror1")),
        *(endpoint(name, NO_V6) for name in NAMES),
        endpoint("mirror1"),
        endpoint("mirror1", replace(OPEN, status=403)),
        endpoint("registry", OPEN, OPEN),
        endpoint("registry", OPEN, Way(Reach("closed", "timeout"), ("2001:db8::1",))),
    ):
        yield with_endpoint(changed, replace(mirrored, ipv6_route=True)), inputs
        yield with_endpoint(changed), inputs
        yield with_endpoint(changed), replace(inputs, situation=None)
    yield replace(HEALTHY, clock_offset=600.0), inputs
    yield HEALTHY, replace(inputs, answers=Answers(release=Release(source="/tmp/x.tar.gz")))


@cache
def shown() -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    """Row, verdict and params of every row of every case; every finding stands in a row."""
    found = []
    for facts, inputs in cases():
        left = list(network_findings(facts, inputs))
        for row in network_rows(facts, inputs):
            mine = next(((v, p) for v, p in left if row.takes(p)), None)
            if mine is None:
                found.append((row.id, "ok" if row.known else "unknown", row.params))
            else:
                left.remove(mine)
                params = {**mine[1].params, **row.params, "code": mine[1].code.value}
                found.append((row.id, mine[0], params))
        assert not left
    for inputs, seen in reach_cases():
        row, problem = reach_row(inputs, seen), judge_reach(seen) if seen else None
        verdict = "warning" if problem else "ok" if row.known else "unknown"
        assert problem is None or row.takes(problem)
        found.append((row.id, verdict, {**(problem.params if problem else {}), **row.params}))
    return tuple(found)


def reach_cases() -> Iterator[tuple[Inputs, Seen | None]]:
    ready = Inputs(ANSWERS, GOOD, None, "root")
    yield ready, None
    yield replace(ready, facts=replace(GOOD, docker=DockerFacts())), None
    yield replace(ready, answers=replace(ANSWERS, site=Site(bind="127.0.0.1"))), None
    yield replace(ready, answers=Answers(target=Target(kind="local"))), None
    for reach in (Reach("open", ""), Reach("closed", "timeout"), Reach("unknown", "gone")):
        yield ready, Seen(80, "http://203.0.113.5", reach)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_says_what_it_found(language: str) -> None:
    texts = Texts(language)
    for row, verdict, params in shown():
        name, evidence = texts.check_name(row, params), texts.check_evidence(row, verdict, params)
        assert name != table(language, "checks")["check"]["other"]["name"], row
        assert evidence and "?" not in name + evidence, (row, verdict, evidence)


def test_no_evidence_is_left_over() -> None:
    used = set()
    for row, verdict, params in shown():
        entry = table("en", "network")["check"][row].get(verdict)
        assert entry is not None, (row, verdict)
        keys = (params.get("variant", ""), params.get("code", ""), "other")
        used.add((row, verdict, next(k for k in keys if k in entry) if isinstance(entry, Mapping) else ""))
    written = {
        (row, verdict, key)
        for row, entry in table("en", "network")["check"].items()
        for verdict, texts in entry.items()
        if verdict != "name"
        for key in (texts if isinstance(texts, Mapping) else ("",))
    }
    assert written - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_explained_and_in_the_catalogue(language: str) -> None:
    found = {p.code: p for facts, inputs in cases() for _, p in network_findings(facts, inputs)}
    assert set(found) == {code for code in Code if code.name in NETWORK}
    for code, problem in found.items():
        words = Texts(language).explain(code.value, problem.params)
        assert words.what and words.do and "?" not in words.what + words.do
        assert code in CATALOGUE
    assert Code.REACH_CLOSED in CATALOGUE


def test_facts_are_not_needed_to_have_docker() -> None:
    inputs = Inputs(ANSWERS, Facts(), None, "")
    assert "docker_site" in [row.id for row in network_rows(HEALTHY, inputs)]
