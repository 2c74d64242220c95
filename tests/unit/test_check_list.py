"""The rows of the checks: every finding of the plan in exactly one of them, and a text for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installer.answers import Answers
from installer.answers.model import Ports, Site, Stores, Tls
from installer.apply.plan import make_plan
from installer.certificates.self_signed import self_signed
from installer.core.errors import Code
from installer.facts.desktop import DockerContext, Wsl
from installer.facts.model import (
    AccessControl,
    ContainerFacts,
    DirectoryFacts,
    DockerFacts,
    EarlierSearch,
    EngineKind,
    Facts,
    Listener,
    PublishedPort,
    Record,
    System,
)
from installer.hosts.ssh.rights import Rights
from installer.preflight.check_list import Check, check_list, counts, worst_first
from installer.preflight.findings import Finding
from installer.preflight.row import LIMITED_RIGHTS, RIGHTS
from installer.state.plan_input import Situation
from installer.texts import LANGUAGES, Texts, table
from tests import check_faults as faults
from tests.certificates import NOW
from tests.check_faults import FAULTS, FINE, LOCAL, bare, desktop, engine
from tests.situations import ANSWERS, GOOD, installed, installed_facts, situation

STANDARD = [
    *("rights", "system", "processor", "virtualization", "kernel", "memory", "clock", "packages", "disk"),
    *("filesystem", "selinux", "folder", "installation", "elsewhere"),
    *("docker", "origin", "restart", "settings", "compose", "ranges", "profile", "port:80", "port:5003"),
    *("firewall", "release", "encryption"),
]

LOOPBACK = replace(ANSWERS, site=Site(bind="127.0.0.1"), ports=Ports(http=8080))
OTHER_FOLDER = ContainerFacts("x", "dify-api-1", "running", "i", "dify", "api", working_dir="/home/x/docker")
FOREIGN = ContainerFacts(
    "y", "shop-web-1", "running", "nginx", "shop", "web", ports=(PublishedPort("0.0.0.0", 80, 80),)
)
OURS = ContainerFacts(
    "z",
    "dify-nginx-1",
    "running",
    "nginx",
    "dify",
    "nginx",
    working_dir="/opt/dify/docker",
    ports=(PublishedPort("0.0.0.0", 80, 80),),
)


def rows(
    facts: Facts = GOOD, answers: Answers = ANSWERS, *, early: bool = False, rights: str = "root"
) -> dict[str, Check]:
    """The rows by id; *early*: as long as the release is not there."""
    there = None if early else situation(facts, answers)
    return by_id(check_list(answers, facts, there, rights=rights))


def by_id(found: Iterable[Check]) -> dict[str, Check]:
    found = tuple(found)
    ids = [check.id for check in found]
    assert len(ids) == len(set(ids))
    return {check.id: check for check in found}


def shown(problems: Iterable[Finding]) -> list[str]:
    """Problems in a form that can be sorted and compared."""
    return sorted({json.dumps([p.code, dict(p.params), p.detail], sort_keys=True) for p in problems})


def assert_is_the_plan(there: Situation, rights: str) -> None:
    """The findings are the plan's, each in one row, with the verdict that the plan gives them."""
    plan = make_plan(there)
    found = check_list(there.answers, there.facts, there, rights=rights)
    by_id(found)
    for verdict, problems in (("stop", plan.blockers), ("warning", plan.warnings)):
        mine = [c.problem for c in found if c.verdict == verdict and c.problem]
        assert shown(mine) == shown(problems)
        assert len(mine) == len(shown(mine))
    assert all((c.problem is None) == (c.verdict in ("ok", "unknown")) for c in found)


def assert_early_agrees(there: Situation, rights: str) -> None:
    """What is said before the release is known is not taken back once it is."""
    late = by_id(check_list(there.answers, there.facts, there, rights=rights))
    for row in check_list(there.answers, there.facts, None, rights=rights):
        after = late.get(row.id)
        if row.problem is not None:
            assert after and shown([row.problem]) == shown([after.problem] if after.problem else [])
            assert after.verdict == row.verdict
        elif row.verdict == "ok" and after:
            assert after.verdict == "ok"


# ------------------------------------------------------------------------------ the rows


def test_a_good_server_is_all_evidence() -> None:
    facts = replace(GOOD, system=replace(GOOD.system, os_name="Ubuntu 24.04 LTS", cpus=4, arch="x86_64"))
    found = rows(facts, LOOPBACK)
    assert counts(found.values()) == {"stop": 0, "warning": 0, "unknown": 0, "ok": len(found)}
    english = Texts("en")
    said = {i: english.check_evidence(i, c.verdict, c.params) for i, c in found.items()}
    assert said["memory"] == "8.5 GB"  # 8 GiB
    assert said["processor"] == "4 × x86-64"
    assert said["disk"] == "50 GB free · about 15 GB needed"
    assert said["compose"].startswith("2.40.3 · this release needs 2.")
    assert said["docker"] == "26.1.5"
    assert said["port:8080"] == "free · for the web page"
    assert said["release"] == "99.0.0 · complete and unaltered"


def test_rows_have_their_order_and_groups() -> None:
    assert [i for i in rows() if not i.startswith("port:")] == [i for i in STANDARD if ":" not in i]
    assert {c.group for c in rows().values()} == {"server", "docker", "ports", "network"}
    assert {"port:80", "port:5003"} <= set(rows())


def test_before_the_release_is_there() -> None:
    found = rows(early=True)
    assert found["release"].verdict == found["compose"].verdict == "unknown"
    assert found["docker"].verdict == found["port:80"].verdict == found["disk"].verdict == "ok"
    assert found["encryption"].verdict == "warning"
    tight = replace(GOOD, directory=replace(GOOD.directory, docker_free=10**10))
    assert rows(tight, early=True)["disk"].verdict == "unknown"
    assert rows(replace(GOOD, containers=(FOREIGN,)), early=True)["port:80"].verdict == "stop"
    with_https = replace(ANSWERS, ports=Ports(https=443))
    assert rows(answers=with_https, early=True)["port:443"].verdict == "ok"


def test_without_docker_nothing_is_claimed_about_what_needs_it() -> None:
    there = replace(GOOD.directory, docker_free=-1)
    for early in (True, False):
        found = rows(replace(GOOD, docker=DockerFacts(), directory=there), early=early)
        assert found["docker"].verdict == "stop"
        assert found["compose"].verdict == found["disk"].verdict == "unknown"


def test_missing_compose_is_composes_row() -> None:
    found = rows(replace(GOOD, docker=replace(GOOD.docker, compose="")))
    assert found["docker"].verdict == "ok" and found["compose"].verdict == "stop"


@pytest.mark.parametrize("rights", sorted(RIGHTS | {"", "something"}))
def test_rights_are_why_a_folder_cannot_be_written(rights: str) -> None:
    facts = replace(GOOD, directory=replace(GOOD.directory, writable=False))
    found = rows(facts, rights=rights)
    limited = rights in LIMITED_RIGHTS
    stopped = found["rights" if limited else "folder"]
    assert stopped.verdict == "stop" and stopped.problem
    assert stopped.problem.code is Code.DIRECTORY_NOT_WRITABLE
    assert counts(found.values())["stop"] == 1
    assert found["folder" if limited else "rights"].verdict == (
        "ok" if rights in RIGHTS and not limited else "unknown"
    )


def test_the_rights_are_those_that_can_be_found() -> None:
    assert {"local", *(r.value for r in Rights)} == RIGHTS


def test_who_may_is_the_one_who_logs_in() -> None:
    """The probe runs through sudo: its user is root."""
    answers = replace(ANSWERS, target=replace(ANSWERS.target, user="difyadmin"))
    row = rows(answers=answers, rights="sudo_password")["rights"]
    text = Texts("en").check_evidence(row.id, row.verdict, row.params)
    assert text == "difyadmin may use sudo with a password"


def test_the_holder_of_a_port_is_named() -> None:
    held = rows(replace(GOOD, listeners=(Listener("::", 80, "apache2", 99),)))["port:80"]
    assert Texts("en").check_evidence(held.id, held.verdict, held.params) == "in use by apache2 (pid 99)"
    unknown = rows(replace(GOOD, listeners=(Listener("::", 80),)))["port:80"]
    assert Texts("en").check_evidence(unknown.id, unknown.verdict, unknown.params) == "in use"
    own = rows(replace(GOOD, containers=(OURS,)))["port:80"]
    assert (own.verdict, own.params["variant"]) == ("ok", "ours")


def test_amounts_are_rounded_down_and_short() -> None:
    memory = replace(GOOD.system, memory=3_859_000_000, swap=2_000_000_000)
    row = rows(replace(GOOD, system=memory))["memory"]
    evidence = Texts("en").check_evidence(row.id, row.verdict, row.params)
    assert evidence == "3.8 GB, plus 2 GB of swap · Dify asks for 4 GB"
    disk = replace(GOOD.directory, docker_free=14_960_000_000)
    row = rows(replace(GOOD, directory=disk))["disk"]
    assert (row.verdict, row.params["free"], row.params["need"]) == ("warning", "14.9", "15")


def test_worst_first_is_stable() -> None:
    facts = replace(GOOD, containers=(FOREIGN,), docker=replace(GOOD.docker, compose=""))
    found = check_list(ANSWERS, facts, None)
    ordered = worst_first(found)
    assert [c.verdict for c in ordered] == sorted(
        (c.verdict for c in found), key=["stop", "warning", "unknown", "ok"].index
    )
    assert [c.id for c in ordered if c.verdict == "ok"] == [c.id for c in found if c.verdict == "ok"]
    assert sorted(counts(found).values()) == sorted(counts(ordered).values())


# ------------------------------------------------------------- the same as the plan, always

DOCKERS = [
    GOOD.docker,
    DockerFacts(),
    DockerFacts(path="/d", error="permission denied while trying to connect"),
    DockerFacts(path="/d", error="Cannot connect to the Docker daemon"),
    DockerFacts(path="/d", server="26", compose=""),
    DockerFacts(path="/d", server="26", compose="2.10.2"),
]
DIRECTORIES = [
    GOOD.directory,
    DirectoryFacts(is_file=True),
    DirectoryFacts(writable=False, free=10**10),
    replace(GOOD.directory, exists=True, entries=("notes.txt",)),
    replace(GOOD.directory, exists=True, writable=False, entries=("notes.txt",)),
    replace(GOOD.directory, exists=True, entries=("docker",), docker_entries=(".env",)),
    replace(GOOD.directory, exists=True, writable=False, entries=("docker",), docker_entries=(".env",)),
    replace(GOOD.directory, exists=True, entries=("docker", ".dify-installer")),
]
ANSWERS_OF = [
    ANSWERS,
    LOOPBACK,
    replace(ANSWERS, ports=Ports(http=8080, https=8443), env={"NO_SUCH_KEY": "1", "OTHER_KEY": "2"}),
    replace(ANSWERS, ports=Ports(plugin_debugging_public=True)),
]


@cache
def record(version: str, **data: bool) -> Record:
    return Record(version, "dify", "", 0.0, data)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Everything that can be wrong, in any combination, before or after an installation."""
    pick: Any = lambda *values: draw(st.sampled_from(values))  # noqa: E731
    answers = pick(*ANSWERS_OF)
    there = replace(pick(*DIRECTORIES), docker_free=pick(-1, 10, 5 * 10**9, 50 * 10**9))
    facts = Facts(
        system=System(user="root", uid=0, memory=pick(0, 2 << 30, 8 << 30), swap=pick(0, 2 << 30)),
        docker=pick(*DOCKERS),
        directory=there,
        containers=tuple(draw(st.lists(st.sampled_from([OTHER_FOLDER, FOREIGN, OURS]), unique=True))),
        listeners=pick(
            (), (Listener("0.0.0.0", 80, "apache2", 7),), (Listener("::", 8443), Listener("::", 5003))
        ),
        record=pick(
            None, record("99.0.0"), record("1.0.0", installed=True), record("99.0.0", installed=True)
        ),
    )
    made = situation(facts, answers)
    if draw(st.booleans()):
        made = replace(made, model=replace(made.model, not_understood=("profile nonsense",)))
    return made


@settings(max_examples=150)
@given(situations(), st.sampled_from([*sorted(RIGHTS), ""]))
def test_findings_are_the_plans(there: Situation, rights: str) -> None:
    assert_is_the_plan(there, rights)
    assert_early_agrees(there, rights)


@pytest.mark.parametrize("rights", ["root", "none"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"env": None},
        {"containers": (OTHER_FOLDER,), "env": None},
        {"directory": replace(GOOD.directory, docker_free=10)},
        {"images": frozenset()},
    ],
)
def test_findings_of_an_installation_are_the_plans(changes: Mapping[str, Any], rights: str) -> None:
    there = installed(**changes)
    assert_is_the_plan(there, rights)
    assert_early_agrees(there, rights)


# ------------------------------------------------------------------------------ the texts


def edge_cases() -> Iterator[tuple[Check, ...]]:
    """One of everything that a row can show."""
    for rights in (*sorted(RIGHTS), ""):
        for directory in DIRECTORIES:
            facts = replace(GOOD, directory=directory)
            yield check_list(ANSWERS, facts, situation(facts), rights=rights)
    full = System(
        user="me", os_name="Debian 12", cpus=2, arch="aarch64", memory=2 << 30, swap=1 << 30, kernel="Linux 6"
    )
    systems = [System(), full, replace(full, swap=0), replace(full, memory=32 << 30), GOOD.system]
    for system in systems:
        yield check_list(ANSWERS, replace(GOOD, system=system), None)
    for docker in DOCKERS:
        facts = replace(GOOD, docker=docker)
        yield check_list(ANSWERS, facts, situation(facts))
    for free in (-1, 10, 5 * 10**9, 50 * 10**9):
        facts = replace(GOOD, directory=replace(GOOD.directory, docker_free=free))
        yield check_list(ANSWERS, facts, situation(facts))
        yield check_list(ANSWERS, facts, None)
    yield check_list(ANSWERS, replace(GOOD, directory=replace(GOOD.directory, docker_free=-1, free=-1)), None)
    for answers in ANSWERS_OF:
        for containers in ((), (FOREIGN,), (OURS,)):
            facts = replace(GOOD, containers=containers, listeners=(Listener("::", 8443),))
            yield check_list(answers, facts, situation(facts, answers))
    for tls in (Tls(mode="own", certificate="/c.pem"), Tls(mode="proxy")):
        yield check_list(replace(ANSWERS, tls=tls, ports=Ports(https=443)), GOOD, None)
    yield from _installations()
    yield from _faults()
    yield from _computers()


def _faults() -> Iterator[tuple[Check, ...]]:
    for several in (*FAULTS.values(), *FINE.values()):
        for case in several:
            there = situation(case.facts, case.answers, external=case.external)
            yield check_list(case.answers, case.facts, there, rights="root")
            yield check_list(case.answers, case.facts, None)


def _computers() -> Iterator[tuple[Check, ...]]:
    """This computer with each kind of Docker, and parts that the processor may not have."""
    for provider in ("desktop", "colima", "orbstack", "rancher", "podman", "engine", "remote", ""):
        context = DockerContext("default", current=True, provider=provider)
        yield check_list(LOCAL, desktop(system="Darwin", contexts=(context,)), None, rights="local")
    for kind in ("distribution", "binaries"):
        yield check_list(ANSWERS, engine(kind=EngineKind(kind)), None)
    labelled = engine(installed().facts, security=frozenset({"selinux"}))
    for mode in ("", "enforcing"):
        facts = replace(labelled, access=AccessControl(mode), earlier=EarlierSearch())
        yield check_list(ANSWERS, facts, None)
    yield check_list(LOCAL, desktop(bare(), wsl=Wsl()), None, rights="local")
    yield _with_services(faults.system(arch="aarch64"), "unstructured")
    kernel = replace(GOOD.machine.kernel, settings=(("vm.max_map_count", "65530"),))
    asks = replace(ANSWERS, stores=Stores("elasticsearch"))
    enough = replace(kernel, settings=(("vm.max_map_count", "1048576"),))
    for facts in (
        faults.machine(kernel=kernel),
        faults.machine(kernel=enough),
        GOOD,
        desktop(system="Darwin"),
    ):
        yield check_list(asks, facts, None)


def _with_services(facts: Facts, name: str) -> tuple[Check, ...]:
    """The release with a service that the synthetic ones do not have."""
    there = situation(facts)
    web = replace(there.model.services["web"], name=name)
    compose = replace(there.model.compose, services={**there.model.compose.services, name: web})
    config = replace(there.configuration, services=(*there.configuration.services, name))
    made = replace(there, model=replace(there.model, compose=compose), configuration=config)
    return check_list(made.answers, made.facts, made)


def _installations() -> Iterator[tuple[Check, ...]]:
    there = installed()
    edited = {**there.facts.files, "nginx/nginx.conf.template": "0" * 64}
    different = situation(replace(GOOD, **installed_facts(there)), version="98.0.0")
    odd = replace(there, model=replace(there.model, not_understood=("profile nonsense",)))
    older = replace(there, listed=1_790_000_000.0)
    about = self_signed("dify.example.com", "", NOW).info
    ends = replace(there.configuration, certificate=replace(about, judged=about.not_after))
    encrypted = replace(ANSWERS, tls=Tls(mode="self-signed"), ports=Ports(https=443))
    ending = replace(there, answers=encrypted, configuration=ends)
    strange = replace(
        different,
        model=replace(different.model, not_understood=("profile nonsense",)),
        listed=1_790_000_000.0,
    )
    held = (Listener("127.0.0.1", 80, "a", 1), Listener("10.0.0.1", 80, "b", 2))
    fresh = situation(replace(GOOD, listeners=held))
    (web,) = (p for p in fresh.configuration.ports if p.host_port == 80)
    ports = (
        replace(web, address="127.0.0.1"),
        replace(web, address="10.0.0.1"),
        replace(web, host_port=9090, purpose="vector_store"),
    )
    two_addresses = replace(fresh, configuration=replace(fresh.configuration, ports=ports))
    kept = replace(held[1], process="docker-proxy", unit="docker.service")
    one_left = replace(two_addresses, facts=replace(GOOD, listeners=(held[0], kept)))
    begun = situation(replace(GOOD, record=record("99.0.0")))
    lost = installed(containers=(OTHER_FOLDER,), env=None)
    no_env = installed(env=None)
    for case in (
        there,
        installed(files=edited),
        different,
        odd,
        older,
        ending,
        strange,
        two_addresses,
        one_left,
        begun,
        lost,
        no_env,
    ):
        assert_is_the_plan(case, "root")
        yield check_list(case.answers, case.facts, case)


@cache
def every_row() -> tuple[Check, ...]:
    return tuple(check for found in (*edge_cases(), *own_services()) for check in found)


def own_services() -> Iterator[tuple[Check, ...]]:
    """Services of one's own that are fine, with and without a version, and one that was not tried."""
    for version in ("17.6", "", None):
        tried = () if version is None else (faults.tried(version=version),)
        there = situation(GOOD, faults.OWN_DATABASE, external=tried)
        yield check_list(there.answers, there.facts, there)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_says_what_it_found(language: str) -> None:
    texts = Texts(language)
    for check in every_row():
        name = texts.check_name(check.id, check.params)
        evidence = texts.check_evidence(check.id, check.verdict, check.params)
        assert name and name != table(language, "checks")["check"]["other"]["name"], check.id
        assert evidence and "?" not in name + evidence, (check.id, check.verdict, evidence)
        assert texts.group(check.group) != check.group
        assert texts.verdict(check.verdict) != check.verdict


def test_no_evidence_is_left_over() -> None:
    """Each text is that of some row."""
    used: set[tuple[str, ...]] = {("other", "name")}
    for check in every_row():
        base = check.id.partition(":")[0]
        entry = table("en", "checks")["check"][base]
        used.add((base, "name"))
        if isinstance(entry[check.verdict], Mapping):
            keys = (check.params.get("variant", ""), check.params.get("code", ""), "other")
            used.add((base, check.verdict, next(k for k in keys if k in entry[check.verdict])))
        else:
            used.add((base, check.verdict))
    written = {
        (name, part, *((inner,) if inner else ()))
        for name, entry in table("en", "checks")["check"].items()
        for part, value in entry.items()
        for inner in (value if isinstance(value, Mapping) else ("",))
    }
    assert written == used


def test_a_row_that_no_text_knows_says_what_its_finding_says() -> None:
    texts, params = Texts("en"), {"port": "80"}
    assert texts.check_name("docker.api_failed", {}) == "One more finding"
    assert texts.check_evidence("docker.api_failed", "stop", {}) == "Docker did not do what it was asked."
    assert texts.check_evidence("port:80", "unknown", params) == ""
    assert (texts.group("x"), texts.verdict("x")) == ("x", "x")
