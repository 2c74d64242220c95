"""Passwords in the system's keyring: what is kept, for whom, and that nothing else is used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from keyring.backends import fail, null

from installer.answers import Secrets, Target
from installer.appdata.keychain import SERVICE, Kept, Keychain, account
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from tests.fakes.keyring import MemoryKeyring

SERVER = Target(host="203.0.113.24", port=10022, user="me", identity_file="/home/me/.ssh/id")
GIVEN = Kept(Secret('p"ä ss\\'), Secret("phrase"), "/home/me/.ssh/id", Secret("sudo"))


def test_what_is_kept_comes_back() -> None:
    chain = Keychain(MemoryKeyring)
    assert chain.available() and chain.get(SERVER) == Kept() and not chain.get(SERVER)
    chain.put(SERVER, GIVEN)
    assert chain.get(SERVER) == GIVEN
    chain.put(SERVER, Kept(password=Secret("other")))
    assert chain.get(SERVER) == Kept(password=Secret("other")), "instead of what was kept before"
    chain.forget(SERVER)
    chain.forget(SERVER)
    assert chain.get(SERVER) == Kept()


def test_an_entry_belongs_to_one_login() -> None:
    chain = Keychain(MemoryKeyring)
    chain.put(SERVER, GIVEN)
    for other in (replace(SERVER, host="b"), replace(SERVER, port=22), replace(SERVER, user="root")):
        assert chain.get(other) == Kept()
    assert chain.get(replace(SERVER, directory="/srv/two")) == GIVEN
    assert chain.get(replace(SERVER, jump="gate")) == Kept()
    assert account(replace(SERVER, host="A.example.jp.")) == "me@a.example.jp:10022"


def test_behind_another_jump_host_it_is_another_machine() -> None:
    inner = Target(kind="ssh", host="10.0.0.5", user="root")
    ways = ["", "one.example", "two.example", "me@one.example", "one.example:2222", "one.example,two.example"]
    names = [account(replace(inner, jump=jump)) for jump in ways]
    assert len({*names}) == len(ways) and names[0] == "root@10.0.0.5:22"
    assert account(replace(inner, jump="One.example, two.example")) == names[-1]


def test_only_what_was_given_is_written() -> None:
    backend = MemoryKeyring()
    chain = Keychain(lambda: backend)
    chain.put(SERVER, Kept.of(SERVER, Secrets(ssh_password=Secret("x"), admin_password=Secret("never"))))
    assert backend.entries == {(SERVICE, "me@203.0.113.24:10022"): '{"password":"x"}'}


@pytest.mark.parametrize("text", ["", "plain", "[1]", '{"password": 5}', '{"password": ""}', "{"])
def test_an_entry_of_somebody_else_is_as_none(text: str) -> None:
    backend = MemoryKeyring()
    backend.entries[SERVICE, account(SERVER)] = text
    assert Keychain(lambda: backend).get(SERVER) == Kept()


@pytest.mark.parametrize("find", [fail.Keyring, null.Keyring, lambda: None])
def test_without_a_keyring_nothing_is_kept(find: object) -> None:
    chain = Keychain(find)  # type: ignore[arg-type]
    assert not chain.available() and chain.get(SERVER) == Kept()
    chain.forget(SERVER)
    with pytest.raises(InstallError) as caught:
        chain.put(SERVER, GIVEN)
    assert caught.value.code is Code.KEYRING_FAILED


def test_what_goes_wrong_is_said_without_the_secret() -> None:
    chain = Keychain(lambda: MemoryKeyring(RuntimeError("locked")))
    for use in (lambda: chain.get(SERVER), lambda: chain.put(SERVER, GIVEN), lambda: chain.forget(SERVER)):
        with pytest.raises(InstallError) as caught:
            use()
        assert caught.value.code is Code.KEYRING_FAILED and caught.value.detail == "RuntimeError: locked"


def test_a_keyring_that_cannot_even_be_found() -> None:
    def find() -> None:
        raise OSError("no bus")

    assert not Keychain(find).available()


def test_the_library_is_imported_late() -> None:
    code = (
        "import sys, installer.appdata.keychain\n"
        "print([m for m in ('keyring', 'secretstorage') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a keyring")
def test_a_system_without_a_keyring(tmp_path: Path) -> None:
    """No bus at all; and a store of plain files that a person's configuration names is not taken instead."""
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    environment["PYTHON_KEYRING_BACKEND"] = "tests.fakes.keyring.MemoryKeyring"
    code = "from installer.appdata.keychain import Keychain\nprint(Keychain().available())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


_DESK = """
eval "$(printf 'test\\n' | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
exec "$0" -c "$1"
"""
_USE = """
from installer.appdata.keychain import Keychain, Kept
from installer.core.secrets import Secret
from installer.answers import Target
chain, server = Keychain(), Target(host="a.example.jp", user="me")
assert chain.available() and chain.get(server) == Kept()
chain.put(server, Kept(password=Secret("correct horse ä")))
print(Keychain().get(server).password.reveal())
chain.forget(server)
assert Keychain().get(server) == Kept()
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)
def test_a_real_secret_service(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    environment |= {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    tmp_path.chmod(0o700)
    command = ["dbus-run-session", "--", "sh", "-c", _DESK, sys.executable, _USE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "correct horse ä", done.stderr
