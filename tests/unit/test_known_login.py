"""Known servers by name, and logging in there with what is kept and nothing else."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, Secrets, Target
from installer.appdata.keychain import Kept, Keychain
from installer.appdata.known_servers import KnownServer
from installer.connect import Connected
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.core.secrets import Redactor, Secret
from installer.operations import known_login
from installer.operations.known_login import by_name, call_name, connect_kept, here_names, restart_command
from installer.texts import Texts
from tests import practice
from tests.fakes.host import FakeHost
from tests.fakes.keyring import MemoryKeyring

ROOT = Path(__file__).resolve().parents[2]

HERE = here_names(Texts("en"))
SHOP = KnownServer("a1", "Shop", Target(host="203.0.113.5", user="root"), "", "1.16.1", 0.0)
OFFICE = KnownServer("b2", "社内 Dify", Target(host="dify.example.jp", port=10022, user="me"), "", "", 0.0)
LOCAL = KnownServer("c3", "", Target(kind="local", directory="/home/me/Dify"), "", "", 0.0)
KNOWN = (SHOP, OFFICE, LOCAL)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("Shop", SHOP),
        ("shop", SHOP),
        ("  SHOP ", SHOP),
        ("社内 dify", OFFICE),
        ("社内　Dify", OFFICE),  # as it is typed in Japanese
        ("203.0.113.5", SHOP),
        ("root@203.0.113.5", SHOP),
        ("me@dify.example.jp:10022", OFFICE),
        ("b2", OFFICE),
        ("This computer", LOCAL),
        ("このパソコン", LOCAL),
        ("localhost", LOCAL),
    ],
)
def test_what_a_server_is_called(name: str, server: KnownServer) -> None:
    assert by_name(KNOWN, name, HERE) is server


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(InstallError) as caught:
        by_name(KNOWN, "Shopp", HERE)
    assert caught.value.code is Code.SERVER_UNKNOWN
    assert caught.value.params["near"] == "Shop"
    assert caught.value.params["servers"] == "Shop, 社内 Dify, This computer"


def test_a_name_that_two_have() -> None:
    other = replace(SHOP, id="d4", target=replace(SHOP.target, directory="/srv/two"))
    with pytest.raises(InstallError) as caught:
        by_name((*KNOWN, other), "Shop")
    assert caught.value.code is Code.SERVER_AMBIGUOUS
    assert "a1" in caught.value.params["servers"] and "d4" in caught.value.params["servers"]
    assert call_name(other, (*KNOWN, other)) == "d4"
    assert by_name((*KNOWN, other), "d4") is other


def test_a_name_of_ones_own_is_stronger_than_an_address() -> None:
    other = replace(OFFICE, name="203.0.113.5")
    assert by_name((SHOP, other), "203.0.113.5") is other


@pytest.mark.parametrize("server", KNOWN, ids=lambda s: s.id)
def test_the_name_to_be_copied_finds_it_again(server: KnownServer) -> None:
    assert by_name(KNOWN, call_name(server, KNOWN, HERE), HERE) is server


@pytest.mark.skipif(sys.platform == "win32", reason="quoting of POSIX")
def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(restart_command(SHOP, "my 社内 Dify"))
    assert words == [str(ROOT / "run"), "--restart", "my 社内 Dify"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert shlex.split(restart_command(SHOP, "Shop")) == [sys.executable, "--restart", "Shop"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "shop&calc",
            "shop|calc",
            "a^b",
            "%COMSPEC%",
            "a%b",
            'a" & calc & "',
            "a'b",
            "$HOME",
            "`id`",
            "$(id)",
        ),
        *("a;b", "a<b", "a>b", "a\nb", "!a", "--restart", "-x", "", " ", "a(b)", "＂＆calc", "a\\"),
    ],
)
@pytest.mark.parametrize("system", ["win32", "linux"])
def test_a_name_that_a_command_line_could_misread(
    monkeypatch: pytest.MonkeyPatch, name: str, system: str
) -> None:
    """It may be the server's own: the address in its record."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "C:\\Dify\\dify.exe" if system == "win32" else "/opt/dify")
    monkeypatch.setattr(sys, "platform", system)
    assert restart_command(SHOP, name) == f"{sys.executable} --restart {SHOP.id}"


def test_a_path_that_cmd_would_misread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "C:\\R&D (1)\\dify.exe")
    monkeypatch.setattr(sys, "platform", "win32")
    assert restart_command(SHOP, "my Dify") == '"C:\\R&D (1)\\dify.exe" --restart "my Dify"'


@pytest.mark.skipif(sys.platform == "win32", reason="runs the POSIX script")
def test_the_copied_command_works_from_any_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "DIFY_INSTALLER_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["sh", "-c", restart_command(SHOP, "Shop")],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2 and "no server named Shop" in ran.stderr, ran.stderr


def test_the_help_of_run_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        practice.main(["--help"])
    shown = capsys.readouterr().out
    assert "\n./run --practice  " in shown and "--restart NAME" in shown and "--selftest" in shown


# ------------------------------------------------------------------- logging in


class Door:
    """Stands in for ``connect``: what it was given, and how each attempt ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *errors: Code, rights: str = "root") -> None:
        self.given: list[Secrets] = []
        self.errors = list(errors)
        self.rights = rights
        self.closed = 0
        monkeypatch.setattr(known_login, "connect", self)

    def __call__(self, answers: Answers, secrets: Secrets, home: Home, *_: Any) -> Connected:
        self.given.append(secrets)
        if self.errors:
            raise InstallError(self.errors.pop(0))
        host = FakeHost()
        host.close = self._close  # type: ignore[method-assign]
        return Connected(host, self.rights, admin_command="usermod -aG docker root")

    def _close(self) -> None:
        self.closed += 1


def chain(server: KnownServer = SHOP) -> Keychain:
    backend = MemoryKeyring()
    found = Keychain(lambda: backend)
    found.put(server.target, Kept(Secret("word-1"), Secret("phrase-1"), "", Secret("sudo-1")))
    return found


def test_a_password_comes_from_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door, redact = Door(monkeypatch), Redactor()
    connect_kept(replace(SHOP, login="password"), Home(tmp_path), chain(), redact=redact)
    assert [s.ssh_password.reveal() for s in door.given if s.ssh_password] == ["word-1"]
    assert redact("word-1 sudo-1") == redact("word-1") + " " + redact("sudo-1") != "word-1 sudo-1"


@pytest.mark.parametrize("login", ["key", "agent"])
def test_a_key_is_tried_without_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    door = Door(monkeypatch)
    connect_kept(replace(SHOP, login=login), Home(tmp_path), chain())
    assert [s.all() for s in door.given] == [()]


@pytest.mark.parametrize("code", [Code.SUDO_PASSWORD_NEEDED, Code.SSH_PASSPHRASE_NEEDED])
def test_what_it_turns_out_to_need_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: Code
) -> None:
    door = Door(monkeypatch, code)
    connect_kept(replace(SHOP, login="key"), Home(tmp_path), chain())
    assert len(door.given) == 2 and door.given[1].sudo_password
    door = Door(monkeypatch, code, code)
    with pytest.raises(InstallError):
        connect_kept(replace(SHOP, login="key"), Home(tmp_path), chain())
    assert len(door.given) == 2
    door = Door(monkeypatch, code)
    with pytest.raises(InstallError):  # nothing is kept: no second log-in for nothing
        connect_kept(replace(OFFICE, login="key"), Home(tmp_path), chain())
    assert len(door.given) == 1


@pytest.mark.parametrize("code", [Code.SSH_HOST_KEY_UNKNOWN, Code.SSH_LOGIN_REFUSED, Code.SSH_UNREACHABLE])
@pytest.mark.parametrize("login", ["password", "agent"])
def test_nothing_is_tried_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: Code, login: str
) -> None:
    door = Door(monkeypatch, code)
    with pytest.raises(InstallError) as caught:
        connect_kept(replace(SHOP, login=login), Home(tmp_path), chain())
    assert caught.value.code is code and len(door.given) == 1


def test_a_keyring_that_stays_locked_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch)
    broken = MemoryKeyring(RuntimeError("locked"))
    connect_kept(replace(SHOP, login="password"), Home(tmp_path), Keychain(lambda: broken))
    assert door.given[0].all() == ()


def test_a_login_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch, rights="none")
    with pytest.raises(InstallError) as caught:
        connect_kept(replace(SHOP, login="agent"), Home(tmp_path), chain())
    assert caught.value.code is Code.SUDO_NOT_ALLOWED and door.closed == 1
    assert caught.value.params["command"] == "usermod -aG docker root"


def test_a_passphrase_is_for_its_own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(monkeypatch, Code.SSH_PASSPHRASE_NEEDED)
    server = replace(SHOP, login="key", target=replace(SHOP.target, identity_file="/home/me/.ssh/other"))
    connect_kept(server, Home(tmp_path), chain(server))
    assert door.given[1].ssh_passphrase is None
