"""The Engine through Docker's client, as on Windows; here with a client that is a script."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from installer.core.errors import Code, InstallError
from installer.docker.dial import dial_refused
from installer.hosts.kinds import DESKTOP
from installer.hosts.local.dial_stdio import DialStream
from installer.hosts.local.host import LocalHost

#: Answers every request with its version.
ANSWERING = r"""#!/bin/sh
[ "$*" = "system dial-stdio" ] || exit 9
while IFS= read -r line; do
    [ "$line" = "$(printf '\r')" ] || continue
    printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
    printf 'Content-Length: 22\r\n\r\n{"ApiVersion": "1.51"}'
done
"""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "docker"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", "npipe:////./pipe/dockerDesktopLinuxEngine")
    return program


def says(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


def test_docker_py_over_the_client(docker: Path) -> None:
    says(docker, ANSWERING)
    with LocalHost(kind=DESKTOP).docker() as client:
        assert client.version(api_version=False)["ApiVersion"] == "1.51"
    assert not [t.name for t in threading.enumerate() if t.name.startswith("dial")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            "error during connect: this error may indicate that the docker daemon is not running:"
            ' Get "http://%2F%2F.%2Fpipe%2FdockerDesktopLinuxEngine/_ping":'
            " open //./pipe/dockerDesktopLinuxEngine: The system cannot find the file specified.",
            Code.DOCKER_NOT_RUNNING,
        ),
        (
            "error during connect: open //./pipe/docker_engine: 指定されたファイルが見つかりません。",
            Code.DOCKER_NOT_RUNNING,
        ),
        (
            "failed to connect to the docker API at npipe:////./pipe/docker_engine; check it",
            Code.DOCKER_NOT_RUNNING,
        ),
        ("open //./pipe/docker_engine: Access is denied.", Code.DOCKER_NO_RIGHTS),
        ("something else", Code.DOCKER_API_FAILED),
    ],
)
def test_a_client_that_reaches_nobody(docker: Path, said: str, code: Code) -> None:
    """constructed: docker/for-win issues 13662 and 14229; the third of Docker 29."""
    says(docker, f"#!/bin/sh\ncat >&2 <<'E'\n{said}\nE\nexit 1\n")
    with pytest.raises(InstallError) as caught, LocalHost(kind=DESKTOP).docker() as client:
        client.version(api_version=False)
    assert caught.value.code is code
    assert dial_refused(said, 1).code is code


def test_no_client(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        DialStream({"PATH": str(tmp_path)})
    assert caught.value.code is Code.DOCKER_MISSING


def test_it_waits_no_longer_than_asked_and_ends(docker: Path) -> None:
    says(docker, "#!/bin/sh\nexec sleep 60\n")
    stream = DialStream(dict(os.environ))
    stream.settimeout(0.2)
    with pytest.raises(TimeoutError):
        stream.recv(10)
    stream.settimeout(None)
    threading.Timer(0.3, stream.close).start()
    begin = time.monotonic()
    assert stream.recv(10) == b"" and time.monotonic() - begin < 5


def test_it_ends_while_somebody_writes(docker: Path) -> None:
    says(docker, "#!/bin/sh\nexec sleep 60\n")
    stream = DialStream(dict(os.environ))
    writing = threading.Thread(target=stream.sendall, args=(b"x" * 500_000,))
    writing.start()
    time.sleep(0.2)
    begin = time.monotonic()
    stream.close()
    writing.join()
    assert time.monotonic() - begin < 5


def test_both_ways_whole(docker: Path) -> None:
    says(docker, "#!/bin/sh\nexec cat\n")
    stream, data = DialStream(dict(os.environ)), bytes(range(256)) * 4096
    sending = threading.Thread(target=stream.sendall, args=(data,))
    sending.start()
    found = b""
    while len(found) < len(data):
        found += stream.recv(65536)
    sending.join()
    stream.close()
    assert found == data


def test_sockets_are_as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        stream = LocalHost().docker_stream()
        assert isinstance(stream, socket.socket)
        stream.close()
