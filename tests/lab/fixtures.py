"""Pytest fixtures of the lab: ``from tests.lab.fixtures import lab, fresh_server`` or ``pytest_plugins``.

Bring the lab up before the tests (``python -m tests.lab up``): the first time takes minutes, more than one
test may take. A machine that cannot run it skips these tests with the reason; with CI set it fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest

from .errors import LabUnavailable
from .lab import Lab
from .servers import Server

NewServer = Callable[..., Server]


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The running lab; all faults off at its start."""
    try:
        running = Lab.open()
    except LabUnavailable as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))
    running.calm()
    return running


@pytest.fixture
def fresh_server(lab: Lab, request: pytest.FixtureRequest) -> Iterator[NewServer]:
    """Makes new servers for one test: ``fresh_server("noisy", "disk=400M", image="vps-bare")``."""
    made: list[Server] = []
    base = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[-30:].strip("-")

    def make(*variants: str, image: str = "vps", boot: tuple[str, ...] = ()) -> Server:
        server = lab.new_server(f"{base}-{os.getpid()}-{len(made)}", variants, image, boot)
        made.append(server)
        return server

    yield make
    for server in made:
        server.remove()


@pytest.fixture
def calm(lab: Lab) -> Iterator[Lab]:
    """The lab with all faults off, before and after."""
    lab.calm()
    yield lab
    lab.calm()
