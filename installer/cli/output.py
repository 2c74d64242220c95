"""Printing: JSON lines for programs, plain text for people (result on stdout, progress on stderr)."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from installer.checks import Problem
from installer.cli.amounts import amount
from installer.cli.pull_line import PullLine, columns
from installer.errors import Code, InstallError, catalogue_of
from installer.events import Event, Line, ReachFound, StepFailed, StepFinished, StepProgress, StepStarted
from installer.plan import Plan, problem_json
from installer.secrets import Redactor, redact_data
from installer.texts import Texts

_PERCENT_STEP = 5


class Output:
    """One run's output. Thread-safe: events may come from several threads."""

    def __init__(self, texts: Texts, redact: Redactor, *, as_json: bool) -> None:
        self.texts, self.redact, self.as_json = texts, redact, as_json
        self._lock = threading.Lock()
        self._shown = -1
        self._pull = PullLine(texts)

    # --------------------------------------------------------------- primitives

    def json(self, data: object) -> None:
        """One JSON object or list on a line of stdout."""
        text = json.dumps(redact_data(data, self.redact), ensure_ascii=False)
        with self._lock:
            print(text, flush=True)

    def text(self, line: str = "") -> None:
        """A line of the result."""
        with self._lock:
            self._pull.clear()
            print(self.redact(line), flush=True)

    def note(self, line: str) -> None:
        """A line about progress, on stderr."""
        with self._lock:
            self._pull.clear()
            print(self.redact(line), file=sys.stderr, flush=True)

    # ------------------------------------------------------------------- events

    def emit(self, event: Event) -> None:
        """Show an event of the engine."""
        if self.as_json:
            self.json(event.as_json())
            return
        with self._lock:
            shown = self._pull.take(event)
        if shown:
            return
        if isinstance(event, StepStarted):
            self._shown = -1
            self.note(f"→ {self.texts.step(event.step)}")
        elif isinstance(event, StepProgress):
            self._progress(event)
        elif isinstance(event, Line):
            self.note(f"    {event.text}")
        elif isinstance(event, StepFinished):
            self.note(f"✓ {self.texts.step(event.step)}")
        elif isinstance(event, StepFailed):
            self.note(f"✗ {self.texts.step(event.step)}")
        elif isinstance(event, ReachFound):
            self._reach(event)

    def _reach(self, event: ReachFound) -> None:
        """Open, closed (with the place where it is opened), or why nobody knows."""
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
        done, total = amount(event.done, event.unit), amount(event.total, event.unit)
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
                }
            )
        else:
            self._explain(error.code, error.params, error.detail, note=True)

    def blocked(self, plan: Plan, *, repaired: bool = False) -> None:
        """Nothing was done, and why."""
        if self.as_json:
            self.json({"event": "blocked", "blockers": [problem_json(p) for p in plan.blockers]})
            return
        key = "blocked_still" if repaired else "blocked"
        self.note(self.texts.say(key, count=str(len(plan.blockers))))
        self.problems(plan.blockers)
        self._offer(plan)

    def _offer(self, plan: Plan) -> None:
        """The repairs for the blockers; ``plan`` shows every command of theirs."""
        needed = {repair for problem in plan.blockers for repair in problem.repairs}
        for repair in plan.repairs:
            if repair.id in needed:
                words = self.texts.repair(repair.id, repair.params)
                self.note("")
                self.note(self.texts.say("to_repair", repair=repair.id, about=words.about))
                self.note(f"  {words.plan}")
                if repair.changes:
                    changes = ", ".join(repair.changes)
                    self.note("  " + self.texts.say("repair_changes", title=words.title, changes=changes))

    def cancelled(self) -> None:
        """Ended by the person."""
        if self.as_json:
            self.json({"event": "cancelled"})
        else:
            self.note(self.texts.say("cancelled"))

    # ------------------------------------------------------------------ sentences

    def problems(self, problems: Sequence[Problem]) -> None:
        """Findings, in words, on stderr."""
        for problem in problems:
            self.note("")
            self._explain(problem.code, problem.params, problem.detail, note=True)
            for way in problem.ways:
                self.note(f"  {self.texts.say('way_out')} {self.texts.way(way.id, way.params)}")
            if problem.link:
                self.note(f"  {self.texts.say('read_more')} {problem.link}")

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
