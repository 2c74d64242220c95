"""What a server says before a login: its software, its banner, the ways in that it allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import paramiko

from installer.untrusted.text import safe_line, safe_text

if TYPE_CHECKING:
    import paramiko

_MOST_BANNER = 4000


@dataclass(frozen=True)
class Door:
    """The log-in as one user, seen from outside; nothing but the user's name was sent.

    *software*: as in ``OpenSSH_9.6p1 Ubuntu-3ubuntu13``. *banner*: the server's notice, maybe empty.
    *methods*: SSH's names of what it allows (``publickey``, ``password``, ``keyboard-interactive``…), in
    its order; only ``none`` if it lets the user in without any proof. Servers name the same methods for
    users who do not exist.
    """

    host: str
    port: int
    software: str
    banner: str
    methods: tuple[str, ...]

    @property
    def takes_password(self) -> bool:
        """Whether a password given beforehand can be of use (many servers ask for it by prompts)."""
        return bool({"password", "keyboard-interactive"} & set(self.methods))

    @property
    def takes_key(self) -> bool:
        """Whether a key, from a file or an agent, can be of use."""
        return "publickey" in self.methods

    @property
    def asks(self) -> bool:
        """Whether the server may ask by prompts of its own (password, one-time code, new password)."""
        return "keyboard-interactive" in self.methods

    @property
    def open(self) -> bool:
        """Whether it lets the user in without any proof."""
        return self.methods == ("none",)


def ask_methods(transport: paramiko.Transport, user: str) -> tuple[tuple[str, ...], str]:
    """The allowed methods (``("none",)``: logged in already) and the banner. Asks once (RFC 4252, 5.2).

    Lets paramiko's transport errors through.
    """
    try:
        transport.auth_none(user)
        methods: tuple[str, ...] = ("none",)
    except paramiko.BadAuthenticationType as exc:
        methods = tuple(exc.allowed_types)
    banner = transport.get_banner() or b""
    text = banner.decode("utf-8", "replace") if isinstance(banner, bytes) else banner
    return tuple(safe_line(m)[:100] for m in methods[:20]), safe_text(text).strip()[:_MOST_BANNER]


def software(transport: paramiko.Transport) -> str:
    """``OpenSSH_9.6p1 Ubuntu-3`` from the server's greeting ``SSH-2.0-OpenSSH_9.6p1 Ubuntu-3``."""
    said = safe_line(transport.remote_version or "")[:300]
    return said.partition("-")[2].partition("-")[2].strip()
