"""paramiko's transport that notices a dead line, and keeps what paramiko throws away. Imported late: paramiko
is heavy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import paramiko

from installer.hosts.ssh.receive_limits import LimitedPacketizer, LimitedTransport

#: Quiet for so long: the server is asked for a sign of life.
KEEPALIVE_SECONDS = 15.0
#: Nothing heard for so long although we asked twice: the line is dead.
SILENCE_SECONDS = 40.0


class WatchedPacketizer(LimitedPacketizer):
    """Knows when the server was last heard (*heard*, monotonic seconds), and its *greeting*. *ask*: sends a
    request that wants a reply.

    WORKAROUND: paramiko's ``set_keepalive`` wants no reply and notices no dead line
    (https://github.com/paramiko/paramiko/issues/918), so its hook, called in the transport's own
    thread every 0.1 s without data, is replaced.
    """

    heard = 0.0
    ask: Callable[[], bool] | None = None
    _asked = 0.0
    greeting = ""

    def readline(self, timeout: float) -> str:
        """A line of the greeting."""
        line = str(super().readline(timeout))
        self.greeting = self.greeting or line[:200]
        return line

    def read_message(self) -> Any:
        """The next message."""
        message = super().read_message()
        self.heard = time.monotonic()
        return message

    def _check_keepalive(self) -> None:
        now = time.monotonic()
        if self.ask is None:
            return
        if now - self.heard > SILENCE_SECONDS:
            raise EOFError("the server does not answer any more")
        if now - max(self.heard, self._asked) > KEEPALIVE_SECONDS:
            self._asked = now
            self.ask()


class WatchedTransport(LimitedTransport):
    """Keeps what the server says when it hangs up, which paramiko only logs, and its key as it was sent,
    of which paramiko keeps no certificate."""

    farewell = ""
    host_key_blob = b""
    offers: Mapping[str, Any] = MappingProxyType({})

    def _parse_kex_init(self, m: paramiko.Message) -> None:
        """Keeps the server's lists: paramiko names none of them where no algorithm is common."""
        self.offers = self._really_parse_kex_init(paramiko.Message(m.asbytes()))  # type: ignore[attr-defined]
        super()._parse_kex_init(m)  # type: ignore[misc]

    def _verify_key(self, host_key: bytes, sig: bytes) -> None:
        super()._verify_key(host_key, sig)  # type: ignore[misc]
        self.host_key_blob = host_key

    def _parse_disconnect(self, m: paramiko.Message) -> None:
        m.get_int()
        self.farewell = m.get_text()[:300]
