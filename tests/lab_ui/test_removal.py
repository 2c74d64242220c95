"""Dify, its data and what repairs changed, removed in the window: the server is as it was before."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.lab_apply.conftest import Maker, versions
from tests.lab_apply.whole_server import changed, seen, with_docker_of_ours
from tests.lab_ui.conftest import MakeDriver
from tests.lab_ui.driver import Driver
from tests.lab_ui.test_acting import acting_on, removal_of
from tests.lab_ui.test_whole_way import to_checks_over_ssh

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(500)]


def test_docker_that_came_by_a_repair_goes_with_everything(qtbot: QtBot, bench: Maker) -> None:
    b = bench("vps-bare:difyadmin")
    b.run("sysctl -q -w net.ipv4.ip_forward=0")  # as on a server that has no Docker yet
    before = seen(b)
    with_docker_of_ours(b)
    assert b.run("sysctl -n net.ipv4.ip_forward").strip() == "1"
    with acting_on(b) as scene:
        card, controller = removal_of(scene), scene.panel.controller
        plan = controller.state.removal.plan
        assert plan is not None and [one.repair for one in plan.added] == ["docker.group", "docker.install"]
        assert card.typed is not None and card.go is not None
        assert card.images is not None and card.added is not None
        QTest.keyClicks(card.typed.edit, b.directory)
        card.images.click()
        card.added.click()
        card.go.click()
        scene.panel.until(
            lambda: controller.state.removal.done is not None or controller.state.removal.error, 200
        )
        assert controller.state.removal.error is None
        done = controller.state.removal.done
        assert done is not None and done.left == ()
    different = changed(before, seen(b))
    assert different == [], "\n".join(different[:40])


def _answers(driver: Driver) -> bool:
    """Docker, as the page knows it by now."""
    facts = driver.app.flow.state.checks.facts
    return facts is not None and bool(facts.docker.server)


def test_docker_that_was_started_at_once_from_checks_is_stopped_again(
    bench: Maker, window: MakeDriver
) -> None:
    """That was before anybody knew where Dify would be."""
    b = bench("vps", variants=("dockeroff",))
    before = seen(b)
    driver = window(b)
    to_checks_over_ssh(driver, b)
    title = driver.app.ui.texts.repair("docker.start", {}).title
    driver.click(driver.t("checks.repair_name", what=driver.t("checks.repair_now"), title=title))
    driver.wait(lambda: driver.app.flow.state.work.busy is None and _answers(driver), 60)
    assert b.run("systemctl is-active docker.service; systemctl is-enabled docker.service").split() == [
        "active",
        "enabled",
    ]
    b.write(release={"version": versions()[-1]}, target={"directory": "/srv/other"})
    ran = driver.aside(lambda: b.cli.json("apply"))
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    gone = driver.aside(lambda: b.cli.json("remove", "--confirm", "/srv/other", "--images", "--added"))
    assert gone.exit_code == 0, gone.last
    plan = next(o for o in gone.objects if o["event"] == "undo_plan")
    assert [one["repair"] for one in plan["added"]] == ["docker.start"]
    assert gone.last["left"] == [], gone.last
    different = driver.aside(lambda: changed(before, seen(b)))
    assert different == [], "\n".join(different[:40])
