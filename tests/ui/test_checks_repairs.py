"""Checks: repairs and ways out, what they show and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from installer.views.wizard import WizardState, WorkState, choose
from tests.ui.hearing import ui_for
from tests.ui.states.checks import (
    STATES,
    busy,
    network_carried,
    network_closed,
    network_mirror,
    no_docker,
    port_taken,
    repair_chosen,
    repairing,
)
from ui.intents import (
    CheckAgain,
    ChooseRepair,
    CopyText,
    InstallBehindProxy,
    Intent,
    OpenUrl,
    Reconnect,
    RepairNow,
    Stop,
    TransferImages,
    UseAddress,
    UseFolder,
)
from ui.wizard.checks.page import ChecksPage

Opened = Callable[[WizardState], tuple[ChecksPage, list[Intent]]]


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    """Shows the page, active; the list gets what it asks for."""

    def open_page(shown: WizardState) -> tuple[ChecksPage, list[Intent]]:
        page = ChecksPage(ui_for())
        asked: list[Intent] = []
        page.asked.connect(asked.append)
        qtbot.addWidget(page)
        page.resize(820, 640)
        page.show_state(shown)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        qtbot.waitUntil(lambda: not page.rows.growing)
        return page, asked

    return open_page


def control(page: ChecksPage, row: str, key: str) -> QPushButton:
    found = page.rows.made[row].controls[key]
    assert isinstance(found, QPushButton)
    return found


def click(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(widget: QWidget) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if x.isVisibleTo(widget))


def test_a_repair_shows_exactly_what_it_does(opened: Opened) -> None:
    page, asked = opened(no_docker())
    repair = next(r for r in page.state.checks.repairs if r.id == "docker.install")
    assert len(repair.commands) > 3 and len(repair.changes) > 3
    show = control(page, "docker", "docker.install:show")
    assert show.text() == "Show what it does"
    assert show.accessibleName() == "Show what it does: Install Docker"
    row = page.rows.made["docker"]
    box = row.offers[0].contents.findChild(QPlainTextEdit)
    assert box is not None and not box.isVisible()
    click(show)
    assert box.isVisible() and box.isReadOnly()
    assert box.toPlainText().splitlines() == "\n".join(repair.commands).splitlines()
    assert all(change in said(row) for change in repair.changes)
    assert show.text() == "Hide what it does"
    copy = [b for b in row.offers[0].contents.findChildren(QPushButton) if b.text() == "Copy the commands"]
    click(copy[0])
    assert asked == [CopyText("\n".join(repair.commands))]
    click(show)
    assert not box.isVisible()


def test_a_repair_is_chosen_and_taken_back(opened: Opened) -> None:
    page, asked = opened(no_docker())
    click(control(page, "docker", "docker.install:choose"))
    page.show_state(repair_chosen())
    take_back = control(page, "docker", "docker.install:choose")
    take_back.setFocus()
    QTest.keyClick(take_back, Qt.Key.Key_Space)
    assert asked == [
        ChooseRepair("docker.install", wanted=True),
        ChooseRepair("docker.install", wanted=False),
    ]


def test_a_closed_registry_takes_an_address(opened: Opened) -> None:
    page, asked = opened(network_closed())
    row = page.rows.made["registry"]
    assert not page.bar(page.state).enabled
    field, proxy = row.controls["address:field"], row.controls["address:proxy"]
    assert isinstance(field, QLineEdit) and isinstance(proxy, QRadioButton)
    choose_it = control(page, "registry", "address:choose")
    for wrong in ("", "mirror.example.jp", "https://me:secret@mirror.example.jp"):
        field.setText(wrong)
        click(choose_it)
        assert asked == [] and "without user or password" in said(row) and field.hasFocus()
    field.selectAll()
    QTest.keyClicks(field, "https://mirror.example.jp")
    assert "without user or password" not in said(row)
    click(choose_it)
    assert asked.pop() == UseAddress("mirror", "https://mirror.example.jp")
    click(proxy)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert asked.pop() == UseAddress("proxy", "https://mirror.example.jp")
    names = [key for key in row.controls if key.startswith("address:")]
    assert names == ["address:mirror", "address:proxy", "address:field", "address:choose"]
    assert all(row.controls[key].accessibleName() for key in names)


def test_a_closed_registry_is_no_matter_once_this_computer_brings_the_images(opened: Opened) -> None:
    page, asked = opened(network_closed())
    row = page.rows.made["registry"]
    (bring,) = [
        b for b in row.findChildren(QPushButton) if b.text() == "Send the images through this computer"
    ]
    click(bring)
    assert asked.pop() == TransferImages()
    page.show_state(network_carried())
    assert "This computer will download the images" in said(page.rows.made["registry"])
    assert page.bar(page.state).enabled


def test_a_chosen_address_lets_one_go_on(opened: Opened) -> None:
    page, _ = opened(network_mirror())
    row = page.rows.made["registry"]
    assert "through the mirror https://mirror.example.jp" in said(row) and "address:field" not in row.controls
    assert page.bar(page.state).enabled
    page.show_state(replace(network_closed(), rights="docker"))
    assert "address:field" not in page.rows.made["registry"].controls, "nothing can be changed there"


def test_a_chosen_repair_looks_like_itself_and_lets_one_go_on(opened: Opened) -> None:
    page, _ = opened(no_docker())
    assert page.problems.property("tone") == "stop" and not page.bar(page.state).enabled
    page.show_state(repair_chosen())
    row = page.rows.made["docker"]
    assert row.entry.state == "Repaired at Install" and row.entry.tone == "accent"
    assert "Done when you press Install" in said(row)
    assert page.summary.text().startswith("9 fine · 0 to repair · 1 repaired at Install · 2 to know.")
    assert page.problems.property("tone") == "warning"
    assert page.bar(page.state).enabled and page.bar(page.state).note == ""


def test_what_is_unfolded_and_the_focus_outlive_the_choice(opened: Opened) -> None:
    page, _ = opened(no_docker())
    click(control(page, "docker", "docker.install:show"))
    control(page, "docker", "docker.install:choose").setFocus()
    page.show_state(choose(page.state, "docker.install", wanted=True))
    assert page.rows.made["docker"].offers[0].contents.isVisible()
    assert control(page, "docker", "docker.install:choose").hasFocus()


def test_a_repair_at_once_shows_what_it_says_and_can_be_cancelled(opened: Opened) -> None:
    page, asked = opened(STATES["docker_silent"]())
    now = control(page, "docker", "docker.start:choose")
    assert now.text() == "Do it now"
    now.setFocus()
    click(now)
    assert asked == [RepairNow("docker.start", "docker")]
    page.show_state(repairing())
    log = page.rows.made["docker"].offers[0].log
    assert log is not None and log.isVisible()
    assert log.toPlainText().splitlines() == list(repairing().repair.lines)
    assert page.bar(page.state).second_intent == Stop()
    assert now.hasFocus()
    click(now)  # it has the focus, so it is not disabled; it does nothing
    assert len(asked) == 1
    page.show_state(STATES["docker_silent"]())
    assert not log.isVisible() and page.bar(page.state).second_intent is None


def test_the_code_can_be_copied_and_the_link_opened(opened: Opened) -> None:
    page, asked = opened(no_docker())
    row = page.rows.made["docker"]
    assert "docker.missing" in said(row)
    click(control(page, "docker", "code"))
    click(control(page, "docker", "link"))
    assert asked == [CopyText(row.entry.quote), OpenUrl(row.entry.link)]
    assert row.entry.link.startswith("https://")
    page.show_state(port_taken())
    assert page.rows.made["port:80"].entry.quote == "port.in_use · HOST-01"


def test_one_row_or_all_are_checked_again(opened: Opened) -> None:
    page, asked = opened(STATES["no_docker"]())
    click(control(page, "memory", "again"))
    click(control(page, "compose", "again"))  # not known: nothing else to decide there
    click(page.again)
    assert asked == [CheckAgain("memory"), CheckAgain("compose"), CheckAgain()]


def test_ways_out_of_a_held_port(opened: Opened) -> None:
    page, asked = opened(port_taken())
    row = page.rows.made["port:80"]
    click(control(page, "port:80", "way:1"))
    assert asked == [InstallBehindProxy("ports.http", 8080)]
    assert "passes requests on to Dify at 127.0.0.1:8080" in said(row)
    assert "systemctl disable" not in said(row)
    click(control(page, "port:80", "command"))
    assert "systemctl disable --now nginx.service" in said(row)
    click(control(page, "port:80", "copy_command"))
    assert asked[1:] == [CopyText("sudo systemctl disable --now nginx.service")]


def test_an_earlier_dify_of_ours_can_be_managed(opened: Opened) -> None:
    page, asked = opened(STATES["ours_elsewhere"]())
    row = page.rows.made["elsewhere"]
    click(control(page, "elsewhere", "way:0"))
    assert asked == [UseFolder("/opt/dify-old")]
    assert "1.4.0" in said(row) and "2026-03-02" in said(row)
    assert "The new one goes to /opt/dify," in said(row) and "not possible yet" not in said(row)


def test_a_foreign_one_is_left_alone_and_it_is_said_so(opened: Opened) -> None:
    page, _ = opened(STATES["foreign_elsewhere"]())
    row = page.rows.made["elsewhere"]
    assert "not possible yet" in said(row) and "The new one goes to /opt/dify," in said(row)
    assert [b.text() for b in row.deciding] == ["Check again"]


def test_what_is_in_the_way_can_be_left_and_another_put_beside_it(opened: Opened) -> None:
    page, asked = opened(STATES["many"]())
    click(control(page, "installation", "way:0"))
    assert asked == [UseFolder("/opt/dify2", "dify2")]
    assert "/opt/dify2" in said(page.rows.made["installation"])


def test_late_rights_ask_for_another_login(opened: Opened) -> None:
    page, asked = opened(STATES["rights_late"]())
    click(control(page, "docker", "way:0"))
    assert asked == [Reconnect()]


def test_rows_stand_there_before_anything_is_known(opened: Opened) -> None:
    page, _ = opened(STATES["looking"]())
    rows = list(page.rows.made)
    assert {made.entry.state for made in page.rows.made.values()} == {"Checking…"}
    assert page.problems.isHidden() and page.news(page.state) == ""
    page.show_state(STATES["early"]())
    assert list(page.rows.made)[: len(rows)] == rows
    assert page.rows.made["memory"].entry.state == "To know" and page.problems.isHidden()
    assert page.rows.made["release"].entry.state == "Checking…"
    before = page.state
    page.show_state(STATES["memory"]())
    assert list(page.problems.holders) == ["memory", "encryption"]
    assert page.news(before) == page.summary.text() != ""
    assert page.news(page.state) == ""


@pytest.mark.parametrize(("name", "everything"), [("again", True), ("again_one", False)])
def test_another_look_moves_nothing(opened: Opened, qtbot: QtBot, name: str, everything: bool) -> None:
    page, _ = opened(port_taken())
    control(page, "memory", "again").setFocus()
    before = list(page.problems.holders)
    page.show_state(STATES[name]())
    assert list(page.problems.holders) == before
    qtbot.waitUntil(lambda: not page.rows.growing)
    checking = [key for key, made in page.rows.made.items() if made.entry.state == "Checking…"]
    assert checking == (list(page.rows.made) if everything else ["memory"])
    assert control(page, "memory", "again").hasFocus()
    page.show_state(replace(port_taken(), work=WorkState(busy=busy("release"))))
    page.show_state(port_taken())
    assert control(page, "memory", "again").hasFocus()


def test_a_focus_that_is_gone_goes_where_one_can_look_again(opened: Opened) -> None:
    page, _ = opened(port_taken())
    control(page, "port:80", "way:0").setFocus()
    page.show_state(STATES["good"]())
    assert page.again.hasFocus()


def test_the_network_may_come_later(opened: Opened) -> None:
    page, _ = opened(STATES["networking"]())
    assert page.network.isVisible() and page.summary.isVisible() and page.bar(page.state).enabled
    assert page.rows.made["registry"].entry.state == "Checking…"
    assert page.rows.made["release"].entry.state == "Fine" and page.problems.isHidden()
    before = page.state
    page.show_state(STATES["network_closed"]())
    assert not page.network.isVisible() and page.news(before) == page.summary.text()
    assert page.rows.made["registry"].entry.state == "To repair" and "registry" in page.problems.holders


def test_a_row_with_which_nothing_is_wrong_may_have_something_to_read(opened: Opened) -> None:
    page, asked = opened(STATES["desktop_small"]())
    row = page.rows.made["licence"]
    assert row.entry.said is None and not row.head.again.isVisible()
    click(control(page, "licence", "link"))
    assert asked == [OpenUrl(row.entry.link)] and row.entry.link.startswith("https://docs.docker.com/")
    assert not page.rows.made["rights"].head.more.isVisible()
