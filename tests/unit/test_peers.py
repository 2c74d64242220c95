"""Who may use the port on 127.0.0.1 that leads to a server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.facts.web import Web
from installer.network import peers
from installer.network.forward import Forward
from installer.network.peers import is_own

linux = pytest.mark.skipif(sys.platform != "linux", reason="where the system tells")
root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root becomes another user"
)

#: Asks as another user of this computer, and prints what comes back.
ASK = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as stream:
    try:
        stream.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        print(stream.recv(100))
    except ConnectionError:
        print(b"")
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_a_program_of_this_login(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert is_own(accepted)


@linux
def test_also_one_that_speaks_ipv6(listener: socket.socket) -> None:
    with socket.socket(socket.AF_INET6) as browser:
        browser.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
        with listener.accept()[0] as accepted:
            assert is_own(accepted)


@linux
def test_another_login_is_told_by_the_kernel_s_table(
    listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        lines = peers.TABLES[0].read_text().splitlines()
        other = [line.split() for line in lines]
        for words in other[1:]:
            words[7] = "65534"
        table = tmp_path / "tcp"
        table.write_text("\n".join(" ".join(words) for words in other) + "\nhalf a line\n")
        monkeypatch.setattr(peers, "TABLES", (table, tmp_path / "none"))
        assert not is_own(accepted)
        table.write_text(lines[0])
        assert not is_own(accepted)


@linux
@root
def test_another_login_gets_nothing_of_the_server() -> None:
    class Here:
        """A host that dials on this computer."""

        def open_tcp(self, address: str, port: int, *, timeout: float = 10) -> socket.socket:
            return socket.create_connection((address, port), timeout)

    with socket.create_server(("127.0.0.1", 0)) as server:
        web = Web("127.0.0.1", server.getsockname()[1], "x", tls=False)
        with Forward(Here(), web) as forward:
            server.accept()[0].close()  # the trial
            # the system's: the checkout's may be in a home that other users cannot enter
            command = [os.path.realpath(sys.executable), "-I", "-c", ASK, str(forward.port)]
            asked = subprocess.run(
                command, user=65534, capture_output=True, text=True, timeout=30, check=False
            )
            assert asked.stdout.strip() == "b''"
            server.settimeout(0.2)
            with pytest.raises(TimeoutError):
                server.accept()
            with socket.create_connection(("127.0.0.1", forward.port)):
                server.accept()[0].close()
