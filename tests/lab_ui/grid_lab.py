"""Containers of the lab that look like an installation, and the panel's own window on them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from installer.answers import Answers
from installer.answers.model import Target
from installer.core.app_folder import Home
from installer.hosts.base import Host
from installer.hosts.local.host import LocalHost
from installer.hosts.ssh.host import SshHost
from installer.hosts.ssh.host_keys import KnownHosts
from installer.hosts.ssh.login import SshLogin
from installer.views.panel import Section
from installer.views.service_rows import rows
from tests.lab import Lab
from tests.lab.servers import Server
from tests.ui.preview import look
from ui.background.jobs import Jobs
from ui.connection.session import Session
from ui.panel import intents as pi
from ui.panel.containers.grid_columns import STATE
from ui.panel.containers.section import ContainersSection
from ui.panel.controller import PanelController
from ui.panel.section import Section as SectionWidget
from ui.panel.view import PanelView, connect
from ui.window.window import Shell

_IMAGE = "busybox:latest"
_LIVES = "while :; do sleep 5; done"


@dataclass(frozen=True)
class Stack:
    """Containers named as their services. *docker* runs a command of Docker's client there, past the
    program; *host* connects as the program does."""

    answers: Answers
    docker: Callable[[str], str]
    host: Callable[[], Host]
    write: Callable[[str, str], object]
    server: Server | None = None
    key: str = ""

    def make(self, service: str, script: str) -> None:
        """A container of the installation that runs *script* (without single quotes)."""
        self.docker(
            f"run -d --name {service} --label com.docker.compose.project={self.answers.project} "
            f"--label com.docker.compose.service={service} {_IMAGE} sh -c '{script}'"
        )


def _fill(stack: Stack, names: Sequence[str], one_shots: Sequence[str]) -> None:
    services = [*names, *one_shots]
    record = {"version": "1.16.1", "project": stack.answers.project, "url": "http://x", "services": services}
    stack.write(
        f"{stack.answers.state_folder}/installation.json", json.dumps({**record, "one_shots": one_shots})
    )
    stack.docker(f"pull -q {_IMAGE}")
    for name in services:
        stack.make(name, "true" if name in one_shots else _LIVES)


@contextmanager
def on_server(lab: Lab, name: str, names: Sequence[str], one_shots: Sequence[str] = ()) -> Iterator[Stack]:
    """A new server."""
    server = lab.new_server(name, (), "vps")
    try:
        server.wait_ready()
        key = server.host_key_fingerprint()
        target = Target(kind="ssh", host=server.ip, port=server.port, user="root", directory="/opt/dify")
        stack = Stack(
            Answers(target=target),
            lambda words: server.run(f"docker {words}").stdout.strip(),
            lambda: ssh(lab, key, server.ip, server.port),
            server.write,
            server,
            key,
        )
        _fill(stack, names, one_shots)
        yield stack
    finally:
        # what is paused cannot be ended, not even by the end of its server
        server.run("docker ps -q -f status=paused | xargs -r docker unpause", check=False)
        server.remove()


def ssh(lab: Lab, key: str, address: str, port: int) -> SshHost:
    """Log in as root through *address*:*port*, where *key* is the host's."""
    login = SshLogin(
        address,
        port,
        "root",
        identity_file=str(lab.place.key_file),
        expected_host_key=key,
    )
    folder = lab.place.run / "grid-known"
    folder.mkdir(exist_ok=True)
    host = SshHost.connect(login, KnownHosts(folder / "known", user_file=folder / "none"))
    host.detect_rights()
    return host


@contextmanager
def on_this_computer(
    lab: Lab, folder: Path, names: Sequence[str], one_shots: Sequence[str] = ()
) -> Iterator[Stack]:
    """The lab's own Engine."""
    import shlex

    def write(path: str, text: str) -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)

    # a project of its own: other tests leave their Dify's containers there
    answers = Answers(target=Target(kind="local", directory=str(folder / "panel")))
    stack = Stack(
        answers,
        lambda words: lab.engine.docker(*shlex.split(words)),
        lambda: LocalHost(lab.place.docker_host),
        write,
    )
    try:
        _fill(stack, names, one_shots)
        yield stack
    finally:
        lab.engine.docker("rm", "-f", *names, *one_shots, check=False)


class Panel:
    """The panel in a window, on a machine."""

    def __init__(self, host: Host, answers: Answers, folder: Path, rights: str = "") -> None:
        ui, home = look("en", "light"), Home(folder)
        self.jobs = Jobs()
        self.copied: list[str] = []
        session = Session(home, host=host, rights=rights)
        self.controller = PanelController(self.jobs, home, session, answers)
        self.controller.copied.connect(lambda text, _secret: self.copied.append(text))
        self.shell = Shell(ui)
        self.view = PanelView(ui, self.shell, self.controller.state)
        connect(self.view, self.controller)
        self.controller.ask(pi.ShowSection("containers"))
        self.shell.resize(1040, 720)
        self.shell.show()
        self.controller.begin()
        self.until(lambda: self.controller.state.status is not None, 30)
        section = self.view.current
        assert isinstance(section, ContainersSection)
        self.section = section

    def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Let the window live until then."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            QApplication.processEvents()
            time.sleep(0.0005)

    def section_of(self, name: Section) -> SectionWidget:
        """Press its line of the rail."""
        QTest.mouseClick(self.shell.rail.buttons[name], Qt.MouseButton.LeftButton)
        assert self.controller.state.section == name
        return self.view.current

    def run(self, seconds: float) -> float:
        """Let the window live as it does in a program; percent of one processor that all threads took."""
        loop = QEventLoop()  # the application's own would close the window at its end
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        before, began = time.process_time(), time.monotonic()
        loop.exec()
        return (time.process_time() - before) / (time.monotonic() - began) * 100

    def shown(self, service: str) -> str:
        """The state in words as it stands in the grid; empty without a row."""
        place = self.section.model.place_of(service)
        return "" if place is None else self.section.model.lines[place].cells[STATE]

    def measured(self) -> bool:
        """Whether what every row in view uses is known."""
        seen = self.section.grid.in_view()
        found = [row for row in rows(self.controller.state, time.time()) if row.service in seen]
        return all(row.usage is not None for row in found if row.up is not None)

    def close(self) -> None:
        """Everything ends."""
        self.view.stop()
        self.controller.close()
        # whoever reads a file of a server that went a moment ago dials for three seconds more
        assert self.jobs.close(10.0)
        self.shell.close()
