"""Pure parsers of what Windows' programs say about WSL 2, virtualization, groups and reserved ports.

Windows speaks the user's language: wherever possible an address, a number or a position is matched, never a
sentence. Outputs that could not be recorded on a real machine are marked ``constructed`` in
tests/data/desktop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from installer.facts.desktop import Wsl
from installer.untrusted.json import loads

#: What wsl.exe points to where something is missing, in every language (WSL troubleshooting page).
_HELP = {
    "aka.ms/enablevirtualization": "virtualization",
    "aka.ms/wsl2-install": "feature",
    "aka.ms/wsl2kernel": "kernel",
    "wsl.exe --update": "kernel",
}
_RUNNING = frozenset({"running", "実行中"})
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:\.\d+)?")
#: The start of ``net localgroup``'s list of members.
_RULE = re.compile(r"^-{20,}$")


def decode(data: bytes) -> str:
    """wsl.exe writes UTF-16 without a mark, unless WSL_UTF8 is set; other programs the console's code page,
    which is cp932 in Japan."""
    if data.startswith(b"\xff\xfe") or b"\0" in data:  # no other of them has a zero byte
        return data.decode("utf-16-le", "replace").lstrip("\ufeff").replace("\r\n", "\n")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding).replace("\r\n", "\n")
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _distributions(text: str) -> tuple[tuple[str, bool, int], ...]:
    """``wsl -l -v``: name, state, version; a star before the default one, a heading first."""
    found = []
    for line in text.splitlines():
        fields = line.replace("*", " ", 1).split()
        if len(fields) >= 3 and fields[-1] in ("1", "2"):
            found.append((" ".join(fields[:-2]), fields[-2].lower() in _RUNNING, int(fields[-1])))
    return tuple(found)


def wsl(status: bytes | None, listing: bytes | None, version: bytes | None) -> Wsl:
    """Outputs of ``wsl --status``, ``wsl -l -v`` and ``wsl --version``; None where the program is missing."""
    if status is None:
        return Wsl(installed=False)
    text = decode(status)
    # the only number that stands alone at the end of a line is the default version
    default = re.search(r"[:\uff1a]\s*([12])\s*$", text, flags=re.MULTILINE)
    own = _VERSION.search(decode(version)) if version else None
    problem = next((name for mark, name in _HELP.items() if mark in text), "")
    return Wsl(
        installed=True,
        version=own[0] if own else "",
        default_version=int(default[1]) if default else 0,
        distributions=_distributions(decode(listing)) if listing else (),
        problem=problem,
    )


def virtualization(text: str) -> bool | None:
    """``Get-ComputerInfo -Property HyperVisorPresent, HyperVRequirementVirtualizationFirmwareEnabled |
    ConvertTo-Json``.

    Windows does not tell what the firmware says once a hypervisor runs, and a hypervisor needs it.
    """
    try:
        data: Any = loads(text)
    except ValueError:
        return None
    if not isinstance(data, Mapping):
        return None
    if data.get("HyperVisorPresent") is True:
        return True
    enabled = data.get("HyperVRequirementVirtualizationFirmwareEnabled")
    return enabled if isinstance(enabled, bool) else None


def in_group(data: bytes | None, user: str) -> bool | None:
    """``net localgroup docker-users``: whether *user* (``name`` or ``DOMAIN\\name``) is in it; None if
    there is no such group."""
    if data is None:
        return None
    lines = decode(data).splitlines()
    start = next((i for i, line in enumerate(lines) if _RULE.match(line.strip())), None)
    if start is None:
        return None
    members = [line.strip().lower() for line in lines[start + 1 :] if line.strip()]
    name = user.lower()
    plain = name.rpartition("\\")[2]
    return any(member == name or member.rpartition("\\")[2] == plain for member in members)


def excluded_ports(text: str) -> tuple[tuple[int, int], ...]:
    """``netsh int ipv4 show excludedportrange protocol=tcp``: (first, last) of each."""
    line = r"^[ \t]*(\d{1,5})[ \t]+(\d{1,5})[ \t]*(?:\*[ \t]*)?\r?$"
    found = re.findall(line, text, flags=re.MULTILINE)
    return tuple((int(first), int(last)) for first, last in found)
