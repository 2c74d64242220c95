"""Very many values of ``.env``: Compose reads what was meant, python-dotenv agrees, or the value is refused.

200 values a file, because Compose is a program.
"""

from __future__ import annotations

import io
import random
import time
import tracemalloc
from pathlib import Path

import pytest
from dotenv import dotenv_values

from installer.core.errors import Code, InstallError
from installer.release.envfile import EnvFile, assignment
from installer.release.interpolate import InterpolationError, references
from tests.compose_cli import compose_config, needs_compose

A_FILE, FILES = 200, 52
PIECES = (
    *(
        "'",
        '"',
        "`",
        "$",
        "$$",
        "${X}",
        "${X:-y}",
        "$(x)",
        "#",
        " #",
        "%",
        "%Y-%m",
        "\\",
        "\\n",
        "\\\\",
        "{hook}",
    ),
    *(
        " ",
        "  ",
        "\t",
        "=",
        ":",
        ",",
        ";",
        "!",
        "@",
        "&",
        "|",
        "<",
        ">",
        "*",
        "?",
        "~",
        "[",
        "]",
        "(",
        ")",
        "^",
    ),
    *("日本語", "ｶﾅ", "é", "✓", "\u00a0", "\u3000", "export ", "null", "true", "0", "07", "-", "_", ".", "/"),
    *("password", "Abc123", "z"),
)


def made(seed: int) -> dict[str, str]:
    """The values of a file; the same for the same *seed*."""
    source = random.Random(seed)
    return {f"K{n:03}": "".join(source.choices(PIECES, k=source.randint(0, 9))) for n in range(A_FILE)}


def refused(value: str) -> bool:
    """Whether there is no form for it that both read alike."""
    try:
        assignment("K", value)
    except InstallError as exc:
        return exc.code == Code.ENV_VALUE_UNSUPPORTED and exc.params == {"key": "K"}
    return False


@needs_compose
@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=[pytest.mark.slow] if n % 2 else []) for n in range(FILES)]
)
def test_values(seed: int, tmp_path: Path) -> None:
    values = {key: value for key, value in made(seed).items() if not refused(value)}
    without = [value for key, value in made(seed).items() if key not in values]
    assert all("'" in value or "\\\\" in value or value.endswith("\\") for value in without)
    assert len(values) > A_FILE // 2
    text = str(EnvFile().with_values(values))
    tree = {"docker-compose.yaml": "services: {a: {image: x, env_file: [.env]}}", ".env": text}
    assert compose_config(tmp_path, tree)["services"]["a"]["environment"] == values
    assert dotenv_values(stream=io.StringIO(text), interpolate=False) == values
    assert EnvFile.parse(text).values() == values


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\n", "x\0"])
def test_more_than_a_line_is_refused(value: str) -> None:
    assert refused(value)


# ------------------------------------------------------------------------- made to do harm


def bomb(lines: int) -> str:
    """Each line names the one above ten times: ten lines become ten billion characters."""
    return "A0=aaaaaaaaaa\n" + "".join(f"A{n}=" + f"${{A{n - 1}}}" * 10 + "\n" for n in range(1, lines))


NESTED = "${B:-" * 600 + "x" + "}" * 600
BOMBS = {
    "one above the other": bomb(12),
    "in quotes": bomb(12).replace("=$", '="$').replace("}\n", '}"\n'),
    "many that are large": bomb(6) + "".join(f"B{n}=${{A5}}\n" for n in range(200)),
    "nested": f"A={NESTED}\n",
    "nested and required": f"A={'${B:?' * 600}x{'}' * 600}\n",
    "nested and replaced": f"B=1\nA={'${B:+' * 600}x{'}' * 600}\n",
    "a long message": bomb(6) + "Z=${Y:?" + "${A5}" * 20 + "}\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_fill_the_memory_is_unreadable(name: str) -> None:
    file = EnvFile.parse(BOMBS[name])
    tracemalloc.start()
    try:
        with pytest.raises(InstallError) as caught:
            file.values()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code is Code.ENV_UNREADABLE and peak < 32 << 20
    assert len(caught.value.detail) < 2000


def test_a_file_without_end_is_unreadable() -> None:
    with pytest.raises(InstallError) as caught:
        EnvFile.parse("A=1\n" * (1 << 19))
    assert caught.value.code is Code.ENV_UNREADABLE


def test_many_lines_take_no_square_of_their_time() -> None:
    file = EnvFile.parse("".join(f"A{n}=${{A{n - 1}}}\n" for n in range(55_000)))
    began = time.process_time()
    assert len(file.values({"B": "1"})) == 55_000
    assert time.process_time() - began < 5


def test_the_shell_still_wins_over_lines_above() -> None:
    file = EnvFile.parse("A=1\nB=${A}\nA=2\nC=${A}\n")
    assert file.values() == {"A": "2", "B": "1", "C": "2"}
    assert file.values({"A": "9"}) == {"A": "2", "B": "9", "C": "9"}


def test_references_within_references_end() -> None:
    assert len(references("${A:-" * 30 + "}" * 30)) == 30
    with pytest.raises(InterpolationError):
        references(NESTED)
