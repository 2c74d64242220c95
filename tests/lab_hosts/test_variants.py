"""Rights, log-ins and Dockers of servers that differ from the plain one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from installer.core.errors import Code, InstallError
from installer.hosts.base import Command, JobEnd, JobLine, JobSpec, Stage
from installer.hosts.ssh.rights import Rights
from tests.lab import Server
from tests.lab_hosts.conftest import Connect

Variant = Callable[..., Server]


@pytest.mark.parametrize(
    ("variants", "rights"),
    [
        ((), Rights.SUDO_PASSWORD),
        (("noisy",), Rights.SUDO_PASSWORD),
        (("fish", "maxsessions=1"), Rights.SUDO_PASSWORD),
        (("csh",), Rights.SUDO_PASSWORD),
        # the table of tests/lab_login has these in every run
        pytest.param(("kbdinteractive",), Rights.SUDO_PASSWORD, marks=pytest.mark.slow),
        (("ecdsaonly",), Rights.SUDO_PASSWORD),
        pytest.param(("nopasswdsudo",), Rights.SUDO, marks=pytest.mark.slow),
        pytest.param(("requiretty",), Rights.SUDO_PASSWORD, marks=pytest.mark.slow),
        (("withoutsudo",), Rights.NONE),
        (("nosudo",), Rights.NONE),
    ],
)
def test_rights(variant: Variant, connect: Connect, variants: tuple[str, ...], rights: Rights) -> None:
    """Found out, and commands then run as that."""
    host = connect(variant(*variants), key="ecdsa" if "ecdsaonly" in variants else "ed25519")
    assert host.detect_rights() is rights
    expected = "difyadmin" if rights is Rights.NONE else "root"
    assert host.run(Command(("id", "-un"))).text == f"{expected}\n"
    host.write_file("/tmp/file", b"x")
    assert host.read_file("/tmp/file") == b"x"


@pytest.mark.slow  # in every run: tests/lab_login
def test_docker_group(variant: Variant, connect: Connect) -> None:
    """Docker without sudo."""
    host = connect(variant("dockergroup", "nosudo", image="vps"))
    assert host.detect_rights() is Rights.DOCKER_GROUP
    with host.docker() as client:
        assert client.containers() == []


def test_wrong_and_missing_sudo_password(own_server: Server, connect: Connect) -> None:
    """Told at once."""
    for password, code in (("", Code.SUDO_PASSWORD_NEEDED), ("nonsense", Code.SUDO_PASSWORD_WRONG)):
        with pytest.raises(InstallError) as caught:
            connect(own_server, sudo=password).detect_rights()
        assert caught.value.code is code


@pytest.mark.parametrize(
    ("variants", "image", "code"),
    [
        ((), "vps-bare", Code.DOCKER_MISSING),
        (("dockerstopped",), "vps", Code.DOCKER_NOT_RUNNING),
    ],
)
def test_no_docker(
    variant: Variant, connect: Connect, variants: tuple[str, ...], image: str, code: Code
) -> None:
    """Missing, and there but not running."""
    host = connect(variant(*variants, image=image))
    with pytest.raises(InstallError) as caught, host.docker():
        pass
    assert caught.value.code is code


def test_reboot_while_following(variant: Variant, connect: Connect) -> None:
    """The job has vanished; following tells it after the server is back."""
    server = variant()
    host = connect(server)
    stage = Stage("s", ("sh", "-c", "echo go; sleep 300"))
    spec = JobSpec("j", "/var/lib/job", "/", (stage,))
    host.start_job(spec)
    seen = []
    for output in host.follow_job(spec.folder):
        seen.append(output)
        if isinstance(output, JobLine):
            server.engine.docker("restart", "-t", "0", server.name)
    assert isinstance(seen[-1], JobEnd) and seen[-1].exit_code is None
    assert [o.text for o in seen if isinstance(o, JobLine)] == ["go"]
    assert not host.job_running(spec.folder)
