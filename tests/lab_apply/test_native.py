"""As on macOS and Windows: no POSIX scripts, data in named volumes. On the lab's Docker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Secrets, load_answers
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code
from installer.core.events import Event
from installer.engine import Engine
from installer.facts.desktop import Desktop
from installer.facts.local import desktop
from installer.hosts.base import Command, Host, Result
from installer.hosts.kinds import DESKTOP
from installer.hosts.local.host import LocalHost
from installer.logs import service_logs
from installer.operations.status import read_status
from tests.lab_apply.conftest import Bench, Maker

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


def engine_for(bench: Bench, answers: Answers, tmp_path: Path) -> tuple[Engine, Host, list[Event]]:
    events: list[Event] = []
    host = LocalHost(answers.target.docker, kind=DESKTOP)
    return Engine(answers, Secrets(), Home(tmp_path / "home"), emit=events.append).using(host), host, events


def test_the_whole_way(bench: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install, repeat, look, read the log, and find the data where it should be."""
    real = desktop.desktop

    def on_a_mac(host: Host, cancel: CancelToken | None = None) -> Desktop:
        return real(host, desktop.Surroundings(system="Darwin"), cancel)

    monkeypatch.setattr("installer.engine.desktop", on_a_mac)
    programs: set[str] = set()
    run = LocalHost.run

    def noted(self: LocalHost, command: Command, **options: Any) -> Result:
        programs.add(command.argv[0])
        return run(self, command, **options)

    monkeypatch.setattr(LocalHost, "run", noted)
    b = bench("local", keep_images=True)
    answers = load_answers(b.cli.answers)
    engine, host, events = engine_for(b, answers, tmp_path)
    assert [p.code for p in engine.plan().blockers] == []
    outcome = engine.apply()
    assert outcome.url and outcome.changed
    assert any(getattr(event, "step", "") == "ready" for event in events)
    again, _, _ = engine_for(b, answers, tmp_path)
    assert not again.apply().changed

    facts = again.facts()
    assert facts.named_volumes and facts.record is not None and facts.record.installed
    volumes = {line.split("\t")[0] for line in b.run("docker volume ls --format '{{.Name}}'").split()}
    assert f"{answers.project}_db_data" in volumes
    data = b.run(f"ls {b.docker_folder}/volumes/db 2>/dev/null || true")
    assert data == ""
    status = read_status(host, answers)
    assert status.state == "running"
    pinned = {c.service for c in status.containers if c.image.startswith("nginx:latest@sha256:")}
    assert pinned == {"nginx"}
    nginx = service_logs.chosen(status.containers, ["nginx"])
    assert any("/console/api/setup" in line.text for line in service_logs.history(host, nginx, tail="50"))
    # nothing went through a shell, and nothing that only a Linux machine has
    assert programs <= {"docker", "docker-compose"}

    # whoever deletes the folder alone and begins anew is not led into a Dify that cannot log in
    b.run(f"cd {b.docker_folder} && docker compose down >/dev/null 2>&1")
    b.run(f"rm -rf {b.directory}")
    anew, _, _ = engine_for(b, answers, tmp_path)
    assert [p.code for p in anew.plan().blockers] == [Code.VOLUMES_LEFT]
