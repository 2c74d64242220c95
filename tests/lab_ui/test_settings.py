"""Settings of a running installation, changed from its control panel: the plan says what becomes different,
and only what has to is made anew."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from installer.views.review import env_changes
from installer.views.wizard import PageId
from tests.lab_apply.conftest import Maker
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.test_servers import installed, remember, started
from tests.lab_ui.test_whole_way import all_up

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]

PORT = "8088"


def answers_at(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/console/api/setup", timeout=10) as answer:
            return int(answer.status)
    except (urllib.error.URLError, OSError):
        return 0


@pytest.mark.parametrize("where", ["vps", "local"])
def test_another_port_from_the_control_panel(
    bench: Maker, window: MakeDriver, tmp_path: Path, where: str
) -> None:
    made = bench(where)
    target = installed(made)
    before_port, port, published = made.tables.get("ports", {}).get("http", 80), PORT, PORT
    if where == "local":
        port = str(made.lab.place.ports.https)  # nobody listens there, as nothing is encrypted
        published = f"{made.tables['site']['bind']}:{port}"
    else:
        target = replace(target, user="root", identity_file=str(made.lab.place.key_file))
    host = made.web.split("/")[2].partition(":")[0]
    home = tmp_path / "home-of-a-person"  # from where the release came is known there, not here
    home.mkdir(mode=0o700)
    remember(home, "Shop", target)
    before = started(made)
    secrets = made.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {made.docker_folder}/.env")
    driver = window(made, home)
    driver.wait(lambda: driver.app.prepared, 60)
    driver.click(driver.t("welcome.open_name", name="Shop"))
    driver.wait(lambda: all_up(driver), 60)
    driver.tab_to(driver.t("overview.change"))
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.SETTINGS)
    driver.type_into(driver.t("settings.http"), port)
    driver.wait(lambda: driver.find(driver.t("shell.next")).isEnabled())
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.REVIEW)
    plan = driver.app.flow.state.review.plan
    assert plan is not None
    different = {change.key: change.new or "" for change in env_changes(plan)}
    assert different.pop("EXPOSE_NGINX_PORT") == published
    assert different and all(f":{port}" in value for value in different.values())  # addresses with the port
    assert started(made) == before, "something was changed before anybody agreed"
    driver.tab_to(driver.t("review.apply"))
    driver.press(Qt.Key.Key_Return)
    driver.wait_page(PageId.DONE, 200)
    assert driver.aside(lambda: answers_at(f"http://{host}:{port}")) == 200
    assert driver.aside(lambda: answers_at(f"http://{host}:{before_port}")) == 0
    after = driver.aside(lambda: started(made))
    anew = {name for name in before if before[name] != after[name]}
    databases = set(plan.situation.configuration.databases)  # all others read the addresses
    assert "nginx" in anew and len(databases) == 2 and not databases & anew, anew
    kept = driver.aside(lambda: made.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {made.docker_folder}/.env"))
    assert kept == secrets
