"""Collected output."""

from installer.hosts.lines import Collector


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
