"""Each row logs in, finds its rights, and works with them."""

from __future__ import annotations

import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from installer.answers import Answers, Secrets, Target
from installer.connect import Connected, connect
from installer.core.secrets import Secret
from installer.hosts.base import Command, JobLine, JobSpec, Stage
from installer.hosts.dialogue import Question
from tests.lab_login.conftest import _MODULE, PORTS, Site, password_of, user_of
from tests.lab_login.keys import PASSPHRASE
from tests.lab_login.rows import FORMATS, SUDO, Row, all_rows, covered, usual_rows

_USUAL = usual_rows()


def test_the_usual_rows() -> None:
    """Every pair of values is there, and no row twice: as few as can be, one for each way and right."""
    assert len(set(_USUAL)) == len(_USUAL) < len(all_rows()) / 2
    assert covered(_USUAL) == 1.0


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=str(row), marks=[] if row in _USUAL else [pytest.mark.slow]) for row in all_rows()],
)
def test_row(site: Site, row: Row, request: pytest.FixtureRequest) -> None:
    """Rights as expected; a command, a file in an awkward place, Docker where it may be used."""
    with closing(log_in(site, row, request).host) as host:
        user = user_of(row.sudo)
        admin = row.sudo not in ("dockergroup", "none")
        data = bytes(range(256)) * 40
        result = host.run(Command(("sh", "-c", "id -un >&2; cat; exit 3"), stdin=data))
        assert (result.exit_code, result.stdout) == (3, data)
        assert result.errors.strip() == ("root" if admin else user)
        place = ("/opt" if admin else f"/home/{user}") + f"/Dify 東京 it's {row}"
        host.make_folder(place)
        host.write_file(f"{place}/a file", data)
        assert host.read_file(f"{place}/a file") == data
        if row.sudo != "none":
            with host.docker() as client:
                assert client.ping()


def log_in(site: Site, row: Row, request: pytest.FixtureRequest) -> Connected:
    """As the row says. The password is given wherever a person would have typed it."""
    answers, secrets = given(site, row)
    if row.way.startswith("agent"):
        request.getfixturevalue("agent")
        keys = [*(site.keys.strangers if row.way == "agent-many" else ()), site.keys.folder / "ed25519"]
        subprocess.run(["ssh-add", "-q", *keys], check=True)
    else:
        request.getfixturevalue("monkeypatch").delenv("SSH_AUTH_SOCK", raising=False)
    questions: list[Question] = []
    # PAM reads the codes before it asks
    code = site.new_code(user_of(row.sudo)) if row.way == "second-factor" else ""

    def ask(question: Question) -> tuple[Secret, ...]:
        questions.append(question)
        assert [p.text.strip(": ") for p in question.prompts] == ["Verification code"]
        return (Secret(code),)

    connected = connect(answers, secrets, site.home, ask=ask)
    assert connected.rights == SUDO[row.sudo]
    assert len(questions) == (1 if row.way == "second-factor" else 0)
    return connected


def given(site: Site, row: Row) -> tuple[Answers, Secrets]:
    """What a person writes down for a row."""
    if row.way == "second-factor" and not _MODULE.exists():
        pytest.skip("no libpam-google-authenticator")
    user, password = user_of(row.sudo), Secret(password_of(row.sudo))
    sudo = Secret(password_of("root" if row.sudo == "targetpw" else row.sudo))
    secrets = Secrets(sudo_password=None if row.sudo in ("root", "dockergroup") else sudo)
    way = "key" if row.way in (*FORMATS, "agent", "jump") else row.way
    target = Target(host=site.server.ip, port=PORTS[way], user=user)
    if row.way in FORMATS:
        file = site.keys.file(row.way, row.kind, locked=row.locked == "yes")
        target = replace(target, identity_file=str(file))
        secrets = replace(secrets, ssh_passphrase=Secret(PASSPHRASE) if row.locked == "yes" else None)
    elif row.way == "jump":
        hop = f"u-none@{site.server.ip}:{PORTS['key']}"
        file = site.keys.folder / "ecdsa"
        target = replace(target, host="127.0.0.1", jump=hop, identity_file=str(file))
    elif not row.way.startswith("agent"):
        secrets = replace(secrets, ssh_password=password)
    return Answers(target=target), secrets


def key_needles(path: Path) -> list[str]:
    """Lines of a private key file that nobody else may see."""
    return [line for line in path.read_text().splitlines() if len(line) > 40 and ":" not in line]


def test_no_program_may_run_from_tmp(site: Site, request: pytest.FixtureRequest) -> None:
    """noexec on /tmp, /home and /var/tmp: nothing of ours is a file that is executed."""
    places = ("/tmp", "/home", "/var/tmp")
    for place in places:
        site.server.run(f"mount --bind {place} {place}; mount -o remount,bind,noexec,nosuid,nodev {place}")
    try:
        refused = site.server.run("printf '#!/bin/sh\\n' >/tmp/x; chmod 755 /tmp/x; /tmp/x", check=False)
        assert refused.returncode == 126
        with closing(log_in(site, Row("password", "-", "-", "requiretty"), request).host) as host:
            host.write_file("/tmp/there", b"data")
            assert host.run(Command(("cat", "/tmp/there"))).stdout == b"data"
            spec = JobSpec("j", "/tmp/job", "/tmp", (Stage("s", ("sh", "-c", "id -u")),))
            host.start_job(spec)
            assert [o.text for o in host.follow_job(spec.folder) if isinstance(o, JobLine)] == ["0"]
    finally:
        for place in places:
            site.server.run(f"umount -l {place}")
