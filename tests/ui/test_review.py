"""Review: what it shows of a plan and what its controls ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from installer.views.review import images_to_pull, written_files
from installer.views.wizard import PageId, RepairState
from tests.ui.page_probe import Probe
from tests.ui.states.review import STATES, new_plan, state_with
from ui.intents import CheckAgain, CopyText, ExportAnswers, GoToPage, Next, Retry
from ui.widgets.copyable import Copyable
from ui.window.window import BottomBar
from ui.wizard.review.page import ReviewPage
from ui.wizard.review.parts import DownloadSize
from ui.wizard.review.repairs import RepairStep


def page_of(probe: Probe) -> ReviewPage:
    return cast(ReviewPage, probe.page)


def primary(probe: Probe) -> QPushButton:
    bar: BottomBar = probe.shell.bar
    return bar.primary_button


@pytest.mark.parametrize("name", STATES)
def test_showing_asks_for_nothing_and_keeps_the_widgets(qtbot: QtBot, name: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    before = probe.shell.findChildren(QPushButton)
    probe.show(probe.view.state)
    assert probe.shell.findChildren(QPushButton) == before
    assert probe.asked == [] and probe.edited == []


def test_what_will_happen(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["new"]())
    said, plan = probe.said(), new_plan()
    assert "Nothing has been changed on 203.0.113.5 yet." in said
    repaired = Probe(qtbot, replace(STATES["new"](), repair=RepairState(changed=True))).said()
    assert "Apart from the repairs that you started, nothing has been changed" in repaired
    assert f"Images to be downloaded: {images_to_pull(plan)}." in said
    assert [probe.view.ui.texts.step(a.step) in said for a in plan.actions] == [True] * len(plan.actions)
    assert "80 · web pages" in said and "5003 · for debugging plugins" in said
    assert "nextcloud, portainer" in said and "Dify will be reached without encryption" in said
    assert primary(probe).text() == "&Install"
    assert probe.click(primary(probe)) == [Next()]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain", "None: what is sent can be read on the way"),
        ("own", "Certificate for dify.example.jp, www.dify.example.jp, from Example Issuing CA 3, until "),
        ("self_signed", "Self-signed certificate: browsers warn"),
        ("automatic", "Certificate for dify.example.jp from Let's Encrypt, once Dify runs"),
        ("front", "By the web server in front of Dify"),
    ],
)
def test_who_encrypts(qtbot: QtBot, name: str, said: str) -> None:
    assert said in Probe(qtbot, STATES[name]()).said()


def test_the_steps_of_a_certificate_come_last_and_say_what_they_do(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["automatic"]())
    steps = [a.step for a in probe.view.state.review.plan.actions]  # type: ignore[union-attr]
    assert steps[-4:] == ["address", "certificate", "https", "renewal"]
    said = probe.said()
    assert "agreeing to the authority's terms" in said and "every 12 hours" in said
    assert "Set up the web server in front" in Probe(qtbot, STATES["front"]()).said()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [900, 1040, 1400])
def test_the_size_of_the_download_comes_in_and_nothing_moves(qtbot: QtBot, language: str, width: int) -> None:
    probe = Probe(qtbot, STATES["asking"](), language=language)
    probe.shell.resize(width, 720)
    asked = {"en": "asking for the size…", "ja": "サイズを確認中…"}[language]
    unknown = {"en": "size not known", "ja": "サイズは不明"}[language]
    page = page_of(probe)

    def places() -> list[object]:
        QApplication.processEvents()
        return [
            (w.text(), w.mapTo(page, QPoint()), w.size())
            for w in page.findChildren(QLabel)
            if w.isVisible() and not isinstance(w, DownloadSize)
        ]

    size = page.findChildren(DownloadSize)[0]
    assert size.text() == asked
    before, place = places(), size.geometry()
    fetched = STATES["new"]()
    assert fetched.review.plan is not None and fetched.review.sizes is not None
    count = fetched.review.sizes.download(fetched.review.plan.situation)
    assert count is not None
    told = probe.view.ui.t("review.size_download", size=probe.view.ui.size(count))
    assert told.startswith({"en": "1.", "ja": "ダウンロード 1."}[language])
    for name, said in (("unknown", unknown), ("new", told)):
        probe.show(STATES[name]())
        assert size.text() == said and places() == before and size.geometry() == place
    assert page.findChildren(DownloadSize) == [size]


@pytest.mark.parametrize(("name", "text"), [("same", "&Check that it answers"), ("change", "&Apply changes")])
def test_the_button_says_what_it_does(qtbot: QtBot, name: str, text: str) -> None:
    probe = Probe(qtbot, STATES[name]())
    assert primary(probe).text() == text
    assert probe.press(primary(probe)) == [Next()]
    assert ("Nothing has to be changed" in probe.said()) is (name == "same")
    assert "Data of the existing installation stays" in probe.said()


def test_enter_installs_and_escape_stays(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["new"]())
    QTest.keyClick(probe.shell, Qt.Key.Key_Return)
    QTest.keyClick(probe.shell, Qt.Key.Key_Escape)
    assert probe.asked == [Next()]


def test_waiting_failing_and_trying_again(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["working"]())
    assert "Working out what has to be done" in probe.said()
    assert not primary(probe).isEnabled()
    probe.show(STATES["failed"]())
    assert "was lost" in probe.said() and "Working out" not in probe.said()
    assert probe.click(page_of(probe).cause.ways[0]) == [Retry()]
    probe.show(STATES["empty"]())
    assert probe.press(probe.button("Work it out")) == [Retry()]
    probe.show(STATES["new"]())
    assert primary(probe).isEnabled() and not page_of(probe).cause.isVisible()


def test_ways_out_of_what_is_in_the_way(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["blocked"]())
    folder, port = page_of(probe).causes
    assert probe.click(folder.ways[0]) == [GoToPage(PageId.SETTINGS, "target.directory")]
    assert probe.press(port.ways[0]) == [GoToPage(PageId.SETTINGS, "ports.http")]
    assert probe.press(port.ways[1]) == [CheckAgain()]
    assert not primary(probe).isEnabled()
    assert probe.shell.bar.note.text() == "To repair first: 2"


def test_repairs_come_first_with_their_commands(qtbot: QtBot) -> None:
    state = STATES["repairs"]()
    plan = state.review.plan
    assert plan is not None and [r.id for r in plan.to_repair] == ["docker.install", "swap.add"]
    assert [a.step for a in plan.actions][:3] == ["repair:docker.install", "repair:swap.add", "upload"]
    probe = Probe(qtbot, state)
    page = page_of(probe)
    assert page.causes == [] and primary(probe).isEnabled()
    assert "Install Docker" in probe.said() and "Add a swap file of 4 GB" in probe.said()
    steps = page.findChildren(RepairStep)
    assert [s.repair for s in steps] == list(plan.to_repair)
    boxes = [s.contents.findChild(QPlainTextEdit) for s in steps]
    assert [b.toPlainText() for b in boxes if b] == ["\n".join(r.commands) for r in plan.to_repair]
    swap = steps[1]
    assert not swap.contents.isVisible()
    assert probe.click(swap.toggle) == [] and swap.contents.isVisible()
    assert swap.toggle.accessibleName() == "Hide what it does: Add swap space"
    assert "/swapfile" in "\n".join(x.text() for x in swap.contents.findChildren(QLabel))
    copy = next(b for b in swap.findChildren(QPushButton) if b.text() == "Copy the commands")
    assert probe.click(copy) == [CopyText("\n".join(plan.to_repair[1].commands))]
    assert probe.press(swap.toggle) == [] and not swap.contents.isVisible()


def test_what_a_chosen_repair_takes_away_need_not_be_known(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["repairs"]())
    assert "without encryption" in probe.said() and "4 GB of memory" not in probe.said()
    probe.show(STATES["new"]())
    assert not page_of(probe).findChildren(RepairStep)


def test_files_and_values_are_unfolded(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["new"]())
    page = page_of(probe)
    assert page.files.isHidden()
    assert probe.click(page.unfold) == []
    table, env, override = page.files.table, page.files.env, page.files.override
    assert table is not None and env is not None and override is not None
    files = written_files(new_plan())
    assert table.rowCount() == len(files)
    cells = [[table.item(n, column) for column in (0, 2)] for n in range(3)]
    assert [[c.text() for c in row if c] for row in cells] == [[f.path, f.mode] for f in files[:3]]
    assert "+ CONSOLE_API_URL=http://dify.example.jp" in env.toPlainText()
    assert "− LOG_LEVEL=INFO\n+ LOG_LEVEL=DEBUG" in env.toPlainText()
    assert env.isReadOnly() and override.toPlainText().startswith("+ # Written by")
    probe.press(page.unfold)
    assert page.files.isHidden()


def test_what_the_release_came_in_can_be_compared(qtbot: QtBot) -> None:
    state, checksum = STATES["new"](), "ab" * 32
    assert state.review.plan is not None
    here = state.review.plan.situation
    here = replace(here, tree=replace(here.tree, archive_sha256=checksum))
    plan = replace(state.review.plan, situation=here)
    probe = Probe(qtbot, replace(state, review=replace(state.review, plan=plan)))
    page = page_of(probe)
    probe.click(page.unfold)
    (copy,) = page.files.findChildren(Copyable)
    assert checksum in probe.said() and probe.click(copy.button) == [CopyText(checksum)]


def test_no_secret_is_in_any_widget(qtbot: QtBot) -> None:
    for name in ("new", "change"):
        state = STATES[name]()
        assert state.review.plan is not None
        probe = Probe(qtbot, state)
        page_of(probe).unfold.click()
        text = "\n".join(probe.everything())
        secrets = state.review.plan.situation.configuration.secrets
        assert secrets and not [s for s in secrets if s.reveal() in text]


def test_answers_are_exported_where_one_says(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["new"]())
    page = page_of(probe)
    chosen = ["", "/home/hanako/answers", "/home/hanako/a.toml"]
    page._ask_path = lambda *_: chosen.pop(0)
    assert probe.click(page.export) == []
    assert "No password is in it" in page.export_note.text()
    assert probe.click(page.export) == [ExportAnswers(Path("/home/hanako/answers.toml"))]
    assert "Written to" in page.export_note.text() and "No password is in it" in page.export_note.text()
    assert probe.press(page.export) == [ExportAnswers(Path("/home/hanako/a.toml"))]


def test_an_export_that_failed_is_not_called_written(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["new"]())
    page = page_of(probe)
    page._ask_path = lambda *_: "/media/usb/a.toml"
    failed = STATES["export-failed"]()
    page.asked.connect(lambda _: probe.show(failed))
    probe.click(page.export)
    assert "Written" not in page.export_note.text() and page.cause.isVisible()
    assert probe.click(page.cause.ways[0]) == [ExportAnswers(Path("/media/usb/a.toml"))]


def test_a_new_plan_replaces_the_old_one(qtbot: QtBot) -> None:
    probe = Probe(qtbot, STATES["blocked"]())
    probe.show(state_with(None))
    assert "db_postgres" not in probe.said()
    probe.show(STATES["new"]())
    assert page_of(probe).causes == [] and "admin@example.jp" in probe.said()
