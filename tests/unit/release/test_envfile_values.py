"""Very many values of ``.env``: Compose reads what was meant, python-dotenv agrees, or the value is refused.

200 values a file, because Compose is a program.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from dotenv import dotenv_values

from installer.errors import Code, InstallError
from installer.release.envfile import EnvFile, assignment
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
