"""``diagnose``: reads a file or standard input, asks nobody."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.cli.output import Output
from installer.core.errors import Code, InstallError
from installer.core.secrets import MASK, Redactor, Secret
from installer.diagnosis import KnownFailure
from installer.texts import Texts

LINE = "Error response from daemon: write /var/lib/docker/tmp/x: no space left on device"


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text(f"pulling\n{LINE}\n")
    assert main(["diagnose", "--stage", "image pull", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"code": "HOST-04", "lines": [LINE]}]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["-"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LINE.encode("utf-16"))))
        assert main(["diagnose", "--stage", "pull", "--service", "api, web", *words, "--json"]) == 0
        assert [f["code"] for f in json.loads(capsys.readouterr().out)] == ["HOST-04"]


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text("all is well\n")
    assert main(["diagnose", "--stage", "runtime", str(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["diagnose", "--stage", "runtime", str(log), "--language", "en"]) == 0
    assert "No known failure" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "word"), [("en", "disk is full"), ("ja", "空き容量")])
def test_for_people(language: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    log.write_text(f'{LINE}\n{LINE}\n"/console/api/setup" 500\n')
    assert main(["diagnose", "--stage", "pull / first start", str(log), "--language", language]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("HOST-04") and word in first
    assert rest.count(f"    {LINE}") == 1
    assert any(line.startswith("PG-05") for line in rest)


def test_a_log_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--stage", "runtime", str(tmp_path / "no"), "--json"]) == 2
    shown = capsys.readouterr()
    assert not shown.out and str(tmp_path / "no") in shown.err


def failed(as_json: bool, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of an error whose causes were found."""
    error = InstallError(Code.SERVICE_FAILED, {"service": "api", "exit_code": "1"})
    error.known_failures = (
        KnownFailure("HOST-04", (LINE, "pw hunter2hunter2")),
        KnownFailure("PG-06", ("x",), "api"),
    )
    output = Output(Texts("en"), Redactor([Secret("hunter2hunter2")]), as_json=as_json)
    output.failed(error)
    printed = capsys.readouterr()
    return printed.out if as_json else printed.err


def test_the_findings_of_a_failure_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    last = json.loads(failed(True, capsys))
    assert (last["event"], last["code"], last["catalogue"]) == ("failed", "ready.service_failed", "HOST-04")
    assert last["findings"] == [
        {"code": "HOST-04", "service": "", "lines": [LINE, f"pw {MASK}"]},
        {"code": "PG-06", "service": "api", "lines": ["x"]},
    ]


def test_the_findings_of_a_failure_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = failed(False, capsys)
    for code in ("HOST-04", "PG-06"):
        said = Texts("en").failure(code)
        assert code in text and said.what in text and said.do in text
    assert text.index(LINE) < text.index("PG-06") and "hunter2" not in text
    assert "ready.service_failed" in text
