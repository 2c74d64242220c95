"""The download on the command line: one line that is written over, honest about what is not known."""

from __future__ import annotations

import io
from functools import partial

import pytest

from installer.cli import pull_line
from installer.cli.output import Output
from installer.cli.pull_line import PLAIN_SECONDS, PullLine, columns
from installer.core.events import Event, ImageProgress, Line, StepProgress, StepStarted
from installer.core.secrets import Redactor
from installer.texts import Texts

MB = 10**6


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def got(done: int, total: int, at: float) -> Event:
    return StepProgress(step="pull", done=done * MB, total=total * MB, unit="bytes", at=at)


def image(name: str, state: str) -> Event:
    return ImageProgress(step="pull", image=name, state=state, done=0, total=0, at=0.0)


def line_after(*events: Event, language: str = "en") -> PullLine:
    line = PullLine(Texts(language), io.StringIO())
    for event in (StepStarted(step="pull", at=0.0), *events):
        line.take(event)
    return line


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((got(0, 0, 0.0),), "0 B so far; how much in all is not known yet"),
        ((got(0, 400, 0.0), got(10, 400, 1.0)), "  2 %  10 MB of 400 MB"),
        ((got(0, 400, 0.0), got(40, 400, 4.0)), " 10 %  40 MB of 400 MB · 10 MB/s · 36 s left"),
        ((got(0, 0, 0.0), got(40, 0, 4.0)), "40 MB so far; how much in all is not known yet · 10 MB/s"),
        (
            (
                image("a", "done"),
                image("b", "running"),
                image("c", "waiting"),
                got(0, 4000, 0.0),
                got(40, 4000, 4.0),
            ),
            "  1 %  40 MB of 4.0 GB · 10 MB/s · 6 min 36 s left · images: 1 of 3",
        ),
        ((got(0, 400, 0.0), got(400, 400, 4.0)), "100 %  400 MB of 400 MB · 100 MB/s"),
    ],
)
def test_only_what_is_known_is_said(events: tuple[Event, ...], said: str) -> None:
    assert line_after(*events).text(events[-1].at) == "    " + said


def test_a_speed_of_long_ago_is_not_told() -> None:
    assert line_after(got(0, 400, 0.0), got(40, 400, 4.0)).text(30.0) == "     10 %  40 MB of 400 MB"


def test_japanese() -> None:
    said = line_after(image("a", "done"), got(0, 400, 0.0), got(40, 400, 4.0), language="ja").text(4.0)
    assert said == "     10 %  40 MB / 400 MB · 10 MB/秒 · 残り 36 秒 · イメージ: 1 / 1"


def test_on_a_terminal_it_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(pull_line, "_TERMINAL_SECONDS", 0.0)
    output = Output(Texts("en"), Redactor(), as_json=False)
    output.emit(StepStarted(step="pull", at=0.0))
    output.emit(image("a", "running"))
    for n in range(5):
        output.emit(got(n * 40, 4000, n * 4.0))
    output.emit(Line(step="pull", text="a: again in 2 s"))
    lines = screen.getvalue().split("\n")
    assert len(lines) == 3 and lines[0] == "→ Download the images" and lines[2] == ""
    pieces = lines[1].split("\r")
    assert pieces[-1] == "    a: again in 2 s" and pieces[-2].strip() == ""  # wiped before
    assert pieces[5].startswith("      4 %  160 MB of 4.0 GB · 10 MB/s")
    assert max(map(columns, pieces)) < 50


def test_elsewhere_a_line_now_and_then() -> None:
    stream = io.StringIO()
    line = PullLine(Texts("en"), stream)
    for n in range(41):
        line.take(got(n, 400, n * 0.5), clock=partial(float, n * 0.5))
    assert len(stream.getvalue().splitlines()) == 20 // PLAIN_SECONDS + 1
    assert "\r" not in stream.getvalue()


def test_other_events_are_left_to_others() -> None:
    line = PullLine(Texts("en"), io.StringIO())
    assert not line.take(StepProgress(step="upload", done=1, total=2, unit="bytes"))
    assert not line.take(StepStarted(step="pull"))
