"""Closing the window during an installation asks; the target goes on; the next start takes it up again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from installer.appdata.draft import load_draft
from installer.appdata.known_servers import Servers
from installer.core.errors import Code, InstallError
from installer.views.wizard import PageId
from tests.lab_apply.conftest import Bench, Maker
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver
from tests.lab_ui.test_whole_way import all_up, log_in, setup_step
from ui.window.dialogs import Decision

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

SLOW = 3_000_000  # bytes a second: the download takes some seconds


def decide(answer: str) -> list[str]:
    """Answer the next question; the list receives its heading's text."""
    asked: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, Decision):
            asked.append(dialog.buttons[answer].text())
            dialog.buttons[answer].click()
        else:
            QTimer.singleShot(50, look)

    QTimer.singleShot(50, look)
    return asked


def install_until_the_download(driver: Driver, bench: Bench) -> None:
    """From Welcome to a download under way."""
    driver.click(driver.t("welcome.start"))
    driver.wait_page(PageId.WHERE)
    if bench.name == "local":
        driver.click(driver.t("common.this_computer"))
        driver.click(driver.t("shell.next"))
    else:
        driver.click(driver.t("where.ssh"))
        driver.click(driver.t("shell.next"))
        log_in(driver, bench)
    driver.wait_page(PageId.CHECKS)
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.SETTINGS)
    driver.click(driver.t("shell.next"))
    driver.wait_page(PageId.REVIEW)
    driver.click(driver.t("review.install"))
    driver.wait(lambda: driver.app.flow.state.install.progress.pull.done > 1_000_000, 60)


def close(driver: Driver) -> bool:
    """Press the window's own close button; whether it closed."""
    return driver.app.shell.close()


@pytest.mark.slow
@pytest.mark.parametrize("target", ["vps", "local"])
def test_the_window_asks_and_the_target_goes_on(
    bench: Maker, window: MakeDriver, tmp_path: Path, target: str
) -> None:
    b = bench(target)
    home = tmp_path / "person"
    b.lab.registry.faults(bps=SLOW)
    first = window(b, home)
    install_until_the_download(first, b)

    asked = decide("stay")
    assert not close(first) and asked
    assert first.app.shell.isVisible() and first.app.flow.state.installing

    decide("close")
    assert close(first)
    assert first.app.close()
    assert [s.installing_since > 0 for s in Servers(first.app.home).all()] == [True]
    assert load_draft(first.app.home) is not None
    jobs = b.run(f"ls {b.directory}/.dify-installer/jobs").split()
    assert len(jobs) == 1
    b.lab.registry.faults()

    second = window(b, home)
    second.wait(lambda: bool(second.app.flow.state.welcome.known))
    name = second.app.flow.state.welcome.known[0].name or second.t("common.this_computer")
    second.click(second.t("welcome.watch_name", name=name))
    if target == "vps":
        second.wait_page(PageId.LOGIN)
        login = b.lab.server("vps").login("difyadmin")
        assert second.prove(login.password)
        second.wait(lambda: second.app.flow.state.login.sudo_asked)
        second.click(second.t("login.connect"))
    second.wait(lambda: second.app.flow.state.page is PageId.INSTALL, 30)
    second.wait_page(PageId.DONE, 200)
    assert b.run(f"ls {b.directory}/.dify-installer/jobs").split() == jobs, "one job did it all"
    assert setup_step(b) == "not_started"
    outcome = second.app.flow.state.install.outcome
    assert outcome is not None and outcome.first and outcome.init_password is not None
    assert load_draft(second.app.home) is None
    assert [s.installing_since for s in Servers(second.app.home).all()] == [0.0]
    second.click(second.t("done.panel"))
    second.wait(lambda: all_up(second), 60)


@pytest.mark.slow
def test_cancel_asks_stops_the_target_and_can_be_gone_on_from(bench: Maker, window: MakeDriver) -> None:
    b = bench("vps")
    b.lab.registry.faults(bps=SLOW)
    driver = window(b)
    install_until_the_download(driver, b)
    decide("go_on")
    driver.click(driver.t("install.cancel"))
    assert driver.app.flow.state.installing and not driver.app.flow.state.work.cancelling
    decide("stop")
    driver.click(driver.t("install.cancel"))
    driver.wait(lambda: driver.app.flow.state.work.stopped, 30)
    pulling = b.run("ps -eo args | grep -c '[d]ocker compose.* pull' || true")
    assert pulling.strip() == "0"
    b.lab.registry.faults()
    driver.click(driver.t("install.go_on"))
    driver.wait_page(PageId.DONE, 200)


@pytest.mark.slow
def test_a_lost_line_in_the_panel_is_seen_and_comes_back(bench: Maker, window: MakeDriver) -> None:
    b = bench("vps")
    done = b.cli.json("apply")
    assert done.exit_code == 0, done.stderr
    driver = window(b)
    driver.click(driver.t("welcome.open"))
    driver.click(driver.t("welcome.start"))
    driver.wait_page(PageId.LOGIN)
    line = b.lab.line
    login = b.lab.server("vps").login("difyadmin")
    driver.enter(driver.t("login.address"), "127.0.0.1")
    driver.enter(driver.t("login.port"), str(b.lab.place.ports.line))
    driver.enter(driver.t("login.user"), login.user)
    driver.click(driver.t("login.go_on"))
    driver.wait(lambda: driver.app.flow.state.work.failure is not None)
    assert failed_with(driver) is Code.SSH_HOST_KEY_UNKNOWN
    driver.click(driver.t("login.key_matches"))
    assert driver.prove(login.password)
    driver.wait(lambda: driver.app.flow.state.login.sudo_asked)
    driver.click(driver.t("login.connect"))
    driver.wait(lambda: driver.app.panel is not None and all_up(driver), 60)
    line.set({"cut": True, "refuse": True})
    driver.wait(lambda: driver.panel.state.lost is not None, 30)
    line.set({})
    driver.wait(lambda: driver.panel.state.lost is None and all_up(driver), 60)


def failed_with(driver: Driver) -> Code | None:
    failure = driver.app.flow.state.work.failure
    error: InstallError | None = failure.error if failure else None
    return error.code if error else None
