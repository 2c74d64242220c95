"""What trying a service found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from installer.answers.external_services import Chosen
from installer.core.errors import Code
from installer.core.finding import Finding
from installer.untrusted.text import safe_line

#: What is tried, in this order; what comes after a stop is not known.
STEPS = ("reach", "tls", "login", "version", "rights")
Step = Literal["reach", "tls", "login", "version", "rights"]
#: ``none``: there is nothing of the kind (no encryption, no login), ``unknown``: not tried.
Mark = Literal["ok", "warning", "stop", "none", "unknown"]
#: From where it was tried: a container in Docker's network, or the server itself where that was not possible.
Place = Literal["docker", "server", ""]


@dataclass(frozen=True)
class Tested:
    """One service. *address*: ``host:port``; *version*: as it says itself, empty if it does not."""

    section: str
    kind: str
    service: str
    address: str
    place: Place
    marks: Mapping[str, Mark]
    version: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Mark:
        """The worst that was found; ``unknown`` where nothing could be tried."""
        marks = self.marks.values()
        if "stop" in marks:
            return "stop"
        if self.findings:
            return "warning"
        return "ok" if "ok" in marks else "unknown"

    def as_json(self) -> dict[str, Any]:
        """The object that ``plan --json`` and ``external --json`` print."""
        return {
            "section": self.section,
            "kind": self.kind,
            "service": self.service,
            "address": self.address,
            "from": self.place,
            "version": self.version,
            "steps": {step: self.marks.get(step, "unknown") for step in STEPS},
            "findings": [{"code": p.code.value, "params": dict(p.params)} for p in self.findings],
            "seconds": round(self.seconds, 2),
        }


#: Characters of what a service says that a finding holds.
_MOST_SAID = 500


def said(text: str) -> str:
    """*text* of a service, ready to be shown: one line, not too long."""
    return safe_line(text[: 4 * _MOST_SAID])[:_MOST_SAID]


class Stopped(Exception):
    """Trying ended here: *finding* at *step*."""

    def __init__(self, step: Step, finding: Finding) -> None:
        super().__init__(finding.code)
        self.step, self.finding = step, finding


@dataclass
class Trial:
    """Gathers what is found about *service* at *address* while it is tried."""

    service: Chosen
    address: str = ""
    version: str = ""
    marks: dict[str, Mark] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def mark(self, step: Step, mark: Mark = "ok") -> None:
        """Note how *step* went; something worse, or more, that was noted stays."""
        before = self.marks.get(step)
        if before not in ("stop", "warning") and not (before == "ok" and mark == "none"):
            self.marks[step] = mark

    def params(self, **more: str) -> dict[str, str]:
        """What every finding says."""
        return {
            "service": self.service.name,
            "section": self.service.section,
            "address": self.address,
            **{name: said(text) for name, text in more.items()},
        }

    def warn(self, step: Step, code: Code, **params: str) -> None:
        """A finding that does not end the trying."""
        self.marks[step] = "warning"
        self.findings.append(Finding(code, self.params(**params), detail=said(params.get("said", ""))))

    def stop(self, step: Step, code: Code, **params: str) -> Stopped:
        """The end of the trying, to be raised."""
        return Stopped(step, Finding(code, self.params(**params), detail=said(params.get("said", ""))))

    def ended(self, stopped: Stopped) -> None:
        """Note a stop."""
        self.marks[stopped.step] = "stop"
        self.findings.append(stopped.finding)

    def result(self, place: Place, seconds: float) -> Tested:
        """All of it."""
        return Tested(
            self.service.section,
            self.service.kind,
            self.service.name,
            self.address,
            place,
            dict(self.marks),
            self.version,
            tuple(self.findings),
            seconds,
        )
