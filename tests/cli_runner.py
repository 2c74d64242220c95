"""Runs ``python -m installer`` as people's scripts do: a process, its events, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300


@dataclass(frozen=True)
class Ran:
    """How a command ended. *objects* are the JSON lines of stdout."""

    exit_code: int
    stdout: str
    stderr: str
    objects: tuple[dict[str, Any], ...] = ()

    @property
    def last(self) -> dict[str, Any]:
        return self.objects[-1]


@dataclass
class Cli:
    """One person's command line: their home and the files they give."""

    home: Path
    answers: Path
    secrets: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        name, *rest = words
        files = ["--answers", str(self.answers)]
        if self.secrets:
            files += ["--secrets", str(self.secrets)]
        return [sys.executable, "-m", "installer", name, *files, *rest]

    def env(self) -> dict[str, str]:
        return {**os.environ, "LANG": "C.UTF-8", "DIFY_INSTALLER_HOME": str(self.home), **self.environment}

    def run(self, *words: str, seconds: float = SECONDS) -> Ran:
        done = subprocess.run(
            self.command(*words),
            cwd=ROOT,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def json(self, *words: str, seconds: float = SECONDS) -> Ran:
        ran = self.run(*words, "--json", seconds=seconds)
        objects = tuple(json.loads(line) for line in ran.stdout.splitlines())
        return Ran(ran.exit_code, ran.stdout, ran.stderr, objects)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A running command; read its events with ``events`` and end it yourself."""
        return subprocess.Popen(
            self.command(*words, "--json"),
            cwd=ROOT,
            env=self.env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """The events of a running command as they come."""
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)
