"""The secrets file: guarded, checked, never quoted in an error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from installer.answers import Admin, Answers, Secrets, check_together, load_secrets, parse_secrets
from installer.answers.optional import Locale
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
TEXT = '[ssh]\npassword = "canary-1"\n[admin]\npassword = "canary22"\n[env]\nSMTP_PASSWORD = "canary-3"\n'


def write(folder: Path, text: str = TEXT, mode: int = 0o600) -> Path:
    file = folder / "secrets.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def code_of(path: Path) -> Code:
    with pytest.raises(InstallError) as caught:
        load_secrets(path)
    assert "canary" not in f"{caught.value} {caught.value.params} {caught.value.detail}"
    return caught.value.code


def test_read(tmp_path: Path) -> None:
    secrets = load_secrets(write(tmp_path))
    assert secrets.ssh_password == Secret("canary-1")
    assert secrets.env == {"SMTP_PASSWORD": Secret("canary-3")}
    assert secrets.sudo_password is None
    assert len(secrets.all()) == 3
    assert "canary" not in repr(secrets)
    assert load_secrets(None) == Secrets()


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert load_secrets(write(tmp_path, "\ufeff" + TEXT)) == parse_secrets(TEXT)


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700, 0o660])
def test_exposed_modes(tmp_path: Path, mode: int) -> None:
    assert code_of(write(tmp_path, mode=mode)) == Code.SECRETS_EXPOSED


@posix
def test_links_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path)
    (tmp_path / "link").symlink_to(file)
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert code_of(tmp_path / "link") == Code.SECRETS_EXPOSED
    assert code_of(tmp_path / "pipe") == Code.SECRETS_EXPOSED
    assert code_of(tmp_path) in (Code.SECRETS_EXPOSED, Code.SECRETS_UNREADABLE)


@posix
def test_other_owner(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to give a file away")
    file = write(tmp_path)
    os.chown(file, 12345, 12345)
    assert code_of(file) == Code.SECRETS_EXPOSED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[ssh]\npassword = "canary', Code.SECRETS_UNREADABLE),
        ('[ssh]\npasword = "canary"', Code.ANSWERS_UNKNOWN_KEY),
        ('[shh]\npassword = "canary"', Code.ANSWERS_UNKNOWN_KEY),
        ("[ssh]\npassword = 1", Code.ANSWERS_BAD_VALUE),
        ('ssh = "canary"', Code.ANSWERS_BAD_VALUE),
        ('[admin]\npassword = "canary"', Code.ANSWERS_BAD_VALUE),
        ("[registry]", Code.ANSWERS_RESERVED),
        ("[database]\nDB_PASSWORD = 1", Code.ANSWERS_BAD_VALUE),
        ('[database]\nDB_PASWORD = "canary"', Code.ANSWERS_UNKNOWN_KEY),
        ('[redis]\nREDIS_PASSWORD = "canary\\n"', Code.ANSWERS_BAD_VALUE),
        ('[env]\nCOMPOSE_PROFILES = "canary"', Code.ANSWERS_OWNED_KEY),
        ('[env]\nX_TOKEN = "canary\\n"', Code.ANSWERS_BAD_VALUE),
        ('[env]\nDB_PASSWORD = "canary canary"', Code.ANSWERS_BAD_VALUE),
        ('[env]\nREDIS_PASSWORD = "canary@x"', Code.ANSWERS_BAD_VALUE),
        ('[env]\nINIT_PASSWORD = "canary-canary-canary-canary-canary"', Code.ANSWERS_BAD_VALUE),
        ('[env]\nDIFY_AGENT_SERVER_SECRET_KEY = "canary"', Code.ANSWERS_BAD_VALUE),
    ],
)
def test_refused(tmp_path: Path, text: str, code: Code) -> None:
    assert code_of(write(tmp_path, text)) == code


def test_missing_file(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none") == Code.SECRETS_UNREADABLE


def test_admin_needs_a_password() -> None:
    answers = Answers(admin=Admin("a@b.c", "A"))
    with pytest.raises(InstallError):
        check_together(answers, Secrets())
    check_together(answers, parse_secrets('[admin]\npassword = "abcdefg1"'))
    check_together(Answers(), Secrets())


def test_an_empty_password_is_not_given() -> None:
    assert parse_secrets('[mail]\npassword = ""\n[ssh]\npassword = ""\n') == Secrets()


@pytest.mark.parametrize("key", ["COMPOSE_FILE", "LOG_TZ"])
def test_what_is_no_secret_and_decided_elsewhere(key: str) -> None:
    answers = Answers(locale=Locale("Asia/Tokyo"))
    with pytest.raises(InstallError) as caught:
        check_together(answers, parse_secrets(f'[env]\n{key} = "x"\n'))
    assert caught.value.code is Code.ANSWERS_OWNED_KEY


@pytest.mark.parametrize("name", ["mail", "proxy"])
def test_a_password_is_somebodys(name: str) -> None:
    secrets = parse_secrets(f'[{name}]\npassword = "canary"\n')
    assert getattr(secrets, f"{name}_password") == Secret("canary") and len(secrets.all()) == 1
    with pytest.raises(InstallError) as caught:
        check_together(Answers(), secrets)
    assert caught.value.params["key"] == f"{name}.user" and "canary" not in str(caught.value.params)
