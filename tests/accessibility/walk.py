"""Reads and drives a running program through AT-SPI, as a screen reader on Linux does.

Needs the system's Python (``python3-pyatspi``) and a session bus; knows nothing of the program but its
process number. Each command writes lines of JSON.

python3 tests/accessibility/walk.py PID tree
python3 tests/accessibility/walk.py PID act button Start
python3 tests/accessibility/walk.py PID listen SECONDS object:announcement object:state-changed:focused
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyatspi  # type: ignore[import-not-found]  # packages of the system's, without types
from gi.repository import GLib  # type: ignore[import-not-found]

#: Of a text, and of the children of one accessible: enough for what is in view.
MOST_LETTERS, MOST_CHILDREN = 400, 400


def application(pid: int, seconds: float = 20) -> Any:
    """The accessible of process *pid*; it may take a moment to come up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for child in pyatspi.Registry.getDesktop(0):
            if child is not None and child.get_process_id() == pid and child.childCount:
                return child
        time.sleep(0.1)
    raise SystemExit(f"process {pid} does not show itself")


def read(accessible: Any, depth: int) -> dict[str, Any]:
    """What a client is told about *accessible*."""
    found: dict[str, Any] = {
        "depth": depth,
        "role": role(accessible),
        "name": accessible.name,
        "description": accessible.description,
        "states": sorted(pyatspi.stateToString(s) for s in accessible.getState().getStates()),
        "actions": actions(accessible),
    }
    text = interface(accessible.queryText)
    if text is not None:
        found["text"] = text.getText(0, min(MOST_LETTERS, text.characterCount))
    for relation in accessible.getRelationSet():
        kind = relation.getRelationType().value_nick
        targets = [relation.getTarget(n) for n in range(relation.getNTargets())]
        found.setdefault("relations", {})[kind] = [target.name for target in targets]
    table = interface(accessible.queryTable)
    if table is not None:
        found["rows"], columns = table.nRows, range(table.nColumns)
        found["columns"] = [table.getColumnDescription(n) for n in columns]
    return found


def role(accessible: Any) -> str:
    """Its role; what older versions called a push button is a button in newer ones."""
    return str(accessible.getRoleName()).removeprefix("push ")


def interface(query: Callable[[], Any]) -> Any:
    """One of an accessible's interfaces, or None."""
    try:
        return query()
    except NotImplementedError:
        return None


def actions(accessible: Any) -> list[str]:
    """The names of what can be done with it."""
    offered = interface(accessible.queryAction)
    return [offered.getName(n) for n in range(offered.nActions)] if offered else []


def walk(accessible: Any, depth: int = 0) -> Iterator[tuple[Any, int]]:
    """*accessible* and all below it, in the tree's order."""
    yield accessible, depth
    for place in range(min(MOST_CHILDREN, accessible.childCount)):
        child = accessible.getChildAtIndex(place)
        if child is not None:
            yield from walk(child, depth + 1)


def shown(accessible: Any) -> bool:
    """Whether it is on the screen."""
    return bool(accessible.getState().contains(pyatspi.STATE_SHOWING))


def act(root: Any, wanted: str, name: str) -> None:
    """Do the first action of the accessible that is shown with the role *wanted* and *name*."""
    for accessible, _ in walk(root):
        if accessible.name == name and role(accessible) == wanted and shown(accessible):
            say({"did": actions(accessible)[0], "result": accessible.queryAction().doAction(0)})
            return
    raise SystemExit(f"no {wanted} {name!r}")


def listen(root: Any, seconds: float, *kinds: str) -> None:
    """Write down events of *kinds* from the program for a while; says first that it listens."""
    pid = root.get_process_id()

    def heard(event: Any) -> None:
        source = event.source
        try:
            if source is None or source.get_process_id() != pid:
                return
            name, kind = source.name, role(source)
        except GLib.GError:  # it went before it was asked
            return
        said = event.any_data if isinstance(event.any_data, str) else ""
        say({"event": str(event.type), "text": said, "detail": event.detail1, "name": name, "role": kind})

    pyatspi.Registry.registerEventListener(heard, *kinds)
    GLib.timeout_add(round(seconds * 1000), pyatspi.Registry.stop)
    say({"listening": list(kinds)})
    pyatspi.Registry.start()


def say(what: dict[str, Any]) -> None:
    """One line for the test."""
    print(json.dumps(what), flush=True)


def main(argv: list[str]) -> None:
    """See above."""
    root, command = application(int(argv[0])), argv[1]
    if command == "tree":
        for accessible, depth in walk(root):
            say(read(accessible, depth))
    elif command == "act":
        act(root, *argv[2:])
    else:
        listen(root, float(argv[2]), *argv[3:])


if __name__ == "__main__":
    main(sys.argv[1:])
