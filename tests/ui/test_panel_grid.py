"""Filter, order, groups and detail of the grid of containers, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from installer.views.container_grid import ORDERS, Choice
from installer.views.panel import PanelState
from tests.ui.states import panel as states
from tests.ui.states.usage import usage_of
from tests.ui.test_panel_containers import Bench
from ui.panel.containers.grid_columns import CPU, DISK, MEMORY, NETWORK, RESTARTS, SERVICE, STATE, TAG, UP
from ui.panel.containers.section import ContainersSection
from ui.panel.containers.spark import points

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(qtbot, states.running())
    made.window.resize(1040, 720)
    yield made
    made.view.stop()


# ---------------------------------------------------------------------- groups


def test_groups_are_told_in_the_order_of_the_data_path(bench: Bench) -> None:
    assert bench.headings() == [
        "Entrance",
        "Dify itself",
        "Work in the background",
        "Plugins, agents and code",
        "Data",
        "Preparation",
    ]
    model = bench.section.model
    assert model.lines[0].heading and model.lines[1].row.service == "nginx"
    assert bench.grid.columnSpan(0, 0) == model.columnCount() and bench.grid.columnSpan(1, 0) == 1


def test_the_keyboard_passes_over_titles_and_they_cannot_be_selected(bench: Bench) -> None:
    seen = []
    for _ in states.SERVICES:
        seen.append(bench.section.model.lines[bench.grid.currentIndex().row()].row.service)
        bench.key(Qt.Key.Key_Down)
    assert seen == list(states.SERVICES)
    bench.grid.selectAll()
    assert [r.service for r in bench.section.selected()] == list(states.SERVICES)
    place = bench.grid.visualRect(bench.section.model.index(0, 0)).center()
    QTest.mouseClick(bench.grid.viewport(), LEFT, pos=place)
    assert all(r.service for r in bench.section.selected())


# ---------------------------------------------------------------------- filter


def test_typing_filters_and_keeps_the_selection(bench: Bench) -> None:
    bench.click_row("worker")
    QTest.keyClicks(bench.section.filters.text, "background")
    assert bench.services() == ["worker", "worker_beat"]
    assert bench.headings() == ["Work in the background"]
    assert [r.service for r in bench.section.selected()] == ["worker"]
    bench.section.filters.text.clear()
    assert bench.services() == list(states.SERVICES)
    assert [r.service for r in bench.section.selected()] == ["worker"]


def test_a_row_that_is_filtered_away_can_no_longer_be_stopped(bench: Bench) -> None:
    bench.click_row("worker")
    QTest.keyClicks(bench.section.filters.text, "redis")
    assert bench.section.selected() == ()
    assert not bench.section.buttons["stop"].isEnabled()


def test_nothing_fits_and_all_come_back(bench: Bench) -> None:
    QTest.keyClicks(bench.section.filters.text, "zzz")
    assert bench.section.no_hit.isVisible() and not bench.grid.isVisible()
    QTest.mouseClick(bench.section.show_all, LEFT)
    assert bench.section.filters.text.text() == "" and bench.services() == list(states.SERVICES)
    assert bench.grid.isVisible() and not bench.section.no_hit.isVisible()


def test_what_has_ended_is_hidden_by_keyboard(bench: Bench) -> None:
    box = bench.section.filters.hide_over
    assert box.text() == "&Hide ended (1)"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert "init_permissions" not in bench.services() and "Preparation" not in bench.headings()
    bench.show(states.lost())
    assert "init_permissions" not in bench.services()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert "init_permissions" in bench.services()


# ----------------------------------------------------------------------- order


def click_header(bench: Bench, column: int) -> None:
    header = bench.grid.horizontalHeader()
    at = header.sectionViewportPosition(column) + 10
    place = header.viewport().rect().center()
    place.setX(at)
    QTest.mouseClick(header.viewport(), LEFT, pos=place)


def test_clicks_on_a_header_sort_turn_around_and_go_back(bench: Bench) -> None:
    click_header(bench, CPU)
    assert bench.services()[:3] == ["worker", "api", "plugin_daemon"] and not bench.headings()
    assert bench.services()[-1] == "init_permissions"
    header = bench.section.model.headerData
    across = Qt.Orientation.Horizontal
    assert header(CPU, across) == "CPU ▼"
    assert header(CPU, across, Qt.ItemDataRole.AccessibleTextRole) == "CPU, the largest first"
    assert bench.section.filters.order.currentText() == "Most CPU first"
    click_header(bench, CPU)
    assert bench.services()[-2] == "worker" and header(CPU, across) == "CPU ▲"
    click_header(bench, CPU)
    assert bench.services() == list(states.SERVICES) and bench.headings()
    assert header(CPU, across) == "CPU"


def test_a_column_without_an_order_does_nothing(bench: Bench) -> None:
    bench.section._clicked(TAG)
    assert bench.section.choice == Choice()


def test_every_order_can_be_chosen_by_keyboard(bench: Bench) -> None:
    order = bench.section.filters.order
    order.setFocus()
    for name in ORDERS[1:]:
        QTest.keyClick(order, Qt.Key.Key_Down)
        assert bench.section.choice.order == name
    QTest.keyClick(order, Qt.Key.Key_Home)
    assert bench.section.choice == Choice() and bench.headings()


def test_the_selection_goes_with_its_row(bench: Bench) -> None:
    bench.click_row("redis")
    click_header(bench, MEMORY)
    assert [r.service for r in bench.section.selected()] == ["redis"]
    row = bench.section.model.place_of("redis")
    assert bench.grid.currentIndex().row() == row


def busier(service: str, cpu: float) -> PanelState:
    """*service* uses so much now."""
    state = states.running()
    container = states.container(service)
    return replace(state, usage={**state.usage, container.id: replace(usage_of(container, 1), cpu=cpu)})


def test_rows_stay_where_they_are_while_values_change(bench: Bench) -> None:
    click_header(bench, CPU)
    before = bench.services()
    bench.show(busier("redis", 99.0))
    assert bench.services() == before
    assert bench.cell("redis", CPU) == "99.0 %"
    bench.section.filters.choose(bench.section.choice)  # the same order, asked for once more
    assert bench.services()[0] == "redis"


def test_an_order_by_usage_waits_until_all_is_measured(bench: Bench) -> None:
    bench.show(replace(states.running(), usage={}))
    click_header(bench, CPU)
    assert bench.services() == list(states.SERVICES)
    bench.show(states.running())
    assert bench.services()[0] == "worker"


# ----------------------------------------------------------------------- usage


def test_usage_is_shown_in_words_and_said(bench: Bench) -> None:
    assert [bench.cell("worker", c) for c in (CPU, MEMORY, NETWORK, DISK)] == [
        "38.0 %",
        "1.4 GB",
        "240 kB/s",
        "120 kB/s",
    ]
    assert [bench.cell("init_permissions", c) for c in (CPU, MEMORY, RESTARTS, UP)] == [""] * 4
    line = bench.section.model.lines[bench.section.model.place_of("worker") or 0]
    assert "CPU: 38.0 %" in line.said and line.tips[MEMORY] == "1.4 GB of 8.2 GB (17 %)"


def test_a_new_sample_touches_its_row_only(bench: Bench) -> None:
    model = bench.section.model
    changes: list[int] = []
    model.dataChanged.connect(lambda a, _b, _roles: changes.append(a.row()))
    bench.show(busier("redis", 99.0))
    assert changes == [model.place_of("redis")]


def test_only_what_is_seen_is_asked_for(bench: Bench) -> None:
    bench.bot.waitUntil(lambda: bool(bench.looks))
    first = bench.looks[-1]
    assert "nginx" in first and "init_permissions" not in first
    bench.grid.verticalScrollBar().setValue(bench.grid.verticalScrollBar().maximum())
    bench.bot.waitUntil(lambda: "init_permissions" in bench.looks[-1])
    assert "nginx" not in bench.looks[-1]
    QTest.keyClicks(bench.section.filters.text, "api")
    bench.bot.waitUntil(lambda: bench.looks[-1] == ("api", "api_websocket", "worker", "worker_beat"))


def test_an_order_by_usage_asks_for_all_that_fit(bench: Bench) -> None:
    click_header(bench, MEMORY)
    assert set(bench.looks[-1]) == set(states.SERVICES)


def test_columns_do_not_become_narrower_and_those_without_room_are_left_out(bench: Bench) -> None:
    assert not bench.grid.isColumnHidden(CPU) and not bench.grid.isColumnHidden(MEMORY)
    assert bench.grid.isColumnHidden(NETWORK) and bench.grid.isColumnHidden(TAG)
    width = bench.grid.columnWidth(CPU)
    bench.show(busier("redis", 0.0))
    assert bench.grid.columnWidth(CPU) == width
    bench.window.resize(1700, 720)
    bench.bot.waitUntil(lambda: not bench.grid.isColumnHidden(TAG))
    shown = sum(bench.grid.columnWidth(n) for n in range(bench.section.model.columnCount()))
    assert shown <= bench.grid.viewport().width()
    assert not bench.grid.isColumnHidden(SERVICE) and not bench.grid.isColumnHidden(STATE)


def test_the_state_is_shown_however_short_its_words_are(bench: Bench) -> None:
    down: dict[str, object] = {"state": "exited", "exit_code": 0, "health": ""}
    for language in ("en", "ja"):
        window = states.panel_window(
            states.running(
                section="containers", status=states.status("stopped", **dict.fromkeys(states.SERVICES, down))
            ),
            language,
            "light",
        )
        bench.bot.addWidget(window)
        window.resize(1500, 900)
        with bench.bot.waitExposed(window):
            window.show()
        section = window.view.current
        assert isinstance(section, ContainersSection)
        assert not any(section.grid.isColumnHidden(n) for n in range(section.model.columnCount()))
        window.view.stop()


def test_a_row_stays_in_view_when_it_is_told_about(bench: Bench) -> None:
    bench.grid.scrollToBottom()
    bench.click_row("init_permissions")
    assert bench.section.detail.isVisible()
    place = bench.section.model.place_of("init_permissions") or 0

    def seen() -> bool:
        rect = bench.grid.visualRect(bench.section.model.index(place, 0))
        return rect.bottom() <= bench.grid.viewport().height()

    bench.bot.waitUntil(seen)


def test_a_graph_ends_at_the_right_and_is_not_stretched_beyond_its_floor() -> None:
    box = QRectF(0, 0, 90, 30)
    line = points((0.0, 5.0, 10.0), box, floor=15.0, most=10)
    assert [(p.x(), p.y()) for p in line] == [(70, 30), (80, 20), (90, 10)]
    high = points((0.0, 40.0), box, floor=10.0, most=10)
    assert high[-1].y() == pytest.approx(10)  # some room above the largest
    assert points((), box, 1.0) == []
    flat = points((5.0, 5.0, 5.0), box, floor=15.0, most=10)
    assert [(p.x(), p.y()) for p in flat] == [(70, 20), (90, 20)]
    assert len(points(tuple(range(50)), box, 1.0, most=10)) == 10


# ---------------------------------------------------------------------- detail


def detail_of(bench: Bench, state: PanelState, service: str) -> dict[str, str]:
    """What is said of a selected container."""
    bench.show(state)
    bench.section.select((service,))
    detail = bench.section.detail
    assert detail.isVisible()
    found = {name.text(): value.whole for name, value in detail.facts if not name.isHidden()}
    return {**found, "output": detail.output.whole if detail.output.isVisible() else ""}


def test_everything_about_a_running_one(bench: Bench) -> None:
    found = detail_of(bench, states.running(), "api")
    assert found["Image"] == "langgenius/dify-api:1.16.1"
    assert found["Check"] == "passed: OK" and found["Restarts"] == "0" and found["Started"]
    meters = bench.section.detail.meters
    assert meters["cpu"].value.whole == "4.1 %"
    assert meters["memory"].value.whole == "612 MB of 8.2 GB"
    assert meters["network"].graph.accessibleName().startswith("Network: ↓ 43 kB/s")
    assert detail_of(bench, states.running(), "nginx")["Ports"] == "80 → 80/tcp, 443 → 443/tcp"


def test_a_check_that_fails_is_told_with_what_it_said(bench: Bench) -> None:
    found = detail_of(bench, states.starting(), "sandbox")
    assert found["Check"] == "failed, 7 in a row"
    assert found["output"].startswith("curl: (7) Failed to connect")
    assert "curl: (7)" in bench.section.detail.output.accessibleName()
    line = bench.section.model.lines[bench.section.model.place_of("sandbox") or 0]
    assert "curl: (7)" in line.tips[STATE]


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("weaviate", "Memory ran out (code 137)."),
        ("worker_beat", "It ended with code 3."),
        ("plugin_daemon", "It ended with an error (code 1). Started again 14 times."),
    ],
)
def test_why_one_ended(bench: Bench, service: str, why: str) -> None:
    assert detail_of(bench, states.starting(), service)["Why"] == why


def test_a_one_shot_and_a_missing_one(bench: Bench) -> None:
    found = detail_of(bench, states.running(), "init_permissions")
    assert found["Ended"] and "Started" not in found
    assert found["Why"] == "It ended by itself, without an error (code 0)."
    assert not bench.section.detail.used.isVisible()
    missing = detail_of(bench, states._without("redis"), "redis")
    assert missing["State"].startswith("Dify needs this service")


def test_detail_is_of_one_row_and_leaves_the_grid_its_room(bench: Bench) -> None:
    bench.section.select(("api", "worker"))
    assert not bench.section.detail.isVisible()
    bench.section.select(("api",))
    assert bench.section.detail.isVisible()
    bench.section.resize(700, 500)
    assert not bench.section.detail.isVisible()
