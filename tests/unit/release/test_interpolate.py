"""Interpolation, compared with expectations and with the real Compose program."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.release.interpolate import InterpolationError, Reference, interpolate, references
from tests.compose_cli import compose_config, needs_compose

ENV = {"V": "val", "E": "", "URL": "http://e/{hook_id}"}
CASES = {
    "": "",
    "plain": "plain",
    "$$V ${V}x $V-y": "$V valx val-y",
    "${E-d}${E:-d}${U-d}${U:-d}": "ddd",
    "${E:+p}${V:+p}${V+p}${E+q}${U+r}": "ppq",
    "${A:-${B:-${C:-x}}}": "x",
    "${URL:-http://localhost/e/{hook_id}}": "http://e/{hook_id}",
    "${U:-http://localhost/e/{hook_id}}": "http://localhost/e/{hook_id}",
    "${V:-a-b:?c}": "val",
    "${V:+${V}z}": "valz",
    "${U:-a$$b}": "a$b",
    "${U:-a}}": "a}",
    "${V:?must}${E?must}": "val",
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_values(text: str, expected: str) -> None:
    assert interpolate(text, ENV) == expected


@pytest.mark.parametrize(
    "text", ["$", "a$ b", "${", "${}", "${V", "${V!x}", "$1", "${U:?no}", "${E:?no}", "${U?no}"]
)
def test_refused(text: str) -> None:
    with pytest.raises(InterpolationError):
        interpolate(text, ENV)


def test_references_are_found_inside_of_defaults() -> None:
    text = "redis://:${R:-x}@${H-${I:-y}}"
    assert references(text) == (
        Reference("R", ":-", "x"),
        Reference("H", "-", "${I:-y}"),
        Reference("I", ":-", "y"),
    )
    assert [r.default for r in references("${A}${B:+x}${C:-d}")] == [None, None, "d"]


@needs_compose
def test_same_as_compose(tmp_path: Path) -> None:
    lines = [f"      T{n}: '{text}'" for n, text in enumerate(CASES)]
    tree = {
        "docker-compose.yaml": "services:\n  a:\n    image: x\n    environment:\n" + "\n".join(lines),
        ".env": "".join(f"{k}={v}\n" for k, v in ENV.items()),
    }
    seen = compose_config(tmp_path, tree)["services"]["a"]["environment"]
    assert {text: seen[f"T{n}"] for n, text in enumerate(CASES)} == CASES


@given(st.text().filter(lambda t: "$" not in t))
def test_text_without_variables_stays(text: str) -> None:
    assert interpolate(text, {}) == text


@given(st.text())
def test_an_escaped_text_comes_back(text: str) -> None:
    assert interpolate(text.replace("$", "$$"), {}) == text
