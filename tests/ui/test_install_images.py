"""The images of a download: rows that keep their places, tell the truth, and cost little."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from installer.core.events import ImageProgress
from tests.ui.page_probe import Probe
from tests.ui.states.install import IMAGES, START, STATES, TWENTY, running
from ui.background.chunked_work import Turns
from ui.wizard.install.images import ImagesPart, short_image
from ui.wizard.install.page import InstallPage

SECONDS_PER_SHOW = 0.05


def part_of(probe: Probe) -> ImagesPart:
    page = cast(InstallPage, probe.page)
    page._clock = lambda: START + 131.0
    while any(turns.busy for turns in page.findChildren(Turns)):
        QApplication.processEvents()
    return page.images


def said(part: ImagesPart) -> list[tuple[str, str]]:
    return [(line.name.accessibleName(), line.words.text()) for line in part.lines.values()]


def test_every_state_in_words(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["images"]())
    part = part_of(probe)
    probe.show(STATES["images"]())
    assert part.isVisible() and part.title.text() == "Images: 2 of 8 are there"
    assert said(part) == [
        ("langgenius/dify-api:1.16.1: downloading", "0.84 of 1.20 GB · 14 MB/s"),
        ("semitechnologies/weaviate:1.27.0: downloading", "51 MB so far; the total is not known yet"),
        ("langgenius/dify-plugin-daemon:0.6.3-local: being unpacked", "being unpacked"),
        ("langgenius/dify-web:1.16.1: done", "done · 141 MB"),
        ("langgenius/dify-sandbox:0.2.15: downloading", "31.0 of 178.0 MB · 2.3 MB/s"),
        ("postgres:15-alpine: done", "done"),
        ("redis:6-alpine: waiting", "waiting · 12 MB"),
        ("mirror/nginx:latest: waiting", "waiting"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "images-failed",
            ["interrupted", "interrupted", "interrupted", "done", "failed", "done", "waiting", "waiting"],
        ),
        ("images-cancelled", ["interrupted"] * 3 + ["done", "interrupted", "done", "waiting", "waiting"]),
        ("images-lost", ["not known"] * 3 + ["done", "not known", "done", "waiting", "waiting"]),
    ],
)
def test_afterwards_nothing_is_said_to_go_on(qtbot: QtBot, name: str, words: list[str]) -> None:
    part = part_of(Probe(qtbot, STATES[name]()))
    assert part.isVisible()
    assert [spoken.rpartition(": ")[2] for spoken, _ in said(part)] == words


def test_rows_stay_where_they_are(qtbot: QtBot) -> None:
    probe = Probe(qtbot, running(*IMAGES))
    part = part_of(probe)
    before, places = [*part.lines.values()], [line.y() for line in part.lines.values()]
    more = [
        ImageProgress(step="pull", image=name, state="done", done=total, total=total, at=START + 131)
        for name, total in (("redis:6-alpine", 12_000_000), ("langgenius/dify-api:1.16.1", 1_204_000_000))
    ]
    later = ImageProgress(step="pull", image="busybox:latest", state="waiting", done=0, total=0)
    probe.show(running(*IMAGES, *more, later))
    part_of(probe)
    assert [*part.lines.values()][:-1] == before and "busybox:latest" in part.lines
    QApplication.processEvents()
    assert [line.y() for line in before] == places
    probe.show(STATES["databases"]())
    assert part.isHidden()


def test_twenty_images_cost_little(qtbot: QtBot) -> None:
    state = running(*TWENTY)
    probe = Probe(qtbot, state)
    part = part_of(probe)
    assert len(part.lines) == 20
    states = []
    for n in range(1, 51):
        progress = state.install.progress
        for image in progress.images:
            event = ImageProgress(
                step="pull",
                image=image,
                state="running",
                done=n * 10**6,
                total=90 * 10**6,
                at=START + 130 + n,
            )
            progress = progress.take(event)
        state = replace(state, install=replace(state.install, progress=progress))
        states.append(state)
    began = time.perf_counter()
    for state in states:
        probe.view.show_state(state)
        QApplication.processEvents()
    assert (time.perf_counter() - began) / len(states) < SECONDS_PER_SHOW


def test_a_tick_is_not_announced(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Probe(qtbot, running(*TWENTY))
    part = part_of(probe)
    told: list[QAccessibleEvent] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", told.append)
    names = [line.name.accessibleName() for line in part.lines.values()]
    first = next(iter(part.lines))
    tick = ImageProgress(step="pull", image=first, state="running", done=5, total=90 * 10**6, at=START + 131)
    probe.show(running(*TWENTY, tick))
    assert [line.name.accessibleName() for line in part.lines.values()] == names and told == []
    assert not part.findChildren(type(cast(InstallPage, probe.page).progress.bar))  # those tell each value


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("langgenius/dify-api:1.16.1", "langgenius/dify-api:1.16.1"),
        ("docker.io/library/nginx:latest", "nginx:latest"),
        ("registry.example.jp:5000/hub/nginx:latest@sha256:" + "a" * 64, "hub/nginx:latest"),
        ("localhost/thing", "thing"),
        ("nginx@sha256:" + "b" * 64, "nginx@sha256:bbbbbbbbbbbb"),
    ],
)
def test_short_names(image: str, shown: str) -> None:
    assert short_image(image) == shown
