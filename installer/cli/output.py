"""Printing: JSON lines for programs, plain text for people (result on stdout, progress on stderr)."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from installer.acme.records import records_of
from installer.apply.lock import REBOOTED, VANISHED
from installer.apply.plan import Plan, finding_json
from installer.cli.printing import to_nowhere, write_json, write_text
from installer.cli.pull_line import PullLine, columns
from installer.core.errors import Code, InstallError, catalogue_of
from installer.core.events import (
    Event,
    Finishing,
    FirstAccount,
    GateLook,
    Line,
    NotOurs,
    ReachFound,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    TookOver,
    Waiting,
)
from installer.core.formatting import byte_size, moment
from installer.core.secrets import Redactor, redact_data
from installer.diagnosis import KnownFailure
from installer.preflight.findings import Finding
from installer.texts import Texts
from installer.untrusted.text import visible_line

_PERCENT_STEP = 5
_FINISHING_SECONDS = 10.0
_SIGNS: Mapping[type[Event], str] = {StepStarted: "→", StepFinished: "✓", StepFailed: "✗"}


class Output:
    """One run's output. Thread-safe: events may come from several threads."""

    def __init__(self, texts: Texts, redact: Redactor, *, as_json: bool) -> None:
        self.texts, self.redact, self.as_json = texts, redact, as_json
        #: After Ctrl-C: it ends the reader of a pipe, too; output without a reader must not block the stop.
        self.ending = False
        self._lock = threading.Lock()
        self._shown = -1
        self._noted_at = -_FINISHING_SECONDS
        self._pull = PullLine(texts)

    # --------------------------------------------------------------- primitives

    def json(self, data: object) -> None:
        """One JSON object or list on a line of stdout."""
        text = json.dumps(redact_data(data, self.redact), ensure_ascii=False)
        with self._lock:
            self._print(write_json, text, sys.stdout)

    def text(self, line: str = "") -> None:
        """A line of the result."""
        with self._lock:
            self._pull.clear()
            self._print(write_text, self.redact(line) + "\n", sys.stdout)

    def note(self, line: str) -> None:
        """A line about progress, on stderr."""
        with self._lock:
            self._pull.clear()
            self._print(write_text, self.redact(line) + "\n", sys.stderr)

    def _print(self, write: Callable[[str, IO[str]], None], text: str, stream: IO[str]) -> None:
        """With the lock held."""
        try:
            write(text, stream)
        except OSError:
            if not self.ending:
                raise
            to_nowhere(stream)

    # ------------------------------------------------------------------- events

    def emit(self, event: Event) -> None:
        """Show an event of the engine."""
        if isinstance(event, Finishing):
            self._finishing(event)
            return
        if self.as_json:
            self.json(event.as_json())
            return
        with self._lock:
            shown = self._pull.take(event)
        if not shown:
            self._plain(event)

    def _plain(self, event: Event) -> None:
        if isinstance(event, StepStarted | StepFinished | StepFailed):
            self._step(event)
        elif isinstance(event, StepProgress):
            self._progress(event)
        elif isinstance(event, Line):
            self.note(f"    {event.text}")
        elif isinstance(event, ReachFound):
            self._reach(event)
        elif isinstance(event, NotOurs):
            self.note(f"    {self.texts.say('not_ours', name=event.name)}")
        elif isinstance(event, TookOver):
            self._took_over(event)
        elif isinstance(event, FirstAccount):
            if not event.created:
                self.note(f"    {self.texts.say('account_exists', email=event.email)}")
        else:
            self._gate(event)

    def _step(self, event: StepStarted | StepFinished | StepFailed) -> None:
        if isinstance(event, StepStarted):
            self._shown = -1
        self.note(f"{_SIGNS[type(event)]} {self.texts.step(event.step)}")

    def _gate(self, event: Event) -> None:
        if isinstance(event, GateLook):
            places = {"inside": event.inside, "server": event.server, "here": event.here}
            self.note(f"    {self.texts.gate_line(places)}")
        elif isinstance(event, Waiting):
            self.note(f"    {self.texts.waiting(event.service, event.state, f'{event.seconds} s')}")

    def _finishing(self, event: Finishing) -> None:
        """Now and then for how long; programs see the end alone."""
        if self.as_json or event.seconds - self._noted_at < _FINISHING_SECONDS:
            return
        self._noted_at = event.seconds
        title, seconds = self.texts.step(event.step), f"{event.seconds:.0f}"
        self.note(f"    {self.texts.say('finishing', title=title, seconds=seconds)}")

    def _took_over(self, event: TookOver) -> None:
        since = moment(event.since)
        ended = event.ended if event.ended in ("", "0", VANISHED, REBOOTED) else "failed"
        key = {"": "none", "0": "done"}.get(ended, ended)
        how = self.texts.say(f"took_over_{key}", exit_code=event.ended)
        self.note(f"    {self.texts.say('took_over', who=event.who, since=since)} {how}")

    def _reach(self, event: ReachFound) -> None:
        """Open, closed (with the place where it is opened), or why it is unknown."""
        if not event.code:
            name = event.state if event.state == "open" else f"unknown_{event.reason}"
            self.note(f"    {self.texts.reach(name, url=event.url)}")
            return
        params = {"url": event.url, "port": str(event.port), "reason": event.reason}
        self._explain(Code(event.code), params, event.detail, note=True)
        _name, hint = self.texts.provider(event.provider, port=str(event.port))
        self.note(f"  {hint}")

    def _progress(self, event: StepProgress) -> None:
        """On a plain stream a line every few percent is enough."""
        if event.total <= 0 or event.unit == "services":
            return
        percent = event.done * 100 // event.total // _PERCENT_STEP * _PERCENT_STEP
        if percent == self._shown:
            return
        self._shown = percent
        done, total = (_amount(count, event.unit) for count in (event.done, event.total))
        self.note(f"    {percent:3d} %  {self.texts.say('progress_bytes', done=done, total=total)}")

    # ------------------------------------------------------------------ endings

    def done(self, url: str, version: str, changed: bool, *, key: str = "") -> None:
        """The good end of ``apply`` and of the actions (*key*: their own sentence)."""
        if self.as_json:
            self.json({"event": "done", "url": url, "version": version, "changed": changed})
        else:
            key = key or ("done" if changed else "done_unchanged")
            self.text(self.texts.say(key, version=version, url=url))

    def failed(self, error: InstallError) -> None:
        """The bad end."""
        if self.as_json:
            self.json(
                {
                    "event": "failed",
                    "code": error.code.value,
                    "params": dict(error.params),
                    "detail": error.detail,
                    "catalogue": error.catalogue,
                    **({"records": records} if (records := _records(error)) else {}),
                    "findings": [
                        {"code": f.code, "service": f.service, "lines": list(f.lines)}
                        for f in error.known_failures
                    ],
                }
            )
            return
        self._explain(error.code, error.params, error.detail, note=True)
        for n, known in enumerate(error.known_failures):
            self.note("")
            self.note(self.texts.say("cause" if n == 0 else "also_seen"))
            self.known_failure(known, note=True)

    def known_failure(self, known: KnownFailure, *, note: bool) -> None:
        """A known failure: what happened, the likely reason, what to do, and the lines that prove it."""
        say, words = self.note if note else self.text, self.texts.failure(known.code)
        say(f"{known.code}  {words.what}")
        if words.why:
            say(f"  {self.texts.say('likely')} {words.why}")
        say(f"  {self.texts.say('to_do')} {words.do}")
        if known.lines:
            key = "proof_of" if known.service else "proof"
            say(f"  {self.texts.say(key, service=known.service)}")
        for line in known.lines:
            say(f"    {line}")

    def blocked(self, plan: Plan, *, repaired: bool = False) -> None:
        """Nothing was done, and why."""
        if self.as_json:
            self.json({"event": "blocked", "blockers": [finding_json(p) for p in plan.blockers]})
            return
        key = "blocked_still" if repaired else "blocked"
        self.note(self.texts.say(key, count=str(len(plan.blockers))))
        self.findings(plan.blockers)
        self._offer(plan)

    def warnings(self, plan: Plan) -> None:
        """What should be known before anything is changed: an event for each finding, or words on stderr."""
        if self.as_json:
            for found in plan.warnings:
                self.json({"event": "finding", "step": "facts", "at": time.time(), **finding_json(found)})
        elif plan.warnings:
            self.note(self.texts.say("warning_head", count=str(len(plan.warnings))))
            self.findings(plan.warnings)

    def _offer(self, plan: Plan) -> None:
        """The repairs for the blockers; ``plan`` shows every command of theirs."""
        needed = {repair for blocker in plan.blockers for repair in blocker.repairs}
        for repair in plan.repairs:
            if repair.id in needed:
                words = self.texts.repair(repair.id, repair.params)
                self.note("")
                self.note(self.texts.say("to_repair", repair=repair.id, about=words.about))
                self.note(f"  {words.plan}")
                if repair.changes:
                    changes = ", ".join(repair.changes)
                    self.note("  " + self.texts.say("repair_changes", title=words.title, changes=changes))

    def stopping(self) -> None:
        """A cancel was heard. Programs see the end alone."""
        if not self.as_json:
            self.note(self.texts.say("stopping"))

    def cancelled(self, *, still_running: bool = False) -> None:
        """Ended by the person; *still_running*: a job there could not be stopped."""
        if self.as_json:
            self.json({"event": "cancelled", **({"goes_on": True} if still_running else {})})
        else:
            self.note(self.texts.say("cancelled_still_running" if still_running else "cancelled"))

    # ------------------------------------------------------------------ sentences

    def findings(self, findings: Sequence[Finding]) -> None:
        """Findings, in words, on stderr."""
        for found in findings:
            self.note("")
            self._explain(found.code, found.params, found.detail, note=True)
            for way in found.ways:
                self.note(f"  {self.texts.say('way_out')} {self.texts.way(way.id, way.params)}")
            if found.link:
                self.note(f"  {self.texts.say('read_more')} {found.link}")

    def _explain(self, code: Code, params: Mapping[str, str], detail: str, *, note: bool) -> None:
        say = self.note if note else self.text
        words = self.texts.explain(code, params)
        say(words.what)
        if words.why:
            say(f"  {self.texts.say('likely')} {words.why}")
        say(f"  {self.texts.say('to_do')} {words.do}")
        if detail:
            say(f"  {self.texts.say('details')}")
            for line in detail.splitlines():
                say(f"    {line}")
        catalogue = catalogue_of(code)
        key = "code_line_catalogue" if catalogue else "code_line"
        say(f"  {self.texts.say(key, code=code.value, catalogue=catalogue)}")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Columns as wide as their widest cell."""
        # a line feed in a cell would begin a row of its own
        rows = [[visible_line(self.redact(cell)) for cell in row] for row in rows]
        widths = [max(columns(row[n]) for row in rows) for n in range(len(rows[0]))]
        for row in rows:
            cells = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
            self.text("  ".join(cells).rstrip())

    def result(self, data: Mapping[str, Any], plain: Sequence[str]) -> None:
        """The same answer in the form that was asked for."""
        if self.as_json:
            self.json(data)
        else:
            for line in plain:
                self.text(line)


def _records(error: InstallError) -> list[Mapping[str, Any]]:
    """The records in the DNS that would be right, of an error that names some."""
    if error.code not in (Code.TLS_DNS_MISSING, Code.TLS_DNS_WRONG):
        return []
    return [record.as_json() for record in records_of(error.params)]


def _amount(count: int, unit: str) -> str:
    return byte_size(count) if unit == "bytes" else f"{count} {unit}"
