"""Could another user of the server change what is run from the installation's folder?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from installer.answers import Answers
from installer.core.errors import Code
from installer.core.finding import Finding, finding
from installer.facts.model import Facts
from installer.facts.owners import Entry, Owners

_SHOWN = 5


def judge_owners(answers: Answers, facts: Facts) -> Iterator[Finding]:
    """Not where it is not known: right before a change it is asked once more (``trusted``)."""
    if facts.owners is not None:
        yield from judged(facts.owners, answers.directory)


def judged(owners: Owners, directory: str) -> Iterator[Finding]:
    """What others own, what they may write, and that not all of it could be looked at."""
    if others := owners.others():
        params = {"directory": directory, "paths": _paths(others), "owner": owner(owners)}
        yield finding(Code.DIRECTORY_OF_OTHERS, params)
    elif not owners.complete:
        yield finding(Code.DIRECTORY_UNCHECKED, {"directory": directory})
    if found := owners.open():
        yield finding(Code.DIRECTORY_OPEN, {"directory": directory, "paths": _paths(found)})


def owner(owners: Owners) -> str:
    """The other users who own something."""
    return ", ".join(dict.fromkeys(owners.name(entry.uid) for entry in owners.others()))


def _paths(entries: Iterable[Entry]) -> str:
    paths = [entry.path for entry in entries]
    return ", ".join(paths[:_SHOWN]) + (" …" if len(paths) > _SHOWN else "")
