"""Ports that Docker opens past a firewall that says no: Debian's ufw, on a server, seen from beside it."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.lab_apply.conftest import Maker, versions
from tests.lab_apply.test_main_job import http_status
from tests.lab_ui.test_acting import Scene, acting_on
from ui.panel import intents as pi
from ui.panel.space.section import SpaceSection

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(400)]

#: A program of the server itself, and the port for debugging plugins.
PROGRAM, DEBUGGING = 8099, 5003


def reached(address: str, port: int) -> bool:
    """From outside of the server."""
    try:
        with socket.create_connection((address, port), timeout=3):
            return True
    except OSError:
        return False


def verdicts(scene: Scene) -> dict[int, str]:
    """Of Dify's own ports, as the section shows them."""
    space = scene.panel.controller.state.space
    return {port.port: port.verdict for port in space.ports if port.ours}


def words(section: SpaceSection) -> str:
    return "\n".join(shown.text() for shown in section.findChildren(QLabel) if shown.isVisible())


def test_open_against_ufw_is_told_and_closed_with_one_press(qtbot: QtBot, bench: Maker) -> None:
    b = bench("vps:difyadmin", variants=("ufw",))
    address = str(b.tables["target"]["host"])
    b.write(release={"version": versions()[0]}, ports={"plugin_debugging_public": True})
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    b.run("ufw allow 80/tcp >/dev/null")
    rules = b.run("ufw status verbose")
    assert "Status: active" in rules and "deny (incoming)" in rules and str(DEBUGGING) not in rules
    b.run(f"systemd-run --quiet python3 -m http.server {PROGRAM}")
    b.run(f"for n in 1 2 3 4 5 6 7 8 9; do sleep 0.5; curl -sf 127.0.0.1:{PROGRAM} >/dev/null && break; done")
    assert not reached(address, PROGRAM), "ufw does what it says for programs of the server"
    assert reached(address, DEBUGGING), "and is not asked for what Docker publishes"

    with acting_on(b) as scene:
        scene.panel.controller.ask(pi.ShowSection("space"))
        shown = scene.panel.view.current
        assert isinstance(shown, SpaceSection)
        scene.panel.until(lambda: DEBUGGING in verdicts(scene), 90)
        assert verdicts(scene) == {80: "open", DEBUGGING: "bypasses"}
        scene.panel.until(lambda: shown.ui.t("space.verdict_bypasses") in words(shown))
        name = shown.ui.t("space.shut_name", port=str(DEBUGGING))
        next(x for x in shown.findChildren(QPushButton) if x.accessibleName() == name).click()
        scene.rest()
        scene.panel.until(lambda: verdicts(scene).get(DEBUGGING) == "inside", 90)
        scene.panel.until(lambda: shown.ui.t("space.verdict_bypasses") not in words(shown))

    assert not reached(address, DEBUGGING)
    b.run(f"timeout 5 bash -c '</dev/tcp/127.0.0.1/{DEBUGGING}'")  # the server itself still gets there
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run("ufw status verbose") == rules, "nobody touched the firewall"
    told = {(p["port"], p["verdict"]) for p in b.cli.json("ports").last["ports"] if p["ours"]}
    assert told == {(80, "open"), (DEBUGGING, "inside")}
