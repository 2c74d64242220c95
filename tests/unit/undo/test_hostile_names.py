"""Names and labels that others gave to containers, networks and volumes on the server."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import NotOurs
from installer.facts.model import Facts
from installer.hosts.base import Command, Result
from installer.hosts.kinds import LINUX
from installer.lifecycle.undo import find
from installer.state.compose_services import services_of
from tests.fakes.host import Expected, FakeHost, failed, ok
from tests.unit.undo.test_undo import Machine, half_made, undo

_LABEL = "com.docker.compose."


class Labelled(Machine):
    """A Docker whose containers, volumes and networks have *labels*, by id or name; what has none is not
    there. *silent*: there, and Docker does not inspect it; *down*: Docker's client fails at all; *odd*: what
    an inspection prints."""

    def __init__(self, **how: Any) -> None:
        super().__init__(kind=LINUX, **how)
        self.silent: set[str] = set()
        self.services = ""
        self.down = False
        self.odd = ""

    def run(self, command: Command, **how: Any) -> Result:
        words = command.argv
        if words[0] != "docker":
            return super().run(command, **how)
        if self.down:
            return failed(1, "Cannot connect to the Docker daemon")
        if "config" in words:
            return ok(self.services) if self.services else failed(15, "no configuration file provided")
        if "--" in words and "inspect" in words[1:3]:
            asked = words[words.index("--") + 1 :]
            names = [n for n in asked if n in self.labels and n not in self.silent]
            there = [json.dumps({"key": n, "labels": self.labels[n]}) for n in names]
            lines = "".join(f"{line}\n" for line in there) + self.odd
            return failed(1, "No such object", lines) if self.silent or len(names) < len(asked) else ok(lines)
        if words[-2:-1] == ("--format",) and words[-1].startswith("{{json ."):
            return ok("".join(f"{json.dumps(name)}\n" for name in self.labels))
        return super().run(command, **how)

    @property
    def removed(self) -> set[str]:
        return {name for words in self.asked if words[2] == "rm" or words[1] == "rm" for name in words[2:]}


def made(kind: str, name: str, project: str = "dify") -> dict[str, str]:
    return {f"{_LABEL}project": project, f"{_LABEL}{kind}": name}


def test_a_network_whose_name_holds_spaces_is_one_network() -> None:
    words = ("network", "ls", "--format", "{{.Name}}")
    asked = Command(("docker", *words, "--filter", "label=com.docker.compose.project=dify"))
    host = FakeHost([Expected(asked.argv, Result(0, b"dify_default\nmine bridge\n", b""))])
    assert find._names(host, words, "dify", CancelToken()) == ("dify_default", "mine bridge")


def test_a_label_of_the_project_alone_makes_nothing_ours(tmp_path: Path) -> None:
    host = Labelled(networks="dify_default\nweb\n", volumes="dify_db\nphotos\ndify_notes\n")
    host.labels = {
        "dify_default": made("network", "default"),
        "web": made("network", "web"),
        "dify_db": made("volume", "db"),
        "photos": made("volume", "photos"),  # called otherwise than Compose would call it
        "dify_notes": {f"{_LABEL}project": "dify"},  # docker volume create --label
    }
    asked, facts = half_made(tmp_path)
    work = undo(host, asked)
    plan = work.plan(facts)
    assert [d.path for d in plan.data if d.volume] == ["dify_db"] and plan.networks == ("dify_default",)
    assert plan.others == ("photos", "dify_notes", "web")
    undone = work.run(facts, plan, confirm=asked.directory)
    assert {"dify_db", "dify_default"} <= host.removed
    assert not {"photos", "dify_notes", "web"} & host.removed
    assert {"photos", "dify_notes", "web"} <= {*undone.left}
    assert Path(asked.docker_folder, ".env").exists(), "its passwords may open what is in these"


@pytest.mark.parametrize(
    ("kind", "name"), [("container", "id1"), ("volume", "dify_db"), ("network", "dify_default")]
)
def test_labels_are_looked_at_again_right_before_the_removal(tmp_path: Path, kind: str, name: str) -> None:
    host = Labelled(volumes="dify_db\n")
    asked, facts = half_made(tmp_path)
    folder = {f"{_LABEL}project.working_dir": asked.docker_folder}
    host.labels = {
        "id1": {f"{_LABEL}project": "dify", **folder},
        "dify_db": made("volume", "db"),
        "dify_default": made("network", "default"),
    }
    said: list[Any] = []
    work = undo(host, asked, said.append)
    plan = work.plan(facts)
    host.labels[name] = {f"{_LABEL}project": "other"} if kind != "volume" else None
    undone = work.run(facts, plan, confirm=asked.directory)
    assert name not in host.removed and name in undone.left
    assert {"id1", "dify_db", "dify_default"} - {name} <= host.removed
    assert [event.name for event in said if isinstance(event, NotOurs)] == [name]
    assert Path(asked.docker_folder, ".env").exists() == (kind == "volume")


@pytest.mark.parametrize("labels", [{f"{_LABEL}project": "dify"}, {}, None])
def test_a_row_of_the_list_is_no_reason_to_remove_a_container(
    tmp_path: Path, labels: dict[str, str] | None
) -> None:
    host = Labelled()
    asked, facts = half_made(tmp_path)
    host.labels = {"id1": labels}
    work = undo(host, asked)
    work.run(facts, work.plan(facts))
    assert "id1" not in host.removed


def whole(tmp_path: Path) -> tuple[Labelled, Answers, Facts]:
    """An installation of one container, volume and network, as Compose makes them."""
    host = Labelled(volumes="dify_db\n")
    asked, facts = half_made(tmp_path)
    host.labels = {
        "id1": {f"{_LABEL}project": "dify", f"{_LABEL}project.working_dir": asked.docker_folder},
        "dify_db": made("volume", "db"),
        "dify_default": made("network", "default"),
    }
    return host, asked, facts


@pytest.mark.parametrize("how", ["down", "id1", "dify_db", "dify_default", "other", "twice", "text"])
def test_where_docker_does_not_say_what_one_is_nothing_is_removed(tmp_path: Path, how: str) -> None:
    host, asked, facts = whole(tmp_path)
    work = undo(host, asked)
    plan = work.plan(facts)
    line = json.dumps({"key": "id1", "labels": host.labels["id1"]})
    host.odd = {"other": '{"key":"gitlab","labels":{}}\n', "twice": f"{line}\n", "text": "id1\n"}.get(how, "")
    host.down = how == "down"
    host.silent = {how} & host.labels.keys()
    with pytest.raises(InstallError) as caught:
        work.run(facts, plan, confirm=asked.directory)
    assert caught.value.code is Code.DOCKER_API_FAILED and not host.removed
    assert Path(asked.docker_folder, ".env").exists() and not Path(asked.state_folder, "lock").exists()


@pytest.mark.parametrize("name", ["id1", "dify_db", "dify_default"])
def test_what_is_gone_by_itself_is_not_removed_and_stops_nothing(tmp_path: Path, name: str) -> None:
    host, asked, facts = whole(tmp_path)
    said: list[Any] = []
    work = undo(host, asked, said.append)
    plan = work.plan(facts)
    del host.labels[name]
    undone = work.run(facts, plan, confirm=asked.directory)
    assert host.removed >= {"id1", "dify_db", "dify_default"} - {name} and name not in host.removed
    assert name not in undone.left and not [event for event in said if isinstance(event, NotOurs)]
    assert not Path(asked.docker_folder, ".env").exists()


def test_without_an_answer_there_is_no_plan(tmp_path: Path) -> None:
    host, asked, facts = whole(tmp_path)
    host.silent = {"dify_db"}
    with pytest.raises(InstallError) as caught:
        undo(host, asked).plan(facts)
    assert caught.value.code is Code.DOCKER_API_FAILED


@pytest.mark.parametrize("known", ["files", "record", "both"])
def test_a_container_of_no_service_of_the_compose_files_is_not_ours(tmp_path: Path, known: str) -> None:
    """It claims our project and our folder by its labels."""
    host, asked, facts = whole(tmp_path)
    assert facts.record is not None
    ours, *others = facts.containers
    claiming = replace(ours, id="id3", name="gitlab", service="gitlab")
    record = replace(
        facts.record, data={**facts.record.data, "services": ["api"] if known != "files" else []}
    )
    Path(asked.state_folder, "installation.json").write_text(json.dumps(record.data))
    facts = replace(facts, record=record, containers=(ours, claiming, *others))
    labels = host.labels["id1"] or {}
    host.labels |= {
        "id1": {**labels, f"{_LABEL}service": "api"},
        "id3": {**labels, f"{_LABEL}service": "gitlab"},
    }
    host.services = "api\nweb\n" if known != "record" else ""
    work = undo(host, asked)
    plan = work.plan(facts)
    assert plan.ids == ("id1",) and plan.others == ("gitlab",)
    undone = work.run(facts, plan, confirm=asked.directory)
    assert "id1" in host.removed and "id3" not in host.removed and "gitlab" in undone.left


def test_a_service_s_label_is_looked_at_again_right_before_the_removal(tmp_path: Path) -> None:
    host, asked, facts = whole(tmp_path)
    host.services = "api\n"
    host.labels["id1"] = {**(host.labels["id1"] or {}), f"{_LABEL}service": "api"}
    work = undo(host, asked)
    plan = work.plan(facts)
    host.labels["id1"] = {**(host.labels["id1"] or {}), f"{_LABEL}service": "other"}
    undone = work.run(facts, plan)
    assert "id1" not in host.removed and "id1" in undone.left


def test_a_service_of_an_override_file_is_ours(tmp_path: Path) -> None:
    host, asked, facts = whole(tmp_path)
    assert facts.record is not None
    record = replace(facts.record, data={**facts.record.data, "services": ["web"], "former": ["old"]})
    host.services = "api\nweb\n"
    assert services_of(host, asked, record, CancelToken()) == {"api", "web", "old"}
