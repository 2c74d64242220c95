"""Log lines: parsing and merging."""

from installer.hosts.base import Command
from installer.stack import logs
from installer.stack.logs import LogLine


def test_parse() -> None:
    line = logs.parse("1 e 2026-11-24T08:00:00.5Z text with 1 o blanks", ["api", "web"])
    assert line == LogLine("2026-11-24T08:00:00.5Z", "web", "stderr", "text with 1 o blanks")
    assert logs.parse("0 o 2026-11-24T08:00:00Z", ["api"]) == LogLine(
        "2026-11-24T08:00:00Z", "api", "stdout", ""
    )


def test_other_lines_are_left_out() -> None:
    assert logs.parse("Error response from daemon", ["api"]) is None
    assert logs.parse("7 o 2026-11-24T08:00:00Z x", ["api"]) is None
    assert logs.parse("0 o yesterday x", ["api"]) is None


def test_order_pads_the_fraction() -> None:
    times = [
        "2026-11-24T08:00:00.12Z",
        "2026-11-24T08:00:00.1Z",
        "2026-11-24T08:00:00Z",
        "2026-11-24T08:00:00.119Z",
    ]
    lines = sorted((LogLine(t, "a", "stdout", "") for t in times), key=logs.sort_key)
    assert [x.at for x in lines] == [times[2], times[1], times[3], times[0]]


def test_the_script_is_given_as_input_not_as_argument() -> None:
    command = Command.script("echo", "no", "all")
    assert command.argv == ("sh", "-s", "--", "no", "all")
    assert command.stdin == b"echo"
