"""What the list of servers and the tray say of an installation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installer.core.errors import Code, InstallError
from installer.docker.containers import StackState
from installer.operations.status import Status
from installer.texts import LANGUAGES, table
from installer.views.panel import ALL, Acting, PanelState
from installer.views.server_summary import TONES, now_of, word_of, worst
from tests.ui.panel_host import ANSWERS


def panel(word: StackState = "running", version: str = "1.16.1", **changes: object) -> PanelState:
    state = PanelState(ANSWERS, status=Status(version, "", word, ()))
    return replace(state, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["running", "degraded", "stopped", "absent"])
def test_difys_own_state(word: StackState) -> None:
    assert word_of(panel(word)) == word


def test_other_words() -> None:
    assert word_of(PanelState(ANSWERS)) == "connecting"
    assert word_of(panel(lost=InstallError(Code.SSH_TIMEOUT))) == "lost"
    assert word_of(panel(lost=InstallError(Code.DOCKER_NOT_RUNNING))) == "lost"
    assert word_of(panel(lost=InstallError(Code.SSH_HOST_KEY_CHANGED))) == "person"
    assert word_of(panel(acting={ALL: Acting("restart", 0.0)})) == "acting"
    assert word_of(panel(acting={"api": Acting("restart", 0.0)})) == "running"


def test_what_can_be_restarted() -> None:
    assert now_of(panel()).may and now_of(panel("stopped")).may
    for state in (
        panel("absent"),
        panel(lost=InstallError(Code.SSH_TIMEOUT)),
        panel(acting={ALL: Acting("restart", 0.0)}),
        PanelState(ANSWERS),
    ):
        assert not now_of(state).may


def test_releases() -> None:
    assert now_of(panel(version="1.9.2"), "1.16.1").hole == "critical"
    assert now_of(panel(version="1.9.2"), "1.16.1").update == "1.16.1"
    found = now_of(panel(version="1.16.1"), "1.16.1")
    assert (found.hole, found.update, found.version) == ("", "", "1.16.1")


def test_the_worst_of_several() -> None:
    assert worst([]) is None
    assert worst(["running", "running"]) == "running"
    assert worst(["running", "lost", "degraded"]) == "degraded"
    assert worst(["running", "stopped"]) == "stopped"
    assert all(worst([word, "running"]) == word for word in TONES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_its_text(language: str) -> None:
    texts = table(language, "ui/servers")
    assert {name.removeprefix("word_") for name in texts if name.startswith("word_")} == set(TONES)
