"""Keys that an agent holds, offered so that a server does not shut its door.

A server hangs up after MaxAuthTries refused proofs (6 by default; hardening guides say 3 or 4), and blocks
an address after several failures. fail2ban's default is 5 in ten minutes; what it reads is sshd's log, where
a refused key is named from the fourth of a connection on (auth.c, auth_log; versions of fail2ban since 0.11
do not count keys at all). sshd since 9.8 adds PerSourcePenalties: 5 s for each connection with a failure,
enforced once more than 15 s are due. So at most four keys go over one connection, and at most three
connections are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    import paramiko

KEYS_PER_CONNECTION = 4
MOST_CONNECTIONS = 3


class AnotherConnection(Exception):
    """This connection will not do any more; the login continues over a new one."""


@contextmanager
def agent_keys() -> Iterator[Sequence[paramiko.PKey]]:
    """The keys of the running agent, none if there is no agent or it does not answer.

    On Windows paramiko looks for Pageant, then for OpenSSH's named pipe.
    """
    try:
        agent = paramiko.Agent()
    except (paramiko.SSHException, OSError):
        yield ()
        return
    try:
        yield agent.get_keys()
    finally:
        agent.close()


def holds(public: bytes) -> bool:
    """Whether an agent holds the key whose public half (wire form) is *public*."""
    with agent_keys() as keys:
        return any(key.asbytes() == public for key in keys)


class Offers:
    """What one server was offered so far, over several connections. *only*: the one key meant."""

    def __init__(self, only: bytes | None = None) -> None:
        self._only = only
        self._offered: set[bytes] = set()
        self._batch = KEYS_PER_CONNECTION
        self._here = 0
        self._connections = 1

    def left(self, keys: Sequence[paramiko.PKey]) -> list[paramiko.PKey]:
        """Those not offered yet."""
        wanted = [k for k in keys if self._only is None or k.asbytes() == self._only]
        return [k for k in wanted if k.asbytes() not in self._offered]

    def next_batch(self, keys: Sequence[paramiko.PKey]) -> list[paramiko.PKey]:
        """Those for this connection."""
        return self.left(keys)[: max(0, self._batch - self._here)]

    def note(self, key: paramiko.PKey) -> None:
        """*key* is about to be offered."""
        self._offered.add(key.asbytes())
        self._here += 1

    def another(self, *, cut: bool) -> bool:
        """Whether one more connection may be made; it is counted. *cut*: the server hung up on this one, so
        that fewer keys go over the next."""
        if self._connections >= MOST_CONNECTIONS:
            return False
        if cut:
            self._batch = max(1, self._here - 1)
        self._connections += 1
        self._here = 0
        return True
