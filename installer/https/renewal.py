"""What renews a certificate by itself: a script of ours, and the timer or crontab that runs it. Pure."""

from __future__ import annotations

import re
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from installer.acme.certificates import CHAIN_FILE, issued, lineage_of
from installer.answers.model import Answers
from installer.core.paths import pure_path
from installer.core.resources import read_text, script
from installer.facts.model import Facts, Renewal
from installer.https.acme_commands import AUTHORITIES, known, own_authorities_file
from installer.state.desired import checksum
from installer.state.plan_input import Situation

Scheduler = Literal["systemd", "cron", ""]
UNITS = "/etc/systemd/system"
#: Root's own place, 0700, for each project.
ROOTS = "/var/lib/dify-installer/renewal"


@dataclass(frozen=True)
class Wanted:
    """*script* is the text of our script at *path*, *unit* the name of systemd's units for it, *hours* how
    often it runs; *line* is the crontab's."""

    scheduler: Scheduler
    unit: str
    path: str
    script: str
    hours: int
    delay: int

    def as_note(self, lineage: str) -> dict[str, Any]:
        """For the record, so that it can be taken away and set again without its answers."""
        return {
            "folder": self.path.rpartition("/")[0],
            "scheduler": self.scheduler,
            "unit": self.unit,
            "lineage": lineage,
            "hours": self.hours,
            "delay": self.delay,
            "script": self.script,
        }

    @classmethod
    def of_note(cls, note: Mapping[str, Any], answers: Answers, *, root: bool) -> Wanted | None:
        """From the record's *note*, in the place where it belongs now; None where it does not hold all of
        it."""
        scheduler, text = note.get("scheduler"), note.get("script")
        hours, delay = note.get("hours"), note.get("delay")
        if not (text and isinstance(hours, int) and isinstance(delay, int)):
            return None
        kind: Scheduler = "systemd" if scheduler == "systemd" else "cron"
        folder = notes_folder(answers, root=root)
        former = f"notes={shlex.quote(noted_folder(answers, note))}\n"
        text = str(text).replace(former, f"notes={shlex.quote(folder)}\n")
        return cls(kind, str(note.get("unit", "")), script_path(folder), text, hours, delay)

    @property
    def line(self) -> str:
        """Of the crontab; not at the full hour, when most clients ask."""
        minute = zlib.crc32(self.path.encode()) % 60
        when = f"*/{self.hours}" if self.hours > 1 else "*"
        return f"{minute} {when} * * * {cron_command(self.path)}"

    @property
    def service(self) -> str:
        """systemd's service."""
        path = re.sub(r'([\\"$])', lambda m: "$$" if m[1] == "$" else f"\\{m[1]}", self.path).replace(
            "%", "%%"
        )
        return (
            "[Unit]\nDescription=Renew the certificate of Dify (Dify Installer)\nAfter=docker.service\n\n"
            f'[Service]\nType=oneshot\nExecStart=/bin/sh "{path}"\n'
        )

    @property
    def timer(self) -> str:
        """systemd's timer; what a machine that was off has missed is done when it is on again."""
        when = f"*-*-* 00/{self.hours}:00:00"
        return (
            "[Unit]\nDescription=Renew the certificate of Dify (Dify Installer)\n\n"
            f"[Timer]\nOnCalendar={when}\nRandomizedDelaySec={self.delay}\nPersistent=true\n\n"
            "[Install]\nWantedBy=timers.target\n"
        )


def cron_command(path: str) -> str:
    """What the crontab's line runs; it ends the line, so it is known by it."""
    return f"/bin/sh {shlex.quote(path)} >/dev/null 2>&1".replace("%", r"\%")


def notes_folder(answers: Answers, *, root: bool) -> str:
    """Where our script belongs, and what it writes down. *root*: root runs it; then only root may write
    there, no matter who owns the installation's folder."""
    return f"{ROOTS}/{answers.project}" if root else in_state(answers)


def in_state(answers: Answers) -> str:
    """Where earlier versions had it, and where it is if it does not run as root."""
    return str(pure_path(answers.state_folder) / "renewal")


def noted_folder(answers: Answers, note: object) -> str:
    """Where our script is by the record's *note*; earlier versions noted no place."""
    folder = note.get("folder") if isinstance(note, Mapping) else None
    root = notes_folder(answers, root=True)
    return root if folder == root else in_state(answers)


def script_path(folder: str) -> str:
    """Our script in *folder*."""
    return f"{folder}/renew.sh"


def unit_name(answers: Answers) -> str:
    """The name of systemd's units."""
    return f"dify-installer-renew-{answers.project}"


def scheduler_of(facts: Facts) -> Scheduler:
    """What can run it: systemd where we are root, else a crontab, also of an ordinary user who may use
    Docker; "" where there is neither."""
    there = facts.certificates.renewal
    if there.systemd and facts.system.uid == 0:
        return "systemd"
    return "cron" if there.cron else ""


def wanted_renewal(situation: Situation) -> Wanted | None:
    """None where nothing can run it."""
    answers, facts = situation.answers, situation.facts
    scheduler = scheduler_of(facts)
    if not scheduler:
        return None
    hours, delay = _times(answers, facts)
    folder = notes_folder(answers, root=facts.system.uid == 0)
    path = script_path(folder)
    release, due, lineage = known()["release"], known()["due"], lineage_of(answers)
    fields = {
        "HOURS": str(hours),
        "NOTES": folder,
        "DOCKER_FOLDER": answers.docker_folder,
        "SHORT": str(due["short"]),
        "SHORT_DAYS": str(due["short_days"]),
        "USUAL": str(due["usual"]),
        "CHAIN": f"{release['conf']}/live/{lineage}/{CHAIN_FILE}",
        "AUTHORITIES": own_authorities_file(situation),
        "INSIDE": AUTHORITIES,
        "SERVICE": release["service"],
        "WEB": release["web"],
        "LINEAGE": lineage,
    }
    text = script(read_text("scripts/renew.sh"), fields)
    return Wanted(scheduler, unit_name(answers), path, text, hours, delay)


def _times(answers: Answers, facts: Facts) -> tuple[int, int]:
    """Hours between two runs, and by how many seconds one may be late: often where a certificate lasts so
    short that it would be over before the second try."""
    rule, found = known()["timer"], issued(answers, facts)
    lasts = (found.not_after - found.not_before) / 3600 if found else rule["below"]
    often = "often_" if lasts < rule["below"] else ""
    return int(rule[f"{often}hours"]), int(rule[f"{often}delay_seconds"])


def in_place(situation: Situation, wanted: Wanted) -> bool:
    """Whether it is there and armed already."""
    return is_set(situation.facts.certificates.renewal, wanted)


def is_set(there: Renewal, wanted: Wanted) -> bool:
    """Whether what is *there* is *wanted*."""
    return there.active and there.checksum == checksum(wanted.script.encode())
