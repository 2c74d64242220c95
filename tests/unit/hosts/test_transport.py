"""What is offered to a server."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from installer.hosts.ssh.transport import new_transport


@pytest.fixture
def offered() -> dict[str, Sequence[str]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = new_transport(ours)
        try:
            return {
                "ciphers": transport.preferred_ciphers,
                "macs": transport.preferred_macs,
                "kex": transport.preferred_kex,
                "keys": transport.preferred_keys,
            }
        finally:
            transport.close()


def test_nothing_is_offered_that_openssh_has_given_up(offered: dict[str, Sequence[str]]) -> None:
    assert not [name for name in offered["ciphers"] if "cbc" in name or "arcfour" in name]
    assert not [name for name in offered["macs"] if "md5" in name or name.endswith("-96")]
    assert not [name for name in offered["kex"] if name.endswith("sha1")]
    assert not {"ssh-dss", "ssh-rsa"} & {*offered["keys"]}


def test_what_every_server_has_is_offered(offered: dict[str, Sequence[str]]) -> None:
    assert {"aes256-ctr", "aes128-gcm@openssh.com"} <= {*offered["ciphers"]}
    assert {"hmac-sha2-256", "hmac-sha2-256-etm@openssh.com"} <= {*offered["macs"]}
