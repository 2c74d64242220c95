"""Collected output."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.core.errors import Code, InstallError
from installer.hosts.base import JobLine, JobOutput
from installer.hosts.jobs.log import JobLog
from installer.hosts.lines import LONGEST, Collector, Lines


def test_all_is_kept_without_a_listener() -> None:
    collector = Collector(None)
    collector.add(b"a\nb", b"e")
    result = collector.result(3)
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"a\nb", b"e")


def test_a_listener_gets_the_lines_and_memory_stays_small() -> None:
    seen: list[tuple[str, str]] = []
    collector = Collector(lambda stream, text: seen.append((stream, text)))
    collector.add(b"a\nb", b"x" * 100_000 + b"\nlast")
    result = collector.result(1)
    assert [text for stream, text in seen if stream == "stdout"] == ["a", "b"]
    assert seen[-1] == ("stderr", "last")
    assert result.stdout == b""
    assert result.errors.endswith("x\nlast")
    assert len(result.stderr) == 1 << 16


def test_output_without_an_end_is_an_error() -> None:
    collector = Collector(None, most=10)
    collector.add(b"0123456789", b"")
    with pytest.raises(InstallError) as caught:
        collector.add(b"x", b"")
    assert caught.value.code is Code.HOST_PROBE_FAILED


def test_the_usual_limit_is_sixteen_megabytes_and_errors_keep_their_end() -> None:
    collector, piece = Collector(None), b"x" * (1 << 20)
    for _ in range(16):
        collector.add(piece, piece + b"last")
    assert collector.result(0).errors.endswith("last") and len(collector.result(0).stderr) == 1 << 16
    with pytest.raises(InstallError):
        collector.add(b"x", b"")


def test_a_line_without_an_end_is_given_out_in_parts() -> None:
    lines = Lines()
    parts = [*lines.feed(b"x" * (3 * LONGEST)), *lines.feed(b"y\n"), *lines.end()]
    assert "".join(parts) == "x" * (3 * LONGEST) + "y" and max(map(len, parts)) <= LONGEST


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    lines = Lines()
    found = [line for a, b in itertools.pairwise(edges) for line in lines.feed(data[a:b])]
    whole = data.split(b"\n")
    wanted = whole[:-1] + ([whole[-1]] if whole[-1] else [])
    assert [*found, *lines.end()] == [w.removesuffix(b"\r").decode("utf-8", "replace") for w in wanted]


def _pieces(count: int) -> Iterator[bytes]:
    return (b"z" * (1 << 14) for _ in range(count))


def test_a_job_s_line_without_an_end_takes_neither_memory_nor_time() -> None:
    """Its parts are given out; how long it takes grows as the line does."""
    log, longest, began = JobLog("t"), 0, time.thread_time()
    outputs: list[JobOutput] = []
    for piece in _pieces(3000):
        outputs += log.feed(piece)
        longest = max(longest, log.wanted - log.offset)
    assert longest <= LONGEST + (1 << 14)
    assert sum(len(o.text) for o in outputs if isinstance(o, JobLine)) > 40 << 20
    assert time.thread_time() - began < 3  # copied at every piece it took 20


def test_following_goes_on_within_a_long_line() -> None:
    data = b"a" * (LONGEST + 5) + b"\nnext\n"
    log = JobLog("t")
    first = next(iter(log.feed(data[: LONGEST + 1])))
    assert isinstance(first, JobLine) and first.offset == LONGEST + 1
    rest = [*JobLog("t", offset=first.offset).feed(data[first.offset :])]
    assert [o.text for o in rest if isinstance(o, JobLine)] == ["aaaa", "next"]
    assert [*log.feed(data[LONGEST + 1 :])] == rest


def test_a_long_line_that_ends_where_a_part_ends_has_no_empty_line_after_it() -> None:
    log = JobLog("t")
    outputs = [*log.feed(b"a" * (LONGEST + 1)), *log.feed(b"\n"), *log.end(0)]
    assert len([o for o in outputs if isinstance(o, JobLine)]) == 1
