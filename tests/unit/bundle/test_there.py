"""Which values on the target are secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installer.redaction import secrets_in_use
from installer.redaction.secrets_in_use import env_values, values_there
from tests.fakes.host import Expected, FakeHost, ok
from tests.shells import SHELLS
from tests.situations import ANSWERS


def test_of_an_env() -> None:
    found = set(
        env_values(
            "A=1\nDB_PASSWORD='two words'\nSECRET_KEY=\nURL=redis://:inurl@h/1\nX_TOKEN=${DB_PASSWORD}!\n"
        )
    )
    assert {"two words", "inurl", "two words!"} <= found
    assert "1" not in found


def test_of_one_that_nobody_can_read() -> None:
    assert {"it's \"x"} <= set(env_values("DB_PASSWORD=it's \"x\nOPEN='\n"))


def test_earlier_ones_and_keys_count_too() -> None:
    earlier = Expected(lambda c: "env-*" in (c.stdin or b"").decode(), ok("DB_PASSWORD=former1\n"))
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----\n"
    keys = Expected(lambda c: "nginx/ssl" in (c.stdin or b"").decode(), ok(key))
    env = {f"{ANSWERS.docker_folder}/.env": b"REDIS_PASSWORD=present1\n"}
    with FakeHost([earlier, keys], files=env) as host:
        assert set(values_there(host, ANSWERS, None)) == {"present1", "former1", "MIIEvQIBADANBgkqhkiG9w0"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="for servers")
@pytest.mark.parametrize("shell", SHELLS)
def test_keys_are_read_of_regular_files_of_the_folder_alone(tmp_path: Path, shell: str) -> None:
    begin = "-----BEGIN PRIVATE KEY-----\n"
    ssl = tmp_path / "nginx/ssl"
    ssl.mkdir(parents=True)
    (tmp_path / "elsewhere").write_text(f"{begin}of-another-program\n")
    (ssl / "a.key").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(ssl / "b.key")
    (ssl / "c.key").write_text(f"{begin}ours\n")
    (ssl / "d.key").write_text(begin + "long" * 100_000)
    assert _keys(shell, tmp_path).count("of-another-program") == 0
    assert "ours" in _keys(shell, tmp_path) and len(_keys(shell, tmp_path)) < 70_000
    ssl.rename(tmp_path / "moved")
    ssl.symlink_to(tmp_path / "moved")
    assert _keys(shell, tmp_path) == ""


def _keys(shell: str, folder: Path) -> str:
    command = secrets_in_use.keys_command(str(folder))
    words = [*SHELLS[shell], *command.argv[1:]]
    return subprocess.run(
        words, input=command.stdin, capture_output=True, check=True, timeout=10
    ).stdout.decode()
