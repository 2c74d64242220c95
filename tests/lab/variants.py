"""Ways in which a server can differ from the plain one: shell text that runs at every boot before sshd and
Docker.

Because it runs at every boot, a variant survives a restart. Add one: a name and its text, ``{}`` takes
the part after ``=`` (``disk=400M``); or a file in ``server_scripts``, where it is ``$VALUE``.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from .errors import LabError


def _sshd(name: str, *lines: str, first: bool = False) -> str:
    """A drop-in of sshd; the first value that it meets counts, so overrides sort before 00-lab.conf."""
    text = "\\n".join(lines)
    prefix = "00-a-" if first else "20-"
    return f"printf '{text}\\n' >/etc/ssh/sshd_config.d/{prefix}{name}.conf"


def _from_files() -> dict[str, str]:
    """Longer ones are files, ``server_scripts/<name>.sh``."""
    folder = Path(__file__).parent / "server_scripts"
    tools = (folder / "_tools.sh").read_text()
    found: dict[str, str] = {}
    for path in sorted(folder.glob("[a-z]*.sh")):
        text = path.read_text()
        takes_value = "$VALUE" in text or "${VALUE" in text or "old_dify" in text
        value = "VALUE=\0\n" if takes_value else "VALUE=\n"
        whole = (value + tools + text).replace("{", "{{").replace("}", "}}").replace("\0", "{}")
        found[path.stem] = whole
    return found


IPTABLES = "iptables ip6tables iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy xtables-nft-multi"

VARIANTS: dict[str, str] = {
    # a small disk for Docker's data
    "disk": (
        "[ -f /var/lab-disk.img ] || { truncate -s {} /var/lab-disk.img;"
        " mkfs.ext4 -q -F -m 0 /var/lab-disk.img; }\n"
        "mkdir -p /var/lib/docker; mount -o loop /var/lab-disk.img /var/lib/docker"
    ),
    # greets on stdout and stderr where only answers are expected
    "noisy": (
        "for home in /root /home/difyadmin; do\n"
        "  grep -q NOISE $home/.bashrc 2>/dev/null ||\n"
        '    sed -i \'1i echo "NOISE: welcome from .bashrc"; echo "NOISE on stderr" >\\&2\' $home/.bashrc\n'
        "done\n"
        "printf 'WELCOME\\nto the lab\\n' >/etc/motd; echo 'AUTHORISED USE ONLY' >/etc/issue.net\n"
        + _sshd("banner", "Banner /etc/issue.net")
    ),
    "fish": "chsh -s /usr/bin/fish root; chsh -s /usr/bin/fish difyadmin",
    "csh": "chsh -s /bin/csh root; chsh -s /bin/csh difyadmin",
    "maxsessions": _sshd("sessions", "MaxSessions {}"),
    "nosftp": "sed -i '/^Subsystem/d' /etc/ssh/sshd_config",
    "nopassword": _sshd("nopw", "PasswordAuthentication no", "KbdInteractiveAuthentication no", first=True),
    "kbdinteractive": _sshd(
        "kbd", "PasswordAuthentication no", "KbdInteractiveAuthentication yes", first=True
    ),
    "nokey": _sshd("nokey", "PubkeyAuthentication no", first=True),
    "noroot": _sshd("noroot", "PermitRootLogin no", first=True),
    "noforward": _sshd("noforward", "AllowTcpForwarding no", "DisableForwarding yes"),
    "rekey": _sshd("rekey", "RekeyLimit {}"),
    "ecdsaonly": _sshd("ecdsa", "HostKey /etc/ssh/ssh_host_ecdsa_key", first=True),
    "slowlogin": "mkdir -p /etc/profile.d; echo 'sleep {}' >/etc/profile.d/lab-slow.sh",
    "nosudo": "gpasswd -d difyadmin sudo",
    "nopasswdsudo": "echo 'difyadmin ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/lab",
    "requiretty": "echo 'Defaults requiretty' >/etc/sudoers.d/tty",
    "withoutsudo": "mv /usr/bin/sudo /usr/bin/sudo.gone 2>/dev/null || true",
    "dockergroup": "usermod -aG docker difyadmin",
    "dockerstopped": "systemctl mask --runtime docker.service docker.socket",
    "nocompose": "rm -f /usr/libexec/docker/cli-plugins/docker-compose /usr/bin/docker-compose",
    "brokendaemonjson": "mkdir -p /etc/docker; echo '{{ \"log-driver\": ' >/etc/docker/daemon.json",
    "noiptables": (
        f"for f in {IPTABLES}; do\n"
        "  [ -e /usr/sbin/$f ] && dpkg-divert --local --rename --add /usr/sbin/$f >/dev/null\n"
        "done"
    ),
    # another web server on a port
    "porttaken": (
        "printf '[Service]\\nExecStart=/usr/bin/python3 -m http.server {}\\n"
        "[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/lab-port.service\n"
        "systemctl daemon-reload; systemctl start --no-block lab-port.service"
    ),
    "logind": (
        "systemctl unmask systemd-logind.service; systemctl daemon-reload;"
        " systemctl --no-block start systemd-logind"
    ),
    **_from_files(),
}


def _template(name: str) -> str:
    text = VARIANTS.get(name)
    if text is None:
        raise LabError(f"unknown variant {name!r}; known: {', '.join(sorted(VARIANTS))}")
    return text.replace("{{", "\0").replace("}}", "\1")


def takes_value(name: str) -> bool:
    """Whether it is ``name=value``."""
    return "{}" in _template(name)


def script(variant: str) -> str:
    """The boot script of ``name`` or ``name=value``."""
    name, equals, value = variant.partition("=")
    text = _template(name)
    if takes_value(name) != bool(equals):
        raise LabError(f"variant {name!r} {'needs' if not equals else 'takes no'} value")
    return text.replace("{}", shlex.quote(value)).replace("\0", "{").replace("\1", "}") + "\n"


def boot_scripts(variants: Sequence[str], extra: Sequence[str] = ()) -> dict[str, str]:
    """File name → content, in the order given."""
    texts = [(variant.partition("=")[0], script(variant)) for variant in variants]
    texts += [("extra", text) for text in extra]
    return {f"{number:02d}-{name}.sh": text for number, (name, text) in enumerate(texts, 10)}
