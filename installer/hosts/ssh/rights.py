"""What a user may do on a server: one request without any password, at most one with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.hosts.base import Command
from installer.hosts.limits import Limits
from installer.hosts.ssh.run import Runner
from installer.hosts.ssh.sudo import needs_password
from installer.untrusted.values import whole

_SECONDS = 30.0
#: sudo is tried as it will be used: as a shell, with nothing remembered (-k) and no prompt (-n). Where it
#: wants a terminal (requiretty), once more inside one.
_PROBE = r"""
echo "uid $(id -u)"
[ -w /var/run/docker.sock ] && echo "socket yes"
for name in sudo wheel docker; do
  grep -q "^$name:" /etc/group 2>/dev/null && echo "group $name"
done
[ "$(id -u)" = 0 ] && exit 0
command -v sudo >/dev/null 2>&1 || exit 0
said=$(sudo -n -k sh -c : 2>&1 </dev/null); code=$?
case $code$said in
0*) ;;
*"must have a tty"*)
  echo "tty yes"
  if command -v script >/dev/null 2>&1; then
    said=$(SHELL=/bin/sh script -qec "sudo -n -k sh -c :" /dev/null 2>&1 </dev/null); code=$?
  fi ;;
esac
echo "sudo $code"
printf '%s\n' "$said" | sed 's/^/said /'
"""


class Rights(StrEnum):
    """How Docker and the installation folder can be managed."""

    ROOT = "root"
    SUDO = "sudo"  # without a password
    SUDO_PASSWORD = "sudo_password"  # noqa: S105 - with a password, which was given and right
    DOCKER_GROUP = "docker_group"  # Docker yes, the rest only where the user owns it
    NONE = "none"


@dataclass(frozen=True)
class Look:
    """What the probe saw. *sudo*: its exit code, None if it is not installed; *said*: its words; *tty*: it
    wants a terminal; *groups*: which of the groups that give rights exist."""

    uid: str
    socket: bool = False
    groups: tuple[str, ...] = ()
    tty: bool = False
    sudo: int | None = None
    said: str = ""

    @classmethod
    def parse(cls, text: str) -> Look:
        """Raises ``ValueError``."""
        found: dict[str, list[str]] = {}
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            found.setdefault(word, []).append(rest.strip())
        uid = found.get("uid", [""])[0]
        if not uid.isdigit():
            raise ValueError(text)
        code = found.get("sudo", [""])[0]
        return cls(
            uid,
            "socket" in found,
            tuple(found.get("group", ())),
            "tty" in found,
            whole(code) if code else None,
            "\n".join(found.get("said", ())),
        )

    def admin_command(self, user: str) -> str:
        """What root types there so that *user* gets rights (after the next login): sudo where it can be had,
        else Docker alone; both families' groups if neither was seen."""
        name = shlex.quote(user)
        admins = [group for group in ("sudo", "wheel") if group in self.groups]
        if admins and self.sudo is not None:
            return f"usermod -aG {admins[0]} {name}"
        if "docker" in self.groups:
            return f"usermod -aG docker {name}"
        return f"usermod -aG sudo {name} || usermod -aG wheel {name}"


def detect_rights(runner: Runner, cancel: CancelToken) -> Rights:
    """Find out. Sets what ``Runner`` must know to use sudo there.

    Raises ``InstallError``: SUDO_PASSWORD_WRONG; SUDO_PASSWORD_NEEDED where none was given and the
    docker group does not help either; SSH_PASSWORD_EXPIRED.
    """
    look = _look(runner, cancel)
    runner.admin_command = look.admin_command(runner.login.user)
    if look.uid == "0":
        return Rights.ROOT
    fallback = Rights.DOCKER_GROUP if look.socket else Rights.NONE
    if look.sudo is None:
        return fallback
    runner.sudo_tty = look.tty
    if look.sudo == 0:
        return Rights.SUDO
    if not needs_password(look.said) or (fallback is Rights.DOCKER_GROUP and not runner.login.sudo_password):
        return fallback
    try:
        return _try_sudo(runner, cancel)
    except InstallError as exc:
        if exc.code is Code.SUDO_NOT_ALLOWED:
            return fallback
        raise


def _look(runner: Runner, cancel: CancelToken) -> Look:
    probe = runner.run(Command(("sh", "-c", _PROBE), admin=False), cancel=cancel, timeout=_SECONDS)
    text = probe.text
    try:
        return Look.parse(text)
    except ValueError as exc:
        raise InstallError(Code.HOST_PROBE_FAILED, detail=f"{probe.errors}\n{text}".strip()) from exc


def _try_sudo(runner: Runner, cancel: CancelToken) -> Rights:
    """With the password, if there is one; without one, to learn whose is asked for."""
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
