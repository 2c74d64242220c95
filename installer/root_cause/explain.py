"""From an error to what explains it, within a few seconds, and never in the error's way."""

from __future__ import annotations

import math
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from installer.answers.owned import is_secret_name
from installer.core.cancel import CancelToken
from installer.core.errors import InstallError, catalogue_of
from installer.core.events import Emit, Event, Line, StepFailed, StepStarted
from installer.core.resources import read_text
from installer.core.secrets import Redactor, Secret
from installer.core.step_events import part_of
from installer.core.step_names import repair_of
from installer.diagnosis import KnownFailure, Piece, diagnose_all, warm_up
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.base import Command, Host
from installer.release.envfile import EnvFile
from installer.root_cause import evidence, states
from installer.root_cause.evidence import Evidence

#: Seconds after the failure in which the target may answer, and those that it always gets. With what comes
#: after it that makes five until the cause is shown.
LIMIT = 3.5
LEAST = 2.0
#: Lines of a step's output that are kept, and characters of one line that are looked at.
KEPT = 60
LONGEST = 1000
#: ``user:password@`` in an address, as in the probe.
_LOGIN = re.compile(r"://[^/\s\"'@]{1,200}@")


class Heard:
    """Passes events on, and remembers what the last step said. *within*: a step of which the steps that come
    are reported as parts."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.within = ""
        self.step, self.lines = "", deque[str](maxlen=KEPT)
        self.failed_at = 0.0  # of the monotonic clock

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, StepFailed):
            self.failed_at = time.monotonic()
        around = bool(self.within) and event.step == self.within  # what its parts said counts
        if isinstance(event, StepStarted | StepFailed) and event.step != self.step and not around:
            self.step = event.step
            self.lines.clear()
        elif isinstance(event, Line):
            self.lines.append(event.text)
        self._emit(part_of(event, self.within) if self.within else event)


@dataclass
class Scene:
    """Where it happened: the installation in *directory* as *project*, its *web* server, the *services* that
    should be there. *host* is None before there is a connection. *since*: of the monotonic clock; what
    containers said before is of an earlier life of theirs. 0: all of it counts. *public*: values of the
    ``.env`` that are no secrets whatever their names say, as the release publishes them."""

    directory: str
    project: str
    host: Host | None = None
    web: Web | None = None
    services: tuple[str, ...] = ()
    since: float = 0.0
    public: frozenset[str] = frozenset()


Explain = Callable[[InstallError], None]


@contextmanager
def explained(scene: Scene, heard: Heard, redact: Redactor, cancel: CancelToken) -> Iterator[Explain]:
    """An ``InstallError`` out of the block gets its ``findings``. Whatever goes wrong with that: the
    error stays what it was. Who notes it before it leaves the block has it explained then; nothing is looked
    for twice."""
    looked: list[InstallError] = []

    def explain(error: InstallError) -> None:
        if not error.known_failures and not cancel.cancelled and error not in looked:
            looked.append(error)
            error.known_failures = find(error, scene, heard, redact)

    try:
        yield explain
    except InstallError as error:
        explain(error)
        raise


def find(error: InstallError, scene: Scene, heard: Heard, redact: Redactor) -> tuple[KnownFailure, ...]:
    """What explains *error*, root causes first; nothing where nothing is known, or if looking failed."""
    try:
        own = tuple(_own(error, heard))
        looked = _look(error, scene, heard, redact)
        known = _known(error, heard)
        expected = scene.services if known.get("whole") else None
        if known.get("machine_only"):
            looked = replace(looked, containers=(), status="")
        found = diagnose_all((*own, *states.pieces(looked, expected)))
        return tuple(KnownFailure(f.code, tuple(map(redact, f.lines)), f.service) for f in found)
    except Exception as exc:  # noqa: BLE001  (a failure must never be hidden by looking for its cause)
        why = redact(f"its cause could not be looked for: {type(exc).__name__}: {exc}")
        heard(Line(step=heard.step, text=why))
        return ()


def _known(error: InstallError, heard: Heard) -> Mapping[str, object]:
    """What is known of the error itself, wherever it happened, or else of the step that failed."""
    tables = states.knowledge()
    name = "repair" if repair_of(heard.step) else heard.step.partition(":")[0]
    found: Mapping[str, object] = tables["code"].get(error.code.value) or tables["step"].get(name, {})
    return found


def _own(error: InstallError, heard: Heard) -> Iterator[Piece]:
    """What the engine has already: the error's own text, and the last lines of the step."""
    stage = str(_known(error, heard).get("stage", ""))
    service = error.params.get("service", "")
    detail = error.detail.splitlines()
    known = catalogue_of(error.code)
    if stage or known:
        yield Piece(_clear(detail), stage, (service,) if service else (), known=known)
    if stage:
        said = {line.strip() for line in detail if line.strip()}
        own = [line for line in heard.lines if not {line.strip(), line.partition(" | ")[2]} & said]
        yield Piece(_clear(own), stage)


def _clear(lines: list[str]) -> str:
    return "\n".join(_LOGIN.sub("://***@", line[:LONGEST]) for line in lines)


def _look(error: InstallError, scene: Scene, heard: Heard, redact: Redactor) -> Evidence:
    """What the target says in time."""
    host = scene.host
    if host is None or not _known(error, heard).get("look") or error.code.startswith(("ssh.", "sudo.")):
        return Evidence()
    lines: list[str] = []
    mark = f"==={secrets.token_hex(8)}"
    token = CancelToken()

    def ask() -> None:
        try:
            _ask(host, mark, scene, error.params.get("service", ""), lines.append, token)
        except BaseException:  # noqa: BLE001  (what came before it counts)
            return

    worker = threading.Thread(target=ask, name="evidence", daemon=True)
    worker.start()
    warm_up()
    worker.join(max(LEAST, heard.failed_at + LIMIT - time.monotonic()))
    if worker.is_alive():  # ending what hangs takes its own time: not awaited
        threading.Thread(target=token.cancel, name="evidence-end", daemon=True).start()
    text = "\n".join(tuple(lines))
    knows = _knowing(evidence.env_of(text, mark), redact, scene.public)
    return evidence.read(knows(_clear(text.splitlines())), mark)


def _ask(
    host: Host, mark: str, scene: Scene, service: str, put: Callable[[str], None], token: CancelToken
) -> None:
    since = math.ceil(time.monotonic() - scene.since) if scene.since else 0
    if not host.kind.runs_scripts:
        from installer.root_cause import local_evidence

        local_evidence.ask(host, scene, mark, service, since, put)
        return
    web = scene.web
    where = (
        ("https" if web.tls else "http", web.address, str(web.port), web.name)
        if web
        else ("http", "", "0", "")
    )
    arguments = (
        mark,
        scene.directory,
        scene.project,
        *where,
        SETUP_PATH,
        service,
        f"{since}s" if since else "",
    )
    host.run(
        Command.script(script(), *arguments),
        cancel=token,
        timeout=LIMIT + LEAST,
        on_line=lambda stream, line: put(line) if stream == "stdout" else None,
    )


@cache
def script() -> str:
    """The tools of the probe, then what is asked."""
    return read_text("scripts/probe/10-tools.sh") + read_text("scripts/evidence.sh")


def _knowing(env: str, redact: Redactor, public: frozenset[str]) -> Redactor:
    """*redact*, and besides the secrets in the ``.env`` in use; of one that cannot be read, what stands
    behind the names. For what the target says alone: where it is not known what is *public*, placeholders
    like ``dify`` are among them, and they must not be masked everywhere from now on."""
    try:
        values = EnvFile.parse(env).values()
    except InstallError:
        rows = (line.partition("=") for line in env.splitlines())
        values = {key.strip(): value.strip(" \t\"'") for key, _, value in rows}
    there = {value for key, value in values.items() if is_secret_name(key)} - public
    return Redactor(Secret(value) for value in (*redact.values(), *there) if value)
