"""Writes down what is changed outside of the installation's folder, so that an undo finds it."""

from __future__ import annotations

from installer.hosts.base import Host
from installer.https.reverse_proxy.place import KEY, note, noted, placed
from installer.state import backups
from installer.state.plan_input import Situation
from installer.state.record import read_record, ready, write_record


def note_change(host: Host, situation: Situation, *, off: bool) -> None:
    """Before the file is placed, or taken away (*off*): what there is of it, and a backup of the record as it
    was.

    It belongs to the same change as an upload that came before it in this run. Raises
    ``InstallError(HOST_FILE_FAILED)``: then nothing may be changed.
    """
    answers, facts = situation.answers, situation.facts
    record = read_record(host, answers.state_folder)
    if record is None:
        return
    made = tuple(record.data.get("backups", ()))
    known = facts.record.data if facts.record else {}
    same = made != tuple(known.get("backups", ())) or not known.get("settled", True)
    name = backups.new_name()
    needed = (*(made if same else ()), name)
    backups.keep(host, answers.docker_folder, answers.state_folder, name, (), needed)
    wanted = placed(situation)
    table = {**noted(record), "off": True}
    if wanted is not None and not off:
        table = note(record, wanted, facts.webservers.ours.get(wanted.path))
    write_record(
        host, answers.state_folder, {**record.data, "backups": [*needed], "settled": False, KEY: table}
    )


def note_changed(host: Host, state_folder: str) -> None:
    """After it: the change is whole."""
    record = read_record(host, state_folder)
    if record is not None:
        write_record(host, state_folder, ready(record))
