"""``COMPOSE_FILE``: ours, and what a person has there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.answers import Secrets
from installer.config.compose_files import compose_files
from installer.config.in_use import InUse
from installer.config.render import Configuration, render
from tests.releases import model_of, tree_of
from tests.situations import ANSWERS, VERSION

HERE = "/opt/dify/docker"
BASE, OVERRIDE, PINS = "docker-compose.yaml", "docker-compose.override.yaml", "docker-compose.pins.yaml"


@pytest.mark.parametrize(
    ("files", "separator", "wanted", "wanted_separator"),
    [
        ("", "", [BASE, OVERRIDE, PINS], ":"),
        (f"{BASE}:{OVERRIDE}:{PINS}", ":", [BASE, OVERRIDE, PINS], ":"),
        (f"{BASE}:mine.yaml", "", [BASE, OVERRIDE, PINS, "mine.yaml"], ":"),
        ("mine.yaml", "", [BASE, OVERRIDE, PINS, "mine.yaml"], ":"),
        (f"{BASE}:mine.yaml:{OVERRIDE}", "", [BASE, "mine.yaml", OVERRIDE, PINS], ":"),
        (
            f"./{BASE}:{HERE}/{OVERRIDE}",
            "",
            [f"./{BASE}", f"{HERE}/{OVERRIDE}", PINS],
            ":",
        ),
        (f"/srv/{BASE}", "", [BASE, OVERRIDE, PINS, f"/srv/{BASE}"], ":"),
        (f"{BASE};mine.yaml", "", [BASE, OVERRIDE, PINS, "mine.yaml"], ";"),
        (r"C:\mine.yaml", "", [BASE, OVERRIDE, PINS, r"C:\mine.yaml"], ";"),
        (f"{BASE}|mine.yaml", "|", [BASE, OVERRIDE, PINS, "mine.yaml"], "|"),
    ],
)
def test_theirs_stay_and_come_after_ours(
    files: str, separator: str, wanted: list[str], wanted_separator: str
) -> None:
    stated = {"COMPOSE_FILE": files, "COMPOSE_PATH_SEPARATOR": separator}
    found = compose_files(stated, HERE)
    assert found["COMPOSE_PATH_SEPARATOR"] == wanted_separator
    assert found["COMPOSE_FILE"].split(wanted_separator) == wanted
    assert compose_files(found, HERE) == found


def rendered(existing: str | None = None, *, pins: bool = True, **env: str) -> Configuration:
    answers = replace(ANSWERS, env=env)
    return render(answers, Secrets(), tree_of(VERSION), model_of(VERSION), InUse(existing, pins=pins))


def test_for_a_target_and_without_one() -> None:
    assert rendered().env["COMPOSE_FILE"] == f"{BASE}:{OVERRIDE}:{PINS}"
    assert rendered().env["COMPOSE_PATH_SEPARATOR"] == ":"
    without = rendered(pins=False).env
    assert "COMPOSE_FILE" not in without and "COMPOSE_PATH_SEPARATOR" not in without


def test_the_same_bytes_again() -> None:
    first = rendered(COMPOSE_FILE="mine.yaml", MY_OWN="1").env_text.reveal()
    assert rendered(first, COMPOSE_FILE="mine.yaml", MY_OWN="1").env_text.reveal() == first
    assert rendered(first).env["COMPOSE_FILE"] == f"{BASE}:{OVERRIDE}:{PINS}:mine.yaml"


def test_files_of_a_persons_own_are_kept() -> None:
    """By hand in the ``.env`` in use, or in the answers; no warning that the release does not know it."""
    by_hand = rendered(pins=False).env_text.reveal() + f"COMPOSE_FILE={BASE}:mine.yaml\n"
    assert rendered(by_hand).env["COMPOSE_FILE"] == f"{BASE}:{OVERRIDE}:{PINS}:mine.yaml"
    asked = rendered(COMPOSE_FILE="mine.yaml", COMPOSE_PATH_SEPARATOR=":", NOBODY_KNOWS="1")
    assert asked.env["COMPOSE_FILE"].endswith(f"{PINS}:mine.yaml")
    assert asked.unknown_env == ("NOBODY_KNOWS",)
    assert rendered(by_hand, pins=False).env["COMPOSE_FILE"] == f"{BASE}:mine.yaml"
