"""What a user may do on a server: one command without sudo, at most one with."""

from __future__ import annotations

from enum import StrEnum

from installer.cancel import CancelToken
from installer.errors import Code, InstallError
from installer.hosts.base import Command
from installer.hosts.limits import Limits
from installer.hosts.remote_run import Runner

_SECONDS = 30.0
_PROBE = "id -u; if [ -w /var/run/docker.sock ]; then echo socket; else echo closed; fi"


class Rights(StrEnum):
    """How Docker and the installation folder can be managed."""

    ROOT = "root"
    SUDO = "sudo"  # without a password
    SUDO_PASSWORD = "sudo_password"  # noqa: S105 - with a password, which was given and right
    DOCKER_GROUP = "docker_group"  # Docker yes, the rest only where the user owns it
    NONE = "none"


def detect_rights(runner: Runner, cancel: CancelToken) -> Rights:
    """Find out.

    Raises ``InstallError``: SUDO_PASSWORD_WRONG; SUDO_PASSWORD_NEEDED where none was given and the
    docker group does not help either.
    """
    probe = runner.run(Command(("sh", "-c", _PROBE), admin=False), cancel=cancel, timeout=_SECONDS)
    uid, _, socket = probe.check(Code.HOST_PROBE_FAILED).text.partition("\n")
    if uid.strip() == "0":
        return Rights.ROOT
    fallback = Rights.DOCKER_GROUP if socket.strip() == "socket" else Rights.NONE
    try:
        return _try_sudo(runner, cancel)
    except InstallError as exc:
        if exc.code is Code.SUDO_NOT_ALLOWED:
            return fallback
        if exc.code is Code.SUDO_PASSWORD_NEEDED and fallback is Rights.DOCKER_GROUP:
            return fallback
        raise


def _try_sudo(runner: Runner, cancel: CancelToken) -> Rights:
    former, runner.use_sudo = runner.use_sudo, True
    limits = Limits.of(cancel, _SECONDS)
    try:
        process, dialog = runner.start_with_dialog(Command(("id", "-u")), limits)
    finally:
        runner.use_sudo = former
    try:
        process.end_input()
        while process.read(limits) is not None:
            pass
    finally:
        process.close()
    return Rights.SUDO_PASSWORD if dialog is not None and dialog.password_used else Rights.SUDO
