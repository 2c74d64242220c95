"""Our own file for the nginx of the target (``tls.proxy_install``): where, with what, and what is run.
Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from installer.answers import Answers
from installer.core.resources import read_text, script, table
from installer.core.step_names import WEBSERVER, WEBSERVER_OFF
from installer.facts.model import Facts, Record
from installer.facts.port_holders import find_holder
from installer.hosts.base import Stage
from installer.https.reverse_proxy.front import Front, snippet
from installer.state.plan_input import Situation
from installer.untrusted.values import items

#: The record's table: ``path``, and ``sums`` (SHA-256 of what we wrote there, the newest first).
KEY = "webserver"
#: Former versions of our file, by their checksums, under the folder of our state.
KEPT = "webserver"
NONE = "none"

Reason = Literal["", "missing", "folder", "rights", "stopped", "port"]


@dataclass(frozen=True)
class Placed:
    """The file as it should be."""

    path: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def asked(answers: Answers) -> bool:
    """Whether the target's nginx is to be given our file."""
    return answers.tls.way.in_front and answers.tls.proxy_install


def why_not(answers: Answers, facts: Facts) -> tuple[Reason, str]:
    """Why the file cannot be given to the nginx there, and for ``port`` who is in the way; ``("", "")`` where
    it can."""
    servers = facts.webservers
    if not servers.nginx:
        return "missing", ""
    if facts.system.uid != 0:
        return "rights", ""
    if not _folder(facts):
        return "folder", ""
    if "nginx" not in servers.running:
        return "stopped", ""
    ports = (80, 443) if certificate(answers, facts)[0] else (80,)
    for port in ports:
        holder = find_holder(facts, "0.0.0.0", port, answers.project)  # noqa: S104
        if holder is not None and holder.text and not re.match(r"nginx( |$)", holder.text):
            return "port", f"{holder.text}: {port}"
    return "", ""


def certificate(answers: Answers, facts: Facts) -> tuple[str, str]:
    """Paths of the certificate and its key on the target: named, or one of certbot's for this very name;
    empty without one."""
    front = Front.of(answers, {})
    if not front.certificate and front.name in facts.webservers.certificates:
        front = front.with_certbot()
    return front.certificate, front.key


def placed(situation: Situation) -> Placed | None:
    """The file that should be there; None if none is asked for or none can be."""
    answers, facts = situation.answers, situation.facts
    if not asked(answers) or why_not(answers, facts)[0]:
        return None
    chain, key = certificate(answers, facts)
    front = Front.of(answers, situation.configuration.env)
    front = replace(front, certificate=chain, key=key, ipv6=facts.networks.ipv6 is True, placed=True)
    name = table("webserver")["nginx"]["file"].format(project=answers.project)
    return Placed(f"{_folder(facts)}/{name}", snippet("nginx", front))


def foreign(situation: Situation) -> str:
    """The path of a file in the place of ours that is not ours, or was edited since: it stays. Or empty."""
    wanted = placed(situation)
    found = situation.facts.webservers.ours.get(wanted.path) if wanted else None
    if wanted is None or found in (None, wanted.checksum, *sums(situation.facts.record)):
        return ""
    return wanted.path


def _folder(facts: Facts) -> str:
    """The first of the known folders that nginx's main file includes; empty if it includes none."""
    folders: tuple[str, ...] = tuple(table("webserver")["nginx"]["folders"])
    included = {
        pattern.rpartition("/")[0]
        for pattern in facts.webservers.includes
        if pattern.endswith(("*", "*.conf"))
    }
    return next((folder for folder in folders if folder in included), "")


# ------------------------------------------------------------------------------ the record


def noted(record: Record | None) -> Mapping[str, Any]:
    """The record's table; empty if there is none."""
    found = record.data.get(KEY) if record is not None else None
    return found if isinstance(found, Mapping) else {}


def sums(record: Record | None) -> tuple[str, ...]:
    """Checksums of what we wrote there."""
    return tuple(str(s) for s in items(noted(record).get("sums")))


def note(record: Record | None, wanted: Placed, there: str | None) -> dict[str, Any]:
    """The record's table before *wanted* is placed. *there*: the checksum of what stands there: if it is ours
    it stays known as such, as it may come back."""
    former = [there] if there in sums(record) and there != wanted.checksum else []
    return {"path": wanted.path, "sums": [wanted.checksum, *former]}


# ------------------------------------------------------------------------------ what is run


def place_stages(situation: Situation, wanted: Placed) -> tuple[Stage, ...]:
    """nginx's own test first: what is broken already is not ours to touch. Then the file."""
    values = {
        "FILE": wanted.path,
        "KEPT": f"{situation.answers.state_folder}/{KEPT}",
        "BEFORE": situation.facts.webservers.ours.get(wanted.path, NONE),
        "TEXT": wanted.text,
    }
    return (
        Stage(f"{WEBSERVER}:test", ("nginx", "-t")),
        _script(f"{WEBSERVER}:place", "webserver-place", values),
    )


def remove_stage(name: str, record: Record, state_folder: str, back: str = NONE) -> Stage:
    """The stage *name* that takes the file away that *record* names, or puts the one with the checksum *back*
    in its place."""
    values = {
        "FILE": str(noted(record)["path"]),
        "KEPT": f"{state_folder}/{KEPT}",
        "OURS": " ".join(sums(record)),
        "BACK": back,
    }
    return _script(name, "webserver-remove", values)


def _script(name: str, template: str, values: Mapping[str, str]) -> Stage:
    text = script(read_text(f"scripts/{template}.sh"), values)
    return Stage(name, ("sh", "-c", text), whole=True)


def undo_stages(now: Record | None, former: Record, state_folder: str) -> tuple[Stage, ...]:
    """What an undo runs so that nginx has what it had with *former*; *now*: the record in force."""
    if now is None or not noted(now) or _in_force(now) == _in_force(former):
        return ()
    return (remove_stage(WEBSERVER_OFF, now, state_folder, _in_force(former) or NONE),)


def _in_force(record: Record) -> str:
    """The checksum of the file that nginx has by *record*; empty for none."""
    return "" if noted(record).get("off") else "".join(sums(record)[:1])
