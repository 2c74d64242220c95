"""``.env`` files: read as Compose does, written so that python-dotenv agrees, untouched lines exact."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from installer.core.errors import Code, InstallError
from installer.release import envfile
from installer.release.envfile import EnvFile, assignment
from tests.compose_cli import compose_config, needs_compose

NASTY = {
    "EMPTY": "",
    "PLAIN": "a b  c",
    "DATE": "%Y-%m-%d %H:%M:%S",
    "HOOK": "http://h/e/{hook_id}",
    "HASH": "a#b",
    "COMMENT": "a # b",
    "LEAD": " a",
    "TRAIL": "a ",
    "DOLLAR": "pa$$w$ord${X}",
    "QUOTE": "it's",
    "DOUBLE": 'say "hi"',
    "FIRSTQUOTE": "'x'",
    "BANG": "Qazwsxedc!@#123",
    "TICK": "`x`",
    "EQUALS": "a=b==",
    "HASHFIRST": "#x",
    "UNICODE": "日本語 ✓",
    "TAB": "a\tb",
    "JSON": '["https://h:9200"]',
}
READ = r"""# head
export A=1
B = two words   # comment
C='lit $A'
D="x $A\n\"y\" \$z"
E=
F=${A:-n},${Q:-q}
G="two
lines"
H=a#b
J=2
J=3
BARE
I=#x
"""
VALUES = {
    "A": "1",
    "B": "two words",
    "C": "lit $A",
    "D": 'x 1\n"y" $z',
    "E": "",
    "F": "1,q",
    "G": "two\nlines",
    "H": "a#b",
    "I": "#x",
    "J": "3",
}


def test_reading() -> None:
    file = EnvFile.parse(READ)
    assert file.values() == VALUES
    assert str(file) == READ
    assert file.raw()["F"] == "${A:-n},${Q:-q}"
    assert file.values({"A": "shell"})["F"] == "shell,q"


@needs_compose
def test_reading_is_as_compose_does(tmp_path: Path) -> None:
    tree = {"docker-compose.yaml": "services: {a: {image: x, env_file: [.env]}}", ".env": READ}
    seen = compose_config(tmp_path, tree)["services"]["a"]["environment"]
    assert {k: v for k, v in seen.items() if k in VALUES} == VALUES


@needs_compose
def test_compose_reads_what_we_write(tmp_path: Path) -> None:
    text = str(EnvFile().with_values(NASTY))
    tree = {"docker-compose.yaml": "services: {a: {image: x, env_file: [.env]}}", ".env": text}
    assert compose_config(tmp_path, tree)["services"]["a"]["environment"] == NASTY


@pytest.mark.parametrize(("key", "value"), NASTY.items())
def test_dotenv_reads_what_we_write(key: str, value: str) -> None:
    assert_dotenv_agrees(key, value)


def assert_dotenv_agrees(key: str, value: str) -> None:
    text = assignment(key, value).text
    assert EnvFile.parse(text).values() == {key: value}
    assert dotenv_values(stream=io.StringIO(text), interpolate=False) == {key: value}


@given(st.text(st.one_of(st.sampled_from(" #'\"$\\`{}=a\t"), st.characters(exclude_categories=["Cs"]))))
def test_any_value_is_agreed_on_or_refused(value: str) -> None:
    with contextlib.suppress(InstallError):
        assert_dotenv_agrees("KEY", value)


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "it's $5", "back\\slash's", "\0"])
def test_values_without_a_common_form(value: str) -> None:
    with pytest.raises(InstallError) as caught:
        assignment("KEY", value)
    assert caught.value.code == Code.ENV_VALUE_UNSUPPORTED
    assert "slash" not in str(caught.value)


def test_editing_keeps_everything_else() -> None:
    text = "# c\nA=1 # one\n\nB='2'\nC=3"
    file = EnvFile.parse(text)
    assert str(file.with_values({"A": "1", "B": "2"})) == text
    assert str(file.with_values({"B": "x y"})) == "# c\nA=1 # one\n\nB=x y\nC=3"
    assert str(file.with_values({"N": "n"}, heading="ours")) == text + "\n\n# ours\nN=n\n"
    assert str(file.with_values({"N": "n"})) == text + "\nN=n\n"
    assert file.comments()["A"] == "c"


def test_of_two_equal_keys_the_last_is_changed() -> None:
    assert str(EnvFile.parse("A=1\nA=2\n").with_values({"A": "3"})) == "A=1\nA=3\n"


@pytest.mark.parametrize(
    ("text", "line"), [("A=1\nwhat is this\n", "2"), ("A='open\n", "1"), ("A='x' y\n", "1")]
)
def test_unreadable(text: str, line: str) -> None:
    with pytest.raises(InstallError) as caught:
        EnvFile.parse(text)
    assert caught.value.code == Code.ENV_UNREADABLE and caught.value.params["line"] == line


def test_crlf_and_bom() -> None:
    assert EnvFile.parse("\ufeffA=1\r\nB='2'\r\n").values() == {"A": "1", "B": "2"}


def test_comments_people_wrote_stay_where_they_were() -> None:
    template = EnvFile.parse("# the release's\nA=1\n\n# about B\nB=2\n")
    theirs = "# the release's\n# mine, above A\nA=1\n\n# about B\nB=3\n\n"
    theirs += "# ours\nOWN=1\n# above X\nX=9\n# at the end"
    merged = template.with_lines_of(EnvFile.parse(theirs), heading="ours")
    text = str(merged)
    assert text == ("# the release's\n# mine, above A\nA=1\n\n# about B\nB=3\n# above X\n# at the end\n")
    whole = merged.with_values({"A": "1", "B": "3", "OWN": "1", "X": "9"}, heading="ours")
    again = template.with_lines_of(whole, heading="ours").with_values(
        {"A": "1", "B": "3", "OWN": "1", "X": "9"}, heading="ours"
    )
    assert str(again) == str(whole), "a repeated run changes nothing"


def test_a_line_that_dotenv_reads_differently_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that our own rules for quotes would pass."""
    monkeypatch.setattr(envfile, "quote_value", lambda key, value: (value, ""))
    assert envfile.assignment("KEY", "plain").text == "KEY=plain\n"
    for value in ("a #b", "'a", '"a', " a", "a\nB=c"):
        with pytest.raises(InstallError) as error:
            envfile.assignment("KEY", value)
        assert error.value.code == Code.ENV_VALUE_UNSUPPORTED
