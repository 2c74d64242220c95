"""Two installations at once, over SSH and on this computer: restarted by name, open in one window."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Target, load_answers
from installer.appdata.known_servers import KnownServer, Servers
from installer.core.app_folder import Home
from tests.lab_apply.conftest import Bench, Maker
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]


def installed(bench: Bench) -> Target:
    """Dify is there afterwards; where that is."""
    ran = bench.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    return load_answers(bench.cli.answers).target


def remember(home: Path, name: str, target: Target, **more: Any) -> KnownServer:
    server = KnownServer("", name, target, "", "", 1.0, login="key", **more)
    return Servers(Home(home)).remember(server)


def by_name(home: Path, name: str, *more: str) -> subprocess.CompletedProcess[str]:
    """``--restart NAME``, as a shortcut runs it."""
    return subprocess.run(
        [sys.executable, "-m", "ui", "--restart", name, *more],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        | {"DIFY_INSTALLER_HOME": str(home), "HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def started(bench: Bench) -> dict[str, str]:
    status = bench.cli.json("status").last
    assert status["state"] == "running", status
    return {c["service"]: c["started_at"] for c in status["containers"] if c["state"] == "running"}


def state_of(driver: Driver, key: str) -> str:
    made = driver.app.open.get(key)
    return made.panel.state.status.state if made is not None and made.panel.state.status else ""


def test_two_installations(bench: Maker, window: MakeDriver, tmp_path: Path) -> None:
    over_ssh = bench("vps")
    # both benches write into the same files
    over_ssh.cli.answers = Path(shutil.copy(over_ssh.cli.answers, tmp_path / "over-ssh.toml"))
    over_ssh.cli.secrets = Path(shutil.copy(str(over_ssh.cli.secrets), tmp_path / "secrets.toml"))
    server = replace(installed(over_ssh), user="root", identity_file=str(over_ssh.lab.place.key_file))
    here = bench("local")
    computer = installed(here)
    assert (server.kind, computer.kind) == ("ssh", "local")
    home = tmp_path / "home-of-two"
    home.mkdir(mode=0o700)
    shop = remember(home, "Shop", server)
    mine = remember(home, "", computer)

    # by name, over SSH: with the key and the host key that are known
    before = started(over_ssh)
    done = by_name(home, "shop")
    assert done.returncode == 0, done.stderr
    assert "Restarted: Dify" in done.stdout and "✓" in done.stderr
    after = started(over_ssh)
    assert set(after) == set(before) and all(after[name] != before[name] for name in before)

    # by name, on this computer
    before = started(here)
    done = by_name(home, "This computer")
    assert done.returncode == 0, done.stderr
    after = started(here)
    assert all(after[name] != before[name] for name in before)

    # what nobody accepted is not accepted: a host key that is not known
    stranger = tmp_path / "home-of-a-stranger"
    stranger.mkdir(mode=0o700)
    remember(stranger, "Shop", replace(server, host_key=""))
    before = started(over_ssh)
    done = by_name(stranger, "Shop")
    assert done.returncode == 1 and "ssh.host_key_unknown" in done.stderr
    assert "Open Shop in Dify Installer" in done.stderr
    assert started(over_ssh) == before and not (stranger / "known_hosts").exists()
    assert by_name(stranger, "Nobody").returncode == 2

    # both in one window, connected by themselves; one is restarted while the other is in view
    driver = window(here, home)
    driver.wait(lambda: driver.app.prepared, 60)
    driver.wait(
        lambda: (
            {s.word for s in driver.app.flow.state.welcome.now.values()} == {"running"}
            and len(driver.app.flow.state.welcome.now) == 2
        ),
        60,
    )
    driver.click(driver.t("welcome.open_name", name="Shop"))
    driver.wait(lambda: driver.panel.state.status is not None and driver.panel.state.server_id == shop.id)
    first = driver.app.front
    driver.wait(lambda: driver.panel.state.overview.condition is not None, 30)
    condition = driver.panel.state.overview.condition
    assert condition is not None and condition.disk is not None and condition.memory is not None
    assert condition.setup_open is True and condition.disk.size > condition.disk.free > 0
    driver.click(driver.t("shell.section_containers"))
    driver.click(driver.t("shell.home"))
    driver.click(driver.t("welcome.open_name", name=driver.t("common.this_computer")))
    driver.wait(lambda: driver.panel.state.status is not None and driver.panel.state.server_id == mine.id)
    second = driver.app.front
    assert second != first and state_of(driver, first) == state_of(driver, second) == "running"
    began = started(here)
    driver.click(driver.t("overview.restart"))
    driver.click(driver.t("overview.restart_yes"))
    driver.wait(lambda: bool(driver.panel.state.acting))
    driver.click("Shop")
    assert driver.app.front == first and driver.panel.state.section == "containers"
    other = driver.app.open.get(second)
    assert other is not None
    driver.wait(lambda: bool(other.panel.state.back) or other.panel.state.action_error is not None, 120)
    assert other.panel.state.action_error is None
    assert all(at != began[name] for name, at in driver.aside(lambda: started(here)).items())
    driver.click(driver.t("shell.section_server"))
    driver.click(driver.t("server.disconnect"))
    driver.wait(lambda: not driver.app.front)
    assert [made.key for made in driver.app.open.all] == [second]
