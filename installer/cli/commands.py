"""What each command does: read the files, call the engine, print the result."""

from __future__ import annotations

import argparse
import dataclasses
import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from installer.answers import check_together, load_answers, load_secrets
from installer.answers.external_services import fields, kinds
from installer.cli.output import Output
from installer.cli.show import certificate_lines, facts_lines, plan_json, plan_lines, status_rows
from installer.connect import with_ssh_config
from installer.core.app_folder import Home
from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Event
from installer.core.formatting import moment, plain_data
from installer.core.secrets import Redactor
from installer.engine import WAIT_LONGER, Engine
from installer.logs import service_logs
from installer.operations import actions
from installer.operations.scale import scale
from installer.operations.status import read_status
from installer.release.listing import list_releases
from installer.texts import Texts

if TYPE_CHECKING:
    from installer.answers.external_services import Field

CANCELLED = 130
#: Commands whose JSON is a stream of events with one ending.
DOING = frozenset({"apply", "undo", "remove", "restart", "stop", "start", "recreate", "scale"})


@dataclass(frozen=True)
class Call:
    """One command of one run."""

    arguments: argparse.Namespace
    output: Output
    redact: Redactor
    cancel: CancelToken

    def emit(self, event: Event) -> None:
        """Events are for commands that do something; what only looks answers with its result alone."""
        if not self.output.as_json or self.arguments.command in DOING:
            self.output.emit(event)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine for the answers given, closed at the end."""
        answers = with_ssh_config(load_answers(Path(self.arguments.answers)))
        secrets = load_secrets(Path(self.arguments.secrets) if self.arguments.secrets else None)
        check_together(answers, secrets)
        engine = Engine(answers, secrets, Home(), emit=self.emit, cancel=self.cancel, redact=self.redact)
        try:
            yield engine
        finally:
            engine.close()


def run_facts(call: Call) -> int:
    """Print what is there."""
    with call.engine() as engine:
        facts = engine.facts()
    data = plain_data(dataclasses.asdict(facts))
    call.output.result(data, [*facts_lines(data)])
    return 0


def run_plan(call: Call) -> int:
    """Print what would be done."""
    with call.engine() as engine:
        plan = engine.plan()
        sizes = engine.image_sizes(plan)
    if call.output.as_json:
        call.output.json(plan_json(plan, sizes))
    else:
        for line in plan_lines(plan, call.output.texts, sizes):
            call.output.text(line)
        call.output.warnings(plan)
        if plan.blockers:
            call.output.blocked(plan)
    return 3 if plan.blockers else 0


def run_apply(call: Call) -> int:
    """Install, or finish or repeat an installation."""
    with call.engine() as engine:
        skip = frozenset(call.arguments.skip) | (WAIT_LONGER if call.arguments.wait else frozenset())
        follow = call.arguments.follow
        outcome = engine.apply(on_plan=call.output.warnings, skip=skip, wait=follow)
    # where nothing was changed that is the news, unless this computer does not get Dify at all
    worth_a_note = outcome.here == "no" or (outcome.changed and outcome.here != "yes")
    key = f"done_here_{outcome.here}" if worth_a_note else ""
    call.output.done(outcome.url, outcome.version, outcome.changed, key=key)
    if outcome.first and not call.output.as_json:
        env = f"{engine.answers.docker_folder}/.env"
        call.output.text(call.output.texts.say("init_password", where=env))
    return 0


def run_status(call: Call) -> int:
    """Print the containers and the one word for all."""
    with call.engine() as engine:
        status = read_status(engine.host, engine.answers, certificate=True)
    if call.output.as_json:
        call.output.json(status.as_json())
    else:
        texts = call.output.texts
        call.output.text(texts.say(f"state_{status.state}", version=status.version, url=status.url))
        for line in certificate_lines(status, texts):
            call.output.text(line)
        if status.archive:
            call.output.text(texts.say("release_archive", checksum=status.archive))
        if status.containers:
            call.output.table(status_rows(status, texts))
    return 0


def run_logs(call: Call) -> int:
    """Print logs, merged by time; follow until interrupted."""
    arguments, output = call.arguments, call.output

    def show(line: service_logs.LogLine) -> None:
        if output.as_json:
            output.json({"at": line.at, "service": line.service, "stream": line.stream, "text": line.text})
        else:
            output.text(f"{line.at} {line.service} | {line.text}")

    with call.engine() as engine:
        status = read_status(engine.host, engine.answers)
        if not status.containers:
            raise InstallError(Code.INSTALLATION_ABSENT, {"directory": engine.answers.directory})
        _check_known(arguments.services, {c.service for c in status.containers})
        containers = service_logs.chosen(status.containers, arguments.services)
        options = {"tail": arguments.tail, "since": arguments.since}
        if arguments.follow:
            try:
                service_logs.follow(engine.host, containers, show, cancel=call.cancel, **options)
            except Cancelled:
                return CANCELLED  # the way to end following: no word about it
        else:
            for line in service_logs.history(engine.host, containers, cancel=call.cancel, **options):
                show(line)
    return 0


def _check_known(services: Sequence[str], known: set[str]) -> None:
    for name in services:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            params = {"service": name, "near": "".join(near), "services": ", ".join(sorted(known))}
            raise InstallError(Code.SERVICE_UNKNOWN, params)


def _act(call: Call, action: actions.ActionName) -> int:
    with call.engine() as engine:
        record = actions.act(engine.operation(), action, call.arguments.services)
    call.output.done(record.url, record.version, changed=True, key=f"done_{action}")
    return 0


def run_restart(call: Call) -> int:
    """Restart services in the right order."""
    return _act(call, "restart")


def run_stop(call: Call) -> int:
    """Stop services; data stays."""
    return _act(call, "stop")


def run_start(call: Call) -> int:
    """Start services that were stopped."""
    return _act(call, "start")


def run_recreate(call: Call) -> int:
    """Recreate containers from the files in use; data stays."""
    return _act(call, "recreate")


def run_scale(call: Call) -> int:
    """Have another number of containers of a service."""
    service, count = call.arguments.service, call.arguments.count
    with call.engine() as engine:
        record = scale(engine.operation(), service, count)
    call.output.done(record.url, record.version, changed=True, key="done_scale")
    return 0


def run_releases(call: Call) -> int:
    """List the releases, newest first."""
    texts = call.output.texts
    listed = list_releases(call.arguments.source, Home().cache, cancel=call.cancel)
    if listed.error is not None:
        call.output.note(texts.explain(listed.error.code, listed.error.params).what)
        call.output.note(texts.say("releases_earlier", at=moment(listed.at)))
    if call.output.as_json:
        call.output.json([{**dataclasses.asdict(r), "listed_at": listed.at} for r in listed.releases])
    else:
        for r in listed.releases:
            mark = f" ({texts.say('release_prerelease')})" if r.prerelease else ""
            call.output.text(f"{r.version}  {r.published_at[:10]}{mark}")
    return 0


def run_stores(call: Call) -> int:
    """List the vector stores of the chosen release: those that it starts itself, and all that may be
    elsewhere."""
    with call.engine() as engine:
        model = engine.release().model
    texts, others = call.output.texts, kinds(model, "stores")
    if call.output.as_json:
        found: list[dict[str, object]] = [
            {"name": name, "kind": "bundled", "settings": []} for name in model.stores
        ]
        for name in others:
            settings = [field_json(field, texts) for field in fields(model, "stores", name)]
            found.append({"name": name, "kind": "external", "settings": settings})
        call.output.json(found)
        return 0
    for name in model.stores:
        call.output.text(f"{name}  {texts.say('store_bundled')}")
    for name in others:
        call.output.text(f"{name}  {texts.say('store_external')}")
        for field in fields(model, "stores", name):
            mark = "*" if field.required else "·"
            call.output.text(f"    {mark} {field.name}  {texts.external_field(field.meaning).help}")
    return 0


def field_json(field: Field, texts: Texts) -> dict[str, object]:
    """A setting of an external service, with what it is for."""
    text = texts.external_field(field.meaning)
    return {
        "name": field.name,
        "label": text.label,
        "help": text.help,
        "type": field.type,
        "choices": list(field.choices),
        "default": field.default,
        "secret": field.secret,
        "required": field.required,
        "more": field.more,
    }
