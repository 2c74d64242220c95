"""Servers read from OpenSSH's configuration file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from installer.hosts.ssh.config import ConfiguredHost, configured_hosts

_CONFIG = """\
# a comment
Include more/*.conf
Host web  www !not-me
    HostName 192.0.2.10
    Port = 2222
    User ubuntu
    IdentityFile ~/.ssh/web
    IdentityFile "{folder}/with blank"

Host inner
  HostName inner.example.com
  ProxyJump bastion,root@web
Host bastion
  HostName 2001:db8::1
  User jump
  ProxyJump outer.example.com:2200
Host commanded
  ProxyCommand nc -x proxy %h %p
Host behind
  ProxyJump commanded
Host plain none
  ProxyJump none

Match exec "touch {folder}/ran"
  User evil

Host *.example.com
  User pattern
Host *
  User everybody
  ServerAliveInterval 30
"""


@pytest.fixture
def hosts(tmp_path: Path) -> dict[str, ConfiguredHost]:
    """The file above with one that it includes, read."""
    folder = tmp_path / ".ssh"
    (folder / "more").mkdir(parents=True)
    (folder / "with blank").write_text("key")
    (folder / "more" / "a.conf").write_text("Host included\n  HostName 192.0.2.99\nInclude ../config\n")
    (folder / "config").write_text(_CONFIG.format(folder=folder))
    return {host.name: host for host in configured_hosts(folder / "config")}


def test_names(hosts: dict[str, ConfiguredHost], tmp_path: Path) -> None:
    """In order, without patterns; files that include each other come to an end; nothing is run."""
    assert list(hosts) == [
        "included",
        "web",
        "www",
        "inner",
        "bastion",
        "commanded",
        "behind",
        "plain",
        "none",
    ]
    assert not (tmp_path / ".ssh" / "ran").exists()


def test_settings(hosts: dict[str, ConfiguredHost], tmp_path: Path) -> None:
    """The first value counts, patterns fill what is missing, identity files that exist come first."""
    web = hosts["web"]
    assert (web.host, web.port, web.user) == ("192.0.2.10", 2222, "ubuntu")
    assert web.identity_files == (str(tmp_path / ".ssh/with blank"), str(Path.home() / ".ssh/web"))
    assert hosts["included"] == ConfiguredHost("included", "192.0.2.99", user="everybody")
    assert hosts["plain"].jump == "" and hosts["plain"].notes == ()


def test_jump_hosts(hosts: dict[str, ConfiguredHost]) -> None:
    """Aliases become addresses, each with its own user, port and jump host before it."""
    assert hosts["inner"].jump == ("pattern@outer.example.com:2200,jump@[2001:db8::1],root@192.0.2.10:2222")
    assert hosts["bastion"].jump == "pattern@outer.example.com:2200"
    assert hosts["commanded"].jump == "" and hosts["commanded"].notes == ("ProxyCommand",)
    assert hosts["behind"].jump == "everybody@commanded" and hosts["behind"].notes == ("ProxyCommand",)


@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH client to compare with")
def test_as_openssh_reads_it(hosts: dict[str, ConfiguredHost], tmp_path: Path) -> None:
    """``ssh -G`` names the same host, port and user."""
    config = tmp_path / "flat"
    text = (tmp_path / ".ssh" / "config").read_text()
    kept = [line for line in text.splitlines() if "Include" not in line and "evil" not in line]
    config.write_text("\n".join(line for line in kept if not line.startswith("Match")) + "\n")
    for name, host in hosts.items():
        if name == "included":
            continue
        shown = subprocess.run(["ssh", "-G", "-F", config, name], capture_output=True, text=True, check=True)
        values = dict(line.split(" ", 1) for line in shown.stdout.splitlines() if " " in line)
        assert (values["hostname"], values["port"], values["user"]) == (host.host, str(host.port), host.user)


def test_unusable_files(tmp_path: Path) -> None:
    """Missing, a folder, rubbish, circles: no hosts, no error."""
    assert configured_hosts(tmp_path / "missing") == configured_hosts(tmp_path) == ()
    for text in ("\0\0\0", "Host", "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n", "Match\nHost x\n"):
        path = tmp_path / "config"
        path.write_text(text)
        assert [h for h in configured_hosts(path) if h.name != "x"] == []


@pytest.mark.parametrize(
    "match",
    [
        *('exec "{0}"', '!exec "{0}"', 'host a !exec "{0}"', '"exec" "{0}"', '"!exec" "{0}"', 'EXEC "{0}"'),
        *('ex"ec" "{0}"', '! exec "{0}"', 'all exec "{0}', "host 'a' exec '{0}'", '!!exec "{0}"'),
    ],
)
def test_no_match_line_runs_a_program(tmp_path: Path, match: str) -> None:
    ran = tmp_path / "ran"
    config = tmp_path / "config"
    line = match.format(f"touch {ran}")
    config.write_text(f"Host a\n  HostName b.example\nMatch {line}\n  User evil\nHost c\n  User d\n")
    found = {host.name: host for host in configured_hosts(config)}
    assert not ran.exists()
    assert (found["a"].user, found["a"].host, found["c"].user) == ("", "b.example", "d")
