"""Asks the target for what a report holds. What cannot be had is noted, and the rest still comes."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import yaml

from installer import __version__
from installer.answers import Answers, dump_answers
from installer.apply.lock import job_folder
from installer.apply.plan import make_plan
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import InstallError
from installer.core.events import StepFinished, StepProgress, StepStarted
from installer.core.formatting import plain_data
from installer.diagnosis import diagnose
from installer.docker.compose import compose
from installer.docker.containers import Container, read_containers
from installer.engine import Engine
from installer.facts.model import Facts
from installer.hosts.base import Command, Host
from installer.logs.service_logs import LogLine, history
from installer.redaction.secrets_in_use import values_there
from installer.state.compose_services import of_services, services_of
from installer.state.record import read_installed
from installer.support.parts import Parts
from installer.untrusted.json import loads
from installer.untrusted.text import safe_json
from installer.untrusted.yaml import load as load_yaml

STEP = "bundle"
#: Lines of each container's log; jobs whose logs are taken, newest first; bytes of a job's log that are
#: read, from its end.
LOG_LINES, JOBS, JOB_BYTES = 2000, 12, 4_000_000
#: Of a log that is searched for known failures.
_DIAGNOSED = 150_000
_COMPOSE_SECONDS = 60.0
_STAGES = {"containers": "container start / start / runtime", "jobs": "image pull / compose up / start"}


class Gatherer:
    """One report. *more*: what the front end knows itself (an error on screen, the last lines of a log)."""

    def __init__(
        self,
        engine: Engine,
        parts: Parts,
        more: Mapping[str, Any] | None = None,
        unreached: InstallError | None = None,
    ) -> None:
        self._engine, self._parts, self._more = engine, parts, more or {}
        self._unreached = unreached
        self._answers: Answers = engine.answers
        self._cancel: CancelToken = engine.cancel
        self._texts: dict[str, tuple[str, str]] = {}  # member → text, service; for the diagnosis

    def run(self) -> Facts | None:
        """Gather; the facts, if the target was reached. ``Cancelled``."""
        parts, emit = self._parts, self._engine.emit
        emit(StepStarted(step=STEP))
        facts: Facts | None = None
        safe = False
        host = self._host()
        if host is not None:
            with self._part("facts.json"):
                facts = self._engine.facts()
            with self._part("secrets"):
                parts.scrub.learn([*values_there(host, self._answers, facts)])
                safe = True
        parts.scrub.learn(s.reveal() for s in self._engine.secrets.all())
        self._local()
        steps: list[tuple[str, Callable[[], None]]] = []
        if host is not None and safe:  # who does not know the secrets cannot take them out of logs
            steps = [
                ("plan.json", lambda: self._plan(facts)),
                ("journal.jsonl", lambda: self._journal(host)),
                ("installation.json", lambda: self._record(host)),
                ("env", lambda: self._env(host, facts)),
                ("compose.yaml", lambda: self._compose(host)),
                ("containers", lambda: self._containers(host)),
                ("jobs", lambda: self._jobs(host, facts)),
            ]
        for number, (name, act) in enumerate(steps):
            self._cancel.check()
            emit(StepProgress(step=STEP, done=number, total=len(steps), unit="parts"))
            with self._part(name):
                act()
        if facts is not None:
            parts.json("facts.json", plain_data(dataclasses.asdict(facts)))
        self._diagnosis()
        self._versions(facts)
        emit(StepFinished(step=STEP, changed=False))
        return facts

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        """What goes wrong in here costs this part only."""
        try:
            yield
        except Cancelled:
            raise
        except InstallError as e:
            self._parts.lacks(name, e.code.value, e.detail)
        except Exception as e:  # noqa: BLE001  (a report about a failure must not fail itself)
            self._parts.lacks(name, "internal", f"{type(e).__name__}: {e}")

    def _host(self) -> Host | None:
        try:
            if self._unreached is not None:
                raise self._unreached
            return self._engine.host
        except InstallError as e:
            self._parts.lacks("target", e.code.value, e.detail)
            return None

    # ------------------------------------------------------------------- parts

    def _local(self) -> None:
        self._parts.text("answers.toml", dump_answers(self._answers))
        for name, value in self._more.items():
            if isinstance(value, str):
                self._parts.text(name, value)
            else:
                self._parts.json(name, value)

    def _plan(self, facts: Facts | None) -> None:
        if facts is None:
            return
        situation = self._engine.judge(facts, self._engine.release(facts.installed_version))
        self._parts.scrub.learn(s.reveal() for s in situation.configuration.secrets)
        self._parts.json("plan.json", make_plan(situation).as_json())

    def _journal(self, host: Host) -> None:
        data = host.read_file(f"{self._answers.state_folder}/journal.jsonl")
        if data is None:
            self._parts.lacks("journal.jsonl", "absent")
            return
        lines = [self._json_line(line) for line in data.decode("utf-8", "replace").splitlines()]
        # once more as a whole: what is no JSON may go on in the next line
        self._parts.text("journal.jsonl", "".join(f"{line}\n" for line in lines))

    def _json_line(self, line: str) -> str:
        try:
            value = safe_json(line)
        except ValueError:
            return self._parts.scrub.text(line)
        return json.dumps(self._parts.scrub.data(value), ensure_ascii=False, sort_keys=True)

    def _record(self, host: Host) -> None:
        data = host.read_file(f"{self._answers.state_folder}/installation.json")
        if data is None:
            self._parts.lacks("installation.json", "absent")
            return
        self._parts.json("installation.json", loads(data))

    def _env(self, host: Host, facts: Facts | None) -> None:
        data = host.read_file(f"{self._answers.docker_folder}/.env")
        if data is None:
            self._parts.lacks("env", "absent")
            return
        self._parts.text("env", self._parts.scrub.env(data.decode("utf-8", "replace")), scrubbed=True)

    def _compose(self, host: Host) -> None:
        command = Command(compose("config"), cwd=self._answers.docker_folder)
        result = host.run(command, cancel=self._cancel, timeout=_COMPOSE_SECONDS)
        if result.exit_code != 0:
            self._parts.lacks("compose.yaml", "failed", result.errors)
            return
        # parsed and dumped again: a value of several lines is one value here
        clean = self._parts.scrub.data(plain_yaml(load_yaml(result.text)))
        text = yaml.safe_dump(clean, sort_keys=True, allow_unicode=True, width=10_000)
        self._parts.text("compose.yaml", text)

    def _containers(self, host: Host) -> None:
        with host.docker() as client:
            found = read_containers(client, self._answers.project)
        record = read_installed(host, self._answers.state_folder)
        if record is not None:
            found = of_services(found, record, lambda: services_of(host, self._answers, record, self._cancel))
        self._parts.json("containers.json", [dataclasses.asdict(c) for c in found])
        if not found:
            return
        self._save_logs(found, history(host, found, tail=str(LOG_LINES), cancel=self._cancel))

    def _save_logs(self, containers: Sequence[Container], lines: Sequence[LogLine]) -> None:
        for service in sorted({c.service for c in containers}):
            mine = "".join(f"{line.at} {line.text}\n" for line in lines if line.service == service)
            name = f"containers/{safe_name(service)}.log"
            self._texts[name] = self._parts.text(name, mine), service

    def _jobs(self, host: Host, facts: Facts | None) -> None:
        for job in sorted(facts.jobs if facts else (), key=_by_time)[-JOBS:]:
            self._cancel.check()
            folder = job_folder(self._answers.state_folder, job)
            data = host.read_end(f"{folder}/log", JOB_BYTES) or b""
            if len(data) == JOB_BYTES:
                data = data[data.find(b"\n") + 1 :]  # half a line may be half a secret
            name = f"jobs/{safe_name(job)}.log"
            self._texts[name] = self._parts.text(name, data.decode("utf-8", "replace")), ""

    def _diagnosis(self) -> None:
        found = []
        for name, (text, service) in sorted(self._texts.items()):
            self._cancel.check()
            stage = _STAGES[name.partition("/")[0]]
            for finding in diagnose(text[-_DIAGNOSED:], stage, [service] if service else []):
                lines = list(finding.lines)
                found.append(
                    {"member": name, "code": finding.code, "service": finding.service, "lines": lines}
                )
        self._parts.json("diagnosis.json", found)

    def _versions(self, facts: Facts | None) -> None:
        docker = facts.docker if facts else None
        self._parts.json(
            "versions.json",
            {
                "installer": __version__,
                "python": platform.python_version(),
                "this_computer": platform.platform(),
                "docker": docker.server if docker else "",
                "docker_client": docker.client if docker else "",
                "compose": docker.compose if docker else "",
                "dify": facts.record.version if facts and facts.record else "",
            },
        )


def _by_time(job: str) -> tuple[str, str]:
    """Jobs are called ``NAME-TIME-RANDOM``."""
    return job.partition("-")[2], job


def safe_name(name: str) -> str:
    """*name* as a part of a member's name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name).lstrip(".") or "_"


def plain_yaml(value: Any) -> Any:
    """What YAML read, with ``KEY=value`` of lists as a mapping, so that each key is seen."""
    if isinstance(value, Mapping):
        return {str(k): plain_yaml(v) for k, v in value.items()}
    if isinstance(value, list):
        pairs = [
            v.partition("=")
            for v in value
            if isinstance(v, str) and "=" in v and " " not in v.partition("=")[0]
        ]
        if value and len(pairs) == len(value):
            return {key: text for key, _, text in pairs}
        return [plain_yaml(v) for v in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else str(value)
