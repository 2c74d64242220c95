"""The bar over the whole installation, and what is said while images are unpacked."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from installer.apply.plan import make_plan
from installer.core.cancel import CancelToken
from installer.core.events import Emit, Event, ImageProgress, StepFinished, StepProgress, StepStarted
from installer.engine import Outcome
from installer.views.wizard import PageId
from tests.situations import situation
from tests.ui.driven import Driven
from tests.ui.test_flow import OUTCOME, flow, script
from ui.wizard.controller import Flow
from ui.wizard.install.page import InstallPage

__all__ = ["flow"]  # the fixture

MB = 10**6
END = StepFinished(step="end", changed=True)


class Installation:
    """The window on Install, whose engine says what the test gives it."""

    def __init__(self, qtbot: QtBot, flow: Flow) -> None:
        self.bot, self.flow = qtbot, flow
        self.events: queue.Queue[Event] = queue.Queue()
        self.window = Driven(qtbot, flow)
        script(flow).results["plan"] = make_plan(situation())
        script(flow).results["install"] = self._install
        for page in (PageId.CHECKS, PageId.SETTINGS, PageId.REVIEW):
            self.window.next()
            self.window.on(page)
        self.window.next()
        qtbot.waitUntil(lambda: flow.state.installing)
        self.seen: list[int] = []

    def _install(self, emit: Emit, cancel: CancelToken) -> Outcome:
        while (event := self.events.get(timeout=20)) is not END:
            emit(event)
        return OUTCOME

    @property
    def page(self) -> InstallPage:
        return cast(InstallPage, self.window.view.pages[PageId.INSTALL])

    def says(self, *events: Event) -> str:
        """The words beside the bar once *events* are shown; the bar's value is kept in ``seen``."""
        last = self.flow.state.install.progress
        for event in events:
            self.events.put(event)
        self.bot.waitUntil(lambda: self.flow.state.install.progress is not last)
        self.bot.wait(80)
        self.seen.append(self.page.progress.bar.value())
        assert self.page.progress.bar.maximum() == 1000
        return self.page.progress.amount.text()

    def end(self) -> None:
        self.events.put(END)
        self.window.on(PageId.DONE)
        self.window.close()


@pytest.fixture
def installation(qtbot: QtBot, flow: Flow) -> Iterator[Installation]:
    found = Installation(qtbot, flow)
    yield found
    found.end()


def got(done: float, total: float = 286.6, step: str = "pull", unit: str = "bytes") -> Event:
    factor = MB if unit == "bytes" else 1
    return StepProgress(step=step, done=int(done * factor), total=int(total * factor), unit=unit)


def image(name: str, state: str) -> Event:
    return ImageProgress(step="pull", image=name, state=state, done=0, total=0)


def began(step: str) -> Event:
    return StepStarted(step=step)


def ended(step: str) -> Event:
    return StepFinished(step=step, changed=True)


def test_what_is_unpacked_is_said_and_not_that_no_time_is_left(installation: Installation) -> None:
    images = [image(name, "running") for name in ("api", "web", "nginx")]
    assert installation.says(began("pull"), *images, got(143.3)).startswith("143.3 of 286.6 MB")
    at_once = installation.says(got(286.6))
    assert at_once == "286.6 MB transferred · unpacking · images: 0 of 3"
    assert installation.says(image("web", "done")).endswith("unpacking · images: 1 of 3")
    installation.says(image("api", "done"), image("nginx", "done"), ended("pull"))
    assert installation.seen == sorted(set(installation.seen)), "unpacking moves the bar, too"


def test_one_bar_goes_through_all_steps_and_never_back(installation: Installation) -> None:
    says = installation.says
    says(began("facts"), ended("facts"))  # not planned: one that comes before
    says(began("upload"), got(90, 180, "upload", "files"))
    says(ended("upload"), began("pull"), image("api", "running"), got(100))
    says(got(250))
    says(image("api", "done"), got(286.6), ended("pull"))
    says(began("reach"), ended("reach"), began("databases"))
    says(ended("databases"), began("start"), ended("start"))
    says(began("ready"), got(9, 17, "ready", "services"))
    assert installation.seen == sorted(installation.seen)
    assert len(set(installation.seen)) == len(installation.seen)
    assert 0 < installation.seen[1] < 100 and 500 < installation.seen[4] < 900 < installation.seen[-1] < 1000
    card = installation.page.progress
    assert card.whole.isVisible() and card.percent.text() == f"{card.bar.value() // 10} %"
    assert card.bar.accessibleName() == "Whole installation"
    assert card.bar.accessibleDescription().startswith(card.name.text())
