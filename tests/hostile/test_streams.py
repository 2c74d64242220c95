"""Bytes that arrive in pieces: the Engine's HTTP, its frames, logs, jobs, a program in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.apply.jobs import JobFollower
from installer.core.events import Event
from installer.core.secrets import Redactor
from installer.docker.exec_stream import unframed
from installer.docker.pull_output import PullProgress
from installer.docker.wire import Wire
from installer.hosts.base import JobEnd, JobLine, JobOutput, StageChange
from installer.hosts.framing import Gate
from installer.hosts.http import parse as http_answer
from installer.hosts.jobs.log import JobLog, begin_mark, end_mark
from installer.hosts.lines import Collector, Lines
from installer.hosts.ssh.keyboard_interactive import asks_password
from installer.hosts.ssh.password_change import asks
from installer.hosts.ssh.sudo import SudoDialog, needs_password
from installer.logs.folds import Folds
from installer.logs.frames import Frames
from installer.logs.highlighting import detail, look
from installer.logs.levels import judged
from installer.logs.line import TIME, before, fixed, line_time, tag
from installer.logs.resume_point import ResumePoint
from installer.logs.service_logs import parse as log_line
from installer.logs.service_logs import sort_key
from installer.logs.times import local
from installer.operations.live import Heard, concerned
from installer.terminal.emulator import Emulator
from installer.terminal.flood import shorter
from tests.hostile.parsers import FEW, Reader
from tests.unit.docker.test_wire import Script

AT = "2026-12-03T01:02:03.123456789Z"
TAGS = (tag(0), tag(0, error=True))


def pieces(data: bytes, size: int = 997) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def wire(data: bytes) -> list[object]:
    found: list[object] = []
    with Wire(cast("Any", Script(data, 997))) as engine:
        found += engine.ask(["/a", "/b"])
    return found


def opened(data: bytes) -> list[object]:
    found: list[object] = []
    with Wire(cast("Any", Script(data, 997))) as engine:
        found.append(engine.open("/events"))
        heard = Heard(engine)
        for _ in range(40):
            found.append(heard.wait(1.0))
    return found


def frames(data: bytes) -> list[object]:
    reader, folds, resume_point, number = Frames(TAGS), Folds(), ResumePoint(), 0
    found: list[object] = []
    for heads, texts in (*(reader.feed(piece) for piece in pieces(data)), reader.end()):
        assert len(heads) == len(texts)
        assert all(len(head) == TIME + 1 for head in heads)
        assert all(text.endswith(b"\n") and text.count(b"\n") >= 1 for text in texts)
        folds.feed(number, heads, texts)
        number += len(heads)
        resume_point.remember(heads, texts)
        found += [look(text) for text in texts[:50]]
        found += [
            (detail(text), local(head[:TIME]), before(head[:TIME], 5.0))
            for head, text in zip(heads[:50], texts[:50], strict=True)
        ]
        joined = b"".join(texts)
        assert len(judged(joined, joined.count(b"\n"))) == joined.count(b"\n")
    return [*found, resume_point.since]


def job(data: bytes) -> list[object]:
    log = JobLog("t0ken")
    found: list[JobOutput] = []
    for piece in pieces(data):
        found += log.feed(piece)
        assert 0 <= log.offset <= log.wanted
    found += log.end(0)
    events: list[Event] = []
    follower = JobFollower(events.append, Redactor())
    for entry in found:
        if isinstance(entry, JobLine | StageChange):
            follower.take(entry)
    end = found[-1]
    assert isinstance(end, JobEnd)
    try:
        follower.finish(end)
    finally:
        [event.as_json() for event in events if hasattr(event, "as_json")]
    return [*found, *events]


def gate(data: bytes) -> object:
    opening = Gate("t0ken")
    lines = Lines()
    found = [list(lines.feed(opening.feed(piece))) for piece in pieces(data, 61)]
    collector = Collector(None, 1 << 20)
    collector.add(data, data)
    return found, list(lines.end()), opening.text, opening.pid, collector.result(0)


def terminal(data: bytes) -> object:
    emulator = Emulator(80, 24)
    answers = 0
    for piece in pieces(data):
        answers += len(emulator.feed(piece))
    assert answers <= 8 * len(data) + 100, "more answers than input"
    view = emulator.view()
    for line in view.lines:
        assert sum(run.cells for run in line) <= 80 + 1
    emulator.resize(7, 3)
    emulator.feed(data[:100])
    return emulator.view(), emulator.text((0, 0), (emulator.last + 3, 7)), shorter(data * 4, 24)


def progress(data: bytes) -> object:
    shown = PullProgress()
    for line in data.decode("utf-8", "replace").split("\n"):
        done = shown.done
        shown.feed(line)
        assert done <= shown.done and shown.total >= 0
    return shown.images, shown.failed


def sudo(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    dialog = SudoDialog(None, "host", "user")
    return needs_password(text), dialog.refusal(text), asks(text), asks_password(text)


def times(data: bytes) -> object:
    line = log_line(data.decode("utf-8", "replace"), ["api"])
    return fixed(data), line_time(data), line and sort_key(line)


def of(read: Callable[[bytes], object]) -> Callable[[str], object]:
    """*read*, given characters as bytes: those below 256 as one byte, so that every byte is met."""
    return lambda text: read(
        bytes(b for c in text for b in ([ord(c)] if ord(c) < 256 else c.encode("utf-8", "replace")))
    )


def frame(stream: int, text: str) -> str:
    data = f"{AT} {text}\n"
    return chr(stream) + "\0\0\0" + len(data).to_bytes(4, "big").decode("latin-1") + data


OK = "HTTP/1.1 200 OK\r\n"
EVENT = (
    '{"Type":"container","Action":"die",'
    '"Actor":{"ID":"a","Attributes":{"com.docker.compose.project":"dify"}}}\n'
)
JOB = "".join(
    f"\n{begin_mark('t0ken', n, name)}\nout\n\n{end_mark('t0ken', n, code, name)}\n"
    for n, name, code in ((1, "pull", 0), (2, "databases:db", 7))
)
PULL = (
    '{"images":{"a:1":[["0123456789ab",5]]}}\na:1 {"status":"Downloading","id":"0123456789ab",'
    '"progressDetail":{"current":3,"total":5}}\na:1 again 5\na:1 failed\na:1 done\n'
)
STREAMS = (
    Reader(
        "wire",
        of(wire),
        (
            f"{OK}Content-Length: 2\r\n\r\n{{}}" * 2,
            f"{OK}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n" * 2,
        ),
    ),
    Reader(
        "events",
        of(opened),
        (
            f"{OK}Transfer-Encoding: chunked\r\n\r\n{len(EVENT):x}\r\n{EVENT}\r\n",
            f"{OK}Content-Length: 999\r\n\r\n{EVENT}",
        ),
        (TimeoutError,),
    ),
    Reader("event", of(concerned), (EVENT,)),
    Reader(
        "frames",
        of(frames),
        (
            frame(1, "INFO a") + frame(2, "ERROR \x1b[31mb"),
            f"{AT} a tty's line\n",
            frame(1, '{"level":"error","msg":"x"}'),
        ),
    ),
    Reader("attach", of(unframed), (frame(1, "a") + frame(2, "b"),)),
    Reader("job", of(job), (JOB,)),
    Reader("gate", of(gate), ("banner\nREADY-t0ken 12 34 \nout\n",)),
    Reader(
        "terminal",
        of(terminal),
        (
            "\x1b[1;31mred\x1b[0m\r\n\x1b[2J\x1b[5;5H\x1b(0qqq\x1b(B",
            "\x1b]0;t\x07\x1bP+q\x1b\\\x1b[6n\x1b[c\x1b[?1049h\x1b[?25l",
            "名\u0301\u0301",
        ),
    ),
    Reader("pull", of(progress), (PULL,)),
    Reader(
        "sudo",
        of(sudo),
        ("sudo: a password is required\n", "Sorry, user a is not allowed to execute 'x' as root on h.\n"),
    ),
    Reader("log times", of(times), (AT, f"0 o {AT} text", "0o " + AT)),
    Reader("HTTP answer", of(http_answer), (f"{OK}A: b\r\nLocation: /x\r\n\r\nbody",)),
)


@pytest.mark.parametrize("reader", STREAMS, ids=str)
@FEW
@given(data=st.data())
def test_streams(reader: Reader, data: st.DataObject) -> None:
    reader.check(data)


#: Each takes seconds: pyte has microseconds for each character, and a log is looked at in many ways.
SLOW = ("terminal", "frames")
LONG = [pytest.param(r, marks=pytest.mark.slow) if r.name in SLOW else r for r in STREAMS]


@pytest.mark.parametrize("reader", LONG, ids=str)
def test_long_streams(reader: Reader) -> None:
    reader.check_long()
