"""Ways out when an image does not come: buttons, the card for a login, and what they ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from installer.answers.optional import Registry
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.texts import LANGUAGES, Texts
from installer.views.wizard import WizardState
from tests.ui.page_probe import Probe
from tests.ui.states.install import PULLING, STATES, failed
from ui.intents import Edit, LogInToRegistry, Retry
from ui.widgets.scroll_into_view import SETTLED_MS
from ui.wizard.install.failure_actions import _FIELDS, _FIRST, _INTENTS, _WAYS, ways_of
from ui.wizard.install.page import InstallPage
from ui.wizard.install.registry_login import registry_of

IMAGE = "langgenius/dify-web:1.16.1"


def page_of(probe: Probe) -> InstallPage:
    return cast(InstallPage, probe.page)


def texts(probe: Probe) -> list[str]:
    return [cast(QPushButton, way).text().replace("&", "") for way in page_of(probe).cause.ways]


def with_registry(state: WizardState, **values: str) -> WizardState:
    registry = replace(state.answers.registry, **values)  # type: ignore[arg-type]
    return replace(state, answers=replace(state.answers, registry=registry))


def test_each_way_has_its_words() -> None:
    for language in LANGUAGES:
        for ways in _WAYS.values():
            assert all(Texts(language).ui(f"install.{way}") for way in ways)
    assert {way for ways in _WAYS.values() for way in ways} - {*_FIELDS} == {
        "carry",
        "download_there",
        "log_in",
        *_INTENTS,
    } - {*_FIRST.values(), "check_again", "undo"}


def test_what_fits_the_target_and_the_answers() -> None:
    state = STATES["rate-limited"]()
    error = InstallError(Code.PULL_RATE_LIMITED, {"image": IMAGE})
    assert [*ways_of(error, state)] == ["log_in", "carry", "change_mirror"]
    carried = with_registry(state, through="this-computer")
    assert [*ways_of(error, carried)] == ["change_mirror"]
    local = STATES["pull-local"]()
    assert [*ways_of(error, local)] == ["log_in", "change_mirror"]
    here = InstallError(Code.CARRY_REGISTRY_CLOSED, {"image": IMAGE})
    assert [*ways_of(here, carried)] == ["change_mirror", "download_there"]
    assert [*ways_of(InstallError(Code.PULL_DISK_FULL), state)] == []
    wrong = InstallError(Code.TLS_EAB_WRONG, {"server": "ZeroSSL", "said": "no"})
    assert [*ways_of(wrong, state)] == ["change_binding", "change_https"]


def test_through_this_computer_changes_the_answer_and_goes_on(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["registry-closed"]())
    assert texts(probe)[:3] == ["Try again", "Send the images through this computer", "Use a mirror"]
    assert probe.click(page_of(probe).cause.ways[1]) == [Retry()]
    changed = cast(Edit, probe.edited[-1])(probe.view.state)
    assert changed.answers.registry == Registry(through="this-computer")
    back = with_registry(failed(Code.CARRY_LOAD_FAILED, *PULLING, image=IMAGE), through="this-computer")
    probe.show(back)
    assert texts(probe)[:2] == ["Try again", "Let the server download them itself"]
    probe.click(page_of(probe).cause.ways[1])
    assert cast(Edit, probe.edited[-1])(back).answers.registry == Registry()


def test_a_login_by_keyboard(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["rate-limited"]())
    page = page_of(probe)
    assert page.login.isHidden()
    assert probe.click(page.cause.ways[1]) == []
    card = page.login
    assert card.isVisible() and card.title.text() == "Log in to Docker Hub"
    assert card.user.edit.hasFocus() and not card.go.isEnabled()
    QTest.keyClicks(card.user.edit, " me ")
    QTest.keyClicks(card.password.edit, "hunter2")
    assert card.go.isEnabled()
    QTest.keyClick(card.password.edit, Qt.Key.Key_Return)
    assert probe.asked == [LogInToRegistry("", "me", Secret("hunter2"))]
    assert card.isHidden() and card.password.edit.text() == ""
    assert "hunter2" not in "".join(probe.everything()) and "hunter2" not in repr(probe.asked)


def test_no_hidden_card_holds_what_was_typed(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["rate-limited"]())
    card = page_of(probe).login
    page_of(probe).show_login(IMAGE)
    QTest.keyClicks(card.user.edit, "me")
    QTest.keyClicks(card.password.edit, "hunter2")
    probe.click(card.close_card)
    assert card.isHidden() and card.password.edit.text() == ""
    page_of(probe).show_login(IMAGE)
    assert card.user.edit.text() == "me" and not card.go.isEnabled()
    QTest.keyClicks(card.password.edit, "hunter2")
    page_of(probe).show_login("ghcr.io/a/b:1")
    assert (card.user.edit.text(), card.password.edit.text()) == ("", "")


def test_the_card_comes_into_view(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["rate-limited"]())
    page = page_of(probe)
    page.cause.setMinimumHeight(page.area.viewport().height())  # as with many lines that prove it
    qtbot.wait(2 * SETTLED_MS)  # the failure itself was brought into view
    page.show_login(IMAGE)
    qtbot.waitUntil(lambda: page.login.visibleRegion().boundingRect() == page.login.rect())


def test_the_card_goes_with_the_failure(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["rate-limited"]())
    page_of(probe).show_login("ghcr.io/a/b:1")
    assert page_of(probe).login.title.text() == "Log in to ghcr.io"
    probe.show(STATES["rate-limited"]())  # another failure
    assert page_of(probe).login.isHidden()
    page_of(probe).show_login(IMAGE)
    probe.show(STATES["pull"]())
    assert page_of(probe).login.isHidden()


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        (IMAGE, ""),
        ("nginx", ""),
        ("docker.io/library/nginx", ""),
        ("ghcr.io/a/b:1", "ghcr.io"),
        ("ghcr.io/", "ghcr.io"),
    ],
)
def test_whose_image_it_is(image: str, registry: str) -> None:
    assert registry_of(image) == registry
