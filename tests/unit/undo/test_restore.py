"""Taking a change back: whatever interrupts it, the next undo does it again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers
from installer.apply.steps.renewal import restore_renewal
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event, NotOurs
from installer.core.resources import read_text
from installer.core.secrets import Redactor
from installer.facts.model import Certificates, ContainerFacts, Facts, Record, Renewal
from installer.hosts.base import Command, JobSpec, Result
from installer.hosts.kinds import LINUX
from installer.https.renewal import Wanted, in_state, script_path
from installer.lifecycle.undo import run as module
from installer.lifecycle.undo.run import Undo
from installer.state import backups
from installer.state.desired import checksum
from tests.fakes.host import failed, ok
from tests.situations import operation
from tests.unit.undo.test_undo import Machine, answers

NAME = "20260102T030405Z"
FORMER: dict[str, Any] = {
    "format": 1,
    "version": "1.16.1",
    "project": "dify",
    "installed": True,
    "ready": True,
    "settled": True,
    "services": ["api"],
    "applied": {"job": "apply-1", "fingerprint": "f"},
}
ENV = "COMPOSE_PROFILES=qdrant\nDB_PASSWORD=the-former-one\n"

SCRIPT = (read_text("scripts/crontab.sh") + read_text("scripts/renewal-install.sh")).encode()


@pytest.fixture
def host() -> Machine:
    return Machine(kind=LINUX)


@pytest.fixture
def asked(tmp_path: Path, host: Machine) -> Answers:
    """A changed ``.env``, and what it was before."""
    asked = answers(tmp_path)
    docker, state = Path(asked.docker_folder), Path(asked.state_folder)
    docker.mkdir(parents=True)
    state.mkdir()
    (docker / ".env").write_text(ENV)
    (state / "installation.json").write_text(json.dumps(FORMER))
    backups.keep(host, str(docker), str(state), NAME, [".env"])
    (docker / ".env").write_text("COMPOSE_PROFILES=weaviate\n")
    changed = {**FORMER, "settled": False, "backups": [NAME]}
    (state / "installation.json").write_text(json.dumps(changed))
    return asked


def record(asked: Answers) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(asked.state_folder, "installation.json").read_text())
    return found


def facts(asked: Answers) -> Facts:
    return Facts(record=Record.parse(json.dumps(record(asked))))


def work(host: Machine, asked: Answers, redact: Redactor | None = None) -> Undo:
    return Undo(operation(host, redact=redact, answers=asked))


@pytest.mark.parametrize("error", [InstallError(Code.NOT_READY, {"services": "api"}), Cancelled()])
def test_one_that_does_not_come_up_can_be_undone_again(
    host: Machine, asked: Answers, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def watch(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "watch", watch)
    undo = work(host, asked)
    with pytest.raises(type(error)):
        undo.run(facts(asked), undo.plan(facts(asked)))
    assert record(asked)["backups"] == [NAME] and not record(asked)["settled"]
    plan = undo.plan(facts(asked))
    assert plan.kind == "restore" and plan.backups == (NAME,)

    monkeypatch.setattr(module, "watch", lambda *_: None)
    assert undo.run(facts(asked), plan).changed
    assert record(asked)["backups"] == [] and record(asked)["settled"] and record(asked)["ready"]
    assert record(asked)["applied"]["fingerprint"] == "f" and record(asked)["applied"]["job"] != "apply-1"
    assert Path(asked.docker_folder, ".env").read_text() == ENV
    assert undo.plan(facts(asked)).kind == "nothing"


def test_compose_is_told_the_former_profiles_and_no_secret_is_shown(
    host: Machine, asked: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[JobSpec] = []
    started = host.start_job

    def start(spec: JobSpec) -> None:
        jobs.append(spec)
        started(spec)

    monkeypatch.setattr(host, "start_job", start)
    monkeypatch.setattr(module, "watch", lambda *_: None)
    redact = Redactor()
    undo = work(host, asked, redact)
    undo.run(facts(asked), undo.plan(facts(asked)))
    assert jobs[0].env == {"COMPOSE_PROFILES": "qdrant"}
    assert "the-former-one" not in redact("said the-former-one")


def test_a_backup_that_is_gone_is_said(host: Machine, asked: Answers) -> None:
    Path(backups.folder_of(asked.state_folder, NAME), "modes").unlink()
    with pytest.raises(InstallError) as caught:
        work(host, asked).plan(facts(asked))
    assert caught.value.code is Code.UNDO_BACKUP_GONE


def test_what_the_web_server_in_front_had_is_put_back(
    host: Machine, asked: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file outside of the folder is told, and its script runs in the same job."""
    ran: list[tuple[str, tuple[str, ...]]] = []

    def start(spec: JobSpec) -> None:
        ran.extend((stage.name, stage.argv) for stage in spec.stages)
        Machine.start_job(host, replace(spec, stages=()))

    file = "/etc/nginx/conf.d/dify-dify.conf"
    noted = {**record(asked), "webserver": {"path": file, "sums": ["1" * 64]}}
    Path(asked.state_folder, "installation.json").write_text(json.dumps(noted))
    monkeypatch.setattr(host, "start_job", start)
    monkeypatch.setattr(module, "watch", lambda *_: None)
    undo = work(host, asked)
    plan = undo.plan(facts(asked))
    assert plan.files == (".env", file)
    undo.run(facts(asked), plan)
    name, argv = ran[-1]
    assert name == "webserver_off" and f"file={file}\n" in argv[2] and "1" * 64 in argv[2]
    assert "webserver" not in record(asked) and undo.plan(facts(asked)).kind == "nothing"


@pytest.mark.parametrize("how", ["ours", "other", "claims", "gone", "unanswered"])
def test_containers_of_the_change_are_inspected_before_they_are_removed(
    host: Machine, asked: Answers, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(module, "watch", lambda *_: None)
    newer = ContainerFacts("id9", "dify-q-1", "running", "q", "dify", "q", asked.docker_folder)
    host.folder = asked.docker_folder
    claimed = host.inspected("container", "id9") or {}
    host.labels["id9"] = {**claimed, "com.docker.compose.service": "q"}
    if how == "other":
        host.labels["id9"] = {"com.docker.compose.project": "other"}
    if how == "claims":
        host.labels["id9"] = {**claimed, "com.docker.compose.service": "gitlab"}
    answer = host.run

    def run(command: Command, **more: Any) -> Result:
        words = command.argv
        if "config" in words:
            return ok("api\nq\n")
        if how in ("gone", "unanswered") and words[0] == "docker" and "inspect" in words:
            return failed(1, "Error")
        if how == "unanswered" and words[:2] == ("docker", "ps"):
            return ok('"id9"\n')
        return answer(command, **more)

    monkeypatch.setattr(host, "run", run)
    said: list[Event] = []
    undo = Undo(operation(host, said.append, answers=asked))
    found = replace(facts(asked), containers=(newer,))
    plan = undo.plan(found)
    if how == "unanswered":
        with pytest.raises(InstallError) as caught:
            undo.run(found, plan)
        assert caught.value.code is Code.DOCKER_API_FAILED
        assert Path(asked.docker_folder, ".env").read_text() != ENV, "nothing was changed"
    else:
        undo.run(found, plan)
    assert (("docker", "rm", "--force", "id9") in host.asked) == (how == "ours")
    assert [e.name for e in said if isinstance(e, NotOurs)] == (["id9"] if how in ("other", "claims") else [])


@pytest.mark.parametrize("fails", [False, True])
def test_one_that_leads_back_to_a_renewed_certificate_sets_its_timer_again(
    host: Machine, asked: Answers, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """By the script that the former record holds, also where renewing fails just then, and once only."""
    wanted = Wanted("cron", "unit", script_path(in_state(asked)), "echo renewed\n", 12, 3600)
    former = {**FORMER, "renewal": wanted.as_note("a.example")}
    Path(asked.state_folder, "backups", NAME, "installation.json").write_text(json.dumps(former))
    ran: list[tuple[str, ...]] = []

    def run(_host: Machine, command: Command, **_more: Any) -> Result:
        if command.stdin != SCRIPT:
            return machine(host, command, **_more)
        ran.append(command.argv)
        return Result(1 if fails else 0, b"", b"certbot said no")

    machine = Machine.run
    monkeypatch.setattr(Machine, "run", run)
    monkeypatch.setattr(module, "watch", lambda *_: None)
    undo = work(host, asked)
    there = facts(asked)
    undo.run(there, undo.plan(there))
    assert record(asked)["renewal"] == wanted.as_note("a.example") and record(asked)["backups"] == []
    assert Path(script_path(in_state(asked))).read_text() == wanted.script
    assert [argv[-7:-3] for argv in ran] == [("cron", "unit", wanted.path, wanted.line)]
    found = Renewal(cron=True, active=True, checksum=checksum(wanted.script.encode()))
    restored = Record.parse(json.dumps(former))
    assert restored is not None
    there = Facts(certificates=Certificates(renewal=found))
    restore_renewal(host, asked, restored, there, CancelToken())
    assert len(ran) == 1
