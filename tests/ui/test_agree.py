"""What two places of the window say about one thing agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.facts.machine import Cgroups
from installer.hosts.kinds import LINUX
from installer.lifecycle.undo.find import removal as look_for_removal
from installer.lifecycle.undo.model import Image, UndoPlan
from installer.operations.overview import Room
from installer.preflight.check_list import check_list
from installer.texts import Texts
from installer.views.panel import Removal, SpaceState
from installer.views.wizard import ChecksState, PageId, WizardState
from tests.situations import ANSWERS, GOOD, situation
from tests.ui.page_probe import Probe
from tests.ui.states import general, install, review
from tests.ui.states import panel as panels
from tests.unit.undo.test_undo import Machine, half_made
from ui.app.app import App
from ui.panel.overview.section import OverviewSection
from ui.panel.server.section import ServerSection
from ui.panel.space.section import SpaceSection
from ui.window.dialogs import Decision
from ui.wizard.install.words import sentence_key

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def app(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[App]:
    font = qapp.font()
    qapp.setStyle("Fusion")
    found = App(Home(tmp_path / "window"), language="en")
    found.start()
    qtbot.waitExposed(found.shell)
    yield found
    found.flow.set(replace(found.flow.state, work=replace(found.flow.state.work, busy=None)))
    found.shell.hide()
    assert found.close()
    found.shell.deleteLater()
    found.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.setFont(font)


@pytest.mark.parametrize(
    "name", ["upload", "pull", "pull-local", "pull-admin", "pull-local-admin", "admin", "attach"]
)
def test_closing_says_what_the_page_says(qtbot: QtBot, app: App, name: str) -> None:
    """The page asks to leave the window open: then the question does not say that it may be closed."""
    state = install.STATES[name]() if name in install.STATES else _local_admin()
    qtbot.waitUntil(lambda: app.wizard_view is not None)
    app.flow.set(state)
    said: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, Decision)
        said.extend(label.text() for label in dialog.findChildren(QLabel))
        QTest.mouseClick(dialog.buttons["stay"], LEFT)

    QTimer.singleShot(50, look)
    app.shell.close()
    assert app.shell.isVisible()
    page = Texts("en").ui(sentence_key(state))
    stops = [text for text in said if "the installation stops at this step" in text]
    if "leave this window open" in page:
        assert stops and not any("can close" in text or "may close" in text for text in said)
    else:
        assert page in said and not stops


def _local_admin() -> WizardState:
    state = install.STATES["pull-admin"]()
    target = replace(state.answers.target, kind="local", host="")
    return replace(state, answers=replace(state.answers, target=target))


def test_memory_is_the_same_on_checks_and_on_overview(qtbot: QtBot) -> None:
    memory = 25_300_000_000
    facts = replace(
        GOOD,
        system=replace(GOOD.system, memory=memory),
        machine=replace(GOOD.machine, cgroups=Cgroups(2)),
    )
    checks = check_list(ANSWERS, facts, situation(facts))
    state = WizardState(
        page=PageId.CHECKS,
        answers=ANSWERS,
        checks=ChecksState(facts=facts, rows=checks),
        rights="root",
    )
    assert "25.3 GB" in Probe(qtbot, state).said()
    window = panels.panel_window(
        panels.running(overview=general.looked(memory=Room(memory, memory))), "en", "light"
    )
    qtbot.addWidget(window)
    window.show()
    shown = window.view.current
    assert isinstance(shown, OverviewSection)
    qtbot.waitUntil(lambda: shown.general.whole)
    assert shown.general.memory.words.text.text() == "25.3 GB of 25.3 GB free"


def removal(qtbot: QtBot, plan: UndoPlan) -> ServerSection:
    """Server with the card that says what removing Dify takes away."""
    state = replace(panels.running(removal=Removal(plan=plan)), section="server")
    window = panels.panel_window(state, "en", "light")
    qtbot.addWidget(window)
    window.show()
    shown = window.view.current
    assert isinstance(shown, ServerSection)
    return shown


def test_a_size_of_images_says_of_what_it_is(qtbot: QtBot) -> None:
    """The download is compressed, the images on the disk are not; layers that they share are there once."""
    assert re.search(r"^1\.\d GB to download$", Probe(qtbot, review.STATES["new"]()).said(), re.MULTILINE)
    images = tuple(Image(f"langgenius/dify-{name}:1.16.1", 1_000_000_000) for name in ("api", "web"))
    shown = removal(qtbot, replace(panels.going(), images=images, images_bytes=540_000_000))
    box = shown.removal.card.images
    assert box is not None and box.text().endswith("(2, up to 540 MB on disk)")
    space = replace(panels.room(), layers=540_000_000)
    free = tuple(replace(image, bytes=1_000_000_000) for image in space.images)
    window = panels.panel_window(
        panels.running(section="space", space=SpaceState(replace(space, images=free))), "en", "light"
    )
    qtbot.addWidget(window)
    window.show()
    section = window.view.current
    assert isinstance(section, SpaceSection) and "(up to 540 MB)" in section.clean.text()


def test_a_certificate_that_was_made_here_is_not_called_somebody_elses(qtbot: QtBot, tmp_path: Path) -> None:
    """Removing Dify, as it is looked for on real files."""
    asked, facts = half_made(tmp_path)
    folder = Path(asked.docker_folder, "nginx/ssl")
    folder.mkdir(parents=True)
    for name in ("self-signed.crt", "self-signed.key"):
        (folder / name).write_text("pem")
    plan = look_for_removal(Machine(kind=LINUX), asked, facts, CancelToken())
    shown = removal(qtbot, plan)
    said = [label.text() for label in shown.removal.card.findChildren(QLabel)]
    stays = [text for text in said if "not ours" in text]
    assert len(stays) == 1 and "theirs.txt" in stays[0] and "self-signed" not in stays[0]
