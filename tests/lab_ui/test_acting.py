"""Acting on a real installation through the control panel: containers, workers, images, removing it."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from installer.answers import load_answers, load_secrets
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.operations.actions import ActionName
from installer.views.service_rows import rows
from tests.lab_apply.conftest import Bench, Maker, versions
from tests.lab_apply.test_main_job import containers, http_status
from tests.lab_ui.grid_lab import Panel
from ui.panel import intents as pi
from ui.panel.server.section import ServerSection
from ui.panel.space.removal import RemovalCard
from ui.panel.space.section import SpaceSection
from ui.panel.terminal.section import TerminalSection

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1200), pytest.mark.slow]

LEFT = Qt.MouseButton.LeftButton


@dataclass
class Scene:
    """An installation, and the panel on it."""

    bench: Bench
    panel: Panel
    open: Callable[[], Panel]

    def again(self) -> None:
        """The panel anew, as after the program's next start."""
        self.panel.close()
        self.panel = self.open()

    def press(self, action: ActionName) -> None:
        """One of the buttons under the rows."""
        QTest.mouseClick(self.panel.section.buttons[action], LEFT)

    def select_all(self) -> None:
        """As by Ctrl+A in the grid."""
        grid = self.panel.section.grid
        grid.setFocus()
        QTest.keySequence(grid, QKeySequence(QKeySequence.StandardKey.SelectAll))
        assert len(self.panel.section.selected()) > 5

    def rest(self, seconds: float = 150) -> None:
        """Until what was asked for is done, and what came of it was seen."""
        controller = self.panel.controller
        self.panel.until(lambda: not controller.state.acting, seconds)
        assert controller.state.action_error is None, controller.state.action_error
        self.panel.until(lambda: not any(r.word.startswith("act_") for r in rows(controller.state, 0)))

    def more(self, service: str, text: str) -> None:
        """A line of the button with a menu, for *service* or for what is selected."""
        if service:
            self.panel.section.select((service,))
        menu = self.panel.section.more.menu()
        menu.aboutToShow.emit()
        wanted = self.panel.section.ui.t(f"containers.{text}")
        next(a for a in menu.actions() if a.text() == wanted).trigger()

    def yes(self) -> None:
        confirm = self.panel.section.notices.confirm
        self.panel.until(confirm.isVisible)
        QTest.mouseClick(confirm.yes, LEFT)


@contextmanager
def acting_on(b: Bench) -> Iterator[Scene]:
    """The panel on what the answers of *b* name."""
    answers = load_answers(b.cli.answers)
    home = Home(b.cli.home)
    secrets = load_secrets(b.cli.secrets)
    connected = connect(answers, secrets, home, CancelToken(), None)

    def open_panel() -> Panel:
        panel = Panel(connected.host, answers, b.cli.home, connected.rights)
        panel.shell.resize(1100, 900)
        return panel

    made = Scene(b, open_panel(), open_panel)
    try:
        yield made
    finally:
        made.panel.close()
        connected.host.close()


@pytest.fixture(params=["vps:difyadmin", "local"])
def scene(qtbot: QtBot, bench: Maker, request: pytest.FixtureRequest) -> Iterator[Scene]:
    b = bench(request.param)
    b.write(release={"version": versions()[0]}, ports={"plugin_debugging_public": True})
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    with acting_on(b) as made:
        yield made


def test_all_of_it(scene: Scene, tmp_path: Path) -> None:
    act_on_containers(scene)
    act_on_all(scene)
    another_number_of_workers(scene)
    a_shell(scene)
    the_copied_command(scene, tmp_path)
    room_and_ports(scene)
    remove_it_without_its_data(scene)
    remove_it(scene)


def act_on_containers(scene: Scene) -> None:
    b, section = scene.bench, scene.panel.section
    before = containers(b)
    section.select(("web",))
    QTest.mouseClick(section.buttons["restart"], LEFT)
    scene.rest()
    assert containers(b)["web"][1] > before["web"][1]
    section.select(("worker",))
    QTest.mouseClick(section.buttons["stop"], LEFT)
    scene.yes()
    scene.rest()
    assert containers(b)["worker"][2] == "exited"
    QTest.mouseClick(section.buttons["start"], LEFT)
    scene.rest()
    assert containers(b)["worker"][2] == "running"
    scene.more("api", "recreate")
    scene.yes()
    scene.rest()
    after = containers(b)
    assert after["api"][0] != before["api"][0] and after["nginx"][1] > before["nginx"][1]
    assert http_status(f"{b.web}/console/api/setup") == 200


def act_on_all(scene: Scene) -> None:
    """Restart, stop, start and recreate with everything at once; data stays."""
    b, section = scene.bench, scene.panel.section
    lasting = {name for name, row in containers(b).items() if row[2] == "running"}
    assert len(lasting) > 5

    def of_all(part: int) -> dict[str, object]:
        return {name: row[part] for name, row in containers(b).items() if name in lasting}

    keys = b.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {b.docker_folder}/.env")
    before = of_all(1)
    section.restart_all.click()
    scene.yes()
    scene.rest(300)
    after = of_all(1)
    assert all(str(after[name]) > str(before[name]) for name in lasting)
    scene.select_all()
    scene.press("stop")
    scene.yes()
    scene.rest(300)
    assert set(of_all(2).values()) == {"exited"}
    scene.panel.until(section.start_all.isVisible)
    section.start_all.click()
    scene.rest(300)
    assert set(of_all(2).values()) == {"running"}
    assert http_status(f"{b.web}/console/api/setup") == 200
    before = of_all(0)
    scene.select_all()
    scene.more("", "recreate")
    scene.yes()
    scene.rest(400)
    after = of_all(0)
    assert {*after} == lasting and all(after[name] != before[name] for name in lasting)
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {b.docker_folder}/.env") == keys
    again = b.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False


def another_number_of_workers(scene: Scene) -> None:
    section = scene.panel.section
    section.select(("worker",))
    menu = section.more.menu()
    menu.aboutToShow.emit()
    inner = menu.actions()[-1].menu()
    assert isinstance(inner, QMenu)
    inner.actions()[1].trigger()
    scene.rest()
    label = "--filter label=com.docker.compose.service=worker"
    assert len(scene.bench.run(f"docker ps -q {label}").split()) == 2
    scene.panel.until(lambda: "2" in section.chosen.text())
    again = scene.bench.cli.json("apply")
    assert again.exit_code == 0 and again.last["changed"] is False


def a_shell(scene: Scene) -> None:
    scene.more("redis", "open_shell")
    shown = scene.panel.view.current
    assert isinstance(shown, TerminalSection)
    terminal = shown.view.terminal
    assert terminal is not None

    def screen() -> str:
        first, (columns, lines) = terminal.view().first, terminal.size
        return terminal.text((first, 0), (first + lines - 1, columns))

    scene.panel.until(lambda: "#" in screen() or "$" in screen())
    for character in "redis-cli --version":
        QTest.keyClicks(shown.view, character)
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    scene.panel.until(lambda: "redis-cli " in screen().replace("redis-cli --version", ""))
    QTest.mouseClick(shown.end, LEFT)
    scene.panel.until(lambda: scene.panel.controller.state.terminal.phase == "ended")


def the_copied_command(scene: Scene, folder: Path) -> None:
    """It is run in a terminal, as a person does who pastes it."""
    b = scene.bench
    scene.panel.controller.ask(pi.ShowSection("containers"))
    scene.panel.copied.clear()
    scene.more("api", "copy_shell")
    (command,) = scene.panel.copied
    typed = [("[#$] ", "echo in''side $(hostname)")]
    if b.name != "local":
        assert (
            command.startswith("ssh -t ") and f"difyadmin@{b.tables['target']['host']} sudo docker" in command
        )
        server = b.lab.server("vps")
        known = folder / "known"
        known.write_text(f"{server.ip} {server.host_key_line()}\n")
        key = f"-i {b.lab.place.key_file} -o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes"
        command = command.replace("ssh ", f"ssh -F none {key} ", 1)
        typed.insert(0, ("password for", server.login("difyadmin").password))
    said = in_a_terminal(command, typed, until="inside ")
    name = b.run("docker ps -qf label=com.docker.compose.service=api").strip()
    assert f"inside {name}" in said, said


def in_a_terminal(command: str, typed: list[tuple[str, str]], until: str, seconds: float = 30) -> str:
    """Run *command* in a terminal of its own: each text of *typed* once what it answers to (a pattern) is
    there, until there is a line with *until*."""
    mine, theirs = os.openpty()
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command}"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    said, seen, rest, end = "", 0, [*typed], time.monotonic() + seconds
    try:
        while time.monotonic() < end and (rest or "\n" not in said[seen:].partition(until)[2]):
            if select.select([mine], [], [], 0.2)[0]:
                try:
                    said += os.read(mine, 65536).decode("utf-8", "replace")
                except OSError:  # it has ended
                    break
            if rest and re.search(rest[0][0], said[seen:]):
                seen = len(said)
                os.write(mine, rest.pop(0)[1].encode() + b"\r")
    finally:
        process.kill()
        process.wait()
        os.close(mine)
    return said


def room_and_ports(scene: Scene) -> None:
    b, controller = scene.bench, scene.panel.controller
    b.run("docker volume create of-others >/dev/null; echo old > /tmp/old-image")
    b.run("tar -C /tmp -c old-image | docker import - langgenius/dify-sandbox:0.0.1 >/dev/null")
    controller.ask(pi.ShowSection("space"))
    shown = scene.panel.view.current
    assert isinstance(shown, SpaceSection)
    scene.panel.until(lambda: controller.state.space.now is not None and not controller.state.space.busy, 90)
    space = controller.state.space.now
    assert space is not None and space.layers > 0
    assert {d.path for d in space.data} >= {"volumes/db", "volumes/app"} or any(d.volume for d in space.data)
    (debugging,) = {p.port for p in controller.state.space.ports if p.purpose == "debugging"}
    assert all(p.verdict != "inside" for p in controller.state.space.ports if p.port == debugging)
    free = {name for image in space.free for name in image.names}
    assert free == {"langgenius/dify-sandbox:0.0.1"}
    scene.panel.until(shown.clean.isEnabled)
    shown.clean.click()
    scene.panel.until(shown.confirm.isVisible)
    QTest.mouseClick(shown.confirm.yes, LEFT)
    scene.panel.until(lambda: controller.state.space.freed >= 0, 90)
    assert "langgenius/dify-sandbox:0.0.1" not in b.run("docker images --format '{{.Repository}}:{{.Tag}}'")
    assert "of-others" in b.run("docker volume ls -q")
    assert http_status(f"{b.web}/console/api/setup") == 200
    b.run("docker volume rm of-others >/dev/null")
    name = shown.ui.t("space.shut_name", port=str(debugging))
    next(x for x in shown.findChildren(QPushButton) if x.accessibleName() == name).click()
    scene.rest()
    published = "docker ps --filter label=com.docker.compose.service=plugin_daemon --format '{{.Ports}}'"
    assert f"127.0.0.1:{debugging}->" in b.run(published) and "0.0.0.0" not in b.run(published)
    scene.panel.until(
        lambda: all(p.verdict == "inside" for p in controller.state.space.ports if p.port == debugging), 90
    )


def remove_it_without_its_data(scene: Scene) -> None:
    """Then it is installed again, and finds what it knew."""
    b = scene.bench
    document = f"{b.docker_folder}/volumes/app/storage/document"
    b.run(f"echo kept > {document}")
    keys = b.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {b.docker_folder}/.env")
    card, controller = removal_of(scene), scene.panel.controller
    assert card.go is not None and "keep" in card.go.text().lower()
    card.go.click()
    scene.panel.until(
        lambda: controller.state.removal.done is not None or controller.state.removal.error, 120
    )
    assert controller.state.removal.error is None
    assert b.run("docker ps -aq --filter label=com.docker.compose.project=dify").strip() == ""
    assert b.run(f"cat {document}") == "kept\n"
    scene.panel.until(
        lambda: controller.state.status is not None and controller.state.status.state == "absent"
    )
    ran = b.cli.json("apply")
    assert ran.exit_code == 0, ran.stdout[-3000:] + ran.stderr
    assert http_status(f"{b.web}/console/api/setup") == 200
    assert b.run(f"cat {document}") == "kept\n"
    assert b.run(f"grep -E '^(SECRET_KEY|DB_PASSWORD)=' {b.docker_folder}/.env") == keys
    scene.again()


def removal_of(scene: Scene) -> RemovalCard:
    """What would go and what stays, as it is shown before anything happens."""
    scene.panel.controller.ask(pi.ShowSection("server"))
    shown = scene.panel.view.current
    assert isinstance(shown, ServerSection)
    scene.panel.until(shown.removal.begin.isEnabled)
    shown.removal.begin.click()
    card = shown.removal.card
    scene.panel.until(lambda: card.go is not None, 60)
    return card


def remove_it(scene: Scene) -> None:
    b, controller = scene.bench, scene.panel.controller
    card = removal_of(scene)
    assert card.typed is not None and card.go is not None
    keep = card.keep
    scene.panel.until(lambda: keep is not None and scene.panel.shell.focusWidget() is keep)
    QTest.keyClicks(card.typed.edit, "/opt")
    assert not card.go.isEnabled(), "another folder is no consent"
    card.typed.edit.clear()
    QTest.keyClicks(card.typed.edit, b.directory)
    assert card.go.isEnabled() and "delete the data" in card.go.text()
    card.go.click()
    scene.panel.until(
        lambda: controller.state.removal.done is not None or controller.state.removal.error, 120
    )
    assert controller.state.removal.error is None
    assert b.run(f"ls -A {b.directory} 2>/dev/null || true").strip() == ""
    assert b.run("docker ps -aq --filter label=com.docker.compose.project=dify").strip() == ""
    scene.panel.until(
        lambda: controller.state.status is not None and controller.state.status.state == "absent"
    )
