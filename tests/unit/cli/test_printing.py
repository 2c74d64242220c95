"""Text of servers, containers and registries on the terminal of the command line."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.cli import arguments, printing
from installer.cli.output import Output
from installer.cli.pull_line import PullLine
from installer.cli.show import facts_lines
from installer.core.errors import Code, InstallError
from installer.core.events import Line, StepProgress, StepStarted
from installer.core.secrets import Redactor
from installer.diagnosis import KnownFailure
from installer.texts import Texts
from tests.unit.cli.test_pull_line import Terminal
from tests.unit.test_safe_text import acts

#: Clipboard (OSC 52), a line written over, a title in C1, an order turned around, a separator, a tag.
EVIL = "\x1b]52;c;cm0=\x07\x1b[2K\rAll good\x9d0;t\x9c\u202egnp\u2066\u2028\U000e0041\x7f"
SHOWN = (
    r"\x1b]52;c;cm0=\x07\x1b[2K\rAll good\x9d0;t\x9c\u202egnp\u2066\u2028\U000e0041\x7f"
)  # fmt: skip


WAYS: dict[str, Callable[[Output], None]] = {
    "text": lambda o: o.text(EVIL),
    "note": lambda o: o.note(EVIL),
    "event": lambda o: o.emit(Line(step="pull", text=EVIL)),
    "error": lambda o: o.failed(InstallError(Code.HOST_FILE_FAILED, {"path": EVIL}, detail=EVIL)),
    "known_failure": lambda o: o.known_failure(KnownFailure("ENV-01", (EVIL,), "db"), note=False),
    "table": lambda o: o.table([["a", EVIL], ["b", "c"]]),
    "facts": lambda o: o.result({}, [*facts_lines({"system": {"name": EVIL, "all": [EVIL]}})]),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_text_acts_on_a_terminal(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    WAYS[way](Output(Texts("en"), Redactor(), as_json=False))
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not acts(text)
    assert SHOWN in said.out + said.err


@pytest.mark.parametrize("way", ["event", "error"])
def test_json_acts_neither_and_is_the_same_data(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    WAYS[way](Output(Texts("en"), Redactor(), as_json=True))
    said = capsys.readouterr().out
    assert not acts(said) and said.count("\n") == 1
    data = json.loads(said)
    assert EVIL in (data.get("text"), data.get("detail"))


def test_a_cell_begins_no_row_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(Texts("en"), Redactor(), as_json=False)
    output.table([["name", "state"], ["x\nnginx\t", "running"]])
    assert capsys.readouterr().out == "name        state\nx\\nnginx\\t  running\n"


def test_a_value_of_the_facts_is_one_line() -> None:
    assert [*facts_lines({"a": "b\nc = d"})] == [r"a = b\nc = d"]


def test_what_is_no_command_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        arguments.parser(Texts("en")).parse_args(["stores", "--answers", "a", "\x9b2J"])
    said = capsys.readouterr().err
    assert caught.value.code == 2 and r"\x9b2J" in said and not acts(said)


def test_the_line_that_is_written_over_still_is() -> None:
    stream = Terminal()
    line = PullLine(Texts("en"), stream)
    for event in (
        StepStarted(step="pull", at=0.0),
        StepProgress(step="pull", done=1, total=10, unit="bytes", at=0.0),
    ):
        line.take(event)
    line.clear()
    said = stream.getvalue()
    assert said.count("\r") == 3 and said.endswith(" \r")


def test_nothing_else_of_the_command_line_writes_to_a_stream() -> None:
    """No ``print``, no stream's ``write``, and of argparse only what comes through ``_print_message``."""
    folder = Path(printing.__file__).parent
    for path in folder.glob("*.py"):
        if path.name == "printing.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        methods = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
        assert not names & {"print", "pprint"}, path
        assert not methods & {"writelines", "print_exc", "print_exception", "StreamHandler"}, path
        # a file of ``render`` is written in bytes
        assert path.name == "tree.py" or "write" not in methods, path
