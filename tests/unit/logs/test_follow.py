"""Containers → one buffer: in bulk, by time, with marks, and on after a break."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.streams import ByteStream
from installer.docker.containers import Container
from installer.hosts.base import Command, OnLine, Result
from installer.logs import follow as module
from installer.logs import store as store_module
from installer.logs.fetch import Span
from installer.logs.follow import follow, whole
from installer.logs.line import before
from installer.logs.log_buffer import LogBuffer
from tests.fakes.host import FakeHost
from tests.unit.logs.lines import Answer, at, frame


def container(service: str, made: str = "a") -> Container:
    return Container(
        f"{service}-{made}", service, service, "running", "", 0, "", (), "2024-11-21T09:00:00Z", 0
    )


class Docker(FakeHost):
    """*logs*: what each container has written, by id: (second, text). *live* is what a following brings."""

    def __init__(self, **logs: list[tuple[float, str]]) -> None:
        super().__init__()
        self.logs = {name.replace("_", "-"): lines for name, lines in logs.items()}
        self.live: Callable[[OnLine], object] = lambda _: None
        self.asked: list[str] = []
        self.argv: tuple[str, ...] = ()
        self.status = "200 OK"

    def docker_stream(self) -> ByteStream:
        return _Asked(self)

    def answer(self, request: bytes) -> Answer:
        path = request.split()[1].decode()
        self.asked.append(path)
        name, _, query = path.removeprefix("/containers/").partition("/logs?")
        options = dict(word.partition("=")[::2] for word in query.split("&"))
        if name not in self.logs:
            return Answer(b'{"message":"No such container"}', "404 Not Found")
        lines = self.logs[name]
        if options["tail"] != "all":
            lines = lines[-int(options["tail"]) :]
        if "since" in options:
            since = float(options["since"]) - 1732179600
            lines = [line for line in lines if line[0] >= since]
        body = b"".join(frame(at(second) + f" {text}\n".encode()) for second, text in lines)
        return Answer(body if self.status.startswith("200") else b"busy", self.status)

    def run(
        self,
        command: Command,
        *,
        cancel: CancelToken | None = None,
        timeout: float | None = None,
        on_line: OnLine | None = None,
    ) -> Result:
        assert on_line is not None
        self.argv = command.argv
        self.live(on_line)
        return Result(0, b"", b"")


class _Asked:
    """Answers when it was asked."""

    def __init__(self, docker: Docker) -> None:
        self._docker, self._answer = docker, Answer(b"")

    def sendall(self, data: bytes) -> None:
        self._answer = self._docker.answer(data)

    def recv(self, size: int) -> bytes:
        return self._answer.recv(size)

    def settimeout(self, seconds: float | None) -> None:
        pass

    def close(self) -> None:
        pass


def told(buffer: LogBuffer) -> list[str]:
    found = []
    for number in range(buffer.store.first, buffer.store.end):
        line = buffer.line(number)
        found.append(f"<{line.text.decode()}>" if line.mark else f"{line.service} {line.text.decode()}")
    return found


def go(docker: Docker, buffer: LogBuffer, *containers: Container, **options: Any) -> None:
    follow(docker, containers, buffer, cancel=CancelToken(), **options)


def test_all_services_by_time() -> None:
    docker = Docker(api_a=[(1, "one"), (3, "three")], web_a=[(2, "two"), (4, "four")])
    buffer = LogBuffer()
    go(docker, buffer, container("api"), container("web"), live=False)
    assert told(buffer) == ["api one", "web two", "api three", "web four"]
    assert not buffer.cut
    buffer.close()


def test_only_the_last_lines_and_a_mark_before_them() -> None:
    docker = Docker(api_a=[(n, f"{n}") for n in range(10)], web_a=[(8.5, "web")])
    buffer = LogBuffer(depth=3)
    go(docker, buffer, container("api"), container("web"), live=False)
    assert told(buffer) == ["<cut api>", "api 6", "api 7", "api 8", "web web", "api 9"]
    assert buffer.cut
    first = at(6)
    assert buffer.read == 5 and buffer.reaches(first) and not buffer.reaches(before(first, 1))
    assert not buffer.reaches(b""), "that would be everything"
    buffer.close()


def test_one_container_whole_and_gone_ones_left_out() -> None:
    docker = Docker(api_a=[(1, "one")])
    buffer = LogBuffer()
    caught = []
    follow(
        docker,
        [container("api")],
        buffer,
        cancel=CancelToken(),
        live=False,
        on_caught_up=lambda: caught.append(1),
    )
    go(docker, buffer, container("web"), live=False)
    assert told(buffer) == ["api one"] and caught == [1]
    buffer.close()


def test_what_docker_says_is_an_error() -> None:
    docker = Docker(api_a=[(1, "one")])
    docker.status = "500 Internal Server Error"
    buffer = LogBuffer()
    with pytest.raises(InstallError) as caught:
        go(docker, buffer, container("api"), live=False)
    assert caught.value.code is Code.DOCKER_API_FAILED and "busy" in caught.value.detail
    buffer.close()


def test_live_lines_follow_without_doubles() -> None:
    docker = Docker(api_a=[(1, "one"), (2, "two")], web_a=[(1.5, "web")])

    def live(on_line: OnLine) -> None:
        for text in (
            f"0 o {at(2).decode()} two",
            f"0 e {at(3).decode()} three",
            f"1 o {at(2.9).decode()} new",
        ):
            on_line("stdout", text)
        on_line("stdout", "0 r")
        on_line("stdout", f"0 e {at(3).decode()} three")
        on_line("stdout", f"0 e {at(3).decode()} three")

    docker.live = live
    buffer = LogBuffer()
    go(docker, buffer, container("api"), container("web"))
    assert told(buffer) == ["api one", "web web", "api two", "web new", "api three", "api three"]
    assert buffer.line(buffer.store.end - 1).error
    assert docker.argv[3:] == (
        "yes",
        "all",
        f"0=api-a={before(at(2), 5).decode()}",
        f"1=web-a={before(at(1.5), 5).decode()}",
    )
    buffer.close()


def test_levels_are_worked_out_while_lines_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "BLOCK", 10)
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.01)
    docker = Docker(api_a=[(n, f"ERROR with number {n}") for n in range(3)])
    buffer = LogBuffer()
    known: list[bytes] = []

    def live(_on_line: OnLine) -> None:
        assert not known  # not while the log is read
        end = time.monotonic() + 10
        while not all(block.kinds() for block in buffer.store.blocks()) and time.monotonic() < end:
            time.sleep(0.01)
        known.extend(block.kinds() for block in buffer.store.blocks())

    docker.live = live
    go(docker, buffer, container("api"))
    assert known and all(known)
    buffer.close()


def test_after_a_break_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CATCH_UP", 4)
    docker = Docker(api_a=[(n, f"{n}") for n in range(3)])
    buffer = LogBuffer()
    go(docker, buffer, container("api"), live=False)
    docker.logs["api-a"] += [(3, "3")]
    go(docker, buffer, container("api"), live=False)
    assert told(buffer) == ["api 0", "api 1", "api 2", "api 3"]
    docker.logs["api-a"] += [(60 + n, f"{n}") for n in range(9)]
    go(docker, buffer, container("api"), live=False)
    assert told(buffer)[4:] == ["<skipped api>", *(f"api {n}" for n in range(4, 9))]
    assert not buffer.cut
    buffer.close()


def test_a_container_made_anew_keeps_its_story() -> None:
    docker = Docker(api_a=[(1, "before")], api_b=[(9, "after")], web_a=[(2, "web")])
    buffer = LogBuffer()
    go(docker, buffer, container("api"), container("web"), live=False)
    go(docker, buffer, container("api", "b"), container("web"), live=False)
    assert told(buffer) == ["api before", "web web", "<recreated api>", "api after"]
    buffer.close()


def test_a_second_container_of_a_service_is_no_new_one() -> None:
    docker = Docker(api_a=[(1, "a")], api_b=[(2, "b")])
    buffer = LogBuffer()
    go(docker, buffer, container("api"), container("api", "b"), live=False)
    go(docker, buffer, container("api"), container("api", "b"), live=False)
    assert told(buffer) == ["api a", "api b"]
    buffer.close()


def test_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    buffer = LogBuffer()
    with pytest.raises(Cancelled):
        follow(Docker(api_a=[(1, "one")]), [container("api")], buffer, cancel=token)
    buffer.close()


def test_the_time_that_docker_logs_writes_into_long_lines_is_left_out() -> None:
    stamp = at(5) + b" "
    long = b"x" * 16384 + stamp + b"y" * 16384 + stamp + b"z"
    assert whole(long) == b"x" * 16384 + b"y" * 16384 + b"z"
    assert whole(b"x" * 20000) == b"x" * 20000


def test_a_span_asks_by_nanoseconds() -> None:
    query = Span(b"2024-11-21T09:00:01.000000500Z", 7).query()
    assert query == "stdout=1&stderr=1&timestamps=1&tail=7&since=1732179601.000000500"
