"""What a row of the fault table is."""

from __future__ import annotations

from dataclasses import dataclass

STEPS = (
    "connect",
    "facts",
    "release",
    "repair",
    "upload",
    "pull",
    "reach",
    "databases",
    "start",
    "ready",
    "admin",
)
#: Steps whose commands run as a detached job on the target.
JOB_STEPS = ("repair", "pull", "reach", "databases", "start")

#: Steps at which Docker's data has the disk that is full; at the others the installation's folder.
DOCKERS_DISK = ("connect", "pull")

FAULTS = (
    "line dropped",
    "line stalled",
    "client killed",
    "server rebooted",
    "Docker restarted",
    "disk full",
    "registry down",
    "registry slow",
    "registry 429",
    "registry 503",
    "image missing",
    "container crashing",
    "never healthy",
    "other password",
)


@dataclass(frozen=True)
class Ending:
    """How the ``apply`` that met the fault ends. *exit_code* None: it was killed. *code* of the error, or of
    the first blocker; *catalogue*: the id that the catalogue of known failures has for it."""

    exit_code: int | None
    code: str = ""
    catalogue: str = ""

    def __str__(self) -> str:
        if self.exit_code is None:
            return "killed"
        words = [f"exit {self.exit_code}", self.code, self.catalogue]
        return " ".join(word for word in words if word)


#: The same ``apply`` gets over it.
GOES_ON = Ending(0)
KILLED = Ending(None)


@dataclass(frozen=True)
class Row:
    """One step, one fault. *first*: how the ``apply`` that meets it may end; the next one, without the fault,
    always ends in a running Dify. *more*: a second row of the same pair, what is different in it."""

    step: str
    fault: str
    first: tuple[Ending, ...]
    target: str = "vps"
    more: str = ""

    @property
    def id(self) -> str:
        return "-".join([self.step, *self.fault.split(), *self.more.split()])

    @property
    def job_survives(self) -> bool:
        """The job on the target does not notice, so that nothing is done twice."""
        return self.step in JOB_STEPS and self.fault in ("line dropped", "line stalled", "client killed")


@dataclass(frozen=True)
class Never:
    """Pairs that cannot meet."""

    steps: tuple[str, ...]
    faults: tuple[str, ...]
    why: str

    def pairs(self) -> list[tuple[str, str]]:
        return [(step, fault) for step in self.steps for fault in self.faults]
