"""The command line's own words: usage, exit codes, languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installer.cli.main import main
from installer.core.formatting import byte_size

ANSWERS = "[target]\nkind = 'ssh'\nhost = '203.0.113.5'\nuser = 'root'\n"


def written(folder: Path, text: str) -> str:
    path = folder / "answers.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["install"],
        ["apply"],
        ["logs", "--answers", "x", "--tail", "many"],
        ["logs", "--answers", "x", "--since", "$(reboot)"],
        ["status", "--answers", "x", "--lang", "en"],
    ],
)
def test_usage_is_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ANSWERS + "[ports]\nhtttp = 80\n", "answers.unknown_key"),
        (ANSWERS + "[ports]\nhttp = 70000\n", "answers.bad_value"),
        (ANSWERS + "[ports]\nhttp = 'eighty'\n", "answers.bad_value"),
        (ANSWERS + "[stores.settings]\nhost = 'h'\n", "answers.bad_value"),
        (ANSWERS + "[redis]\nhost = 'r'\n", "answers.unknown_key"),
        (ANSWERS + "[env]\nEXPOSE_NGINX_PORT = '81'\n", "answers.owned_key"),
        ("[target\n", "answers.unreadable"),
    ],
)
def test_wrong_answers_are_exit_2(
    text: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text)
    assert main(["apply", "--answers", path, "--json"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["code"] for line in lines] == [code]
    for language in ("en", "ja"):
        assert main(["apply", "--answers", path, "--language", language]) == 2
        assert code in capsys.readouterr().err


def test_japanese_is_spoken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "[target\n")
    main(["apply", "--answers", path, "--language", "ja"])
    assert any(ord(c) > 0x3040 for c in capsys.readouterr().err)


def test_byte_sizes() -> None:
    assert [byte_size(n) for n in (0, 999, 1500, 44_000, 191_000_000, 3_100_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "44 kB",
        "191 MB",
        "3.1 GB",
    ]
