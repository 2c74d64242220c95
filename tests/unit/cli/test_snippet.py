"""The command ``snippet``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.apply.plan import make_plan
from installer.cli.main import main
from installer.cli.show import plan_lines
from installer.https.reverse_proxy.kinds import KINDS
from installer.texts import LANGUAGES, Texts
from tests.check_faults import ENCRYPTED, GIVEN
from tests.situations import situation
from tests.unit.release.test_archive import packed_release

ANSWERS = '[target]\nhost = "dify.example.com"\nuser = "root"\n[ports]\nhttp = 8080\n'


def answers(folder: Path, tls: str) -> str:
    path = folder / "answers.toml"
    path.write_text(f'{ANSWERS}[release]\nsource = "{packed_release(folder).as_posix()}"\n[tls]\n{tls}\n')
    return str(path)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIFY_INSTALLER_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("kind", KINDS)
def test_printed_for_each_kind(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = answers(tmp_path, 'mode = "proxy"')
    assert main(["snippet", "--answers", file, "--kind", kind]) == 0
    text = capsys.readouterr().out
    assert "dify.example.com" in text and "127.0.0.1:8080" in text
    assert ("/etc/letsencrypt/live/dify.example.com/fullchain.pem" in text) is (kind != "caddy")
    assert main(["snippet", "--answers", file, "--kind", kind, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"kind": kind, "text": text}


def test_with_the_certificate_that_the_answers_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tls = 'mode = "proxy"\nproxy_certificate = "/etc/ssl/x.crt"\nproxy_key = "/etc/ssl/x.key"'
    assert main(["snippet", "--answers", answers(tmp_path, tls)]) == 0
    text = capsys.readouterr().out
    assert 'ssl_certificate "/etc/ssl/x.crt";' in text and "certbot" not in text


def test_refused_where_no_web_server_is_in_front(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snippet", "--answers", answers(tmp_path, 'mode = "off"'), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["params"]["key"] == "tls.mode"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_in_words_shows_the_file(language: str) -> None:
    lines = [*plan_lines(make_plan(situation(ENCRYPTED, GIVEN)), Texts(language))]
    assert "    nginx -t" in lines and any("proxy_pass http://127.0.0.1:8080;" in line for line in lines)
