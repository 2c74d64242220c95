"""What is refused before anything is connected."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import installer.hosts.local.host  # noqa: F401  (reads the platform when it is imported)
from installer.answers import Answers, Secrets
from installer.answers.model import Target
from installer.connect import connect, with_ssh_config
from installer.core.app_folder import Home
from installer.core.errors import Code, InstallError
from installer.hosts.kinds import DESKTOP, LINUX, HostKind


@pytest.mark.parametrize(("system", "kind"), [("linux", LINUX), ("win32", DESKTOP), ("darwin", DESKTOP)])
def test_this_computer(system: str, kind: HostKind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only Linux has what the probe's scripts need."""
    monkeypatch.setattr(sys, "platform", system)
    connected = connect(Answers(target=Target(kind="local")), Secrets(), Home(tmp_path))
    assert connected.rights == "local" and connected.host.kind is kind


def test_this_computer_on_other_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd15")
    with pytest.raises(InstallError) as caught:
        connect(Answers(target=Target(kind="local")), Secrets(), Home(tmp_path))
    assert caught.value.code is Code.LOCAL_UNSUPPORTED


CONFIG = """\
Host behind
    HostName 10.0.0.7
    Port 2222
    User someone
    IdentityFile {key}
    ProxyJump me@gate.example.net
Host *.example.com
    Port 2022
"""


def test_an_alias_of_the_ssh_configuration_is_resolved(tmp_path: Path) -> None:
    key, config = tmp_path / "id", tmp_path / "config"
    key.touch()
    config.write_text(CONFIG.format(key=key))
    asked = Answers(Target(host="Behind", user="admin"))
    found = with_ssh_config(asked, config).target
    assert (found.host, found.port, found.user) == ("10.0.0.7", 2222, "admin")
    assert (found.identity_file, found.jump) == (str(key), "me@gate.example.net")
    key.unlink()
    assert with_ssh_config(asked, config).target.identity_file == "", (
        "a key that is not there is no way to log in"
    )


def test_what_the_answers_say_counts_before_the_ssh_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG.format(key="~/.ssh/id"))
    given = Answers(Target(host="behind", port=22022, user="a", identity_file="/k", jump="b@c"))
    found = with_ssh_config(given, config).target
    assert (found.host, found.port, found.identity_file, found.jump) == ("10.0.0.7", 22022, "/k", "b@c")
    for other in (Target(host="web.example.com", user="a"), Target(kind="local")):
        assert with_ssh_config(Answers(other), config) == Answers(other)
    assert with_ssh_config(given, tmp_path / "none") == given
