"""What the command line's ``plan`` says about a server of the lab."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli_runner import Cli
from tests.lab import Lab, Server
from tests.lab.fixtures import calm, fresh_server, lab
from tests.lab_apply.conftest import toml

__all__ = ["calm", "fresh_server", "lab"]

#: Code → the finding as ``plan --json`` prints it, with ``weight``: ``stop`` or ``warning``.
Findings = dict[str, dict[str, Any]]
Judge = Callable[..., Findings]


@pytest.fixture
def judge(calm: Lab, tmp_path: Path) -> Judge:
    """``judge(server, user)``: the plan's findings there. *tables* change the answers."""
    count = 0

    def make(server: Server, user: str = "root", **tables: dict[str, Any]) -> Findings:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        answers, secrets = calm.answers(server.name, folder)
        data = tomllib.loads(answers.read_text())
        data["target"]["user"] = user
        for name, values in tables.items():
            data.setdefault(name, {}).update(values)
        answers.write_text(toml(data))
        password = server.login(user).password
        secrets.write_text(f"[ssh]\npassword = '{password}'\n[sudo]\npassword = '{password}'\n")
        secrets.chmod(0o600)
        ran = Cli(tmp_path / "home", answers, secrets).json("plan", seconds=60)
        assert ran.exit_code in (0, 3), ran.stderr
        found = [(p, "stop") for p in ran.last["blockers"]] + [(p, "warning") for p in ran.last["warnings"]]
        assert (ran.exit_code == 3) == bool(ran.last["blockers"])
        return {p["code"]: {**p, "weight": weight} for p, weight in found}

    return make
