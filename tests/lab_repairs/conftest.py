"""Servers that need a repair, and the means to make one without a whole installation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from installer.answers import Answers, load_answers, load_secrets
from installer.answers.model import Repairs
from installer.apply.lock import Lock
from installer.apply.locked_change import Operation
from installer.apply.repair import carry_out, repair
from installer.connect import connect
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code
from installer.core.events import Event, Line
from installer.core.secrets import Redactor
from installer.facts.gather import gather
from installer.facts.model import Facts
from installer.hosts.base import Host
from installer.preflight.findings import Finding
from installer.repairs import catalogue
from installer.repairs.model import Repair, offered
from tests.lab import Server
from tests.lab_apply.conftest import Bench, Maker, bench, lab

__all__ = ["Bench", "Maker", "bench", "lab"]


@dataclass
class Workshop:
    """A connection to a server on which repairs are made."""

    server: Server
    host: Host
    answers: Answers
    events: list[Event] = field(default_factory=list)
    cancel: CancelToken = field(default_factory=CancelToken)

    def facts(self) -> Facts:
        return gather(self.host, self.answers.directory, self.answers.project)

    def offer(self, repair_id: str, code: Code, **params: str) -> Repair:
        repairs = offered(self.facts(), "", self.answers, [Finding(code, params)])
        return next(r for r in repairs if r.id == repair_id)

    def make(self, what: Repair) -> list[str]:
        """Carry *what* out as the engine does; its lines."""
        seen = len(self.events)
        self.host.make_folder(self.answers.docker_folder)
        self.host.make_folder(self.answers.state_folder, mode=0o700)
        on = Operation(self.host, self.answers, "tests", self.events.append, Redactor(), self.cancel)
        with Lock(self.host, self.answers.state_folder, on.client) as lock:
            carry_out(on, what, lock)
        return [e.text for e in self.events[seen:] if isinstance(e, Line)]

    def make_at_once(self, what: Repair) -> list[str]:
        seen = len(self.events)
        repair(self.host, self.answers, what, self.events.append, self.cancel)
        return [e.text for e in self.events[seen:] if isinstance(e, Line)]

    def run(self, script: str) -> str:
        return self.server.run(script).stdout.strip()


@pytest.fixture
def workshop(bench: Maker, tmp_path: Path) -> Iterator[Callable[..., Workshop]]:
    """``workshop("vps-bare:difyadmin", variants=…)``: a new machine, connected."""
    with ExitStack() as stack:

        def make(name: str, *, repairs: Repairs | None = None, **options: Any) -> Workshop:
            made = bench(name, **options)
            answers = replace(load_answers(made.cli.answers), repairs=repairs or Repairs())
            assert made.cli.secrets
            host = connect(answers, load_secrets(made.cli.secrets), Home(tmp_path / "own")).host
            stack.callback(host.close)
            return Workshop(made.lab.server(name.partition(":")[0]), host, answers)

        yield make


@pytest.fixture
def own_repository(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], None]:
    """``own_repository(URL, KEY)``: Docker's packages come from there, in this process."""

    def use(url: str, key: Path) -> None:
        known: dict[str, Any] = {**catalogue.knowledge()}
        keys: Mapping[str, Any] = {
            "apt": {**known["key"]["apt"], "file": str(key)},
            "rpm": known["key"]["rpm"],
        }
        systems = [
            {**entry, "repository": f"{url}/debian"} if "debian" in entry["id"] else entry
            for entry in known["system"]
        ]
        table = {**known, "key": keys, "system": systems}
        monkeypatch.setattr(catalogue, "knowledge", lambda: table)
        monkeypatch.setattr("installer.repairs.packages.knowledge", lambda: table)

    return use
