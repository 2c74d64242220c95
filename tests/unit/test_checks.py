"""What stops an installation, and what one should know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers.model import Ports, Site
from installer.core.errors import Code
from installer.facts.model import (
    ContainerFacts,
    DirectoryFacts,
    DockerFacts,
    Facts,
    Listener,
    PublishedPort,
)
from installer.facts.packages import Services, Unit
from installer.preflight import findings
from installer.state.desired import changed_by_hand
from installer.texts import Texts
from tests.situations import ANSWERS, GOOD, installed, situation

FOREIGN = ContainerFacts(
    "x", "other-web-1", "running", "nginx", "other", "web", ports=(PublishedPort("0.0.0.0", 80, 80),)
)


def codes(facts: Facts) -> list[Code]:
    return [p.code for p in findings.blockers(situation(facts))]


def test_a_good_server_has_no_blockers() -> None:
    assert codes(GOOD) == []
    assert findings.blockers(installed()) == ()


@pytest.mark.parametrize(
    ("docker", "code"),
    [
        (DockerFacts(), Code.DOCKER_MISSING),
        (DockerFacts(path="/d", error="permission denied while trying to connect"), Code.DOCKER_NO_RIGHTS),
        (DockerFacts(path="/d", error="Cannot connect to the Docker daemon"), Code.DOCKER_NOT_RUNNING),
        (DockerFacts(path="/d", compose="2.40.3"), Code.DOCKER_NOT_RUNNING),
        (DockerFacts(path="/d", server="26", compose=""), Code.COMPOSE_MISSING),
        (DockerFacts(path="/d", server="26", compose="2.10.2-1"), Code.COMPOSE_TOO_OLD),
    ],
)
def test_docker(docker: DockerFacts, code: Code) -> None:
    assert codes(replace(GOOD, docker=docker)) == [code]


SILENT = DockerFacts(path="/d", error="Cannot connect to the Docker daemon")


def units(**words: str) -> dict[str, Unit]:
    return {f"{name}.service": Unit(f"{name}.service", load=load) for name, load in words.items()}


def test_a_masked_unit_is_named_instead_of_a_docker_that_does_not_answer() -> None:
    services = Services(
        {**units(docker="masked", ufw="masked"), "docker.socket": Unit("docker.socket", "loaded")}
    )
    (found,) = findings.blockers(situation(replace(GOOD, docker=SILENT, services=services)))
    assert (found.code, found.params["units"]) == (Code.DOCKER_MASKED, "docker.service")
    assert found.repairs == ("docker.unmask",)


def test_a_masked_unit_of_a_docker_that_runs_is_a_warning() -> None:
    masked = Unit("docker.service", load="masked", active="active", enabled="masked-runtime")
    facts = replace(GOOD, services=Services({"docker.service": masked}))
    assert codes(facts) == []
    assert Code.DOCKER_MASKED_LATER in [p.code for p in findings.warnings(situation(facts))]


def test_the_journal_gives_the_reason_of_a_silent_docker() -> None:
    journal = ("Starting up", "failed to start daemon: no space left on device", "docker.service: Failed.")
    facts = replace(GOOD, docker=SILENT, services=Services(units(docker="loaded"), journal))
    (found,) = findings.blockers(situation(facts))
    said = Texts("en").explain(found.code.value, found.params)
    assert said.why == "Docker's log gives this reason: failed to start daemon: no space left on device"
    assert found.detail.splitlines()[1:] == list(journal)
    (plain,) = findings.blockers(situation(replace(GOOD, docker=SILENT)))
    assert "may still be starting" in Texts("en").explain(plain.code.value, plain.params).why


@pytest.mark.parametrize(
    ("directory", "code"),
    [
        (DirectoryFacts(is_file=True), Code.DIRECTORY_NOT_EMPTY),
        (DirectoryFacts(writable=False), Code.DIRECTORY_NOT_WRITABLE),
        (DirectoryFacts(exists=True, writable=True, entries=("notes.txt",)), Code.DIRECTORY_NOT_EMPTY),
        (
            DirectoryFacts(exists=True, writable=True, entries=("docker",), docker_entries=(".env",)),
            Code.DIRECTORY_FOREIGN,
        ),
    ],
)
def test_directory(directory: DirectoryFacts, code: Code) -> None:
    assert codes(replace(GOOD, directory=directory)) == [code]


def test_an_interrupted_installation_is_ours() -> None:
    there = replace(GOOD.directory, exists=True, entries=("docker", ".dify-installer"))
    assert codes(replace(GOOD, directory=there)) == []


def test_port_held_by_another_project_is_named() -> None:
    facts = replace(GOOD, containers=(FOREIGN,), listeners=(Listener("0.0.0.0", 80, "docker-proxy", 7),))
    (problem,) = findings.blockers(situation(facts))
    assert problem.code is Code.PORT_IN_USE
    assert problem.params["holder"] == "other-web-1 (other)"
    assert problem.params["port"] == "80"


def test_port_held_by_a_process_is_named() -> None:
    facts = replace(GOOD, listeners=(Listener("::", 80, "apache2", 99),))
    (problem,) = findings.blockers(situation(facts))
    assert problem.params["holder"] == "apache2 (pid 99)"


def test_our_own_ports_are_no_obstacle() -> None:
    ours = installed()
    nginx = replace(ours.containers["nginx"], ports=(PublishedPort("0.0.0.0", 80, 80),))
    others = [c for c in ours.facts.containers if c.service != "nginx"]
    listeners = (Listener("0.0.0.0", 80, "docker-proxy", 5),)
    assert findings.blockers(installed(containers=(nginx, *others), listeners=listeners)) == ()


def test_a_port_of_our_container_that_is_just_starting_is_no_obstacle() -> None:
    """Docker holds it before it says so; seen with a container in a crash loop after a restart."""
    ours = installed()
    nginx = replace(ours.containers["nginx"], ports=(), state="restarting")
    others = [c for c in ours.facts.containers if c.service != "nginx"]
    proxy = (Listener("0.0.0.0", 80, "docker-proxy", 5, unit="docker.service"),)
    assert findings.blockers(installed(containers=(nginx, *others), listeners=proxy)) == ()
    (problem,) = findings.blockers(situation(replace(GOOD, listeners=proxy)))
    assert problem.code is Code.PORT_LEFT


def test_a_port_of_our_container_that_is_just_ending_is_no_obstacle() -> None:
    """Docker's proxy has ended between the list of sockets and that of processes."""
    ours = installed()
    nginx = replace(ours.containers["nginx"], ports=(), state="restarting")
    others = [c for c in ours.facts.containers if c.service != "nginx"]
    ending = (Listener("::", 80, "", 0, unit="docker.service"),)
    assert findings.blockers(installed(containers=(nginx, *others), listeners=ending)) == ()
    other = (Listener("::", 80, "", 0, unit="apache2.service"),)
    (problem,) = findings.blockers(installed(containers=(nginx, *others), listeners=other))
    assert problem.code is Code.PORT_IN_USE
    (problem,) = findings.blockers(situation(replace(GOOD, listeners=ending)))
    assert problem.code is Code.PORT_IN_USE, "no reason to restart Docker"


def test_a_port_on_another_address_is_free() -> None:
    facts = replace(GOOD, listeners=(Listener("10.0.0.1", 80, "x", 1),))
    answers = replace(ANSWERS, site=Site(bind="127.0.0.1"))
    assert findings.blockers(situation(facts, answers)) == ()
    assert [p.code for p in findings.blockers(situation(facts))] == [Code.PORT_IN_USE]


def test_project_of_another_folder() -> None:
    other = ContainerFacts(
        "x", "dify-api-1", "running", "i", "dify", "api", working_dir="/home/x/dify/docker"
    )
    (problem,) = findings.blockers(situation(replace(GOOD, containers=(other,))))
    assert problem.code is Code.PROJECT_CLASH
    assert problem.params["directory"] == "/home/x/dify/docker"


def test_never_a_silent_upgrade() -> None:
    ours = installed()
    facts = replace(ours.facts)
    other = situation(facts, version="98.0.0")
    assert Code.RELEASE_DIFFERS in [p.code for p in findings.blockers(other)]


def test_an_interrupted_later_upload_still_pins_the_version() -> None:
    ours = installed()
    record = ours.facts.record
    assert record
    half = replace(record, data={**record.data, "uploaded": False, "pending": [".env"]})
    other = situation(replace(ours.facts, record=half), version="98.0.0")
    assert Code.RELEASE_DIFFERS in [p.code for p in findings.blockers(other)]


def test_data_without_its_env_is_not_given_new_secrets() -> None:
    (problem,) = findings.blockers(installed(env=None))
    assert problem.code is Code.ENV_MISSING
    assert problem.params["path"] == "/opt/dify/docker/.env"


def test_a_full_disk_does_not_stop_what_needs_no_room() -> None:
    full = replace(installed().facts.directory, docker_free=10)
    assert findings.blockers(installed(directory=full)) == ()
    fresh = replace(GOOD, directory=replace(GOOD.directory, docker_free=10))
    assert codes(fresh) == [Code.DISK_TOO_SMALL]


def test_a_symbolic_link_to_the_folder_is_the_same_folder() -> None:
    ours = installed()
    moved = tuple(replace(c, working_dir="/data/dify/docker") for c in ours.facts.containers)
    where = replace(ours.facts.directory, physical="/data/dify/docker")
    assert findings.blockers(installed(containers=moved, directory=where)) == ()


def test_an_interrupted_first_upload_does_not_pin_the_version() -> None:
    record = installed().facts.record
    assert record
    half = replace(record, data={"version": "99.0.0", "pending": [".env"]})
    other = situation(replace(GOOD, record=half), version="98.0.0")
    assert Code.RELEASE_DIFFERS not in [p.code for p in findings.blockers(other)]


def test_warnings() -> None:
    small = replace(GOOD, system=replace(GOOD.system, memory=2 << 30))
    assert {p.code for p in findings.warnings(situation(small))} == {Code.MEMORY_LOW, Code.TLS_OFF}
    behind = replace(ANSWERS, site=Site(bind="127.0.0.1"), ports=Ports(http=8080))
    assert findings.warnings(situation(GOOD, behind)) == ()


def test_hand_edited_files_are_named_and_kept() -> None:
    ours = installed()
    files = {**ours.facts.files, "nginx/nginx.conf.template": "0" * 64}
    edited = installed(files=files)
    assert changed_by_hand(edited) == ("nginx/nginx.conf.template",)
    assert Code.FILES_CHANGED in [p.code for p in findings.warnings(edited)]
