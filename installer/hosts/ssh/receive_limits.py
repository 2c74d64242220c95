"""What one SSH server may send, enforced below paramiko. Imported late: paramiko is heavy.

WORKAROUND: paramiko 5.1 reads a greeting and a packet of any length (``Packetizer.readline``,
``read_message``). It makes as many entries as a message's count says, also where the message has ended
(``Transport._parse_ext_info``, ``AuthHandler._parse_userauth_info_request``). It keeps all that comes for a
channel, whatever its window, and ends with any error of Python's where a message cannot be parsed.
"""

from __future__ import annotations

from typing import Any

import paramiko
from paramiko.common import (
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_EXT_INFO,
    MSG_USERAUTH_INFO_REQUEST,
)
from paramiko.packet import Packetizer

#: Bytes before the server's greeting has ended; of one packet (OpenSSH, packet.h: PACKET_MAX_SIZE, 256 KiB).
MOST_GREETING, MOST_PACKET = 1 << 16, 1 << 20
#: Entries of a list in a message.
MOST_ENTRIES = 64
#: Bytes of a channel that wait to be read; the window, which a server has to keep, is 2 MiB.
MOST_WAITING = 8 << 20


class LimitedPacketizer(Packetizer):
    """Raises ``SSHException``, which ends the transport, for more than a server may send. *channels*: the
    transport's."""

    channels: Any = None
    _early = 0

    def _read_timeout(self, timeout: float) -> bytes:
        """A part of the greeting."""
        data: bytes = super()._read_timeout(timeout)  # type: ignore[misc]
        self._early += len(data)
        if self._early > MOST_GREETING:
            raise paramiko.SSHException("a greeting without an end")
        return data

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """*n* bytes of a packet."""
        if n > MOST_PACKET:
            raise paramiko.SSHException(f"a packet of {n} bytes")
        return super().read_all(n, check_rekey)

    def read_message(self) -> tuple[int, paramiko.Message]:
        """The next message, of which the kind was read."""
        kind, message = super().read_message()
        if kind in (MSG_CHANNEL_DATA, MSG_CHANNEL_EXTENDED_DATA):
            self._check_window(message)
        elif kind in (MSG_EXT_INFO, MSG_USERAUTH_INFO_REQUEST):
            _check_count(kind, message)
        return kind, message

    def _check_window(self, message: paramiko.Message) -> None:
        channel = self.channels.get(int.from_bytes(message.asbytes()[:4])) if self.channels else None
        if channel and len(channel.in_buffer) + len(channel.in_stderr_buffer) > MOST_WAITING:
            raise paramiko.SSHException("more data than the window allows")


def _check_count(kind: int, message: paramiko.Message) -> None:
    """The same number stands for two kinds of messages; the other one ends before a count."""
    copy = paramiko.Message(message.asbytes())
    if kind == MSG_USERAUTH_INFO_REQUEST:
        for _ in ("title", "instructions", "language"):
            copy.get_binary()
    many = copy.get_int()
    if many > MOST_ENTRIES:
        raise paramiko.SSHException(f"a list of {many} entries")


class LimitedTransport(paramiko.Transport):
    """With a ``LimitedPacketizer``."""

    def __init__(self, sock: Any, packetizer_class: type[LimitedPacketizer], **options: Any) -> None:
        super().__init__(sock, packetizer_class=packetizer_class, **options)
        packetizer: Any = self.packetizer
        packetizer.channels = self._channels  # type: ignore[attr-defined]

    def get_exception(self) -> Exception | None:
        """What ended the transport, as one of SSH's."""
        exc = super().get_exception()
        if exc is None or isinstance(exc, (paramiko.SSHException, EOFError, OSError)):
            return exc
        return paramiko.SSHException(f"{type(exc).__name__}: {exc}")
