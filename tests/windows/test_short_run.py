"""A short proof that the program works on Windows: start, facts, first page, one installation, a cancel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from installer import __version__
from tests.lab import Lab
from tests.lab.fixtures import NewServer
from tests.windows.conftest import Wine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_version(wine: Wine) -> None:
    ran = wine.python("-m", "installer", "--version")
    assert ran.exit_code == 0 and __version__ in ran.stdout, ran.stderr


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_first_page_is_painted(wine: Wine, tmp_path: Path, language: str) -> None:
    """By Windows' own platform plugin; texts and icons have many shades."""
    picture = tmp_path / "page.png"
    ran = wine.python("-m", "tests.windows.first_page", wine.path(picture), language)
    assert ran.exit_code == 0 and "platform=windows" in ran.stdout, ran.stderr
    image = QImage(str(picture))
    assert image.width() >= 960 and image.height() >= 620
    step = range(0, image.width(), 7), range(0, image.height(), 3)
    assert len({image.pixel(x, y) for x in step[0] for y in step[1]}) > 30


@pytest.mark.lab
def test_facts_an_installation_and_a_cancel_over_ssh(
    wine: Wine, lab: Lab, fresh_server: NewServer, tmp_path: Path
) -> None:
    server = fresh_server()
    files = lab.answers(server.name, tmp_path)
    given = ["--answers", wine.path(files[0]), "--secrets", wine.path(files[1])]
    ran = wine.python("-m", "installer", "facts", *given, "--json")
    assert ran.exit_code == 0, ran.stderr
    assert json.loads(ran.stdout)["system"]["os_id"] == "debian"

    ran = wine.python("-m", "tests.windows.blocked_read", *map(wine.path, files))
    assert ran.exit_code == 0, ran.stderr
    took = re.search(r"seconds=([0-9.]+)", ran.stdout)
    assert took and float(took[1]) < 2.0

    ran = wine.python("-m", "installer", "apply", *given, "--json", seconds=600)
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    last = json.loads(ran.stdout.splitlines()[-1])
    assert last["event"] == "done" and last["changed"] is True
    again = wine.python("-m", "installer", "status", *given, "--json")
    assert json.loads(again.stdout)["state"] == "running"
