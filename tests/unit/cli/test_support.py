"""The commands ``bundle`` and ``report``, and what the gate says."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.cli.output import Output
from installer.core.events import GateLook, Waiting
from installer.core.secrets import Redactor
from installer.texts import LANGUAGES, Texts
from tests.ui.states.report import journal

SECRET = "hunter2hunter2"


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For a server that nobody reaches."""
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))
    path = tmp_path / "answers.toml"
    path.write_text('[target]\nkind = "ssh"\nhost = "127.0.0.1"\nport = 1\nuser = "root"\n')
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'[ssh]\npassword = "{SECRET}"\n')
    secrets.chmod(0o600)
    return path


def bundle(answers: Path, *words: str) -> int:
    secrets = str(answers.with_name("secrets.toml"))
    out = str(answers.with_name("out.zip"))
    return main(["bundle", "--answers", str(answers), "--secrets", secrets, "--out", out, *words])


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_the_server_the_rest_is_saved(
    answers: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert bundle(answers, "--language", language) == 0
    path = answers.with_name("out.zip")
    said = capsys.readouterr().out
    assert str(path) in said and "target" in said
    with zipfile.ZipFile(path) as archive:
        words = archive.read("README.txt").decode()
        assert all(SECRET.encode() not in archive.read(name) for name in archive.namelist())
    assert Texts(language).bundle("title") in words and "target: ssh.refused" in words

    assert main(["report", str(path), "--language", language]) == 0
    said = capsys.readouterr().out
    assert "answers.toml" in said and Texts(language).history("nothing") in said


def test_a_report_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from installer.redaction.scrub import Scrubber
    from installer.support.parts import Parts
    from installer.support.write import manifest_of, packed

    parts = Parts(Scrubber())
    parts.text("journal.jsonl", "\n".join(journal()) + "\nno json\n")
    parts.json("diagnosis.json", [{"code": "PULL-01", "member": "jobs/a.log", "lines": []}, {"code": "X"}, 3])
    path = tmp_path / "r.zip"
    path.write_bytes(packed(parts.bounded(), manifest_of(parts, 1_790_000_000.0), "words"))
    assert main(["report", str(path), "--language", "en"]) == 0
    said = capsys.readouterr().out
    for part in (
        "Installation began: Dify 1.16.1",
        "hanako@desk",
        "(+248 s)",
        "PULL-01",
        "levitated height = 3",
    ):
        assert part in said, part
    assert main(["report", str(path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [e["what"] for e in data["entries"]][:3] == ["apply", "steps_done", "failed"]
    assert data["changed"] == [] and {m["name"] for m in data["members"]} >= {"journal.jsonl"}


def test_a_report_sends_nothing_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In JSON an escape is six harmless characters until it is read."""
    from installer.redaction.scrub import Scrubber
    from installer.support.parts import Parts
    from installer.support.write import manifest_of, packed

    trick = "a\x1b]0;x\x07\x9b2J\u202e\ud800\nb"
    parts = Parts(Scrubber())
    entry = {"at": 1, "who": trick, "detail": trick, "params": {trick: trick}}
    parts.text(
        "journal.jsonl", "\n".join(json.dumps({**entry, "what": w}) for w in ("failed", "done", trick))
    )
    known = [{"code": c, "member": trick, "lines": [trick]} for c in ("PULL-01", trick)]
    parts.text("diagnosis.json", json.dumps(known))
    path = tmp_path / "r.zip"
    path.write_bytes(packed(parts.bounded(), manifest_of(parts, 1_790_000_000.0), "words"))
    for words in ([], ["--json"]):
        assert main(["report", str(path), "--language", "en", *words]) == 0
        said = capsys.readouterr().out
        assert "PULL-01" in said
        assert not set(said) & set("\x1b\x07\x9b\u202e\ud800")
        assert not any(line.startswith("b") for line in said.splitlines())


def test_what_is_none_ends_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.zip"
    path.write_text("x")
    assert main(["report", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "bundle.unreadable"


def test_what_the_gate_says(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(Texts("en"), Redactor(), as_json=False)
    output.emit(GateLook(step="ready", inside="yes", server="yes", here="no"))
    output.emit(Waiting(step="ready", service="api", seconds=41, state="migrating"))
    said = capsys.readouterr().err.splitlines()
    assert said[0].strip() == "inside: answers · on the server: answers · from this computer: no answer"
    assert said[1].strip().startswith("Waiting for api for 41 s: it prepares the database")
