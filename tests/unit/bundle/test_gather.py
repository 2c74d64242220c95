"""What is gathered, and what is not when it would not be safe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Secrets
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.docker.containers import Container
from installer.engine import Engine
from installer.logs.service_logs import LogLine
from installer.redaction.scrub import Scrubber
from installer.support import gather
from installer.support.gather import Gatherer, plain_yaml, safe_name
from installer.support.parts import Parts
from tests.fakes.host import Expected, FakeHost, ok
from tests.situations import ANSWERS, installed

SECRET = "Quo\"te'd$ecret-42"
STATE = ANSWERS.state_folder
CONFIG = """services:
  api:
    environment:
      - UNSUSPECTED=x
      - DB_PASSWORD=short
    command: |-
      echo
      fine
"""
#: As Compose reads it between double quotes.
QUOTED = SECRET.replace('"', '\\"').replace("$", "\\$")
ENV = f"LOG_LEVEL=INFO\nDB_PASSWORD='plain-password'\nX_SECRET=\"{QUOTED}\"\n"


def host(**more: Any) -> FakeHost:
    journal = json.dumps({"at": 1.0, "what": "failed", "detail": f"with {SECRET}", "code": "x"})
    files = {
        f"{ANSWERS.docker_folder}/.env": ENV.encode(),
        f"{STATE}/journal.jsonl": f"{journal}\n".encode(),
        f"{STATE}/installation.json": b'{"version": "1.16.1"}',
        f"{STATE}/jobs/job1/log": f"said {SECRET}\nno space left on device\n".encode(),
    }
    scripts = Expected(lambda c: c.argv[:2] == ("sh", "-s"), ok(""), times=None)
    config = Expected(lambda c: c.argv[-1] == "config", ok(CONFIG), times=None)
    return FakeHost([scripts, config], files={**files, **more}, docker_client=object())


def gathered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: FakeHost, cancel: CancelToken | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    facts = replace(installed().facts, jobs={"job1": "1"}, env=None)
    monkeypatch.setattr(Engine, "facts", lambda _self: facts)
    monkeypatch.setattr(Gatherer, "_plan", lambda _self, _facts: None)
    box = Container("1", "api", "api", "running", "", 0, "i", (), "", 0)
    monkeypatch.setattr(gather, "read_containers", lambda *_: (box,))
    line = LogLine("2026-11-24T08:00:00Z", "api", "stdout", f"got {SECRET}")
    monkeypatch.setattr(gather, "history", lambda *_args, **_options: [line])
    engine = Engine(ANSWERS, Secrets(), Home(tmp_path), emit=lambda _: None, cancel=cancel).using(there)
    parts = Parts(Scrubber())
    Gatherer(engine, parts, {"screen.log": f"shown {SECRET}\n"}).run()
    return {p.name: p.data.decode() for p in parts.parts}, {x.name: x.code for x in parts.lacking}


def test_everything_without_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    members, lacking = gathered(monkeypatch, tmp_path, host())
    assert lacking == {}
    assert members["containers/api.log"] == "2026-11-24T08:00:00Z got ***\n"
    assert members["jobs/job1.log"].startswith("said ***\n")
    assert members["screen.log"] == "shown ***\n"
    assert json.loads(members["journal.jsonl"])["detail"] == "with ***"
    assert "DB_PASSWORD: '***'" in members["compose.yaml"] and "UNSUSPECTED: x" in members["compose.yaml"]
    assert "LOG_LEVEL=INFO" in members["env"] and "X_SECRET=***" in members["env"]
    found = json.loads(members["diagnosis.json"])
    assert ("jobs/job1.log", "HOST-04") in {(f["member"], f["code"]) for f in found}
    assert not [n for n, t in members.items() if SECRET in t or json.dumps(SECRET)[1:-1] in t]


def test_of_a_long_log_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The beginning of its first line may be half a secret."""
    monkeypatch.setattr(gather, "JOB_BYTES", 40)
    log = b"first\n" * 50 + f"with {SECRET}\nno space left on device\n".encode()
    members, _ = gathered(monkeypatch, tmp_path, host(**{f"{STATE}/jobs/job1/log": log}))
    assert members["jobs/job1.log"] == "no space left on device\n"


def test_without_the_secrets_no_logs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They could hold what nobody knows to be one."""
    there = host()

    def refuse(*_args: object, **_options: object) -> bytes:
        raise InstallError(Code.HOST_FILE_FAILED, {"path": ".env"})

    monkeypatch.setattr(there, "read_file", refuse)
    members, lacking = gathered(monkeypatch, tmp_path, there)
    assert lacking == {"secrets": "host.file_failed"}
    assert set(members) == {"answers.toml", "screen.log", "facts.json", "diagnosis.json", "versions.json"}


def test_a_part_that_fails_costs_itself_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = host(**{f"{STATE}/installation.json": b"no json"})
    members, lacking = gathered(monkeypatch, tmp_path, there)
    assert lacking == {"installation.json": "internal"} and "containers/api.log" in members


def test_cancel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        gathered(monkeypatch, tmp_path, host(), token)


def test_names_and_lists() -> None:
    assert safe_name("../a b\\日") == "_a_b__"
    assert plain_yaml({"environment": ["A=1", "B=x=y"], "command": ["a=b c", "d"], 3: None}) == {
        "environment": {"A": "1", "B": "x=y"},
        "command": ["a=b c", "d"],
        "3": None,
    }
