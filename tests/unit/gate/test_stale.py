"""A web server that looks for others where they were."""

from __future__ import annotations

import pytest

from installer.apply.readiness.stale_upstream import after_the_front, outdated
from installer.docker.containers import Container


def container(service: str, minute: int, state: str = "running") -> Container:
    began = f"2026-11-26T02:{minute:02}:00.5Z"
    return Container(service, service, f"dify-{service}-1", state, "", 0, "x", (), began, 0)


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ((container("api", 1), container("web", 2)), False),
        ((container("api", 6), container("web", 2)), True),
        ((container("plugin_daemon", 6),), True),
        ((container("db", 6), container("worker", 7)), False),  # nobody whose address it looks up
        ((container("api", 6, "restarting"),), False),  # not there yet: one thing after the other
        ((), False),
    ],
)
def test_who_began_later_may_be_elsewhere(others: tuple[Container, ...], found: bool) -> None:
    front = container("nginx", 5)
    assert outdated((front, *others)) == (front if found else None)


def test_one_that_does_not_run_is_not_begun_anew() -> None:
    assert outdated((container("nginx", 5, "exited"), container("api", 6))) is None


def test_who_began_after_the_web_server_was_begun_once_more() -> None:
    api, sandbox, ended = container("api", 1), container("sandbox", 6), container("worker", 7, "exited")
    assert after_the_front((container("nginx", 5), api, sandbox, ended)) == (sandbox,)
    assert after_the_front((api, sandbox)) == (api, sandbox)  # no web server: nobody was last
