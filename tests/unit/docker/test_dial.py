"""docker-py over byte streams, against a small Engine on socket pairs."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import docker.errors
import pytest

from installer.core.errors import Code, InstallError
from installer.docker import dial
from installer.docker.api import api_client
from installer.docker.dial import dial_refused

_VERSION = {"ApiVersion": "1.47", "MinAPIVersion": "1.44"}


class Engine:
    """Answers requests on every stream it gives out."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.streams: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def open(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        self.streams.append(ours)
        thread = threading.Thread(target=self._serve, args=(theirs,))
        self._threads.append(thread)
        thread.start()
        return ours

    def wait(self) -> None:
        """Every stream was closed by the client."""
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as reader:
            while line := reader.readline():
                length = 0
                while (header := reader.readline().strip().lower()) != b"":
                    if header.startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                reader.read(length)
                path = line.split()[1].decode()
                self.requests.append(path)
                sock.sendall(self._answer(path))

    def _answer(self, path: str) -> bytes:
        if path.endswith("/start"):
            # headers and the first output in one piece, as a fast exec has it
            head = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            return head + b"\1\0\0\0\0\0\0\5early" + b"\2\0\0\0\0\0\0\3err"
        status, body = "200 OK", b"[]"
        if path.endswith("/version"):
            body = json.dumps(_VERSION).encode()
        elif path.endswith("/exec/x/json"):
            status, body = "404 Not Found", b'{"message":"no such exec"}'
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An Engine whose streams must all be closed at the end."""
    engine = Engine()
    yield engine
    engine.wait()


def test_version_is_asked_once_and_connections_are_used_again(engine: Engine) -> None:
    """The newest API both know; one stream for calls in a row; the next block remembers."""
    versions: dict[str, str] = {}
    for _ in range(2):
        with api_client(engine.open, versions) as client:
            assert client.api_version == "1.47"
            client.containers()
            client.containers()
    assert [path.split("?")[0] for path in engine.requests] == ["/version"] + ["/v1.47/containers/json"] * 4
    assert len(engine.streams) == 2
    assert all(stream.fileno() == -1 for stream in engine.streams)


def test_early_output_of_an_exec(engine: Engine) -> None:
    """Is not lost in the buffer that read the headers."""
    with api_client(engine.open) as client:
        sock = client._get_raw_response_socket(  # type: ignore[attr-defined]
            client._post(client._url("/exec/x/start"), stream=True)  # type: ignore[attr-defined]
        )
        assert sock.recv(8) == b"\1\0\0\0\0\0\0\5"
        assert sock.recv(100).startswith(b"early")


def test_errors(engine: Engine) -> None:
    """docker-py's inside the block, ours outside; also when the stream itself cannot be opened."""
    with api_client(engine.open) as client, pytest.raises(docker.errors.NotFound):
        client.exec_inspect("x")
    with pytest.raises(InstallError) as caught, api_client(engine.open) as client:
        client.exec_inspect("x")
    assert caught.value.code is Code.DOCKER_API_FAILED and caught.value.params["status"] == "404"

    def refused() -> socket.socket:
        raise InstallError(Code.DOCKER_NO_RIGHTS)

    with pytest.raises(InstallError) as caught, api_client(refused):
        pass
    assert caught.value.code is Code.DOCKER_NO_RIGHTS


def test_stream_that_ends_without_an_answer() -> None:
    """Is an API error, not an exception of a library."""

    def closed() -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours

    with pytest.raises(InstallError) as caught, api_client(closed):
        pass
    assert caught.value.code is Code.DOCKER_API_FAILED


@pytest.mark.parametrize(
    ("text", "exit_code", "code"),
    [
        ("sh: 1: exec: docker: not found", 127, Code.DOCKER_MISSING),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            1,
            Code.DOCKER_NO_RIGHTS,
        ),
        (
            "Cannot connect to the Docker daemon. Is the docker daemon running?",
            1,
            Code.DOCKER_NOT_RUNNING,
        ),
        ("dial unix /var/run/docker.sock: connect: no such file or directory", 1, Code.DOCKER_NOT_RUNNING),
        ("unknown command: docker system dial-stdio", 1, Code.DOCKER_API_FAILED),
    ],
)
def test_what_the_client_says(text: str, exit_code: int, code: Code) -> None:
    """Texts of the Docker client and of shells."""
    error = dial_refused(text, exit_code)
    assert error.code is code and error.detail == text


# ------------------------------------------------------------------- an Engine that is hostile


def answering(status: str, body: bytes) -> socket.socket:
    """A stream to an Engine that gives this answer to everything."""
    ours, theirs = socket.socketpair()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

    def serve() -> None:
        with theirs, contextlib.suppress(OSError):
            theirs.recv(65536)
            theirs.sendall(head.encode() + body)

    threading.Thread(target=serve, daemon=True).start()
    return ours


NO_JSON = (b"{", b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}", b"\xff")


@pytest.mark.parametrize("body", NO_JSON)
def test_an_answer_that_is_no_json_of_ours(body: bytes) -> None:
    with (
        pytest.raises(InstallError) as caught,
        api_client(lambda: answering("200 OK", body), {"api": "1.47"}) as client,
    ):
        client.info()
    assert caught.value.code is Code.DOCKER_API_FAILED


@pytest.mark.parametrize("body", [b"{}", b"[]", b'"x"', b'{"message": 5}', b"[" * 100_000, b"\xff" * 50_000])
@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops"])
def test_an_error_with_a_body_of_another_form(status: str, body: bytes) -> None:
    with (
        pytest.raises(InstallError) as caught,
        api_client(lambda: answering(status, body), {"api": "1.47"}) as client,
    ):
        client.inspect_container("a")
    assert caught.value.params["status"] == status[:3]


def test_an_answer_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "MOST_BODY", 100_000)
    with (
        pytest.raises(InstallError, match="more than 100000 bytes"),
        api_client(lambda: answering("200 OK", b" " * 300_000), {"api": "1.47"}) as client,
    ):
        client.info()


@pytest.mark.parametrize("told", ["{}", "[]", '{"ApiVersion": "../../x"}', '{"ApiVersion": "1"}'])
def test_a_version_that_is_none(told: str) -> None:
    with pytest.raises(InstallError), api_client(lambda: answering("200 OK", told.encode())):
        pass
