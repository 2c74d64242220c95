"""``network``, ``reach`` and ``forward`` on the command line, on a made-up host."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from installer.cli import network
from installer.cli.commands import CANCELLED, Call
from installer.cli.main import main
from installer.cli.output import Output
from installer.core.cancel import CancelToken
from installer.core.events import ReachFound
from installer.core.secrets import Redactor
from installer.engine import Engine
from installer.texts import Texts
from tests.fakes.host import FakeHost
from tests.situations import GOOD, situation
from tests.unit.test_network_judge import HEALTHY, REFUSED, endpoint, with_endpoint

CLOSED = ReachFound(
    step="reach",
    port=80,
    url="http://203.0.113.5",
    state="closed",
    reason="timeout",
    code="reach.closed",
    provider="conoha",
)


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Engine, "host", property(lambda self: FakeHost()))
    monkeypatch.setattr(Engine, "facts", lambda self: GOOD)
    monkeypatch.setattr(Engine, "situation", lambda self: situation())
    path = tmp_path / "answers.toml"
    path.write_text('[target]\nhost = "203.0.113.5"\nuser = "root"\n')
    return ["--answers", str(path), "--language", "en"]


def test_network_tells_rows_and_findings(
    answers: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = with_endpoint(endpoint("registry", REFUSED))
    monkeypatch.setattr(network, "gather_network", lambda host, answers, cancel: found)
    assert main(["network", *answers]) == 0
    said = capsys.readouterr()
    assert "Docker's registry: registry.example is not reached" in said.out
    assert "network.registry_closed" in said.err and "PULL-01" in said.err
    assert main(["network", *answers, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    data = json.loads(line)
    assert [finding["code"] for finding in data["findings"]] == ["network.registry_closed"]
    assert data["tool"] == "curl" and len(data["endpoints"]) == len(HEALTHY.endpoints)


def test_reach_is_one_answer(
    answers: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(host: Any, case: Any, emit: Any, cancel: Any) -> tuple[ReachFound, ...]:
        emit(CLOSED)
        return (CLOSED,)

    monkeypatch.setattr(network, "look_now", fake)
    assert main(["reach", *answers, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    (port,) = json.loads(line)["ports"]
    assert (port["port"], port["state"], port["provider"]) == (80, "closed", "conoha")
    assert main(["reach", *answers]) == 0
    said = capsys.readouterr().err
    assert "HOST-07" in said and "ConoHa" in said and "TCP 80" in said


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ReachFound(step="reach", port=80, url="http://x", state="open"), "this computer reaches http://x"),
        (ReachFound(step="reach", port=80, url="u", state="unknown", reason="image"), "once the images"),
        (CLOSED, "Open TCP port 80"),
    ],
)
def test_what_is_seen_is_said(event: ReachFound, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Output(Texts("en"), Redactor(), as_json=False).emit(event)
    assert words in capsys.readouterr().err


class Opened:
    url, by_program = "http://127.0.0.1:31234", True

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "open_through_ssh", lambda host, web, name, on_error: Opened())


@pytest.mark.parametrize("as_json", [False, True])
def test_forward_serves_until_it_is_cancelled(
    answers: list[str], opened: None, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    cancel, redact = CancelToken(), Redactor()
    arguments = argparse.Namespace(answers=answers[1], secrets=None, json=as_json, command="forward")
    call = Call(arguments, Output(Texts("en"), redact, as_json=as_json), redact, cancel)
    threading.Timer(0.3, cancel.cancel).start()
    assert network.run_forward(call) == CANCELLED
    said = capsys.readouterr().out.strip()
    wanted = {"url": Opened.url, "by_program": True}
    assert (json.loads(said) if as_json else said) == (wanted if as_json else Opened.url)
