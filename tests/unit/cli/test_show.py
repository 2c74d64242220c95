"""Plan and status in words."""

from installer.cli.show import status_rows
from installer.docker.containers import Container
from installer.operations.status import Status
from installer.texts import Texts


def row(state: str, health: str) -> list[str]:
    container = Container("1", "api", "api", state, health, 1, "i", (), "", 0)
    return list(status_rows(Status("1", "", "running", (container,)), Texts("en"))[1])


def test_docker_s_words() -> None:
    assert row("running", "healthy")[1:3] == ["running", "healthy"]
    assert row("exited", "")[1:3] == ["ended (1)", "-"]


def test_unknown_words_are_docker_s_own() -> None:
    assert row("thawing", "none")[1:3] == ["thawing (1)", "none"]


def test_a_pinned_image_without_its_digest() -> None:
    """The table is for reading; ``--json`` has all of it."""
    image = f"nginx:latest@sha256:{'0' * 64}"
    container = Container("1", "nginx", "nginx", "running", "", 0, image, (), "", 0)
    status = Status("1", "", "running", (container,))
    assert status_rows(status, Texts("en"))[1][3] == "nginx:latest"
    assert status.as_json()["containers"][0]["image"] == image
