"""Every finding both ways: facts that have the fault have its code, and those that are near it have not."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers.model import Ports, Stores
from installer.apply.plan import finding_json
from installer.core.errors import CATALOGUE, Code, catalogue_of
from installer.core.finding import Finding, known, link_of, repairs_for
from installer.core.resources import read_text, table
from installer.facts.model import (
    AccessControl,
    ContainerFacts,
    Desktop,
    Disk,
    Earlier,
    EarlierSearch,
    EngineKind,
    Facts,
    Listener,
    Services,
)
from installer.facts.port_holders import find_holder
from installer.preflight.findings import blockers, early_findings, findings, warnings
from installer.preflight.kernel_settings import judge_kernel_settings, kernel_settings
from installer.preflight.machine import judge_parts
from installer.preflight.ports import free_port
from installer.texts import LANGUAGES, Texts
from installer.texts import table as words
from tests import check_faults as faults
from tests import checks_table
from tests.check_faults import FAULTS, FINE, Case, held
from tests.lab_checks import test_both_ways as lab_table
from tests.situations import ANSWERS, GOOD, installed, situation
from tests.unit.test_checks_recorded import COMPUTER, RECORDED

#: Findings about the release and the configuration, which facts alone do not have: below and in test_checks.
ELSEWHERE = {
    *(Code.RELEASE_DIFFERS, Code.FILES_CHANGED, Code.ENV_KEY_UNKNOWN, Code.RELEASE_PARTLY_UNKNOWN),
    *(Code.RELEASE_LIST_OLD, Code.CERTIFICATE_EXPIRES),
    *(Code.PROCESSOR_PARTS, Code.KERNEL_SETTING),
}
CODES = [Code(name) for name in table("checks")["check"]]


def found(case: Case) -> list[Finding]:
    return list(findings(situation(case.facts, case.answers, external=case.external)))


def cases(table_: object) -> list[object]:
    assert isinstance(table_, dict)
    return [
        pytest.param(code, case, id=f"{code.value}-{number}")
        for code, several in table_.items()
        for number, case in enumerate(several)
    ]


# ------------------------------------------------------------------------------ both ways


def test_each_finding_has_its_fault() -> None:
    assert set(FAULTS) == set(CODES) - ELSEWHERE
    assert set(FINE) <= set(FAULTS)


@pytest.mark.parametrize(("code", "case"), cases(FAULTS))
def test_a_fault_is_found(code: Code, case: Case) -> None:
    assert code in [p.code for p in found(case)]


@pytest.mark.parametrize(("code", "case"), cases(FINE))
def test_what_is_only_near_it_is_not_found(code: Code, case: Case) -> None:
    assert code not in [p.code for p in found(case)]


def test_the_good_machine_has_no_finding() -> None:
    assert found(Case(GOOD, faults.PRIVATE)) == []
    assert [p.code for p in found(Case(GOOD))] == [Code.TLS_OFF]


def test_of_what_nothing_is_known_nothing_stops_but_docker() -> None:
    """A probe that was answered hardly at all: what is not known is no fault."""
    facts = Facts(directory=GOOD.directory)
    assert [p.code for p in found(Case(facts, faults.PRIVATE))] == [Code.DOCKER_MISSING]
    with_docker = replace(facts, docker=GOOD.docker)
    assert found(Case(with_docker, faults.PRIVATE)) == []


def test_findings_are_blockers_or_warnings_as_the_table_says() -> None:
    for several in FAULTS.values():
        for case in several:
            there = situation(case.facts, case.answers, external=case.external)
            stops, told = blockers(there), warnings(there)
            assert all(known(p.code)["verdict"] == "stop" for p in stops)
            assert all(known(p.code)["verdict"] == "warning" for p in told)
            assert len(stops) + len(told) == len(list(findings(there)))


def test_without_a_release_nothing_is_said_that_is_taken_back() -> None:
    for several in FAULTS.values():
        for case in several:
            late = [(p.code, p.params) for p in found(case)]
            for early in early_findings(case.answers, case.facts):
                assert (early.code, early.params) in late


# ---------------------------------------------------------------------- what is known of each


def test_each_entry_is_whole() -> None:
    ways, rows = table("checks")["way"], table("checks")["row"]
    for name, entry in table("checks")["check"].items():
        assert Code(name) in Code
        assert entry["verdict"] in ("stop", "warning")
        assert entry["catalogue"] == "none" or re.fullmatch(r"[A-Z]{2,4}-\d\d", entry["catalogue"]), name
        assert entry["tested"] in ("lab", "constructed", "unit"), name
        assert entry.get("link", "https://").startswith("https://"), name
        assert set(entry) <= {"verdict", "catalogue", "tested", "link", "threshold"}, name
    used = {entry["threshold"] for entry in table("checks")["check"].values() if "threshold" in entry}
    assert used == set(table("checks")["threshold"])
    seen = {way.id for c in FAULTS.values() for case in c for p in found(case) for way in p.ways}
    assert seen | {"images.carry"} == set(ways)  # that one is the network's (test_network_judge)
    assert all(entry["link"].startswith("https://") for entry in rows.values())
    assert all(entry["source"] for entry in table("checks")["threshold"].values())
    assert all(entry["source"] and entry["until"] for entry in table("checks")["support"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_way_out_has_its_words(language: str) -> None:
    texts = Texts(language)
    assert set(table("checks")["way"]) == set(words(language, "checks")["way"])
    for several in FAULTS.values():
        for problem in (p for case in several for p in found(case)):
            for way in problem.ways:
                said = texts.way(way.id, way.params)
                assert said and "?" not in said and all(value in said for value in way.params.values())


def test_repairs_are_made_for_findings() -> None:
    """Each repair is for findings that there are, or for those of the network's second job."""
    solved = {code for entry in table("repairs")["repair"].values() for code in entry["solves"]}
    assert {code for code in solved if not code.startswith("network.")} <= {code.value for code in Code}
    assert repairs_for(Code.COMPOSE_TOO_OLD) == ("compose.update",)
    assert repairs_for(Code.DAEMON_BROKEN) == ("daemon.repair",) and repairs_for(Code.TLS_OFF) == ()


def test_each_code_that_a_check_makes_is_in_the_table() -> None:
    """A finding that nobody weighed would stop."""
    made = {p.code for several in FAULTS.values() for case in several for p in found(case)}
    assert made | ELSEWHERE <= set(CODES)


def test_the_catalogue_is_asked_in_one_place() -> None:
    assert not set(CATALOGUE) & set(CODES)
    assert catalogue_of(Code.DOCKER_PODMAN) == "INST-03"
    assert catalogue_of(Code.SSH_TIMEOUT) == "SSH-16"
    assert catalogue_of(Code.TLS_OFF) == catalogue_of(Code.INTERNAL) == ""


def test_a_finding_as_the_command_line_prints_it() -> None:
    (port,) = (p for p in found(Case(held(faults.NGINX))) if p.code is Code.PORT_IN_USE)
    shown = finding_json(port)
    assert (shown["code"], shown["catalogue"]) == ("port.in_use", "HOST-01")
    assert {way["way"] for way in shown["ways"]} == {"ports.other", "ports.behind", "ports.stop"}
    (missing,) = (p for p in found(Case(faults.bare())) if p.code is Code.DOCKER_MISSING)
    assert finding_json(missing)["repairs"] == ["docker.install"]
    assert finding_json(missing)["link"].startswith("https://docs.docker.com/")
    assert link_of("licence").startswith("https://") and link_of("port:80") == ""


def test_how_each_was_tested_is_as_the_table_says() -> None:
    """``lab`` and ``constructed`` are claims: the tests that make them true are counted."""
    several = (lab_table.TOGETHER, lab_table.OTHERS, lab_table.ALONE, lab_table.DONE)
    lab = {code for faults_ in several for fault in faults_.values() for code in fault.codes}
    lab |= {*lab_table.ALWAYS, *lab_table.BARE}
    outputs = {code for found_codes in RECORDED.values() for code in found_codes} | set(COMPUTER)
    for name, entry in table("checks")["check"].items():
        claim = "lab" if name in lab else "constructed" if name in outputs else "unit"
        assert entry["tested"] == claim, name


def test_the_documentation_has_the_same_table() -> None:
    """Renew it with ``python -m tests.checks_table``."""
    assert checks_table.renewed() == checks_table.DOCUMENT.read_text("utf-8")


# --------------------------------------------------------------------------- ports, ways out


def ways(facts: Facts, port: int = 80) -> dict[str, dict[str, str]]:
    (problem,) = (p for p in found(Case(facts)) if p.params.get("port") == str(port))
    return {way.id: dict(way.params) for way in problem.ways}


def test_ways_out_of_a_web_servers_port() -> None:
    where = {"field": "ports.http", "port": "8080"}
    assert ways(held(faults.NGINX)) == {
        "ports.other": where,
        "ports.behind": {**where, "bind": "127.0.0.1"},
        "ports.stop": {"command": "sudo systemctl disable --now nginx.service"},
    }


def test_ways_out_of_a_containers_port() -> None:
    found_ways = ways(held(containers=(faults.SHOP,)))
    assert found_ways["ports.stop"] == {"command": "sudo docker stop shop-web-1"}
    assert "ports.behind" in found_ways


@pytest.mark.parametrize(
    "listener",
    [
        Listener("0.0.0.0", 80),
        Listener("0.0.0.0", 80, "sshd", 7, unit="ssh.service"),
        Listener("0.0.0.0", 80, "python3", 7, unit="session-4.scope"),
        Listener("0.0.0.0", 80, "dockerd", 7, unit="docker.service"),
    ],
)
def test_what_must_not_or_cannot_be_stopped_is_not_offered(listener: Listener) -> None:
    assert set(ways(held(listener))) == {"ports.other"}


def test_a_port_without_a_field_has_no_other() -> None:
    there = situation(held(Listener("0.0.0.0", 9090, "x", 1)))
    (web,) = (p for p in there.configuration.ports if p.host_port == 80)
    ports = (replace(web, host_port=9090, purpose="vector_store"),)
    odd = replace(there, configuration=replace(there.configuration, ports=ports))
    (problem,) = (p for p in findings(odd) if p.code is Code.PORT_IN_USE)
    assert problem.ways == ()


@pytest.mark.parametrize(
    ("listeners", "text"),
    [
        ((faults.NGINX,), "nginx (pid 812)"),
        ((Listener("0.0.0.0", 80, "python3", 9, unit="shop.service"),), "python3 (shop.service, pid 9)"),
        ((faults.SIX,), "darkhttpd (pid 40, IPv6)"),
        ((Listener("::1", 80, "x", 3),), "x (pid 3, IPv6)"),
        ((Listener("::", 80, "x", 3),), "x (pid 3)"),
        ((Listener("0.0.0.0", 80), Listener("::", 80, "x", 3)), "x (pid 3)"),
        ((Listener("0.0.0.0", 80, unit="nginx.service"),), "nginx.service"),
        ((Listener("0.0.0.0", 80),), ""),
    ],
)
def test_who_holds_a_port(listeners: tuple[Listener, ...], text: str) -> None:
    holder = find_holder(held(*listeners), "0.0.0.0", 80, "dify")
    assert holder is not None and holder.text == text


def test_a_container_in_the_machines_own_network_is_named() -> None:
    host = ContainerFacts("abc", "proxy", "running", "caddy:2")
    facts = held(Listener("0.0.0.0", 80, "caddy", 7, container="abc"), containers=(host,))
    holder = find_holder(facts, "0.0.0.0", 80, "dify")
    assert holder is not None
    assert (holder.text, holder.stop, holder.web) == ("proxy", "sudo docker stop proxy", True)


def test_the_other_port_is_free_and_not_refused_by_browsers() -> None:
    busy = held(*(Listener("::", port) for port in (8080, 8081)))
    assert free_port(busy, 80, "dify") == 8082
    assert free_port(GOOD, 80, "dify", frozenset({8080})) == 8081
    assert free_port(GOOD, 5059, "dify") == 5062
    assert free_port(GOOD, 65535, "dify") == 0


# -------------------------------------------------------------------------------- details


def test_beside_is_free() -> None:
    taken = Earlier("/opt/dify2/docker", "dify3", "1.4.3")
    ours = Earlier("/srv/dify/docker", ours=True, owners=faults.owned().owners)
    facts = replace(faults.earlier(), earlier=EarlierSearch((taken, ours)))
    first, second = (p for p in found(Case(facts)) if p.code is Code.DIFY_ELSEWHERE)
    assert [way.id for way in first.ways] == ["dify.beside"]
    assert dict(first.ways[0].params) == {"directory": "/opt/dify4", "project": "dify4"}
    assert [way.id for way in second.ways] == ["dify.manage", "dify.beside"]
    assert dict(second.ways[0].params) == {"directory": "/srv/dify"}


@pytest.mark.parametrize(
    ("arch", "service", "told"),
    [
        ("aarch64", "unstructured", True),
        ("aarch64", "weaviate", False),
        ("x86_64", "unstructured", False),
        ("", "unstructured", False),
    ],
)
def test_parts_that_may_not_exist_for_the_processor(arch: str, service: str, told: bool) -> None:
    there = situation(faults.system(arch=arch))
    config = replace(there.configuration, services=("api", service))
    parts = [p.params["parts"] for p in judge_parts(replace(there, configuration=config))]
    assert parts == ([service] if told else [])


@pytest.mark.parametrize(
    ("store", "settings", "told"),
    [
        ("elasticsearch", {"vm.max_map_count": "65530"}, ["vm.max_map_count"]),
        ("elasticsearch-ja", {"vm.max_map_count": "65530"}, ["vm.max_map_count"]),
        ("opensearch", {"vm.max_map_count": "262143"}, ["vm.max_map_count"]),
        ("opensearch", {"vm.max_map_count": "262144"}, []),
        ("oceanbase", {"vm.max_map_count": "262144", "fs.aio-max-nr": "1048576"}, ["vm.max_map_count"]),
        ("oceanbase", {"vm.max_map_count": "327600", "fs.aio-max-nr": "65536"}, ["fs.aio-max-nr"]),
        ("weaviate", {"vm.max_map_count": "65530"}, []),
        ("elasticsearch", {}, []),
        ("elasticsearch", {"vm.max_map_count": "what"}, []),
    ],
)
def test_settings_that_the_store_asks_for(store: str, settings: dict[str, str], told: list[str]) -> None:
    kernel = replace(GOOD.machine.kernel, settings=tuple(settings.items()))
    facts, answers = faults.machine(kernel=kernel), replace(ANSWERS, stores=Stores(store))
    problems = [p for p in early_findings(answers, facts) if p.code is Code.KERNEL_SETTING]
    assert [p.params["setting"] for p in problems] == told
    assert all(p.weight == "warning" and p.params["store"] == store for p in problems)


@pytest.mark.parametrize(
    ("desktop", "told"),
    [
        (Desktop(system="Linux", engine=True), False),
        (Desktop(system="Darwin"), False),
        (Desktop(system="Windows", engine=True), False),
        (Desktop(system="Linux", engine=False), True),
        (None, True),
    ],
)
def test_the_kernel_around_docker_desktop_is_not_the_one(desktop: Desktop | None, told: bool) -> None:
    kernel = replace(GOOD.machine.kernel, settings=(("vm.max_map_count", "65530"),))
    facts = replace(faults.machine(kernel=kernel), desktop=desktop)
    answers = replace(ANSWERS, stores=Stores("elasticsearch"))
    assert bool([*judge_kernel_settings(answers, facts)]) is told
    (setting,) = kernel_settings(answers, facts)
    assert setting.have == (65530 if told else -1)


def test_what_stores_ask_of_the_kernel_has_a_source() -> None:
    for name, store in table("stores")["store"].items():
        asked = store.get("kernel", {})
        assert bool(asked) is bool(store.get("kernel_source")), name
        assert all(isinstance(need, int) and need > 0 for need in asked.values()), name


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own files")
def test_the_probe_asks_for_every_setting() -> None:
    """A name that is not read would be «not known» for ever."""
    script = read_text("scripts/probe/20-machine.sh")
    for store in table("stores")["store"].values():
        for name in store.get("kernel", ()):
            path = name.replace(".", "/")
            assert path in script.split() or f"{path})" in script.split()
            assert Path("/proc/sys", path).read_text().strip().isdigit()


def test_the_cause_comes_before_what_follows_from_it() -> None:
    """A broken daemon.json is why Docker does not run: starting it would not help."""
    broken = faults.silent(daemon=faults.BROKEN)
    codes = [p.code for p in found(Case(broken))]
    assert Code.DAEMON_BROKEN in codes and Code.DOCKER_NOT_RUNNING not in codes


def test_what_docker_says_is_kept_with_its_journal() -> None:
    facts = faults.silent(services=Services(journal=("failed to start daemon: x",)))
    (problem,) = (p for p in found(Case(facts)) if p.code is Code.DOCKER_NOT_RUNNING)
    assert problem.detail.splitlines() == [faults.SILENT, "failed to start daemon: x"]


def test_a_running_dify_is_not_questioned_again() -> None:
    """What Dify's running answers already: file system, labels, networks, the snap's view."""
    facts = installed().facts
    odd = replace(
        faults.engine(facts, kind=EngineKind.SNAP, security=frozenset({"selinux"})),
        access=AccessControl("enforcing"),
        machine=replace(facts.machine, folder_disk=Disk("/opt/dify", fs="cifs")),
        networks=faults.networks(*faults.ALL_TAKEN),
    )
    private = replace(ANSWERS, ports=Ports(http=80))
    codes = {p.code for p in found(Case(odd, private))}
    assert codes == {Code.DOCKER_SNAP, Code.TLS_OFF}
